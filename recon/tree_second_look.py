"""A second look for vessels beyond an occlusion: from what is still off the tree back to every place where a vessel was lost.

The wave from the tree meets an island from the nearest of its lines. Where a branch runs beside the occluded vessel, that is the
branch; so the wave is started at the island here, and may not run along the vessels already followed.
"""

import numpy as np

from recon.kernels.path import mark_tube, minimal_cost, walk_back
from recon.search_field import SearchField
from recon.tree_calibre import TreeCalibre
from recon.tree_growth import Forest, IntArray
from recon.tree_links import BACKWARDS, DIM_SHARE, LONG_ISLAND_MM, Island, Link, link_odds
from recon.vesselness import Float32Array

REACH_MM = 45.0
MAX_COST = 400.0
OWN_MM = 1.5
OWN_COST = np.float32(12.0)
"""Voxels this near a line of the tree are its lumen: no way round an occlusion."""

LOST_LEAST = 0.15
"""A place loses calibre when this part of it ends there; the odds tell how much that says."""

LONG_DEPOSIT_MM = 8.0
"""Calcium of this length lies along a vessel: a landmark on the way to what is beyond."""

MOST_PLACES = 150
LEAST_ODDS = 1.0
"""The best of many places is to be a little better than one that was the only one."""

_NO_MARKS = np.zeros((0, 0, 0), np.uint8)


def second_links(
    field: SearchField, forest: Forest, calibre: TreeCalibre, way_cost: Float32Array, left: dict[int, Island]
) -> list[Link]:
    """Joints of the long islands in `left` with places where calibre was lost, those of more than `LEAST_ODDS`."""
    cost = _off_the_tree(field, forest, way_cost)
    found: list[Link] = []
    for number, island in left.items():
        dim = island.shape.axis_hu < DIM_SHARE * field.lumen_hu
        least_mm = LONG_DEPOSIT_MM if island.shape.is_calcium else LONG_ISLAND_MM
        if island.extent_mm < least_mm or island.is_rim or dim:
            continue
        widest = max(end.radius_mm for end in island.shape.ends)
        for end in island.shape.ends:
            if end.radius_mm >= BACKWARDS * widest:
                ways = _ways(field, forest, calibre, cost, end.cell)
                found += [link_odds(field, forest, calibre, way, island, number) for way in ways]
    return [link for link in found if link.odds > LEAST_ODDS]


def _off_the_tree(field: SearchField, forest: Forest, way_cost: Float32Array) -> Float32Array:
    """The cost with the lumen of the tree made dear."""
    cells = np.fromiter(forest.towards, np.int64)
    mask = np.zeros(way_cost.shape, np.int32)
    mark_tube(mask, cells, np.full(len(cells), OWN_MM / field.grid.step_mm), 1)
    cost = way_cost.copy()
    own = (mask > 0) & (cost > 0)
    cost[own] = np.maximum(cost[own], OWN_COST)
    return cost


def _ways(field: SearchField, forest: Forest, calibre: TreeCalibre, cost: Float32Array, end: int) -> list[IntArray]:
    """Cheapest ways from an end of an island to the nearest places of the tree that lose calibre."""
    middle = np.array(np.unravel_index(end, field.shape))
    reach = int(REACH_MM / field.grid.step_mm)
    low, high = np.maximum(middle - reach, 0), np.minimum(middle + reach + 1, field.shape)
    box = np.ascontiguousarray(cost[low[0] : high[0], low[1] : high[1], low[2] : high[2]])
    source = np.array([np.ravel_multi_index(tuple(middle - low), box.shape)], np.int64)
    arrival, step, _ = minimal_cost(box, source, np.zeros(1, np.float32), np.float32(MAX_COST), _NO_MARKS)
    cells = np.fromiter(forest.towards, np.int64)
    index = np.stack(np.unravel_index(cells, field.shape), axis=1) - low
    inside = np.all((index >= 0) & (index < np.array(box.shape)), axis=1)
    cells, index = cells[inside], index[inside]
    reached = arrival[tuple(index.T)]
    order = np.argsort(reached)
    order = order[np.isfinite(reached[order])]
    lost = [n for n in order if calibre.lost(int(cells[n])) >= LOST_LEAST][:MOST_PLACES]
    ways = []
    for n in lost:
        walked = walk_back(step, int(np.ravel_multi_index(tuple(index[n]), box.shape)), _NO_MARKS)[::-1]
        there = np.stack(np.unravel_index(walked, box.shape), axis=1) + low
        ways.append(np.asarray(np.ravel_multi_index(tuple(there.T), field.shape), np.int64))
    return ways
