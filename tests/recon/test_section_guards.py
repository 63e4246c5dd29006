"""Bad lines and bad images are measured with a grade or refused in three sentences; never a silent zero."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import uniform_filter1d

from recon.centerline import Centerline
from recon.errors import GeometryError
from recon.estimate import Estimate
from recon.geometry import Geometry
from recon.measure import measure_sections
from recon.section_guards import folded
from recon.volume import Volume
from tests.recon.tubes import SHAPE, SPACING_MM, tube, turned_geometry


@pytest.fixture(scope="module")
def patent():
    return tube(1.8, 1.3)


def _along(vessel, points):
    line = Centerline.through(points)
    return replace(vessel, centerline=line, lumen_radius_mm=np.full(len(line.s_mm), 1.3), confidence=np.ones(len(line.s_mm)))


def _refused(volume, vessel, physics):
    with pytest.raises(GeometryError) as caught:
        measure_sections(volume, vessel, physics)
    error = caught.value
    assert all(text.endswith(".") for text in (error.what, error.where, error.advice))
    return error.what


def test_a_line_in_fat_is_refused(patent):
    volume, vessel, physics = patent
    line = vessel.centerline
    aside = _along(vessel, line.points_mm + 5.0 * line.normal)
    assert "not run in a vessel" in _refused(volume, aside, physics)


def test_a_line_that_leaves_the_vessel_is_graded_d_where_it_is_in_fat(patent):
    volume, vessel, physics = patent
    line = vessel.centerline
    off = 5.0 * np.clip((line.s_mm - 12.0) / 3.0, 0.0, 1.0)
    sections = measure_sections(volume, _along(vessel, line.points_mm + off[:, None] * line.normal), physics)
    assert set(sections.grade[sections.s_mm > 17.0]) == {"D"}
    assert "D" not in sections.grade[sections.s_mm < 9.0]


def test_a_line_that_runs_on_beyond_the_images_is_graded_d_there(patent):
    volume, vessel, physics = patent
    line = vessel.centerline
    beyond = line.points_mm[-1] + np.arange(1.0, 9.0)[:, None] * line.tangent[-1]
    sections = measure_sections(volume, _along(vessel, np.concatenate([line.points_mm, beyond])), physics)
    assert set(sections.grade[sections.s_mm > line.length_mm + 3.0]) == {"D"}
    assert "D" not in sections.grade[3:30]


def test_a_line_that_comes_back_to_itself_is_refused(patent):
    volume, vessel, physics = patent
    line = vessel.centerline
    back = line.points_mm[::-1][1:] + 0.3 * line.normal[0]
    assert "back to itself" in _refused(volume, _along(vessel, np.concatenate([line.points_mm, back])), physics)


def test_a_bend_sharper_than_the_vessel_is_wide_is_graded_d_and_a_gentle_one_is_not(patent):
    volume, vessel, physics = patent
    line = vessel.centerline
    middle, ahead, aside = line.at(0.5 * line.length_mm)[:3]
    arm = np.linspace(-9.0, 0.0, 30)[:, None] * ahead
    beyond = np.linspace(0.3, 4.0, 12)[:, None] * aside
    sections = measure_sections(volume, _along(vessel, np.concatenate([middle + arm, middle + beyond])), physics)
    assert "D" in sections.grade[np.abs(sections.s_mm - 9.0) < 1.0]
    assert "D" not in sections.grade[sections.s_mm < 6.0]
    turn = np.linspace(0.0, 2.0, 80)
    gentle = Centerline.through(6.0 * np.stack([np.cos(turn), np.sin(turn), 0.0 * turn], axis=1))
    assert not folded(gentle, gentle.s_mm, np.full(len(gentle.s_mm), 2.0)).any()
    assert folded(gentle, gentle.s_mm, np.full(len(gentle.s_mm), 6.5)).all()


def test_slices_of_2_mm_are_measured_with_a_lower_grade(patent):
    volume, vessel, physics = patent
    every = round(2.0 / SPACING_MM)
    thick = uniform_filter1d(volume.hu.astype(float), every, axis=1)[:, ::every]
    matrix = turned_geometry().lps_from_index.copy()
    matrix[:3, 1] *= every
    blurred = replace(physics, psf_z_fwhm_mm=Estimate(1.6, 1.9, 2.2))
    coarse = Volume(np.round(thick).astype(np.int16), Geometry((SHAPE[0], thick.shape[1], SHAPE[2]), matrix))
    sections = measure_sections(coarse, vessel, blurred)
    inner = slice(6, -6)
    assert sections.lumen_area_mm2[inner].mean() == pytest.approx(np.pi * 1.3**2, rel=0.4)
    assert sections.wall_area_mm2[inner].mean() > np.pi * 1.3**2
    assert not set(sections.grade) & {"A"}


def test_noise_above_60_hu_is_measured_and_graded_d():
    volume, vessel, physics = tube(1.8, 1.3, noise=70.0)
    sections = measure_sections(volume, vessel, replace(physics, noise_sd_hu=70.0))
    assert set(sections.grade) == {"D"}
    assert sections.lumen_area_mm2[6:-6].mean() == pytest.approx(np.pi * 1.3**2, rel=0.3)
