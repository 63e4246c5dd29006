"""First guess of lumen and wall from the radial profile of each section, before the joint fit."""

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter, gaussian_filter1d, maximum_filter, median_filter, uniform_filter

from recon.axis_profile import PLAQUE_HU
from recon.contours import GAP_MM, MODES, PolarBlock, Walls
from recon.estimate import FloatArray

FAT_HU = -80.0
CALCIUM_CLEARANCE = (5, 5, 7)
"""Sections, angles and radii around certain calcium that carry no wall information in the first fit."""

SMOOTHING = (1.0, 0.8, 1.0)
CLOSED_EXCESS_HU = 150.0
MOSTLY_CALCIUM = 0.85
"""A section with calcium over more of its angles than this tells nothing of lumen or wall before the calcium is known."""

MIN_RADIUS_MM, MAX_RADIUS_MM = 0.5, 4.5


def without_calcium(
    block: PolarBlock, is_open: npt.NDArray[np.bool_], lumen_hu: FloatArray, noise_sd_hu: float
) -> npt.NDArray[np.float32]:
    """Weights (n, angles, radii): 0 near what is brighter than the lumen (in an occlusion, than plaque), else 1.

    A cut made for certain calcium would leave its blurred rim, which the fit would take for lumen.
    """
    smooth = gaussian_filter(np.nan_to_num(block.hu), SMOOTHING, mode=("nearest", "wrap", "nearest"))
    cut = np.where(is_open, bright_cut_hu(lumen_hu, noise_sd_hu), PLAQUE_HU + max(CLOSED_EXCESS_HU, 3 * noise_sd_hu))
    calcium = smooth > cut[:, None, None]
    seen = opening_counts(calcium)
    wide = maximum_filter(seen, size=CALCIUM_CLEARANCE, mode=("nearest", "wrap", "nearest"))
    wide[seen.any(axis=2).mean(axis=1) > MOSTLY_CALCIUM] = True
    return np.asarray(~wide, dtype=np.float32)


def bright_cut_hu(lumen_hu: FloatArray, noise_sd_hu: float) -> FloatArray:
    """HU above which smoothed tissue is brighter than the lumen beyond noise and mixing of contrast."""
    return np.asarray(lumen_hu + np.maximum(0.12 * lumen_hu, 1.5 * noise_sd_hu))


def opening_counts(calcium: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The mask without single samples: at least a third of the 27 neighbours must be bright too."""
    part = uniform_filter(calcium.astype(np.float32), size=3, mode=("nearest", "wrap", "nearest"))
    return np.asarray(calcium & (part > 1 / 3))


def first_walls(
    block: PolarBlock,
    keep: npt.NDArray[np.float32],
    is_open: npt.NDArray[np.bool_],
    lumen_hu: FloatArray,
    sigma_mm: FloatArray,
    tree_radius_mm: FloatArray,
) -> Walls:
    """Circles at half the fall of the median radial profile; sections that show none take their neighbours' radius."""
    n = len(block.s_mm)
    hu = np.where(keep > 0, block.hu, np.nan)
    enough = np.isfinite(hu).sum(axis=1) >= 6
    with np.errstate(all="ignore"):
        profile = np.where(enough, np.nanmedian(np.where(enough[:, None], hu, 0.0), axis=1), np.nan)
    profile = np.stack([_filled(row) for row in profile])
    plaque = _plaque_hu(block, keep, is_open)
    half = np.where(is_open, 0.5 * (lumen_hu + FAT_HU), 0.5 * (plaque + FAT_HU))
    edge = np.array([_crossing(profile[k], block.r_mm, half[k]) for k in range(n)])
    wall = np.where(is_open, edge + 0.5 * GAP_MM, edge)
    wall[(wall < MIN_RADIUS_MM) | (wall > MAX_RADIUS_MM)] = np.nan
    expected = np.where(tree_radius_mm > 0, tree_radius_mm + GAP_MM, np.nan)
    wall = np.where(np.abs(wall - expected) > 1.2, expected, wall)
    wall = _filled(wall) if np.isfinite(wall).any() else np.full(n, 1.8)
    wall = gaussian_filter1d(median_filter(wall, size=min(7, n), mode="nearest"), 1.5, mode="nearest")
    modes = np.zeros((n, MODES))
    modes[:, 0] = wall
    lumen = np.zeros((n, MODES))
    lumen[:, 0] = np.maximum(wall - GAP_MM, 0.2)
    outside = np.full(block.hu.shape[:2], FAT_HU)
    zero = np.zeros(n)
    return Walls(
        block.s_mm,
        block.offset_mm,
        modes,
        lumen,
        is_open,
        lumen_hu.astype(float),
        np.full(n, plaque),
        outside,
        sigma_mm,
        zero,
        zero,
        np.zeros_like(outside),
        outside,
        lumen_hu.astype(float),
    )


def _plaque_hu(block: PolarBlock, keep: npt.NDArray[np.float32], is_open: npt.NDArray[np.bool_]) -> float:
    """Tissue of the occlusion where it can be seen, else the assumed one; never outside what plaque can be."""
    middle = block.r_mm < 1.0
    inside = block.hu[~is_open][:, :, middle][keep[~is_open][:, :, middle] > 0]
    inside = inside[np.isfinite(inside)]
    if len(inside) < 300:
        return PLAQUE_HU
    return float(np.clip(np.median(inside), 20.0, 110.0))


def _crossing(profile: FloatArray, r_mm: FloatArray, level: float) -> float:
    """First radius at which the profile falls through a level; NaN if it does not."""
    below = np.flatnonzero((profile[1:] < level) & (profile[:-1] >= level))
    if len(below) == 0:
        return float("nan")
    i = int(below[0])
    return float(r_mm[i] + (profile[i] - level) / (profile[i] - profile[i + 1]) * (r_mm[i + 1] - r_mm[i]))


def _filled(values: FloatArray) -> FloatArray:
    known = np.isfinite(values)
    if not known.any():
        return np.zeros_like(values)
    index = np.arange(len(values))
    return np.interp(index, index[known], values[known])
