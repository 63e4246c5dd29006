"""A slab of calcium blurred along one line, with the widths that thresholds measure (docs/clinical.md B.8)."""

from dataclasses import dataclass

import numpy as np

from recon.estimate import FloatArray
from recon.kernels.calcium_model import blurred, gaussian_taps
from recon.phantom_noise import FWHM_PER_SIGMA

SLAB_HU, BESIDE_HU = 1500.0, 100.0
STEP_MM = 0.01
HALF_SAMPLES = 400
THRESHOLDS_HU = (130.0, 350.0, 600.0)


@dataclass(frozen=True, slots=True)
class BlurredSlab:
    """Blur and true width, the peak, and the widths at `THRESHOLDS_HU` and at half maximum."""

    fwhm_mm: float
    width_mm: float
    peak_hu: float
    widths_mm: tuple[float, float, float]
    half_width_mm: float


SLABS = (
    BlurredSlab(0.4, 0.5, 1302, (1.188, 0.813, 0.624), 0.560),
    BlurredSlab(0.4, 1.0, 1495, (1.688, 1.313, 1.124), 1.001),
    BlurredSlab(0.7, 0.5, 940, (1.703, 1.036, 0.681), 0.786),
    BlurredSlab(0.7, 1.0, 1370, (2.204, 1.547, 1.218), 1.069),
    BlurredSlab(0.7, 2.0, 1499, (3.204, 2.547, 2.218), 2.001),
    BlurredSlab(1.0, 0.5, 722, (2.208, 1.214, 0.594), 1.059),
    BlurredSlab(1.0, 1.0, 1165, (2.720, 1.780, 1.303), 1.249),
)
"""The rows of docs/clinical.md B.8."""


def slab_profile_hu(fwhm_mm: float, width_mm: float) -> FloatArray:
    """HU across a slab every `STEP_MM`, its middle in the middle, blurred by the kernel of the calcium model."""
    taps, one = np.empty(220), np.ones(1)
    gaussian_taps(fwhm_mm / FWHM_PER_SIGMA, STEP_MM, taps)
    x = np.arange(-HALF_SAMPLES, HALF_SAMPLES + 1) * STEP_MM
    slab = np.clip((width_mm / 2 - np.abs(x)) / STEP_MM + 0.5, 0, 1) * (SLAB_HU - BESIDE_HU)
    out = np.empty((len(x), 1, 1))
    blurred(slab.reshape(-1, 1, 1), taps, one, one, out)
    return np.asarray(out.ravel() + BESIDE_HU)


def width_above_mm(profile_hu: FloatArray, threshold_hu: float) -> float:
    """Width of the part of a profile above a threshold, between samples by straight lines; NaN when none is."""
    above = np.flatnonzero(profile_hu > threshold_hu)
    if not len(above):
        return float("nan")
    first, last = int(above[0]), int(above[-1])
    left = (threshold_hu - profile_hu[first - 1]) / (profile_hu[first] - profile_hu[first - 1])
    right = (profile_hu[last] - threshold_hu) / (profile_hu[last] - profile_hu[last + 1])
    return float((last - first + 1 - left + right) * STEP_MM)
