"""Mean HU inside the outer wall of each section, read off a blurred picture: what is outside is fitted along with it."""

import math

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from recon.estimate import FloatArray
from recon.subtraction_block import PIXEL_MM, SectionBlock

AROUND_MM = 4.0
"""How far beyond the wall its surroundings are looked at."""

OUTSIDE, INSIDE = 0.15, 0.03
"""Pixels that hold less of the inside than the first tell what is outside; those with more than the second are summed."""

ALONG_SD_MM = 0.75
"""Sections are averaged with their neighbours by this SD, against noise."""

LEVEL_PART = 0.5
"""How wrong the surroundings may be within reach of the blur, where they are not seen: another vessel beside this one is less
bright there, or brighter [E]."""

FEWEST = 30
NEAR_MM = 1.5
"""Surroundings count less by this distance from where the inside ends (a Gaussian's SD)."""


def inside_hu(
    hu: npt.NDArray[np.float32], block: SectionBlock, left_out: npt.NDArray[np.bool_], correlated_mm2: float
) -> tuple[FloatArray, FloatArray]:
    """Mean HU (n,) inside the wall, and its standard error, of an image (n, rows, columns) on the block.

    What is outside is taken away by its share, and the rest is summed over all the inside's
    blurred picture reaches: neither blur nor a small movement changes that sum. `left_out` marks pixels of other vessels and
    chambers; `correlated_mm2` is the area that carries one independent noise sample. NaN where too little is seen.
    """
    known = np.isfinite(hu) & np.isfinite(block.inside) & ~left_out
    beyond = block.radius_mm[None] - block.wall_r_mm
    around = known & (block.inside < OUTSIDE) & (beyond <= AROUND_MM) & (beyond > 0)
    within = np.isfinite(hu) & (block.inside > INSIDE) & (beyond <= AROUND_MM)
    mean, variance = np.full(len(hu), np.nan), np.full(len(hu), np.nan)
    for k in range(len(hu)):
        if around[k].sum() < FEWEST or (within[k] & left_out[k]).sum() > 0.2 * within[k].sum():
            continue
        part = block.inside[k][around[k]].astype(float)
        columns = np.stack([np.ones_like(part), part], axis=1)
        gap = beyond[k][around[k]]
        weight = np.exp(-0.5 * ((gap - gap.min()) / NEAR_MM) ** 2)
        normal = (columns * weight[:, None]).T @ columns + 1e-6 * np.eye(2)
        level = np.linalg.solve(normal, columns.T @ (weight * hu[k][around[k]]))
        left = hu[k][around[k]] - columns @ level
        use = within[k] & known[k]
        share = block.inside[k][use].astype(float)
        total = float((hu[k][use] - (1 - share) * level[0]).sum())
        correlated = max(correlated_mm2 / PIXEL_MM**2, 1.0)
        noise = float(np.average(left**2, weights=weight))
        drift = float((1 - share).sum())
        level_error = correlated * drift**2 * float(np.linalg.inv(normal)[0, 0])
        guessed = LEVEL_PART * drift * float(level[0])
        mean[k] = total / share.sum()
        variance[k] = (noise * (correlated * use.sum() + level_error) + guessed**2) / share.sum() ** 2
    return _averaged(mean, variance, float(block.s_mm[1] - block.s_mm[0]))


def _averaged(mean: FloatArray, variance: FloatArray, step_mm: float) -> tuple[FloatArray, FloatArray]:
    """Both averaged along the vessel where known; the error falls less than for independent sections."""
    known = np.isfinite(mean)
    width = ALONG_SD_MM / step_mm
    total = np.maximum(gaussian_filter1d(known.astype(float), width, mode="nearest"), 1e-9)
    smooth, spread = (gaussian_filter1d(np.where(known, v, 0.0), width, mode="nearest") / total for v in (mean, variance))
    independent = max(1.0, 2 * math.sqrt(math.pi) * ALONG_SD_MM / max(1.0, 2 * step_mm))
    return np.where(known, smooth, np.nan), np.where(known, np.sqrt(spread / independent), np.nan)
