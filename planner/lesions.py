"""Calcified lesions of a vessel and the zones of an occlusion, each with the measures of docs/clinical.md B.7."""

from dataclasses import dataclass

import numpy as np

from planner.calcium_region import CalciumRegion, calcium_region
from planner.calibre import reference
from planner.occlusion import ZONES, Occlusion, zone_of
from planner.section_details import VesselDetails
from planner.zones import CALCIUM_MM2, runs
from recon.estimate import FloatArray
from recon.sections import SECTION_STEP_MM, VesselSections

JOINED_MM = 1.5
"""Calcium with a shorter gap along the vessel is one lesion (app setting)."""

CLEAR_MM = 1.0


@dataclass(frozen=True, eq=False)
class Lesion:
    """A run of sections with at least 0.5 mm2 of calcium, numbered along its vessel."""

    vessel: str
    number: int
    region: CalciumRegion


def calcium_lesions(vessel: str, sections: VesselSections, details: VesselDetails) -> tuple[Lesion, ...]:
    """The calcified lesions of a vessel from its ostium on."""
    calcified = np.nan_to_num(sections.calcium_area_mm2.best) >= CALCIUM_MM2
    gap = round(JOINED_MM / SECTION_STEP_MM)
    for start, end in runs(~calcified):
        if end - start < gap and start > 0 and end < len(calcified):
            calcified[start:end] = True
    lesions: list[Lesion] = []
    for start, end in runs(calcified):
        rows = np.zeros(len(calcified), dtype=bool)
        rows[start:end] = True
        first, last = float(sections.s_mm[start]), float(sections.s_mm[end - 1])
        expected = expected_wall_area_mm2(sections, first, last, CLEAR_MM)
        region = calcium_region(sections, details, rows, expected, with_windows=False)
        if region is not None:
            lesions.append(Lesion(vessel, len(lesions) + 1, region))
    return tuple(lesions)


def zone_regions(occlusion: Occlusion, sections: VesselSections, details: VesselDetails) -> dict[str, CalciumRegion]:
    """The four zones of an occlusion that were measured, with their calcium-free windows."""
    zone = zone_of(occlusion, sections.s_mm)
    expected = expected_wall_area_mm2(sections, occlusion.proximal_cap.s_mm.best, occlusion.distal_cap.s_mm.best, CLEAR_MM)
    found = {name: calcium_region(sections, details, zone == name, expected) for name in ZONES[1:-1]}
    return {name: region for name, region in found.items() if region is not None}


def expected_wall_area_mm2(sections: VesselSections, start_mm: float, end_mm: float, clear_mm: float) -> FloatArray | None:
    """Outer vessel area (n,) to be expected between the references before and behind a stretch (docs/clinical.md B.5).

    The diameter tapers evenly from the proximal to the distal reference; with one reference only it is held. None without.
    """
    ends = [reference(sections, s, which, clear_mm) for s, which in ((start_mm, "proximal"), (end_mm, "distal"))]
    known = [(0.5 * (r.s_mm[0] + r.s_mm[1]), r.wall_mm) for r in ends if r.wall_mm is not None and r.s_mm is not None]
    if not known:
        return None
    diameter = np.interp(sections.s_mm, [s for s, _ in known], [d for _, d in known])
    return np.asarray(np.pi * diameter**2 / 4)
