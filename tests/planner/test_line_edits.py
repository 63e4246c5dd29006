"""A reader's changes of lines are made in order, taken back one by one, and fail as problems of the tree."""

import numpy as np
import pytest

from planner.edits import change_line, delete_control_point, rename_vessel
from planner.line_edits import dragged, edited_lines
from planner.plan import Plan, Said, SeriesRef
from planner.plan_json import plan_from_json, plan_to_json
from recon.centerline import Centerline
from recon.errors import CallError
from recon.vessels import Tree, Vessel
from tests.recon.tree_objects import arc_points, tube_volume

LINE = arc_points()
WHO = Said("reader", "2026-11-21T10:00:00+00:00")
PLAN = Plan(SeriesRef("1.2.3"))


def _vessel(name: str, points: np.ndarray, parent: str | None = None, parent_s_mm: float | None = None) -> Vessel:
    line = Centerline.through(points)
    n = len(line.s_mm)
    return Vessel(name, line, np.full(n, 1.5), np.full(n, 0.9), parent, parent_s_mm, bridged_mm=())


@pytest.fixture(scope="module")
def volume():
    return tube_volume(LINE, occluded_mm=(22.0, 40.0))


@pytest.fixture(scope="module")
def tree():
    branch = LINE[120] + np.linspace(0, 1, 12)[:, None] * np.array([3.0, -9.0, 4.0])
    return Tree((_vessel("RCA", LINE[::20]), _vessel("AM", branch, "RCA", 12.0)), (), None, None, None)


def _at(tree: Tree, s_mm: float, offset=(0.0, 0.0, 0.0)) -> tuple[float, float, float]:
    x, y, z = tree.vessel("RCA").centerline.at(s_mm)[0] + np.asarray(offset)
    return float(x), float(y), float(z)


def _change(plan: Plan, kind: str, point, **more) -> Plan:
    return change_line(plan, kind=kind, vessel="RCA", point_mm=point, said=WHO, **more)


def test_control_points_are_kept_by_later_ones_and_deleted_one_by_one(volume, tree):
    first, second = _at(tree, 28.0, (0, 1.4, 0.8)), _at(tree, 34.0, (0, 1.0, 1.2))
    plan = _change(_change(PLAN, "point", first), "point", second)
    line = edited_lines(volume, tree, plan.line_edits).vessel("RCA").centerline
    assert np.all(line.locate(np.array([first, second]))[2] < 0.15)
    fewer = delete_control_point(plan, vessel="RCA", near_mm=second)
    line = edited_lines(volume, tree, fewer.line_edits).vessel("RCA").centerline
    assert float(line.locate(first)[2]) < 0.15
    assert float(line.locate(second)[2]) > 0.5
    none = delete_control_point(fewer, vessel="RCA", near_mm=first)
    assert edited_lines(volume, tree, none.line_edits) is tree


def test_a_dragged_control_point_moves_instead_of_leaving_another_behind(tree):
    first, second = _at(tree, 28.0, (0, 1.4, 0.8)), _at(tree, 28.0, (0, 2.0, 0.2))
    plan = _change(_change(PLAN, "point", first), "point", second, dragged_from=first)
    assert [e.point_mm for e in plan.line_edits] == [second]


def test_what_is_shown_while_dragging_is_what_the_edit_makes(volume, tree):
    point = _at(tree, 30.0, (0, 1.2, 0.6))
    shown = dragged(volume, tree, "RCA", point, ())
    made = edited_lines(volume, tree, _change(PLAN, "point", point).line_edits).vessel("RCA")
    assert made.centerline.locate(shown.centerline.points_mm)[2].max() < 0.01


def test_a_line_is_cut_extended_and_smoothed_and_other_vessels_keep_their_objects(volume, tree):
    cut = edited_lines(volume, tree, _change(PLAN, "cut", _at(tree, 45.0)).line_edits)
    assert cut.vessel("RCA").centerline.length_mm == pytest.approx(45.0, abs=0.1)
    assert cut.vessel("AM").centerline is tree.vessel("AM").centerline
    longer = edited_lines(volume, cut, _change(PLAN, "extend", _at(tree, 58.0)).line_edits)
    assert longer.vessel("RCA").centerline.length_mm == pytest.approx(58.0, abs=0.6)
    smooth = edited_lines(volume, tree, _change(PLAN, "smooth", _at(tree, 30.0)).line_edits)
    assert smooth.vessel("RCA").state == "edited"


def test_joining_makes_one_vessel_of_two(volume):
    parts = Tree((_vessel("RCA", LINE[:300:20]), _vessel("B1", LINE[320::20])), (), None, None, None)
    joined = edited_lines(volume, parts, _change(PLAN, "join", tuple(LINE[320]), other="B1").line_edits)
    assert [v.name for v in joined.vessels] == ["RCA"]
    assert joined.vessel("RCA").centerline.length_mm == pytest.approx(60.0, abs=2.0)


def test_a_change_that_cannot_be_made_any_more_is_a_problem_with_its_place(volume, tree):
    plan = _change(PLAN, "join", _at(tree, 50.0), other="B9")
    made = edited_lines(volume, tree, plan.line_edits)
    assert made.vessels == tree.vessels
    assert made.problems[0].code == "line-join-not-made"
    assert made.problems[0].point_mm == _at(tree, 50.0)


def test_extending_into_nothing_is_a_typed_problem(tree):
    short = tube_volume(LINE, ends_at_mm=30.0)
    cut = edited_lines(short, tree, _change(PLAN, "cut", _at(tree, 28.0)).line_edits)
    made = edited_lines(short, cut, _change(PLAN, "extend", _at(tree, 59.0)).line_edits)
    assert made.vessel("RCA").centerline.length_mm == pytest.approx(28.0, abs=0.1)
    assert made.problems[0].code == "no-vessel-at-click"
    assert made.problems[0].advice.count(". ") == 2


@pytest.mark.parametrize(
    ("kind", "point"), [("bend", (0.0, 0.0, 0.0)), ("point", (0.0, float("nan"), 0.0)), ("point", (1.0, 2.0))]
)
def test_impossible_changes_are_refused(kind, point):
    with pytest.raises(CallError):
        _change(PLAN, kind, point)


def test_deleting_where_there_is_no_control_point_is_refused(tree):
    with pytest.raises(CallError, match="no control point"):
        delete_control_point(_change(PLAN, "point", _at(tree, 30.0)), vessel="RCA", near_mm=_at(tree, 50.0))


def test_changes_follow_a_renamed_vessel_and_survive_the_file(tree):
    plan = rename_vessel(_change(PLAN, "point", _at(tree, 30.0)), name="RCA", new_name="LCx")
    assert [e.vessel for e in plan.line_edits] == ["LCx"]
    again = rename_vessel(plan, name="LCx", new_name="RCA")
    assert again.renamed == ()
    assert plan_from_json(plan_to_json(plan)) == plan
