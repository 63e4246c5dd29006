"""Frames and conversions: voxel index (slice, row, column) <-> DICOM patient LPS in mm. The only place that converts."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recon.errors import GeometryError
from recon.estimate import FloatArray

ORTHOGONALITY_TOLERANCE = 1e-3
"""Largest |cosine| between two voxel axes of a rectilinear grid."""


@dataclass(frozen=True, eq=False)
class Geometry:
    """A rectilinear voxel grid in LPS, without voxels.

    `lps_from_index` is a (4, 4) matrix that takes (slice, row, column, 1) to LPS mm of the voxel centre.
    Raises GeometryError when its axes are not orthogonal or a spacing is not positive.
    """

    shape: tuple[int, int, int]
    lps_from_index: FloatArray
    frame_of_reference_uid: str = ""

    def __post_init__(self) -> None:
        spacing = np.linalg.norm(self.lps_from_index[:3, :3], axis=0)
        if not np.all(np.isfinite(self.lps_from_index)) or np.any(spacing <= 0):
            raise GeometryError("A voxel spacing is zero or not a number.", f"Got {spacing} mm.", "Export the series again.")
        unit = self.lps_from_index[:3, :3] / spacing
        if np.abs(unit.T @ unit - np.eye(3)).max() > ORTHOGONALITY_TOLERANCE:
            raise GeometryError(
                "The voxel grid is sheared.", "The slice direction is not square to the image plane.", "Resample it first."
            )
        self.lps_from_index.flags.writeable = False

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Spacing along (slice, row, column), that is (z, y, x)."""
        z, y, x = np.linalg.norm(self.lps_from_index[:3, :3], axis=0)
        return float(z), float(y), float(x)

    @property
    def direction(self) -> FloatArray:
        """(3, 3); column c is the LPS unit vector of index axis c (slice, row, column)."""
        return np.asarray(self.lps_from_index[:3, :3] / np.array(self.spacing_mm))

    def points_mm(self, index_kji: npt.ArrayLike) -> FloatArray:
        """LPS positions, shape (..., 3), of (slice, row, column) indices of shape (..., 3)."""
        return np.asarray(index_kji, dtype=float) @ self.lps_from_index[:3, :3].T + self.lps_from_index[:3, 3]

    def index_kji(self, points_mm: npt.ArrayLike) -> FloatArray:
        """Fractional (slice, row, column) indices, shape (..., 3), of LPS positions of shape (..., 3)."""
        inverse = np.linalg.inv(self.lps_from_index[:3, :3])
        return (np.asarray(points_mm, dtype=float) - self.lps_from_index[:3, 3]) @ inverse.T

    def contains(self, points_mm: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Whether each LPS position lies within the outermost voxel centres."""
        index = self.index_kji(points_mm)
        return np.asarray(np.all((index >= 0) & (index <= np.array(self.shape) - 1), axis=-1))

    def cropped(self, start_kji: tuple[int, int, int], stop_kji: tuple[int, int, int]) -> "Geometry":
        """The grid of array[start:stop] along each axis."""
        matrix = self.lps_from_index.copy()
        matrix[:3, 3] = self.points_mm(start_kji)
        size = tuple(b - a for a, b in zip(start_kji, stop_kji, strict=True))
        return Geometry((size[0], size[1], size[2]), matrix, self.frame_of_reference_uid)

    @staticmethod
    def axial(
        shape: tuple[int, int, int], spacing_mm: tuple[float, float, float], origin_mm: tuple[float, float, float]
    ) -> "Geometry":
        """A head-first supine axial grid: slices towards the head, rows posterior, columns left; spacing is (z, y, x)."""
        matrix = np.eye(4)
        matrix[:3, :3] = np.array([[0, 0, spacing_mm[2]], [0, spacing_mm[1], 0], [spacing_mm[0], 0, 0]])
        matrix[:3, 3] = origin_mm
        return Geometry(shape, matrix)
