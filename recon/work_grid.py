"""An isotropic float32 resampling of a part of a volume, with axes along LPS: what searches run on."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recon.estimate import FloatArray
from recon.geometry import Geometry
from recon.kernels.grid import resampled, values_at
from recon.vesselness import Float32Array
from recon.volume import Volume

OUTSIDE_HU = -1000.0
"""Value of grid voxels beyond the volume."""


@dataclass(frozen=True, eq=False)
class WorkGrid:
    """`hu` float32, index (k to the head, j to posterior, i to the left), cubic voxels of `step_mm`."""

    hu: Float32Array
    geometry: Geometry

    @property
    def step_mm(self) -> float:
        """Edge of a voxel."""
        return self.geometry.spacing_mm[0]

    def values(self, points_mm: FloatArray) -> FloatArray:
        """Trilinear HU (n,) at LPS points (n, 3)."""
        return np.asarray(values_at(self.hu, self.geometry.index_kji(points_mm)))


def extent_mm(volume: Volume) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest LPS corner of the voxel centres."""
    last = np.array(volume.hu.shape) - 1
    corners = np.array([[a, b, c] for a in (0, last[0]) for b in (0, last[1]) for c in (0, last[2])])
    points = volume.geometry.points_mm(corners)
    return points.min(axis=0), points.max(axis=0)


def work_grid(
    volume: Volume, step_mm: float, low_mm: npt.ArrayLike | None = None, high_mm: npt.ArrayLike | None = None
) -> WorkGrid:
    """The part of a volume between two LPS corners (cut to the volume; the whole volume by default) on cubic voxels."""
    low, high = extent_mm(volume)
    if low_mm is not None:
        low = np.maximum(low, np.asarray(low_mm, dtype=float))
    if high_mm is not None:
        high = np.minimum(high, np.asarray(high_mm, dtype=float))
    size = np.maximum(np.floor((high - low) / step_mm + 1e-6).astype(int) + 1, 3)
    shape = (int(size[2]), int(size[1]), int(size[0]))
    geometry = Geometry.axial(shape, (step_mm,) * 3, (float(low[0]), float(low[1]), float(low[2])))
    source_from_target = np.linalg.inv(volume.geometry.lps_from_index) @ geometry.lps_from_index
    return WorkGrid(resampled(volume.hu, source_from_target, shape, np.float32(OUTSIDE_HU)), geometry)
