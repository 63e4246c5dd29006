"""Parts of the tree search on small tubes: calibre, where lines end, what is called lost, names, the aorta."""

from dataclasses import replace

import numpy as np
import pytest

from recon.aorta import aorta_candidates
from recon.centerline import Centerline
from recon.geometry import Geometry
from recon.report import silent
from recon.search_field import field_on
from recon.tree_barriers import off_rims
from recon.tree_calibre import island_shape, radii_mm, tree_calibre
from recon.tree_ends import end_in_lumen
from recon.tree_growth import Forest, vessel_cost
from recon.tree_name import dominance
from recon.tree_problems import SHORTEST_MM, cord_ahead, problems_of
from recon.tree_vessels import line_on
from recon.volume import Volume
from recon.work_grid import WorkGrid, work_grid
from tests.recon.tree_objects import LUMEN_HU, arc_points, tube_volume

LINE = arc_points()
CAP_MM = 30.0


def field_of(volume):
    return field_on(work_grid(volume, 0.5), LUMEN_HU, 20.0, None, silent)


@pytest.fixture(scope="module")
def open_field():
    return field_of(tube_volume(LINE))


@pytest.fixture(scope="module")
def occluded():
    return tube_volume(LINE, occluded_mm=(CAP_MM, 60.0))


@pytest.fixture(scope="module")
def ended():
    return tube_volume(LINE, ends_at_mm=CAP_MM)


def forest_along(field, points):
    """A forest of one line through LPS points, ostium first."""
    cells = list(dict.fromkeys(field.cell(p) for p in points))
    forest = Forest()
    forest.add_way(np.array(cells[::-1]), root=True)
    return forest, cells


def first_part(until_mm):
    line = Centerline.through(LINE[::10])
    return Centerline.through(line.between(0.0, until_mm)[::4])


def test_the_radius_along_a_tube_is_its_own(open_field):
    radius, axis_hu = radii_mm(open_field, LINE[100:500:8])
    assert np.median(radius) == pytest.approx(1.5, abs=0.25)
    assert np.median(axis_hu) == pytest.approx(LUMEN_HU, rel=0.15)


def test_calibre_is_lost_at_the_end_of_a_line_and_not_along_it(open_field):
    forest, cells = forest_along(open_field, LINE[20:560:4])
    calibre = tree_calibre(open_field, forest, {})
    assert calibre.lost(cells[-1]) == 1.0
    assert calibre.lost(cells[len(cells) // 2]) < 0.15
    assert calibre.lost(cells[0]) == 0.0


def test_an_island_is_calcium_when_it_is_denser_than_lumen(open_field):
    cost = vessel_cost(open_field)
    cells = np.array(forest_along(open_field, LINE[100:400:4])[1], np.int64)
    assert not island_shape(open_field, cost, cells).is_calcium
    dense = replace(open_field, grid=WorkGrid(open_field.grid.hu * 2.0, open_field.grid.geometry))
    assert island_shape(dense, cost, cells).is_calcium


def test_a_joint_that_leads_to_too_little_lumen_is_taken_back(open_field):
    forest, cells = forest_along(open_field, LINE[20:560:4])
    third = len(cells) // 3
    followed, ends = set(cells[:third]), {cells[third - 1]}
    forest.bridged = set(cells[third:-4])
    end_in_lumen(open_field, forest, followed, ends)
    assert forest.leaves == [cells[third - 1]]
    assert set(forest.towards) == followed


def test_a_joint_that_leads_to_lumen_is_kept_up_to_its_end(open_field):
    forest, cells = forest_along(open_field, LINE[20:560:4])
    third = len(cells) // 3
    forest.bridged = set(cells[third : third + 20])
    end_in_lumen(open_field, forest, set(cells[:third]), {cells[third - 1]})
    assert forest.leaves == [cells[-1]]


def test_calcium_at_the_end_of_a_line_is_no_part_of_it(open_field):
    hu = open_field.grid.hu.copy()
    forest, cells = forest_along(open_field, LINE[20:560:4])
    hu.ravel()[cells[-8:]] = 1200.0
    field = replace(open_field, grid=WorkGrid(hu, open_field.grid.geometry))
    end_in_lumen(field, forest, set(cells), {cells[-1]})
    assert cells.index(forest.leaves[0]) < len(cells) - 7


def test_a_cord_leads_on_from_an_occlusion_and_not_from_a_natural_end(occluded, ended):
    for volume, leads_on in ((occluded, True), (ended, False)):
        vessel = line_on(volume, "RCA", first_part(CAP_MM - 1.0), LUMEN_HU)
        evidence = cord_ahead(field_of(volume), vessel, vessel.centerline.length_mm, (vessel,))
        assert (evidence > 0.7) is leads_on


def test_a_vessel_is_called_lost_at_a_stump_only(occluded, ended, monkeypatch):
    monkeypatch.setitem(SHORTEST_MM, "RCA", 0.0)  # the line of this object is shorter than any real one
    for volume, lost in ((occluded, True), (ended, False)):
        vessel = line_on(volume, "RCA", first_part(CAP_MM - 1.0), LUMEN_HU)
        codes = [(p.code, p.vessel) for p in problems_of(field_of(volume), (vessel,))]
        assert (("distal-vessel-not-found", "RCA") in codes) is lost
        assert ("vessel-not-found", "LAD") in codes and ("ostium-not-found", "left") in codes


def test_dominance_is_left_when_the_circumflex_reaches_the_crux_and_no_right_branch_does():
    assert dominance({"RCA", "LAD", "LCx"}, lcx_at_crux=True) == "left"
    assert dominance({"RCA", "R-PDA"}, lcx_at_crux=True) == "right"
    assert dominance({"RCA", "LAD", "LCx"}) == "unknown"


def round_tube(core_hu, rim_hu):
    """A vertical tube of 14 mm radius, its outer 3 mm of another density, in soft tissue."""
    k, j, i = np.mgrid[0:30, 0:60, 0:60]
    apart = np.hypot(j - 30, i - 30) * 1.5 + 0.0 * k
    hu = np.where(apart < 11, core_hu, np.where(apart < 14, rim_hu, 30)).astype(np.int16)
    return Volume(hu, Geometry.axial(hu.shape, (1.5, 1.5, 1.5), (0.0, 0.0, 0.0)))


def test_an_even_tube_may_be_the_aorta_and_bone_with_a_dense_rim_may_not():
    assert len(aorta_candidates(work_grid(round_tube(400, 400), 1.5))) == 1
    assert aorta_candidates(work_grid(round_tube(250, 700), 1.5)) == ()


def test_a_stretch_without_tube_contrast_is_a_rim_unless_an_occlusion_is_beside_it(open_field):
    forest, cells = forest_along(open_field, LINE[::5])
    faint = np.array(cells[2 * len(cells) // 5 : len(cells) // 2])
    lumen, wall = open_field.lumen.contrast_hu.copy(), open_field.wall.contrast_hu.copy()
    lumen.ravel()[faint], wall.ravel()[faint] = 40.0, 20.0
    field = replace(
        open_field, lumen=replace(open_field.lumen, contrast_hu=lumen), wall=replace(open_field.wall, contrast_hu=wall)
    )
    assert off_rims(cells, open_field, forest) == cells
    assert len(off_rims(cells, field, forest)) < len(cells) / 2
    forest.bridged |= set(cells[len(cells) // 2 : len(cells) // 2 + 20])
    assert off_rims(cells, field, forest) == cells


def test_what_is_read_on_a_bridge_is_no_calibre(open_field):
    forest, cells = forest_along(open_field, LINE[::5])
    middle = slice(len(cells) // 3, len(cells) // 2)
    forest.bridged |= set(cells[middle])
    calibre = tree_calibre(open_field, forest, {})
    assert {calibre.radius_mm[c] for c in cells[middle]} == {0.0}
    beyond = cells[len(cells) // 2 + 1]
    assert calibre.before_mm(beyond) == pytest.approx(1.5, abs=0.35)
