"""Views of a volume whose HU is a linear function of LPS position: every view must show that function, on a turned grid too."""

import numpy as np
import pytest

from recon.centerline import Centerline
from recon.errors import GeometryError
from recon.reformat import curved_view, oblique_view, section_view, straightened
from recon.volume import Volume
from tests.recon.tubes import turned_geometry

SLOPE = np.array([5.0, -7.0, 11.0])
PADDING = -1024.0


@pytest.fixture(scope="module")
def volume():
    geometry = turned_geometry((40, 50, 60), 0.7)
    index = np.stack(np.meshgrid(*(np.arange(n) for n in geometry.shape), indexing="ij"), axis=-1)
    return Volume(np.round(geometry.points_mm(index) @ SLOPE).astype(np.int16), geometry)


@pytest.fixture(scope="module")
def line(volume):
    start, end = volume.geometry.points_mm([[8, 15, 15], [30, 32, 45]])
    t = np.linspace(0, 1, 30)[:, None]
    bow = 2.5 * np.sin(np.pi * t) * volume.geometry.direction[:, 1]
    return Centerline.through(start + t * (end - start) + bow)


def _shows_the_function(view, count=40):
    rows, columns = (np.random.default_rng(1).integers(0, n, count) for n in view.hu.shape)
    shown = view.hu[rows, columns]
    inside = shown > PADDING + 1
    assert inside.sum() > count // 3
    np.testing.assert_allclose(shown[inside], (view.map.points_mm(rows, columns) @ SLOPE)[inside], atol=1.0)


@pytest.mark.parametrize("kind", ["straightened", "stretched"])
def test_a_curved_view_shows_what_lies_at_its_map(volume, line, kind):
    _shows_the_function(curved_view(volume, line, 35.0, 0.3, 6.0, kind))


def test_a_section_and_an_oblique_view_show_what_lies_at_their_map(volume, line):
    _shows_the_function(section_view(volume, line, 12.3, 5.0, 0.2))
    _shows_the_function(oblique_view(volume, line.points_mm[30], [1, 2, 0], [0, 0, 1], (41, 61), 0.25))


def test_section_has_twelve_o_clock_up_and_three_o_clock_right_looking_distally(volume, line):
    view = section_view(volume, line, 10.0, 4.0, 0.2)
    point, tangent, normal, binormal = line.at(10.0)
    up = view.map.points_mm(10, 20) - view.map.points_mm(20, 20)
    right = view.map.points_mm(20, 30) - view.map.points_mm(20, 20)
    np.testing.assert_allclose(up, 2.0 * normal, atol=1e-9)
    np.testing.assert_allclose(right, 2.0 * binormal, atol=1e-9)
    np.testing.assert_allclose(view.map.depth_mm(point + 3.0 * tangent), 3.0, atol=1e-9)


@pytest.mark.parametrize("kind", ["straightened", "stretched"])
def test_pixel_to_lps_and_back_is_the_identity_near_the_vessel(volume, line, kind):
    view = curved_view(volume, line, 20.0, 0.25, 6.0, kind)
    rows = np.array([20.0, 40.5, 60.0])
    middle = [view.map.pixels(line.at(view.map.row_s_mm[int(r)])[0])[1] for r in rows]
    back_rows, back_columns = view.map.pixels(view.map.points_mm(rows, np.array(middle)))
    np.testing.assert_allclose(back_rows, rows, atol=0.6)
    np.testing.assert_allclose(back_columns, middle, atol=0.6)


def test_plane_map_goes_both_ways(volume, line):
    view = oblique_view(volume, line.points_mm[10], [1, 1, 0], [0, 0, 1], (30, 40), 0.5)
    rows, columns = view.map.pixels(view.map.points_mm([3.25, 20], [7.5, 39]))
    np.testing.assert_allclose(rows, [3.25, 20], atol=1e-9)
    np.testing.assert_allclose(columns, [7.5, 39], atol=1e-9)


def test_straightened_volume_keeps_its_two_way_map(volume, line):
    straight = straightened(volume, line, 4.0, 0.2, 0.25)
    s, rows, columns = straight.pixels(straight.points_mm(9.0, 12.0, 31.0))
    np.testing.assert_allclose([s, rows, columns], [9.0, 12.0, 31.0], atol=0.05)
    k = round(9.0 / 0.25)
    assert abs(straight.hu[k, 12, 31] - straight.points_mm(9.0, 12.0, 31.0) @ SLOPE) < 1.5
    assert straight.inside.max() == 1.0


def test_slab_modes_are_the_brightest_the_mean_and_the_darkest_sample(volume):
    middle = volume.geometry.points_mm([20, 25, 30])
    views = {
        m: oblique_view(volume, middle, [1, 0, 0], [0, 0, 1], (5, 5), 0.5, 4.0, m).hu[2, 2] for m in ("mip", "mean", "minip")
    }
    at_middle, reach = middle @ SLOPE, abs(SLOPE[1]) * 2.0
    np.testing.assert_allclose([views["minip"], views["mean"], views["mip"]], at_middle + np.array([-reach, 0, reach]), atol=1.5)


def test_beyond_the_volume_is_padding(volume):
    assert np.all(oblique_view(volume, [500, 500, 500], [1, 0, 0], [0, 0, 1], (4, 4), 1.0).hu == PADDING)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda v, c: oblique_view(v, [0, 0, 0], [1, 0, 0], [2, 0, 0], (4, 4), 1.0), "cannot be made"),
        (lambda v, c: oblique_view(v, [0, 0, 0], [1, 0, 0], [0, 1, 0], (4, 4), 1.0, 2.0, "sum"), "cannot be made"),
        (lambda v, c: oblique_view(v, [0, 0, 0], [1, 0, 0], [0, 1, 0], (0, 4), 1.0), "size"),
        (lambda v, c: curved_view(v, c, 0.0, 0.0), "size"),
        (lambda v, c: curved_view(v, c, kind="projected"), "does not exist"),
        (lambda v, c: straightened(v, c, 8.0, -0.1), "size"),
    ],
)
def test_views_that_cannot_be_are_refused(volume, line, make, said):
    with pytest.raises(GeometryError, match=said):
        make(volume, line)


def test_a_slab_that_reaches_beyond_the_volume_shows_the_same_where_it_is_inside(volume):
    middle = volume.geometry.points_mm([20, 25, 30])
    right, up = volume.geometry.direction[:, 0], volume.geometry.direction[:, 1]
    inside = oblique_view(volume, middle, right, up, (21, 31), 0.3, 4.0).hu
    beyond = oblique_view(volume, middle, right, up, (221, 231), 0.3, 4.0).hu
    assert beyond[0, 0] == PADDING
    np.testing.assert_array_equal(beyond[100:121, 100:131], inside)


def test_a_slab_that_moves_is_the_same_view_sampled_more_coarsely(volume):
    middle = volume.geometry.points_mm([20, 25, 30])
    right, up = volume.geometry.direction[:, 0], volume.geometry.direction[:, 1]
    still = oblique_view(volume, middle, right, up, (21, 31), 0.3, 4.0, "mean")
    moving = oblique_view(volume, middle, right, up, (21, 31), 0.3, 4.0, "mean", is_moving=True)
    assert moving.hu.shape == still.hu.shape
    half_pixel_hu = 0.15 * (abs(SLOPE @ right) + abs(SLOPE @ up))
    assert np.abs(moving.hu - still.hu).max() < half_pixel_hu + 1.0
    assert abs(float((moving.hu - still.hu)[:20, :30].mean())) < 0.2
