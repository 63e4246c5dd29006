"""Gestures in the section become changes of the plan, and are shown at once while everything else is computed again."""

from dataclasses import replace

from planner.case import Analysis
from planner.plan import SECTION_EDIT_WORDS, Plan, Said
from planner.session import said
from recon.errors import CallError
from recon.vessels import PointMm
from ui.decisions import DEFAULT_READER
from ui.model import CaseModel

AROUND_MM = 2.0
"""A threshold said in one section holds this far to both sides."""


def say_calcium(model: CaseModel, what: str, theta_rad: float, r_mm: float, threshold_hu: float | None = None) -> None:
    """Exclude or include the calcium at a place of the section, or set the threshold of the sections around."""
    from planner import section_edits

    plan, name = _plan(model), model.vessel_name
    point, who = _point(model, model.s_mm, theta_rad, r_mm), _said(plan)
    if what == "exclude":
        edited = section_edits.exclude_calcium(plan, vessel=name, point_mm=point, said=who)
    elif what == "threshold" and threshold_hu is not None:
        ends = [_point(model, model.s_mm + side * AROUND_MM, 0.0, 0.0) for side in (-1, 1)]
        edited = section_edits.set_threshold(
            plan, vessel=name, start_mm=ends[0], end_mm=ends[1], threshold_hu=threshold_hu, said=who
        )
    else:
        edited = section_edits.include_calcium(plan, vessel=name, point_mm=point, threshold_hu=threshold_hu, said=who)
    _commit(model, SECTION_EDIT_WORDS[edited.section_edits[-1].kind], edited)


def move_contour(model: CaseModel, contour: str, theta_rad: float, r_mm: float) -> None:
    """The lumen or outer wall of the section at the cursor passes through a place."""
    from planner import section_edits

    plan = _plan(model)
    point = _point(model, model.s_mm, theta_rad, r_mm)
    edited = section_edits.move_contour(plan, vessel=model.vessel_name, contour=contour, point_mm=point, said=_said(plan))
    _commit(model, SECTION_EDIT_WORDS[contour], edited)


def mark_stent(model: CaseModel, start_mm: float, end_mm: float) -> None:
    """A stent lies between two arc positions of the current vessel; the vessel is tagged as well."""
    from planner import edits, section_edits

    plan, name = _plan(model), model.vessel_name
    ends = [_point(model, s_mm, 0.0, 0.0) for s_mm in sorted((start_mm, end_mm))]
    edited = section_edits.mark_stent(plan, vessel=name, start_mm=ends[0], end_mm=ends[1], said=_said(plan))
    _commit(model, "stent", edits.tag_implant(edited, kind="stent", vessel=name, said=_said(plan)))


def take_back(model: CaseModel, number: int | None = None) -> None:
    """One change of the current vessel's sections is taken back, the last one without a number."""
    from planner import section_edits

    plan, name = _plan(model), model.vessel_name
    count = len(section_edits.edits_on(plan, name))
    which = count - 1 if number is None else number
    model.commit("take back a change", section_edits.drop_section_edits(plan, vessel=name, number=which))


def shown_at_once(analysis: Analysis, old: Plan, new: Plan) -> Analysis:
    """The analysis with the sections of `new`, where the changes of sections differ; the rest stays that of the old plan."""
    if old.section_edits == new.section_edits:
        return analysis
    from planner.section_edits import edited_sections

    touched = {edit.vessel for edit in set(old.section_edits) ^ set(new.section_edits)}
    sections = dict(analysis.sections)
    for vessel in analysis.tree.vessels:
        measured = analysis.measured.get(vessel.name)
        if vessel.name in touched and measured is not None:
            sections[vessel.name] = edited_sections(analysis.volume, vessel, measured, new)[0]
    return replace(analysis, sections=sections)


def _commit(model: CaseModel, label: str, plan: Plan) -> None:
    """Make the change current; one that does not fit the images is refused before it counts."""
    _check_fits(model, plan)
    model.commit(label, plan)


def _check_fits(model: CaseModel, plan: Plan) -> None:
    from planner.section_edits import edited_sections

    analysis, vessel = model.analysis, model.vessel
    measured = analysis.measured.get(model.vessel_name) if analysis is not None else None
    if analysis is None or vessel is None or measured is None:
        raise CallError("This vessel was not measured.", "There are no sections to change.", "Wait for the analysis.")
    known = {(f.where, f.what) for f in analysis.findings}
    _, findings = edited_sections(analysis.volume, vessel, measured, plan)
    fresh = [f for f in findings if (f.where, f.what) not in known]
    if fresh:
        raise CallError(fresh[-1].what, fresh[-1].where, "Nothing was changed; point at another place.")


def _point(model: CaseModel, s_mm: float, theta_rad: float, r_mm: float) -> PointMm:
    if model.vessel is None:
        raise CallError("There is no vessel under the cursor.", "Nothing was changed.", "Choose a vessel first.")
    x, y, z = model.vessel.centerline.to_mm(s_mm, theta_rad, r_mm)
    return float(x), float(y), float(z)


def _plan(model: CaseModel) -> Plan:
    if model.plan is None:
        raise CallError("No case is open.", "Nothing was changed.", "Open a folder of images first.")
    return model.plan


def _said(plan: Plan) -> Said:
    return said(plan.reader or DEFAULT_READER)
