import numpy as np
import pytest

from planner.edits import choose_target, move_cap
from planner.plan import Plan, SeriesRef
from planner.session import Session, check_same_patient, journal_path, new_plan, recoverable_plan, said
from recon.errors import PlannerError
from recon.geometry import Geometry
from recon.volume import Identity, Volume

SERIES = SeriesRef("1.2.3", patient_id="P1", patient_name="ONE^PATIENT", birth_date="19550101")


def volume_of(**identity):
    who = {"series_uid": "1.2.3", "patient_id": "P1", "patient_name": "ONE^PATIENT", "birth_date": "19550101"} | identity
    return Volume(np.zeros((2, 2, 2), np.int16), Geometry.axial((2, 2, 2), (1, 1, 1), (0, 0, 0)), Identity(**who))


def test_undo_and_redo_walk_the_plans_by_name():
    session = Session(Plan(SERIES))
    session.commit("choose target RCA", choose_target(session.plan, vessel="RCA"))
    session.commit("choose target LAD", choose_target(session.plan, vessel="LAD"))
    assert session.undo_label == "choose target LAD"
    assert session.undo().target == "RCA"
    assert session.undo().target is None
    assert session.undo().target is None
    assert session.redo().target == "RCA"
    assert session.redo_label == "choose target LAD"


def test_a_new_step_ends_what_could_be_redone():
    session = Session(Plan(SERIES))
    session.commit("a", choose_target(session.plan, vessel="RCA"))
    session.undo()
    session.commit("b", choose_target(session.plan, vessel="LAD"))
    assert session.redo_label is None


def test_an_edit_that_changes_nothing_is_no_step():
    session = Session(Plan(SERIES))
    session.commit("nothing", choose_target(session.plan, vessel=None))
    assert session.undo_label is None


def test_a_crashed_session_is_recovered_to_its_last_step(tmp_path):
    journal = journal_path(tmp_path, SERIES)
    session = Session(Plan(SERIES), journal)
    session.commit("target", choose_target(session.plan, vessel="RCA"))
    last = session.commit("cap", move_cap(session.plan, vessel="RCA", which="distal", point_mm=(1.5, -2.25, 3.0), said=said("A")))
    assert recoverable_plan(journal, SERIES) == last


def test_a_line_cut_short_by_the_crash_is_skipped(tmp_path):
    journal = journal_path(tmp_path, SERIES)
    session = Session(Plan(SERIES), journal)
    kept = session.commit("target", choose_target(session.plan, vessel="RCA"))
    with journal.open("a") as stream:
        stream.write('{"at": "2026", "label": "cap", "plan": {"sche')
    assert recoverable_plan(journal, SERIES) == kept


def test_an_undone_step_is_not_recovered(tmp_path):
    journal = journal_path(tmp_path, SERIES)
    session = Session(Plan(SERIES), journal)
    session.commit("target", choose_target(session.plan, vessel="RCA"))
    session.undo()
    recovered = recoverable_plan(journal, SERIES)
    assert recovered is not None and recovered.target is None


def test_a_session_closed_in_order_leaves_nothing_to_recover(tmp_path):
    journal = journal_path(tmp_path, SERIES)
    session = Session(Plan(SERIES), journal)
    session.commit("target", choose_target(session.plan, vessel="RCA"))
    session.close()
    assert recoverable_plan(journal, SERIES) is None


def test_another_patients_journal_is_never_recovered(tmp_path):
    journal = journal_path(tmp_path, SERIES)
    session = Session(Plan(SERIES), journal)
    session.commit("target", choose_target(session.plan, vessel="RCA"))
    other = SeriesRef("1.2.3", patient_id="P2", patient_name="TWO^PATIENT", birth_date="19550101")
    assert recoverable_plan(journal, other) is None


def test_the_journal_name_tells_nothing_of_the_patient(tmp_path):
    name = journal_path(tmp_path, SERIES).name
    assert "P1" not in name and "ONE" not in name and "1.2.3" not in name


@pytest.mark.parametrize("change", [{"patient_id": "P2"}, {"series_uid": "9"}, {"patient_name": "X"}, {"birth_date": "19560101"}])
def test_a_plan_never_opens_on_another_patient_or_series(change):
    plan = new_plan(volume_of())
    check_same_patient(plan, volume_of())
    with pytest.raises(PlannerError, match="another patient or series"):
        check_same_patient(plan, volume_of(**change))
