"""Whether the images speak for a vessel at all: where a person clicked, and along a way between clicks."""

import itertools

import numpy as np
import numpy.typing as npt

from recon.estimate import FloatArray
from recon.search_field import SearchField

SEEN_WALL_HU, SEEN_TUBE_SHARE = 45.0, 0.3
"""A voxel of a way is on a vessel when the wall channel answers with this, or the contrast channel with this part of the
lumen."""

CLICK_WALL_HU, CLICK_TUBE_SHARE = 65.0, 0.28
"""The same for the best voxel about a click. On development cases vessels answered with 78 HU and more, fat, muscle and lung
with less than 62 (docs/tree.md)."""

CLICK_REACH_MM = 2.0
"""How far beside its axis a vessel may be clicked."""

UNSEEN_MM = 6.0
"""A longer stretch that nothing speaks for is a jump to something else; right ways had at most 4 mm."""


def is_vessel_near(field: SearchField, point_mm: npt.ArrayLike) -> bool:
    """Whether a tube of contrast or a cord lies within `CLICK_REACH_MM` of an LPS point."""
    index = field.grid.geometry.index_kji(point_mm)
    reach = CLICK_REACH_MM / field.grid.step_mm
    low = np.clip(np.ceil(index - reach).astype(int), 0, np.array(field.shape) - 1)
    high = np.clip(np.floor(index + reach).astype(int) + 1, low + 1, field.shape)
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    away = np.stack(np.meshgrid(*[np.arange(s.start, s.stop) for s in box], indexing="ij"), axis=-1) - index
    near = np.sum(away * away, axis=-1) <= reach * reach
    seen = (field.wall.contrast_hu[box] > CLICK_WALL_HU) | (field.lumen.contrast_hu[box] > CLICK_TUBE_SHARE * field.lumen_hu)
    return bool(np.any(near & seen))


def unseen_stretch(field: SearchField, cells: npt.NDArray[np.int64]) -> tuple[float, FloatArray] | None:
    """(arc in mm where it begins, LPS point of its middle) of the first stretch over `UNSEEN_MM` that nothing speaks for."""
    points = field.points_mm(cells)
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    tube_hu, wall_hu = field.lumen.contrast_hu.ravel()[cells], field.wall.contrast_hu.ravel()[cells]
    seen = np.flatnonzero((wall_hu > SEEN_WALL_HU) | (tube_hu > SEEN_TUBE_SHARE * field.lumen_hu))
    for before, after in itertools.pairwise([0, *(int(n) for n in seen), len(cells) - 1]):
        if arc[after] - arc[before] > UNSEEN_MM:
            return float(arc[before]), np.asarray(points[(before + after) // 2])
    return None
