"""Tube contrast: how much brighter than its surroundings a tube through each voxel is, in HU."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recon.kernels.grid import gaussian_taps, smoothed_along
from recon.kernels.vesselness import strongest_tube
from recon.report import Report, silent

Float32Array = npt.NDArray[np.float32]

LUMEN_RADII_MM = (0.7, 1.0, 1.45, 2.1)
"""Radii the contrast channel is tuned to; neighbours overlap, so that 0.4 to 2.6 mm respond."""

WALL_RADII_MM = (1.3, 1.9, 2.6)
"""Outer radii the wall channel is tuned to."""

WALL_CLIP_HU = (-120.0, 150.0)
"""The wall channel sees fat to soft tissue only, so that contrast and calcium look like any other tissue."""


@dataclass(frozen=True, eq=False)
class TubeMap:
    """`contrast_hu` float32 and `radius_mm` float32 (0 where no tube), both shaped like the grid."""

    contrast_hu: Float32Array
    radius_mm: Float32Array


def smoothed(grid: Float32Array, sigma_voxels: float) -> Float32Array:
    """The grid convolved with an isotropic Gaussian."""
    taps = gaussian_taps(sigma_voxels)
    out: Float32Array = grid
    for axis in range(3):
        out = smoothed_along(out, taps, axis)
    return out


def tube_map(
    hu: Float32Array, step_mm: float, radii_mm: tuple[float, ...], floors_hu: tuple[float, ...], report: Report = silent
) -> TubeMap:
    """Tube contrast of an isotropic grid at the best of `radii_mm`, looked for where the HU smoothed for a radius is above its
    floor.

    A solid tube of radius r and contrast C smoothed by a Gaussian of sigma has the central cross-sectional curvature
    C u exp(-u) / sigma^2 with u = r^2 / (2 sigma^2), largest at sigma = r / sqrt 2. Scaled by e sigma^2, the response is C at
    the true radius for every radius, whatever the order of scales.
    """
    response = np.zeros(hu.shape, np.float32)
    number = np.zeros(hu.shape, np.uint8)
    done_variance = 0.0
    current = hu
    for n, (radius_mm, floor_hu) in enumerate(zip(radii_mm, floors_hu, strict=True)):
        report(n / len(radii_mm), "Looking for vessels")
        variance = 0.5 * (radius_mm / step_mm) ** 2
        current = smoothed(current, float(np.sqrt(variance - done_variance)))
        done_variance = variance
        strongest_tube(current, floor_hu, np.e * variance, n + 1, response, number)
    del current
    table = np.array((0.0, *radii_mm), np.float32)
    return TubeMap(response, table[number])
