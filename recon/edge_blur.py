"""Blur of a scan from its own edges: error functions across contrast-to-muscle borders (docs/clinical.md B.8)."""

import math

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter
from scipy.special import erf

from recon.estimate import Estimate, FloatArray
from recon.kernels.reformat import cubic_samples
from recon.volume import Volume

FWHM_PER_SD = math.sqrt(8 * math.log(2))
PRIOR_FWHM_MM = Estimate(0.5, 0.8, 1.1)
"""What cardiac scanners do, when the image does not tell [E]."""

STRIDE = 2
EDGES = 5000
MIN_EDGES = 150
REACH_MM = 2.0
SAMPLE_MM = 0.125
MUSCLE_HU = (75.0, 220.0)
"""Plateau on the dark side: muscle. Fat borders have a wall of unknown thickness between, which looks like blur."""

SIGMAS_MM = np.arange(0.14, 0.72, 0.04)
SHIFTS_MM = np.arange(-0.6, 0.61, 0.06)
MODEL_ERROR = 0.10
"""Relative error of the blur that curved borders leave, from generated scans (docs/sections.md)."""


def edge_blur(volume: Volume, lumen_hu: float) -> tuple[Estimate, Estimate]:
    """In-plane and slice FWHM mm; the prior where fewer than MIN_EDGES usable edges are found."""
    profiles, along_slices = _profiles(volume, lumen_hu)
    if len(profiles) < MIN_EDGES:
        return PRIOR_FWHM_MM, PRIOR_FWHM_MM
    cost, level = _fits(profiles)
    best = cost.argmin(axis=1)
    rows = np.arange(len(cost))
    low, high = level[rows, best, 1], level[rows, best, 0]
    usable = (low > MUSCLE_HU[0]) & (low < MUSCLE_HU[1]) & (high - low > 120.0)
    usable &= cost[rows, best] <= np.percentile(cost[rows, best], 60)
    if usable.sum() < MIN_EDGES:
        return PRIOR_FWHM_MM, PRIOR_FWHM_MM
    plane, slices = _pooled(cost[usable], along_slices[usable])
    return _interval(plane), _interval(slices)


def _profiles(volume: Volume, lumen_hu: float) -> tuple[npt.NDArray[np.float32], FloatArray]:
    """Samples (m, n) across edges from dark to bright, and |cosine| between edge and slice direction."""
    coarse = volume.hu[::STRIDE, ::STRIDE, ::STRIDE].astype(np.float32)
    spacing = np.array(volume.geometry.spacing_mm)
    if min(coarse.shape) < 4:
        return np.empty((0, 0), dtype=np.float32), np.empty(0)
    smooth = gaussian_filter(coarse, 0.7)
    middle = 0.5 * (lumen_hu + 90.0)
    index = np.argwhere(np.abs(smooth - middle) < 60.0)
    index = index[np.all((index > 0) & (index < np.array(coarse.shape) - 1), axis=1)]
    if len(index) == 0:
        return np.empty((0, 0), dtype=np.float32), np.empty(0)
    index = index[np.random.default_rng(0).permutation(len(index))[: 6 * EDGES]]
    k, j, i = index.T
    slope = np.stack(
        [
            smooth[k + 1, j, i] - smooth[k - 1, j, i],
            smooth[k, j + 1, i] - smooth[k, j - 1, i],
            smooth[k, j, i + 1] - smooth[k, j, i - 1],
        ],
        axis=1,
    ) / (2 * STRIDE * spacing)
    size = np.linalg.norm(slope, axis=1)
    steep = np.flatnonzero(size > 0.2 * lumen_hu / 2.0)[:EDGES]
    direction = slope[steep] / size[steep, None]
    x = np.arange(-REACH_MM, REACH_MM + 1e-9, SAMPLE_MM)
    where = index[steep, None] * STRIDE + x[:, None] * (direction / spacing)[:, None]
    out = np.empty(where.shape[:2], dtype=np.float32)
    cubic_samples(volume.hu, np.ascontiguousarray(where.reshape(-1, 3)), out.reshape(-1))
    sound = np.isfinite(out).all(axis=1)
    return out[sound], np.abs(direction[sound, 0])


def _fits(profiles: npt.NDArray[np.float32]) -> tuple[FloatArray, FloatArray]:
    """Residual sums (m, sigmas), best over shifts and levels, and the two levels (m, sigmas, 2): bright, dark."""
    x = np.arange(-REACH_MM, REACH_MM + 1e-9, SAMPLE_MM)
    power = (profiles.astype(float) ** 2).sum(axis=1)
    cost = np.full((len(profiles), len(SIGMAS_MM)), np.inf)
    level = np.zeros((len(profiles), len(SIGMAS_MM), 2))
    for k, sigma in enumerate(SIGMAS_MM):
        for shift in SHIFTS_MM:
            rise = 0.5 * (1 + erf((x - shift) / (sigma * math.sqrt(2))))
            design = np.stack([rise, 1 - rise], axis=1)
            solved = profiles @ np.linalg.pinv(design).T
            residual = power - (profiles @ design * solved).sum(axis=1)
            better = residual < cost[:, k]
            cost[better, k] = residual[better]
            level[better, k] = solved[better]
    return cost, level


def _pooled(cost: FloatArray, along_slices: FloatArray) -> tuple[float, float]:
    """In-plane and slice blur SD that together fit all edges best: variances add by the direction of each edge."""
    share = along_slices**2
    rows = np.arange(len(cost))
    total = np.empty((len(SIGMAS_MM), len(SIGMAS_MM)))
    for a, plane in enumerate(SIGMAS_MM):
        for b, slices in enumerate(SIGMAS_MM):
            sigma = np.sqrt(plane**2 * (1 - share) + slices**2 * share)
            at = np.clip((sigma - SIGMAS_MM[0]) / (SIGMAS_MM[1] - SIGMAS_MM[0]), 0, len(SIGMAS_MM) - 1.001)
            low = at.astype(int)
            total[a, b] = ((1 - at + low) * cost[rows, low] + (at - low) * cost[rows, low + 1]).sum()
    best = np.unravel_index(int(total.argmin()), total.shape)
    return _bottom(total[:, best[1]], int(best[0])), _bottom(total[best[0]], int(best[1]))


def _bottom(cost: FloatArray, index: int) -> float:
    """The minimum of a parabola through the lowest of a row of costs and its neighbours."""
    k = int(np.clip(index, 1, len(SIGMAS_MM) - 2))
    bend = cost[k - 1] - 2 * cost[k] + cost[k + 1]
    shift = 0.5 * (cost[k - 1] - cost[k + 1]) / bend if bend > 0 else 0.0
    return float(SIGMAS_MM[k] + (SIGMAS_MM[1] - SIGMAS_MM[0]) * min(max(shift, -1.0), 1.0))


def _interval(sigma_mm: float) -> Estimate:
    fwhm = sigma_mm * FWHM_PER_SD
    return Estimate.around(fwhm, 1.645 * MODEL_ERROR * fwhm)
