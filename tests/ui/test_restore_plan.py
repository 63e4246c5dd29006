"""Taking up the plan of a report: only on the images it was made for, as one undo step."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox

from planner.plan_json import plan_to_json


def choose(monkeypatch, file):
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))


def test_the_plan_of_a_file_takes_the_place_of_the_open_one_and_undo_brings_that_back(qtbot, opened, monkeypatch, tmp_path):
    before = opened.model.plan
    stated = replace(before, reader="Dr Ada Reader", notes="Seen before.")
    (tmp_path / "plan.json").write_text(plan_to_json(stated), encoding="utf-8")
    choose(monkeypatch, tmp_path / "plan.json")
    opened.run("case.restore")
    assert opened.model.plan == stated
    assert opened.model.session.undo_label == "plan of plan.json"
    opened.run("edit.undo")
    assert opened.model.plan == before


@pytest.mark.parametrize("field", ["series_uid", "patient_id", "patient_name", "birth_date"])
def test_the_plan_of_another_patient_or_series_is_refused_and_nothing_changes(opened, monkeypatch, tmp_path, field):
    before = opened.model.plan
    (tmp_path / "plan.json").write_text(
        plan_to_json(replace(before, series=replace(before.series, **{field: "other"}))), encoding="utf-8"
    )
    choose(monkeypatch, tmp_path / "plan.json")
    opened.run("case.restore")
    assert opened.model.plan == before
    box = opened.findChild(QMessageBox)
    assert box.text() == "This plan belongs to another patient or series."
    assert field in box.informativeText()
    box.close()


def test_a_file_that_holds_no_plan_is_told_and_nothing_changes(opened, monkeypatch, tmp_path):
    before = opened.model.plan
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.7 of something else")
    choose(monkeypatch, tmp_path / "report.pdf")
    opened.run("case.restore")
    assert opened.model.plan == before
    box = opened.findChild(QMessageBox)
    assert "cannot be opened" in box.text()
    box.close()


def test_giving_up_the_choice_of_a_file_changes_nothing(opened, monkeypatch):
    before = opened.model.plan
    choose(monkeypatch, "")
    opened.run("case.restore")
    assert opened.model.plan == before
