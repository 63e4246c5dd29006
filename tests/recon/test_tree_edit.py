"""Editing a tree gives a new tree, leaves the old one alone and keeps origins and names consistent."""

from dataclasses import replace

import numpy as np
import pytest

from recon.centerline import Centerline
from recon.errors import GeometryError
from recon.tree_edit import (
    cut,
    extended,
    inserted_point,
    joined_vessels,
    moved_point,
    relabelled,
    replace_course,
    rerooted,
    smoothed_range,
    without,
)
from recon.vessels import Problem, Tree, Vessel
from tests.recon.tree_objects import LUMEN_HU, arc_points, tube_volume

LINE = arc_points()


def _vessel(name: str, points: np.ndarray, parent: str | None = None, parent_s_mm: float | None = None) -> Vessel:
    line = Centerline.through(points)
    n = len(line.s_mm)
    return Vessel(name, line, np.full(n, 1.5), np.full(n, 0.9), parent, parent_s_mm)


@pytest.fixture(scope="module")
def volume():
    return tube_volume(LINE)


@pytest.fixture
def tree():
    branch = LINE[300] + np.linspace(0, 1, 12)[:, None] * np.array([3.0, -9.0, 4.0])
    rca = _vessel("RCA", LINE[::20])
    problem = Problem("distal-vessel-not-found", "RCA", 60.0, None, "Click.")
    return Tree((rca, _vessel("AM", branch, "RCA", 30.0)), (problem,), None, None, None)


def test_a_point_dragged_off_the_vessel_is_centred_again_near_it(volume, tree):
    rca = tree.vessel("RCA")
    s = 30.0
    to = rca.centerline.at(s)[0] + np.array([0.0, 0.5, 0.8])
    made = moved_point(volume, rca, s, to, LUMEN_HU)
    _, _, apart = made.centerline.locate(LINE[100:500])
    assert apart.max() < 0.3
    assert made.state == "edited"
    assert rca.state == "auto"


def test_a_drag_leaves_the_far_line_as_it_was(volume, tree):
    rca = tree.vessel("RCA")
    made = inserted_point(volume, rca, rca.centerline.at(30.0)[0] + np.array([0.0, 0.0, 1.0]), LUMEN_HU)
    _, _, apart = made.centerline.locate(rca.centerline.between(48.0, 58.0))
    assert apart.max() < 0.05


def test_a_point_that_is_not_finite_is_refused(volume, tree):
    with pytest.raises(GeometryError, match="finite"):
        moved_point(volume, tree.vessel("RCA"), 10.0, [np.nan, 0, 0], LUMEN_HU)


def test_cutting_and_extending_give_the_line_back(tree):
    rca = tree.vessel("RCA")
    short = cut(rca, 40.0)
    assert short.centerline.length_mm == pytest.approx(40.0, abs=0.1)
    again = extended(short, Centerline.through(rca.centerline.between(39.0, rca.centerline.length_mm)[::-1]))
    assert again.centerline.length_mm == pytest.approx(rca.centerline.length_mm, abs=0.3)


def test_extending_by_what_is_already_there_is_refused(tree):
    rca = tree.vessel("RCA")
    with pytest.raises(GeometryError, match="nothing to add"):
        extended(rca, Centerline.through(rca.centerline.between(55.0, rca.centerline.length_mm)))


def test_joining_hands_over_the_branches(tree):
    more = _vessel("B1", LINE[-1] + np.linspace(0.0, 1.0, 9)[:, None] * np.array([8.0, 9.0, -3.0]))
    sub = _vessel("B2", more.centerline.points_mm[-1] + np.linspace(0.0, 1.0, 9)[:, None] * np.array([5.0, 0.0, 5.0]), "B1", 12.0)
    made = joined_vessels(Tree((*tree.vessels, more, sub), (), None, None, None), "RCA", "B1")
    assert made.vessel("B1") is None
    assert made.vessel("B2").parent == "RCA"
    assert made.vessel("B2").parent_s_mm == pytest.approx(made.vessel("RCA").centerline.length_mm, abs=0.5)


def test_deleting_a_vessel_deletes_what_branches_from_it(tree):
    assert [v.name for v in without(tree, "RCA").vessels] == []
    assert [v.name for v in without(tree, "AM").vessels] == ["RCA"]
    assert len(tree.vessels) == 2


def test_renaming_keeps_children_and_refuses_a_taken_name(tree):
    assert relabelled(tree, "RCA", "LAD").vessel("AM").parent == "LAD"
    with pytest.raises(GeometryError, match="taken"):
        relabelled(tree, "RCA", "AM")
    with pytest.raises(GeometryError, match="no such vessel"):
        relabelled(tree, "LCx", "X")


def test_a_vessel_cannot_be_rooted_on_its_own_branch(tree):
    with pytest.raises(GeometryError, match="from itself"):
        rerooted(tree, "RCA", "AM")
    assert rerooted(tree, "AM", None).vessel("AM").parent is None


def test_smoothing_keeps_the_ends_and_shortens_a_zigzag(tree):
    points = LINE[::20] + np.where(np.arange(len(LINE[::20])) % 2, 0.4, -0.4)[:, None] * np.array([0.0, 0.6, 0.8])
    rough = _vessel("RCA", points)
    made = smoothed_range(rough, 10.0, 50.0)
    assert made.centerline.length_mm < rough.centerline.length_mm - 1.0
    np.testing.assert_allclose(made.centerline.points_mm[[0, -1]], rough.centerline.points_mm[[0, -1]], atol=1e-6)


def test_a_drawn_course_replaces_the_vessel_and_clears_its_problem(volume, tree):
    made = replace_course(volume, tree, "RCA", Centerline.through(LINE[20::20]), "edited")
    assert made.vessel("RCA").state == "edited"
    assert made.problems == ()
    assert made.vessel("AM").parent_s_mm == pytest.approx(28.0, abs=0.6)
    assert made.vessel("RCA").lumen_radius_mm[40:-40] == pytest.approx(1.5, abs=0.35)


def test_in_an_occlusion_the_line_runs_through_the_point_as_it_was_put():
    volume = tube_volume(LINE, occluded_mm=(22.0, 40.0))
    rca = _vessel("RCA", LINE[::20])
    rca = replace(rca, bridged_mm=((22.0, 40.0),))
    to = rca.centerline.at(31.0)[0] + np.array([0.0, 1.5, 1.0])
    made = moved_point(volume, rca, 31.0, to, LUMEN_HU)
    assert float(made.centerline.locate(to)[2]) < 0.1
    np.testing.assert_allclose(made.bridged_mm, rca.bridged_mm, atol=1.0)
    assert len(made.lumen_radius_mm) == len(made.centerline.s_mm)


def test_a_drag_stops_at_the_neighbouring_control_points(volume, tree):
    rca = tree.vessel("RCA")
    to = rca.centerline.at(30.0)[0] + np.array([0.0, 0.0, 3.0])
    made = moved_point(volume, rca, 30.0, to, LUMEN_HU, kept_mm=(25.0, 36.0))
    _, _, apart = made.centerline.locate(np.concatenate([rca.centerline.between(2, 24.5), rca.centerline.between(36.5, 58)]))
    assert apart.max() < 0.06


def test_the_last_point_of_a_line_can_be_moved(volume, tree):
    rca = tree.vessel("RCA")
    to = rca.centerline.points_mm[-1] + np.array([1.0, 0.0, 0.0])
    made = moved_point(volume, rca, rca.centerline.length_mm, to, LUMEN_HU)
    np.testing.assert_allclose(made.centerline.points_mm[-1], to, atol=0.02)
