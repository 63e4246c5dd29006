"""Calcium by threshold: the rules of docs/clinical.md B.7, applied to every component. They stay as sensitivity rows."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_dilation, find_objects, label

from recon.axis_profile import PLAQUE_HU, seed_threshold_hu
from recon.calcium_block import CalciumBlock
from recon.contours import Walls
from recon.estimate import FloatArray
from recon.sections import ScanPhysics

MIN_CORE_MM3 = 0.18
"""Three voxels of 0.35 x 0.35 x 0.5 mm: a smaller core is noise."""

GROW_MM = 0.8
"""How far a component may grow from its core: two voxels."""

SHELL_MM = 1.0
MIN_CONTRAST_HU = 150.0
FIXED_HU = 350.0
MARGIN_MM = 0.5
RULES = ("fixed-350", "t-seed", "t-half")

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Component:
    """A connected piece of calcium: its id, extent as slices of the block, half-maximum threshold, peak and background HU."""

    id: int
    where: tuple[slice, slice, slice]
    threshold_hu: float
    peak_hu: float
    background_hu: float


@dataclass(frozen=True, eq=False)
class RuleMasks:
    """Masks (planes, rows, columns) of each rule, and the components of the core."""

    masks: dict[str, BoolArray]
    cores: npt.NDArray[np.int32]
    components: tuple[Component, ...]


def rule_masks(block: CalciumBlock, walls: Walls, physics: ScanPhysics) -> RuleMasks:
    """Fixed, seed and half-maximum masks of a calcium block."""
    seed = seed_threshold_hu(physics)
    inside = block.radius_mm <= block.wall_r_mm
    near = block.radius_mm <= block.wall_r_mm + MARGIN_MM
    cores, count = label((block.hu > seed) & near)
    voxel = block.pixel_mm**2 * block.step_mm
    half = np.zeros_like(inside)
    kept = []
    sizes = np.bincount(cores.ravel(), minlength=count + 1)
    for number, box in enumerate(find_objects(cores), start=1):
        if box is None or sizes[number] * voxel < MIN_CORE_MM3:
            cores[cores == number] = 0
            continue
        component, mask, wide = _half_maximum(block, cores, number, box)
        half[wide] |= mask & inside[wide]
        kept.append(component)
    return RuleMasks(
        {
            "fixed-350": (block.hu > FIXED_HU) & inside & _near_cores(cores, block),
            "t-seed": (cores > 0) & inside,
            "t-half": half,
        },
        cores.astype(np.int32),
        tuple(kept),
    )


def rule_areas(rules: RuleMasks, block: CalciumBlock) -> dict[str, FloatArray]:
    """Calcium area mm2 of each section by each rule."""
    pixel = block.pixel_mm**2
    return {name: mask[:: block.planes_per_section].sum(axis=(1, 2)) * pixel for name, mask in rules.masks.items()}


def _near_cores(cores: npt.NDArray[np.int32], block: CalciumBlock) -> BoolArray:
    """Everything within reach of a core, so that a bright lumen far from calcium is not called calcium by a fixed cut."""
    rounds = max(1, round(GROW_MM / block.pixel_mm))
    return np.asarray(binary_dilation(cores > 0, iterations=rounds))


def _half_maximum(
    block: CalciumBlock, cores: npt.NDArray[np.int32], number: int, box: tuple[slice, slice, slice]
) -> tuple[Component, BoolArray, tuple[slice, slice, slice]]:
    """One component grown to half its height over its own background."""
    pad = round((GROW_MM + SHELL_MM) / block.pixel_mm) + 1
    wide = tuple(slice(max(b.start - pad, 0), min(b.stop + pad, size)) for b, size in zip(box, cores.shape, strict=True))
    region = (wide[0], wide[1], wide[2])
    core, hu = cores[region] == number, block.hu[region]
    rounds = max(1, round(GROW_MM / block.pixel_mm))
    reach = binary_dilation(core, iterations=rounds)
    shell = binary_dilation(reach, iterations=max(1, round(SHELL_MM / block.pixel_mm))) & ~reach
    shell &= np.isfinite(hu) & (hu > -30.0) & (block.radius_mm[region] <= block.wall_r_mm[region])
    background = float(np.median(hu[shell])) if shell.sum() >= 20 else PLAQUE_HU
    peak = float(np.percentile(hu[core], 95))
    threshold = max(0.5 * (peak + background), background + MIN_CONTRAST_HU)
    mask = core & (hu > threshold)
    grown = binary_dilation(mask, iterations=rounds, mask=reach & (hu > threshold)) if mask.any() else mask
    return Component(number, region, threshold, peak, background), np.asarray(grown), region
