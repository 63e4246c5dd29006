"""Words of the window: identity, angles, readings at the cursor. Numbers with intervals come from planner.text."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.case import Analysis
from planner.occlusion import zone_of
from planner.plan import SECTION_EDIT_WORDS, SectionEdit
from planner.text import interval_text, number_text
from recon.calcium_limit import stated
from recon.quality import QualityRow
from recon.sections import VesselSections
from recon.vessels import Vessel
from recon.volume import Acquisition, Volume

SEXES = {"M": "male", "F": "female", "O": "other"}
STATES = {"auto": "proposed by the program", "edited": "changed by a reader", "confirmed": "confirmed by a reader"}
DEFINITIONS = {
    "Calcium": "Calcium area as a share of the area inside the outer wall, in this section (clinical.md B.7).",
    "Arc": "Degrees of the clock that hold calcium, gaps up to 5 degrees closed; the longest single arc follows.",
    "Thickness": "Largest radial extent of calcium in this section. CT overstates it (blooming).",
    "Lumen": "Area inside the contrast lumen contour; its equivalent diameter is in the exports.",
    "Wall": "Whole area inside the outer wall contour.",
    "Lumen HU": "Mean CT number inside the lumen contour without calcium.",
    "Clock": "Hours that hold calcium, clockwise, looking distally; the interval is in sections.csv.",
    "Said by": "Whether a reader changed this section; intervals of changed sections are not calibrated.",
    "Quality": "A sound, B usable, C doubtful, D not reliable: from noise, calcium and motion in this section.",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One number at the cursor with its interval as text and what it means."""

    label: str
    text: str
    definition: str = ""


def name_text(volume: Volume) -> str:
    """The patient's name as family name and given names."""
    return person_text(volume.identity.patient_name) or "name not stated"


def person_text(name: str) -> str:
    """A DICOM person name with blanks between its parts; only the first of its scripts."""
    return name.split("=")[0].replace("^", " ").strip()


def identity_texts(volume: Volume) -> tuple[str, ...]:
    """ID, birth date with sex, study date, phase: each says so when the file does not state it."""
    who = volume.identity
    sex = SEXES.get(who.sex.upper(), who.sex) or "sex not stated"
    return (
        f"ID {who.patient_id or 'not stated'}",
        f"born {date_text(who.birth_date)}, {sex}",
        f"CT {date_text(who.study_date)}",
        phase_text(volume.acquisition),
    )


def phase_text(acquisition: Acquisition) -> str:
    """`75 % R-R`, or that the file does not state it."""
    return "phase not stated" if acquisition.phase_pct is None else f"{acquisition.phase_pct:.0f} % R-R"


def quality_text(volume: Volume, rows: Sequence[QualityRow] = ()) -> tuple[str, bool]:
    """The scan's fitness in a few words and whether it is sound; `rows` of the quality panel once they are there."""
    outside = sum(row.state == "warn" for row in rows)
    beyond = f", {outside} line(s) outside limits" if outside else ""
    blocking = [f for f in volume.findings if f.blocks_measurement]
    if blocking:
        return f"quality: {len(blocking)} finding(s) block measuring{beyond}", False
    if volume.findings:
        return f"quality: {len(volume.findings)} finding(s){beyond}", False
    return f"quality: no finding{beyond}", not outside


def acquired_text(volume: Volume) -> str:
    """The interpolation note that belongs under every reformatted image."""
    z, y, x = volume.geometry.spacing_mm
    return f"interpolated; acquired {x:.2f} × {y:.2f} × {z:.2f} mm"


def readings(analysis: Analysis, vessel: str, sections: VesselSections, index: int) -> tuple[Reading, ...]:
    """The numbers of one section, each with its interval."""
    sections = stated(sections)
    csa, arc, area = (
        interval_text(band.at(index), decimals, unit)
        for band, decimals, unit in (
            (sections.calcium_csa_pct, 0, "%"),
            (sections.calcium_arc_deg, 0, "deg"),
            (sections.calcium_area_mm2, 1, "mm²"),
        )
    )
    longest = number_text(_known(sections.calcium_longest_arc_deg[index]), 0, "deg")
    shape = analysis.details[vessel].shape if vessel in analysis.details else None
    rows = (
        ("Zone", _zone(analysis, vessel, float(sections.s_mm[index]))),
        ("Calcium", csa),
        ("Area", area),
        ("Arc", arc),
        ("Longest", longest),
        ("Clock", (shape.hours[1][index] or "none") if shape else "not measured"),
        ("Thickness", number_text(_known(sections.calcium_max_thickness_mm[index]), 1, "mm")),
        ("Lumen", number_text(_known(sections.lumen_area_mm2[index]), 1, "mm²")),
        ("Wall", number_text(_known(sections.wall_area_mm2[index]), 1, "mm²")),
        ("Lumen HU", number_text(_known(sections.mean_lumen_hu[index]), 0, "HU")),
        ("Quality", str(sections.grade[index]) or "not graded"),
        ("Said by", said_text(sections, index)),
    )
    return tuple(Reading(label, text, DEFINITIONS.get(label, "")) for label, text in rows)


def said_text(sections: VesselSections, index: int) -> str:
    """Who the numbers of a section come from."""
    if len(sections.stent) and sections.stent[index]:
        return "stent, not measured"
    return "reader, changed" if len(sections.edited) and sections.edited[index] else "program"


def edit_text(edit: SectionEdit, vessel: Vessel | None) -> tuple[str, str, str]:
    """What a reader changed, where on the vessel, and who it was."""
    places = [p for p in (edit.point_mm, edit.end_mm) if p is not None and vessel is not None]
    where = " to ".join(f"{float(vessel.centerline.locate(p)[0]):.1f}" for p in places) if vessel is not None else ""
    value = "" if edit.threshold_hu is None else f", {edit.threshold_hu:.0f} HU"
    return (
        f"{SECTION_EDIT_WORDS.get(edit.kind, edit.kind)}{value}",
        f"{where} mm",
        f"{edit.said.reader}, {edit.said.at[:16].replace('T', ' ')}",
    )


def hover_text(sections: VesselSections, index: int) -> str:
    """Place, calcium and arc of one section in one line."""
    sections = stated(sections)
    share = interval_text(sections.calcium_csa_pct.at(index), 0, "%")
    arc = interval_text(sections.calcium_arc_deg.at(index), 0, "deg")
    return f"at {sections.s_mm[index]:.1f} mm   calcium {share}   arc {arc}"


def _zone(analysis: Analysis, vessel: str, s_mm: float) -> str:
    occlusion = next((o for o in analysis.occlusions if o.vessel == vessel), None)
    return "no occlusion" if occlusion is None else str(zone_of(occlusion, np.array([s_mm]))[0]).replace("_", " ")


def _known(value: float) -> float | None:
    return None if value != value else float(value)


def date_text(text: str) -> str:
    """A DICOM date as ISO 8601; any other text as it is."""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdigit() else (text or "date not stated")
