"""Where a vessel's lumen is open, and how bright it is, from the middle of its sections (docs/sections.md).

A narrow lumen is darkened by blur and by a line that runs beside its middle: both are allowed for, else it is taken for
occluded. Calcium brightens an occlusion from all sides: there contrast is believed only away from calcium.
"""

import math

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_dilation, gaussian_filter, label

from recon.axis_profile import PLAQUE_HU, local_lumen_hu, seed_threshold_hu, seen_contrast
from recon.contours import PolarBlock, blur_tables
from recon.estimate import FloatArray
from recon.kernels.contours import TABLE_REACH, TABLE_STEP
from recon.sections import ScanPhysics

DISC_MM = 0.7
"""Radius of the half discs, towards all sides, of which the brightest shows the lumen when the line is off its middle."""

HALF_TURN = math.radians(65.0)
FEWEST_FREE = 6
SMOOTHING = (0.5, 0.7, 0.7)
HALO = (3, 5, 5)
"""Sections, angles and radii about calcium that it brightens."""

NEAR_MM = 2.0
"""Calcium this near the axis brightens it."""

FOLLOWED_FRACTION = 0.27
"""Contrast asked for where the tree followed a lumen: it was seen there at a finer grain [E]."""

FILL_MM, BRIGHTEST_FILL_MM = 0.65, 0.3
"""Discs about a lumen's middle whose mean is what is left on a line beside it, and of the brightest half disc."""

LEAST_FILL = 0.4
WALL_MM = 0.3
FAT_HU = -90.0
ISLAND_MM, SEEN_SECTIONS = 14.0, 3
"""Between two bridged stretches a lumen no longer than this counts only when as many of its sections show contrast on the axis
and no calcium near it: else the tree followed calcium or its halo."""

DARK_SECTIONS = 2
"""A bridged stretch is an occlusion when at least this many of its sections show a dark axis."""


def lumen_state(
    block: PolarBlock, axis: tuple[FloatArray, FloatArray], physics: ScanPhysics, radius_mm: FloatArray, sigma_mm: FloatArray
) -> tuple[npt.NDArray[np.bool_], FloatArray]:
    """Whether the lumen is open (n,), and its HU (n,) before the contours are known.

    `radius_mm` (n,) is the lumen as the vessel was followed, 0 where it was bridged.
    """
    smooth = gaussian_filter(np.nan_to_num(block.hu), SMOOTHING, mode=("nearest", "wrap", "nearest"))
    calcium = np.asarray(smooth > seed_threshold_hu(physics))
    on_axis = seen_contrast(*axis, block.s_mm, physics.lumen_hu, radius_mm)
    shown = brightest_half_disc_hu(block, calcium)
    is_open = open_sections(block, calcium, on_axis, shown, physics.lumen_hu, radius_mm, sigma_mm)
    narrow = unblurred_lumen_hu(shown, radius_mm, sigma_mm)
    return is_open, local_lumen_hu(axis, block.s_mm, is_open, radius_mm, physics.lumen_hu, narrow)


def followed_radius_mm(
    block: PolarBlock, axis: tuple[FloatArray, FloatArray], physics: ScanPhysics, radius_mm: FloatArray
) -> FloatArray:
    """`radius_mm` (n,), the lumen as the vessel was followed, set to 0 where calcium between two bridges passed for lumen."""
    runs, count = label(radius_mm > 0)
    islands = [rows for n in range(count) if _is_island(rows := np.flatnonzero(runs == n + 1), block.s_mm)]
    if not islands:
        return radius_mm
    smooth = gaussian_filter(np.nan_to_num(block.hu), SMOOTHING, mode=("nearest", "wrap", "nearest"))
    near = near_calcium(block, np.asarray(smooth > seed_threshold_hu(physics)))
    clear = seen_contrast(*axis, block.s_mm, physics.lumen_hu, radius_mm) & ~near
    kept = radius_mm.copy()
    for rows in islands:
        if clear[rows].sum() < SEEN_SECTIONS:
            kept[rows] = 0.0
    return kept


def _is_island(rows: npt.NDArray[np.int64], s_mm: FloatArray) -> bool:
    """Whether a run of sections lies between two others and is short."""
    return bool(rows[0] > 0 and rows[-1] < len(s_mm) - 1 and s_mm[rows[-1]] - s_mm[rows[0]] < ISLAND_MM)


def near_calcium(block: PolarBlock, calcium: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Sections (n,) whose axis calcium brightens."""
    return np.asarray(binary_dilation(calcium[:, :, block.r_mm < NEAR_MM].any(axis=(1, 2))))


def open_sections(
    block: PolarBlock,
    calcium: npt.NDArray[np.bool_],
    on_axis: npt.NDArray[np.bool_],
    shown_hu: FloatArray,
    lumen_hu: float,
    radius_mm: FloatArray,
    sigma_mm: FloatArray,
) -> npt.NDArray[np.bool_]:
    """`on_axis` (n,) corrected: no contrast beside calcium where an occlusion was bridged, some where a lumen was followed."""
    near = near_calcium(block, calcium)
    bridged = radius_mm <= 0
    state = on_axis.copy()
    stretches, count = label(bridged)
    for number in range(1, count + 1):
        inside = stretches == number
        if (inside & ~on_axis & ~near).sum() >= DARK_SECTIONS:
            state[inside & near] = False
    cut = PLAQUE_HU + FOLLOWED_FRACTION * lumen_fill(radius_mm, sigma_mm, FILL_MM) * (lumen_hu - PLAQUE_HU)
    return np.asarray(state | (~bridged & (shown_hu > cut)))


def brightest_half_disc_hu(block: PolarBlock, calcium: npt.NDArray[np.bool_]) -> FloatArray:
    """Mean HU (n,) of the brightest half disc about the axis without calcium and its halo; NaN where too little is free."""
    halo = binary_dilation(calcium, structure=np.ones(HALO, dtype=bool))
    inner = block.r_mm < DISC_MM
    free = ~halo[:, :, inner] & np.isfinite(block.hu[:, :, inner])
    weight = free * block.r_mm[inner]
    value = np.nan_to_num(block.hu[:, :, inner]) * weight
    angles = block.hu.shape[1]
    theta = np.arange(angles) * (2 * math.pi / angles)
    turn = np.abs((theta[:, None] - theta[::3] + math.pi) % (2 * math.pi) - math.pi)
    side = (turn <= HALF_TURN).astype(float)
    above = value.sum(axis=2) @ side
    below, seen = weight.sum(axis=2) @ side, free.sum(axis=2) @ side
    mean = np.where(seen >= FEWEST_FREE, above / np.maximum(below, 1e-9), -np.inf)
    best = mean.max(axis=1)
    return np.where(np.isfinite(best), best, np.nan)


def lumen_fill(radius_mm: FloatArray, sigma_mm: FloatArray, disc_mm: float) -> FloatArray:
    """Part (n,) of a lumen's contrast that is left in a disc about its middle after blur; at least LEAST_FILL."""
    edge = blur_tables()[0]
    r = np.linspace(0.05, disc_mm, 7)
    row = np.clip(np.round(radius_mm / sigma_mm / TABLE_STEP).astype(int), 0, edge.shape[0] - 1)
    offset = (r[None] - radius_mm[:, None]) / sigma_mm[:, None] + TABLE_REACH
    column = np.clip(np.round(offset / TABLE_STEP).astype(int), 0, edge.shape[1] - 1)
    part = np.where(offset <= 0, 1.0, edge[row[:, None], column])
    return np.asarray(np.clip((part * r).sum(axis=1) / r.sum(), LEAST_FILL, 1.0))


def unblurred_lumen_hu(shown_hu: FloatArray, radius_mm: FloatArray, sigma_mm: FloatArray) -> FloatArray:
    """HU (n,) of a lumen of that radius, wall and fat about it, whose blurred picture shows as given; NaN where bridged."""
    lumen = lumen_fill(radius_mm, sigma_mm, BRIGHTEST_FILL_MM)
    wall = lumen_fill(radius_mm + WALL_MM, sigma_mm, BRIGHTEST_FILL_MM)
    behind = FAT_HU + (PLAQUE_HU - FAT_HU) * wall
    return np.where(radius_mm > 0, PLAQUE_HU + (shown_hu - behind) / lumen, np.nan)
