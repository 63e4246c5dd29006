"""Calcium of a reader's own threshold: a component grown from a point, or all above a value over a stretch (clinical.md B.7)."""

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.ndimage import label

from recon.axis_profile import PLAQUE_HU
from recon.centerline import Centerline
from recon.errors import GeometryError
from recon.estimate import Band, FloatArray
from recon.kernels.reformat import cubic_samples
from recon.section_edit import calcium_area_mm2, contour_area_mm2, with_calcium
from recon.sections import CALCIUM_ANGLES, VesselSections
from recon.volume import Volume

RAYS = 120
RADIAL_MM = 0.1
REACH_MM = 5.0
"""How far along the vessel a component is followed from the point."""

PICK_MM, SHELL_MM = 0.6, 1.5
MIN_CONTRAST_HU = 150.0
THRESHOLD_PART = 0.15
"""Part of the height over the background by which the threshold may be wrong: the interval of a reader's calcium."""

LEAST_TISSUE_HU, FEWEST_SAMPLES = -30.0, 20
"""Fat is no background of calcium (docs/clinical.md B.7)."""

LEAST_HU, MOST_HU = 130.0, 3000.0
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Rays:
    """HU (rows, RAYS, radii) about the centerline for a slice of the sections; NaN outside wall and volume."""

    rows: slice
    hu: FloatArray
    r_mm: FloatArray


def with_calcium_at(
    volume: Volume,
    centerline: Centerline,
    sections: VesselSections,
    place: tuple[float, float, float],
    threshold_hu: float | None = None,
) -> VesselSections:
    """The sections with calcium at a place (s_mm, theta_rad, r_mm): all that is brighter than the threshold and connected.

    Without a threshold half the height of the brightest spot near the place over its background. What was measured elsewhere
    stays. Raises GeometryError where nothing at the place is that bright.
    """
    s_mm, _, r_mm = place
    rays = _rays(volume, centerline, sections, s_mm - REACH_MM, s_mm + REACH_MM)
    row = int(np.argmin(np.abs(sections.s_mm[rays.rows] - s_mm)))
    far = _distance(rays, sections.s_mm[rays.rows], place)
    near = far <= PICK_MM
    if not near.any():
        raise GeometryError(
            "The point lies outside the vessel.", f"{r_mm:.1f} mm from the centerline.", "Point inside the outer wall."
        )
    peak = float(rays.hu[near].max())
    expected = _background(sections, rays.rows.start + row)
    background = _background_beside(rays.hu[far <= SHELL_MM], peak, expected)
    cut = max(0.5 * (peak + background), expected + MIN_CONTRAST_HU) if threshold_hu is None else _checked(threshold_hu)
    if peak < cut:
        raise GeometryError(
            "There is nothing that bright here.",
            f"{peak:.0f} HU at most; the threshold is {cut:.0f} HU.",
            "Point at the calcium.",
        )
    cuts = _cuts(cut, background)
    masks = [_connected(rays.hu >= c, near) for c in cuts]
    return _replaced(sections, rays, masks, keep=True)


def with_threshold(
    volume: Volume, centerline: Centerline, sections: VesselSections, start_mm: float, end_mm: float, threshold_hu: float
) -> VesselSections:
    """The sections of a stretch with calcium as everything inside the wall that is brighter than the threshold."""
    cut = _checked(threshold_hu)
    rays = _rays(volume, centerline, sections, min(start_mm, end_mm), max(start_mm, end_mm))
    background = _background(sections, (rays.rows.start + rays.rows.stop) // 2)
    return _replaced(sections, rays, [rays.hu >= c for c in _cuts(cut, background)], keep=False)


def _checked(threshold_hu: float) -> float:
    if not LEAST_HU <= threshold_hu <= MOST_HU:
        raise GeometryError(
            "This threshold is no calcium threshold.", f"Got {threshold_hu:.0f} HU.", f"Use {LEAST_HU:.0f} to {MOST_HU:.0f} HU."
        )
    return threshold_hu


def _cuts(cut: float, background: float) -> tuple[float, float, float]:
    """Thresholds of the low, best and high area."""
    part = THRESHOLD_PART * max(cut - background, MIN_CONTRAST_HU)
    return cut + part, cut, cut - part


def _background(sections: VesselSections, row: int) -> float:
    lumen = float(sections.mean_lumen_hu[row])
    return lumen if sections.lumen_open[row] and math.isfinite(lumen) else PLAQUE_HU


def _background_beside(hu: FloatArray, peak_hu: float, expected_hu: float) -> float:
    """Median HU of what is not calcium and not fat beside the place."""
    beside = hu[(hu > LEAST_TISSUE_HU) & (hu < 0.5 * peak_hu)]
    return float(np.median(beside)) if len(beside) >= FEWEST_SAMPLES else expected_hu


def _rays(volume: Volume, centerline: Centerline, sections: VesselSections, start_mm: float, end_mm: float) -> _Rays:
    inside = np.flatnonzero((sections.s_mm >= start_mm - 1e-9) & (sections.s_mm <= end_mm + 1e-9))
    if not len(inside):
        raise GeometryError("No section lies there.", f"{start_mm:.1f} to {end_mm:.1f} mm.", "Choose a stretch of the vessel.")
    rows = slice(int(inside[0]), int(inside[-1]) + 1)
    wall = sections.wall_r_mm[rows]
    theta = np.arange(RAYS) * (2 * math.pi / RAYS)
    at = np.arange(wall.shape[1]) * (2 * math.pi / wall.shape[1])
    limit = np.stack([np.interp(theta, at, np.nan_to_num(r), period=2 * math.pi) for r in wall])
    r_mm = np.arange(RADIAL_MM / 2, float(limit.max()) + RADIAL_MM, RADIAL_MM)
    where = centerline.to_mm(sections.s_mm[rows][:, None, None], theta[None, :, None], r_mm[None, None, :])
    out = np.empty(where.shape[:-1], dtype=np.float32)
    cubic_samples(volume.hu, np.ascontiguousarray(volume.geometry.index_kji(where).reshape(-1, 3)), out.reshape(-1))
    return _Rays(rows, np.where((r_mm <= limit[:, :, None]) & np.isfinite(out), out, -1024.0), r_mm)


def _distance(rays: _Rays, s_mm: FloatArray, place: tuple[float, float, float]) -> FloatArray:
    """Distance of each sample from a place; infinite outside the wall."""
    theta = np.arange(RAYS) * (2 * math.pi / RAYS) - place[1]
    across = rays.r_mm * np.sin(theta)[:, None]
    outwards = rays.r_mm * np.cos(theta)[:, None] - place[2]
    far = np.sqrt((s_mm - place[0])[:, None, None] ** 2 + across**2 + outwards**2)
    return np.where(rays.hu > -1024.0, far, np.inf)


def _connected(mask: BoolArray, near: BoolArray) -> BoolArray:
    """The pieces of a mask that touch the place; the last ray touches the first."""
    pieces, _ = label(mask)
    for first, last in set(zip(pieces[:, 0].ravel().tolist(), pieces[:, -1].ravel().tolist(), strict=True)):
        if first and last and first != last:
            pieces[pieces == last] = first
    wanted = np.unique(pieces[near & mask])
    return np.isin(pieces, wanted[wanted > 0])


def _radii(mask: BoolArray, r_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
    """First and last edge (rows, CALCIUM_ANGLES) of what is marked on each ray; NaN where nothing is."""
    has = mask.any(axis=2)
    inner = np.where(has, r_mm[mask.argmax(axis=2)] - RADIAL_MM / 2, np.nan)
    outer = np.where(has, r_mm[mask.shape[2] - 1 - mask[:, :, ::-1].argmax(axis=2)] + RADIAL_MM / 2, np.nan)
    nearest = np.round(np.arange(CALCIUM_ANGLES) * RAYS / CALCIUM_ANGLES).astype(int) % RAYS
    return np.asarray(inner[:, nearest]), np.asarray(outer[:, nearest])


def _lumen_without(sections: VesselSections, rows: BoolArray, inner_mm: FloatArray) -> VesselSections:
    """The lumen ends where calcium begins."""
    every = CALCIUM_ANGLES // sections.lumen_r_mm.shape[1]
    cut = (rows & sections.lumen_open)[:, None] & (inner_mm[:, ::every] < sections.lumen_r_mm)
    lumen = np.where(cut, inner_mm[:, ::every], sections.lumen_r_mm)
    less = np.where(cut.any(axis=1), contour_area_mm2(lumen) - contour_area_mm2(sections.lumen_r_mm), 0.0)
    return replace(sections, lumen_r_mm=lumen, lumen_area_mm2=np.maximum(sections.lumen_area_mm2 + less, 0.0))


def _replaced(sections: VesselSections, rays: _Rays, masks: list[BoolArray], keep: bool) -> VesselSections:
    """The sections with the masked calcium, beside what was there (`keep`) or instead of it."""
    n = len(sections.s_mm)
    rows = np.zeros(n, dtype=bool)
    rows[rays.rows] = True if not keep else masks[1].any(axis=(1, 2))
    new_inner, new_outer = np.full((n, CALCIUM_ANGLES), np.nan), np.full((n, CALCIUM_ANGLES), np.nan)
    new_inner[rays.rows], new_outer[rays.rows] = _radii(masks[1], rays.r_mm)
    cell = rays.r_mm * RADIAL_MM * (2 * math.pi / RAYS)
    sums = [np.zeros(n) for _ in masks]
    for total, mask in zip(sums, masks, strict=True):
        total[rays.rows] = (mask * cell).sum(axis=(1, 2))
    inner, outer = new_inner, new_outer
    if keep:
        old_inner, old_outer = sections.calcium_inner_r_mm, sections.calcium_outer_r_mm
        before = calcium_area_mm2(old_inner, old_outer)
        inner, outer = np.fmin(old_inner, new_inner), np.fmax(old_outer, new_outer)
        # Where the reader's calcium lies on measured calcium the common part counts once.
        common = before + calcium_area_mm2(new_inner, new_outer) - calcium_area_mm2(inner, outer)
        old = sections.calcium_area_mm2
        kept = 1.0 - np.clip(common / np.where(before > 0, before, 1.0), 0.0, 1.0)
        sums = [s + edge * kept for s, edge in zip(sums, (old.low, old.best, old.high), strict=True)]
    area = Band(np.fmin(sums[0], sums[1]), sums[1], np.fmax(sums[2], sums[1]))
    return _lumen_without(with_calcium(sections, rows, inner, outer, area), rows, new_inner)
