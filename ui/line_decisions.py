"""Changes of the line of the current vessel, each one undo step."""

import numpy as np

from planner import edits
from planner.plan import Plan
from planner.session import said
from recon.errors import CallError
from recon.vessels import PointMm, Vessel
from ui.decisions import DEFAULT_READER
from ui.model import CaseModel


def lead_through(model: CaseModel, to_mm: PointMm, dragged_from: PointMm | None = None) -> None:
    """The line runs through a place; a dragged control point moves there."""
    _change(model, "move a control point" if dragged_from else "lead the line", "point", to_mm, dragged_from=dragged_from)


def insert_here(model: CaseModel) -> None:
    """The line is held where it is at the cursor, whatever is changed beside it."""
    _change(model, "insert a control point", "point", _here(model))


def delete_here(model: CaseModel) -> None:
    """The control point nearest to the cursor is taken away."""
    plan, name = _plan(model), _vessel(model).name
    model.commit("delete a control point", edits.delete_control_point(plan, vessel=name, near_mm=_here(model)))


def extend_to(model: CaseModel, to_mm: PointMm) -> None:
    """The line goes on to a place beyond its end."""
    _change(model, "extend the line", "extend", to_mm)


def cut_here(model: CaseModel) -> None:
    """The line ends at the cursor."""
    _change(model, "cut the line", "cut", _here(model))


def smooth_here(model: CaseModel) -> None:
    """The line is smoothed about the cursor."""
    _change(model, "smooth the line", "smooth", _here(model))


def join_with(model: CaseModel, other: str) -> None:
    """Another vessel is the distal part of the current one."""
    if other not in model.vessel_names or other == model.vessel_name:
        known = ", ".join(n for n in model.vessel_names if n != model.vessel_name) or "none"
        raise CallError("There is no such vessel to join.", f"Got {other!r}; there are: {known}.", "Choose one of these.")
    end = _vessel(model).centerline.points_mm[-1]
    _change(model, f"join {other}", "join", (float(end[0]), float(end[1]), float(end[2])), other=other)


def rename(model: CaseModel, new_name: str) -> None:
    """The current vessel gets another name; raises CallError when it is taken."""
    plan, name = _plan(model), _vessel(model).name
    wanted = new_name.strip()
    if wanted == name:
        return
    if wanted in model.vessel_names:
        raise CallError("The name is taken.", f"There is a {wanted} already.", "Rename or remove that one first.")
    model.commit(f"name {name} {wanted}", edits.rename_vessel(plan, name=name, new_name=wanted))


def remove(model: CaseModel) -> None:
    """The current vessel is none and is left out."""
    plan, name = _plan(model), _vessel(model).name
    model.commit(f"remove {name}", edits.remove_vessel(plan, name=name))


def _change(
    model: CaseModel, label: str, kind: str, point_mm: PointMm, other: str = "", dragged_from: PointMm | None = None
) -> None:
    plan, name = _plan(model), _vessel(model).name
    who = said(plan.reader or DEFAULT_READER)
    edited = edits.change_line(plan, kind=kind, vessel=name, point_mm=point_mm, said=who, other=other, dragged_from=dragged_from)
    model.commit(label, edited)


def _here(model: CaseModel) -> PointMm:
    _vessel(model)
    point = np.asarray(model.point_at(model.s_mm))
    return float(point[0]), float(point[1]), float(point[2])


def _vessel(model: CaseModel) -> Vessel:
    if model.vessel is None:
        raise CallError("There is no vessel under the cursor.", "Nothing was changed.", "Choose a vessel first.")
    return model.vessel


def _plan(model: CaseModel) -> Plan:
    if model.plan is None:
        raise CallError("No case is open.", "Nothing was changed.", "Open a folder of images first.")
    return model.plan
