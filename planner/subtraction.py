"""A non-contrast scan subtracted from the contrast scan along the vessels, and what it says beside the contrast measures.

It stands beside them and changes none: no trial has measured scores with subtraction, and where the scans do not match it
misleads (C-Sub 320: 136 of 257 segments could not be used; where they could, 33 instead of 72 % false stenoses and 7 % missed).
"""

import numpy as np
import numpy.typing as npt

from planner.case import Analysis
from planner.subtraction_case import (
    LUMEN_SEEN,
    MISSED,
    NO_LUMEN,
    NOT_CONFIRMED,
    NOT_MATCHED,
    RANGE_TEXTS,
    SectionRange,
    Subtraction,
)
from planner.zones import runs
from recon.alignment import Registration
from recon.calcium_limit import stated
from recon.report import Report, part_of, silent
from recon.sections import SECTION_STEP_MM, VesselSections
from recon.subtracted_sections import NONE_SEEN, SEEN, SubtractedSections
from recon.subtraction import FOUND_MM2, GAIN_SD, gain_sd, subtracted
from recon.subtraction_blur import noncontrast_blur_mm
from recon.volume import Finding, Volume

MOUTH_MM = 3.0
SHORTEST_MM = 1.5
"""A shorter range makes no finding (app setting)."""

HIDING_PCT = 50.0
"""From this share of the section on calcium may hide the lumen, as for the scores (docs/clinical.md B.7)."""

MAX_SLICE_MM = 3.6
LEAST_PARALLEL = 0.95
PHASE_APART_PCT = 12.0
"""Thicker or tilted slices are not subtracted, another phase is told (app settings)."""


def subtraction_of(analysis: Analysis, other: Volume, found: Registration, report: Report = silent) -> Subtraction:
    """What the non-contrast scan `other`, matched by `found`, says of every measured vessel; nothing where it cannot be used.

    Whether it is of the same patient, in HU and without contrast is for `planner.noncontrast` to check first.
    """
    findings = _scan_findings(analysis.volume, other)
    plane, slices = noncontrast_blur_mm(other)[::-1]
    vessels: dict[str, SubtractedSections] = {}
    ranges: list[SectionRange] = []
    usable = not found.is_doubtful and not any(f.code == "subtraction-slices" for f in findings)
    named = [v for v in analysis.tree.vessels if v.name in analysis.sections] if usable and analysis.physics is not None else []
    for number, vessel in enumerate(named):
        sections, part = analysis.sections[vessel.name], part_of(report, number / len(named), (number + 1) / len(named))
        assert analysis.physics is not None
        made = subtracted(analysis.volume, other, vessel, sections, analysis.physics, found, part)
        vessels[vessel.name] = made
        doubtful = analysis.not_excluded_mm.get(vessel.name, ())
        ranges += section_ranges(vessel.name, sections, made, doubtful, vessel.parent is not None)
    who = other.identity
    news = tuple(r for r in ranges if not (r.kind == NO_LUMEN and _is_in_occlusion(r, analysis)))
    return Subtraction(
        who.series_uid, who.series_description, other.geometry.spacing_mm[0], plane, slices, vessels, tuple(ranges),
        (*findings, *_range_findings(news)), other,
    )  # fmt: skip


def _is_in_occlusion(one: SectionRange, analysis: Analysis) -> bool:
    """Whether a range lies in an occlusion that was found: that no contrast is left there is what is to be expected."""
    return any(
        o.vessel == one.vessel and o.proximal_cap.s_mm.low <= one.s_mm[0] and one.s_mm[1] <= o.distal_cap.s_mm.high
        for o in analysis.occlusions
    )


def section_ranges(
    vessel: str,
    sections: VesselSections,
    made: SubtractedSections,
    not_excluded_mm: tuple[tuple[float, float], ...],
    is_branch: bool = False,
) -> list[SectionRange]:
    """Where a vessel's scans do not match or disagree, and what is under calcium that hides its lumen.

    The first 3 mm of a branch show its parent's lumen and calcium: nothing is said of what is under calcium there.
    """
    contrast, bare, used = sections.calcium_area_mm2, made.calcium_area_mm2, made.is_matched
    limit = stated(sections).calcium_area_mm2
    hidden = hides_lumen(sections, made, not_excluded_mm) & (sections.s_mm >= (MOUTH_MM if is_branch else 0.0))
    measured = np.isfinite(contrast.best) & np.isfinite(bare.best)
    marks = {
        NOT_MATCHED: ~used,
        MISSED: used & measured & (contrast.best == 0) & (bare.low > np.maximum(FOUND_MM2, limit.low)),
        NOT_CONFIRMED: used & measured & (contrast.low > FOUND_MM2) & (bare.best == 0) & (bare.high < contrast.best),
        LUMEN_SEEN: hidden & (made.contrast == SEEN),
        NO_LUMEN: hidden & (made.contrast == NONE_SEEN),
    }
    return [SectionRange(vessel, kind, s) for kind, where in marks.items() for s in _long_runs(sections.s_mm, np.asarray(where))]


def hides_lumen(
    sections: VesselSections, made: SubtractedSections, not_excluded_mm: tuple[tuple[float, float], ...]
) -> npt.NDArray[np.bool_]:
    """Sections (n,) in which either scan shows calcium that may hide a lumen: half of the section or more, calcium where no
    contrast was seen, or a range in which an occlusion is not excluded."""
    s = sections.s_mm
    found = np.fmax(sections.calcium_area_mm2.best, made.calcium_area_mm2.best) >= FOUND_MM2
    much = np.fmax(sections.calcium_csa_pct.best, made.calcium_csa_pct.best) >= HIDING_PCT
    doubtful = np.zeros(len(s), dtype=bool)
    for start, end in not_excluded_mm:
        doubtful |= (s >= start) & (s <= end)
    return np.asarray(found & (much | doubtful | ~sections.lumen_open))


def _long_runs(s_mm: npt.NDArray[np.float64], where: npt.NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Arc ranges where a mark is set for at least `SHORTEST_MM`."""
    pairs = [(float(s_mm[a]), float(s_mm[b - 1])) for a, b in runs(where)]
    return [(a, b) for a, b in pairs if b - a + SECTION_STEP_MM >= SHORTEST_MM]


def _range_findings(ranges: tuple[SectionRange, ...]) -> tuple[Finding, ...]:
    """One finding a vessel and kind, with all its ranges."""
    together: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for one in ranges:
        together.setdefault((one.vessel, one.kind), []).append(one.s_mm)
    findings = []
    for (vessel, kind), spans in together.items():
        what, follows, advice = RANGE_TEXTS[kind]
        where = ", ".join(f"{a:.1f} to {b:.1f} mm" for a, b in spans)
        findings.append(Finding(kind, vessel, f"{what}: {where}.", follows, advice))
    return tuple(findings)


def _scan_findings(contrast: Volume, other: Volume) -> tuple[Finding, ...]:
    """What speaks against subtracting these two scans, or makes it less sure."""
    where, findings = "non-contrast scan", []
    thick = max(other.geometry.spacing_mm[0], other.acquisition.slice_thickness_mm or 0.0)
    parallel = abs(float(other.geometry.direction[:, 0] @ contrast.geometry.direction[:, 0]))
    if thick > MAX_SLICE_MM or parallel < LEAST_PARALLEL:
        what = f"Its slices are {thick:.1f} mm." if thick > MAX_SLICE_MM else "Its slices are tilted against the contrast scan's."
        advice = "Use a non-contrast series with the same slices as the contrast scan, of 1 mm or less."
        findings.append(Finding("subtraction-slices", where, what, "It is not subtracted.", advice))
    if gain_sd(contrast, other) > GAIN_SD:
        voltages = " and ".join(
            "not stated" if v.acquisition.kvp is None else f"{v.acquisition.kvp:g} kV" for v in (contrast, other)
        )
        advice = "Look at the difference with care; a scan of the same tube voltage tells more."
        what, follows = (
            f"The tube voltages differ: {voltages}.",
            "Calcium is not equally bright in both: less can be told under it.",
        )
        findings.append(Finding("subtraction-voltage", where, what, follows, advice))
    phases = contrast.acquisition.phase_pct, other.acquisition.phase_pct
    if phases[0] is not None and phases[1] is not None and abs(phases[0] - phases[1]) > PHASE_APART_PCT:
        what = f"It was taken at {phases[1]:.0f} % of the beat, the contrast scan at {phases[0]:.0f} %."
        advice = "Use the phase of the contrast scan, where there is one."
        findings.append(Finding("subtraction-phase", where, what, "The heart has another shape and matches less well.", advice))
    return tuple(findings)
