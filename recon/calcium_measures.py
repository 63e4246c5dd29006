"""Per-section measures of fitted deposits, each with its interval (docs/clinical.md B.7, docs/sections.md)."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter

from recon.arc import MIN_EXTENT_MM, longest_arc_deg, total_arc_deg
from recon.calcium_model import STATION_MM, Deposit
from recon.contours import Walls
from recon.estimate import Band, FloatArray
from recon.kernels.calcium_model import DENSITY, SHAPE, polar_cover
from recon.sections import CALCIUM_ANGLES

RADIAL_MM = 0.04
END_MM = 0.25
"""Thickness of the section over which an end of a deposit counts in part."""

LEAST_WEIGHT = 0.1
"""From this part of the section on it has the deposit's arc, not a part of it."""

THIN_PART = 0.5
"""A layer fitted thinner than the least extent that counts is no less there: below the blur thickness and density trade. Then
an angle counts from this part of the section's own thickness on."""

Z_90 = 1.645
AREA_FLOOR, AREA_FLOOR_MM2 = 0.07, 0.06
ARC_FLOOR_DEG = 5.0
MAX_MISFIT = 4.0
END_FLOOR_MM, END_CEILING_MM = 0.1, 0.4
"""An end of a deposit is at least and at most this uncertain (SD)."""

FULL_RING_RAD = math.pi - 0.05
"""From this half arc on the ring is closed: a wider one is the same ring, so the angle adds no uncertainty of area."""

LOW_FACTOR, HIGH_FACTOR, ARC_FACTOR = 2.2, 3.4, 3.1
"""Widening found on the tuning half of the development segments so that 90 % intervals of found calcium hold 90 % of truths:
more upwards, because faint calcium is taken for lumen rather than the reverse (docs/sections.md)."""

BULGE = 1.18
USUAL_MM = 24.0
HIDDEN_PART = 1.2
"""An open lumen wider than this part of its usual area along the vessel may be calcium no brighter than contrast. The excess
times the last number is then the upper end of the interval: unknown is not zero."""


@dataclass(frozen=True, eq=False)
class CalciumMeasures:
    """Per section: area mm2 and arc deg with intervals, longest arc, thickness, and the 1-degree maps about the fitted centre.

    `in_lumen_mm2` is the calcium area inside the lumen contour, `hu` the density of the thickest deposit (NaN without one).
    """

    area: Band
    arc: Band
    longest_arc_deg: FloatArray
    thickness_mm: FloatArray
    inner_r_mm: FloatArray
    outer_r_mm: FloatArray
    in_lumen_mm2: FloatArray
    hu: FloatArray


def deposit_measures(deposits: tuple[Deposit, ...], walls: Walls) -> CalciumMeasures:
    """What the deposits are in every section of the walls."""
    n = len(walls.s_mm)
    lumen = walls.lumen_r(CALCIUM_ANGLES)
    inner, outer = np.full((n, CALCIUM_ANGLES), np.nan), np.full((n, CALCIUM_ANGLES), np.nan)
    area, thickness, in_lumen = (np.zeros(n) for _ in range(3))
    spread = np.zeros((n, 5))
    hu = np.full(n, np.nan)
    for k, s in enumerate(walls.s_mm):
        near = [d for d in deposits if d.start_mm - 1.0 < s < d.end_mm + 1.0]
        if not near:
            continue
        weight = np.array([_weight(d, float(s)) for d in near])
        shapes = np.array([_shape(d, float(s)) for d in near])
        cover = _raster(shapes, weight)
        ring = (np.arange(cover.shape[1]) + 0.5) * RADIAL_MM * RADIAL_MM * math.radians(1.0)
        area[k] = float((cover * ring).sum())
        in_lumen[k] = float((cover * ring * _below(lumen[k], cover.shape[1])).sum())
        solid = _raster(shapes, np.where(weight >= LEAST_WEIGHT, 1.0, 0.0)) >= 0.5
        extent = solid.sum(axis=1) * RADIAL_MM
        hit = (extent > 0) & (extent >= min(MIN_EXTENT_MM, THIN_PART * float(extent.max())))
        inner[k, hit] = solid[hit].argmax(axis=1) * RADIAL_MM
        outer[k, hit] = (solid.shape[1] - solid[hit][:, ::-1].argmax(axis=1)) * RADIAL_MM
        thickness[k] = float(extent.max())
        spread[k] = _spread(near, float(s))
        if weight.max() > 0:
            hu[k] = shapes[int(np.argmax(weight)), DENSITY]
    sd, arc_sd, end_low, end_high, end_arc = spread.T
    covered = np.isfinite(inner)
    width = Z_90 * np.sqrt(sd**2 + (AREA_FLOOR * area) ** 2 + np.where(area > 0, AREA_FLOOR_MM2**2, 0.0))
    low = np.maximum(np.minimum(area - LOW_FACTOR * width, area - end_low), 0.0)
    high = np.maximum(area + HIGH_FACTOR * width, np.where(end_high > 0, area + end_high, 0.0))
    hidden = hidden_area_mm2(walls)
    high = np.maximum(high, np.where(area == 0, hidden, 0.0))
    whole = np.maximum(0.5 * math.radians(1.0) * (walls.wall_r(CALCIUM_ANGLES) ** 2).sum(axis=1), area)
    low, high = np.minimum(low, area), np.minimum(high, whole)
    return CalciumMeasures(
        Band(low, area, high),
        _arc_band(covered, arc_sd, end_arc, low, high, hidden),
        longest_arc_deg(covered),
        thickness,
        inner,
        outer,
        in_lumen,
        hu,
    )


def hidden_area_mm2(walls: Walls) -> FloatArray:
    """Calcium area (n,) that a lumen wider than usual may hide where contrast is as bright as calcium; else 0."""
    lumen = 0.5 * math.radians(1.0) * (walls.lumen_r(CALCIUM_ANGLES) ** 2).sum(axis=1)
    seen = np.flatnonzero(walls.is_open & (lumen > 0))
    hidden = np.zeros(len(lumen))
    if len(seen) < 3:
        return hidden
    step_mm = float(np.median(np.diff(walls.s_mm)))
    usual = median_filter(lumen[seen], size=min(2 * round(0.5 * USUAL_MM / step_mm) + 1, len(seen)), mode="nearest")
    hidden[seen] = np.where(lumen[seen] > BULGE * usual, HIDDEN_PART * (lumen[seen] - usual), 0.0)
    return hidden


def _arc_band(
    covered: npt.NDArray[np.bool_],
    sd_deg: FloatArray,
    end_deg: FloatArray,
    low_area: FloatArray,
    high_area: FloatArray,
    hidden_area: FloatArray,
) -> Band:
    """Arc interval: of the fit where there certainly is calcium, from 0 where there may be none; a hidden arc is unknown.

    `end_deg` (n,) is the arc of deposits whose uncertain end lies at the section.
    """
    arc = total_arc_deg(covered)
    width = Z_90 * ARC_FACTOR * np.hypot(sd_deg, ARC_FLOOR_DEG)
    low = np.where(low_area > 0, np.maximum(arc - width, 0.0), 0.0)
    unseen = np.where(hidden_area > 0, 360.0, end_deg + width)
    high = np.where(high_area > 0, np.minimum(np.where(arc > 0, np.maximum(arc, end_deg) + width, unseen), 360.0), 0.0)
    return Band(np.minimum(low, arc), arc, np.maximum(high, arc))


def _weight(deposit: Deposit, s: float) -> float:
    return max(0.0, min(s + END_MM / 2, deposit.end_mm) - max(s - END_MM / 2, deposit.start_mm)) / END_MM


def _shape(deposit: Deposit, s: float) -> FloatArray:
    """Middle, half arc, inner and outer radius at an arc position."""
    at = np.clip((s - deposit.station_mm[0]) / STATION_MM, 0, len(deposit.stations) - 1)
    low = min(int(at), len(deposit.stations) - 2)
    part = at - low
    shape = (1 - part) * deposit.stations[low] + part * deposit.stations[low + 1]
    return np.array([shape[0], min(shape[1], math.pi), max(shape[2], 0.0), *shape[3:]])


def _raster(shapes: FloatArray, weight: FloatArray) -> FloatArray:
    """Part (0..1) of each polar cell (360, radii) that is calcium of the shapes (m, SHAPE), each counted by its weight (m,)."""
    reach = max(1, math.ceil(float((shapes[:, 3] + np.hypot(shapes[:, 4], shapes[:, 5])).max()) / RADIAL_MM) + 1)
    cover = np.zeros((CALCIUM_ANGLES, reach))
    polar_cover(shapes, weight, RADIAL_MM, cover)
    return cover


def _below(radii: FloatArray, count: int) -> npt.NDArray[np.bool_]:
    return np.asarray((np.arange(count) + 0.5) * RADIAL_MM < radii[:, None])


def _spread(deposits: list[Deposit], s: float) -> tuple[float, float, float, float, float]:
    """SD of area and arc (deg) from the fits, what uncertain ends may take away or add (mm2), and the arc (deg) of these."""
    variance, arc_variance, less, more, end_arc = 0.0, 0.0, 0.0, 0.0, 0.0
    for deposit in deposits:
        half, inner, outer = _shape(deposit, s)[1:4]
        whole, weight = half * (outer**2 - inner**2), _weight(deposit, s)
        count = len(deposit.stations)
        at = float(np.clip((s - deposit.station_mm[0]) / STATION_MM, 0, count - 1))
        low = min(int(at), count - 2)
        gradient, turn = np.zeros(len(deposit.covariance)), np.zeros(len(deposit.covariance))
        for station, part in ((low, 1 - at + low), (low + 1, at - low)):
            gradient[SHAPE * station + 1] = 0.0 if half >= FULL_RING_RAD else weight * part * (outer**2 - inner**2)
            gradient[SHAPE * station + 2] = -2 * weight * part * half * inner
            gradient[SHAPE * station + 3] = 2 * weight * part * half * outer
            turn[SHAPE * station + 1] = 2 * part
        scale = min(max(1.0, deposit.misfit), MAX_MISFIT)
        variance += scale * float(gradient @ deposit.covariance @ gradient)
        if weight > 0 and half < FULL_RING_RAD:
            arc_variance += scale * float(turn @ deposit.covariance @ turn)
        for end, sign, index in ((deposit.start_mm, 1.0, -3), (deposit.end_mm, -1.0, -2)):
            sd = min(math.sqrt(scale * max(float(deposit.covariance[index, index]), 0.0)) + END_FLOOR_MM, END_CEILING_MM)
            inside = sign * (s - end)
            if abs(inside) < Z_90 * LOW_FACTOR * sd + END_MM / 2:
                less, more = less + weight * whole, more + (1 - weight) * whole
                end_arc = max(end_arc, 2 * half)
    arc_sd = math.sqrt(max(arc_variance, 0.0))
    return math.sqrt(max(variance, 0.0)), math.degrees(arc_sd), less, more, math.degrees(end_arc)
