"""Rows of click paths say right, refused or wrong, and one click more counts only when it makes the path right."""

from types import SimpleNamespace

import numpy as np
import pytest

from planner.bench_cases import NO_DISTAL, VARIED
from planner.bench_clicks import SPANS_MM, click_rows, click_tables
from recon.centerline import Centerline
from recon.report import silent
from tests.recon.tree_objects import arc_points, tube_volume

LINE = Centerline.through(arc_points()[::20])


def _case(distal: str):
    occlusion = SimpleNamespace(vessel="RCA", start_mm=25.0, end_mm=40.0, length_mm=15.0, distal=distal)
    visible_mm = LINE.length_mm if distal == "filled" else 25.0
    wall_mm = np.full(len(LINE.s_mm), 2.1)
    vessel = SimpleNamespace(name="RCA", centerline=LINE, visible_to_mm=visible_mm, wall_radius_mm=wall_mm)
    truth = SimpleNamespace(occlusions=(occlusion,), vessels=(vessel,), vessel=lambda name: vessel)
    return SimpleNamespace(truth=truth, seed=1)


@pytest.fixture(scope="module")
def rows():
    volume = tube_volume(arc_points(), occluded_mm=(25.0, 40.0))
    return click_rows(VARIED, _case("filled"), volume, silent)


@pytest.fixture(scope="module")
def clicked(rows):
    return [r for r in rows if r["kind"] == "clicks"]


def test_a_clear_occlusion_is_right_from_two_clicks_at_every_span(clicked):
    assert [r["span"] for r in clicked] == list(SPANS_MM)
    assert all(r["right"] and r["right_with_one_more"] for r in clicked)
    assert max(r["mean_mm"] for r in clicked) < 0.5


def test_clicks_beside_the_vessel_are_rows_of_their_own(rows):
    off = [r for r in rows if r["kind"] == "off"]
    assert len(off) >= 2
    assert not any(r["made"] for r in off)


def test_the_tables_count_refusals_by_kind_and_wrong_lines(rows, clicked):
    refused = {**clicked[0], "made": False, "right": None, "code": "ways-alike", "right_with_one_more": True}
    wrong = {**clicked[0], "right": False, "right_with_one_more": False}
    (table,) = click_tables([*rows, refused, wrong])
    lines = {line.what: line for line in table.lines}
    assert lines["two exact clicks: refused with a place"].measured == "ways-alike 1"
    assert lines["two exact clicks: right"].measured.startswith("60.0 %")
    assert lines["a line that was returned is right"].measured.startswith("75.0 %")
    assert lines["right with at most one click more"].met is False


def test_a_second_click_beyond_the_end_of_a_vessel_is_refused():
    volume = tube_volume(arc_points(), ends_at_mm=40.0)
    found = click_rows(NO_DISTAL, _case("absent"), volume, silent)
    assert {r["kind"] for r in found} == {"off"}
    assert sum("span" in r for r in found) == len(SPANS_MM)
    assert not any(r["made"] for r in found)
    assert "refused" in click_tables(found)[0].lines[-1].what
