"""A reader's changes of sections: (Plan, arguments) -> Plan, and from measured sections to those that hold the changes."""

import math
from dataclasses import replace

from planner.plan import SECTION_EDIT_WORDS, Plan, Said, SectionEdit
from recon.errors import CallError, PlannerError
from recon.section_edit import ContourPoint, with_contours_moved, with_stent, without_calcium_at
from recon.section_threshold import LEAST_HU, MOST_HU, with_calcium_at, with_threshold
from recon.sections import VesselSections
from recon.vessels import PointMm, Vessel
from recon.volume import Finding, Volume

CONTOURS = ("wall", "lumen")


def exclude_calcium(plan: Plan, *, vessel: str, point_mm: PointMm, said: Said) -> Plan:
    """The deposit at an LPS position is no calcium of the vessel."""
    return _with(plan, SectionEdit(vessel, "exclude", point_mm, None, None, said))


def include_calcium(plan: Plan, *, vessel: str, point_mm: PointMm, threshold_hu: float | None = None, said: Said) -> Plan:
    """What is bright at an LPS position is calcium: above the threshold, or above half its height."""
    if threshold_hu is not None:
        _check_threshold(threshold_hu)
    return _with(plan, SectionEdit(vessel, "include", point_mm, None, threshold_hu, said))


def set_threshold(plan: Plan, *, vessel: str, start_mm: PointMm, end_mm: PointMm, threshold_hu: float, said: Said) -> Plan:
    """Between two LPS positions calcium is what exceeds a threshold inside the wall."""
    _check_threshold(threshold_hu)
    return _with(plan, SectionEdit(vessel, "threshold", start_mm, end_mm, threshold_hu, said))


def move_contour(plan: Plan, *, vessel: str, contour: str, point_mm: PointMm, said: Said) -> Plan:
    """The lumen or the outer wall passes through an LPS position."""
    if contour not in CONTOURS:
        raise CallError("The contour is not known.", f"Got {contour!r}.", "Use wall or lumen.")
    return _with(plan, SectionEdit(vessel, contour, point_mm, None, None, said))


def mark_stent(plan: Plan, *, vessel: str, start_mm: PointMm, end_mm: PointMm, said: Said) -> Plan:
    """A stent lies between two LPS positions: calcium is not measured there."""
    return _with(plan, SectionEdit(vessel, "stent", start_mm, end_mm, None, said))


def drop_section_edits(plan: Plan, *, vessel: str, number: int | None = None) -> Plan:
    """The changes of a vessel's sections are taken back: all, or the one of a number, counted from 0 on that vessel."""
    own = edits_on(plan, vessel)
    if number is not None and not 0 <= number < len(own):
        raise CallError("There is no such change.", f"{vessel} has {len(own)}; number {number} was asked.", "Choose one of them.")
    gone = own if number is None else [own[number]]
    return replace(plan, section_edits=tuple(edit for edit in plan.section_edits if all(edit is not g for g in gone)))


def edits_on(plan: Plan, vessel: str) -> list[SectionEdit]:
    """The changes of a vessel's sections, oldest first; those made before it was renamed as well."""
    names = dict(plan.renamed)
    return [edit for edit in plan.section_edits if vessel in (edit.vessel, names.get(edit.vessel))]


def edited_sections(
    volume: Volume, vessel: Vessel, measured: VesselSections, plan: Plan
) -> tuple[VesselSections, tuple[Finding, ...]]:
    """The sections of a vessel with all changes of the plan, in the order they were made; one that no longer fits is a finding.

    Contours come first, all at once: they say what is inside the wall.
    """
    own = edits_on(plan, vessel.name)
    sections, findings = measured, list[Finding]()
    points = [edit for edit in own if edit.kind in CONTOURS]
    steps = [points] if points else []
    steps += [[edit] for edit in own if edit.kind not in CONTOURS and edit.kind != "stent"]
    steps += [[edit] for edit in own if edit.kind == "stent"]
    for step in steps:
        try:
            sections = _applied(volume, vessel, sections, step)
        except PlannerError as error:
            findings.append(_not_applied(vessel, step[0], error))
    return sections, tuple(findings)


def _applied(volume: Volume, vessel: Vessel, sections: VesselSections, edits: list[SectionEdit]) -> VesselSections:
    line, edit = vessel.centerline, edits[0]
    if edit.kind in CONTOURS:
        return with_contours_moved(sections, [ContourPoint(e.kind, *_place(vessel, e.point_mm)) for e in edits])
    s_mm, theta, r_mm = _place(vessel, edit.point_mm)
    if edit.kind == "exclude":
        return without_calcium_at(sections, s_mm, theta)
    if edit.kind == "include":
        return with_calcium_at(volume, line, sections, (s_mm, theta, r_mm), edit.threshold_hu)
    end = _place(vessel, edit.end_mm)[0] if edit.end_mm is not None else s_mm
    if edit.kind == "stent":
        return with_stent(sections, s_mm, end)
    if edit.kind == "threshold" and edit.threshold_hu is not None:
        return with_threshold(volume, line, sections, s_mm, end, edit.threshold_hu)
    raise CallError("This change of a section is not known.", f"Got {edit.kind!r}.", "Take it back.")


def _place(vessel: Vessel, point_mm: PointMm) -> tuple[float, float, float]:
    s_mm, theta, r_mm = vessel.centerline.locate(point_mm)
    return float(s_mm), float(theta), float(r_mm)


def _not_applied(vessel: Vessel, edit: SectionEdit, error: PlannerError) -> Finding:
    s_mm = _place(vessel, edit.point_mm)[0]
    return Finding(
        "section-edit-not-applied",
        f"{vessel.name} at {s_mm:.1f} mm",
        f"A reader's change no longer fits: {SECTION_EDIT_WORDS.get(edit.kind, edit.kind)}. {error.what}",
        "The sections are shown without it.",
        "Make the change again, or undo it.",
    )


def _with(plan: Plan, edit: SectionEdit) -> Plan:
    for point in (edit.point_mm, edit.end_mm):
        if point is not None and not (len(point) == 3 and all(math.isfinite(c) for c in point)):
            raise CallError("A position needs three finite numbers.", f"Got {point}.", "Click inside the image.")
    return replace(plan, section_edits=(*plan.section_edits, edit))


def _check_threshold(threshold_hu: float) -> None:
    if not LEAST_HU <= threshold_hu <= MOST_HU:
        raise CallError(
            "This threshold is no calcium threshold.", f"Got {threshold_hu:.0f} HU.", f"Use {LEAST_HU:.0f} to {MOST_HU:.0f} HU."
        )
