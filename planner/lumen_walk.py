"""Where along a vessel contrast is interrupted: a two-state walk (open, occluded) over the centerline's attenuation."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter

from planner.lumen_trust import LumenTrust, closed_log_odds_per_mm, lumen_trust, step_log_odds
from planner.zones import runs
from recon.estimate import FloatArray
from recon.sections import SECTION_STEP_MM, ScanPhysics, VesselSections

TISSUE_HU = 60.0
"""Mean of non-opacified plaque (docs/clinical.md B.4: 30 to 190 HU, mostly under 100)."""
PLAQUE_SD_HU = 35.0
CORRELATION_MM = 1.0
"""Neighbouring samples share blur and noise over this length; evidence is counted once in it."""
OUTSIDE_FRACTION = -0.8
"""Contrast fraction of air: the line has left the body or the volume; such samples say nothing."""
OCCLUSIONS_PER_MM = 1 / 300
"""About one in all main vessels of a patient in whom one is suspected (app setting)."""
NEAR_OCCLUSIONS_PER_MM, NEAR_OCCLUSION_MM, CERTAIN = 1 / 60, 12.0, 0.95
"""The same within this distance of one that is certain: occlusions come in pieces."""
OCCLUSION_MM = 40.0
CLEARLY_OPEN = 0.45
REFERENCE_WINDOW_MM = 10.0
BRIDGED_LOG_ODDS_PER_MM, BRIDGED_HIDDEN_LOG_ODDS_PER_MM = 0.5, 0.25
"""What a course that was bridged says; less where calcium hides the axis, because calcium alone makes the tree bridge it."""
DARK_SHARE = 0.4
"""A lumen beside calcium is dark below this part of the open level."""
FAINT_CSA_PCT, SHADOWED_SHARE = 10.0, 0.5
"""In a section with this much calcium a lumen darker than this part of the open level is believed over the axis."""
BESIDE_WEIGHT = 0.3
"""Part of its weight that evidence from beside calcium keeps: a narrow lumen may lie under the calcium."""
NARROW_SHARE, BESIDE_NARROW_WEIGHT = 0.45, 0.6
"""Where the fitted lumen keeps less than this of its usual area, darkness beside calcium counts more."""
LEVEL_ROUNDS = 2
"""The open level is found with the halo of calcium in it, then without."""
NO_EVIDENCE = 1e-9


@dataclass(frozen=True, eq=False)
class LumenWalk:
    """All arrays (m,) at `s_mm`: contrast fraction (0 tissue, 1 full contrast), open level, P(occluded).

    Where calcium hides the axis (`hidden`) the fraction is that of a dark lumen beside it, or NaN. `trust` (n,) is of the
    sections: what their lumen is worth next to calcium.
    """

    s_mm: FloatArray
    fraction: FloatArray
    open_fraction: FloatArray
    occluded: FloatArray
    hidden: npt.NDArray[np.bool_]
    trust: LumenTrust


def lumen_walk(
    sections: VesselSections, physics: ScanPhysics, bridged_mm: tuple[tuple[float, float], ...] = (), own_from_mm: float = 0.0
) -> LumenWalk:
    """The posterior of being occluded along one vessel (forward-backward over `axis_hu`; docs/clinical.md B.1).

    The vessel leaves a wider one at `own_from_mm`.
    """
    s = sections.axis_s_mm
    fraction = contrast_fraction(sections.axis_hu, physics)
    fraction = np.where(fraction < OUTSIDE_FRACTION, np.nan, fraction)
    csa_pct = _on_axis(sections, sections.calcium_csa_pct.best)
    level = _open_fraction(s, fraction)
    hidden = np.isnan(fraction)
    fraction = np.where(hidden, _dark_beside_calcium(sections, physics, level), fraction)
    lumen = _lumen_beside_calcium(sections, physics, csa_pct)
    shadowed = (lumen < SHADOWED_SHARE * level) & ~(lumen >= fraction)
    fraction, hidden = np.where(shadowed, lumen, fraction), hidden | shadowed
    lumen_fraction = contrast_fraction(sections.mean_lumen_hu, physics)
    near = np.abs(s[:, None] - sections.s_mm).argmin(axis=1)
    for _ in range(LEVEL_ROUNDS):
        trust = lumen_trust(sections, lumen_fraction, np.interp(sections.s_mm, s, level), own_from_mm)
        halo = (fraction > DARK_SHARE * level) & ~trust.believed[near]
        level = _open_fraction(s, np.where(halo, np.nan, fraction))
    step_mm = float(np.median(np.diff(s))) if len(s) > 1 else CORRELATION_MM
    evidence = _log_odds(fraction, level, csa_pct, physics) * min(1.0, step_mm / CORRELATION_MM)
    beside = np.where(trust.share[near] < NARROW_SHARE, BESIDE_NARROW_WEIGHT, BESIDE_WEIGHT)
    evidence = np.where(halo, np.maximum(evidence, 0.0), evidence) * np.where(hidden | halo, beside, 1.0)
    evidence = np.where(evidence < 0, evidence * trust.weight[near], evidence)
    fraction, hidden = np.where(halo, np.nan, fraction), hidden | halo
    evidence = evidence + step_mm * closed_log_odds_per_mm(trust)[near]
    followed = np.where(hidden, BRIDGED_HIDDEN_LOG_ODDS_PER_MM, BRIDGED_LOG_ODDS_PER_MM) * step_mm
    for start_mm, end_mm in bridged_mm:
        evidence = evidence + followed * ((s >= start_mm) & (s <= end_mm))
    for first, last in runs(hidden | (_occluded(evidence, step_mm) > 0.5)):
        odds = step_log_odds(sections, lumen_fraction, trust, float(s[first]), float(s[last - 1]))
        evidence[first:last] += odds * hidden[first:last] / max(hidden[first:last].sum(), 1)
    return LumenWalk(s, fraction, level, _occluded_in_pieces(evidence, s, step_mm), hidden, trust)


def _dark_beside_calcium(sections: VesselSections, physics: ScanPhysics, level: FloatArray) -> FloatArray:
    """Contrast fraction of what calcium leaves visible beside a hidden axis; NaN where nothing is, or where it is bright.

    Only darkness is evidence there: a bright value may be the halo of the calcium or a neighbour.
    """
    if sections.beside_hu.size != level.size:
        return np.full_like(level, np.nan)
    fraction = contrast_fraction(sections.beside_hu, physics)
    return np.where((fraction < DARK_SHARE * level) & (fraction > OUTSIDE_FRACTION), fraction, np.nan)


def _lumen_beside_calcium(sections: VesselSections, physics: ScanPhysics, csa_pct: FloatArray) -> FloatArray:
    """Contrast fraction of the fitted lumen without its calcium in calcified sections; NaN elsewhere.

    Faint calcium brightens the axis of an occluded vessel as a lumen does; what is left without it does not.
    """
    seen = np.isfinite(sections.mean_lumen_hu)
    if not seen.any():
        return np.full_like(csa_pct, np.nan)
    nearest = np.abs(sections.axis_s_mm[:, None] - sections.s_mm[seen]).argmin(axis=1)
    close = np.abs(sections.axis_s_mm - sections.s_mm[seen][nearest]) <= SECTION_STEP_MM / 2
    fraction = contrast_fraction(sections.mean_lumen_hu[seen][nearest], physics)
    return np.where(close & (csa_pct >= FAINT_CSA_PCT), fraction, np.nan)


def contrast_fraction(hu: FloatArray, physics: ScanPhysics) -> FloatArray:
    """Contrast fraction: 0 tissue, 1 the lumen of the scan."""
    return np.asarray((hu - TISSUE_HU) / max(physics.lumen_hu - TISSUE_HU, 100.0))


def _on_axis(sections: VesselSections, values: FloatArray) -> FloatArray:
    known = np.isfinite(values)
    if not known.any():
        return np.zeros_like(sections.axis_s_mm)
    return np.interp(sections.axis_s_mm, sections.s_mm[known], values[known])


def _open_fraction(s_mm: FloatArray, fraction: FloatArray) -> FloatArray:
    """The contrast level an open lumen would have at each position, carried across gaps from the clearly open parts."""
    clear = np.nan_to_num(fraction, nan=-1.0) > CLEARLY_OPEN
    if not clear.any():
        return np.full_like(s_mm, 1.0)
    step_mm = float(np.median(np.diff(s_mm))) if len(s_mm) > 1 else 1.0
    window = max(3, 2 * round(REFERENCE_WINDOW_MM / 2 / step_mm) + 1)
    level = median_filter(fraction[clear], size=min(window, int(clear.sum())), mode="nearest")
    return np.asarray(np.interp(s_mm, s_mm[clear], level))


def _log_odds(fraction: FloatArray, level: FloatArray, csa_pct: FloatArray, physics: ScanPhysics) -> FloatArray:
    """log p(fraction | occluded) - log p(fraction | open); 0 where hidden.

    A contrast of 15 to 80 % of the open level may be a narrowed lumen or faint calcium in occluded tissue: it decides
    nothing, so that a severe stenosis stays open and a cap beside faint calcium stays uncertain. Near calcium its halo lifts
    the attenuation of occluded tissue, so that side is widened.
    """
    contrast = max(physics.lumen_hu - TISSUE_HU, 100.0)
    sd_tissue = np.hypot(PLAQUE_SD_HU, physics.noise_sd_hu) / contrast
    halo = np.where(fraction > 0, 0.3 * csa_pct / 100, 0.0)
    sd_open = 0.05 + 0.18 * level
    narrowed, faint = (fraction > 0.15 * level) & (fraction < 0.8 * level), (fraction > 0) & (fraction < 0.75 * level)
    open_density = 0.85 * _normal(fraction - level, sd_open) + 0.12 * narrowed / (0.65 * level) + 0.01
    occluded_density = 0.86 * _normal(fraction, np.hypot(sd_tissue, halo)) + 0.12 * faint / (0.75 * level) + 0.02
    return np.asarray(np.where(np.isnan(fraction), 0.0, np.log(occluded_density / open_density)))


def _normal(offset: FloatArray, sd: FloatArray | float) -> FloatArray:
    return np.asarray(np.exp(-0.5 * (offset / sd) ** 2) / (sd * np.sqrt(2 * np.pi)))


def _occluded_in_pieces(log_odds: FloatArray, s_mm: FloatArray, step_mm: float) -> FloatArray:
    """P(occluded) at every sample, where another piece is more likely near a certain occlusion."""
    occluded = _occluded(log_odds, step_mm)
    certain = s_mm[occluded >= CERTAIN]
    if not certain.size:
        return occluded
    near = np.abs(s_mm[:, None] - certain).min(axis=1) <= NEAR_OCCLUSION_MM
    return _occluded(log_odds, step_mm, np.where(near, NEAR_OCCLUSIONS_PER_MM, OCCLUSIONS_PER_MM))


def _occluded(log_odds: FloatArray, step_mm: float, per_mm: FloatArray | float = OCCLUSIONS_PER_MM) -> FloatArray:
    """P(occluded) at every sample given all evidence, with so many occlusions expected per mm."""
    enter, leave = np.broadcast_to(step_mm * np.asarray(per_mm), log_odds.shape), step_mm / OCCLUSION_MM
    likely = np.stack([np.ones_like(log_odds), np.exp(np.clip(log_odds, -30, 30))], axis=1)
    forward, backward = np.empty_like(likely), np.ones_like(likely)
    belief = np.array([0.98, 0.02])
    for i, row in enumerate(likely):
        belief = (belief if i == 0 else belief @ _move(enter[i], leave)) * row
        belief = belief / belief.sum()
        forward[i] = belief
    for i in range(len(likely) - 2, -1, -1):
        belief = _move(enter[i + 1], leave) @ (likely[i + 1] * backward[i + 1])
        backward[i] = belief / belief.sum()
    joint = forward * backward
    return np.asarray(joint[:, 1] / np.maximum(joint.sum(axis=1), NO_EVIDENCE))


def _move(enter: float, leave: float) -> FloatArray:
    """Probabilities of going from a sample's state (open, occluded) to that of the next."""
    return np.array([[1 - enter, enter], [leave, 1 - leave]])
