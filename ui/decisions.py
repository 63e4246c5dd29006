"""Gestures become edits: each function makes one decision about the open case, as one undo step."""

from pathlib import Path

from planner import edits
from planner.plan import Plan
from planner.session import check_same_patient, said
from recon.errors import CallError
from ui.model import CaseModel

DEFAULT_READER = "unnamed reader"


def place_cap(model: CaseModel, which: str, s_mm: float) -> None:
    """The proximal or distal cap of the current vessel lies at an arc position."""
    plan, point = _plan(model), model.point_at(s_mm)
    if point is None:
        raise CallError("There is no vessel under the cursor.", "Nothing was changed.", "Choose a vessel first.")
    edited = edits.move_cap(plan, vessel=model.vessel_name, which=which, point_mm=point, said=said(_reader(plan)))
    model.commit(f"place {which} cap", edited)


def state_shape(model: CaseModel, which: str, morphology: str) -> None:
    """The reader states the shape of a cap of the current vessel."""
    plan = _plan(model)
    edited = edits.state_cap_shape(
        plan, vessel=model.vessel_name, which=which, morphology=morphology, said=said(_reader(plan), "confirmed")
    )
    model.commit(f"{which} cap is {morphology}", edited)


def say_cto(model: CaseModel, accepted: bool) -> None:
    """The operator says whether the target occlusion is a CTO."""
    plan = _plan(model)
    target = model.analysis.target if model.analysis else None
    if target is None:
        raise CallError("There is no occlusion to confirm.", "Nothing was changed.", "Place both caps first.")
    edited = edits.confirm(plan, subject=f"{target.id}:cto", accepted=accepted, said=said(_reader(plan), "confirmed"))
    model.commit("confirm CTO" if accepted else "decline CTO", edited)


def state_fact(model: CaseModel, name: str, value: float | int | str | bool | None) -> None:
    """One clinical fact as stated; None takes it back to unknown."""
    model.commit(f"fact: {name.replace('_', ' ')}", edits.state_fact(_plan(model), name=name, value=value))


def say_implant(model: CaseModel, kind: str, vessel: str) -> None:
    """The reader sees a stent or graft, or none."""
    plan = _plan(model)
    label = "no stent or graft seen" if kind == "none" else f"{kind} seen"
    model.commit(label, edits.tag_implant(plan, kind=kind, vessel=vessel, said=said(_reader(plan))))


def take_implant_back(model: CaseModel, kind: str, vessel: str) -> None:
    """The reader no longer says so."""
    model.commit("take back a tag", edits.untag_implant(_plan(model), kind=kind, vessel=vessel))


def say_override(model: CaseModel, subject: str, text: str) -> None:
    """The reader decides against a block of the program, with a reason."""
    plan = _plan(model)
    model.commit(f"override {subject}", edits.override(plan, subject=subject, text=text, said=said(_reader(plan))))


def withdraw_override(model: CaseModel, subject: str) -> None:
    """The program's block holds again."""
    model.commit(f"withdraw override of {subject}", edits.withdraw_override(_plan(model), subject=subject))


def choose_target(model: CaseModel, vessel: str) -> None:
    """The vessel to be treated."""
    model.commit(f"target {vessel}", edits.choose_target(_plan(model), vessel=vessel))


def choose_lab(model: CaseModel, lab: str) -> None:
    """The laboratory whose C-arm limits apply."""
    model.commit(f"lab {lab}", edits.choose_lab(_plan(model), lab=lab))


def name_reader(model: CaseModel, reader: str) -> None:
    """Who reads the case."""
    model.commit("name the reader", edits.name_reader(_plan(model), reader=reader))


def write_notes(model: CaseModel, notes: str) -> None:
    """The reader's own words for the report."""
    model.commit("notes", edits.write_notes(_plan(model), notes=notes))


def restore_plan(model: CaseModel, file: Path) -> None:
    """The plan of a report or plan.json takes the place of the current one, if it is of these images; one undo step."""
    from planner.plan_file import plan_in

    plan = plan_in(file)
    if model.analysis is None:
        raise CallError("No case is open.", "Nothing was changed.", "Open the images the report was made for first.")
    check_same_patient(plan, model.analysis.volume)
    model.commit(f"plan of {file.name}", plan)


def _plan(model: CaseModel) -> Plan:
    if model.plan is None:
        raise CallError("No case is open.", "Nothing was changed.", "Open a folder of images first.")
    return model.plan


def _reader(plan: Plan) -> str:
    return plan.reader or DEFAULT_READER
