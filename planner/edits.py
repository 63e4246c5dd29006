"""(Plan, arguments) -> Plan: one function = one undo step = one audit line. An edit checks and raises; it never asks."""

import math
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from planner.fact_rules import check_clinical
from planner.facts import ClinicalFacts
from planner.line_edits import line_edit, renamed_edits, with_edit, without_point
from planner.plan import CapMark, Confirmation, ImplantTag, Override, Plan, Said, VesselPath
from recon.errors import CallError
from recon.vessels import PointMm

CAP_SIDES = ("proximal", "distal")
CAP_SHAPES = ("blunt", "tapered", "flush", "unknown")
IMPLANTS = ("stent", "graft", "none")
MAIN_VESSELS = ("RCA", "LAD", "LCx", "LM")


def move_cap(plan: Plan, *, vessel: str, which: str, point_mm: PointMm, said: Said) -> Plan:
    """The cap of a vessel lies at an LPS position."""
    _one_of("The cap side", which, CAP_SIDES)
    _check_point(point_mm)
    return _with_cap(plan, vessel, which, said, point_mm=point_mm)


def state_cap_shape(plan: Plan, *, vessel: str, which: str, morphology: str, said: Said) -> Plan:
    """A reader states the shape of a cap."""
    _one_of("The cap side", which, CAP_SIDES)
    _one_of("The cap shape", morphology, CAP_SHAPES)
    return _with_cap(plan, vessel, which, said, morphology=morphology)


def draw_course(plan: Plan, *, vessel: str, control_points_mm: Sequence[PointMm], said: Said) -> Plan:
    """A vessel runs through LPS control points, proximal to distal, instead of its automatic course."""
    points = tuple(control_points_mm)
    if len(points) < 2:
        raise CallError("A course needs at least two points.", f"Got {len(points)} for {vessel}.", "Mark its start and its end.")
    for point in points:
        _check_point(point)
    others = tuple(path for path in plan.paths if path.name != vessel)
    return replace(plan, paths=(*others, VesselPath(vessel, points, said)))


def drop_course(plan: Plan, *, vessel: str) -> Plan:
    """A vessel goes back to its automatic course."""
    return replace(plan, paths=tuple(path for path in plan.paths if path.name != vessel))


def rename_vessel(plan: Plan, *, name: str, new_name: str) -> Plan:
    """A vessel gets another name: `name` as it is shown now."""
    wanted = new_name.strip()
    if not wanted:
        raise CallError("A vessel needs a name.", f"The new name of {name} is empty.", "Give a name such as RCA or B1.")
    found = next((old for old, shown in plan.renamed if shown == name), name)
    others = tuple(pair for pair in plan.renamed if pair[0] != found)
    renamed = others if wanted == found else (*others, (found, wanted))
    return replace(plan, renamed=renamed, line_edits=renamed_edits(plan.line_edits, name, wanted))


def change_line(
    plan: Plan,
    *,
    kind: str,
    vessel: str,
    point_mm: PointMm,
    said: Said,
    other: str = "",
    dragged_from: PointMm | None = None,
) -> Plan:
    """A followed line is led through a point, extended to it, cut or smoothed there, or joined with another vessel.

    A control point that was dragged is named by where it was (`dragged_from`) and moves.
    """
    return replace(plan, line_edits=with_edit(plan.line_edits, line_edit(kind, vessel, point_mm, said, other), dragged_from))


def delete_control_point(plan: Plan, *, vessel: str, near_mm: PointMm) -> Plan:
    """The control point of a vessel nearest to a place is taken away; raises CallError when there is none near."""
    _check_point(near_mm)
    return replace(plan, line_edits=without_point(plan.line_edits, vessel, near_mm))


def remove_vessel(plan: Plan, *, name: str) -> Plan:
    """A vessel that is none is left out."""
    return plan if name in plan.removed else replace(plan, removed=(*plan.removed, name))


def confirm(plan: Plan, *, subject: str, accepted: bool, said: Said) -> Plan:
    """A reader accepts or declines a finding; the last word counts, earlier ones stay in older plans."""
    others = tuple(c for c in plan.confirmations if c.subject != subject)
    return replace(plan, confirmations=(*others, Confirmation(subject, accepted, said)))


def state_facts(plan: Plan, *, facts: ClinicalFacts) -> Plan:
    """The clinical facts are as stated; raises CallError, naming the fact, for an impossible one."""
    check_clinical(facts)
    return replace(plan, facts=facts)


def state_fact(plan: Plan, *, name: str, value: float | int | str | bool | None) -> Plan:
    """One clinical fact is as stated; None takes it back to unknown."""
    _one_of("The fact", name, tuple(f.name for f in fields(ClinicalFacts)))
    changed: dict[str, Any] = {name: value}
    return state_facts(plan, facts=replace(plan.facts, **changed))


def choose_target(plan: Plan, *, vessel: str | None) -> Plan:
    """The vessel to be treated."""
    return replace(plan, target=vessel)


def choose_lab(plan: Plan, *, lab: str) -> Plan:
    """The catheter laboratory whose C-arm limits apply."""
    return replace(plan, lab=lab)


def place_ostium(plan: Plan, *, side: str, point_mm: PointMm) -> Plan:
    """The left or right coronary ostium lies at an LPS position."""
    _one_of("The side", side, ("left", "right"))
    _check_point(point_mm)
    return replace(plan, left_ostium_mm=point_mm) if side == "left" else replace(plan, right_ostium_mm=point_mm)


def tag_implant(plan: Plan, *, kind: str, vessel: str = "", said: Said) -> Plan:
    """A reader saw a stent or graft on a vessel ("" = somewhere in the heart), or looked and saw none."""
    _one_of("The implant", kind, IMPLANTS)
    kept = tuple(t for t in plan.implants if (t.kind == "none") == (kind == "none") and (t.kind, t.vessel) != (kind, vessel))
    return replace(plan, implants=(*(() if kind == "none" else kept), ImplantTag(kind, "" if kind == "none" else vessel, said)))


def untag_implant(plan: Plan, *, kind: str, vessel: str = "") -> Plan:
    """A tag is taken back; without any, whether there is a stent or graft is unknown again."""
    return replace(plan, implants=tuple(t for t in plan.implants if (t.kind, t.vessel) != (kind, vessel)))


def override(plan: Plan, *, subject: str, text: str, said: Said) -> Plan:
    """A reader decides against the program; the last word on a subject counts, earlier ones stay in older plans."""
    if not text.strip():
        raise CallError("An override needs a reason.", f"Nothing is said about {subject}.", "Say it in words.")
    others = tuple(o for o in plan.overrides if o.subject != subject)
    return replace(plan, overrides=(*others, Override(subject, text.strip(), said)))


def withdraw_override(plan: Plan, *, subject: str) -> Plan:
    """The program's own choice or block holds again."""
    return replace(plan, overrides=tuple(o for o in plan.overrides if o.subject != subject))


def name_reader(plan: Plan, *, reader: str) -> Plan:
    """Who reads the case from now on; what was said before keeps the name it was said under."""
    return replace(plan, reader=reader.strip())


def write_notes(plan: Plan, *, notes: str) -> Plan:
    """The reader's own words."""
    return replace(plan, notes=notes)


def _with_cap(
    plan: Plan, vessel: str, which: str, said: Said, point_mm: PointMm | None = None, morphology: str | None = None
) -> Plan:
    before = next((c for c in plan.caps if (c.vessel, c.which) == (vessel, which)), CapMark(vessel, which, None, None, said))
    mark = replace(before, point_mm=point_mm or before.point_mm, morphology=morphology or before.morphology, said=said)
    others = tuple(c for c in plan.caps if (c.vessel, c.which) != (vessel, which))
    return replace(plan, caps=(*others, mark))


def _one_of(what: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise CallError(f"{what} is not known.", f"Got {value!r}.", f"Use one of: {', '.join(allowed)}.")


def _check_point(point_mm: PointMm) -> None:
    if len(point_mm) != 3 or not all(math.isfinite(c) for c in point_mm):
        raise CallError("A position needs three finite numbers.", f"Got {point_mm}.", "Click inside the image.")
