"""Calcium and walls of a vessel explained together: deposits given walls, walls given deposits, deposits again."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.ndimage import map_coordinates

from recon.axis_profile import seed_threshold_hu
from recon.calcium_block import CalciumBlock
from recon.calcium_measures import deposit_measures
from recon.calcium_model import Deposit, Scene
from recon.calcium_search import calcium_scene, find_deposits, mean_wall_mm, refitted, total_added_hu
from recon.centerline import Centerline
from recon.contours import FIT_ANGLES, PolarBlock, Walls, fit_walls, polar_block
from recon.estimate import FloatArray
from recon.fine_image import FineImage
from recon.hidden_calcium import Bulge, bulges, hidden_deposit, regular_walls
from recon.report import Report, part_of
from recon.sections import CALCIUM_ANGLES, ScanPhysics
from recon.wall_start import without_calcium

REACH_MM = 6.0
REFIT_ROUNDS = 4
EXPLAINED_WEIGHT = 0.35
"""Trust in a sample that was calcium and has been explained: its own errors are larger than noise."""

TOUCHED_HU = 25.0


@dataclass(frozen=True, eq=False)
class FittedCalcium:
    """Walls, deposits and the scene both were fitted in."""

    walls: Walls
    scene: Scene
    deposits: tuple[Deposit, ...]


def fit_calcium(
    image: FineImage,
    block: CalciumBlock,
    line: Centerline,
    walls: Walls,
    physics: ScanPhysics,
    report: Report,
    beside: npt.NDArray[np.bool_],
) -> FittedCalcium:
    """Deposits of a vessel, whose `block` it is, and the walls that go with them.

    `beside` (n, FIT_ANGLES) tells where other vessels run close by.
    """
    normal = image.geometry.direction[:, 0]
    scene = calcium_scene(block, walls, line, physics, normal)
    around = polar_block(image, line, walls.s_mm, walls.offset_mm, REACH_MM)
    walls, scene, hidden = _without_bulges(
        around,
        walls,
        scene,
        bulges(around, walls, beside),
        seed_threshold_hu(physics),
        lambda w: calcium_scene(block, w, line, physics, normal),
    )
    deposits = find_deposits(scene, walls, physics, part_of(report, 0.0, 0.6), hidden)
    if not deposits:
        return FittedCalcium(walls, scene, ())
    deposits = refitted(scene, deposits, walls, REFIT_ROUNDS)
    report(0.8, "Fitting the wall next to calcium")
    polar, trust = explained(around, scene.block, total_added_hu(scene, deposits))
    outer = deposit_measures(deposits, walls).outer_r_mm[:, :: CALCIUM_ANGLES // FIT_ANGLES]
    return FittedCalcium(fit_walls(polar, walls, trust, physics.noise_sd_hu, outer), scene, deposits)


def _without_bulges(
    polar: PolarBlock,
    walls: Walls,
    scene: Scene,
    found: list[Bulge],
    seed_hu: float,
    scene_of: Callable[[Walls], Scene],
) -> tuple[Walls, Scene, tuple[Deposit, ...]]:
    """Walls and scene without the bulges of the lumen that calcium explains better, and that calcium."""
    if not found:
        return walls, scene, ()
    keep = without_calcium(polar, walls.is_open, walls.lumen_anchor_hu, scene.noise_sd_hu)
    regular = regular_walls(polar, walls, found, keep, scene.noise_sd_hu)
    clear = scene_of(regular)
    wall_mm = mean_wall_mm(clear, regular)
    tried = [(b, hidden_deposit(scene, clear, b, regular, wall_mm, seed_hu)) for b in found]
    real = [(b, d) for b, d in tried if d is not None]
    if len(real) < len(tried):
        if not real:
            return walls, scene, ()
        regular = regular_walls(polar, walls, [b for b, _ in real], keep, scene.noise_sd_hu)
        clear = scene_of(regular)
    return regular, clear, tuple(d for _, d in real)


def explained(polar: PolarBlock, block: CalciumBlock, added: FloatArray) -> tuple[PolarBlock, npt.NDArray[np.float32]]:
    """The polar picture with the calcium's part taken away, and the weight of each sample."""
    n, angles, _ = polar.hu.shape
    theta = np.arange(angles) * (2 * math.pi / angles)
    middle = (block.hu.shape[1] - 1) / 2
    rows = middle - polar.r_mm * np.cos(theta)[:, None] / block.pixel_mm
    columns = middle + polar.r_mm * np.sin(theta)[:, None] / block.pixel_mm
    plane = np.arange(n) * block.planes_per_section
    where = np.stack(
        [np.broadcast_to(plane[:, None, None], polar.hu.shape), *(np.broadcast_to(v, polar.hu.shape) for v in (rows, columns))]
    )
    part = map_coordinates(added, where, order=1, mode="constant", cval=0.0)
    weight = np.where(np.abs(part) > TOUCHED_HU, EXPLAINED_WEIGHT, 1.0).astype(np.float32)
    return replace(polar, hu=(polar.hu - part).astype(np.float32)), weight
