"""Blur makes calcium wide: the one-dimensional oracle of docs/clinical.md B.8, made with the kernel that the model uses."""

import numpy as np
import pytest

from recon.phantom_slabs import BESIDE_HU, SLAB_HU, SLABS, STEP_MM, THRESHOLDS_HU, slab_profile_hu, width_above_mm


@pytest.mark.parametrize("slab", SLABS, ids=lambda s: f"{s.width_mm} mm, blur {s.fwhm_mm} mm")
def test_measured_widths_of_a_blurred_slab_are_those_of_the_table(slab):
    profile = slab_profile_hu(slab.fwhm_mm, slab.width_mm)
    assert profile.max() == pytest.approx(slab.peak_hu, abs=2)
    half = (profile.max() + BESIDE_HU) / 2
    measured = [width_above_mm(profile, t) for t in (*THRESHOLDS_HU, half)]
    assert measured == pytest.approx([*slab.widths_mm, slab.half_width_mm], abs=0.012)


def test_blur_conserves_the_integral():
    profile = slab_profile_hu(0.7, 0.5) - BESIDE_HU
    assert profile.sum() * STEP_MM == pytest.approx(0.5 * (SLAB_HU - BESIDE_HU), rel=1e-3)


def test_the_width_above_a_threshold_is_measured_between_samples():
    triangle = np.array([0.0, 0.0, 100.0, 200.0, 100.0, 0.0, 0.0])
    assert width_above_mm(triangle, 50.0) == pytest.approx(3.0 * STEP_MM)
    assert np.isnan(width_above_mm(triangle, 300.0))
