"""A path between clicks is centred, runs through an occlusion and says so, and fails in a typed way."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from recon.centerline import Centerline
from recon.errors import GeometryError
from recon.kernels.path import guided_steps, minimal_cost, walk_back
from recon.path import PathFailure, follow, followed_line
from recon.volume import Volume
from tests.recon.tree_objects import arc_points, tube_volume

LINE = arc_points()
NO_MARKS = np.zeros((0, 0, 0), np.uint8)


def _apart_mm(points: np.ndarray) -> np.ndarray:
    return cKDTree(LINE).query(points)[0]


@pytest.fixture(scope="module")
def open_volume():
    return tube_volume(LINE)


def test_a_path_along_an_open_vessel_is_centred_below_a_voxel(open_volume):
    found = follow(open_volume, LINE[[10, -10]] + 0.4)
    assert isinstance(found, Centerline)
    inner = found.points_mm[8:-8]
    assert _apart_mm(inner).mean() < 0.15
    assert found.length_mm == pytest.approx(58.0, abs=2.0)


def test_a_path_runs_through_an_occlusion_on_the_cord_and_marks_it():
    line = followed_line(tube_volume(LINE, occluded_mm=(25.0, 40.0)), LINE[[10, -10]])
    assert not isinstance(line, PathFailure)
    assert _apart_mm(line.points_mm).mean() < 0.3
    s = np.arange(len(line.points_mm)) * 0.5 + 1.0
    marked = s[line.bridged]
    assert marked.min() == pytest.approx(25.0, abs=2.5)
    assert marked.max() == pytest.approx(40.0, abs=2.5)
    assert np.all(line.radius_mm[line.bridged] == 0)


def test_an_open_vessel_is_not_marked_as_bridged(open_volume):
    line = followed_line(open_volume, LINE[[10, -10]])
    assert not isinstance(line, PathFailure)
    assert not line.bridged.any()


def test_clicks_are_taken_in_their_order(open_volume):
    found = follow(open_volume, LINE[[-10, 300, 10]])
    assert isinstance(found, Centerline)
    np.testing.assert_allclose(found.points_mm[0], LINE[-10], atol=0.3)
    np.testing.assert_allclose(found.points_mm[-1], LINE[10], atol=0.3)


@pytest.fixture(scope="module")
def nearest(open_volume):
    """(distance to the line in mm, index of its nearest point) of every voxel."""
    points = open_volume.geometry.points_mm(np.stack(np.indices(open_volume.hu.shape), axis=-1))
    return cKDTree(LINE).query(points, distance_upper_bound=5.0)


def _replaced(volume: Volume, where: np.ndarray, hu: float) -> Volume:
    """The volume with one tissue in some of its voxels."""
    tissue = hu + np.random.default_rng(5).normal(0, 20, volume.hu.shape)
    return Volume(np.where(where, tissue, volume.hu).astype(np.int16), volume.geometry)


@pytest.mark.parametrize("tissue_hu", [-90.0, 110.0], ids=["fat", "muscle"])
def test_a_way_that_leaves_every_vessel_is_a_typed_failure_with_its_place(open_volume, tissue_hu):
    across = np.broadcast_to(np.arange(open_volume.hu.shape[2]), open_volume.hu.shape)
    first, last = open_volume.geometry.index_kji(LINE[[220, 340]])[:, 2]
    found = follow(_replaced(open_volume, (across > first) & (across < last), tissue_hu), LINE[[10, -10]])
    assert isinstance(found, PathFailure)
    assert found.code == "no-vessel-seen"
    assert np.linalg.norm(np.array(found.point_mm) - LINE[280]) < 8.0


@pytest.mark.parametrize("order", [(100, 450), (450, 100)], ids=["second click", "first click"])
def test_a_click_on_no_vessel_is_refused_in_three_sentences_with_its_place(open_volume, nearest, order):
    found = follow(_replaced(open_volume, nearest[1] > 300, -90.0), LINE[list(order)])
    assert isinstance(found, PathFailure)
    assert found.code == "no-vessel-at-click"
    np.testing.assert_allclose(found.point_mm, LINE[450])
    assert found.told.count(". ") == 2
    assert found.told.endswith(".")


def test_a_click_in_a_chamber_as_bright_as_lumen_is_refused(open_volume):
    column = np.arange(open_volume.hu.shape[2])
    volume = _replaced(open_volume, np.broadcast_to(column >= 90, open_volume.hu.shape), 380.0)
    chamber = volume.geometry.points_mm(np.array([volume.hu.shape[0] // 2, volume.hu.shape[1] // 2, 115]))
    found = follow(volume, np.stack([LINE[100], chamber]))
    assert isinstance(found, PathFailure)
    assert found.code == "no-vessel-at-click"


@pytest.mark.parametrize("body_hu", [50.0, 900.0], ids=["soft", "calcified"])
def test_a_click_1_mm_beside_the_axis_of_an_occlusion_is_taken(open_volume, nearest, body_hu):
    apart, place = nearest
    volume = _replaced(open_volume, (apart < 2.0) & (place > 250) & (place < 450), body_hu)
    found = follow(volume, np.stack([LINE[150], LINE[400] + np.array([0.0, 0.0, 1.0])]))
    assert isinstance(found, Centerline)
    assert _apart_mm(found.points_mm).max() < 1.2


def test_clicks_out_of_their_order_make_no_line_that_runs_out_and_back(open_volume):
    found = follow(open_volume, LINE[[10, 400, 150, -10]])
    assert isinstance(found, PathFailure)
    assert found.code == "crosses-itself"
    assert found.point_mm is not None


@pytest.mark.parametrize(
    ("clicks", "code"),
    [
        ([LINE[10], LINE[10] + 0.3], "points-too-close"),
        ([LINE[10], LINE[10] + 500.0], "point-outside"),
    ],
)
def test_clicks_that_cannot_make_a_line_are_refused(open_volume, clicks, code):
    found = follow(open_volume, np.array(clicks))
    assert isinstance(found, PathFailure)
    assert found.code == code


@pytest.mark.parametrize("clicks", [[[0.0, 0.0, 0.0]], [[0.0, 0.0], [1.0, 1.0]], [[0.0, 0.0, np.nan], [1.0, 1.0, 1.0]]])
def test_values_that_are_no_points_raise(open_volume, clicks):
    with pytest.raises(GeometryError, match="two points"):
        follow(open_volume, clicks)


def test_the_cheapest_way_goes_round_a_barrier_through_its_gap():
    cost = np.ones((1, 9, 9), np.float32)
    cost[0, :8, 4] = 0.0
    source = np.array([np.ravel_multi_index((0, 0, 0), cost.shape)], np.int64)
    goal = np.zeros(cost.shape, np.uint8)
    goal[0, 0, 8] = 1
    arrival, step, reached = minimal_cost(cost, source, np.zeros(1, np.float32), np.float32(np.inf), goal)
    cells = walk_back(step, reached, NO_MARKS)
    assert (0, 8, 4) in [tuple(int(v) for v in np.unravel_index(c, cost.shape)) for c in cells]
    assert arrival[0, 0, 8] == pytest.approx(8 * np.sqrt(2) + 8, abs=1e-3)


def test_a_barrier_without_a_gap_is_not_crossed():
    cost = np.ones((3, 9, 9), np.float32)
    cost[:, :, 4] = 0.0
    source = np.zeros(1, np.int64)
    goal = np.zeros(cost.shape, np.uint8)
    goal[0, 0, 8] = 1
    assert minimal_cost(cost, source, np.zeros(1, np.float32), np.float32(np.inf), goal)[2] == -1


def test_a_point_between_leads_through_what_the_images_do_not_show(open_volume):
    across = np.broadcast_to(np.arange(open_volume.hu.shape[2]), open_volume.hu.shape)
    first, last = open_volume.geometry.index_kji(LINE[[270, 370]])[:, 2]
    dark = _replaced(open_volume, (across > first) & (across < last), -90.0)
    assert isinstance(follow(dark, LINE[[10, -10]]), PathFailure)
    assert isinstance(follow(dark, LINE[[10, 320, -10]]), Centerline)


def test_a_search_led_by_the_cost_that_is_left_finds_a_way_as_cheap_as_one_that_is_not():
    rng = np.random.default_rng(4)
    cost = rng.uniform(0.5, 6.0, (12, 14, 16)).astype(np.float32)
    cost[rng.random(cost.shape) < 0.2] = 0.0
    start, goal = 0, cost.size - 1
    cost.ravel()[[start, goal]] = 1.0
    none = np.zeros((0, 0, 0), np.uint8)
    to_goal, _, _ = minimal_cost(cost, np.array([goal]), np.zeros(1, np.float32), np.float32(np.inf), none)
    dear = cost * rng.choice(np.array([1.0, 3.0], np.float32), cost.shape)
    arrival, _, _ = minimal_cost(dear, np.array([start]), np.zeros(1, np.float32), np.float32(np.inf), none)
    most_ahead = np.float32(0.8 * to_goal.ravel()[start])
    step, arrived = guided_steps(dear, cost, start, goal, to_goal, most_ahead, np.float32(np.inf))
    cells = np.stack(np.unravel_index(walk_back(step, goal, NO_MARKS), cost.shape), axis=1)
    assert arrived
    value = dear[tuple(cells.T)]
    paid = np.sum(np.linalg.norm(np.diff(cells, axis=0), axis=1) * 0.5 * (value[1:] + value[:-1]))
    assert paid == pytest.approx(float(arrival.ravel()[goal]), rel=1e-4)
    too_little = np.float32(0.99 * to_goal.ravel()[start])
    assert not guided_steps(dear, cost, start, goal, to_goal, most_ahead, too_little)[1]
    dear[:, 7, :] = 0.0
    assert not guided_steps(dear, cost, start, goal, to_goal, most_ahead, np.float32(np.inf))[1]
