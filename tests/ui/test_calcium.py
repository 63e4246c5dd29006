"""The calcium page and a reader's changes in the section view."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pyqtgraph import LinearRegionItem
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QInputDialog, QMessageBox

from planner.section_details import vessel_details
from planner.section_edits import edited_sections
from tests.ui.made_case import PROXIMAL_MM, made_analysis
from ui.canvases.along_scale import AlongScale
from ui.canvases.profile import ROWS as PROFILE_ROWS
from ui.canvases.profile import ProfileCanvas
from ui.canvases.unrolled import ROWS, UnrolledCanvas, coloured
from ui.section_decisions import shown_at_once

HERE_MM = 40.0


def detailed(volume, plan):
    """The made-up case with the changes of its plan and the details, as the pipeline would make it."""
    plain = made_analysis(volume, plan)
    sections = {v.name: edited_sections(volume, v, plain.sections[v.name], plan)[0] for v in plain.tree.vessels}
    details = {v.name: vessel_details(volume, v, sections[v.name], plain.physics) for v in plain.tree.vessels}
    return replace(plain, sections=sections, measured=plain.sections, details=details)


@pytest.fixture
def case(qtbot, window, engine, volume):
    engine.analyze = lambda loaded, plan, report: detailed(loaded, plan)
    window.open(Path("made-up"))
    qtbot.waitUntil(lambda: window.model.occlusion is not None, timeout=8000)
    window.show_step("calcium")
    window.model.go_to(HERE_MM)
    return window


@pytest.fixture
def canvas(qtbot, qapp, model, analysis, volume):
    model.analysis = detailed(volume, analysis.plan)
    canvas = UnrolledCanvas(model)
    qtbot.addWidget(canvas)
    canvas.resize(600, 200)
    canvas.follow(AlongScale(5.0, 56.0))
    return canvas


def pixel(case, hour, r_mm):
    return case.section._at(math.radians(30 * hour), r_mm)


def settled(qtbot, case):
    qtbot.waitUntil(lambda: not case.model.is_behind, timeout=8000)


def test_the_page_lists_zones_lesions_and_windows(case):
    page = case.calcium_page
    names = [page.regions.topLevelItem(k).text(0) for k in range(page.regions.topLevelItemCount())]
    assert names == ["proximal cap", "body", "distal cap", "landing", "lesion 1"]
    assert page.windows.topLevelItemCount() >= 2
    assert page.unrolled.details is not None


def test_a_vessel_without_sections_says_so(case):
    case.model.analysis = replace(case.model.analysis, details={})
    assert case.calcium_page.unrolled.empty_text() == "This vessel was not measured"


def test_the_map_stands_under_the_same_place_of_the_curved_view(case):
    curved, unrolled = case.middle.curved.scale, case.calcium_page.unrolled
    case.middle.curved.scaled.emit()
    assert unrolled.place(QPointF(curved.x_px(25.0), unrolled.box(0).center().y()))[0] == pytest.approx(25.0)


def test_calcium_is_bright_at_its_clock_and_its_place(canvas, model):
    picture = canvas.fresh_image()
    box = canvas.box(0)

    def brightness(s_mm, degrees):
        at = QPoint(int(canvas._scale.x_px(s_mm)), int(box.top() + degrees / 360 * box.height()))
        return picture.pixelColor(at).lightness()

    assert brightness(HERE_MM, 100) > brightness(HERE_MM, 300) + 40
    assert brightness(HERE_MM, 100) > brightness(20.0, 100) + 40


def test_a_click_sets_the_cursor_and_hovering_tells_the_value(canvas, model, qtbot):
    said = []
    canvas.hovered.connect(said.append)
    at = QPointF(canvas._scale.x_px(HERE_MM), canvas.box(0).top() + 100 / 360 * canvas.box(0).height())
    canvas.pressed(at)
    canvas.moved(at, False)
    assert model.s_mm == pytest.approx(HERE_MM)
    assert "calcium thickness 1.0 mm" in said[-1] and "3:30" in said[-1]
    canvas.moved(QPointF(2, 2), False)
    assert said[-1] == ""


def test_fewer_maps_when_there_is_no_room(canvas):
    canvas.resize(600, 70)
    assert canvas.rows() == ROWS[:1]
    canvas.resize(600, 300)
    assert canvas.rows() == ROWS


def test_what_was_not_measured_is_grey_and_not_zero():
    table = np.stack([np.arange(256)] * 3, axis=1).astype(np.uint8)
    picture = coloured(np.array([[np.nan, 0.0, 1.0]]), 0.0, 1.0, table)
    assert [picture.pixelColor(x, 0).red() for x in range(3)] == [70, 0, 255]


def test_the_maps_are_drawn_with_marks(canvas, model):
    model.go_to(10.0)
    picture = QImage(600, 200, QImage.Format.Format_RGB32)
    canvas.render(picture)
    x = int(canvas._scale.x_px(PROXIMAL_MM))
    orange = picture.pixelColor(x, int(canvas.box(1).center().y()))
    assert orange.red() > orange.blue() + 60


def test_dragging_the_wall_is_one_decision_that_moves_it(case, qtbot):
    start, end = pixel(case, 9, 2.2).toPoint(), pixel(case, 9, 2.8).toPoint()
    qtbot.mousePress(case.section, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(case.section, end)
    case.section.moved(QPointF(end), True)
    qtbot.mouseRelease(case.section, Qt.MouseButton.LeftButton, pos=end)
    (edit,) = case.model.plan.section_edits
    assert edit.kind == "wall" and case.model.session.undo_label == "outer wall moved"
    row = case.model.section_at(HERE_MM)
    assert case.model.sections.wall_r_mm[row, 54] == pytest.approx(2.8, abs=0.1)
    settled(qtbot, case)
    assert case.model.sections.edited[row]
    assert "reader" in {value.text().split(",")[0] for _, value in case.reading.rows}


def test_a_press_beside_every_contour_moves_nothing(case, qtbot):
    assert case.section.contour_near(pixel(case, 9, 4.0)) is None
    qtbot.mouseClick(case.section, Qt.MouseButton.LeftButton, pos=pixel(case, 9, 4.0).toPoint())
    assert case.model.plan.section_edits == ()


def test_the_lumen_can_be_taken_only_where_there_is_one(case):
    assert case.section.contour_near(pixel(case, 9, 0.8)) is None
    case.model.go_to(10.0)
    assert case.section.contour_near(pixel(case, 9, 1.5)) == "lumen"


def test_the_menu_excludes_a_deposit_at_once_and_undo_brings_it_back(case, qtbot):
    row = case.model.section_at(HERE_MM)
    menu = case.section.menu_at(pixel(case, 3, 1.5))
    next(action for action in menu.actions() if action.objectName() == "exclude").trigger()
    # Shown at once, before the rest is computed again.
    assert case.model.sections.calcium_area_mm2.best[row] == 0.0
    case.model.undo()
    assert case.model.sections.calcium_area_mm2.best[row] > 0.0
    settled(qtbot, case)
    assert case.model.plan.section_edits == ()


def test_a_right_click_opens_the_menu_and_a_right_drag_does_not(case, qtbot, monkeypatch):
    opened = []

    class Menu:
        def popup(self, _):
            return None

    monkeypatch.setattr(case.section, "menu_at", lambda at: opened.append(at) or Menu())
    here = pixel(case, 3, 1.5).toPoint()
    qtbot.mouseClick(case.section, Qt.MouseButton.RightButton, pos=here)
    assert len(opened) == 1
    qtbot.mousePress(case.section, Qt.MouseButton.RightButton, pos=here)
    qtbot.mouseRelease(case.section, Qt.MouseButton.RightButton, pos=here + QPoint(30, 0))
    assert len(opened) == 1


def test_a_threshold_is_asked_for_and_a_cancelled_question_changes_nothing(case, monkeypatch):
    monkeypatch.setattr(QInputDialog, "getDouble", lambda *_: (700.0, False))
    case.gestures.say("threshold", 1.0, 1.5)
    assert case.model.plan.section_edits == ()
    monkeypatch.setattr(QInputDialog, "getDouble", lambda *_: (700.0, True))
    case.gestures.say("threshold", 1.0, 1.5)
    (edit,) = case.model.plan.section_edits
    assert (edit.kind, edit.threshold_hu) == ("threshold", 700.0)


def test_a_stent_is_said_at_its_two_ends_and_shown_as_not_measured(case, qtbot):
    case.gestures.say("stent-end", 0.0, 0.0)
    assert case.model.plan.section_edits == ()
    case.gestures.say("stent-start", 0.0, 0.0)
    case.model.go_to(HERE_MM + 6)
    case.gestures.say("stent-end", 0.0, 0.0)
    settled(qtbot, case)
    row = case.model.section_at(HERE_MM + 3)
    assert case.model.sections.stent[row] and np.isnan(case.model.sections.calcium_area_mm2.best[row])
    assert ("stent", "RCA") in {(tag.kind, tag.vessel) for tag in case.model.plan.implants}
    case.model.go_to(HERE_MM + 3)
    assert "stent, not measured" in {value.text() for _, value in case.reading.rows}


def test_keys_act_on_the_place_under_the_pointer(case):
    case.run("section.exclude")
    assert case.model.plan.section_edits == ()
    case.section.moved(pixel(case, 3, 1.5), False)
    case.run("section.exclude")
    assert [e.kind for e in case.model.plan.section_edits] == ["exclude"]
    case.run("section.take_back")
    assert case.model.plan.section_edits == ()


def test_a_change_that_does_not_fit_is_told_and_not_kept(case, monkeypatch):
    told = []
    monkeypatch.setattr(QMessageBox, "open", lambda box: told.append(box.text()))
    case.model.go_to(10.0)
    case.gestures.say("exclude", 1.0, 1.5)
    assert case.model.plan.section_edits == () and "no calcium" in told[0].lower()


def test_changes_are_listed_and_the_chosen_one_is_taken_back(case, qtbot):
    case.gestures.say("exclude", math.radians(90), 1.5)
    case.gestures.say("wall", math.radians(270), 2.6)
    settled(qtbot, case)
    edits = case.calcium_page.edits
    assert [edits.topLevelItem(k).text(0) for k in range(2)] == ["calcium excluded", "outer wall moved"]
    edits.setCurrentItem(edits.topLevelItem(0))
    case.calcium_page.undo_edit.click()
    assert [e.kind for e in case.model.plan.section_edits] == ["wall"]


def test_a_plan_without_changed_sections_keeps_the_analysis_as_it_is(analysis):
    assert shown_at_once(analysis, analysis.plan, replace(analysis.plan, notes="x")) is analysis


@pytest.mark.parametrize(("places", "hatched"), [((), 0), (((20.0, 26.0),), len(PROFILE_ROWS))])
def test_the_profile_hatches_where_an_occlusion_is_not_excluded(qtbot, model, analysis, places, hatched):
    model.analysis = replace(analysis, not_excluded_mm={model.vessel_name: places})
    profile = ProfileCanvas(model)
    qtbot.addWidget(profile)
    model.analysis_changed.emit()
    regions = [item for plot in profile._plots for item in plot.items if isinstance(item, LinearRegionItem)]
    shown = [region for region in regions if region.brush.style() == Qt.BrushStyle.BDiagPattern]
    assert len(shown) == hatched and all(region.getRegion() == places[0] for region in shown)
    assert bool(profile.toolTip()) == bool(places)
