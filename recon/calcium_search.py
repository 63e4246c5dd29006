"""All deposits of a vessel: found where the picture without calcium does not explain the image, fitted, searched again."""

import math

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_dilation, find_objects, gaussian_filter, gaussian_filter1d, label, maximum_filter

from recon.calcium_block import BLOCK_ANGLES, CalciumBlock, at_planes
from recon.calcium_model import CORRELATION_VOLUME_MM3, Deposit, Scene, added_hu, fit_deposit, start_deposits
from recon.centerline import Centerline
from recon.contours import Walls, blur_tables
from recon.estimate import FloatArray
from recon.kernels.contours import picture
from recon.report import Report
from recon.sections import ScanPhysics

MIN_CORE_MM3 = 0.25
BEYOND_WALL_MM = 0.4
SEARCHES = 2
MAX_DEPOSITS = 40
CLOSED_EXCESS_HU = 180.0
SEED_OVER_LUMEN, SEED_NOISE = 0.11, 1.9
"""How far above the lumen calcium begins: part of the lumen for mixing of contrast, times the noise for chance."""

SMOOTHING = (1.0, 1.0, 1.0)
CLOSED_CLEARANCE_MM = 1.5
MIN_EXCESS_HU = 80.0
UNEXPLAINED_PART = 0.35
"""A further deposit must stand above what the first ones leave unexplained: this part of their own picture."""

MIN_GAIN = 150.0
TRIAL_ROUNDS, FIRST_ROUNDS = 4, 10

HALO_MM = 0.6
"""What a piece of calcium that is still to be fitted adds this near is not held against the others."""

Piece = tuple[tuple[slice, slice, slice], npt.NDArray[np.bool_]]


def calcium_scene(block: CalciumBlock, walls: Walls, line: Centerline, physics: ScanPhysics, slice_normal: FloatArray) -> Scene:
    """The vessel's picture without calcium on the block, blurred in all three directions."""
    edge, slope = blur_tables()
    wall, lumen, outside, far, layer = (
        at_planes(walls.s_mm, block.s_mm, v)
        for v in (
            walls.wall_r(BLOCK_ANGLES),
            walls.lumen_r(BLOCK_ANGLES),
            _upsampled(walls.outside_hu),
            _upsampled(walls.far_r_mm),
            _upsampled(walls.layer_hu),
        )
    )
    lumen_hu, plaque, sigma = (at_planes(walls.s_mm, block.s_mm, v) for v in (walls.lumen_hu, walls.plaque_hu, walls.sigma_mm))
    background, sharp = np.empty(block.hu.shape), np.empty(block.hu.shape)
    picture(
        np.ascontiguousarray(block.radius_mm[0]), np.ascontiguousarray(block.angle_index[0]), wall, lumen, lumen_hu, plaque,
        outside, far, layer, sigma, edge, slope, background, sharp,
    )  # fmt: skip
    sigmas = axis_sigmas_mm(line, block.s_mm, physics, slice_normal)
    along = float(sigmas[:, 0].mean()) / block.step_mm
    background = gaussian_filter1d(background, along, axis=0, mode="nearest")
    return Scene(block, background, sharp, sigmas, physics.noise_sd_hu)


def axis_sigmas_mm(line: Centerline, s_mm: FloatArray, physics: ScanPhysics, slice_normal: FloatArray) -> FloatArray:
    """Blur SD along the vessel, up and right of its sections (n, 3)."""
    to_sd = 1.0 / math.sqrt(8 * math.log(2))
    plane, z = (physics.psf_in_plane_fwhm_mm.best * to_sd) ** 2, (physics.psf_z_fwhm_mm.best * to_sd) ** 2
    share = np.stack([(axis @ slice_normal) ** 2 for axis in line.at(s_mm)[1:]], axis=1)
    return np.asarray(np.sqrt(plane * (1 - share) + z * share))


def find_deposits(
    scene: Scene, walls: Walls, physics: ScanPhysics, report: Report, known: tuple[Deposit, ...] = ()
) -> tuple[Deposit, ...]:
    """Fitted deposits of a vessel, `known` ones first, found in some rounds of looking at what is not yet explained."""
    wall_mean = mean_wall_mm(scene, walls)
    seed = seed_hu(scene.block.s_mm, scene.block.step_mm, walls, physics.noise_sd_hu)
    deposits: list[Deposit] = list(known)
    added = total_added_hu(scene, known)
    for search in range(SEARCHES):
        report(search / SEARCHES, "Finding calcium")
        found = _cores(scene, added, seed)
        if not found or len(deposits) >= MAX_DEPOSITS:
            break
        waiting = _halos(scene, found)
        for number, (where, mask) in enumerate(found, start=1):
            deposit = _fitted(scene, where, mask, added, wall_mean, waiting > number)
            more = added_hu(scene, deposit)
            if search == 0 or _gain(scene, added, more) > MIN_GAIN:
                deposits.append(deposit)
                added += more
    return tuple(deposits)


def _halos(scene: Scene, found: list[Piece]) -> npt.NDArray[np.int32]:
    """Number (from 1) of the piece whose calcium or halo a sample of the block holds; of two the earlier one."""
    size = [2 * round(HALO_MM / step) + 1 for step in (scene.block.step_mm, scene.block.pixel_mm, scene.block.pixel_mm)]
    last = len(found) + 1
    order = np.zeros(scene.block.hu.shape, dtype=np.int32)
    for number, (where, mask) in enumerate(found, start=1):
        order[where] = np.where(mask, last - number, order[where])
    wide = maximum_filter(order, size=size)
    return np.where(order > 0, last - order, np.where(wide > 0, last - wide, 0)).astype(np.int32)


def _fitted(
    scene: Scene,
    where: tuple[slice, slice, slice],
    mask: npt.NDArray[np.bool_],
    added: FloatArray,
    wall_mm: FloatArray,
    ignored: npt.NDArray[np.bool_],
) -> Deposit:
    """The deposit that explains a piece best, of all it may be started as."""
    starts = start_deposits(scene, where, mask)
    first = [fit_deposit(scene, s, added, wall_mm, TRIAL_ROUNDS, ignored, is_last=False) for s in starts]
    return fit_deposit(scene, min(first, key=lambda d: d.cost), added, wall_mm, FIRST_ROUNDS, ignored)


def refitted(scene: Scene, deposits: tuple[Deposit, ...], walls: Walls, rounds: int) -> tuple[Deposit, ...]:
    """Deposits that have neighbours along the vessel fitted again, each given the others."""
    wall_mean = mean_wall_mm(scene, walls)
    fresh = list(deposits)
    added = total_added_hu(scene, deposits)
    for i, deposit in enumerate(deposits):
        if not any(o is not deposit and o.start_mm < deposit.end_mm + 1 and o.end_mm > deposit.start_mm - 1 for o in deposits):
            continue
        added -= added_hu(scene, deposit)
        fresh[i] = fit_deposit(scene, deposit, added, wall_mean, rounds=rounds)
        added += added_hu(scene, fresh[i])
    return tuple(fresh)


def mean_wall_mm(scene: Scene, walls: Walls) -> FloatArray:
    """Mean outer radius (planes,)."""
    return at_planes(walls.s_mm, scene.block.s_mm, walls.wall_modes[:, 0])


def total_added_hu(scene: Scene, deposits: tuple[Deposit, ...]) -> FloatArray:
    """HU all deposits add on the whole block."""
    total = np.zeros_like(scene.background_hu)
    for deposit in deposits:
        total += added_hu(scene, deposit)
    return total


def _gain(scene: Scene, added: FloatArray, more: FloatArray) -> float:
    """How much of the misfit a further deposit explains, in units of noise variance."""
    touched = np.abs(more) > 5.0
    before = (scene.block.hu - scene.background_hu - added)[touched]
    cell = scene.block.pixel_mm**2 * scene.block.step_mm
    gain = (before**2 - (before - more[touched]) ** 2).sum() * cell / CORRELATION_VOLUME_MM3
    return float(gain) / scene.noise_sd_hu**2


def seed_hu(s_mm: FloatArray, step_mm: float, walls: Walls, noise_sd_hu: float) -> FloatArray:
    """HU (n,) at arc positions above which smoothed tissue is calcium: lower inside an occlusion, away from contrast."""
    lumen = walls.lumen_anchor_hu
    bright = lumen + np.maximum(SEED_OVER_LUMEN * lumen, SEED_NOISE * noise_sd_hu)
    is_open = np.interp(s_mm, walls.s_mm, walls.is_open.astype(float)) > 0
    wide = binary_dilation(is_open, iterations=round(CLOSED_CLEARANCE_MM / step_mm))
    closed = at_planes(walls.s_mm, s_mm, walls.plaque_hu) + max(CLOSED_EXCESS_HU, SEED_NOISE * noise_sd_hu)
    return np.where(wide, at_planes(walls.s_mm, s_mm, bright), closed)


def _cores(scene: Scene, added: FloatArray, seed_hu: FloatArray) -> list[Piece]:
    """Pieces not yet explained: bright enough to be calcium and far above the picture so far; largest first."""
    block = scene.block
    smooth = gaussian_filter(block.hu, SMOOTHING)
    excess = smooth - scene.background_hu - added
    near = block.radius_mm <= block.wall_r_mm + BEYOND_WALL_MM
    least = max(MIN_EXCESS_HU, 3 * scene.noise_sd_hu)
    core = near & (smooth > seed_hu[:, None, None]) & (excess > least)
    if added.any():
        core &= excess > least + UNEXPLAINED_PART * maximum_filter(added, size=(5, 9, 9))
    pieces, count = label(core)
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)
    voxel = block.pixel_mm**2 * block.step_mm
    found = []
    for number, box in enumerate(find_objects(pieces), start=1):
        if box is None or sizes[number] * voxel < MIN_CORE_MM3:
            continue
        where = (box[0], box[1], box[2])
        mask = pieces[where] == number
        high = excess[where] > 0.4 * float(np.percentile(excess[where][mask], 95))
        found.append((int(sizes[number]), where, mask & high))
    found.sort(key=lambda item: -item[0])
    return [(where, mask) for _, where, mask in found]


def _upsampled(values: FloatArray) -> FloatArray:
    """Values (n, angles) at BLOCK_ANGLES angles."""
    angles = values.shape[1]
    at = np.arange(BLOCK_ANGLES) * (angles / BLOCK_ANGLES)
    wrapped = np.concatenate([values, values[:, :1]], axis=1)
    low = np.floor(at).astype(int)
    part = at - low
    return np.asarray((1 - part) * wrapped[:, low] + part * wrapped[:, low + 1])
