"""What the lumen next to calcium is worth: its halo looks like a thin bright lumen, a closed one speaks for an occlusion
(docs/clinical.md B.1)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d, median_filter

from recon.estimate import FloatArray
from recon.sections import SECTION_STEP_MM, VesselSections

NEAR_CSA_PCT = 3.0
NEAR_MM = 1.0
"""Sections this close to calcium of at least this share are next to it (blooming)."""
TOO_BRIGHT, BRIGHT_SECTIONS = 1.2, 3
"""Contrast is not brighter than the open level by this factor in neighbouring sections; what is, is calcium."""
LEAST_SHARE = 0.3
"""A lumen next to calcium that keeps less of the vessel's usual area may be halo (app setting)."""
LARGER_MM2, LARGER_FACTOR, LARGER_SHARE = 3.0, 4.0, 0.45
"""A lumen this large, and that many times the calcium beside it, is no halo: it counts with at least this share, whatever is
usual."""
USUAL_MM, USUAL_FAR_MM, USUAL_FEWEST = 15.0, 45.0, 10
USUAL_QUANTILE = 0.6
"""The usual area is read within the first distance; in longer calcium from so many of the nearest clear sections."""
CLEAR_SHARES, UNCLEAR_WEIGHT, UNKNOWN_SHARE = (0.3, 0.7), 0.15, 0.45
"""Between these shares of its usual area a lumen next to calcium grows from hardly a witness of contrast to a full one."""
CLOSED_SHARES = (0.0, 0.1, 0.3, 0.45, 0.6)
CLOSED_LOG_ODDS_PER_MM = (1.2, 1.0, 0.15, 0.0, -0.4)
"""What a lumen next to calcium says by the share of its usual area that it keeps; weak, because a severe calcified stenosis looks
alike (set on generated cases, far below what they give)."""
CLEARLY_WIDE, WIDE_BRIGHTNESS, WIDE_LOG_ODDS_PER_MM = 0.6, (0.4, 0.6), -0.8
"""Away from calcium a lumen of nearly the usual area that is bright enough is open, however dim for where it lies (same rule)."""
BRIGHTNESS, BRIGHT_LOG_ODDS_PER_MM = (1.25, 1.5), (0.0, 0.6)
"""A lumen much brighter than contrast is calcium read as one: none was seen there (same rule)."""
STEP_LEAST_MM, STEP_MOST_MM = 2.0, 60.0
STEP_SIDE_MM = 8.0
STEP_SECTIONS = 4
STEP_LEAST_MM2 = 2.0
"""Only a lumen wide enough for its own attenuation (1.6 mm) tells the contrast level on either side."""
STEP_OPEN, STEP_OPEN_SD, STEP_STENOSED = 0.97, 0.06, 0.02
"""Contrast beyond over contrast before along an open vessel, its spread, and how often a severe stenosis breaks the rule."""
STEP_OCCLUDED = (0.4, 1.0)
"""Contrast beyond an occlusion over that before it: anything in between (filled by collaterals)."""


@dataclass(frozen=True, eq=False)
class LumenTrust:
    """Per section (n,): whether its lumen can be contrast, how bright it is against contrast (NaN = no lumen), whether calcium
    is near, and its share of the usual area (NaN = unknown)."""

    believed: npt.NDArray[np.bool_]
    brightness: FloatArray
    near_calcium: npt.NDArray[np.bool_]
    share: FloatArray

    @property
    def weight(self) -> FloatArray:
        """What contrast in a section (n,) is worth: 1 away from calcium, less the more its lumen may be a halo."""
        share = np.interp(np.nan_to_num(self.share, nan=UNKNOWN_SHARE), CLEAR_SHARES, (UNCLEAR_WEIGHT, 1.0))
        return np.where(self.near_calcium, share, 1.0)


def lumen_trust(sections: VesselSections, lumen_fraction: FloatArray, level: FloatArray, own_from_mm: float = 0.0) -> LumenTrust:
    """A lumen is believed away from calcium, or where it is wide enough and no brighter than contrast.

    `lumen_fraction` (n,) is the contrast fraction of the fitted lumen (NaN = none), `level` (n,) that of an open lumen. The
    vessel leaves a wider one at `own_from_mm`: what is usual before does not count behind.
    """
    hidden = np.interp(sections.s_mm, sections.axis_s_mm, np.isnan(sections.axis_hu).astype(float)) > 0
    calcified = (np.nan_to_num(sections.calcium_csa_pct.best) >= NEAR_CSA_PCT) | hidden
    plain = sections.lumen_open & ~calcified
    contrast = np.maximum(level, usual(sections.s_mm, lumen_fraction, plain))
    brightness = lumen_fraction / np.maximum(contrast, 0.1)
    steady = median_filter(np.nan_to_num(brightness), BRIGHT_SECTIONS, mode="nearest")
    bright = np.minimum(np.nan_to_num(brightness), steady) > TOO_BRIGHT
    near = np.asarray(maximum_filter1d(calcified | bright, 2 * round(NEAR_MM / SECTION_STEP_MM) + 1) > 0)
    own, seen = sections.s_mm >= own_from_mm, sections.lumen_open & ~near
    usual_mm2 = np.where(own, *(usual(sections.s_mm, sections.lumen_area_mm2, seen & part) for part in (own, ~own)))
    area = np.where(sections.lumen_open, np.nan_to_num(sections.lumen_area_mm2), 0.0)
    share = np.where(usual_mm2 > 0, area / np.where(usual_mm2 > 0, usual_mm2, 1.0), np.nan)
    beside = maximum_filter1d(np.nan_to_num(sections.calcium_area_mm2.best), 2 * round(NEAR_MM / SECTION_STEP_MM) + 1)
    larger = (area >= LARGER_MM2) & (area >= LARGER_FACTOR * beside)
    share = np.where(larger, np.fmax(share, LARGER_SHARE), share)
    believed = ~near | ((np.nan_to_num(share, nan=1.0) >= LEAST_SHARE) & ~bright)
    return LumenTrust(np.asarray(believed), np.asarray(brightness), near, share)


def usual(s_mm: FloatArray, values: FloatArray, clear: npt.NDArray[np.bool_]) -> FloatArray:
    """What an open part of the vessel has about each section (n,): a middle value of clear sections within 15 mm, or of the
    nearest ones where there are none so near; 0 = none at all."""
    usable = np.flatnonzero(clear & np.isfinite(values) & (values > 0))
    found = np.zeros(len(values))
    for n, s in enumerate(s_mm):
        away = np.abs(s_mm[usable] - s)
        near = usable[away <= USUAL_MM]
        if not near.size:
            near = usable[np.argsort(away, kind="stable")[:USUAL_FEWEST]]
            near = near[np.abs(s_mm[near] - s) <= USUAL_FAR_MM]
        if near.size:
            found[n] = np.quantile(values[near], USUAL_QUANTILE)
    return found


def closed_log_odds_per_mm(trust: LumenTrust) -> FloatArray:
    """What the fitted lumen (n,) says for an occlusion: closed next to calcium for it, clearly open against; 0 = unknown."""
    odds = np.interp(np.nan_to_num(trust.share, nan=0.45), CLOSED_SHARES, CLOSED_LOG_ODDS_PER_MM)
    closed = np.where(trust.near_calcium & np.isfinite(trust.share), odds, 0.0)
    brightness = np.nan_to_num(trust.brightness)
    wide = ~trust.near_calcium & (np.nan_to_num(trust.share) >= CLEARLY_WIDE)
    opened = np.where(wide, np.interp(brightness, WIDE_BRIGHTNESS, (0.0, WIDE_LOG_ODDS_PER_MM)), 0.0)
    return np.asarray(closed + opened + np.interp(brightness, BRIGHTNESS, BRIGHT_LOG_ODDS_PER_MM))


def step_log_odds(
    sections: VesselSections, lumen_fraction: FloatArray, trust: LumenTrust, start_mm: float, end_mm: float
) -> float:
    """What contrast beyond a hidden stretch, compared with that before it, says for an occlusion in it; 0 where unknown."""
    if not STEP_LEAST_MM <= end_mm - start_mm <= STEP_MOST_MM:
        return 0.0
    s, usable = sections.s_mm, ~trust.near_calcium & sections.lumen_open & np.isfinite(lumen_fraction)
    usable &= np.nan_to_num(sections.lumen_area_mm2) >= STEP_LEAST_MM2
    before = lumen_fraction[usable & (s < start_mm) & (s >= start_mm - STEP_SIDE_MM)]
    beyond = lumen_fraction[usable & (s > end_mm) & (s <= end_mm + STEP_SIDE_MM)]
    if min(len(before), len(beyond)) < STEP_SECTIONS or np.median(before) <= 0:
        return 0.0
    ratio = float(np.median(beyond) / np.median(before))
    spread = (ratio - STEP_OPEN) / STEP_OPEN_SD
    density = np.exp(-0.5 * spread**2) / (STEP_OPEN_SD * np.sqrt(2 * np.pi))
    low, high = STEP_OCCLUDED
    occluded = 1.0 / (high - low)
    return float(np.log(occluded / ((1 - STEP_STENOSED) * density + STEP_STENOSED * occluded))) if ratio < high else 0.0
