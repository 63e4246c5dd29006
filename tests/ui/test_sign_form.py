"""Reader and notes: kept in the plan as one undo step each, used for what is said afterwards."""

from dataclasses import replace

from PySide6.QtCore import Qt

from ui import decisions
from ui.panels.report_page import open_points


def settled(qtbot, window):
    qtbot.waitUntil(lambda: not window.model.is_behind)


def test_the_reader_is_named_once_and_stands_under_what_is_said_afterwards(qtbot, opened):
    opened.show_step("report")
    form, model = opened.report_page.sign, opened.model
    assert any(row[1] == "Reader" for row in open_points(model.analysis, model.plan))
    qtbot.keyClicks(form.reader, " Dr Ada Reader ")
    qtbot.keyClick(form.reader, Qt.Key.Key_Return)
    settled(qtbot, opened)
    assert model.plan.reader == "Dr Ada Reader"
    assert not any(row[1] == "Reader" for row in open_points(model.analysis, model.plan))
    decisions.say_cto(model, True)
    settled(qtbot, opened)
    assert model.plan.confirmations[-1].said.reader == "Dr Ada Reader"


def test_leaving_the_reader_unchanged_is_no_step(qtbot, opened):
    opened.show_step("report")
    before = opened.model.session.undo_label
    opened.report_page.sign.reader.editingFinished.emit()
    opened.report_page.sign.notes.left.emit()
    assert opened.model.session.undo_label == before


def test_notes_are_kept_when_the_field_is_left_and_come_back_with_undo(qtbot, opened):
    opened.show_step("report")
    form, model = opened.report_page.sign, opened.model
    form.notes.setPlainText("Radial access only.")
    form.notes.left.emit()
    settled(qtbot, opened)
    assert model.plan.notes == "Radial access only."
    model.undo()
    settled(qtbot, opened)
    assert model.plan.notes == ""
    assert form.notes.toPlainText() == ""


def test_notes_written_about_one_patient_are_not_kept_in_the_plan_of_another(qtbot, opened, monkeypatch):
    opened.show_step("report")
    form, session = opened.report_page.sign, opened.model.session
    form.notes.setFocus()
    form.notes.setPlainText("Radial access only.")
    other = replace(session.plan, series=replace(session.plan.series, series_uid="9.9", patient_id="other"))
    monkeypatch.setattr(session, "plan", other)
    form.notes.left.emit()
    assert session.plan.notes == ""
    monkeypatch.setattr(form.notes, "hasFocus", lambda: True)
    form.show_plan()
    assert form.notes.toPlainText() == ""
