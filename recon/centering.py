"""Centring a voxel line to sub-voxel accuracy, with its lumen radius and how sure it is along the way."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.signal import savgol_filter

from recon.estimate import FloatArray
from recon.kernels.centering import centroid_shifts, disc_means, half_height_radii
from recon.volume import Volume

LINE_STEP_MM = 0.5
ROUNDS = 3
SMOOTH_OPEN_MM = 5.5
"""Window of the cubic smoothing of an open line: long enough to average noise, short enough for a bend of 5 mm radius."""

SMOOTH_BRIDGED_MM = 9.0
MAX_SHIFT_MM = 0.6
FAT_LEVEL_HU = -60.0
CORD_HU = (-30.0, 60.0)
"""Where a cord begins and is full, between fat and soft tissue."""

RAYS = 24
RADIUS_REACH_MM = 4.0


@dataclass(frozen=True, eq=False)
class CentredLine:
    """Points (n, 3) near uniform steps, proximal to distal, with radius, confidence 0..1, bridged mask and HU, each (n,)."""

    points_mm: FloatArray
    radius_mm: FloatArray
    confidence: FloatArray
    bridged: npt.NDArray[np.bool_]
    axis_hu: FloatArray


def centred(volume: Volume, points_mm: FloatArray, bridged: npt.NDArray[np.bool_], lumen_hu: float) -> CentredLine:
    """The line moved to the middle of lumen, and of the cord where it is bridged; its two ends stay free along the vessel.

    `points_mm` (n, 3) is a voxel path; `bridged` (n,) marks where it runs without contrast.
    """
    index_from_lps = np.linalg.inv(volume.geometry.lps_from_index)
    points, mask = resampled_line(points_mm, bridged)
    points = _smooth(points, mask)
    radius = np.full(len(points), 1.2)
    for _ in range(ROUNDS):
        tangent = tangents(points)
        axis_hu = disc_means(volume.hu, index_from_lps, points, tangent, 0.5, lumen_hu)
        low, high = _levels(axis_hu, mask, lumen_hu)
        window = np.where(mask, 1.8, np.clip(radius, 0.7, 2.4))
        shift, _ = centroid_shifts(volume.hu, index_from_lps, points, tangent, window, low, high, 0.3)
        length = np.linalg.norm(shift, axis=1, keepdims=True)
        points = points + shift * np.minimum(1.0, MAX_SHIFT_MM / np.maximum(length, 1e-9))
        points = _smooth(points, mask)
        points, mask = resampled_line(points, mask)
        radius = lumen_radius_mm(volume, points, mask, lumen_hu)
    tangent = tangents(points)
    axis_hu = disc_means(volume.hu, index_from_lps, points, tangent, 0.5, lumen_hu)
    confidence = np.clip((axis_hu - FAT_LEVEL_HU) / (0.75 * lumen_hu - FAT_LEVEL_HU), 0.0, 1.0)
    confidence = np.where(mask, 0.5 * np.clip((axis_hu - CORD_HU[0]) / (CORD_HU[1] - CORD_HU[0]), 0.1, 1.0), confidence)
    confidence = np.asarray(ndimage.gaussian_filter1d(confidence, 2.0, mode="nearest"))
    return CentredLine(points, radius, confidence, mask, axis_hu)


def lumen_radius_mm(volume: Volume, points: FloatArray, bridged: npt.NDArray[np.bool_], lumen_hu: float) -> FloatArray:
    """Median half-height radius (n,) in mm, lightly smoothed; 0 where bridged."""
    index_from_lps = np.linalg.inv(volume.geometry.lps_from_index)
    tangent = tangents(points)
    axis_hu = disc_means(volume.hu, index_from_lps, points, tangent, 0.5, lumen_hu)
    axis_hu = ndimage.median_filter(axis_hu, 7, mode="nearest")
    level = 0.5 * (np.minimum(axis_hu, lumen_hu) + FAT_LEVEL_HU)
    level = np.maximum(level, 110.0)
    rays = half_height_radii(volume.hu, index_from_lps, points, tangent, level, RADIUS_REACH_MM, RAYS)
    rays = np.where(np.isnan(rays), RADIUS_REACH_MM, rays)
    radius = ndimage.median_filter(np.median(rays, axis=1), 5, mode="nearest")
    return np.where(bridged, 0.0, radius)


def _levels(axis_hu: FloatArray, bridged: npt.NDArray[np.bool_], lumen_hu: float) -> tuple[FloatArray, FloatArray]:
    """HU where a section pixel begins to count and where it counts fully: half height to full height of the local lumen."""
    local = ndimage.median_filter(np.minimum(axis_hu, lumen_hu), 9, mode="nearest")
    local = np.maximum(local, 150.0)
    low = 0.45 * (local + FAT_LEVEL_HU)
    return np.where(bridged, CORD_HU[0], low), np.where(bridged, CORD_HU[1], 0.8 * local)


def tangents(points: FloatArray) -> FloatArray:
    """Unit tangents (n, 3) by central differences."""
    slope = np.gradient(points, axis=0)
    return np.asarray(slope / np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-9))


def resampled_line(points: FloatArray, mask: npt.NDArray[np.bool_]) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Linear resampling near `LINE_STEP_MM`, the mask by the nearest old point."""
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    s = np.linspace(0.0, arc[-1], max(3, round(arc[-1] / LINE_STEP_MM) + 1))
    out = np.stack([np.interp(s, arc, points[:, a]) for a in range(3)], axis=1)
    return out, mask[np.clip(np.rint(np.interp(s, arc, np.arange(len(arc)))).astype(int), 0, len(mask) - 1)]


def _smooth(points: FloatArray, bridged: npt.NDArray[np.bool_]) -> FloatArray:
    """Cubic local smoothing, stiffer where bridged; a cubic keeps bends where an average would cut them."""
    open_line = _local_cubic(points, SMOOTH_OPEN_MM)
    if not bridged.any():
        return open_line
    share = ndimage.gaussian_filter1d(bridged.astype(float), 3.0, mode="nearest")[:, None]
    return np.asarray((1 - share) * open_line + share * _local_cubic(points, SMOOTH_BRIDGED_MM))


def _local_cubic(points: FloatArray, window_mm: float) -> FloatArray:
    count = int(window_mm / LINE_STEP_MM) // 2 * 2 + 1
    count = min(count, (len(points) - 1) // 2 * 2 + 1)
    return points if count < 5 else np.asarray(savgol_filter(points, count, 3, axis=0, mode="interp"))
