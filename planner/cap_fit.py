"""The end of a lumen at an occlusion: blunt and tapered models fitted and compared (docs/clinical.md B.1, B.2)."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from planner.lumen_walk import BESIDE_WEIGHT, CORRELATION_MM, TISSUE_HU, LumenWalk
from recon.estimate import Estimate, FloatArray
from recon.sections import ScanPhysics, VesselSections

DISC_RADIUS_MM = 0.5
GRID_MM = 0.1
OWN_MM, LEAST_LUMEN_MM = 1.5, 3.0
"""Where a vessel leaves a wider one its lumen is a funnel for the first of these; so much lumen is looked at all the same."""
LUMEN_SIDE_MM, OCCLUDED_SIDE_MM = 9.0, 4.0
"""How far the fit looks to both sides of the cap."""
REACH_MM = 2.0
"""How far outside the walk's interval a cap may be placed."""
TAPERS = ((1.5, 0.5), (2.5, 0.5), (4.0, 0.5), (6.0, 0.5), (1.5, 1.0), (2.5, 1.0), (4.0, 1.0), (6.0, 1.0))
"""(length mm, power) of tapered ends: radius ~ (distance / length) ** power."""
TAPER_NEAR_MM, TAPER_FAR_MM, TAPER_CUT = 0.5, 4.0, 0.5
"""Taper index (A(4) - A(0.5)) / A(4); tapered from 0.5 (app setting)."""
DECIDED = 0.5
"""From this probability on an end is called tapered."""
AXIS_SD, AREA_SD = 0.10, 0.14
"""Model error of the contrast fraction and of the relative area, beyond noise (calibrated on generated cases)."""
CAP_SYSTEMATIC_MM = 0.7
"""Half width added to both sides of a cap's interval: centerline, blur and shape are not in the fit (docs/accuracy.md)."""
PLATEAU_MM = (3.0, 10.0)
"""Where the full lumen is taken from, counted from the last contrast that is seen."""
CALCIUM_FREE_CSA_PCT = 25.0
"""Lumen areas of sections with more calcium are partly carried over from their neighbours."""
TOO_BRIGHT = 1.15
"""A lumen brighter than the open level by this factor is read through calcium."""
CLEAR_WEIGHT = 0.5
"""A lumen next to calcium that may be its halo, or lies on the occluded side of where the walk ends, is not clear either."""
HIDDEN_AREA_WEIGHT = 0.15
"""Part of its weight that such an area keeps."""
FILLED_SHARE = 0.75
"""A lumen with this part of the open contrast counts with its whole area."""
UNSEEN_MM2, UNSEEN_SHARE = 0.8, 0.35
"""A lumen thinner than this (or than this share of the full one) has no contour: no area is measured, which does not say none."""
WALK_WEIGHT, WALK_FLOOR_PER_MM = 1.0, 0.02
"""The walk has used the same attenuation where it shows: it counts by the hidden part only, and rules no position out."""
COVERAGE = (0.05, 0.95)


@dataclass(frozen=True, slots=True)
class CapFit:
    """Cap position, taper index of the likelier kind of end and how probable a tapered one is; index None = not measurable."""

    s_mm: Estimate
    taper_index: float | None
    tapered_probability: float


@dataclass(frozen=True, slots=True)
class CapSearch:
    """Where to look: the walk's interval, the side (proximal or distal) and the middle of the occlusion, not looked beyond.

    `own_from_mm` is where the vessel leaves a wider one.
    """

    s_mm: Estimate
    which: str
    middle_mm: float
    own_from_mm: float = 0.0

    @property
    def sign(self) -> float:
        """+1 where the lumen lies before the cap, -1 where it lies after it."""
        return 1.0 if self.which == "proximal" else -1.0

    def sees(self, s_mm: FloatArray) -> npt.NDArray[np.bool_]:
        """Which positions the fit looks at."""
        lumen_end = self.s_mm.low if self.sign > 0 else self.s_mm.high
        occluded_end = self.s_mm.high if self.sign > 0 else self.s_mm.low
        far_lumen, far_occluded = lumen_end - self.sign * LUMEN_SIDE_MM, occluded_end + self.sign * OCCLUDED_SIDE_MM
        far_lumen = max(far_lumen, self._first_mm)
        stop = min(far_occluded * self.sign, max(self.middle_mm * self.sign, (occluded_end + self.sign) * self.sign))
        return np.asarray((s_mm * self.sign >= far_lumen * self.sign) & (s_mm * self.sign <= stop))

    @property
    def _first_mm(self) -> float:
        """From where on a lumen before the cap is the vessel's own; some is always looked at."""
        if self.sign < 0 or self.own_from_mm <= 0:
            return -np.inf
        return min(self.own_from_mm + OWN_MM, self.s_mm.low - LEAST_LUMEN_MM)

    def is_own(self, s_mm: FloatArray) -> npt.NDArray[np.bool_]:
        """Which positions (n,) lie beyond the funnel in which the vessel leaves a wider one."""
        return np.asarray(s_mm >= self._first_mm)


@dataclass(frozen=True, eq=False)
class _Window:
    """What is seen near a cap: samples by position, and the sign that makes u = sign * (cap - s) grow into the lumen."""

    axis_s: FloatArray
    axis_fraction: FloatArray
    axis_weight: FloatArray
    area_s: FloatArray
    relative_area: FloatArray
    area_clear: npt.NDArray[np.bool_]
    full_mm2: float
    radius_mm: float
    level: float
    sign: float
    noise: float


def cap_fit(walk: LumenWalk, sections: VesselSections, physics: ScanPhysics, around: CapSearch) -> CapFit:
    """The cap within the walk's interval.

    Every end shape is placed at every position; the posterior over both gives the probability of a taper, that of the
    likelier kind of end the cap. The interval holds both kinds and does without the lumen areas under calcium, which are partly
    carried over from their neighbours.
    """
    low, high = around.s_mm.low, around.s_mm.high
    window = _window(walk, sections, physics, around)
    at = np.arange(low - REACH_MM, high + REACH_MM + GRID_MM / 2, GRID_MM)
    sigma_mm = (physics.psf_in_plane_fwhm_mm.best + physics.psf_z_fwhm_mm.best) / 2 / 2.3548
    shapes = (None, *TAPERS)
    scores = np.array([_log_likelihoods(window, at, shape, sigma_mm) for shape in shapes])
    scores[:, 0] += _walk_prior(walk, at)
    cautious, posterior = _posterior(scores[:, 0]), _posterior(scores.sum(axis=1))
    indices = np.array([taper_index(shape) for shape in shapes])
    by_shape = posterior.sum(axis=1)
    tapered = float(by_shape[indices >= TAPER_CUT].sum())
    likelier = (indices >= TAPER_CUT) == (tapered >= DECIDED)
    best = _quantile(posterior[likelier], at, 0.5)
    low_end, high_end = (_quantile(cautious, at, p) for p in COVERAGE)
    position = Estimate(min(low_end, best) - CAP_SYSTEMATIC_MM, best, max(high_end, best) + CAP_SYSTEMATIC_MM)
    seen = np.isfinite(window.relative_area).sum() >= 4 and np.isfinite(window.axis_fraction).sum() >= 8
    index = float(by_shape[likelier] @ indices[likelier] / by_shape[likelier].sum())
    return CapFit(position, index if seen else None, tapered if seen else 0.5)


def _posterior(scores: FloatArray) -> FloatArray:
    """Probabilities (shapes, positions) of log likelihoods; blunt and all tapers together are equally likely before."""
    prior = np.log(np.array([0.5, *[0.5 / len(TAPERS)] * len(TAPERS)]))[:, None]
    weights = np.exp(scores + prior - (scores + prior).max())
    return np.asarray(weights / weights.sum())


def _walk_prior(walk: LumenWalk, at: FloatArray) -> FloatArray:
    """Log prior (n,) of cap positions: how fast the walk goes from open to occluded there, as far as calcium hides the axis."""
    near = (walk.s_mm >= at[0]) & (walk.s_mm <= at[-1])
    weight = WALK_WEIGHT * float(walk.hidden[near].mean()) if near.any() else 0.0
    speed = np.abs(np.gradient(walk.occluded, walk.s_mm))
    step_mm = float(np.median(np.diff(walk.s_mm)))
    return np.asarray(weight * np.log(np.interp(at, walk.s_mm, gaussian_filter1d(speed, 0.5 / step_mm)) + WALK_FLOOR_PER_MM))


def _quantile(posterior: FloatArray, at: FloatArray, share: float) -> float:
    total = np.cumsum(posterior.sum(axis=0))
    return float(np.interp(share * total[-1], total, at))


def taper_index(shape: tuple[float, float] | None) -> float:
    """(A(4) - A(0.5)) / A(4) of an end shape (length mm, power); None is blunt."""
    near, far = (_relative_radius(np.array([u]), shape)[0] ** 2 for u in (TAPER_NEAR_MM, TAPER_FAR_MM))
    return float((far - near) / far)


def axis_response(radius_mm: FloatArray, sigma_mm: float) -> FloatArray:
    """Mean contrast fraction of a 1 mm disc inside a blurred round lumen of the given radii (n,)."""
    radii, response = _response_table(round(sigma_mm / 0.02) * 0.02)
    return np.interp(radius_mm, radii, response)


@lru_cache(maxsize=8)
def _response_table(sigma_mm: float) -> tuple[FloatArray, FloatArray]:
    pixel, half = 0.05, 4.0
    x = np.arange(-half, half + pixel / 2, pixel)
    distance = np.hypot(x[:, None], x)
    disc = distance <= DISC_RADIUS_MM
    radii = np.arange(0.0, 2.6, 0.1)
    edge = [np.clip((r - distance) / pixel + 0.5, 0, 1) if r > 0 else np.zeros_like(distance) for r in radii]
    response = [gaussian_filter(e, sigma_mm / pixel)[disc].mean() for e in edge]
    return radii, np.array(response)


def _relative_radius(u_mm: FloatArray, shape: tuple[float, float] | None) -> FloatArray:
    if shape is None:
        return (u_mm > 0).astype(float)
    return np.asarray(np.clip(u_mm / shape[0], 0.0, 1.0) ** shape[1])


def _log_likelihoods(window: _Window, at: FloatArray, shape: tuple[float, float] | None, sigma_mm: float) -> FloatArray:
    """Log likelihood (2, n) of every cap position for one end shape: by what is clear, and what areas under calcium add."""
    u = np.arange(-OCCLUDED_SIDE_MM - 12.0, LUMEN_SIDE_MM + 12.0, GRID_MM)
    relative = _relative_radius(u, shape)
    axis = gaussian_filter1d(axis_response(relative * window.radius_mm, sigma_mm), sigma_mm / GRID_MM)
    area = gaussian_filter1d(relative**2, sigma_mm / GRID_MM)
    axis_model = np.interp(window.sign * (at[:, None] - window.axis_s), u, axis)
    area_model = np.interp(window.sign * (at[:, None] - window.area_s), u, area)
    seen, measured = np.isfinite(window.axis_fraction), np.isfinite(window.relative_area)
    misfit = _axis_misfit(axis_model[:, seen], window.axis_fraction[seen], window.axis_weight[seen], window.level)
    spacing = float(np.median(np.diff(window.axis_s))) if len(window.axis_s) > 1 else CORRELATION_MM
    noise = np.hypot(AXIS_SD, window.noise)
    total = -0.5 * misfit / noise**2 * min(1.0, spacing / CORRELATION_MM)
    unseen = (window.relative_area[measured] == 0) * min(UNSEEN_MM2 / window.full_mm2, UNSEEN_SHARE)
    difference = np.clip(area_model[:, measured] - window.relative_area[measured], -0.6, 0.6)
    difference = np.where(unseen > 0, np.maximum(difference - unseen, 0.0), difference)
    scale = -0.5 / AREA_SD**2 * min(1.0, 2 * spacing / CORRELATION_MM)
    clear = window.area_clear[measured]
    by_clear, by_hidden = (np.sum(rows * difference**2, axis=1) for rows in (clear, ~clear))
    return np.stack([total + scale * by_clear, HIDDEN_AREA_WEIGHT * scale * by_hidden])


def _axis_misfit(model: FloatArray, seen: FloatArray, weight: FloatArray, level: float) -> FloatArray:
    """Weighted squared misfit (n,) after the best contrast level within 30 % and tissue offset within 0.12."""
    if seen.size == 0:
        return np.zeros(len(model))
    offset = np.clip(
        np.mean(weight * seen * (1 - model), axis=1) / np.maximum(np.mean(weight * (1 - model) ** 2, axis=1), 1e-6), -0.12, 0.12
    )
    scale = np.sum(weight * model * (seen - offset[:, None]), axis=1) / np.maximum(np.sum(weight * model**2, axis=1), 1e-6)
    scale = np.clip(scale, 0.7 * level, 1.3 * level)
    residual = np.clip(seen - offset[:, None] * (1 - model) - scale[:, None] * model, -0.5, 0.5)
    return np.asarray(np.sum(weight * residual**2, axis=1))


def _window(walk: LumenWalk, sections: VesselSections, physics: ScanPhysics, around: CapSearch) -> _Window:
    sign = around.sign
    seen_end = around.s_mm.low if sign > 0 else around.s_mm.high
    in_axis, in_sections = around.sees(walk.s_mm), around.sees(sections.s_mm)
    near_calcium = np.interp(walk.s_mm, sections.s_mm, walk.trust.near_calcium.astype(float)) > 0.5
    unclear = walk.hidden | (near_calcium & (sign * (walk.s_mm - around.s_mm.best) > 0))
    area = np.where(sections.lumen_open, sections.lumen_area_mm2, 0.0)
    lumen_side = sign * (seen_end - sections.s_mm)
    plateau = (lumen_side > PLATEAU_MM[0]) & (lumen_side < PLATEAU_MM[1]) & np.isfinite(area) & (area > 0)
    plateau &= around.is_own(sections.s_mm)
    full_mm2 = float(np.median(area[plateau])) if plateau.any() else np.pi
    near = (sign * (seen_end - walk.s_mm) > 0.0) & (sign * (seen_end - walk.s_mm) < LUMEN_SIDE_MM)
    level = float(np.median(walk.open_fraction[near])) if near.any() else 1.0
    fraction = _lumen_fraction(sections, physics)
    clear = (np.nan_to_num(sections.calcium_csa_pct.best) < CALCIUM_FREE_CSA_PCT) & (
        (fraction < TOO_BRIGHT * level) | (area == 0)
    )
    beyond = sign * (sections.s_mm - around.s_mm.best) > 0
    clear &= ((walk.trust.weight > CLEAR_WEIGHT) & ~(walk.trust.near_calcium & beyond)) | (area == 0)
    filled = np.where(clear & (area > 0), np.clip(fraction / (FILLED_SHARE * level), 0.0, 1.0), 1.0)
    relative = np.where(walk.trust.believed | (area == 0), np.minimum(filled * area / full_mm2, 1.5), np.nan)
    return _Window(
        walk.s_mm[in_axis],
        walk.fraction[in_axis],
        np.where(unclear[in_axis], BESIDE_WEIGHT, 1.0),
        sections.s_mm[in_sections],
        relative[in_sections],
        clear[in_sections],
        full_mm2,
        float(np.sqrt(full_mm2 / np.pi)),
        level,
        sign,
        physics.noise_sd_hu / max(physics.lumen_hu, 100.0),
    )


def _lumen_fraction(sections: VesselSections, physics: ScanPhysics) -> FloatArray:
    """Contrast fraction of the measured lumen: a contour carried over from its neighbours holds no contrast."""
    return np.asarray((sections.mean_lumen_hu - TISSUE_HU) / max(physics.lumen_hu - TISSUE_HU, 100.0))
