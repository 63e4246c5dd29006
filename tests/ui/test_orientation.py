"""Letters come from directions, and follow a flip."""

import numpy as np
import pytest

from planner.session import Session
from tests.ui.made_case import made_analysis, made_volume
from ui.canvases.plane import PLANES, PlaneCanvas
from ui.model import CaseModel
from ui.orientation import letters, opposite


@pytest.mark.parametrize(
    ("direction", "text"),
    [((1, 0, 0), "L"), ((-1, 0, 0), "R"), ((0, 1, 0), "P"), ((0, -1, 0), "A"), ((0, 0, 1), "H"), ((0, 0, -1), "F")],
)
def test_each_axis_has_its_letter(direction, text):
    assert letters(direction) == text


def test_an_oblique_direction_has_two_letters_strongest_first():
    assert letters((0.8, -0.6, 0.0)) == "LA"


def test_the_other_edge_has_the_opposite_letters():
    assert opposite("LA") == "RP"
    assert letters(-np.array([0.8, -0.6, 0.0])) == opposite("LA")


def plane_image(volume, plane, qtbot):
    model = CaseModel()
    analysis = made_analysis(volume)
    model.show_case(analysis, Session(analysis.plan), None)
    canvas = PlaneCanvas(model, plane)
    qtbot.addWidget(canvas)
    canvas.resize(400, 400)
    canvas._pixel_mm = 0.5
    model.go_to_point(np.array([30.0, 30.0, 4.0]))
    image = canvas.fresh_image()
    return image, canvas.edge_letters()


def test_the_patient_left_stays_at_the_letter_l_when_the_columns_are_stored_mirrored(qtbot):
    """The bright block lies on the patient's left: it must be on the side that says L in both storages."""
    sides = []
    for flip in (False, True):
        model_image, edges = plane_image(made_volume(flip_x=flip), PLANES[0], qtbot)
        bright = [x for x in range(0, 400, 4) for y in range(0, 400, 4) if model_image.pixelColor(x, y).value() >= 250]
        assert bright, "the block must be in the picture"
        right_half = np.mean(bright) > 200
        sides.append(edges["right"] if right_half else edges["left"])
    assert sides == ["L", "L"]


def test_each_plane_names_its_own_edges(qtbot):
    seen = {}
    for plane in PLANES:
        _, seen[plane.name] = plane_image(made_volume(), plane, qtbot)
    assert seen["Axial"] == {"left": "R", "right": "L", "top": "A", "bottom": "P"}
    assert seen["Coronal"] == {"left": "R", "right": "L", "top": "H", "bottom": "F"}
    assert seen["Sagittal"] == {"left": "A", "right": "P", "top": "H", "bottom": "F"}
