"""What the tree search runs on: the heart region with its two tube channels, and how far each voxel is from the aorta."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recon.estimate import FloatArray
from recon.report import Report, part_of, silent
from recon.vesselness import LUMEN_RADII_MM, WALL_CLIP_HU, WALL_RADII_MM, Float32Array, TubeMap, smoothed, tube_map
from recon.vessels import Aorta
from recon.volume import Volume
from recon.work_grid import WorkGrid, extent_mm, work_grid

STEP_MM = 0.5
"""Voxel edge of the search; lines are centred on the original volume afterwards."""

MAX_VOXELS = 21_000_000
"""A larger heart region gets larger voxels, so that the whole tree stays under 2 GB."""

BOX_LOW_MM = np.array([-78.0, -88.0, -125.0])
BOX_HIGH_MM = np.array([108.0, 90.0, 40.0])
"""Heart region about the aortic root, LPS."""

FAT_HU = -85.0
SOFT_TISSUE_HU = 100.0
LUNG_HU = -400.0
LUNG_SIGMA_MM = 4.0
LUNG_SHARE = 0.6
"""A voxel with more than this share of lung around it cannot hold a coronary artery: they lie on the heart."""

LUMEN_FLOORS = ((60.0, 0.15), (90.0, 0.25), (90.0, 0.25), (90.0, 0.25))
"""Least smoothed HU of open vessel at each of `LUMEN_RADII_MM`, absolute and as a share of the aortic lumen: fat pulls a thin
open vessel down to soft tissue, but not a wide one, and a wide cord of soft tissue is no open vessel."""

WALL_FLOOR_HU = -70.0
CALCIUM_MARGIN_HU = 60.0
"""Values above lumen plus this are cut, so that calcium looks like lumen to the contrast channel."""


@dataclass(frozen=True, eq=False)
class SearchField:
    """Arrays shaped like `grid.hu`: `soft_hu` smoothed and cut, tube channels, `aorta_mm` signed distance outside the aorta."""

    grid: WorkGrid
    lumen_hu: float
    noise_hu: float
    soft_hu: Float32Array
    lumen: TubeMap
    wall: TubeMap
    aorta_mm: Float32Array

    @property
    def shape(self) -> tuple[int, int, int]:
        """Grid shape."""
        return self.grid.geometry.shape

    def points_mm(self, cells: npt.ArrayLike) -> FloatArray:
        """LPS points (n, 3) of flat voxel indices."""
        return self.grid.geometry.points_mm(np.stack(np.unravel_index(np.asarray(cells), self.shape), axis=-1))

    def cell(self, point_mm: npt.ArrayLike) -> int:
        """Flat index of the voxel nearest an LPS point, cut to the grid."""
        index = np.rint(self.grid.geometry.index_kji(point_mm)).astype(int)
        index = np.clip(index, 0, np.array(self.shape) - 1)
        return int(np.ravel_multi_index((index[0], index[1], index[2]), self.shape))


def search_field(volume: Volume, aorta: Aorta, report: Report = silent) -> SearchField:
    """The field of the heart region below an aorta."""
    root = aorta.axis_mm[0]
    low, high = extent_mm(volume)
    size = np.minimum(high, root + BOX_HIGH_MM) - np.maximum(low, root + BOX_LOW_MM)
    step = max(STEP_MM, float(np.prod(np.maximum(size, 1.0)) / MAX_VOXELS) ** (1 / 3))
    grid = work_grid(volume, step, root + BOX_LOW_MM, root + BOX_HIGH_MM)
    return field_on(grid, aorta.mean_hu, aorta.sd_hu, _outside_aorta(grid, aorta), report)


def field_on(
    grid: WorkGrid, lumen_hu: float, noise_hu: float, aorta_mm: Float32Array | None = None, report: Report = silent
) -> SearchField:
    """The field of a given grid; without an aorta every voxel counts as far from it."""
    cut = np.clip(grid.hu, -150.0, lumen_hu + CALCIUM_MARGIN_HU)
    soft = smoothed(cut, LUMEN_RADII_MM[0] / np.sqrt(2) / grid.step_mm)
    floors = tuple(max(least, share * lumen_hu) for least, share in LUMEN_FLOORS)
    lumen = tube_map(cut, grid.step_mm, LUMEN_RADII_MM, floors, part_of(report, 0.0, 0.5))
    del cut  # each grid is 84 MB, and the search is at its most here
    lung = smoothed((grid.hu[::2, ::2, ::2] < LUNG_HU).astype(np.float32), LUNG_SIGMA_MM / grid.step_mm / 2) > LUNG_SHARE
    lung = np.repeat(np.repeat(np.repeat(lung, 2, 0), 2, 1), 2, 2)[: soft.shape[0], : soft.shape[1], : soft.shape[2]]
    wall = tube_map(
        np.clip(grid.hu, *WALL_CLIP_HU),
        grid.step_mm,
        WALL_RADII_MM,
        (WALL_FLOOR_HU,) * len(WALL_RADII_MM),
        part_of(report, 0.5, 1.0),
    )
    lumen.contrast_hu[lung] = 0.0
    wall.contrast_hu[lung] = 0.0
    if aorta_mm is None:
        aorta_mm = np.full(grid.hu.shape, 99.0, np.float32)
    return SearchField(grid, lumen_hu, noise_hu, soft, lumen, wall, aorta_mm)


BELOW_ROOT_MM = 6.0
"""The last disc of the aorta is continued this far down as the sinus floor."""


def _outside_aorta(grid: WorkGrid, aorta: Aorta) -> Float32Array:
    """Distance (negative inside) of each voxel to the tube of the aorta in its own slice; 99 below the root."""
    z, y, x = (grid.geometry.points_mm(np.eye(3)[a] * np.arange(n)[:, None])[:, 2 - a] for a, n in enumerate(grid.hu.shape))
    axis_z = aorta.axis_mm[:, 2]
    center_x, center_y = (np.interp(z, axis_z, aorta.axis_mm[:, a]) for a in (0, 1))
    radius = np.interp(z, axis_z, aorta.radius_mm)
    out = np.empty(grid.hu.shape, np.float32)
    for k in range(len(z)):
        out[k] = np.hypot(y[:, None] - center_y[k], x[None, :] - center_x[k]) - radius[k]
    out[z < axis_z[0] - BELOW_ROOT_MM] = 99.0
    return out
