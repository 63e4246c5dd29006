"""Calcium no brighter than contrast, which the lumen's contour takes in: looked for where the lumen bulges (docs/sections.md).

A lumen keeps its calibre over some millimetres. Where its contour goes out for a short way, and no branch leaves there, both
explanations are tried: a wider lumen, or a regular lumen with a layer of calcium upon it. What explains the image better stays.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_dilation, gaussian_filter, label, median_filter

from recon.calcium_block import BLOCK_ANGLES, at_planes
from recon.calcium_model import CORRELATION_VOLUME_MM3, MODEL_SD_HU, Deposit, Scene, added_hu, fit_deposit, start_deposits
from recon.contours import FIT_ANGLES, PolarBlock, Walls, fit_walls
from recon.estimate import FloatArray

USUAL_MM, USUAL_ANGLES = 24.0, 5
BULGE_MM = 0.18
LEAST_MM2, LEAST_MEAN_MM = 3.5, 0.22
"""Smallest bulge that is looked at: its surface (10 degrees x 0.5 mm each at its radius) and its mean height."""

BRANCH_PART = 0.45
"""Contrast beyond the wall, as a part of the lumen's, from which on a branch leaves there."""

BESIDE_PART = 0.15
"""Part of a bulge that may lie towards another vessel."""

MOUTH_MM = 4.0
BEYOND_MM = (0.5, 1.2)
CLEARANCE = (3, 3)
INNER_MARGIN_MM, OUTER_MARGIN_MM = 0.3, 0.3
LEAST_EXCESS_HU = 30.0
FEWEST = 24
HIDDEN_HU_PRIOR = (800.0, 150.0)
"""Density, and its SD, of calcium that does not stand out beside contrast [E]."""

EXPLAINED_MM = 0.7
PAD_MM = 1.0
SEEN_PART = 0.1
TRIAL_ROUNDS, LAST_ROUNDS = 5, 8
MIN_GAIN = 50.0
"""How much better calcium must explain the image than a bulge, in units of noise variance."""

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Bulge:
    """Where (n, angles) the lumen goes out, and the usual lumen radius (n, angles)."""

    mask: BoolArray
    usual_mm: FloatArray


def bulges(polar: PolarBlock, walls: Walls, beside: BoolArray) -> list[Bulge]:
    """Short stretches of an open lumen, part of its round or all, that are wider than usual and from which no branch leaves.

    `beside` (n, FIT_ANGLES) tells where other vessels run close by. At its own mouth a vessel widens into its parent.
    """
    lumen, is_open = walls.lumen_r(FIT_ANGLES), np.flatnonzero(walls.is_open)
    if len(is_open) < 10:
        return []
    step_mm = float(np.median(np.diff(walls.s_mm)))
    window = min(2 * round(0.5 * USUAL_MM / step_mm) + 1, (len(is_open) - 1) | 1)
    usual = lumen.copy()
    round_thrice = np.concatenate([lumen[is_open]] * 3, axis=1)
    usual[is_open] = median_filter(round_thrice, size=(window, USUAL_ANGLES), mode="nearest")[:, FIT_ANGLES : 2 * FIT_ANGLES]
    out = (lumen - usual) * walls.is_open[:, None]
    surface = lumen * (2 * math.pi / FIT_ANGLES) * step_mm
    beyond = _beyond_hu(polar, walls)
    found = []
    for mask in _cyclic_pieces(out > BULGE_MM):
        branch = np.percentile(beyond[mask], 90) > BRANCH_PART * float(walls.lumen_hu[mask.any(axis=1)].mean())
        branch |= (mask & beside).sum() > BESIDE_PART * mask.sum()
        at_mouth = walls.s_mm[mask.any(axis=1)][0] < MOUTH_MM
        if surface[mask].sum() >= LEAST_MM2 and out[mask].mean() >= LEAST_MEAN_MM and not branch and not at_mouth:
            found.append(Bulge(mask, usual))
    return found


def regular_walls(
    polar: PolarBlock, walls: Walls, found: list[Bulge], keep: npt.NDArray[np.float32], noise_sd_hu: float
) -> Walls:
    """The walls as their neighbours carry them past the bulges."""
    weight = keep.copy()
    for bulge in found:
        wide = np.concatenate([bulge.mask] * 3, axis=1)
        wide = binary_dilation(wide, structure=np.ones(CLEARANCE, dtype=bool))[:, FIT_ANGLES : 2 * FIT_ANGLES]
        inner = polar.r_mm > bulge.usual_mm[:, :, None] - INNER_MARGIN_MM
        outer = polar.r_mm < walls.wall_r(FIT_ANGLES)[:, :, None] + OUTER_MARGIN_MM
        weight[wide[:, :, None] & inner & outer] = 0.0
    return fit_walls(polar, walls, weight, noise_sd_hu)


def hidden_deposit(
    plain: Scene, regular: Scene, bulge: Bulge, walls: Walls, wall_mm: FloatArray, seed_hu: float
) -> Deposit | None:
    """A layer of calcium on the regular lumen that explains the image better than the bulge does; None if none does.

    Where more than a little of it is brighter than `seed_hu` it is not hidden: the search will find it.
    """
    scene = replace(regular, hu_prior=HIDDEN_HU_PRIOR)
    block = scene.block
    place = _on_block(scene, bulge, walls)
    excess = gaussian_filter(block.hu - scene.background_hu, 1.0)
    core = place & (excess > max(LEAST_EXCESS_HU, 0.8 * scene.noise_sd_hu))
    if core.sum() < FEWEST:
        return None
    where = (slice(0, core.shape[0]), slice(0, core.shape[1]), slice(0, core.shape[2]))
    if (gaussian_filter(block.hu, 1.0)[core] > seed_hu).mean() > SEEN_PART:
        return None
    none = np.zeros_like(scene.background_hu)
    first = [fit_deposit(scene, s, none, wall_mm, TRIAL_ROUNDS, is_last=False) for s in start_deposits(scene, where, core)]
    deposit = fit_deposit(scene, min(first, key=lambda d: d.cost), none, wall_mm, LAST_ROUNDS)
    s_mm = block.s_mm[core.any(axis=(1, 2))]
    planes = (block.s_mm > s_mm[0] - PAD_MM) & (block.s_mm < s_mm[-1] + PAD_MM)
    with_it = _misfit(scene, planes, scene.background_hu + added_hu(scene, deposit))
    gain = _misfit(plain, planes, plain.background_hu) - with_it
    return deposit if gain > MIN_GAIN else None


def _beyond_hu(polar: PolarBlock, walls: Walls) -> FloatArray:
    """Mean HU (n, angles) a little beyond the wall."""
    beyond = polar.r_mm - walls.wall_r(FIT_ANGLES)[:, :, None]
    near = (beyond > BEYOND_MM[0]) & (beyond < BEYOND_MM[1])
    return np.asarray((np.nan_to_num(polar.hu) * near).sum(axis=2) / np.maximum(near.sum(axis=2), 1))


def _cyclic_pieces(mask: BoolArray) -> list[BoolArray]:
    """Connected pieces of a mask (n, angles) that is round in its second axis."""
    twice, count = label(np.concatenate([mask, mask], axis=1))
    angles = mask.shape[1]
    pieces: list[BoolArray] = []
    for number in range(1, count + 1):
        piece = twice == number
        piece = piece[:, :angles] | piece[:, angles:]
        same = [k for k, p in enumerate(pieces) if (p & piece).any()]
        for k in reversed(same):
            piece = piece | pieces.pop(k)
        pieces.append(piece)
    return pieces


def _on_block(scene: Scene, bulge: Bulge, walls: Walls) -> BoolArray:
    """The bulge's layer on the planes of the block."""
    block = scene.block
    column = np.round(block.angle_index[0] * (FIT_ANGLES / BLOCK_ANGLES)).astype(int) % FIT_ANGLES
    mask = at_planes(walls.s_mm, block.s_mm, bulge.mask.astype(float))[:, column] > 0.5
    usual = at_planes(walls.s_mm, block.s_mm, bulge.usual_mm)[:, column]
    radius = block.radius_mm
    return np.asarray(mask & (radius > usual - 0.5 * INNER_MARGIN_MM) & (radius < block.wall_r_mm + OUTER_MARGIN_MM))


def _misfit(scene: Scene, planes: BoolArray, picture_hu: FloatArray) -> float:
    block = scene.block
    near = block.radius_mm[planes] <= block.wall_r_mm[planes] + EXPLAINED_MM
    cell = block.pixel_mm**2 * block.step_mm / CORRELATION_VOLUME_MM3
    square = (block.hu[planes] - picture_hu[planes]) ** 2 / (scene.noise_sd_hu**2 + MODEL_SD_HU**2)
    return float((near * np.minimum(square, 16.0)).sum()) * cell
