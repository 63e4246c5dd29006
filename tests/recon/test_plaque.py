"""Plaque classes of a thick wall of known HU; blurred edges are not called plaque."""

import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from recon.plaque import CALCIUM_EDGE_FWHM, EDGE_FWHM, plaque_sections
from recon.unrolled import vessel_image
from recon.volume import Volume
from tests.recon.drawn_sections import CALCIUM_HU, FAT_HU, LUMEN_HU, PHYSICS, SPACING_MM, drawn_sections, line, painted_volume

LUMEN_MM, WALL_MM = 0.8, 3.0
FWHM_MM = PHYSICS.psf_in_plane_fwhm_mm.best
INNER_MM, OUTER_MM = LUMEN_MM + EDGE_FWHM * FWHM_MM, WALL_MM - EDGE_FWHM * FWHM_MM
CLASSED_MM2 = math.pi * (OUTER_MM**2 - INNER_MM**2)


def painted(plaque_of, blurred=True, noise_hu=5.0):
    def hu_of(s, theta, r):
        return np.where(r < LUMEN_MM, LUMEN_HU, np.where(r < WALL_MM, plaque_of(s, theta, r), FAT_HU))

    volume = painted_volume(hu_of, half_mm=5.0)
    hu = volume.hu.astype(float)
    if blurred:
        hu = gaussian_filter(hu, FWHM_MM / 2.355 / SPACING_MM)
    hu += np.random.default_rng(3).normal(0, noise_hu, hu.shape)
    return Volume(np.round(hu).astype(np.int16), volume.geometry)


def classes(plaque_of, sections=None):
    sections = sections or drawn_sections(LUMEN_MM, WALL_MM)
    return classes_of(painted(plaque_of), sections)


def classes_of(volume, sections):
    return plaque_sections(vessel_image(volume, line(), sections), sections, PHYSICS)


@pytest.mark.parametrize(("hu", "name"), [(0.0, "low"), (100.0, "middle"), (250.0, "bright")])
def test_a_wall_of_one_tissue_is_of_one_class(hu, name):
    found = classes(lambda s, theta, r: np.full_like(s, hu))
    for other in ("low", "middle", "bright"):
        area = np.median(getattr(found, other).best[8:32])
        assert area == pytest.approx(CLASSED_MM2 if other == name else 0.0, abs=0.08 * CLASSED_MM2)


def test_half_a_wall_of_low_attenuation_is_half_the_area():
    found = classes(lambda s, theta, r: np.where(theta < 180, 0.0, 110.0))
    # Averaging over neighbours rounds the border between the halves; the interval holds what that moves.
    for band in (found.low, found.middle):
        assert np.median(band.best[8:32]) == pytest.approx(CLASSED_MM2 / 2, rel=0.2)


def test_classes_and_edges_make_up_the_wall():
    found = classes(lambda s, theta, r: np.where(theta < 180, 0.0, 110.0))
    whole = found.low.best + found.middle.best + found.bright.best + found.edge_mm2
    assert whole[8:32] == pytest.approx(math.pi * (WALL_MM**2 - LUMEN_MM**2), rel=0.03)


def test_a_thin_wall_is_all_edge():
    found = classes_of(painted(lambda s, theta, r: np.full_like(s, 80.0)), drawn_sections(2.6, WALL_MM))
    assert not (found.low.best + found.middle.best + found.bright.best).any()
    assert found.edge_mm2[10] == pytest.approx(math.pi * (3.0**2 - 2.6**2), rel=0.2)


def test_bloom_of_calcium_is_not_called_plaque():
    def with_calcium(s, theta, r):
        return np.where((r > 1.6) & (r < 2.2) & (theta < 120), CALCIUM_HU, 80.0)

    sections = drawn_sections(LUMEN_MM, WALL_MM, sector=(0, 120), inner_mm=1.6, outer_mm=2.2)
    found = classes(with_calcium, sections)
    assert CALCIUM_EDGE_FWHM * FWHM_MM > 0
    assert np.median(found.bright.best[8:32]) == pytest.approx(0.0, abs=0.15)
    assert found.calcium.best[10] == pytest.approx(sections.calcium_area_mm2.best[10])


def test_the_lumen_beyond_a_cap_is_not_called_bright_plaque():
    sections = drawn_sections(LUMEN_MM, WALL_MM)
    sections.lumen_open[20:] = False
    volume = painted(lambda s, theta, r: np.full_like(s, 80.0))
    found = classes_of(volume, sections)
    assert found.bright.best[20] < 0.2


def test_a_border_within_the_noise_leaves_an_interval():
    found = classes(lambda s, theta, r: np.full_like(s, 32.0))
    assert np.median(found.low.low[8:32]) == pytest.approx(0.0, abs=0.1)
    assert np.median(found.low.high[8:32]) > 0.8 * CLASSED_MM2
    assert np.all(found.low.low <= found.low.best) and np.all(found.low.best <= found.low.high)


def test_a_section_that_was_not_measured_has_no_class():
    sections = drawn_sections(LUMEN_MM, WALL_MM)
    sections.calcium_area_mm2.best[5] = np.nan
    found = classes(lambda s, theta, r: np.full_like(s, 80.0), sections)
    assert np.isnan(found.middle.best[5]) and np.isnan(found.edge_mm2[5])
