"""Calcium as bright as contrast shows as a bulge of the lumen; a branch or a wide lumen does not count as one."""

from dataclasses import replace

import numpy as np
import pytest

from recon.axis_profile import axis_profile_hu
from recon.branch_mouths import beside_others
from recon.centerline import Centerline
from recon.contours import FIT_ANGLES, polar_block
from recon.fine_image import fine_image
from recon.hidden_calcium import bulges
from recon.measure import REACH_MM, measure_sections, measure_walls
from tests.recon.tubes import LUMEN_HU, Sector, middle_rows, tube

FAINT = Sector(1.3, 1.85, 150.0, hu=LUMEN_HU + 170.0)


@pytest.fixture(scope="module")
def plain():
    volume, vessel, physics = tube(1.9, 1.5, noise=20.0)
    image = fine_image(volume, vessel.centerline, REACH_MM)
    walls = measure_walls(image, vessel, physics, axis_profile_hu(volume, vessel.centerline, physics))
    return polar_block(image, vessel.centerline, walls.s_mm, walls.offset_mm, REACH_MM), walls


def alone(walls):
    """No other vessel is near."""
    return np.zeros((len(walls.s_mm), FIT_ANGLES), dtype=bool)


def bulged(walls, by_mm=0.35, rows=slice(16, 26)):
    modes = walls.lumen_modes.copy()
    modes[rows, 0] += by_mm
    wall = walls.wall_modes.copy()
    wall[rows, 0] += by_mm
    return replace(walls, lumen_modes=modes, wall_modes=wall)


def test_a_faint_layer_of_calcium_is_found_and_the_lumen_keeps_its_calibre():
    sections = measure_sections(*tube(1.9, 1.5, FAINT, noise=20.0))
    rows = middle_rows(sections)
    true_mm2 = np.radians(FAINT.arc_deg) / 2 * (FAINT.outer**2 - FAINT.inner**2)
    assert sections.calcium_area_mm2.best[rows].mean() == pytest.approx(true_mm2, rel=0.5)
    lumen_mm2 = np.pi * 1.5**2 - np.radians(FAINT.arc_deg) / 2 * (1.5**2 - FAINT.inner**2)
    assert sections.lumen_area_mm2[rows].mean() == pytest.approx(lumen_mm2, rel=0.12)


def test_an_even_lumen_has_no_bulge(plain):
    assert bulges(*plain, alone(plain[1])) == []


def test_a_short_wide_stretch_is_one_bulge_all_round(plain):
    polar, walls = plain
    found = bulges(polar, bulged(walls), alone(walls))
    assert len(found) == 1
    assert found[0].mask.any(axis=0).sum() == FIT_ANGLES and found[0].mask[18:24].all()


def test_a_long_wide_stretch_is_the_calibre_and_no_bulge(plain):
    polar, walls = plain
    assert bulges(polar, bulged(walls, rows=slice(5, None)), alone(walls)) == []


def test_contrast_beyond_the_wall_is_a_branch_and_no_bulge(plain):
    polar, walls = plain
    lit = polar.hu.copy()
    lit[16:26, :8] = LUMEN_HU
    assert bulges(replace(polar, hu=lit), bulged(walls), alone(walls)) == []


def test_a_bulge_towards_another_vessel_is_its_mouth(plain):
    polar, walls = plain
    beside = alone(walls)
    beside[16:26, : FIT_ANGLES // 3] = True
    assert bulges(polar, bulged(walls), beside) == []


def test_a_vessel_widens_at_its_own_mouth(plain):
    polar, walls = plain
    assert bulges(polar, bulged(walls, rows=slice(4, 12)), alone(walls)) == []


def test_another_line_is_beside_where_it_runs_close_and_not_where_it_is_the_same_vessel():
    s_mm = np.arange(0.0, 30.0, 0.5)
    line = Centerline.through([[0.0, 0.0, 0.0], [0.0, 0.0, 15.0], [0.0, 0.0, 30.0]])
    x_mm = np.array([0.1, 0.1, 0.1, 0.1, 2.0, 5.0, 9.0])
    same_then_leaving = Centerline.through(np.stack([x_mm, 0 * x_mm, [0.0, 4.0, 8.0, 12.0, 16.0, 20.0, 24.0]], axis=1))
    beside = beside_others(line, s_mm, (same_then_leaving,))
    assert not beside[s_mm < 4].any() and not beside[s_mm > 24].any()
    at = int(np.argmin(np.abs(s_mm - 17.5)))
    towards, away = (round(float(line.locate([x, 0.0, 17.5])[1]) * FIT_ANGLES / (2 * np.pi)) % FIT_ANGLES for x in (2.0, -2.0))
    assert beside[at, towards] and not beside[at, away]
