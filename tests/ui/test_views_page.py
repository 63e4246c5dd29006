"""The views page: the simulated angiogram follows the angles, and the laboratory can be chosen."""

import numpy as np
from PySide6.QtCore import QPoint, Qt

from planner.settings import lab_names
from ui.canvases.angiogram import PIXELS


def pixels(view):
    _, image = view._picture()
    return np.frombuffer(image.constBits(), np.uint8).reshape(PIXELS, image.bytesPerLine())[:, :PIXELS].copy()


def test_the_angiogram_shows_vessels_dark_and_turns_with_the_angles(opened):
    opened.show_step("views")
    view = opened.pages["views"].angiogram
    opened.model.set_angles(0.0, 0.0)
    front = pixels(view)
    opened.model.set_angles(60.0, 0.0)
    side = pixels(view)
    assert front.min() < 130 < 230 < front.max()
    assert np.abs(front.astype(int) - side).max() > 100


def test_a_click_on_a_vessel_of_the_angiogram_goes_there(opened, qtbot):
    opened.show_step("views")
    view, model = opened.pages["views"].angiogram, opened.model
    vessel = model.analysis.tree.vessel("LAD")
    point = vessel.centerline.at(20.0)[0]
    x, y = view._places(view._picture()[0], np.array([point]))[0]
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(y)))
    assert model.vessel_name == "LAD"
    assert abs(model.s_mm - 20.0) < 1.5


def test_a_click_beside_every_vessel_changes_nothing(opened, qtbot):
    opened.show_step("views")
    view, model = opened.pages["views"].angiogram, opened.model
    before = model.vessel_name, model.s_mm
    frame = view._picture()[0]
    places = np.concatenate([view._places(frame, v.centerline.points_mm) for v in model.analysis.tree.vessels])
    corners = [QPoint(int(view._box().left()) + 3, 3), QPoint(int(view._box().right()) - 3, view.height() - 3)]
    free = next(c for c in corners if np.linalg.norm(places - [c.x(), c.y()], axis=1).min() > 30)
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=free)
    assert (model.vessel_name, model.s_mm) == before


def test_another_laboratory_is_one_undo_step_and_starts_the_search_of_views_again(opened, qtbot):
    opened.show_step("views")
    page, model = opened.pages["views"], opened.model
    assert [page.labs.itemText(n) for n in range(page.labs.count())] == list(lab_names())
    other = next(name for name in lab_names() if name != model.plan.lab)
    page.labs.setCurrentText(other)
    page.labs.activated.emit(page.labs.currentIndex())
    assert model.plan.lab == other
    model.undo()
    assert model.plan.lab == "default"
