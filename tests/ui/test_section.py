"""The section's drawing: the clock, the calcium and its arc."""

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from ui.canvases.section import SectionCanvas, _closed, _runs


@pytest.fixture
def canvas(model, qtbot):
    canvas = SectionCanvas(model)
    qtbot.addWidget(canvas)
    canvas.resize(400, 400)
    return canvas


def painted(canvas, inner, outer):
    picture = QImage(400, 400, QImage.Format.Format_RGB32)
    picture.fill(0)
    painter = QPainter(picture)
    canvas._paint_calcium(painter, inner, outer)
    painter.end()

    def is_yellow(hour, r_mm):
        at = canvas._at(np.radians(30 * hour), r_mm).toPoint()
        return picture.pixelColor(at).red() > 60

    return is_yellow


def test_the_clock_runs_clockwise_from_the_top(canvas):
    twelve, three = canvas._at(0.0, 1.0), canvas._at(np.pi / 2, 1.0)
    assert (twelve.x(), three.y()) == (200.0, 200.0)
    assert twelve.y() < 200 < three.x()


def test_calcium_is_filled_where_its_bins_are_and_nowhere_else(canvas):
    outer, inner = np.full(360, np.nan), np.full(360, np.nan)
    outer[60:121], inner[60:121] = 2.0, 1.0
    is_yellow = painted(canvas, inner, outer)
    assert is_yellow(3, 1.5)
    assert not is_yellow(3, 0.5)
    assert not is_yellow(9, 1.5)
    assert not is_yellow(3, 2.4)


def test_a_bin_without_an_inner_edge_leaves_no_gap(canvas):
    outer, inner = np.full(360, np.nan), np.full(360, np.nan)
    outer[60:121], inner[60:121:2] = 2.0, 1.0
    inner[85:96] = np.nan
    is_yellow = painted(canvas, inner, outer)
    assert is_yellow(3, 1.5)
    assert not is_yellow(3, 0.5)


@pytest.mark.parametrize(
    ("start", "count", "expected"), [(10, 20, [(10, 20)]), (350, 20, [(350, 20)]), (0, 0, []), (0, 360, [(0, 361)])]
)
def test_runs_go_round_twelve_o_clock_as_one(start, count, expected):
    present = np.zeros(360, dtype=bool)
    present[np.arange(start, start + count) % 360] = True
    assert [(run[0] % 360, len(run)) for run in _runs(present)] == expected


def test_the_lumen_is_not_drawn_where_it_is_closed(canvas, model, monkeypatch):
    drawn = []
    monkeypatch.setattr(canvas, "_paint_contour", lambda painter, r_mm, token, width: drawn.append(token))
    picture = QImage(400, 400, QImage.Format.Format_RGB32)
    for s_mm in (10.0, 39.0):
        model.go_to(s_mm)
        painter = QPainter(picture)
        canvas.paint_overlay(painter)
        painter.end()
    assert drawn == ["wall", "lumen", "wall"]


def test_gaps_up_to_five_degrees_are_covered_and_wider_ones_are_not():
    present = np.ones(360, dtype=bool)
    present[100:105] = False
    present[200:206] = False
    present[[358, 359, 0]] = False
    closed = _closed(present)
    assert closed[100:105].all()
    assert not closed[200:206].any()
    assert closed[[358, 359, 0]].all()


def test_a_single_covered_degree_does_not_cover_the_circle():
    present = np.zeros(360, dtype=bool)
    present[40] = True
    assert _closed(present).sum() == 1
    assert not _closed(np.zeros(360, dtype=bool)).any()
