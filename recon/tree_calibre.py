"""How wide the lines of a forest and of islands are, and where a line loses calibre that no branch explains."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from recon.centering import tangents
from recon.estimate import FloatArray
from recon.kernels.centering import half_height_radii
from recon.kernels.path import minimal_cost, walk_back, way_length
from recon.search_field import SearchField
from recon.tree_growth import Forest, IntArray
from recon.vesselness import Float32Array

FAT_HU = -80.0
LEAST_LEVEL_HU = 60.0
"""A radius is read at half height between fat and the axis, never below this."""

REACH_MM = 5.0
RAYS = 16
SMOOTHING = 2.0
MEDIAN = 7

TUBE_FACTOR = 1.4
"""No vessel is wider than this times the radius its tube filter answers to; in muscle the half-height radius can be."""

NEAR_MM, FAR_MM = 3.0, 12.0
"""Part of a line, seen from a joint, over which its calibre is read: past the fork and before it tapers.
Where it has no lumen, its calibre is that of the lumen beyond."""

CALCIUM_LUMENS, CALCIUM_ABOVE_HU = 1.05, 60.0
CALCIUM_PERCENTILE = 80.0
"""An island whose axis reaches more than this many lumens and HU at this percentile is a deposit and not a lumen."""

SHORT_MM, FULL_SHARE = 20.0, 0.97
"""A short piece as bright as the aorta is calcium too: lumen beyond an occlusion, or so thin, is never that bright."""

SECOND_MM, MOST_LINES = 4.0, 6
"""A place of an island this far off its lines gets a line of its own."""

WIDE_PERCENTILE = 85.0

_NO_MARKS = np.zeros((0, 0, 0), np.uint8)


@dataclass(frozen=True, slots=True)
class IslandEnd:
    """One end of an island's lines: flat voxel index, and the radius over its last millimetres (0 where it cannot be read)."""

    cell: int
    radius_mm: float


@dataclass(frozen=True, eq=False)
class IslandShape:
    """Of an island: widest radius, HU on its axis, whether it is calcium, length of its lines, and their ends."""

    wide_mm: float
    axis_hu: float
    is_calcium: bool
    length_mm: float
    ends: tuple[IslandEnd, ...]


def radii_mm(field: SearchField, points_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(half-height radius, HU on the axis cut at lumen and a little more), each (n,), along a voxel line (n, 3)."""
    if len(points_mm) < 3:
        return np.zeros(len(points_mm)), np.zeros(len(points_mm))
    index_from_lps = np.linalg.inv(field.grid.geometry.lps_from_index)
    points = ndimage.gaussian_filter1d(points_mm, SMOOTHING, axis=0, mode="nearest")
    axis_hu = ndimage.median_filter(field.grid.values(points), 5, mode="nearest")
    level = np.maximum(0.5 * (np.minimum(axis_hu, field.lumen_hu) + FAT_HU), LEAST_LEVEL_HU)
    rays = half_height_radii(field.grid.hu, index_from_lps, points, tangents(points), level, REACH_MM, RAYS)
    index = np.clip(np.rint(field.grid.geometry.index_kji(points_mm)).astype(int), 0, np.array(field.shape) - 1)
    tube_mm = ndimage.median_filter(field.lumen.radius_mm[tuple(index.T)], MEDIAN, mode="nearest")
    most = np.where(tube_mm > 0, TUBE_FACTOR * tube_mm, REACH_MM)
    radius = np.minimum(np.median(np.where(np.isnan(rays), REACH_MM, rays), axis=1), most)
    return np.asarray(ndimage.median_filter(radius, MEDIAN, mode="nearest")), np.asarray(axis_hu)


@dataclass(frozen=True, eq=False)
class TreeCalibre:
    """Radius per cell of a forest, and the lines from each leaf to its root."""

    radius_mm: dict[int, float]
    ways: tuple[list[int], ...]
    places: tuple[dict[int, int], ...]
    step_mm: float

    def before_mm(self, cell: int) -> float:
        """Median radius of the line that comes to a cell, over its last millimetres; 0 at an ostium."""
        for way, place in zip(self.ways, self.places, strict=True):
            if cell in place:
                return self._median(way[place[cell] + 1 :])
        return 0.0

    def after_mm(self, cell: int) -> float:
        """Largest median radius of the lines that go on from a cell; 0 at the end of a line."""
        found = [way[: place[cell]][::-1] for way, place in zip(self.ways, self.places, strict=True) if cell in place]
        return max((self._median(line) for line in found), default=0.0)

    def _median(self, cells: list[int]) -> float:
        near, far = int(NEAR_MM / self.step_mm), int(FAR_MM / self.step_mm)
        open_mm = [r for c in cells[near:] if (r := self.radius_mm[c]) > 0][: far - near]
        return float(np.median(open_mm)) if open_mm else 0.0

    def lost(self, cell: int) -> float:
        """Part of the calibre, 0 to 1, that ends at a cell: 1 at the end of a line, near 0 along an open vessel."""
        before = self.before_mm(cell)
        return float(np.clip(1.0 - self.after_mm(cell) / before, 0.0, 1.0)) if before > 0 else 0.0


MEAN_STEP = 1.2
"""Voxels between neighbours of a line, on average."""


def tree_calibre(field: SearchField, forest: Forest, known: dict[int, float]) -> TreeCalibre:
    """Radii along all lines; `known` holds those of earlier calls and is added to."""
    ways = tuple(forest.way_to_root(leaf) for leaf in dict.fromkeys(forest.leaves))
    for way in ways:
        if any(c not in known for c in way):
            radius, _ = radii_mm(field, field.points_mm(way))
            for cell, value in zip(way, radius, strict=True):
                # What is read on plaque is no calibre: the next joint of a bridge would be held against it.
                known.setdefault(cell, 0.0 if cell in forest.bridged else float(value))
    places = tuple({c: n for n, c in enumerate(way)} for way in ways)
    return TreeCalibre(known, ways, places, MEAN_STEP * field.grid.step_mm)


def island_shape(field: SearchField, cost: Float32Array, cells: IntArray) -> IslandShape:
    """The shape of an island, read on its longest line and on the line to the place farthest off that one."""
    lines = _lines(field, cost, cells)
    tips = [lines[0], *(line[::-1] for line in lines)]
    lines = lines[:2]
    radii, values = zip(*(radii_mm(field, line) for line in lines), strict=True)
    axis_hu = np.concatenate(values)
    calcium = float(np.percentile(axis_hu, CALCIUM_PERCENTILE)) > CALCIUM_LUMENS * field.lumen_hu + CALCIUM_ABOVE_HU
    length = sum(float(np.linalg.norm(np.diff(line, axis=0), axis=1).sum()) for line in lines)
    calcium |= length < SHORT_MM and float(np.median(axis_hu)) > FULL_SHARE * field.lumen_hu
    wide = max(float(np.percentile(r, WIDE_PERCENTILE)) for r in radii)
    return IslandShape(wide, float(np.median(axis_hu)), calcium, length, tuple(_end(field, tip) for tip in tips))


def _end(field: SearchField, line: FloatArray) -> IslandEnd:
    """The first end of a line."""
    away = np.linalg.norm(line - line[0], axis=1)
    radius, _ = radii_mm(field, line[: int(np.argmax(np.append(away, np.inf) > FAR_MM))])
    near = radius[(away[: len(radius)] > NEAR_MM) & (radius > 0)]
    return IslandEnd(field.cell(line[0]), float(np.median(near)) if len(near) else 0.0)


def _lines(field: SearchField, cost: Float32Array, cells: IntArray) -> list[FloatArray]:
    """LPS lines inside an island, all from one of its ends: the longest, then to the places farthest off those before."""
    index = np.stack(np.unravel_index(cells, field.shape), axis=1)
    low = index.min(axis=0)
    box = np.zeros(np.ptp(index, axis=0) + 1, np.float32)
    inner = np.ravel_multi_index(tuple((index - low).T), box.shape)
    box.ravel()[inner] = cost.ravel()[cells]
    start = int(inner[0])
    for _ in range(2):
        source = np.array([start], np.int64)
        arrival, step, _ = minimal_cost(box, source, np.zeros(1, np.float32), np.float32(np.inf), _NO_MARKS)
        way = way_length(step, arrival).ravel()
        start = int(np.argmax(way))

    def line(cell: int) -> FloatArray:
        walked = np.stack(np.unravel_index(walk_back(step, cell, _NO_MARKS)[::-1], box.shape), axis=1)
        return field.grid.geometry.points_mm(walked + low)

    found = [line(start)]
    points = field.grid.geometry.points_mm(index)
    apart, _ = cKDTree(found[0]).query(points)
    while apart.max() > SECOND_MM and len(found) < MOST_LINES:
        found.append(line(int(inner[np.argmax(apart)])))
        apart = np.minimum(apart, cKDTree(found[-1]).query(points)[0])
    return found
