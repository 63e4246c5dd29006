"""The line of a vessel is dragged, held, cut, extended, joined and named in the window; each change is one undo step."""

import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QMessageBox

from planner.line_edits import edited_lines
from planner.session import recoverable_plan, series_ref
from tests.ui.made_case import made_analysis

INSIDE_MM = 39.0


@pytest.fixture
def edited(engine, opened, qtbot):
    """A window whose analysis makes the changes of lines and names."""

    def compute(volume, plan, _report):
        made = made_analysis(volume, plan)
        names = dict(plan.renamed)
        kept = tuple(replace(v, name=names.get(v.name, v.name)) for v in made.tree.vessels if v.name not in plan.removed)
        return replace(made, tree=edited_lines(volume, replace(made.tree, vessels=kept), plan.line_edits))

    engine.analyze = compute
    return opened


def settle(qtbot, window):
    qtbot.waitUntil(lambda: not window.jobs.running and not window.model.is_behind, timeout=5000)


def drag(widget, start: QPointF, end: QPointF):
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=start.toPoint())
    for part in (0.3, 0.7, 1.0):
        at = start + (end - start) * part
        widget.moved(at, True)
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=end.toPoint())


def drag_up_in_curved(window, s_mm=INSIDE_MM, mm=1.5):
    curved = window.middle.curved
    at = QPointF(curved.scale.x_px(s_mm), curved._middle())
    drag(curved, at, at - QPointF(0.0, mm * curved.scale.px_per_mm))


def line_of(window):
    return window.model.vessel.centerline


def test_a_drag_in_the_curved_view_leads_the_line_and_is_one_undo_step(edited, qtbot):
    before = line_of(edited)
    window = edited
    window.run("line.edit")
    drag_up_in_curved(window)
    to = np.array(window.model.plan.line_edits[0].point_mm)
    wanted = before.to_mm(INSIDE_MM, 0.0, 1.5)
    assert np.linalg.norm(to - wanted) < 0.5
    settle(qtbot, window)
    assert float(line_of(window).locate(to)[2]) < 0.15
    assert window.model.session.undo_label == "lead the line"
    saved = recoverable_plan(window.model.session.journal, series_ref(window.model.analysis.volume))
    assert saved.line_edits == window.model.plan.line_edits
    window.run("edit.undo")
    settle(qtbot, window)
    np.testing.assert_array_equal(line_of(window).points_mm, before.points_mm)


def test_the_line_is_shown_where_it_would_run_before_anything_is_decided(edited):
    edited.run("line.edit")
    curved, line = edited.middle.curved, edited.model.line
    at = QPointF(curved.scale.x_px(INSIDE_MM), curved._middle())
    QTest.mousePress(curved, Qt.MouseButton.LeftButton, pos=at.toPoint())
    curved.moved(at - QPointF(0.0, 12.0), True)
    assert line.shown is not None
    assert float(line.shown.centerline.locate(np.array(line.to_mm))[2]) < 0.15
    assert edited.model.plan.line_edits == ()
    assert not edited.grab().isNull()


def test_without_the_mode_a_drag_moves_the_cursor_and_not_the_line(edited):
    drag_up_in_curved(edited)
    assert edited.model.plan.line_edits == ()
    assert edited.model.s_mm == pytest.approx(INSIDE_MM, abs=1.0)


def test_a_press_without_a_drag_changes_nothing(edited):
    edited.run("line.edit")
    curved = edited.middle.curved
    QTest.mouseClick(curved, Qt.MouseButton.LeftButton, pos=QPointF(curved.scale.x_px(39.0), curved._middle()).toPoint())
    assert edited.model.plan.line_edits == ()
    assert not edited.model.line.is_dragging


def test_a_control_point_is_dragged_on_and_deleted(edited, qtbot):
    edited.run("line.edit")
    drag_up_in_curved(edited)
    settle(qtbot, edited)
    first = edited.model.plan.line_edits[0].point_mm
    s_mm = float(line_of(edited).locate(np.array(first))[0])
    drag_up_in_curved(edited, s_mm, 1.0)
    settle(qtbot, edited)
    assert len(edited.model.plan.line_edits) == 1
    assert edited.model.plan.line_edits[0].point_mm != first
    edited.model.go_to(s_mm)
    edited.run("line.delete")
    assert edited.model.plan.line_edits == ()


def test_the_section_and_the_planes_drag_the_line_too(edited, qtbot):
    edited.run("line.edit")
    for view in (edited.section, edited.hanging.planes[0]):
        edited.model.go_to(INSIDE_MM)
        edited.grab()
        centre = view.image_rect().center() if view is edited.section else QPointF(view.width() / 2, view.height() / 2)
        drag(view, centre, centre + QPointF(6.0, 0.0))
        settle(qtbot, edited)
        (edit,) = edited.model.plan.line_edits
        assert float(line_of(edited).locate(np.array(edit.point_mm))[2]) < 0.15
        edited.run("edit.undo")
        settle(qtbot, edited)


def test_the_menu_of_a_plane_leads_and_extends_the_line_to_a_place(edited, qtbot):
    edited.run("vessel.next")
    plane = edited.hanging.planes[0]
    edited.run("cursor.end")
    edited.grab()
    asked = []
    menu = next(m for m in edited.findChildren(type(_menu_of(plane))) if m.parent() is plane)
    menu.asked.connect(lambda what, point: asked.append((what, point)))
    shown = menu.menu_at(QPointF(plane.width() / 2 + 9, plane.height() / 2))
    rows = {action.objectName(): action for action in shown.actions()}
    rows["through"].trigger()
    settle(qtbot, edited)
    assert asked[0][0] == "through"
    assert edited.model.plan.line_edits[0].kind == "point"
    rows["extend"].trigger()
    assert edited.model.plan.line_edits[1].kind == "extend"
    assert math.dist(edited.model.plan.line_edits[1].point_mm, asked[0][1]) == 0.0


def _menu_of(view):
    from ui.canvases.line_menu import LineMenu

    return next(child for child in view.children() if isinstance(child, LineMenu))


def test_keys_cut_smooth_and_hold_the_line_at_the_cursor(edited, qtbot):
    edited.run("vessel.next")
    assert edited.model.vessel_name == "LAD"
    edited.model.go_to(20.0)
    for command in ("line.insert", "line.smooth", "line.cut"):
        edited.run(command)
    assert [e.kind for e in edited.model.plan.line_edits] == ["point", "smooth", "cut"]
    settle(qtbot, edited)
    assert line_of(edited).length_mm == pytest.approx(20.0, abs=0.3)


def test_a_renamed_vessel_stays_under_the_cursor_and_a_taken_name_is_refused(edited, qtbot, monkeypatch):
    monkeypatch.setattr(QMessageBox, "open", lambda self: None)
    monkeypatch.setattr(QInputDialog, "getText", lambda *a, **k: ("LAD", True))
    edited.run("line.rename")
    assert edited.model.plan.renamed == ()
    monkeypatch.setattr(QInputDialog, "getText", lambda *a, **k: ("RCA2", True))
    edited.run("line.rename")
    settle(qtbot, edited)
    assert edited.model.plan.renamed == (("RCA", "RCA2"),)


def test_joining_and_removing_vessels_change_the_plan(edited, qtbot, monkeypatch):
    monkeypatch.setattr(QInputDialog, "getItem", lambda *a, **k: ("LAD", True))
    edited.run("line.join")
    (edit,) = edited.model.plan.line_edits
    assert (edit.kind, edit.vessel, edit.other) == ("join", "RCA", "LAD")
    settle(qtbot, edited)
    edited.run("edit.undo")
    settle(qtbot, edited)
    edited.run("line.remove")
    assert edited.model.plan.removed == ("RCA",)


def test_deleting_where_there_is_no_control_point_is_told_and_changes_nothing(edited, monkeypatch):
    told = []
    monkeypatch.setattr(QMessageBox, "open", lambda self: told.append(self.text()))
    edited.run("line.delete")
    assert told == ["There is no control point here."]
    assert edited.model.session.undo_label is None
