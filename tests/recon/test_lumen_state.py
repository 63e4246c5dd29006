"""Open or occluded, and how bright: narrow lumens, lines off their middle, calcium around an occlusion."""

import numpy as np
import pytest

from recon.contours import PolarBlock
from recon.estimate import Estimate
from recon.lumen_state import (
    DARK_SECTIONS,
    LEAST_FILL,
    brightest_half_disc_hu,
    followed_radius_mm,
    lumen_fill,
    open_sections,
    unblurred_lumen_hu,
)
from recon.sections import ScanPhysics

SECTIONS, ANGLES = 12, 36
LUMEN_HU, PLAQUE_HU, CALCIUM_HU = 400.0, 60.0, 1100.0


def block(lumen_mm=0.0, off_mm=0.0, calcium_mm=(), rows=slice(None)):
    """Sections with a sharp lumen off the line by so much, and in some rows a ring of calcium between two radii."""
    r = np.arange(0.1, 4.0, 0.2)
    theta = np.arange(ANGLES) * (2 * np.pi / ANGLES)
    up, right = r * np.cos(theta)[:, None], r * np.sin(theta)[:, None]
    plane = np.where(np.hypot(up - off_mm, right) < lumen_mm, LUMEN_HU, PLAQUE_HU)
    hu = np.repeat(plane[None], SECTIONS, axis=0)
    if calcium_mm:
        hu[rows] = np.where((r >= calcium_mm[0]) & (r < calcium_mm[1]), CALCIUM_HU, hu[rows])
    return PolarBlock(hu.astype(np.float32), 0.5 * np.arange(SECTIONS), r, np.zeros((SECTIONS, 2)))


def opened(made, on_axis, radius_mm):
    calcium = made.hu > 700
    shown = brightest_half_disc_hu(made, calcium)
    n = np.ones(SECTIONS)
    return open_sections(made, calcium, np.asarray(on_axis), shown, LUMEN_HU, radius_mm * n, 0.3 * n)


def test_a_narrow_lumen_beside_the_line_is_open_where_one_was_followed():
    assert opened(block(0.5, 0.45), [False] * SECTIONS, 0.5).all()


def test_plaque_where_a_lumen_was_followed_stays_occluded():
    assert not opened(block(), [False] * SECTIONS, 0.8).any()


def test_a_bridged_stretch_is_not_opened_by_what_lies_beside_the_line():
    assert not opened(block(0.5, 0.45), [False] * SECTIONS, 0.0).any()


def test_the_glow_of_calcium_round_a_bridged_axis_is_not_contrast():
    on_axis = np.zeros(SECTIONS, bool)
    on_axis[6:9] = True
    state = opened(block(calcium_mm=(0.9, 1.5), rows=slice(6, 9)), on_axis, 0.0)
    assert not state.any()


def test_contrast_in_a_bridged_stretch_away_from_calcium_stays():
    on_axis = np.zeros(SECTIONS, bool)
    on_axis[1:3] = True
    state = opened(block(calcium_mm=(0.9, 1.5), rows=slice(6, 9)), on_axis, 0.0)
    assert state[1:3].all() and not state[4:].any()


def test_a_bridge_over_calcium_that_shows_no_dark_axis_is_no_occlusion():
    on_axis = np.ones(SECTIONS, bool)
    on_axis[: DARK_SECTIONS - 1] = False
    state = opened(block(calcium_mm=(0.9, 1.5), rows=slice(4, 12)), on_axis, 0.0)
    assert state[DARK_SECTIONS - 1 :].all()


def test_blur_leaves_all_of_a_wide_lumen_and_part_of_a_narrow_one():
    fill = lumen_fill(np.array([3.0, 0.6, 0.05]), np.full(3, 0.4), 0.3)
    assert fill[0] == pytest.approx(1.0, abs=0.01)
    assert fill[1] == pytest.approx(1 - np.exp(-0.5 * 1.5**2), abs=0.06)
    assert fill[2] == LEAST_FILL


def test_a_narrow_lumen_was_brighter_before_blur_and_a_bridged_one_is_unknown():
    hu = unblurred_lumen_hu(np.full(3, 300.0), np.array([3.0, 0.6, 0.0]), np.full(3, 0.4))
    assert hu[0] == pytest.approx(300, abs=8) and hu[1] > 340 and np.isnan(hu[2])


def test_no_half_disc_is_read_in_the_halo_of_calcium():
    made = block(0.6, calcium_mm=(0.0, 1.0))
    assert np.isnan(brightest_half_disc_hu(made, made.hu > 700)).all()


def followed_between_bridges(made, axis_hu):
    """The radius kept where four sections in the middle were followed and all others bridged."""
    radius = np.zeros(SECTIONS)
    radius[4:8] = 1.5
    psf = Estimate.around(0.7, 0.1)
    return followed_radius_mm(made, (made.s_mm, axis_hu), ScanPhysics(LUMEN_HU, 20.0, 20.0, psf, psf), radius)


def test_calcium_between_two_bridges_is_not_a_lumen_that_was_followed():
    made = block(calcium_mm=(0.9, 1.7), rows=slice(4, 8))
    assert not followed_between_bridges(made, np.full(SECTIONS, 110.0)).any()


def test_a_lumen_between_two_occlusions_stays():
    axis_hu = np.full(SECTIONS, PLAQUE_HU)
    axis_hu[4:8] = LUMEN_HU
    assert (followed_between_bridges(block(1.2), axis_hu)[4:8] == 1.5).all()
