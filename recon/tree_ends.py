"""Where lines end: in lumen, and not in calcium or in a guess beyond it."""

import numpy as np
import numpy.typing as npt

from recon.centering import LINE_STEP_MM, CentredLine
from recon.estimate import FloatArray
from recon.search_field import SearchField
from recon.tree_calibre import CALCIUM_LUMENS, MEAN_STEP
from recon.tree_growth import Forest, IntArray

SMALL_GAP_MM = 4.5
LEAST_BEYOND_MM = 9.0
"""Beyond a longer gap, lumen of at least this length in all must be seen; the rim of a deposit is shorter."""

ONE_WAY_MM = 14.0
"""Bridged stretches of a line less than this apart are one way through an occlusion: calcium between them looks like lumen."""

BEYOND_MM = 14.0
NARROW_SHARE, DIM_SHARE, DIM_PERCENTILE = 0.5, 0.5, 75.0
"""Plaque: what follows an occlusion and has less than this part both of the calibre before it and of the lumen's contrast."""

BESIDE_MM = 1.0
BESIDE_CALCIUM_HU = 180.0
"""Calcium beside a way: the brightest of many voxels of lumen is brighter than lumen by some noise."""

CALCIUM_REACH_MM = 3.0
MOST_CALCIUM_MM = 40.0
DARK_SHARE = 0.35
"""A line that ends in calcium is taken back to where this much lumen (neither calcium nor darker than this part) begins."""


def end_in_lumen(field: SearchField, forest: Forest, followed: set[int], ends: set[int]) -> None:
    """Ends every line, in place, in lumen: what was joined and leads to calcium alone, or to less lumen than tells a vessel from
    noise, is taken back, and so is calcium at an end.

    `followed` and `ends` are the cells and leaves of the forest before anything was joined.
    """
    step_mm = MEAN_STEP * field.grid.step_mm
    kept: list[int] = []
    for leaf in forest.leaves:
        way = forest.way_to_root(leaf)
        joint = next(n for n, cell in enumerate(way) if cell in followed)
        lumen = [n for n in range(joint) if way[n] not in forest.bridged]
        gap_mm = (joint - len(lumen)) * step_mm
        if joint == 0 or (lumen and (gap_mm < SMALL_GAP_MM or _lumen_mm(field, way, lumen) >= LEAST_BEYOND_MM)):
            kept.append(_before_calcium(field, way[lumen[0] :] if joint else way))
        elif way[joint] in ends:
            kept.append(_before_calcium(field, way[joint:]))
    forest.leaves = list(dict.fromkeys(kept))
    cells = {c for leaf in forest.leaves for c in forest.way_to_root(leaf)}
    forest.towards = {c: t for c, t in forest.towards.items() if c in cells}
    forest.bridged &= cells


def _lumen_mm(field: SearchField, way: list[int], lumen: list[int]) -> float:
    """Length of the lumen on a way, not more than the distance it leads: a way winds about a small piece."""
    first, last = field.points_mm([way[lumen[0]], way[lumen[-1]]])
    return min(len(lumen) * MEAN_STEP * field.grid.step_mm, float(np.linalg.norm(last - first)))


def ends_before_plaque(line: CentredLine, lumen_hu: float) -> int | None:
    """Index at which a centred line ends when what follows its last occlusion is only plaque; None where it is lumen."""
    runs = [(int(a), int(b)) for a, b in _runs(line.bridged)]
    if not runs:
        return None
    start, stop = runs[-1]
    for first, last in reversed(runs[:-1]):
        if (start - last) * LINE_STEP_MM >= ONE_WAY_MM:
            break
        start = first
    count = int(BEYOND_MM / LINE_STEP_MM)
    before = line.radius_mm[max(start - count, 0) : start]
    beyond = line.radius_mm[stop : stop + count]
    if not (before > 0).any() or not (beyond > 0).any():
        return None
    is_narrow = np.median(beyond[beyond > 0]) < NARROW_SHARE * np.median(before[before > 0])
    is_dim = np.percentile(line.axis_hu[stop : stop + count], DIM_PERCENTILE) < DIM_SHARE * lumen_hu
    return start if is_narrow and is_dim else None


def _runs(mask: npt.NDArray[np.bool_]) -> IntArray:
    """(start, stop) of each run of True, (n, 2)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return np.asarray(edges.reshape(-1, 2), np.int64)


def _before_calcium(field: SearchField, way: list[int]) -> int:
    """The cell at which a line (distal end first) ends when calcium close to its end is left out."""
    cell_mm = MEAN_STEP * field.grid.step_mm
    near = int(CALCIUM_REACH_MM / cell_mm)
    cells = np.array(way[: int(MOST_CALCIUM_MM / cell_mm)])
    hu = field.grid.hu.ravel()[cells]
    calcium = _brightest_near(field, cells) > CALCIUM_LUMENS * field.lumen_hu + BESIDE_CALCIUM_HU
    if not calcium[: 2 * near].any():
        return way[0]
    is_lumen = ~calcium & (hu > DARK_SHARE * field.lumen_hu)
    end = 0
    while not is_lumen[end : end + near].all():
        end += int(np.flatnonzero(~is_lumen[end : end + near])[-1]) + 1
    return way[end] if end < len(way) - 2 * near else way[0]


def _brightest_near(field: SearchField, cells: IntArray) -> FloatArray:
    """Largest HU within `BESIDE_MM` along each axis of each cell, (n,): a way may run along the rim of a deposit."""
    reach = round(BESIDE_MM / field.grid.step_mm)
    around = np.arange(-reach, reach + 1)
    offsets = np.stack(np.meshgrid(around, around, around, indexing="ij"), axis=-1).reshape(-1, 3)
    index = np.stack(np.unravel_index(cells, field.shape), axis=-1)[:, None, :] + offsets
    index = np.clip(index, 0, np.array(field.shape) - 1)
    return np.asarray(field.grid.hu[index[..., 0], index[..., 1], index[..., 2]].max(axis=1))
