"""A reader's changes: contours pass through the given places and never cross, calcium leaves and comes where it is pointed at."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from recon.errors import GeometryError
from recon.section_edit import (
    ContourPoint,
    calcium_component,
    with_contours_moved,
    with_stent,
    without_calcium_at,
)
from recon.section_threshold import with_calcium_at, with_threshold
from recon.volume import Volume
from tests.recon.drawn_sections import CALCIUM_HU, FAT_HU, LUMEN_HU, PLAQUE_HU, drawn_sections, line, painted_volume

PLACE = 10.0, math.radians(60.0), 1.55


def painted(sector=(30, 90), inner=1.3, outer=1.8, rows=(8.0, 12.0), blur_px=0.6, lumen=1.2):
    def hu_of(s, theta, r):
        wall = np.where(r < lumen, LUMEN_HU, np.where(r < 2.0, PLAQUE_HU, FAT_HU))
        hard = (r > inner) & (r < outer) & (theta > sector[0]) & (theta < sector[1]) & (s > rows[0]) & (s < rows[1])
        return np.where(hard, CALCIUM_HU, wall)

    volume = painted_volume(hu_of)
    return Volume(gaussian_filter(volume.hu.astype(float), blur_px).astype(np.int16), volume.geometry)


def moved(contour="wall", r_mm=2.4, s_mm=10.0, theta=1.0, sections=None):
    return with_contours_moved(sections or drawn_sections(), [ContourPoint(contour, s_mm, theta, r_mm)])


def test_a_moved_wall_passes_through_the_place():
    after = moved(theta=math.radians(90))
    assert after.wall_r_mm[20, 18] == pytest.approx(2.4, abs=1e-3)


def test_neighbours_follow_smoothly_and_far_sections_not_at_all():
    before, after = drawn_sections(), moved(theta=math.radians(90))
    change = (after.wall_r_mm - before.wall_r_mm)[:, 18]
    assert np.all(np.diff(change[20:28]) < 0) and 0.1 < change[22] < 0.4
    assert np.array_equal(after.wall_r_mm[:8], before.wall_r_mm[:8])
    assert np.array_equal(after.wall_area_mm2[:8], before.wall_area_mm2[:8])
    assert after.edited[20] and not after.edited[:8].any()


def test_the_area_changes_as_the_contour_does():
    before, after = drawn_sections(), moved(theta=0.0)
    theta = np.arange(3600) * 2 * np.pi / 3600
    bump = 0.4 * np.exp((np.cos(theta) - 1) / 0.55**2)
    expected = 0.5 * (2 * np.pi / 3600) * ((2.0 + bump) ** 2 - 2.0**2).sum()
    assert (after.wall_area_mm2 - before.wall_area_mm2)[20] == pytest.approx(expected, rel=1e-3)


def test_a_later_point_does_not_undo_an_earlier_one():
    points = [ContourPoint("wall", 10.0, 0.0, 2.4), ContourPoint("wall", 10.5, 0.4, 1.7), ContourPoint("wall", 11.0, 0.0, 2.2)]
    after = with_contours_moved(drawn_sections(), points)
    assert after.wall_r_mm[20, 0] == pytest.approx(2.4, abs=2e-3)
    assert after.wall_r_mm[22, 0] == pytest.approx(2.2, abs=2e-3)


@given(
    st.lists(
        st.tuples(st.sampled_from(["wall", "lumen"]), st.floats(0, 20), st.floats(0, 6.28), st.floats(0.2, 4.0)),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=60, deadline=None)
def test_the_lumen_never_crosses_the_wall(places):
    after = with_contours_moved(drawn_sections(), [ContourPoint(*place) for place in places])
    assert (after.lumen_r_mm <= after.wall_r_mm + 1e-9).all()
    assert (after.lumen_r_mm >= 0).all() and (after.lumen_area_mm2 >= 0).all()


def test_a_lumen_moved_beyond_the_wall_takes_the_wall_along():
    after = moved("lumen", 2.3, theta=0.0)
    assert after.lumen_r_mm[20, 0] == pytest.approx(2.3, abs=1e-3)
    assert after.wall_r_mm[20, 0] >= 2.3


def test_a_wall_moved_inwards_keeps_calcium_inside_it():
    after = moved("wall", 1.5, theta=math.radians(60), sections=drawn_sections(sector=(30, 90)))
    assert np.nanmax(after.calcium_outer_r_mm[20, 60]) <= after.wall_r_mm[20, 12] + 1e-9
    assert after.calcium_area_mm2.best[20] < drawn_sections(sector=(30, 90)).calcium_area_mm2.best[20]


@pytest.mark.parametrize(
    ("contour", "r_mm", "words"), [("wall", 12.0, "cannot lie"), ("wall", 0.05, "cannot lie"), ("skin", 2.0, "does not exist")]
)
def test_places_no_contour_can_have_are_refused(contour, r_mm, words):
    with pytest.raises(GeometryError, match=words):
        moved(contour, r_mm)


def test_a_lumen_cannot_be_moved_where_none_was_seen():
    closed = drawn_sections()
    closed.lumen_open[15:25] = False
    with pytest.raises(GeometryError, match="no lumen"):
        moved("lumen", 1.0, sections=closed)


def test_a_deposit_that_is_none_leaves_and_its_neighbour_stays():
    sections = drawn_sections(sector=(30, 90), rows=slice(10, 14), slack=0.2)
    other = drawn_sections(sector=(200, 260), rows=slice(10, 14))
    for name in ("calcium_inner_r_mm", "calcium_outer_r_mm"):
        np.copyto(getattr(sections, name), getattr(other, name), where=np.isfinite(other.calcium_outer_r_mm))
    sections.calcium_area_mm2.best[10:14] *= 2
    after = without_calcium_at(sections, 6.0, math.radians(60))
    assert after.calcium_area_mm2.best[12] == pytest.approx(other.calcium_area_mm2.best[12])
    assert after.calcium_arc_deg.best[12] == pytest.approx(60.0, abs=2)
    assert np.isnan(after.calcium_outer_r_mm[12, 60]) and np.isfinite(after.calcium_outer_r_mm[12, 230])
    assert list(np.flatnonzero(after.edited)) == [10, 11, 12, 13]


def test_a_deposit_over_twelve_is_one_deposit():
    sections = drawn_sections(sector=(330, 390), rows=slice(10, 14))
    assert calcium_component(sections, 6.0, math.radians(350)).sum() == 4 * 60


def test_excluding_all_calcium_of_a_section_leaves_a_measured_nothing():
    after = without_calcium_at(drawn_sections(sector=(30, 90), slack=0.3), 6.0, math.radians(60))
    for value in (after.calcium_area_mm2.high, after.calcium_arc_deg.high, after.calcium_csa_pct.best):
        assert not value.any()


def test_pointing_beside_every_deposit_is_refused():
    with pytest.raises(GeometryError, match="no calcium"):
        without_calcium_at(drawn_sections(sector=(30, 90), rows=slice(10, 14)), 15.0, math.radians(60))


def test_calcium_that_was_missed_comes_in_with_its_area():
    after = with_calcium_at(painted(lumen=0.0), line(), drawn_sections(0.0), PLACE)
    truth = math.radians(60) / 2 * (1.8**2 - 1.3**2)
    assert after.calcium_area_mm2.best[20] == pytest.approx(truth, rel=0.25)
    assert after.calcium_area_mm2.low[20] < after.calcium_area_mm2.best[20] < after.calcium_area_mm2.high[20]
    assert after.calcium_arc_deg.best[20] == pytest.approx(60.0, abs=14)
    assert after.calcium_area_mm2.best[10] == 0.0 and not after.edited[10] and after.edited[20]


def test_calcium_is_not_counted_twice_when_it_was_there():
    sections = drawn_sections(0.0, sector=(30, 90), rows=slice(16, 25))
    after = with_calcium_at(painted(lumen=0.0), line(), sections, PLACE)
    fresh = with_calcium_at(painted(lumen=0.0), line(), drawn_sections(0.0), PLACE)
    both = max(sections.calcium_area_mm2.best[20], fresh.calcium_area_mm2.best[20])
    assert after.calcium_area_mm2.best[20] == pytest.approx(both, rel=0.08)


def test_a_higher_threshold_gives_less_calcium():
    areas = [
        with_threshold(painted(), line(), drawn_sections(), 8.0, 12.0, hu).calcium_area_mm2.best[20] for hu in (450, 600, 800)
    ]
    assert areas[0] > areas[1] > areas[2] > 0


def test_a_threshold_acts_on_its_stretch_only():
    sections = drawn_sections(sector=(200, 260))
    after = with_threshold(painted(), line(), sections, 8.0, 12.0, 600.0)
    assert after.calcium_arc_deg.best[4] == sections.calcium_arc_deg.best[4]
    assert np.isfinite(after.calcium_outer_r_mm[20, 60]) and np.isnan(after.calcium_outer_r_mm[20, 230])


def test_calcium_inside_the_lumen_takes_its_room():
    after = with_calcium_at(painted(inner=0.6, outer=1.4), line(), drawn_sections(), (10.0, math.radians(60), 1.0))
    assert after.lumen_area_mm2[20] < drawn_sections().lumen_area_mm2[20] - 0.2


@pytest.mark.parametrize(
    ("place", "words"), [((10.0, 4.0, 1.55), "nothing that bright"), ((10.0, 1.0, 5.0), "outside the vessel")]
)
def test_pointing_at_no_calcium_is_refused(place, words):
    with pytest.raises(GeometryError, match=words):
        with_calcium_at(painted(), line(), drawn_sections(), place)


@pytest.mark.parametrize("hu", [20.0, 5000.0, float("nan")])
def test_a_threshold_that_is_none_is_refused(hu):
    with pytest.raises(GeometryError, match="threshold"):
        with_threshold(painted(), line(), drawn_sections(), 8.0, 12.0, hu)


def test_the_ends_of_a_stent_are_in_it_though_places_are_not_exact():
    after = with_stent(drawn_sections(), 8.02, 3.97)
    assert list(np.flatnonzero(after.stent)) == list(range(8, 17))


def test_a_stent_is_not_measured_and_not_zero():
    after = with_stent(drawn_sections(sector=(0, 360)), 4.0, 8.0)
    assert np.isnan(after.calcium_area_mm2.best[8:17]).all() and np.isfinite(after.calcium_area_mm2.best[17:]).all()
    assert after.stent[10] and not after.stent[20] and (after.grade[8:17] == "D").all()
    assert np.isnan(after.calcium_outer_r_mm[10]).all()
