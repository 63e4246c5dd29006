"""Joints with vessels beyond an occlusion: at which end, from where, and what ends a line."""

from dataclasses import replace

import numpy as np
import pytest

from recon import tree
from recon.centering import CentredLine
from recon.centerline import Centerline
from recon.courses import less_sure, with_courses
from recon.heart_frame import HeartFrame
from recon.search_field import field_on
from recon.tree_calibre import IslandEnd, tree_calibre
from recon.tree_ends import ends_before_plaque
from recon.tree_growth import Forest, vessel_cost
from recon.tree_islands import described, islands, joined, largest, wall_cost
from recon.tree_links import contacts, link_odds
from recon.tree_ostia import closed_ostium, outward
from recon.tree_second_look import second_links
from recon.vessels import Aorta, Course, Vessel
from recon.work_grid import work_grid
from tests.recon.test_tree_parts import LINE, forest_along
from tests.recon.tree_objects import LUMEN_HU, tube_volume

FLUSH_MM = 18.0
UP = np.arange(-20.0, 60.0, 2.0)
AORTA = Aorta(np.stack([np.full(len(UP), -12.0), np.zeros(len(UP)), UP], axis=1), np.full(len(UP), 12.0), LUMEN_HU, 10.0)
FRAME = HeartFrame(AORTA.axis_mm[0], np.array([0.0, 0.0, -1.0]), np.array([0.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0]))


@pytest.fixture(scope="module")
def flush():
    """The field of an artery that is closed from the aorta, which lies to its right, on."""
    grid = work_grid(tube_volume(LINE, (0.0, FLUSH_MM)), 0.5)
    index = np.stack(np.meshgrid(*[np.arange(n) for n in grid.hu.shape], indexing="ij"), axis=-1).reshape(-1, 3)
    points = grid.geometry.points_mm(index)
    outside = (np.hypot(points[:, 0] + 12.0, points[:, 1]) - 12.0).reshape(grid.hu.shape)
    return field_on(grid, LUMEN_HU, 20.0, outside.astype(np.float32))


def claimed(field):
    return np.zeros(field.shape, np.int32)


def island_beyond(field):
    """(cost, island) of the tube beyond the occlusion, and its shape as the search describes it."""
    cost = vessel_cost(field)
    found = largest(field, cost, islands(field, cost, claimed(field)))
    return cost, max(found.values(), key=lambda island: len(island.cells))


def test_a_joint_is_tried_at_both_ends_of_an_island(flush):
    _, island = island_beyond(flush)
    arrival = np.ones(flush.shape, np.float32)
    at = flush.points_mm(contacts(flush, island, arrival))
    s_mm = [60.0 * np.linalg.norm(LINE - p, axis=1).argmin() / 600 for p in at]
    assert min(s_mm) == pytest.approx(FLUSH_MM, abs=5.0)
    assert max(s_mm) == pytest.approx(60.0, abs=6.0)


def test_a_joint_with_the_narrow_end_has_worse_odds(flush):
    _, island = island_beyond(flush)
    forest, cells = forest_along(flush, LINE[:80:4])
    calibre = tree_calibre(flush, forest, {})
    near, far = island.shape.ends[0], island.shape.ends[1]
    way = np.array([near.cell, cells[-1]], np.int64)

    def odds(near_mm: float) -> float:
        ends = (IslandEnd(near.cell, near_mm), IslandEnd(far.cell, 1.5))
        return link_odds(flush, forest, calibre, way, replace(island, shape=replace(island.shape, ends=ends)), 0).odds

    assert odds(0.8) < odds(1.5) - 2.0
    assert odds(1.4) == odds(1.5)


def test_a_sinus_is_on_its_side_of_the_aorta_above_the_root(flush):
    left = closed_ostium(flush, AORTA, FRAME, "left")
    points = flush.points_mm(left.cells)
    assert len(points) > 50
    assert np.all(points[:, 0] > -12.0)
    assert points[:, 2].min() > -12.5
    assert outward(flush, flush.cell((1.0, 0.0, 0.0))) @ np.array([1.0, 0.0, 0.0]) > 0.3


def test_an_artery_closed_at_its_ostium_is_joined_with_the_aorta(flush):
    forest = Forest()
    ostium = closed_ostium(flush, AORTA, FRAME, "left")
    links = joined(flush, forest, vessel_cost(flush), claimed(flush), closed=(ostium,))
    assert len(links) == 1
    assert int(links[0].cells[-1]) in ostium.cells
    way = flush.points_mm(forest.way_to_root(forest.leaves[0]))
    assert np.linalg.norm(way[0] - LINE[-1]) < 6.0
    assert np.linalg.norm(way[-1] - LINE[0]) < 4.0


@pytest.mark.parametrize(("support_mm", "closed"), [(12.0, ("left", "right")), (60.0, ("right",))])
def test_a_side_with_a_stub_alone_may_be_closed_at_its_ostium(flush, monkeypatch, support_mm, closed):
    group = tree._Group((), support_mm, is_left=True)
    monkeypatch.setattr(tree, "_groups", lambda *_: [group])
    monkeypatch.setattr(tree, "closed_ostium", lambda _field, _aorta, _frame, side: side)
    start = tree._Start(AORTA, flush, flush.soft_hu, claimed(flush), Forest(), FRAME, support_mm)
    assert tree._closed(start, tree.Seeds()) == closed


def test_no_artery_is_joined_with_the_other_side_of_the_aorta(flush):
    ostium = closed_ostium(flush, AORTA, FRAME, "right")
    assert not ostium.is_place(LINE[300])
    assert joined(flush, Forest(), vessel_cost(flush), claimed(flush), closed=(ostium,)) == []


@pytest.fixture(scope="module")
def stump():
    """A field with an occlusion from 20 to 34 mm, its tree as far as the stump, and the voxels of the island beyond."""
    field = field_on(work_grid(tube_volume(LINE, (20.0, 34.0)), 0.5), LUMEN_HU, 20.0)
    _, island = island_beyond(field)
    beyond = island.cells[field.points_mm(island.cells)[:, 0] > LINE[330, 0]]
    return field, *forest_along(field, LINE[10:200:4]), beyond


def test_a_stump_is_found_from_the_vessel_beyond(stump):
    field, forest, cells, beyond = stump
    own = described(field, vessel_cost(field), beyond)
    links = second_links(field, forest, tree_calibre(field, forest, {}), wall_cost(field), {0: own})
    best = max(links, key=lambda link: link.odds)
    assert np.linalg.norm(field.points_mm(best.cells[-1:])[0] - field.points_mm([cells[-1]])[0]) < 4.0
    dim = replace(own, shape=replace(own.shape, axis_hu=0.4 * LUMEN_HU))
    assert second_links(field, forest, tree_calibre(field, forest, {}), wall_cost(field), {0: dim}) == []


def line_of(beyond_mm: float, beyond_hu: float) -> CentredLine:
    """30 mm of 1.5 mm lumen, 10 mm without, 20 mm of another."""
    n = np.array([60, 20, 40])
    points = np.stack([np.arange(n.sum()) * 0.5, np.zeros(n.sum()), np.zeros(n.sum())], axis=1)
    bridged = np.repeat([False, True, False], n)
    hu = np.repeat([LUMEN_HU, 50.0, beyond_hu], n)
    return CentredLine(points, np.repeat([1.5, 0.0, beyond_mm], n), np.ones(n.sum()), bridged, hu)


def test_a_line_ends_at_its_stump_when_what_follows_is_narrow_and_dim():
    assert ends_before_plaque(line_of(0.5, 0.4 * LUMEN_HU), LUMEN_HU) == 60


@pytest.mark.parametrize(("radius_mm", "share"), [(0.5, 0.7), (1.0, 0.4)])
def test_what_is_bright_or_wide_beyond_an_occlusion_is_lumen(radius_mm, share):
    assert ends_before_plaque(line_of(radius_mm, share * LUMEN_HU), LUMEN_HU) is None


def test_a_line_without_an_occlusion_is_not_cut():
    line = line_of(0.5, 0.4 * LUMEN_HU)
    assert ends_before_plaque(replace(line, bridged=np.zeros(len(line.bridged), bool)), LUMEN_HU) is None


def test_every_bridged_range_has_courses_whose_probabilities_sum_to_one(stump):
    field, line = stump[0], Centerline.through(LINE[::10])
    ones = np.ones(len(line.s_mm))
    vessel = Vessel("RCA", line, ones, ones, bridged_mm=((6.0, 10.0), (24.0, 27.0), (31.0, 34.0)))
    courses = with_courses(vessel, field).courses
    for low, high in vessel.bridged_mm:
        ways = [c for c in courses if c.way_mm[0] <= low and c.way_mm[1] >= high]
        assert len({c.way_mm for c in ways}) == 1
        assert sum(c.probability for c in ways) == pytest.approx(1.0)


def test_a_tube_is_wider_where_a_vessel_was_followed_as_if_its_lumen_were_clear(stump):
    line = Centerline.through(LINE[::10])
    ones = np.ones(len(line.s_mm))
    course = Course(1.0, line.between(20.0, 40.0), np.full(len(line.between(20.0, 40.0)), 0.5), (20.0, 40.0))
    wider = less_sure(course, Vessel("RCA", line, ones, ones, bridged_mm=((20.0, 30.0),))).radius_of_uncertainty_mm
    assert wider[0] == 0.5
    assert wider[-1] > 0.7
