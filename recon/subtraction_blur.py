"""The blur of a non-contrast scan, and what each of two scans lacks to be as blurred as the other."""

import math
from dataclasses import dataclass

import numpy as np

from recon.edge_blur import FWHM_PER_SD
from recon.estimate import Estimate
from recon.sections import ScanPhysics
from recon.volume import Volume

PLANE_FWHM_MM = Estimate(0.6, 0.85, 1.1)
"""In-plane blur of a non-contrast heart scan: nothing in it has edges sharp and bright enough to tell [E]."""

SLICE_PART, FOCUS_MM, SLICE_ERROR = 0.95, 0.55, 0.15
"""Blur across slices: this part of their thickness, and of the scanner itself; relative error [E]."""


@dataclass(frozen=True, slots=True)
class PairBlur:
    """SD in mm (across slices, in plane) of both scans and of the blur that both are brought to."""

    contrast_mm: tuple[float, float]
    noncontrast_mm: tuple[float, float]

    @property
    def target_mm(self) -> tuple[float, float]:
        """The larger of the two in each direction."""
        z, plane = (max(a, b) for a, b in zip(self.contrast_mm, self.noncontrast_mm, strict=True))
        return z, plane

    @property
    def contrast_lacks_mm(self) -> tuple[float, float]:
        """SD by which the contrast scan has to be blurred."""
        return _lacking(self.contrast_mm, self.target_mm)

    @property
    def noncontrast_lacks_mm(self) -> tuple[float, float]:
        """SD by which the non-contrast scan has to be blurred."""
        return _lacking(self.noncontrast_mm, self.target_mm)


def noncontrast_blur_mm(volume: Volume) -> tuple[Estimate, Estimate]:
    """FWHM (across slices, in plane) from the slices' thickness and what such scans do."""
    apart = volume.geometry.spacing_mm[0]
    thick = volume.acquisition.slice_thickness_mm or apart
    across = math.hypot(FOCUS_MM, SLICE_PART * max(thick, apart))
    return Estimate.around(across, SLICE_ERROR * across), PLANE_FWHM_MM


def pair_blur(physics: ScanPhysics, noncontrast: tuple[Estimate, Estimate]) -> PairBlur:
    """Both blurs as SD."""
    z, plane = physics.psf_z_fwhm_mm.best, physics.psf_in_plane_fwhm_mm.best
    return PairBlur(
        (z / FWHM_PER_SD, plane / FWHM_PER_SD), (noncontrast[0].best / FWHM_PER_SD, noncontrast[1].best / FWHM_PER_SD)
    )


def _lacking(has_mm: tuple[float, float], target_mm: tuple[float, float]) -> tuple[float, float]:
    z, plane = (math.sqrt(max(t**2 - h**2, 0.0)) for h, t in zip(has_mm, target_mm, strict=True))
    return z, plane


def voxel_sigma(sigma_mm: tuple[float, float], spacing_mm: tuple[float, float, float]) -> tuple[float, float, float]:
    """SD (across slices, in plane) in voxels of (slice, row, column)."""
    z, y, x = np.array([sigma_mm[0], sigma_mm[1], sigma_mm[1]]) / np.array(spacing_mm)
    return float(z), float(y), float(x)
