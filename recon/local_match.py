"""A smooth movement of a vessel between two scans, found in its surroundings, and how sure it is at each place.

Hearts move and change shape between two scans, and a rigid match leaves a millimetre or more: in the C-Sub 320 trial 136 of 257
segments could not be judged for it. Contrast is taken out of the contrast scan first, and what it changes in muscle and
chambers does not count: fat against soft tissue and calcium carry the match.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from recon.alignment import Registration
from recon.edge_blur import FWHM_PER_SD
from recon.estimate import FloatArray
from recon.fine_image import FineImage
from recon.muscle_uptake import FAT_HU, enhanced_muscle_hu
from recon.report import Report, silent
from recon.subtraction_block import PIXEL_MM, TISSUE_HU, SectionBlock

KNOT_MM = 5.0
REACH_MM, STEP_MM, SAMPLES = 3.0, 1.0, 250
"""How far, and in which steps, the movement is first looked for in each direction, and on how many samples a knot."""

STEP_SD_MM, TOTAL_SD_MM = 0.5, 1.5
"""Expected change from knot to knot, and of the movement itself (SD along each axis) [E]."""

LOW_HU, SOFT_HU, CALCIUM_HU, CALCIUM_PART, CALCIUM_TOP_HU = -130.0, 20.0, 150.0, 0.4, 900.0
"""Fat counts in full up to soft tissue, what lies between soft tissue and calcium not at all, calcium by a part."""

AROUND_MM = 3.5
"""How far beyond the wall the surroundings count."""

CALCIUM_WITHIN_MM = 0.8
"""Brighter than soft tissue farther than this outside the wall of the contrast scan is contrast, not calcium."""

SMOOTHING_MM = 0.6
"""Both pictures are smoothed by this SD for the match: the slope of noise would pass for knowledge."""

TEXTURE = 6.0
"""What differs between the scans is correlated over so many times the volume of the noise [E]."""

HUBER_HU = 40.0
LEAST_SD_HU = 10.0
ROUNDS = 8
GRADIENT_MM = 0.3
WINDOW_MM = 10.0
"""Length over which likeness is stated."""

SD_FACTOR, ALONG_FACTOR, SD_FLOOR_MM = 1.1, 2.6, 0.1
"""Widening of both SD (across, along) and their floor, found on development pairs (docs/section-details.md)."""


@dataclass(frozen=True, eq=False)
class LocalMatch:
    """Per section: movement (n, 3) LPS mm on top of the rigid one, its SD across and along the vessel, and the correlation of
    what counts within 10 mm."""

    shift_mm: FloatArray
    across_sd_mm: FloatArray
    along_sd_mm: FloatArray
    correlation: FloatArray


def told(hu: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """HU as they count for the match: contrast in muscle, chambers and veins makes no difference."""
    soft = np.clip(hu, LOW_HU, SOFT_HU)
    return np.asarray(soft + CALCIUM_PART * (np.clip(hu, CALCIUM_HU, CALCIUM_TOP_HU) - CALCIUM_HU), dtype=np.float32)


def local_match(
    block: SectionBlock, other: FineImage, found: Registration, correlated_mm3: float, report: Report = silent
) -> LocalMatch:
    """How the vessel lies in the non-contrast image `other` beyond the rigid registration `found`.

    `correlated_mm3` is the volume that carries one independent noise sample.
    """
    points, target, rows = _samples(block, found)
    count = max(2, math.ceil((block.s_mm[-1] - block.s_mm[0]) / KNOT_MM) + 1)
    at = np.clip((block.s_mm[rows] - block.s_mm[0]) / KNOT_MM, 0, count - 1.001)
    report(0.1, "matching the scans along the vessel")
    shift = _coarse(other, points, target, at, count)
    step_mm = float(block.s_mm[1] - block.s_mm[0])
    trust = min(1.0, PIXEL_MM**2 * step_mm / (TEXTURE * correlated_mm3))
    for _ in range(ROUNDS):
        hessian, gradient, residual = _equations(other, points, target, at, shift, trust)
        move = np.linalg.solve(hessian, gradient).reshape(count, 3)
        shift = shift + np.clip(move, -0.7, 0.7)
        if float(np.abs(move).max()) < 0.01:
            break
    report(0.9, "matching the scans along the vessel")
    hessian, _, residual = _equations(other, points, target, at, shift, trust)
    covariance = np.asarray(np.linalg.inv(hessian), dtype=np.float64)
    return _match(block, shift, covariance, residual, target, rows)


def expected_hu(block: SectionBlock) -> npt.NDArray[np.float32]:
    """What counts of the contrast scan without its contrast (n, rows, columns), smoothed for the match; NaN outside the scan.

    Muscle takes up contrast, so that fat mixed with it by the blur is brighter than in the other scan: between fat and the
    muscle of this scan HU are brought to the scale between fat and muscle without contrast.
    """
    step_mm = float(block.s_mm[1] - block.s_mm[0])
    missing = np.isnan(block.bare_hu)
    sigma = (SMOOTHING_MM / step_mm, SMOOTHING_MM / PIXEL_MM, SMOOTHING_MM / PIXEL_MM)
    smooth = gaussian_filter(np.where(missing, SOFT_HU, block.bare_hu), sigma, mode="nearest")
    beyond = block.radius_mm[None] - block.wall_r_mm
    muscle_hu = enhanced_muscle_hu(block)
    if muscle_hu is not None:
        scale = (TISSUE_HU - FAT_HU) / (muscle_hu - FAT_HU)
        smooth = np.where(beyond > 0, FAT_HU + scale * (smooth - FAT_HU), smooth)
    expected = told(np.where(beyond > CALCIUM_WITHIN_MM, np.minimum(smooth, SOFT_HU), smooth))
    return np.where(missing, np.float32(np.nan), expected)


def _samples(block: SectionBlock, found: Registration) -> tuple[FloatArray, FloatArray, npt.NDArray[np.intp]]:
    """Places (m, 3) in the other scan by the rigid match, what is expected there, and the section of each."""
    near = block.radius_mm[None] <= block.wall_r_mm + AROUND_MM
    expected = expected_hu(block)
    near &= np.isfinite(expected)
    rows = np.nonzero(near)[0]
    return found.moved(block.points_mm()[near]), expected[near].astype(float), rows


def _coarse(other: FineImage, points: FloatArray, target: FloatArray, at: FloatArray, count: int) -> FloatArray:
    """Movement (count, 3) of the knots: the cheapest way through whole steps that does not jump."""
    few = slice(None, None, max(1, len(points) // (SAMPLES * count)))
    points, target, knot = points[few], target[few], np.round(at[few]).astype(int)
    steps = np.arange(-REACH_MM, REACH_MM + 1e-9, STEP_MM)
    offsets = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    cost = np.empty((count, len(offsets)))
    members = np.maximum(np.bincount(knot, minlength=count), 1)
    for number, offset in enumerate(offsets):
        seen = told(np.nan_to_num(other.at(points + offset), nan=LOW_HU))
        error = np.minimum(np.abs(seen - target), 3 * HUBER_HU) ** 2
        cost[:, number] = np.bincount(knot, error, minlength=count)
    # A quarter of the samples is independent; they differ by about 30 HU.
    cost = cost * (SAMPLES / members)[:, None] / (4 * 2 * 30.0**2)
    cost += 0.5 * (offsets**2).sum(axis=1) / TOTAL_SD_MM**2
    apart = 0.5 * ((offsets[:, None] - offsets) ** 2).sum(axis=-1) / (2 * STEP_SD_MM) ** 2
    best, came = cost[0], np.zeros((count, len(offsets)), dtype=int)
    for k in range(1, count):
        way = best[:, None] + apart
        came[k] = way.argmin(axis=0)
        best = way.min(axis=0) + cost[k]
    chosen = [int(best.argmin())]
    for k in range(count - 1, 0, -1):
        chosen.append(int(came[k, chosen[-1]]))
    return np.asarray(offsets[chosen[::-1]])


def _equations(
    other: FineImage, points: FloatArray, target: FloatArray, at: FloatArray, shift: FloatArray, trust: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Hessian, gradient and residual (m,) of the knots' movements, robust against what one scan alone shows."""
    count = len(shift)
    low = np.floor(at).astype(int)
    part = (at - low)[:, None]
    place = points + (1 - part) * shift[low] + part * shift[low + 1]
    seen = told(np.nan_to_num(other.at(place), nan=LOW_HU)).astype(float)
    slope = np.empty((len(points), 3))
    for axis in range(3):
        step = np.zeros(3)
        step[axis] = GRADIENT_MM
        ahead, behind = (told(np.nan_to_num(other.at(place + sign * step), nan=LOW_HU)) for sign in (1.0, -1.0))
        slope[:, axis] = (ahead - behind) / (2 * GRADIENT_MM)
    residual = target - seen
    spread = np.maximum(1.4826 * float(np.median(np.abs(residual))), LEAST_SD_HU)
    weight = trust / spread**2 * np.minimum(1.0, HUBER_HU / np.maximum(np.abs(residual), 1e-6))
    hessian, gradient = _priors(shift)
    outer = weight[:, None, None] * slope[:, :, None] * slope[:, None, :]
    pull = (weight * residual)[:, None] * slope
    for a in range(count):
        for b in (a, a + 1):
            if b >= count:
                continue
            share = _share(at, a) * _share(at, b)
            used = share > 0
            total = (share[used, None, None] * outer[used]).sum(axis=0)
            hessian[3 * a : 3 * a + 3, 3 * b : 3 * b + 3] += total
            if b > a:
                hessian[3 * b : 3 * b + 3, 3 * a : 3 * a + 3] += total
        gradient[3 * a : 3 * a + 3] += (_share(at, a)[:, None] * pull).sum(axis=0)
    return hessian, gradient, residual


def _share(at: FloatArray, knot: int) -> FloatArray:
    return np.asarray(np.maximum(0.0, 1.0 - np.abs(at - knot)))


def _priors(shift: FloatArray) -> tuple[FloatArray, FloatArray]:
    count = len(shift)
    size = 3 * count
    rough = np.diff(np.eye(count), axis=0)
    small = rough.T @ rough / STEP_SD_MM**2 + np.eye(count) / TOTAL_SD_MM**2
    hessian = np.asarray(np.kron(small, np.eye(3)), dtype=np.float64)
    return hessian, -(hessian @ shift.ravel()).reshape(size)


def _match(
    block: SectionBlock,
    shift: FloatArray,
    covariance: FloatArray,
    residual: FloatArray,
    target: FloatArray,
    rows: npt.NDArray[np.intp],
) -> LocalMatch:
    n, count = len(block.s_mm), len(shift)
    at = np.clip((block.s_mm - block.s_mm[0]) / KNOT_MM, 0, count - 1.001)
    low = np.floor(at).astype(int)
    part = at - low
    tangent = block.line.at(block.s_mm)[1]
    along, across = np.empty(n), np.empty(n)
    for k in range(n):
        pick = np.zeros((3, 3 * count))
        pick[:, 3 * low[k] : 3 * low[k] + 3] = (1 - part[k]) * np.eye(3)
        pick[:, 3 * low[k] + 3 : 3 * low[k] + 6] = part[k] * np.eye(3)
        own = pick @ covariance @ pick.T
        along[k] = math.sqrt(max(float(tangent[k] @ own @ tangent[k]), 0.0))
        flat = np.eye(3) - np.outer(tangent[k], tangent[k])
        across[k] = math.sqrt(max(float(np.linalg.eigvalsh(flat @ own @ flat)[-1]), 0.0))
    moved = (1 - part)[:, None] * shift[low] + part[:, None] * shift[low + 1]
    width = WINDOW_MM / FWHM_PER_SD / max(float(block.s_mm[1] - block.s_mm[0]), 1e-3)
    return LocalMatch(
        moved, SD_FACTOR * np.hypot(across, SD_FLOOR_MM), ALONG_FACTOR * np.hypot(along, SD_FLOOR_MM),
        _likeness(target, target - residual, rows, n, width),
    )  # fmt: skip


def _likeness(a: FloatArray, b: FloatArray, rows: npt.NDArray[np.intp], n: int, width: float) -> FloatArray:
    """Correlation (n,) of two pictures within a window along the vessel."""

    def summed(values: FloatArray) -> FloatArray:
        return np.asarray(gaussian_filter1d(np.bincount(rows, values, minlength=n), width, mode="nearest"))

    count = np.maximum(summed(np.ones(len(rows))), 1e-9)
    mean_a, mean_b = summed(a) / count, summed(b) / count
    joint = summed(a * b) / count - mean_a * mean_b
    spread = (summed(a * a) / count - mean_a**2) * (summed(b * b) / count - mean_b**2)
    return np.asarray(np.clip(joint / np.sqrt(np.maximum(spread, 1e-6)), -1.0, 1.0))
