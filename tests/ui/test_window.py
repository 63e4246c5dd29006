"""The window as a person uses it: open, scroll, select, decide, undo, cancel, fail."""

import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox

from planner.session import Session
from recon.errors import IntakeError
from recon.report import Cancelled
from resources import resource_path
from tests.ui.made_case import DISTAL_MM, PROXIMAL_MM, WHO, made_analysis, made_volume
from ui import decisions
from ui.case_work import same_patient


def wheel(widget, notches, modifiers=Qt.KeyboardModifier.NoModifier):
    at = QPointF(widget.rect().center())
    event = QWheelEvent(
        at,
        widget.mapToGlobal(at),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def canvases(window):
    return [window.middle.curved, window.section, window.hanging.strip, window.scene, *window.hanging.planes]


def shown_text(window):
    bar = window.identity
    return " | ".join(label.text() for label in (bar.name, *bar.parts))


def settle(qtbot, window):
    qtbot.waitUntil(lambda: not window.jobs.running, timeout=5000)


def test_opening_shows_identity_vessels_answers_scores_views_and_findings(opened):
    assert "TEST MADE UP" in shown_text(opened)
    assert [opened.rail.vessels.item(i).text().split()[0] for i in range(3)] == ["RCA", "LAD", "△"]
    assert len(opened.answers.rows) == 4
    for step in opened.rail.steps:
        opened.show_step(step)
    assert opened.scores_page.scores.topLevelItemCount() > 5
    assert opened.pages["options"].questions.topLevelItemCount() > 5
    assert opened.pages["views"].views.topLevelItemCount() > 4
    assert opened.pages["series"].findings.topLevelItem(0).text(0) == "Few slices."


def test_identity_says_who_on_every_page_and_in_an_enlarged_view(opened):
    for step in opened.rail.steps:
        opened.show_step(step)
        assert opened.identity.isVisible()
        assert "MU-1" in shown_text(opened)
        assert "1955-01-01" in shown_text(opened)
    opened.enlarger.toggle(opened.scene_frame)
    assert opened.identity.isVisible()


def test_an_absent_identity_is_said_to_be_absent(qtbot, window):
    nobody = replace(WHO, patient_name="", patient_id="", birth_date="", sex="")
    analysis = made_analysis(made_volume(24, 3.0, identity=nobody))
    window.model.show_case(analysis, Session(analysis.plan), None)
    assert shown_text(window).count("not stated") == 4


def test_the_wheel_over_any_view_moves_every_view(opened):
    for canvas in canvases(opened):
        opened.model.go_to(10.0)
        QApplication.processEvents()
        pictures = [c.grab().toImage() for c in canvases(opened)]
        wheel(canvas, -1)
        assert opened.model.s_mm == 11.0
        QApplication.processEvents()
        moved = [c.grab().toImage() != before for c, before in zip(canvases(opened), pictures, strict=True)]
        assert all(moved), moved
        assert opened.section_frame.reading.text() == "s = 11.0 mm"


def test_the_section_reading_is_that_of_the_section_at_the_cursor(opened):
    opened.model.go_to((PROXIMAL_MM + DISTAL_MM) / 2)
    texts = {label.text(): value.text() for label, value in opened.reading.rows}
    assert texts["Calcium"].startswith("64 %")
    assert texts["Zone"] == "body"
    opened.model.go_to(5.0)
    texts = {label.text(): value.text() for label, value in opened.reading.rows}
    assert texts["Calcium"].startswith("0 %")
    assert texts["Zone"] == "proximal"


def test_selecting_a_vessel_in_the_list_moves_the_cursor_there(opened):
    opened.rail.vessels.setCurrentRow(1)
    assert opened.model.vessel_name == "LAD"
    assert "LAD" in opened.middle.curved_frame._title.text()


def test_keys_move_along_the_vessel(qtbot, opened):
    opened.model.go_to(10.0)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
        qtbot.keyClick(opened, key)
    assert opened.model.s_mm == 10.5
    qtbot.keyClick(opened, Qt.Key.Key_BracketRight)
    assert opened.model.s_mm == DISTAL_MM


def test_shift_wheel_turns_the_curved_view_only(opened):
    before = opened.model.s_mm
    wheel(opened.middle.curved, -1, Qt.KeyboardModifier.ShiftModifier)
    assert opened.model.rotation_deg == 5.0
    assert opened.model.s_mm == before


def test_a_click_on_the_curved_view_sets_the_cursor(qtbot, opened):
    curved = opened.middle.curved
    x = round(curved.scale.x_px(20.0))
    qtbot.mouseClick(curved, Qt.MouseButton.LeftButton, pos=QPoint(x, 20))
    assert opened.model.s_mm == pytest.approx(20.0, abs=1.0 / curved.scale.px_per_mm)


def test_the_profile_has_the_scale_of_the_curved_view(opened):
    QApplication.processEvents()
    assert opened.hanging.profile._scale == opened.middle.curved.scale


def test_dragging_a_cap_is_one_edit_at_the_place_where_it_was_let_go(qtbot, opened, engine):
    curved = opened.middle.curved
    start, end = (QPoint(round(curved.scale.x_px(s)), 60) for s in (DISTAL_MM, 55.0))
    qtbot.mousePress(curved, Qt.MouseButton.LeftButton, pos=start)
    for step in range(1, 5):
        qtbot.mouseMove(curved, start + (end - start) * step / 4)
    assert opened.model.plan.caps == ()
    qtbot.mouseRelease(curved, Qt.MouseButton.LeftButton, pos=end)
    (mark,) = opened.model.plan.caps
    s_mm, _, r_mm = opened.model.vessel.centerline.locate(mark.point_mm)
    assert (mark.vessel, mark.which) == ("RCA", "distal")
    assert float(s_mm) == pytest.approx(55.0, abs=1.0 / curved.scale.px_per_mm)
    assert float(r_mm) == pytest.approx(0.0, abs=1e-6)
    assert opened.model.session.undo_label == "place distal cap"
    settle(qtbot, opened)
    assert engine.plans[-1].caps == (mark,)


def test_a_decision_computes_again_and_undo_takes_it_back(qtbot, opened, engine):
    opened.run("edit.confirm_cto")
    assert [c.subject for c in opened.model.plan.confirmations] == ["RCA-1:cto"]
    settle(qtbot, opened)
    assert "confirm CTO" in opened.status.undo.text()
    opened.run("edit.undo")
    settle(qtbot, opened)
    assert opened.model.plan.confirmations == ()
    assert engine.plans[-1].confirmations == ()
    assert not opened.status.undo.isEnabled()


def test_a_fact_typed_in_the_form_goes_into_the_plan(qtbot, opened, engine):
    field = opened.facts.inputs["lvef_pct"]
    field.setText("45")
    field.editingFinished.emit()
    assert opened.model.plan.facts.lvef_pct == 45.0
    box = opened.facts.inputs["prior_cabg"]
    box.setCurrentText("yes")
    box.activated.emit(1)
    assert opened.model.plan.facts.prior_cabg is True
    settle(qtbot, opened)


@pytest.mark.parametrize("text", ["450", "much", "-3"])
def test_an_impossible_fact_is_refused_and_nothing_changes(opened, text):
    field = opened.facts.inputs["lvef_pct"]
    field.setText(text)
    field.editingFinished.emit()
    assert opened.model.plan.facts.lvef_pct is None
    assert "Ejection fraction" in opened.status.message.text()


def test_the_demonstration_opens_without_first_loading_what_only_reports_need(qtbot, window, engine, monkeypatch):
    for name in ("planner.run", "matplotlib"):
        monkeypatch.setitem(sys.modules, name, None)  # an import of it now fails
    window.open_demo()
    qtbot.waitUntil(lambda: window.model.occlusion is not None, timeout=5000)
    assert engine.loaded == [resource_path("demo")]


def test_cancelling_an_analysis_leaves_the_open_case(qtbot, opened, engine):
    before, started = opened.model.analysis, threading.Event()

    def endless(volume, plan, report):
        while True:
            report(0.3, "following LAD")
            started.set()
            time.sleep(0.005)

    engine.analyze = endless
    opened.open(Path("made-up"))
    qtbot.waitUntil(started.is_set)
    qtbot.waitUntil(lambda: "following LAD" in opened.status.work.text())
    qtbot.mouseClick(opened.status.cancel, Qt.MouseButton.LeftButton)
    settle(qtbot, opened)
    assert opened.model.analysis is before
    assert "cancelled" in opened.status.message.text()
    assert not opened.status.cancel.isVisible()


def test_a_folder_that_cannot_be_read_is_told_and_the_open_case_stays(qtbot, opened, engine):
    before = opened.model.analysis

    def fail(source, report):
        raise IntakeError("There are no CT images.", f"In {source}.", "Choose another folder.")

    engine.load = fail
    opened.open(Path("empty"))
    settle(qtbot, opened)
    assert opened.model.analysis is before
    box = opened.findChild(QMessageBox)
    assert box.text() == "There are no CT images."
    assert "Choose another folder." in box.informativeText()
    box.close()


def test_a_failing_analysis_keeps_the_open_case(qtbot, opened, engine):
    before = opened.model.analysis

    def fail(volume, plan, report):
        raise IntakeError("Broken.", "Slice 3.", "Send it again.")

    engine.analyze = fail
    opened.open(Path("made-up"))
    settle(qtbot, opened)
    assert opened.model.analysis is before
    opened.findChild(QMessageBox).close()


def test_another_patient_does_not_replace_the_open_case_without_a_word(qtbot, opened, engine, monkeypatch):
    before, asked = opened.model.analysis, []
    monkeypatch.setattr(opened.work, "_ask_replace", lambda old, new: asked.append((old, new)) or False)
    engine.volume = made_volume(24, 3.0, identity=replace(WHO, patient_id="MU-2"))
    analyses = len(engine.plans)
    opened.open(Path("other"))
    settle(qtbot, opened)
    assert opened.model.analysis is before
    assert len(engine.plans) == analyses, "nothing may be computed before the person agreed"
    assert [new.identity.patient_id for _, new in asked] == ["MU-2"]


def test_another_patient_replaces_the_case_when_the_person_agrees(qtbot, opened, engine, monkeypatch):
    monkeypatch.setattr(opened.work, "_ask_replace", lambda old, new: True)
    engine.volume = made_volume(identity=replace(WHO, patient_id="MU-2"))
    opened.open(Path("other"))
    settle(qtbot, opened)
    assert "MU-2" in shown_text(opened)


@pytest.mark.parametrize("part", ["patient_id", "patient_name", "birth_date"])
def test_a_difference_in_any_part_of_the_identity_is_another_patient(part):
    first, second = made_volume(8, 9.0), made_volume(8, 9.0, identity=replace(WHO, **{part: "other"}))
    assert same_patient(first, first)
    assert not same_patient(first, second)


def test_images_can_be_looked_at_while_the_first_analysis_runs(qtbot, window, engine):
    hold = threading.Event()
    engine.analyze = lambda volume, plan, report: hold.wait(5) and made_analysis(volume, plan)
    window.open(Path("made-up"))
    qtbot.waitUntil(lambda: window.model.analysis is not None)
    assert "TEST MADE UP" in shown_text(window)
    assert window.model.vessel_names == ()
    assert "Following the vessels" in window.answers.rows[0].findChildren(QLabel)[1].text()
    assert window.hanging.planes[0].fresh_image() is not None
    hold.set()
    qtbot.waitUntil(lambda: window.model.vessel_names == ("RCA", "LAD"))


def test_the_first_vessel_is_shown_before_the_analysis_is_through(qtbot, window, engine):
    hold = threading.Event()
    rca = made_analysis(engine.volume).tree.vessel("RCA")
    engine.seen_early = (rca, replace(rca, state="edited"))
    engine.analyze = lambda volume, plan, report: hold.wait(5) and made_analysis(volume, plan)
    window.open(Path("made-up"))
    qtbot.waitUntil(lambda: window.model.vessel is not None)
    assert window.model.is_searching
    qtbot.waitUntil(lambda: window.model.vessel.state == "edited")
    assert window.model.vessel_names == ("RCA",)
    assert window.middle.curved.fresh_image() is not None
    assert "Following the vessels" in window.answers.rows[0].findChildren(QLabel)[1].text()
    window.show_step("calcium")
    window.show_step("report")
    hold.set()
    qtbot.waitUntil(lambda: window.model.vessel_names == ("RCA", "LAD"))


def test_a_vessel_of_other_images_is_not_shown(qtbot, opened):
    shown = opened.model.analysis
    opened.work._vessel_seen.emit(made_volume(), replace(shown.tree.vessels[0], name="LCx"))
    qtbot.wait(20)
    assert opened.model.analysis is shown


def test_decisions_of_a_session_that_crashed_come_back_as_one_step(qtbot, window, engine):
    window.open(Path("made-up"))
    qtbot.waitUntil(lambda: window.model.occlusion is not None)
    decisions.say_cto(window.model, True)
    settle(qtbot, window)
    window.model.session = None  # as a crash would: the journal is not closed
    window.open(Path("made-up"))
    settle(qtbot, window)
    assert [c.subject for c in window.model.plan.confirmations] == ["RCA-1:cto"]
    assert window.model.session.undo_label == "recovered decisions"


def test_enlarging_shows_one_view_and_escape_shows_all_again(qtbot, opened):
    qtbot.mouseDClick(opened.section, Qt.MouseButton.LeftButton)
    assert opened.section.isVisible()
    assert not opened.middle.curved.isVisible()
    assert not opened.scene.isVisible()
    qtbot.keyClick(opened, Qt.Key.Key_Escape)
    assert opened.middle.curved.isVisible()
    assert opened.scene.isVisible()


def test_a_chosen_view_turns_the_3d_view(opened):
    opened.show_step("views")
    views = opened.pages["views"].views
    views.setCurrentItem(views.topLevelItem(1))
    assert (opened.model.primary_deg, opened.model.secondary_deg) == (-30.0, 20.0)


def test_a_click_on_a_vessel_in_3d_selects_it(qtbot, opened):
    opened.model.set_angles(0.0, 0.0)
    scene, picked = opened.scene, []
    scene.picked.connect(lambda *found: picked.append(found))
    x, y = scene.screen_px(opened.model.analysis.tree.vessel("LAD").centerline.points_mm[60:61])
    qtbot.mouseClick(scene, Qt.MouseButton.LeftButton, pos=QPoint(round(x[0]), round(y[0])))
    assert picked[0][0] == "LAD"
    assert opened.model.vessel_name == "LAD"


def test_the_report_page_lists_what_nobody_confirmed(qtbot, opened):
    opened.show_step("report")
    page = opened.report_page.check
    subjects = [page.topLevelItem(i).text(1) for i in range(page.topLevelItemCount())]
    assert any("RCA-1: total occlusion on CT" in s for s in subjects)
    opened.run("edit.confirm_cto")
    settle(qtbot, opened)
    subjects = [page.topLevelItem(i).text(1) for i in range(page.topLevelItemCount())]
    assert not any("total occlusion on CT" in s for s in subjects)


def test_a_defect_is_shown_with_its_details_and_the_case_stays(opened):
    before = opened.model.analysis
    opened.show_defect("Traceback: KeyError")
    box = opened.findChild(QMessageBox)
    assert "KeyError" in box.detailedText()
    box.close()
    assert opened.model.analysis is before


def test_cancelled_is_no_error_that_a_handler_could_swallow():
    assert not issubclass(Cancelled, Exception)


def test_scrolling_draws_the_costly_pictures_only_once(opened):
    """The cursor is a mark: neither the curved cut nor the 3D scene is computed again for it."""
    QApplication.processEvents()
    before = [c._image.cacheKey() for c in (opened.middle.curved, opened.scene)]
    opened.model.step(3)
    QApplication.processEvents()
    assert [c._image.cacheKey() for c in (opened.middle.curved, opened.scene)] == before
    opened.model.turn(1)
    opened.model.set_angles(10.0, 5.0)
    QApplication.processEvents()
    after = [c._image.cacheKey() for c in (opened.middle.curved, opened.scene)]
    assert after[0] != before[0]
    assert after[1] != before[1]


def test_a_hidden_page_is_filled_when_it_is_seen(opened):
    page, filled = opened.scores_page, []
    page.fill = lambda: filled.append(True)
    opened.model.show_again(opened.model.analysis)
    assert filled == []
    opened.show_step("scores")
    assert filled == [True]


def test_without_a_case_the_window_says_how_to_open_one(qtbot, window, engine):
    assert window.start.isVisible()
    window.open(Path("made-up"))
    qtbot.waitUntil(lambda: window.model.occlusion is not None)
    assert not window.start.isVisible()
    assert window.middle.curved.isVisible()


def test_numbers_of_the_plan_before_are_marked_until_the_new_ones_arrive(qtbot, opened, engine):
    hold = threading.Event()
    engine.analyze = lambda volume, plan, report: hold.wait(5) and made_analysis(volume, plan)
    opened.run("edit.confirm_cto")
    assert "updating" in opened.answers.heading.text()
    opened.ask_export()
    assert "being updated" in opened.status.message.text()
    hold.set()
    settle(qtbot, opened)
    assert opened.answers.heading.text() == "FOUR ANSWERS"


def test_hovering_shows_the_numbers_there_and_leaves_the_cursor(qtbot, opened):
    curved = opened.middle.curved
    before = opened.model.s_mm
    # A pointer that another test left at the same place would not move.
    qtbot.mouseMove(curved, QPoint(round(curved.scale.x_px(20.0)), 40))
    qtbot.mouseMove(curved, QPoint(round(curved.scale.x_px(39.0)), 30))
    qtbot.waitUntil(lambda: "calcium 64 %" in opened.middle.curved_frame.reading.text())
    assert opened.model.s_mm == before


def test_arrow_keys_in_a_table_move_in_the_table(qtbot, opened):
    opened.show_step("scores")
    table, before = opened.scores_page.scores, opened.model.s_mm
    table.setFocus()
    qtbot.waitUntil(table.hasFocus)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    assert table.indexOfTopLevelItem(table.currentItem()) == 1
    assert opened.model.s_mm == before


def test_many_defects_open_one_box(opened):
    opened.show_defect("first")
    opened.show_defect("second")
    boxes = opened.findChildren(QMessageBox)
    assert [box.detailedText() for box in boxes] == ["first"]
    boxes[0].close()
