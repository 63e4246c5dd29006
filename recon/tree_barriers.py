"""Where a followed line has left the artery: into a vein, which widens, or onto the rim of a chamber, which is no tube."""

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from recon.estimate import FloatArray
from recon.search_field import SOFT_TISSUE_HU, SearchField
from recon.tree_growth import Forest

WINDOW_MM = 9.0
WIDENING = 1.5
WIDENING_MM = 0.25
WIDE_FOR_MM = 8.0
"""An artery tapers; a branch that for this long is this much wider than it was at its narrowest has gone into a vein."""

RIM_SHARE = 0.68
RIM_WALL_HU = 55.0
RIM_CONTRAST = 0.36
"""A stretch below all three is a chamber's rim: little tube contrast for its brightness, none against fat, little at all."""

LEAST_MM = 14.0
"""Rims are not judged this near the ostium, where the aorta itself spoils the measures."""

BEFORE_FORK_MM = 8.0


def off_rims(cells: list[int], field: SearchField, forest: Forest) -> list[int]:
    """The first part of a way (ostium first) that is not on the rim of a chamber."""
    index = np.asarray(cells)
    arc = _arc_mm(index, field)
    count = _window(arc)
    if len(cells) < 2 * count:
        return cells
    contrast = field.lumen.contrast_hu.ravel()[index]
    share = _middle(contrast / np.maximum(field.soft_hu.ravel()[index] - SOFT_TISSUE_HU, 60.0), count)
    wall = _middle(field.wall.contrast_hu.ravel()[index], count)
    rim = (share < RIM_SHARE) & (wall < RIM_WALL_HU) & (_middle(contrast / field.lumen_hu, count) < RIM_CONTRAST)
    bridged = np.array([c in forest.bridged for c in cells], np.uint8)
    # The tapered lumen before and behind an occlusion answers as little as a rim does.
    rim &= (arc > LEAST_MM) & (ndimage.maximum_filter1d(bridged, 2 * count + 1) == 0)
    return cells[: max(2, int(np.flatnonzero(rim)[0]) - count // 2)] if rim.any() else cells


def before_vein(cells: list[int], shared: int, field: SearchField, forest: Forest) -> list[int]:
    """The way of a branch up to where it widens like a vein; its first `shared` cells are its parent's."""
    index = np.asarray(cells)
    arc = _arc_mm(index, field)
    start = int(np.searchsorted(arc, max(arc[max(shared - 1, 0)] - BEFORE_FORK_MM, 0.0)))
    radius = field.lumen.radius_mm.ravel()[index]
    known = np.array([n for n in range(start, len(cells)) if cells[n] not in forest.bridged and radius[n] > 0], int)
    count = _window(arc)
    if len(known) < 2 * count:
        return cells
    middle = _middle(radius[known], count)
    wide = middle > WIDENING * np.minimum.accumulate(middle) + WIDENING_MM
    if wide.sum() * arc[-1] / len(arc) < WIDE_FOR_MM:
        return cells
    first = int(np.flatnonzero(wide)[0])
    return cells[: max(shared + 1, int(known[np.argmin(middle[:first])]))]


def _arc_mm(index: npt.NDArray[np.int64], field: SearchField) -> FloatArray:
    points = field.points_mm(index)
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])


def _window(arc: FloatArray) -> int:
    """Cells in `WINDOW_MM` of a way."""
    return max(5, int(WINDOW_MM / max(float(arc[-1]) / max(len(arc) - 1, 1), 0.1)))


def _middle(values: FloatArray, count: int) -> FloatArray:
    return np.asarray(ndimage.median_filter(values, count, mode="nearest"))
