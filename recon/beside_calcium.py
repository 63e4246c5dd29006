"""Attenuation of what calcium leaves visible beside the axis of a vessel (docs/clinical.md B.1)."""

import numpy as np
import numpy.typing as npt

from recon.axis_profile import CALCIUM_HALO_MM, seed_threshold_hu
from recon.centerline import Centerline
from recon.estimate import FloatArray
from recon.kernels.reformat import cubic_samples
from recon.sections import ScanPhysics
from recon.volume import Volume

RADIUS_MM = 1.3
"""How far from the axis a lumen is looked for."""
STEP_MM = 0.3
BRIGHTEST = 0.3
"""A lumen shows as the brightest part of what is visible; the rest may be wall or fat."""
FEWEST = 8
"""Fewer visible samples say nothing."""
BLOCKED_DEG = 30.0
AXIS_MM = 0.3


def beside_calcium_hu(volume: Volume, centerline: Centerline, physics: ScanPhysics, s_mm: FloatArray) -> FloatArray:
    """Mean HU (n,) of the brightest visible 30 % within 1.3 mm of the axis at arc positions; NaN where too little is visible.

    Visible is what is farther than the blooming halo from certain calcium and not behind it as seen from the axis. A dark
    value says that no lumen is left there; a bright one may be a lumen or a neighbour.
    """
    up, right = _grid(RADIUS_MM + CALCIUM_HALO_MM)
    hu = _sampled(volume, centerline, s_mm, up, right)
    calcium = np.nan_to_num(hu) > seed_threshold_hu(physics)
    step_mm = float(np.median(np.diff(s_mm))) if len(s_mm) > 1 else 1.0
    hidden = _near(calcium, up, right) | _neighbouring(calcium, round(CALCIUM_HALO_MM / step_mm)) | _behind(calcium, up, right)
    visible = (np.hypot(up, right) <= RADIUS_MM) & ~hidden & np.isfinite(hu)
    return _brightest(np.where(visible, hu, np.nan))


def _grid(half_mm: float) -> tuple[FloatArray, FloatArray]:
    """Offsets (k,) along 12 o'clock and 3 o'clock of samples within a disc."""
    line = np.arange(-half_mm, half_mm + 1e-9, STEP_MM)
    up, right = (v.ravel() for v in np.meshgrid(line, line, indexing="ij"))
    inside = np.hypot(up, right) <= half_mm
    return up[inside], right[inside]


def _sampled(volume: Volume, centerline: Centerline, s_mm: FloatArray, up: FloatArray, right: FloatArray) -> FloatArray:
    point, _, normal, binormal = centerline.at(s_mm)
    where = point[:, None] + up[:, None] * normal[:, None] + right[:, None] * binormal[:, None]
    hu = np.empty(where.shape[0] * where.shape[1], dtype=np.float32)
    cubic_samples(volume.hu, np.ascontiguousarray(volume.geometry.index_kji(where).reshape(-1, 3)), hu)
    return hu.reshape(where.shape[:2]).astype(float)


def _near(calcium: npt.NDArray[np.bool_], up: FloatArray, right: FloatArray) -> npt.NDArray[np.bool_]:
    close = np.hypot(up[:, None] - up, right[:, None] - right) <= CALCIUM_HALO_MM
    return np.asarray((calcium.astype(np.float32) @ close.astype(np.float32)) > 0)


def _neighbouring(calcium: npt.NDArray[np.bool_], reach: int) -> npt.NDArray[np.bool_]:
    """Calcium at the same place of the sections up to `reach` samples away."""
    along = np.zeros_like(calcium)
    for shift in range(1, min(reach, len(calcium) - 1) + 1):
        along[shift:] |= calcium[:-shift]
        along[:-shift] |= calcium[shift:]
    return along


def _behind(calcium: npt.NDArray[np.bool_], up: FloatArray, right: FloatArray) -> npt.NDArray[np.bool_]:
    """Samples with calcium between them and the axis."""
    radius, angle = np.hypot(up, right), np.arctan2(right, up)
    turn = np.abs((angle[:, None] - angle + np.pi) % (2 * np.pi) - np.pi)
    blocks = (radius[:, None] < radius) & (radius[:, None] >= AXIS_MM) & (turn <= np.radians(BLOCKED_DEG))
    return np.asarray((calcium.astype(np.float32) @ blocks.astype(np.float32)) > 0)


def _brightest(hu: FloatArray) -> FloatArray:
    """Mean of the brightest part of each row (n, k), NaN left out."""
    count = np.isfinite(hu).sum(axis=1)
    order = -np.sort(-np.where(np.isfinite(hu), hu, -np.inf), axis=1)
    kept = np.maximum(np.ceil(BRIGHTEST * count), 1).astype(int)
    summed = np.cumsum(np.where(np.isfinite(order), order, 0.0), axis=1)
    mean = summed[np.arange(len(hu)), kept - 1] / kept
    return np.where(count >= FEWEST, mean, np.nan)
