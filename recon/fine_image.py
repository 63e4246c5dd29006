"""The image about a vessel as a cubic B-spline, so that sampling between voxels adds no blur of its own.

Cubic convolution damps what a sharp scan holds near the finest detail its voxels carry; a fit that knows the blur of the scan
would see it as more blur (Thevenaz, Blu, Unser 2000, IEEE Trans Med Imaging 19:739).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter, spline_filter

from recon.centerline import Centerline
from recon.estimate import FloatArray
from recon.geometry import Geometry
from recon.kernels.reformat import spline_samples
from recon.volume import Volume

MARGIN_VOXELS = 4
"""Voxels kept beyond the reach: a coefficient hardly depends on voxels farther away."""

MIN_VOXELS = 2


@dataclass(frozen=True, eq=False)
class FineImage:
    """Spline coefficients float32 (slices, rows, columns) of a part of a volume, and where that part lies."""

    coefficients: npt.NDArray[np.float32]
    geometry: Geometry

    def at(self, points_mm: FloatArray) -> npt.NDArray[np.float32]:
        """HU at LPS positions (..., 3); NaN outside the part."""
        out = np.empty(points_mm.shape[:-1], dtype=np.float32)
        index = np.ascontiguousarray(self.geometry.index_kji(points_mm).reshape(-1, 3))
        spline_samples(self.coefficients, index, out.reshape(-1))
        return out


def fine_image(
    volume: Volume, line: Centerline, reach_mm: float, blur_voxels: tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> FineImage:
    """The image within `reach_mm` of a line that touches the volume, blurred further by an SD in voxels (slice, row, column)."""
    first, last = part_near(volume.geometry, line.points_mm, reach_mm)
    part = volume.hu[first[0] : last[0], first[1] : last[1], first[2] : last[2]].astype(np.float32)
    return spline_image(part, volume.geometry.cropped(first, last), blur_voxels)


def spline_image(
    hu: npt.NDArray[np.float32], geometry: Geometry, blur_voxels: tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> FineImage:
    """Voxels, blurred by an SD in voxels, as a spline."""
    if max(blur_voxels) > 0:
        hu = gaussian_filter(hu, blur_voxels, mode="nearest")
    return FineImage(spline_filter(hu, order=3, output=np.float32, mode="mirror"), geometry)


def part_near(geometry: Geometry, points_mm: FloatArray, reach_mm: float) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """First voxel and the one behind the last (slice, row, column) of the part within `reach_mm` of points (n, 3)."""
    index, size = geometry.index_kji(points_mm), np.array(geometry.shape)
    margin = reach_mm / np.array(geometry.spacing_mm) + MARGIN_VOXELS
    start = np.clip(np.floor(index.min(axis=0) - margin).astype(int), 0, np.maximum(size - MIN_VOXELS, 0))
    stop = np.clip(np.ceil(index.max(axis=0) + margin).astype(int) + 1, np.minimum(start + MIN_VOXELS, size), size)
    return (int(start[0]), int(start[1]), int(start[2])), (int(stop[0]), int(stop[1]), int(stop[2]))
