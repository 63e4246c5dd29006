"""Blur makes calcium wide: the one-dimensional oracle of docs/clinical.md B.8, made with the kernel that the model uses."""

import numpy as np
import pytest

from recon.kernels.calcium_model import blurred, gaussian_taps

STEP_MM = 0.01
TRUE_HU, BACKGROUND_HU = 1500.0, 100.0

# PSF FWHM, true width, peak HU, widths at 130, 350 and 600 HU and at half maximum
TABLE = [
    (0.4, 0.5, 1302, 1.188, 0.813, 0.624, 0.560),
    (0.4, 1.0, 1495, 1.688, 1.313, 1.124, 1.001),
    (0.7, 0.5, 940, 1.703, 1.036, 0.681, 0.786),
    (0.7, 1.0, 1370, 2.204, 1.547, 1.218, 1.069),
    (0.7, 2.0, 1499, 3.204, 2.547, 2.218, 2.001),
    (1.0, 0.5, 722, 2.208, 1.214, 0.594, 1.059),
    (1.0, 1.0, 1165, 2.720, 1.780, 1.303, 1.249),
]


def _profile(fwhm, width):
    taps = np.empty(220)
    gaussian_taps(fwhm / 2.3548, STEP_MM, taps)
    one = np.ones(1)
    x = (np.arange(801) - 400) * STEP_MM
    slab = np.clip((width / 2 - np.abs(x)) / STEP_MM + 0.5, 0, 1) * (TRUE_HU - BACKGROUND_HU)
    out = np.empty((801, 1, 1))
    blurred(slab.reshape(-1, 1, 1), taps, one, one, out)
    return out.ravel() + BACKGROUND_HU


def _width(profile, threshold):
    above = np.flatnonzero(profile > threshold)
    first, last = above[0], above[-1]
    left = (threshold - profile[first - 1]) / (profile[first] - profile[first - 1])
    right = (profile[last] - threshold) / (profile[last] - profile[last + 1])
    return (last - first + 1 - left + right) * STEP_MM


@pytest.mark.parametrize(("fwhm", "width", "peak", "at_130", "at_350", "at_600", "at_half"), TABLE)
def test_measured_widths_of_a_blurred_slab_are_those_of_the_table(fwhm, width, peak, at_130, at_350, at_600, at_half):
    profile = _profile(fwhm, width)
    assert profile.max() == pytest.approx(peak, abs=2)
    half = (profile.max() + BACKGROUND_HU) / 2
    measured = [_width(profile, t) for t in (130, 350, 600, half)]
    assert measured == pytest.approx([at_130, at_350, at_600, at_half], abs=0.012)


def test_blur_conserves_the_integral():
    profile = _profile(0.7, 0.5) - BACKGROUND_HU
    assert profile.sum() * STEP_MM == pytest.approx(0.5 * (TRUE_HU - BACKGROUND_HU), rel=1e-3)
