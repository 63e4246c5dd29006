"""What the quality of the images does to numbers: what must not be measured, and what is less sure.

The rules: values that are no Hounsfield units block every measure until a reader overrides it; a gap in the slices hides what is
in it, so that the largest value of a zone with a gap is open upwards and a cap in a gap may lie anywhere in it.
"""

import math
from dataclasses import replace

from planner.occlusion import Cap, Flag, Occlusion, ZoneCalcium, zone_of
from planner.plan import Plan
from recon.estimate import Estimate
from recon.quality_track import FULL_CIRCLE_DEG, FULL_SHARE_PCT, doubtful_runs_mm
from recon.sections import VesselSections
from recon.volume import Finding, Volume

WHOLE_VOLUME_CODES = ("no-rescale", "not-hounsfield")
"""Findings that make every HU doubtful; others block only the slices they name, by their quality."""
OVERRIDE = "finding:"
DOUBTFUL_BELOW = 0.6
"""Slice quality under this moves the ends of a cap's interval [E]."""
CAP_REACH_MM = 1.0
"""A doubtful run this near to a cap's interval touches it [E]."""


def measuring_blocked_by(volume: Volume, plan: Plan) -> tuple[Finding, ...]:
    """The findings for which nothing may be measured and which no reader has overridden."""
    said = {override.subject for override in plan.overrides}
    return tuple(
        f for f in volume.findings if f.code in WHOLE_VOLUME_CODES and f.blocks_measurement and f"{OVERRIDE}{f.code}" not in said
    )


def with_image_quality(occlusions: tuple[Occlusion, ...], sections: dict[str, VesselSections]) -> tuple[Occlusion, ...]:
    """The occlusions with caps, lengths and calcium as sure as the slices they were measured in."""
    return tuple(_one(found, sections[found.vessel]) if found.vessel in sections else found for found in occlusions)


def _one(found: Occlusion, sections: VesselSections) -> Occlusion:
    if sections.quality.min(initial=1.0) >= 1.0:
        return found
    runs = doubtful_runs_mm(sections, DOUBTFUL_BELOW)
    proximal, distal = (_cap(cap, runs) for cap in (found.proximal_cap, found.distal_cap))
    grown = math.hypot(_grown(found.proximal_cap, proximal), _grown(found.distal_cap, distal))
    zones = zone_of(found, sections.s_mm)
    hidden = {name: bool((sections.quality[zones == name] <= 0).any()) for name in found.calcium}
    calcium = {name: _open_upwards(zone) if hidden[name] else zone for name, zone in found.calcium.items()}
    return replace(
        found,
        proximal_cap=proximal,
        distal_cap=distal,
        length_mm=_wider(found.length_mm, grown),
        total_length_mm=None if found.total_length_mm is None else _wider(found.total_length_mm, grown),
        calcium=calcium,
        flags=found.flags + _flags(found, runs, sections),
    )


def _cap(cap: Cap, runs: tuple[tuple[float, float], ...]) -> Cap:
    """A cap that a reader placed is left alone; any other may lie anywhere in a doubtful run that its interval touches."""
    if cap.position_state != "auto":
        return cap
    low, high = cap.s_mm.low, cap.s_mm.high
    for start, end in runs:
        if start <= high + CAP_REACH_MM and end >= low - CAP_REACH_MM:
            low, high = min(low, start), max(high, end)
    return (
        replace(cap, s_mm=Estimate(max(low, 0.0), cap.s_mm.best, high)) if (low, high) != (cap.s_mm.low, cap.s_mm.high) else cap
    )


def _grown(before: Cap, after: Cap) -> float:
    return max(before.s_mm.low - after.s_mm.low, after.s_mm.high - before.s_mm.high)


def _wider(length_mm: Estimate, by_mm: float) -> Estimate:
    return Estimate(max(length_mm.low - by_mm, 0.0), length_mm.best, length_mm.high + by_mm)


def _open_upwards(zone: ZoneCalcium) -> ZoneCalcium:
    """A zone of which a part was not imaged: what is there may be as much as there can be."""

    def opened(value: Estimate | None, ceiling: float) -> Estimate | None:
        return None if value is None else Estimate(value.low, value.best, max(value.high, ceiling))

    return replace(
        zone, max_csa_pct=opened(zone.max_csa_pct, FULL_SHARE_PCT), max_arc_deg=opened(zone.max_arc_deg, FULL_CIRCLE_DEG)
    )


def _flags(found: Occlusion, runs: tuple[tuple[float, float], ...], sections: VesselSections) -> tuple[Flag, ...]:
    start, end = found.proximal_cap.s_mm.low - CAP_REACH_MM, found.distal_cap.s_mm.high + CAP_REACH_MM
    flags = []
    for a, b in runs:
        if b < start or a > end:
            continue
        inside = (sections.s_mm >= a) & (sections.s_mm <= b)
        what = "no image of its own: not measured" if (sections.quality[inside] <= 0).any() else "a step or wide slices"
        flags.append(Flag("image-quality", f"Images from {a:.1f} to {b:.1f} mm: {what}.", (a, b)))
    return tuple(flags)
