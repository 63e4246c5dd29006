import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from planner.plan import Plan, SeriesRef
from planner.store import StoreError, case_of, cases, latest, open_store, plan_of, revisions, save_revision
from planner.store.tables import METADATA

SERIES = SeriesRef("1.2.3", "1.2", "PH-1", "Phantom^One", "19550101", "20260102")
PLAN = Plan(series=SERIES)


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "deep" / "cases.sqlite")
    yield opened
    opened.close()


def test_a_saved_plan_comes_back_after_reopening(tmp_path):
    first = open_store(tmp_path / "cases.sqlite")
    save_revision(first, case_of(first, SERIES), replace(PLAN, notes="naïve β"), "note", "Dr. A")
    first.close()
    second = open_store(tmp_path / "cases.sqlite")
    assert latest(second, SERIES) == replace(PLAN, notes="naïve β")
    second.close()


def test_each_save_adds_a_revision_with_its_author_and_parent(store):
    case = case_of(store, SERIES, "/images")
    one = save_revision(store, case, PLAN, "opened", "Dr. A")
    two = save_revision(store, case, replace(PLAN, notes="x"), "note", "Dr. B")
    listed = revisions(store, case)
    assert [(r.author, r.label, r.parent_id) for r in listed] == [("Dr. B", "note", one.id), ("Dr. A", "opened", None)]
    assert plan_of(store, one.id) == PLAN and plan_of(store, two.id).notes == "x"
    (known,) = cases(store)
    assert (known.series, known.source, known.revisions) == (SERIES, "/images", 2)


def test_saving_the_same_plan_again_adds_nothing(store):
    case = case_of(store, SERIES)
    assert save_revision(store, case, PLAN, "a", "A") == save_revision(store, case, PLAN, "b", "B")
    assert len(revisions(store, case)) == 1


def test_going_back_to_an_older_plan_is_a_new_revision(store):
    case = case_of(store, SERIES)
    for plan in (PLAN, replace(PLAN, notes="x"), PLAN):
        save_revision(store, case, plan, "step", "A")
    assert len(revisions(store, case)) == 3 and latest(store, SERIES) == PLAN


def test_a_series_without_a_saved_plan_has_none(store):
    assert latest(store, SERIES) is None
    case_of(store, SERIES)
    assert latest(store, SERIES) is None


@pytest.mark.parametrize("field", ["series_uid", "patient_id"])
def test_a_plan_of_another_patient_or_series_is_never_saved_to_a_case(store, field):
    case = case_of(store, SERIES)
    with pytest.raises(StoreError, match="another patient or series"):
        save_revision(store, case, replace(PLAN, series=replace(SERIES, **{field: "other"})), "x", "A")
    assert revisions(store, case) == ()


@pytest.mark.parametrize("field", ["patient_name", "birth_date"])
def test_the_same_series_under_another_person_is_refused(store, field):
    save_revision(store, case_of(store, SERIES), PLAN, "x", "A")
    with pytest.raises(StoreError, match="another person"):
        latest(store, replace(SERIES, **{field: "other"}))
    with pytest.raises(StoreError, match="another person"):
        case_of(store, replace(SERIES, **{field: "other"}))


def test_two_patients_with_one_series_uid_stay_two_cases(store):
    other = replace(SERIES, patient_id="PH-2")
    assert case_of(store, SERIES) != case_of(store, other)
    save_revision(store, case_of(store, SERIES), PLAN, "x", "A")
    assert latest(store, other) is None


def test_a_plan_changed_outside_the_program_is_refused(store):
    saved = save_revision(store, case_of(store, SERIES), PLAN, "x", "A")
    with store.transaction() as connection:
        connection.execute(text("UPDATE revisions SET plan_json = replace(plan_json, 'default', 'other')"))
    with pytest.raises(StoreError, match="changed outside"):
        plan_of(store, saved.id)
    with pytest.raises(StoreError, match="changed outside"):
        latest(store, SERIES)


def test_an_unknown_revision_or_case_is_refused(store):
    with pytest.raises(StoreError, match="no such revision"):
        plan_of(store, 99)
    with pytest.raises(StoreError, match="Case 99"):
        save_revision(store, 99, PLAN, "x", "A")


def test_the_migrations_make_exactly_the_tables_in_use(store):
    made = inspect(store.engine)
    for table in METADATA.sorted_tables:
        assert {c["name"] for c in made.get_columns(table.name)} == {c.name for c in table.columns}
        nullable = {c["name"]: c["nullable"] for c in made.get_columns(table.name)}
        assert all(nullable[c.name] == c.nullable for c in table.columns if not c.primary_key)
        assert {i["name"] for i in made.get_indexes(table.name)} == {i.name for i in table.indexes}


def test_the_write_ahead_log_is_on(store):
    with store.transaction() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"


def test_what_was_saved_survives_a_program_that_dies(tmp_path):
    code = (
        "import os, sys; from pathlib import Path; from planner.plan import Plan, SeriesRef\n"
        "from planner.store import open_store, case_of, save_revision\n"
        "store = open_store(Path(sys.argv[1])); s = SeriesRef('1.2.3', '1.2', 'PH-1', 'Phantom^One', '19550101', '20260102')\n"
        "save_revision(store, case_of(store, s), Plan(series=s, notes='kept'), 'x', 'A')\n"
        "with store.engine.connect() as c:\n"
        "    c.exec_driver_sql(\"INSERT INTO cases VALUES (7,'9','','','','','','','')\"); os._exit(9)\n"
    )
    place = tmp_path / "cases.sqlite"
    root = Path(__file__).parents[3]
    died = subprocess.run(
        [sys.executable, "-c", code, str(place)], cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, check=False
    )
    assert died.returncode == 9
    reopened = open_store(place)
    kept = latest(reopened, SERIES)
    assert kept is not None and kept.notes == "kept" and len(cases(reopened)) == 1
    reopened.close()


def test_a_file_that_is_no_store_is_refused(tmp_path):
    (tmp_path / "cases.sqlite").write_bytes(b"this is not a database, it is a text file that somebody wrote" * 50)
    with pytest.raises(StoreError, match="cannot be used"):
        open_store(tmp_path / "cases.sqlite")


def test_a_store_of_a_newer_version_is_left_alone(tmp_path):
    open_store(tmp_path / "cases.sqlite").close()
    with sqlite3.connect(tmp_path / "cases.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer version"):
        open_store(tmp_path / "cases.sqlite")


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot be used"):
        open_store(tmp_path / "file" / "cases.sqlite")
