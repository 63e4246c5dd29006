"""Calcium and walls of a vessel explained together: deposits given walls, walls given deposits, deposits again."""

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.ndimage import map_coordinates

from recon.calcium_block import CalciumBlock
from recon.calcium_measures import deposit_measures
from recon.calcium_model import Deposit, Scene
from recon.calcium_search import calcium_scene, find_deposits, refitted, total_added_hu
from recon.centerline import Centerline
from recon.contours import FIT_ANGLES, PolarBlock, Walls, fit_walls, polar_block
from recon.estimate import FloatArray
from recon.fine_image import FineImage
from recon.report import Report, part_of
from recon.sections import CALCIUM_ANGLES, ScanPhysics

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
    image: FineImage, block: CalciumBlock, line: Centerline, walls: Walls, physics: ScanPhysics, report: Report
) -> FittedCalcium:
    """Deposits of a vessel, whose `block` it is, and the walls that go with them."""
    scene = calcium_scene(block, walls, line, physics, image.geometry.direction[:, 0])
    deposits = find_deposits(scene, walls, physics, part_of(report, 0.0, 0.6))
    if not deposits:
        return FittedCalcium(walls, scene, ())
    deposits = refitted(scene, deposits, walls, REFIT_ROUNDS)
    report(0.8, "Fitting the wall next to calcium")
    polar, trust = explained(
        polar_block(image, line, walls.s_mm, walls.offset_mm, REACH_MM), scene.block, total_added_hu(scene, deposits)
    )
    outer = deposit_measures(deposits, walls).outer_r_mm[:, :: CALCIUM_ANGLES // FIT_ANGLES]
    return FittedCalcium(fit_walls(polar, walls, trust, physics.noise_sd_hu, outer), scene, deposits)


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
