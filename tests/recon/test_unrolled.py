"""The vessel laid flat: what is drawn at a place of the clock is found at that place of the map."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from recon.unrolled import unrolled_maps, vessel_image
from recon.volume import Volume
from tests.recon.drawn_sections import CALCIUM_HU, FAT_HU, LUMEN_HU, drawn_sections, line, painted_volume


def maps_of(volume, sections):
    return unrolled_maps(vessel_image(volume, line(), sections), sections)


def wall_of_two_halves(s, theta, r):
    wall = np.where(theta < 180, 20.0, 120.0)
    return np.where(r < 1.2, LUMEN_HU, np.where(r < 2.6, wall, FAT_HU))


def test_wall_hu_is_found_on_its_side_of_the_clock():
    maps = maps_of(painted_volume(wall_of_two_halves), drawn_sections(1.2, 2.6))
    middle = maps.wall_hu[10:30]
    # Five columns from either border: voxels of 0.25 mm mix the two halves there.
    assert np.median(middle[:, 8:28]) == pytest.approx(20.0, abs=12)
    assert np.median(middle[:, 44:64]) == pytest.approx(120.0, abs=12)


def test_wall_thickness_is_the_distance_of_the_contours():
    maps = maps_of(painted_volume(wall_of_two_halves), drawn_sections(1.2, 2.6))
    assert maps.wall_mm == pytest.approx(1.4)


def test_without_contrast_the_wall_reaches_to_the_middle():
    sections = drawn_sections(0.0, 2.6)
    maps = maps_of(painted_volume(wall_of_two_halves), sections)
    assert maps.wall_mm == pytest.approx(2.6)


def test_calcium_thickness_lies_where_it_was_drawn_and_is_zero_elsewhere():
    sections = drawn_sections(1.2, 2.6, sector=(90, 150), inner_mm=1.4, outer_mm=2.2, rows=slice(10, 20))
    maps = maps_of(painted_volume(wall_of_two_halves), sections)
    assert maps.calcium_mm[12, 90:150] == pytest.approx(0.8)
    assert not maps.calcium_mm[12, 160:].any()
    assert not maps.calcium_mm[25].any()


def test_peak_is_the_brightest_sample_inside_the_calcium_only():
    def with_calcium(s, theta, r):
        hard = (r > 1.4) & (r < 2.2) & (theta > 90) & (theta < 150)
        return np.where(hard, CALCIUM_HU, wall_of_two_halves(s, theta, r))

    sections = drawn_sections(1.2, 2.6, sector=(90, 150), inner_mm=1.4, outer_mm=2.2, rows=slice(10, 20))
    sharp = painted_volume(with_calcium)
    soft = Volume(gaussian_filter(sharp.hu.astype(float), 0.7).astype(np.int16), sharp.geometry)
    maps = maps_of(soft, sections)
    assert maps.peak_hu[15] == pytest.approx(CALCIUM_HU, rel=0.06)
    assert np.isnan(maps.peak_hu[30])


def test_a_section_that_was_not_measured_has_no_calcium_thickness():
    sections = drawn_sections(1.2, 2.6)
    sections.calcium_area_mm2.best[5] = np.nan
    maps = maps_of(painted_volume(wall_of_two_halves), sections)
    assert np.isnan(maps.calcium_mm[5]).all()
    assert np.isfinite(maps.calcium_mm[6]).all()
