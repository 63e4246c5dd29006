"""Calcium by model: ring sectors whose blurred picture explains the image (docs/sections.md).

Each deposit has a density and, every half millimetre, a middle angle, an arc and two radii. The picture of vessel and deposits is
blurred by the point-spread function of the scan and compared with the image; blooming is thereby explained, not thresholded.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from recon.calcium_block import BLOCK_ANGLES, CalciumBlock
from recon.estimate import FloatArray
from recon.kernels.calcium_model import DENSITY, SHAPE, blurred, deposit_excess, deposit_jacobian, gaussian_taps, weighted_rows

STATION_MM = 1.0
HU_PRIOR, HU_PRIOR_SD = 1000.0, 100.0
"""Density of coronary calcium on a contrast scan before it is measured [E]."""

BLUR_PRIOR_SD = 0.05
"""Relative error of the blur of the scan before any deposit was fitted."""

STATION_STEP_SD = np.array([0.14, 0.14, 0.08, 0.08, 0.06, 0.06, 30.0])
"""Expected change per station: middle and half arc in rad, inner and outer radius and the two offsets of the centre in
mm, density in HU."""

CENTRE_SD_MM = 0.15
"""How far the centre of a deposit may lie from the vessel's as first fitted, which calcium on one side draws away."""

STATION_RANGE_SD = np.array([1.8, 0.9, 0.6, 0.6, 0.3, 0.3, 500.0])
"""What is known of a station without any image: angles of a circle, radii of a coronary vessel. It bounds the covariance."""

MAX_LOG_BLUR = 0.05
WALL_MARGIN_MM, WALL_SD_MM = 0.3, 0.15
"""Calcium may reach this far beyond the wall as first fitted: the wall is corrected by it, not the other way round."""

MAX_CENTRE_MM = 0.8
MIN_THICKNESS_MM, MIN_HALF_ARC = 0.12, 0.12
HU_RANGE = (350.0, 2600.0)
MAX_STEP = np.array([0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 250.0])
DELTA = np.array([0.04, -0.06, 0.04, 0.04, 0.04, 0.04, 20.0, 0.08, 0.08])
"""Steps of the derivatives; a closed ring can only be opened, so the half arc steps down."""
PAD_MM = 1.2
EXPLAINED_MM = 0.7
"""How far beyond the wall the picture must be explained."""

CORRELATION_VOLUME_MM3 = 0.15
MODEL_SD_HU, MODEL_PART = 12.0, 0.05
"""What no sector can explain: a fixed part and a part of the calcium's own height."""
ROUNDS = 14
TAPS = 7
ADDED_REACH_MM = 1.6
"""How far beyond its ends a deposit's blurred picture reaches."""

FEWEST_SEEN, FEWEST_BY_PLACE = 12, 4
"""Samples and stations from which on a shape of its own is read off for every station."""


Equations = tuple[FloatArray, FloatArray]
"""Hessian and gradient."""


@dataclass(frozen=True, eq=False)
class Scene:
    """A calcium block with the picture of its vessel without calcium: blurred and sharp.

    `sigma_mm` (planes, 3) is the blur SD along the vessel, up and right.
    """

    block: CalciumBlock
    background_hu: npt.NDArray[np.float64]
    sharp_hu: npt.NDArray[np.float64]
    sigma_mm: FloatArray
    noise_sd_hu: float
    blur_sd: float = BLUR_PRIOR_SD
    hu_prior: tuple[float, float] = (HU_PRIOR, HU_PRIOR_SD)


@dataclass(frozen=True, eq=False)
class Deposit:
    """A fitted deposit: stations (m, SHAPE) at `station_mm` of middle, half arc (rad), inner, outer radius (mm), centre up and
    right of the vessel's (mm) and density (HU); ends.

    `covariance` belongs to (stations raveled, start, end, log blur).
    """

    station_mm: FloatArray
    stations: FloatArray
    start_mm: float
    end_mm: float
    log_blur: float
    covariance: FloatArray
    misfit: float
    cost: float = 0.0


def start_deposits(scene: Scene, where: tuple[slice, slice, slice], mask: npt.NDArray[np.bool_]) -> tuple[Deposit, ...]:
    """Sectors that could explain the `mask` found within `where` of the block: of one shape, a ring, filled, as seen by place."""
    block = scene.block
    planes = np.flatnonzero(mask.any(axis=(1, 2)))
    s_mm = block.s_mm[where[0]]
    start, end = float(s_mm[planes[0]] - 0.5 * block.step_mm), float(s_mm[planes[-1]] + 0.5 * block.step_mm)
    radius, angle = block.radius_mm[where], block.angle_index[where] * math.radians(360 / BLOCK_ANGLES)
    middle, half, inner, outer = _seen_shape(radius[mask], angle[mask], len(planes))
    peak = float(np.percentile(block.hu[where][mask], 95))
    hu = min(max(1.15 * peak, HU_PRIOR), 1600.0)
    count = max(2, math.ceil((end - start) / STATION_MM) + 1)
    station_mm = np.linspace(start, start + STATION_MM * (count - 1), count)
    by_place = np.tile([middle, half, inner, outer, 0.0, 0.0, hu], (count, 1))
    for k, s in enumerate(station_mm):
        near = np.abs(s_mm - s) <= 0.6 * STATION_MM
        part = mask & near[:, None, None]
        if part.sum() >= FEWEST_SEEN:
            by_place[k, :4] = _seen_shape(radius[part], angle[part], int(near.sum()))
    by_place[:, 0] = np.unwrap(by_place[:, 0])
    shapes = [] if half > 0.9 * math.pi else [(middle, half, inner)]
    if half > 0.7 * math.pi:
        shapes.append((middle, math.pi, max(inner, 0.3 * outer)))
    if np.percentile(radius[mask], 10) < 0.35 * np.percentile(radius[mask], 95) or half > 0.9 * math.pi:
        shapes.append((middle, math.pi, 0.0))
    stations = [np.tile([m, h, i, outer, 0.0, 0.0, hu], (count, 1)) for m, h, i in shapes]
    if count >= FEWEST_BY_PLACE:
        stations.append(by_place)
    none = np.zeros((SHAPE * count + 3, SHAPE * count + 3))
    return tuple(Deposit(station_mm, v, start, end, 0.0, none, math.inf) for v in stations)


def _seen_shape(radius_mm: FloatArray, angle_rad: FloatArray, planes: int) -> tuple[float, float, float, float]:
    """Middle, half arc, inner and outer radius of a cloud of bright samples."""
    bins = np.bincount((angle_rad * (36 / (2 * math.pi))).astype(int) % 36, minlength=36) > 0.15 * planes
    half = min(max(bins.sum() * math.pi / 36 - 0.15, 0.25), math.pi)
    outer = max(float(np.percentile(radius_mm, 95)) - 0.1, 0.4)
    inner = max(min(float(np.percentile(radius_mm, 8)) + 0.1, outer - 0.35), 0.0)
    middle = math.atan2(float(np.sin(angle_rad).mean()), float(np.cos(angle_rad).mean()))
    return middle, half, inner, outer


def deposit_picture(scene: Scene, deposit: Deposit, planes: slice) -> FloatArray:
    """Blurred HU added by a deposit, on the given planes of the block."""
    excess = _excess(scene, deposit, planes)
    out = np.empty_like(excess)
    blurred(excess, *_taps(scene, deposit.log_blur, planes), out)
    return out


def added_hu(scene: Scene, deposit: Deposit) -> FloatArray:
    """HU a deposit adds on the whole block."""
    s_mm = scene.block.s_mm
    planes = slice(
        int(np.searchsorted(s_mm, deposit.start_mm - ADDED_REACH_MM)), int(np.searchsorted(s_mm, deposit.end_mm + ADDED_REACH_MM))
    )
    out = np.zeros_like(scene.background_hu)
    if planes.stop > planes.start:
        out[planes] = deposit_picture(scene, deposit, planes)
    return out


def fit_deposit(
    scene: Scene,
    deposit: Deposit,
    others_hu: FloatArray,
    wall_r_mm: FloatArray,
    rounds: int = ROUNDS,
    ignored: npt.NDArray[np.bool_] | None = None,
    is_last: bool = True,
) -> Deposit:
    """The deposit that explains the image best, given what others add (`others_hu`, on the whole block).

    `wall_r_mm` (planes,) is the mean outer radius; calcium beyond it is unlikely. Samples of the block that are `ignored`
    belong to calcium that is still to be fitted. Levenberg-Marquardt on the station
    parameters, both ends, density and log blur at once, with priors that keep neighbours alike. A fit that is not the last
    one of its deposit keeps the covariance it came with.
    """
    planes = _planes(scene, deposit)
    crop = _crop(scene, planes)
    target = (scene.block.hu[planes] - scene.background_hu[planes] - others_hu[planes])[:, crop, crop]
    small = _cropped(scene, crop)
    weight = _weights(small, planes, target)
    if ignored is not None:
        weight[ignored[planes][:, crop, crop]] = 0.0
    wall = np.interp(deposit.station_mm, scene.block.s_mm, wall_r_mm)
    damping, best, best_cost = 1e-2, deposit, math.inf
    system: Equations | None = None
    for _ in range(rounds):
        best_cost, system = _system(small, best, planes, target, weight, wall)
        better = _better(small, best, best_cost, system, damping, planes, target, weight, wall)
        if better is None:
            break
        gain = best_cost - better[1]
        best, best_cost, damping = better[0], better[1], max(better[2] / 5, 1e-4)
        system = None
        if gain < 1e-3 * max(best_cost, 1.0):
            break
    covariance = deposit.covariance
    if is_last:
        if system is None:
            best_cost, system = _system(small, best, planes, target, weight, wall)
        known = np.diag(np.concatenate([np.tile(STATION_RANGE_SD**-2, len(best.stations)), np.full(3, 1e-9)]))
        covariance = np.asarray(np.linalg.pinv(system[0] + known), dtype=np.float64)
    misfit = best_cost / max(
        float((weight > 0).sum()) * scene.block.pixel_mm**2 * scene.block.step_mm / CORRELATION_VOLUME_MM3, 1.0
    )
    return Deposit(best.station_mm, best.stations, best.start_mm, best.end_mm, best.log_blur, covariance, misfit, best_cost)


def _better(
    scene: Scene,
    deposit: Deposit,
    cost: float,
    system: Equations,
    damping: float,
    planes: slice,
    target: FloatArray,
    weight: FloatArray,
    wall: FloatArray,
) -> tuple[Deposit, float, float] | None:
    """A deposit of lower cost, that cost and the damping that led to it; None if four dampings lead nowhere."""
    hessian, gradient = system
    for _ in range(4):
        damped = hessian + damping * np.diag(np.diag(hessian)) + 1e-9 * np.eye(len(gradient))
        step = np.asarray(np.linalg.solve(damped, gradient), dtype=np.float64)
        trial = _moved(deposit, step, wall)
        trial_cost = _cost(scene, trial, planes, target, weight, wall)
        if trial_cost < cost:
            return trial, trial_cost, damping
        damping *= 5
    return None


def _planes(scene: Scene, deposit: Deposit) -> slice:
    s_mm = scene.block.s_mm
    low = int(np.searchsorted(s_mm, deposit.start_mm - PAD_MM))
    high = int(np.searchsorted(s_mm, deposit.end_mm + PAD_MM))
    return slice(max(low, 0), min(high, len(s_mm)))


def _crop(scene: Scene, planes: slice) -> slice:
    block = scene.block
    size = block.hu.shape[1]
    half = min(math.ceil((float(block.wall_r_mm[planes].max()) + EXPLAINED_MM + 0.2) / block.pixel_mm), (size - 1) // 2)
    middle = (size - 1) // 2
    return slice(middle - half, middle + half + 1)


def _cropped(scene: Scene, crop: slice) -> Scene:
    b = scene.block
    block = CalciumBlock(
        b.hu[:, crop, crop], b.s_mm, b.pixel_mm, b.step_mm, b.planes_per_section,
        b.radius_mm[:, crop, crop], b.angle_index[:, crop, crop], b.wall_r_mm[:, crop, crop],
    )  # fmt: skip
    return Scene(
        block,
        scene.background_hu[:, crop, crop],
        scene.sharp_hu[:, crop, crop],
        scene.sigma_mm,
        scene.noise_sd_hu,
        scene.blur_sd,
        scene.hu_prior,
    )


def _weights(scene: Scene, planes: slice, target: FloatArray) -> FloatArray:
    block = scene.block
    variance = scene.noise_sd_hu**2 + MODEL_SD_HU**2 + (MODEL_PART * gaussian_filter(target, 1.0)) ** 2
    cell = block.pixel_mm**2 * block.step_mm
    near = block.radius_mm[planes] <= block.wall_r_mm[planes] + EXPLAINED_MM
    return np.asarray(near * (cell / CORRELATION_VOLUME_MM3) / variance)


def _taps(scene: Scene, log_blur: float, planes: slice) -> tuple[FloatArray, FloatArray, FloatArray]:
    steps = (scene.block.step_mm, scene.block.pixel_mm, scene.block.pixel_mm)
    taps = tuple(np.empty(TAPS) for _ in range(3))
    for sigma, step, tap in zip(scene.sigma_mm[planes].mean(axis=0), steps, taps, strict=True):
        wide = max((sigma * math.exp(log_blur)) ** 2 - step**2 / 12, 0.01)
        gaussian_taps(math.sqrt(wide), step, tap)
    return taps[0], taps[1], taps[2]


def _position(scene: Scene, deposit: Deposit, planes: slice) -> FloatArray:
    return np.asarray((scene.block.s_mm[planes] - deposit.station_mm[0]) / STATION_MM)


def _excess(scene: Scene, deposit: Deposit, planes: slice) -> FloatArray:
    """HU a deposit adds before blur."""
    block = scene.block
    out = np.empty(scene.sharp_hu[planes].shape)
    deposit_excess(
        _place(block), block.pixel_mm, deposit.stations, _position(scene, deposit, planes), block.s_mm[planes],
        deposit.start_mm, deposit.end_mm, block.step_mm, scene.sharp_hu[planes], out,
    )  # fmt: skip
    return out


def _place(block: CalciumBlock) -> FloatArray:
    """How far up and right of the vessel's centre each pixel lies, (2, rows, columns)."""
    angle = block.angle_index[0] * math.radians(360 / BLOCK_ANGLES)
    return np.stack([block.radius_mm[0] * np.cos(angle), block.radius_mm[0] * np.sin(angle)])


def _priors(
    deposit: Deposit, wall_mm: FloatArray, blur_sd: float, hu_prior: tuple[float, float]
) -> tuple[FloatArray, FloatArray, float]:
    """Prior Hessian, gradient (towards the prior) and cost of a deposit's parameters."""
    count = len(deposit.stations)
    size = SHAPE * count + 3
    hessian, gradient = np.zeros((size, size)), np.zeros(size)
    precision = STATION_STEP_SD**-2
    step = np.diff(deposit.stations, axis=0)
    cost = float((precision * step**2).sum())
    for i in range(count - 1):
        for p in range(SHAPE):
            a, b = SHAPE * i + p, SHAPE * (i + 1) + p
            hessian[a, a] += precision[p]
            hessian[b, b] += precision[p]
            hessian[a, b] -= precision[p]
            hessian[b, a] -= precision[p]
            gradient[a] += precision[p] * step[i, p]
            gradient[b] -= precision[p] * step[i, p]
    beyond = np.maximum(deposit.stations[:, 3] - wall_mm - WALL_MARGIN_MM, 0.0)
    at = SHAPE * np.arange(count) + 3
    hessian[at, at] += np.where(beyond > 0, WALL_SD_MM**-2, 0.0)
    gradient[at] -= beyond * WALL_SD_MM**-2
    cost += float((beyond**2).sum()) * WALL_SD_MM**-2
    for p in (4, 5):
        at = SHAPE * np.arange(count) + p
        hessian[at, at] += CENTRE_SD_MM**-2
        gradient[at] -= deposit.stations[:, p] * CENTRE_SD_MM**-2
        cost += float((deposit.stations[:, p] ** 2).sum()) * CENTRE_SD_MM**-2
    at, off = SHAPE * np.arange(count) + DENSITY, deposit.stations[:, DENSITY] - hu_prior[0]
    hessian[at, at] += hu_prior[1] ** -2 / count
    gradient[at] -= off * hu_prior[1] ** -2 / count
    hessian[-1, -1] += blur_sd**-2
    gradient[-1] -= deposit.log_blur * blur_sd**-2
    cost += float((off**2).mean()) * hu_prior[1] ** -2 + (deposit.log_blur / blur_sd) ** 2
    return hessian, gradient, cost


def _cost(scene: Scene, deposit: Deposit, planes: slice, target: FloatArray, weight: FloatArray, wall: FloatArray) -> float:
    added = deposit_picture(scene, deposit, planes)
    return float((weight * (target - added) ** 2).sum()) + _priors(deposit, wall, scene.blur_sd, scene.hu_prior)[2]


def _system(
    scene: Scene, deposit: Deposit, planes: slice, target: FloatArray, weight: FloatArray, wall: FloatArray
) -> tuple[float, Equations]:
    """Cost and normal equations at a deposit."""
    block = scene.block
    excess = _excess(scene, deposit, planes)
    taps = _taps(scene, deposit.log_blur, planes)
    added, wider = np.empty_like(excess), np.empty_like(excess)
    blurred(excess, *taps, added)
    size = SHAPE * len(deposit.stations) + 3
    jacobian = np.empty((size, *excess.shape), dtype=np.float32)
    deposit_jacobian(
        _place(block), block.pixel_mm, deposit.stations, _position(scene, deposit, planes), block.s_mm[planes],
        deposit.start_mm, deposit.end_mm, block.step_mm, scene.sharp_hu[planes], excess, *taps, DELTA, jacobian[:-1],
    )  # fmt: skip
    blurred(excess, *_taps(scene, deposit.log_blur + 0.02, planes), wider)
    jacobian[-1] = (wider - added) / 0.02
    hessian, gradient, prior = _priors(deposit, wall, scene.blur_sd, scene.hu_prior)
    root = np.sqrt(weight).astype(np.float32)
    residual = ((target - added) * root).astype(np.float32)
    position = _position(scene, deposit, planes)
    reach = 1.0 + (TAPS - 1) * block.step_mm / STATION_MM
    count = len(deposit.stations)
    flat, root, residual = (v.reshape(*v.shape[:-2], -1) for v in (jacobian, root, residual))
    for k in range(len(position)):
        seen = np.flatnonzero(root[k])
        if not len(seen):
            continue
        low = max(math.ceil(min(position[k] - reach, count - 2)), 0)
        high = min(math.floor(max(position[k] + reach, 1)), count - 1)
        active = np.concatenate([np.arange(SHAPE * low, SHAPE * (high + 1)), np.arange(size - 3, size)])
        rows = np.empty((len(active), len(seen)), np.float32)
        weighted_rows(flat, k, active, seen, root[k], rows)
        hessian[np.ix_(active, active)] += rows @ rows.T
        gradient[active] += rows @ residual[k, seen]
    cost = float((residual.astype(float) ** 2).sum()) + prior
    return cost, (hessian, gradient)


def _moved(deposit: Deposit, step: FloatArray, wall: FloatArray) -> Deposit:
    """The deposit after a step, kept possible."""
    count = len(deposit.stations)
    stations = deposit.stations + np.clip(step[: SHAPE * count].reshape(count, SHAPE), -MAX_STEP, MAX_STEP)
    stations[:, 1] = np.clip(stations[:, 1], MIN_HALF_ARC, math.pi)
    stations[:, 3] = np.clip(stations[:, 3], 0.3, wall + 0.9)
    stations[:, 4:6] = np.clip(stations[:, 4:6], -MAX_CENTRE_MM, MAX_CENTRE_MM)
    stations[:, 2] = np.clip(stations[:, 2], -0.1, stations[:, 3] - MIN_THICKNESS_MM)
    stations[:, DENSITY] = np.clip(stations[:, DENSITY], *HU_RANGE)
    start = deposit.start_mm + float(np.clip(step[-3], -0.3, 0.3))
    end = max(deposit.end_mm + float(np.clip(step[-2], -0.3, 0.3)), start + 0.4)
    log_blur = float(np.clip(deposit.log_blur + np.clip(step[-1], -0.1, 0.1), -MAX_LOG_BLUR, MAX_LOG_BLUR))
    return Deposit(deposit.station_mm, stations, start, end, log_blur, deposit.covariance, 0.0)
