"""Sections of vessels whose lumen, wall and calcium are known."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from recon.axis_profile import axis_profile_hu
from recon.calcium_measures import HIDDEN_PART, hidden_area_mm2
from recon.centerline import Centerline
from recon.errors import GeometryError
from recon.estimate import Band, Estimate
from recon.fine_image import fine_image
from recon.measure import REACH_MM, csa_pct, measure_sections, measure_walls
from recon.report import Cancelled
from recon.sections import CALCIUM_ANGLES, WALL_ANGLES
from tests.recon.tubes import Sector, middle_rows, tube

# Oracles of docs/clinical.md G.2: wall radius, inner and outer radius, arc, CSA %
ORACLES = {
    "P1": (1.5, 1.0, 1.5, 180.0, 27.78),
    "P2": (1.5, 0.0, 1.5, 180.0, 50.0),
    "P3": (1.5, 1.0607, 1.5, 360.0, 50.0),
    "P4": (1.5, 0.5, 1.5, 270.0, 66.67),
    "P5": (1.5, 0.0, 1.5, 360.0, 100.0),
    "P6": (2.0, 1.0, 1.5, 90.0, 7.81),
    "P7": (1.75, 0.0, 1.75, 179.9, 49.97),
}
THINNER_THAN_THE_BLUR = ("P1", "P3", "P6")


@pytest.fixture(scope="module")
def oracles():
    measured = {}
    for name, (wall, inner, outer, arc, _) in ORACLES.items():
        volume, vessel, physics = tube(wall, 0.0, Sector(inner, outer, arc), closed=True)
        measured[name] = measure_sections(volume, vessel, physics)
    return measured


@pytest.mark.parametrize("name", [n for n in ORACLES if n not in THINNER_THAN_THE_BLUR])
def test_oracle_calcium_is_within_the_published_tolerance(oracles, name):
    sections, (_, _, _, arc, csa) = oracles[name], ORACLES[name]
    rows = middle_rows(sections)
    assert sections.calcium_csa_pct.best[rows].mean() == pytest.approx(csa, abs=2.5)
    assert sections.calcium_arc_deg.best[rows].mean() == pytest.approx(arc, abs=3.0)


@pytest.mark.parametrize("name", THINNER_THAN_THE_BLUR)
def test_calcium_thinner_than_the_blur_keeps_its_arc_and_is_covered_by_its_interval(oracles, name):
    sections, (_, _, _, arc, csa) = oracles[name], ORACLES[name]
    rows = middle_rows(sections)
    assert sections.calcium_arc_deg.best[rows].mean() == pytest.approx(arc, abs=5.0)
    assert np.all(sections.calcium_csa_pct.low[rows] <= csa)
    assert np.all(sections.calcium_csa_pct.high[rows] >= csa)


@pytest.mark.parametrize("name", ["P2", "P7"])
def test_half_a_vessel_of_calcium_is_borderline(oracles, name):
    rows = np.flatnonzero(middle_rows(oracles[name]))
    assert all(oracles[name].calcium_csa_pct.at(int(k)).straddles(50.0) for k in rows)


def test_no_calcium_is_found_in_front_of_and_behind_the_deposit(oracles):
    sections = oracles["P4"]
    away = (sections.s_mm < 6.0) | (sections.s_mm > 18.0)
    assert sections.calcium_area_mm2.best[away].max() == 0.0
    assert np.isnan(sections.calcium_outer_r_mm[away]).all()


@pytest.mark.parametrize(("wall", "lumen", "noise"), [(1.6, 1.2, 0.0), (2.2, 1.7, 25.0)])
def test_open_vessel_gets_its_lumen_and_wall_and_no_calcium(wall, lumen, noise):
    volume, vessel, physics = tube(wall, lumen, noise=noise)
    sections = measure_sections(volume, vessel, physics)
    inner = slice(6, -6)
    assert sections.lumen_open[inner].all()
    assert sections.lumen_area_mm2[inner].mean() == pytest.approx(math.pi * lumen**2, rel=0.05)
    assert sections.wall_area_mm2[inner].mean() == pytest.approx(math.pi * wall**2, rel=0.05)
    assert sections.mean_lumen_hu[inner].mean() == pytest.approx(400.0, abs=10.0)
    assert sections.calcium_area_mm2.high.max() == 0.0
    assert sections.lumen_r_mm.shape[1] == sections.wall_r_mm.shape[1] == WALL_ANGLES
    assert np.all(sections.lumen_r_mm[inner] <= sections.wall_r_mm[inner])


def test_wall_is_found_beside_the_centerline_and_radii_are_from_the_centerline():
    volume, vessel, physics = tube(1.8, 1.3)
    line = vessel.centerline
    shifted = replace(vessel, centerline=Centerline.through(line.points_mm + 0.4 * line.normal))
    sections = measure_sections(volume, shifted, physics)
    inner = slice(6, -6)
    assert sections.wall_r_mm[inner, 0].mean() == pytest.approx(1.8 - 0.4, abs=0.1)
    assert sections.wall_r_mm[inner, WALL_ANGLES // 2].mean() == pytest.approx(1.8 + 0.4, abs=0.1)


def test_occlusion_has_a_wall_and_no_lumen():
    volume, vessel, physics = tube(1.7, 0.0, closed=True, noise=15.0)
    sections = measure_sections(volume, vessel, physics)
    inner = slice(6, -6)
    assert not sections.lumen_open.any()
    assert sections.lumen_area_mm2[inner].max() == 0.0
    assert sections.wall_area_mm2[inner].mean() == pytest.approx(math.pi * 1.7**2, rel=0.08)
    assert np.isnan(sections.mean_lumen_hu).all()


def test_axis_profile_leaves_calcium_out():
    volume, vessel, physics = tube(1.8, 0.0, Sector(0.0, 1.8, 360.0), closed=True)
    sections = measure_sections(volume, vessel, physics)
    inside = (sections.axis_s_mm > 9) & (sections.axis_s_mm < 15)
    assert np.isnan(sections.axis_hu[inside]).all()
    assert not sections.lumen_open.any()


def test_noise_above_sixty_is_graded_not_reliable_and_poor_slices_worse_than_good_ones():
    volume, vessel, physics = tube(1.8, 1.3)
    noisy = measure_sections(volume, vessel, replace(physics, noise_sd_hu=70.0))
    assert set(noisy.grade) == {"D"}
    volume.slice_quality[:] = 0.5
    poor = measure_sections(volume, vessel, physics)
    assert set(poor.grade) <= {"C", "D"}


def test_clipped_calcium_is_still_measured():
    volume, vessel, physics = tube(1.8, 0.0, Sector(0.0, 1.8, 180.0, hu=3600.0), closed=True)
    clipped = replace(volume, hu=np.minimum(volume.hu, 3071).astype(np.int16))
    sections = measure_sections(clipped, vessel, physics)
    rows = middle_rows(sections)
    assert sections.calcium_area_mm2.best[rows].mean() > 0.7 * math.pi * 1.8**2 / 2


def test_too_short_and_outside_are_refused_in_three_sentences():
    volume, vessel, physics = tube(1.8, 1.3)
    points = vessel.centerline.points_mm
    short = replace(vessel, centerline=Centerline.through(points[:12]))
    with pytest.raises(GeometryError, match="too short"):
        measure_sections(volume, short, physics)
    outside = replace(vessel, centerline=Centerline.through(points + 500.0))
    with pytest.raises(GeometryError, match="outside the volume"):
        measure_sections(volume, outside, physics)


def test_work_can_be_cancelled():
    volume, vessel, physics = tube(1.8, 1.3)

    def stop(fraction, text):
        raise Cancelled

    with pytest.raises(Cancelled):
        measure_sections(volume, vessel, physics, stop)


def test_unknown_blur_widens_nothing_below_zero():
    volume, vessel, physics = tube(1.8, 0.0, Sector(0.6, 1.8, 150.0), closed=True, noise=20.0)
    wide = replace(physics, psf_in_plane_fwhm_mm=Estimate(0.5, 0.8, 1.1))
    area = measure_sections(volume, vessel, wide).calcium_area_mm2
    assert np.all((area.low >= 0) & (area.low <= area.best) & (area.best <= area.high))


def test_a_lumen_wider_than_usual_may_hide_calcium_and_an_even_one_does_not():
    volume, vessel, physics = tube(1.8, 1.3)
    axis = axis_profile_hu(volume, vessel.centerline, physics)
    walls = measure_walls(fine_image(volume, vessel.centerline, REACH_MM), vessel, physics, axis)
    even = np.zeros_like(walls.lumen_modes)
    even[:, 0] = 1.3
    assert not hidden_area_mm2(replace(walls, lumen_modes=even)).any()
    wide = even.copy()
    wide[20:26, 0] = 1.6
    hidden = hidden_area_mm2(replace(walls, lumen_modes=wide, wall_modes=even + np.eye(7)[0]))
    assert hidden[22] == pytest.approx(HIDDEN_PART * math.pi * (1.6**2 - 1.3**2), rel=0.02)
    assert not hidden[:20].any()


def test_calcium_off_the_middle_of_the_vessel_is_measured_as_well_as_in_it():
    volume, vessel, physics = tube(1.8, 0.0, Sector(0.5, 1.4, 360.0), closed=True)
    line = vessel.centerline
    aside = replace(vessel, centerline=Centerline.through(line.points_mm + 0.4 * line.normal))
    middle, beside = (measure_sections(volume, v, physics) for v in (vessel, aside))
    rows = middle_rows(beside)
    area = beside.calcium_area_mm2
    assert area.best[rows].mean() == pytest.approx(middle.calcium_area_mm2.best[middle_rows(middle)].mean(), rel=0.04)
    truth = math.pi * (1.4**2 - 0.5**2)
    assert np.all((area.low[rows] < truth) & (truth < area.high[rows]))


@pytest.mark.parametrize(("outer_mm", "arc_deg", "may_be_all"), [(1.6, 360.0, True), (1.2, 360.0, False), (1.6, 300.0, False)])
def test_a_closed_ring_with_hardly_any_wall_outside_may_be_the_whole_vessel(outer_mm, arc_deg, may_be_all):
    """Wall radius 1.8 mm, blur 0.7 mm: less than 0.35 mm of wall is not seen outside a ring that is closed."""
    ring = np.where(np.arange(CALCIUM_ANGLES) < CALCIUM_ANGLES * arc_deg / 360, outer_mm, np.nan)[None]
    area = np.array([math.pi * outer_mm**2 * arc_deg / 360])
    calcium = SimpleNamespace(outer_r_mm=ring, area=Band(0.9 * area, area, area))
    walls = SimpleNamespace(
        wall_r=lambda angles: np.full((1, angles), 1.8),
        sigma_mm=np.array([0.7 / 2.3548]),
        wall_sd_mm=np.array([0.01]),
        wall_modes=np.array([[1.8]]),
    )
    high = csa_pct(calcium, np.array([math.pi * 1.8**2]), walls).high[0]
    assert (high > 99.9) == may_be_all
