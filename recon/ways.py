"""The distinct ways between two places of a search field, and how likely each is to be the vessel."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial import cKDTree

from recon.estimate import FloatArray
from recon.kernels.path import guided_steps, mark_tube, minimal_cost, walk_back
from recon.search_field import SearchField
from recon.tree_growth import IntArray
from recon.vesselness import Float32Array

MOST_WAYS = 4
TRIES = 5
DEARER = np.float32(3.0)
"""A stretch that was taken is this much dearer to the next way."""

TAKEN_MM = 2.0
KEPT_ENDS_MM = 1.0
APART_MM = 2.5
"""Ways that never come farther apart are one way."""

LEAST_GAP_MM = 1.2
"""A shorter run without contrast is noise; where an artery touches a vein little more parts them."""

MOST_COST = 1.8
"""A way that costs this much more than the cheapest is none."""

LOOKED_AT_COST = 3.0
"""Nor is anything looked at that could only be reached for this much more; the search ends when such a way is next."""

ARM_MM = 4.0
AROUND_MM = 3.0
LOOKED_AHEAD = np.float32(1.5)
"""Up to this many times the cost of the cheapest way what is left to pay is known; to know more takes longer than it saves."""

_NO_MARKS = np.zeros((0, 0, 0), np.uint8)
_NO_START = np.zeros(1, np.float32)


PER_COST, PER_GAP_MM, PER_TURN_DEG, PER_LENGTH_MM = 0.0132, 0.035, 0.034, 0.086
"""Log odds that a way loses for its cost, for running without contrast, for its sharpest turn there and for its length; fitted
to pairs of right and wrong ways on development cases (docs/tree.md)."""


@dataclass(frozen=True, eq=False)
class Way:
    """Flat voxel indices from start to goal, and how likely this is the vessel among the ways found."""

    cells: IntArray
    probability: float


def likely_ways(field: SearchField, cost: Float32Array, is_open: npt.NDArray[np.bool_], start: int, goal: int) -> tuple[Way, ...]:
    """The distinct ways, likeliest first; their probabilities sum to 1. Empty when no way leads."""
    found = distinct_ways(field, cost, is_open, start, goal)
    odds = np.array([log_odds(field, cost, is_open, cells) for cells in found])
    share = np.exp(odds - odds.max(initial=0.0)) if len(odds) else odds
    ways = [Way(cells, float(p)) for cells, p in zip(found, share / max(share.sum(), 1e-300), strict=True)]
    return tuple(sorted(ways, key=lambda way: -way.probability))


def log_odds(field: SearchField, cost: Float32Array, is_open: npt.NDArray[np.bool_], cells: IntArray) -> float:
    """What speaks for a way; only differences between ways of the same ends mean anything."""
    points = field.points_mm(cells)
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    runs = _gaps(field, is_open, cells)
    odds = -PER_COST * _cost_of(field, cost, cells) - PER_LENGTH_MM * float(arc[-1])
    if runs:
        beside = max(3, round(AROUND_MM / max(float(np.median(np.diff(arc))), 0.1)))
        turn = _sharpest_deg(points, arc, max(0, runs[0][0] - beside), min(len(points), runs[-1][1] + beside))
        odds -= PER_GAP_MM * sum(float(arc[b - 1] - arc[a]) for a, b in runs) + PER_TURN_DEG * turn
    return odds


def part_most(field: SearchField, one: IntArray, other: IntArray) -> FloatArray:
    """The LPS point (3,) of a way that lies farthest from another."""
    points = field.points_mm(one)
    return np.asarray(points[int(np.argmax(cKDTree(field.points_mm(other)).query(points)[0]))])


def cheapest_way(cost: Float32Array, start: int, goal: int) -> IntArray | None:
    """Cells of the cheapest way, both ends included; None where no way leads."""
    found = _from_goal(cost, start, goal)
    return None if found is None else found[0]


def _from_goal(cost: Float32Array, start: int, goal: int) -> tuple[IntArray, Float32Array] | None:
    """The cheapest way, and the cost from each voxel to the goal as far as it is below that of the way."""
    starts = np.zeros(cost.shape, np.uint8)
    starts.ravel()[start] = 1
    source = np.array([goal], np.int64)
    to_goal, step, reached = minimal_cost(cost, source, _NO_START, np.float32(np.inf), starts)
    return None if reached < 0 else (np.asarray(walk_back(step, reached, _NO_MARKS)), to_goal)


def distinct_ways(
    field: SearchField, cost: Float32Array, is_open: npt.NDArray[np.bool_], start: int, goal: int
) -> tuple[IntArray, ...]:
    """The cheapest way and the next that run elsewhere where there is no contrast, `MOST_WAYS` in all; empty when none leads."""
    searched = _from_goal(cost, start, goal)
    if searched is None:
        return ()
    first, to_goal = searched
    found = [last := first]
    least, most = to_goal.ravel()[start], MOST_COST * _cost_of(field, cost, first)
    if doubtful_part(field, is_open, first) is None:
        return (first,)
    known_to = LOOKED_AHEAD * least
    to_goal, _, _ = minimal_cost(cost, np.array([goal], np.int64), _NO_START, known_to, _NO_MARKS)
    dear = cost.copy()
    for _ in range(TRIES):
        doubt = doubtful_part(field, is_open, last)
        if doubt is None or len(found) == MOST_WAYS:
            break
        taken = np.zeros(cost.shape, np.int32)
        mark_tube(taken, last[doubt], np.full(doubt.stop - doubt.start, TAKEN_MM / field.grid.step_mm), 1)
        dear[taken > 0] *= DEARER
        # Nothing has become cheaper, so the first search tells what is left to pay at least.
        step, arrived = guided_steps(dear, cost, start, goal, to_goal, known_to, np.float32(LOOKED_AT_COST) * least)
        if not arrived:
            break
        other = np.asarray(walk_back(step, goal, _NO_MARKS)[::-1])
        if _cost_of(field, cost, other) > most:
            break
        if not any(_is_same(field, other, known) for known in found):
            found.append(other)
        last = other
    return tuple(found)


def doubtful_part(field: SearchField, is_open: npt.NDArray[np.bool_], cells: IntArray) -> slice | None:
    """From where a way first leaves contrast to where it last comes back, a little shortened; None when it never leaves it."""
    runs = _gaps(field, is_open, cells)
    if not runs:
        return None
    keep = max(1, round(KEPT_ENDS_MM / field.grid.step_mm))
    start, stop = runs[0][0] + keep, runs[-1][1] - keep
    return slice(start, stop) if stop > start else None


def _gaps(field: SearchField, is_open: npt.NDArray[np.bool_], cells: IntArray) -> list[tuple[int, int]]:
    """(start, stop) of the runs of a way without contrast that are long enough to count."""
    points = field.points_mm(cells)
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    closed = ~is_open.ravel()[cells]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], closed.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True) if arc[b - 1] - arc[a] >= LEAST_GAP_MM]


def _cost_of(field: SearchField, cost: Float32Array, cells: IntArray) -> float:
    points = field.points_mm(cells)
    length = np.linalg.norm(np.diff(points, axis=0), axis=1)
    value = np.maximum(cost.ravel()[cells].astype(float), 0.0)
    return float(np.sum(length * 0.5 * (value[1:] + value[:-1])))


def _is_same(field: SearchField, one: IntArray, other: IntArray) -> bool:
    a, b = field.points_mm(one), field.points_mm(other)
    return max(float(cKDTree(a).query(b)[0].max()), float(cKDTree(b).query(a)[0].max())) < APART_MM


def _sharpest_deg(points: FloatArray, arc: FloatArray, start: int, stop: int) -> float:
    """Largest turn between arms of `ARM_MM` of a voxel way."""
    smooth = ndimage.gaussian_filter1d(points, 2.0, axis=0, mode="nearest")
    at = np.arange(start, stop)
    before = np.searchsorted(arc, arc[at] - ARM_MM)
    after = np.minimum(np.searchsorted(arc, arc[at] + ARM_MM), len(arc) - 1)
    one, other = smooth[at] - smooth[before], smooth[after] - smooth[at]
    norm = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    cosine = np.sum(one * other, axis=1) / np.maximum(norm, 1e-9)
    return float(np.degrees(np.arccos(np.clip(cosine[norm > 1.0], -1.0, 1.0))).max(initial=0.0))
