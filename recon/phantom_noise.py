"""Image noise with the spectrum of filtered back-projection: a ramp under an apodising window, correlated along z."""

import math

import numpy as np
import scipy.fft

from recon.estimate import FloatArray
from recon.report import Report

FWHM_PER_SIGMA = 2 * math.sqrt(2 * math.log(2))


def in_plane_amplitude(rows: int, columns: int, pixel_mm: tuple[float, float], fwhm_mm: float) -> FloatArray:
    """Square root of the noise power at the frequencies of `rfft2`, shape (rows, columns // 2 + 1), unit variance.

    Power = f * MTF(f)^2: the ramp filter of the reconstruction times the kernel that also blurs the object.
    """
    fy = scipy.fft.fftfreq(rows, pixel_mm[0])[:, None]
    fx = scipy.fft.rfftfreq(columns, pixel_mm[1])[None, :]
    f = np.hypot(fy, fx)
    sigma = fwhm_mm / FWHM_PER_SIGMA
    power = f * np.exp(-((2 * math.pi * sigma * f) ** 2) * 0.75)
    twice = np.full(power.shape, 2.0)
    twice[:, 0] = 1.0
    if columns % 2 == 0:
        twice[:, -1] = 1.0
    mean = float((power * twice).sum() / (rows * columns))
    return np.asarray(np.sqrt(power / mean))


def add_noise(
    volume: np.ndarray,
    spacing_mm: tuple[float, float, float],
    sd_hu: float,
    fwhm_mm: float,
    z_fwhm_mm: float,
    seed: int,
    report: Report,
) -> None:
    """Add noise of standard deviation `sd_hu` to float32 `volume` (z, y, x) in place; the same seed gives the same noise."""
    if sd_hu <= 0:
        return
    slices, rows, columns = volume.shape
    amplitude = in_plane_amplitude(rows, columns, spacing_mm[1:], fwhm_mm).astype(np.float32)
    sigma = max(z_fwhm_mm / FWHM_PER_SIGMA / spacing_mm[0], 1e-3)
    half = max(1, math.ceil(3 * sigma))
    taps = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    taps = (sd_hu * taps / np.linalg.norm(taps)).astype(np.float32)
    for k in range(-half, slices + half):
        report((k + half) / (slices + 2 * half), "Adding noise")
        rng = np.random.default_rng([seed, 77, k + half])
        white = rng.standard_normal((rows, columns), dtype=np.float32)
        layer = scipy.fft.irfft2(scipy.fft.rfft2(white, workers=2) * amplitude, s=(rows, columns), workers=2)
        for tap, weight in enumerate(taps):
            target = k + tap - half
            if 0 <= target < slices:
                volume[target] += weight * layer
