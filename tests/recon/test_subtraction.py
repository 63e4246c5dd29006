"""Two scans of one vessel: the movement between them is found, calcium hidden in contrast is seen without it, and contrast
under calcium is told from none."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from recon.alignment import Registration
from recon.estimate import Band, Estimate
from recon.noncontrast_calcium import spread_along, weighed_calcium
from recon.subtracted_sections import NONE_SEEN, NOT_TOLD, SEEN
from recon.subtraction import GAIN_SD, OTHER_KVP_GAIN_SD, gain_sd, grades, subtracted, verdicts
from recon.subtraction_blur import PairBlur, noncontrast_blur_mm
from recon.subtraction_picture import difference_cut
from tests.recon.scan_pairs import CALCIUM_MM, LENGTH_MM, PHYSICS, WALL_MM, drawn, sections, vessel

STILL = Registration(np.eye(4), 0.0, 0.0, 1.0)
SHIFT = (0.9, -0.7, 0.5)


@cache
def made(closed=False, seen=True, calcium=True, hidden=False):
    """A pair moved by SHIFT; `seen` = the contrast scan's sections call the lumen open."""
    contrast, other = (
        drawn(True, closed=closed, calcium=calcium, hidden=hidden),
        drawn(False, SHIFT, calcium, seed=2, hidden=hidden),
    )
    return subtracted(contrast, other, vessel(), sections(closed=not seen), PHYSICS, STILL)


def inside(s_mm, margin=1.0):
    return (s_mm > CALCIUM_MM[0] + margin) & (s_mm < CALCIUM_MM[1] - margin)


def test_the_movement_left_by_the_rigid_match_is_found():
    got = made()
    error = got.shift_mm - np.array(SHIFT)
    assert np.abs(error[:, :2]).max() < 0.25
    assert np.abs(error[inside(got.s_mm), 2]).max() < 0.4
    assert got.is_matched.all() and np.median(got.correlation) > 0.95


def test_a_scan_of_something_else_is_not_used():
    noise = np.random.default_rng(3).normal(-20, 60, drawn(False).hu.shape).astype(np.int16)
    other = replace(drawn(False), hu=noise)
    got = subtracted(drawn(True), other, vessel(), sections(), PHYSICS, STILL)
    assert not got.is_matched.any()
    assert set(got.contrast) == {""} and set(got.grade) == {"D"}


def test_where_the_second_scan_ends_nothing_is_said_and_the_rest_is_kept():
    whole = drawn(False)
    part = replace(
        whole, hu=whole.hu[:40].copy(), geometry=whole.geometry.cropped((0, 0, 0), (40, 40, 40)), slice_quality=np.ones(40)
    )
    own = sections()
    own = replace(own, wall_r_mm=np.where(own.s_mm[:, None] > 20.0, np.nan, own.wall_r_mm))
    got = subtracted(drawn(True), part, vessel(), own, PHYSICS, STILL)
    assert not got.is_matched[got.s_mm > 17.0].any()
    assert got.is_matched[got.s_mm < 12.0].all()


def test_calcium_as_bright_as_contrast_is_found_without_contrast_only_there():
    got = made(hidden=True)
    area = got.calcium_area_mm2
    assert (area.best[inside(got.s_mm)] > 0.3).all()
    far = (got.s_mm < CALCIUM_MM[0] - 2) | (got.s_mm > CALCIUM_MM[1] + 2)
    assert area.best[far].max() == 0.0


def test_none_found_is_not_none_there():
    area = made(calcium=False).calcium_area_mm2
    assert area.best.max() == 0.0 and area.low.max() == 0.0
    assert area.high.min() > 0.0


@pytest.mark.parametrize(("closed", "expected"), [(False, SEEN), (True, NONE_SEEN)])
def test_contrast_under_calcium_is_told_from_none(closed, expected):
    got = made(closed=closed, seen=False)
    said = got.contrast[inside(got.s_mm, 2.9)]
    assert (said == expected).mean() > 0.8
    assert not np.isin(said, [SEEN, NONE_SEEN]).any() or set(said) <= {expected, NOT_TOLD}


def test_the_area_of_lumen_is_that_of_the_contrast_in_the_difference():
    got = made()
    area, far = got.contrast_mm2, ~inside(got.s_mm, -1.5) & (got.s_mm > 2) & (got.s_mm < LENGTH_MM - 2)
    held = (area.low <= np.pi * 1.4**2) & (area.high >= np.pi * 1.4**2)
    assert held[far].mean() > 0.8
    assert area.best[far] == pytest.approx(np.pi * 1.4**2, rel=0.15)


def test_another_tube_voltage_leaves_open_what_is_under_calcium():
    first = drawn(True, closed=True)
    assert gain_sd(first, drawn(False)) == GAIN_SD
    assert gain_sd(first, drawn(False, kvp=80.0)) == OTHER_KVP_GAIN_SD
    assert gain_sd(first, drawn(False, kvp=None)) == OTHER_KVP_GAIN_SD
    got = subtracted(first, drawn(False, kvp=80.0), vessel(), sections(closed=True), PHYSICS, STILL)
    assert (got.contrast[inside(got.s_mm)] == NOT_TOLD).all()


def test_an_interval_decides_and_its_width_leaves_open():
    area = Band(np.array([0.5, 0.0, 0.0]), np.array([1.0, 0.2, 0.9]), np.array([1.5, 0.6, 2.0]))
    assert list(verdicts(area)) == [SEEN, NONE_SEEN, NOT_TOLD]


def test_unsure_unlike_thick_and_other_voltage_cost_a_grade_each_and_no_match_is_d():
    match = replace_match([0.2, 0.4, 0.4, 0.2], [0.98, 0.98, 0.9, 0.98])
    used = np.array([True, True, True, False])
    assert list(grades(match, used, 1.0, GAIN_SD)) == ["A", "B", "C", "D"]
    assert list(grades(match, used, 3.0, OTHER_KVP_GAIN_SD)) == ["C", "C", "C", "D"]


def replace_match(across, likeness):
    from recon.local_match import LocalMatch

    n = len(across)
    return LocalMatch(np.zeros((n, 3)), np.array(across), np.full(n, 0.2), np.array(likeness))


def test_thick_slices_weigh_calcium_by_its_density_and_take_their_neighbours_in():
    own = sections()
    n = len(own.s_mm)
    share = np.where(inside(own.s_mm, 0.0), 0.2, 0.0)
    bright = np.full(n, 400.0)
    found = weighed_calcium(45.0 + 955.0 * share, np.full(n, 5.0), bright, own, np.full(n, 2.0))
    assert found.area.best[inside(own.s_mm)] == pytest.approx(0.2 * np.pi * WALL_MM**2)
    at = int(np.argmin(np.abs(own.s_mm - (CALCIUM_MM[0] - 1.0))))
    assert found.area.best[at] == 0.0 and found.area.high[at] > 1.0
    assert np.isnan(found.arc.best).all()
    dark = weighed_calcium(45.0 + 955.0 * share, np.full(n, 5.0), np.full(n, 120.0), own, np.full(n, 2.0))
    assert dark.area.best.max() == 0.0 and dark.area.low.max() == 0.0


def test_neighbours_within_reach_widen_an_interval():
    s = np.arange(5.0)
    low, high = spread_along(s, np.array([3.0, 2, 1, 2, 3]), np.array([1.0, 2, 3, 2, np.nan]), np.full(5, 1.0))
    assert list(low) == [2, 1, 1, 1, 2] and list(high[:4]) == [2, 3, 3, 3]
    assert np.isnan(high[4])


def test_each_scan_is_blurred_by_what_it_lacks():
    blur = PairBlur((0.3, 0.4), (1.0, 0.3))
    assert blur.target_mm == (1.0, 0.4)
    assert blur.contrast_lacks_mm == pytest.approx((np.sqrt(1.0 - 0.09), 0.0))
    assert blur.noncontrast_lacks_mm == pytest.approx((0.0, np.sqrt(0.16 - 0.09)))


def test_thick_slices_are_blurred_across():
    thick = replace(drawn(False), acquisition=replace(drawn(False).acquisition, slice_thickness_mm=3.0))
    across, plane = noncontrast_blur_mm(thick)
    assert 2.5 < across.best < 3.2 and isinstance(plane, Estimate)


def test_the_difference_shows_contrast_and_no_calcium():
    got = made()
    contrast, other = drawn(True), drawn(False, SHIFT, seed=2)
    picture = difference_cut(contrast, other, vessel().centerline, got.line, PHYSICS, 0.0, 0.5, 6.0)
    rows = round(LENGTH_MM / 0.5) + 1
    assert picture.shape == (rows, 25)
    middle = picture[22:26, 12]
    wall = np.abs(picture[22:26, [8, 16]])
    assert middle.mean() > 250.0 and np.nanmax(wall) < 150.0
