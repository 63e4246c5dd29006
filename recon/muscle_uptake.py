"""How much brighter muscle around a vessel is with contrast than without: it must not pass for contrast inside the wall."""

import numpy as np
import numpy.typing as npt

from recon.subtraction_block import TISSUE_HU, SectionBlock

FAT_HU, MUSCLE_HU, MUSCLE_PART = -90.0, (65.0, 180.0), 0.03
"""Fat; muscle with contrast, and the part of the pixels that must be muscle for it to be told."""

CLEAR_MM = 0.8
"""Nearer to the wall the picture of the contrast scan may hold calcium's or the lumen's blur."""

SECTORS = 12
LEAST_INSIDE, AROUND_MM, FEWEST = 0.06, 2.0, 3


def enhanced_muscle_hu(block: SectionBlock) -> float | None:
    """HU of muscle with contrast around the vessel; None where there is hardly any."""
    around = block.bare_hu[block.radius_mm[None] - block.wall_r_mm > CLEAR_MM]
    muscle = around[(around > MUSCLE_HU[0]) & (around < MUSCLE_HU[1])]
    return float(np.median(muscle)) if len(muscle) > MUSCLE_PART * block.bare_hu.size else None


def muscle_uptake_hu(bare: npt.NDArray[np.float32], block: SectionBlock) -> npt.NDArray[np.float32]:
    """HU that muscle outside the wall has taken up in each pixel (n, rows, columns), from how much of the pixel is muscle in
    the scan without contrast (`bare`). Within reach of the vessel's own blur it is that of the nearest clear pixels in the
    same direction, as calcium there would pass for muscle.
    """
    level = enhanced_muscle_hu(block)
    if level is None:
        return np.zeros_like(bare)
    muscle = seen_outside(np.clip((bare - FAT_HU) / (TISSUE_HU - FAT_HU), 0.0, 1.0), block, 0.0)
    return np.asarray((level - TISSUE_HU) * muscle * np.clip(1.0 - block.inside, 0.0, 1.0), dtype=np.float32)


def seen_outside(values: npt.NDArray[np.float32], block: SectionBlock, otherwise: float) -> npt.NDArray[np.float32]:
    """Values (n, rows, columns) of pixels clear of the vessel; within reach of its blur those of the nearest clear ones in the
    same direction, `otherwise` where there are none."""
    sector = np.floor(np.arctan2(block.right_mm, block.up_mm) % (2 * np.pi) * (SECTORS / (2 * np.pi))).astype(int) % SECTORS
    beyond = block.radius_mm[None] - block.wall_r_mm
    clear = (block.inside < LEAST_INSIDE) & (beyond > 0) & np.isfinite(values)
    near = clear & (beyond < AROUND_MM)
    out = np.array(values, dtype=np.float32)
    for number in range(SECTORS):
        own = sector == number
        count = near[:, own].sum(axis=1)
        total = np.where(near[:, own], values[:, own], 0.0).sum(axis=1)
        typical = np.where(count >= FEWEST, total / np.maximum(count, 1), otherwise)
        out[:, own] = np.where(clear[:, own], values[:, own], typical[:, None])
    return out
