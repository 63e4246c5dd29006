"""Lumen and outer wall of a vessel: one smooth fit of the blurred picture over all sections.

Both contours are low-order Fourier radii r(s, theta), tied along s, that together must explain the image once blurred by the
point-spread function of the scan (docs/sections.md). Calcium is left out by weight, so that neighbours carry the wall past it.
"""

import math
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from scipy.linalg import solveh_banded
from scipy.ndimage import gaussian_filter1d
from scipy.special import chndtr, ive

from recon.centerline import Centerline
from recon.estimate import FloatArray
from recon.fine_image import FineImage
from recon.kernels.contours import TABLE_REACH, TABLE_STEP, normal_equations, outside_sums

MODES = 7
"""Fourier modes of a contour: mean, then cosine and sine of 1, 2 and 3 turns."""

FIT_ANGLES = 36
RADIAL_STEP_MM = 0.2
OUTSIDE_REACH_MM = 1.5
"""How far beyond the wall the picture is explained."""

LAYERS_MM = np.array([0.0, 0.3, 0.6, 0.9, 1.2, 0.3, 0.6, 0.9, 1.2])
"""Fat, then muscle between the wall and another organ, tried at every angle; 0 is one tissue only."""

LAYER_PENALTY = 2.0
MUSCLE_HU = 100.0
MIN_LAYER_CONTRAST_HU = 60.0
FAT_HU = -90.0
FAT_RANGE_HU = (-130.0, -60.0)

SHAPE_SD_MM = np.array([np.inf, 0.4, 0.4, 0.08, 0.08, 0.04, 0.04])
"""Expected size of the wall's modes: near circular (docs/clinical.md B.4)."""

GAP_MM, GAP_SD_MM = 0.45, 0.25
"""Expected wall thickness and its spread where the lumen is open."""

CAP_MM, CAP_GAP_SD_MM = 6.0, 0.8
"""Towards an occlusion the lumen may taper away inside a wall that keeps its size."""

GAP_SHAPE_SD_MM = np.array([GAP_SD_MM, 0.12, 0.12, 0.06, 0.06, 0.04, 0.04])
STEP_SD_MM = np.array([0.05, 0.04, 0.04, 0.02, 0.02, 0.02, 0.02])
"""Expected change of the modes from one section to the next."""

STEP_SD_HU = 4.0
LUMEN_SD_HU = 12.0
"""How far the lumen may leave the attenuation seen on the axis; without it a ring of calcium is taken for lumen."""

HELD_SD_MM = 0.08
"""How exactly the wall must hold the calcium that was found."""

CORRELATION_VOLUME_MM3 = 0.15
"""Volume that carries one independent noise sample."""

ITERATIONS = 8


@dataclass(frozen=True, eq=False)
class PolarBlock:
    """The image around a vessel: `hu` float32 (n, angles, radii) about `offset_mm` (n, 2) up and right of the centerline."""

    hu: npt.NDArray[np.float32]
    s_mm: FloatArray
    r_mm: FloatArray
    offset_mm: FloatArray


@dataclass(frozen=True, eq=False)
class Walls:
    """Fitted contours: Fourier modes (n, MODES) of wall and lumen about `offset_mm`, tissue HU, and SD of the mean radii.

    `far_r_mm` (n, FIT_ANGLES) is where a layer of `layer_hu` ends and another organ, `outside_hu`, begins; 0 = no such layer.
    """

    s_mm: FloatArray
    offset_mm: FloatArray
    wall_modes: FloatArray
    lumen_modes: FloatArray
    is_open: npt.NDArray[np.bool_]
    lumen_hu: FloatArray
    plaque_hu: FloatArray
    outside_hu: FloatArray
    sigma_mm: FloatArray
    wall_sd_mm: FloatArray
    lumen_sd_mm: FloatArray
    far_r_mm: FloatArray
    layer_hu: FloatArray
    lumen_anchor_hu: FloatArray
    fat_hu: float = FAT_HU
    misfit: FloatArray = field(default_factory=lambda: np.empty(0))

    def wall_r(self, angles: int) -> FloatArray:
        """Outer wall radii (n, angles) about the fitted centre."""
        return self.wall_modes @ fourier_basis(angles).T

    def lumen_r(self, angles: int) -> FloatArray:
        """Lumen radii (n, angles) about the fitted centre; 0 where no contrast was seen."""
        radii = np.minimum(self.lumen_modes @ fourier_basis(angles).T, self.wall_r(angles) - 0.05)
        return np.where(self.is_open[:, None], np.maximum(radii, 0.0), 0.0)


def fourier_basis(angles: int) -> FloatArray:
    """(angles, MODES) values of the modes at equally spaced angles from 12 o'clock."""
    theta = np.arange(angles) * (2 * math.pi / angles)
    turns = [np.ones(angles)]
    for m in range(1, (MODES + 1) // 2):
        turns += [np.cos(m * theta), np.sin(m * theta)]
    return np.stack(turns, axis=1)


def blur_tables() -> tuple[FloatArray, FloatArray]:
    """Blurred disc and its derivative by radius, on the grid of `recon.kernels.contours`."""
    if not _TABLES:
        radius = np.arange(0.0, 40.0, TABLE_STEP)[:, None]
        r = np.maximum(radius + np.arange(-TABLE_REACH, TABLE_REACH + 1e-9, TABLE_STEP), 0.0)
        edge = np.nan_to_num(chndtr(radius**2, 2.0, r**2))
        slope = radius * ive(0, radius * r) * np.exp(-0.5 * (radius - r) ** 2)
        _TABLES.append((edge, slope))
    return np.asarray(_TABLES[0][0]), np.asarray(_TABLES[0][1])


_TABLES: list[tuple[FloatArray, FloatArray]] = []


def polar_block(
    image: FineImage, centerline: Centerline, s_mm: FloatArray, offset_mm: FloatArray, reach_mm: float, angles: int = FIT_ANGLES
) -> PolarBlock:
    """Samples on rays about the offset centre of each section, out to `reach_mm`; NaN outside the volume."""
    point, _, normal, binormal = centerline.at(s_mm)
    centre = point + offset_mm[:, :1] * normal + offset_mm[:, 1:] * binormal
    theta = np.arange(angles) * (2 * math.pi / angles)
    ray = np.cos(theta)[:, None] * normal[:, None] + np.sin(theta)[:, None] * binormal[:, None]
    r_mm = np.arange(RADIAL_STEP_MM / 2, reach_mm, RADIAL_STEP_MM)
    where = centre[:, None, None] + r_mm[:, None] * ray[:, :, None]
    return PolarBlock(image.at(where), s_mm, r_mm, offset_mm)


def fit_walls(
    block: PolarBlock, start: Walls, keep: npt.NDArray[np.float32], noise_sd_hu: float, within: FloatArray | None = None
) -> Walls:
    """Contours that explain `block` best; `keep` (n, angles, radii) weighs samples 0 (calcium, ignored) to 1.

    `within` (n, angles) are radii the wall must hold, such as the outer edge of calcium; NaN where there is none.
    """
    edge, slope = blur_tables()
    n, angles, _ = block.hu.shape
    basis = fourier_basis(angles)
    sd_hu = math.hypot(noise_sd_hu, 10.0)
    ds = float(np.median(np.diff(block.s_mm))) if n > 1 else 0.5
    cell = block.r_mm * (2 * math.pi / angles) * RADIAL_STEP_MM * ds
    base = np.minimum(cell / CORRELATION_VOLUME_MM3, 1.0) / sd_hu**2
    base_weight = np.where(np.isfinite(block.hu), keep * base, 0.0).astype(np.float32)
    image = np.nan_to_num(block.hu)
    walls = start
    hessian, gradient = np.empty((n, 2 * MODES + 1, 2 * MODES + 1)), np.empty((n, 2 * MODES + 1))
    covariance, cost = np.zeros((n, 2 * MODES + 1)), np.zeros(n)
    for iteration in range(ITERATIONS):
        wall_r = walls.wall_r(angles)
        walls = _outside(image, base_weight, block.r_mm, walls, edge, slope)
        weight = base_weight * (block.r_mm < wall_r[:, :, None] + OUTSIDE_REACH_MM)
        normal_equations(
            image, weight, block.r_mm, basis, walls.wall_modes, walls.lumen_modes, walls.lumen_hu, walls.is_open,
            walls.plaque_hu, walls.outside_hu, walls.far_r_mm, walls.layer_hu, walls.sigma_mm, sd_hu, edge, slope,
            hessian, gradient, cost,
        )  # fmt: skip
        if within is not None:
            _hold(within, walls, basis, hessian, gradient)
        step, covariance = _solve(hessian, gradient, walls, last=iteration == ITERATIONS - 1)
        walls = _moved(walls, step)
    return replace(walls, wall_sd_mm=np.sqrt(covariance[:, 0]), lumen_sd_mm=np.sqrt(covariance[:, MODES]), misfit=cost)


def _hold(within: FloatArray, walls: Walls, basis: FloatArray, hessian: FloatArray, gradient: FloatArray) -> None:
    """Add the pull of radii that lie outside the wall."""
    short = np.nan_to_num(within, nan=0.0) - walls.wall_r(len(basis))
    pull = np.where(short > 0, HELD_SD_MM**-2 / len(basis) * 4, 0.0)
    hessian[:, :MODES, :MODES] += np.einsum("nt,ta,tb->nab", pull, basis, basis)
    gradient[:, :MODES] += np.einsum("nt,ta->na", pull * short, basis)


def _outside(
    image: npt.NDArray[np.float32],
    weight: npt.NDArray[np.float32],
    r_mm: FloatArray,
    walls: Walls,
    edge: FloatArray,
    slope: FloatArray,
) -> Walls:
    """The walls with what lies beyond them: tissue HU and, where it explains more, a layer of fat; both smoothed."""
    angles = image.shape[1]
    sums = [np.empty((len(LAYERS_MM), *image.shape[:2])) for _ in range(3)]
    wall_r = walls.wall_r(angles)
    layers_hu = np.where(np.arange(len(LAYERS_MM)) <= len(LAYERS_MM) // 2, walls.fat_hu, MUSCLE_HU)
    outside_sums(
        image, weight, r_mm, wall_r, walls.lumen_r(angles), walls.lumen_hu, walls.plaque_hu, LAYERS_MM, layers_hu,
        OUTSIDE_REACH_MM, walls.sigma_mm, edge, slope, *sums,
    )  # fmt: skip
    above, below, power = (
        gaussian_filter1d(gaussian_filter1d(v, 25.0 / 360 * angles, axis=2, mode="wrap"), 2.0, axis=1, mode="nearest")
        for v in sums
    )
    floor = 1e-3 * max(float(below.max()), 1e-12)
    typical = above.sum(axis=(1, 2)) / np.maximum(below.sum(axis=(1, 2)), 1e-12)
    hu = (above + floor * typical[:, None, None]) / (below + floor)
    misfit = power - above**2 / np.maximum(below, floor)
    misfit[1:] += LAYER_PENALTY / angles
    misfit[1:][np.abs(hu[1:] - layers_hu[1:, None, None]) < MIN_LAYER_CONTRAST_HU] = np.inf
    chosen = misfit.argmin(axis=0)
    hu = np.take_along_axis(hu, chosen[None], axis=0)[0]
    far = np.where(chosen > 0, wall_r + LAYERS_MM[chosen], 0.0)
    fat = hu[(hu > FAT_RANGE_HU[0]) & (hu < FAT_RANGE_HU[1])]
    fat_hu = float(np.median(fat)) if len(fat) > 0.1 * hu.size else FAT_HU
    return replace(walls, outside_hu=hu, far_r_mm=far, layer_hu=layers_hu[chosen], fat_hu=fat_hu)


def _priors(walls: Walls) -> tuple[FloatArray, FloatArray]:
    """Prior Hessian (u, u) pairs added per section and prior gradient (n, u), at the current contours."""
    n, u = len(walls.s_mm), 2 * MODES + 1
    hessian, gradient = np.zeros((n, u, u)), np.zeros((n, u))
    for m in range(MODES):
        shape = 0.0 if math.isinf(SHAPE_SD_MM[m]) else SHAPE_SD_MM[m] ** -2
        hessian[:, m, m] += shape
        gradient[:, m] -= shape * walls.wall_modes[:, m]
        tie = np.full(n, GAP_SHAPE_SD_MM[m] ** -2)
        expected = GAP_MM if m == 0 else 0.0
        if m == 0:
            tie = np.where(_near_closed(walls), CAP_GAP_SD_MM, GAP_SD_MM) ** -2
        off = walls.wall_modes[:, m] - walls.lumen_modes[:, m] - expected
        hessian[:, m, m] += np.where(walls.is_open, tie, 0.0)
        hessian[:, MODES + m, MODES + m] += tie
        hessian[:, m, MODES + m] -= np.where(walls.is_open, tie, 0.0)
        hessian[:, MODES + m, m] -= np.where(walls.is_open, tie, 0.0)
        gradient[:, m] -= np.where(walls.is_open, tie * off, 0.0)
        gradient[:, MODES + m] += tie * np.where(walls.is_open, off, 0.0)
    hessian[:, 2 * MODES, 2 * MODES] += LUMEN_SD_HU**-2
    gradient[:, 2 * MODES] -= LUMEN_SD_HU**-2 * (walls.lumen_hu - walls.lumen_anchor_hu)
    return hessian, gradient


def _near_closed(walls: Walls) -> npt.NDArray[np.bool_]:
    """Sections within CAP_MM of closed ones."""
    closed = walls.s_mm[~walls.is_open]
    if len(closed) == 0:
        return np.zeros(len(walls.s_mm), dtype=bool)
    return np.asarray(np.abs(walls.s_mm[:, None] - closed).min(axis=1) < CAP_MM)


def _solve(hessian: FloatArray, gradient: FloatArray, walls: Walls, last: bool) -> tuple[FloatArray, FloatArray]:
    """The joint step (n, u) over all sections, and the variances (n, u) on the last round."""
    n, u = gradient.shape
    prior_h, prior_g = _priors(walls)
    blocks, right = hessian + prior_h, gradient + prior_g
    values = np.concatenate([walls.wall_modes, walls.lumen_modes, walls.lumen_hu[:, None]], axis=1)
    tie = np.concatenate([STEP_SD_MM**-2, (1.5 * STEP_SD_MM) ** -2, [STEP_SD_HU**-2]])
    ties = np.broadcast_to(tie, (n - 1, u)).copy()
    both = walls.is_open[1:] & walls.is_open[:-1]
    ties[~both, MODES:] = 0.0
    difference = ties * np.diff(values, axis=0)
    right[:-1] += difference
    right[1:] -= difference
    banded = np.zeros((u + 1, n * u))
    diagonal = blocks.copy()
    index = np.arange(u)
    diagonal[:-1, index, index] += ties
    diagonal[1:, index, index] += ties
    for offset in range(u):
        for i in range(u - offset):
            banded[offset, i::u] = diagonal[:, i + offset, i]
    banded[u, : (n - 1) * u] = -ties.reshape(-1)
    banded[0] += 1e-9
    step = solveh_banded(banded, right.reshape(-1), lower=True).reshape(n, u)
    variance = np.zeros((n, u))
    if last:
        variance = np.diagonal(np.linalg.inv(diagonal + 1e-9 * np.eye(u)), axis1=1, axis2=2).copy()
    return step, variance


def _moved(walls: Walls, step: FloatArray) -> Walls:
    """The contours after a step, each mode moved by at most 0.3 mm, radii kept possible."""
    wall = walls.wall_modes + np.clip(step[:, :MODES], -0.3, 0.3)
    lumen = walls.lumen_modes + np.clip(step[:, MODES : 2 * MODES], -0.3, 0.3)
    wall[:, 0] = np.clip(wall[:, 0], 0.4, 8.0)
    lumen[:, 0] = np.clip(lumen[:, 0], 0.1, wall[:, 0] - 0.05)
    hu = np.clip(walls.lumen_hu + np.clip(step[:, 2 * MODES], -60, 60), 80.0, 1500.0)
    return replace(walls, wall_modes=wall, lumen_modes=lumen, lumen_hu=hu)
