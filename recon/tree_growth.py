"""Growing vessel lines: cheapest ways through contrast tubes, thinned to a forest of voxel lines."""

import itertools
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from recon.kernels.path import mark_tube, minimal_cost, walk_back, way_length
from recon.kernels.vesselness import tube_cost
from recon.search_field import SOFT_TISSUE_HU, SearchField
from recon.vesselness import Float32Array

MIN_CONTRAST_SHARE = 0.14
"""Smallest tube contrast of a vessel voxel, as a share of the aortic lumen."""

MIN_TUBE_SHARE = 0.4
"""Smallest tube contrast against the voxel's height above soft tissue: a rim of a chamber is bright without being a tube."""

CALCIUM_ABOVE_HU = 200.0
CALCIUM_COST = 2.5
"""Calcium is passed where nothing else leads on; where lumen runs beside it, the way is in the lumen."""

LEAF_MM = 5.0
"""Shortest side line that is kept."""

CLAIM_MM = 3.0
"""A line claims the voxels this near, so that one vessel gives one line."""

_NO_MARKS = np.zeros((0, 0, 0), np.uint8)

IntArray = npt.NDArray[np.int64]


@dataclass
class Forest:
    """Voxel lines: `towards` maps each cell (flat index) to the next cell on the way to its ostium (-1 at a root).

    `bridged` are the cells that were joined without contrast; `leaves` the distal ends in the order found.
    """

    towards: dict[int, int] = field(default_factory=dict)
    bridged: set[int] = field(default_factory=set)
    leaves: list[int] = field(default_factory=list)

    def way_to_root(self, cell: int) -> list[int]:
        """Cells from `cell` to its root, both included."""
        way = [cell]
        while self.towards[way[-1]] >= 0:
            way.append(self.towards[way[-1]])
        return way

    def add_way(self, cells: IntArray, root: bool) -> None:
        """Adds a walk from a new leaf to a known cell, or to a new root."""
        for here, there in itertools.pairwise(cells):
            self.towards.setdefault(int(here), int(there))
        if root:
            self.towards.setdefault(int(cells[-1]), -1)
        self.leaves.append(int(cells[0]))


def vessel_cost(field_: SearchField) -> Float32Array:
    """Cost per voxel of way through contrast tubes, 0 where barred (no tube, chamber rims, inside the aorta)."""
    rules = (MIN_CONTRAST_SHARE, MIN_TUBE_SHARE, SOFT_TISSUE_HU, field_.lumen_hu + CALCIUM_ABOVE_HU, CALCIUM_COST)
    cost = tube_cost(field_.lumen.contrast_hu, field_.soft_hu, field_.grid.hu, field_.aorta_mm, field_.lumen_hu, rules)
    return np.asarray(cost, np.float32)


def grown(
    field_: SearchField, cost: Float32Array, sources: IntArray, start: Float32Array, forest: Forest, leaf_mm: float = LEAF_MM
) -> tuple[Float32Array, npt.NDArray[np.int32]]:
    """Adds to `forest` the lines of everything reached from the sources; returns (arrival cost, claimed marks).

    Lines are taken farthest first, each back to a cell already on a line (TEASAR, Sato et al. 2000, with a medial cost).
    """
    arrival, step, _ = minimal_cost(cost, sources, start, np.float32(np.inf), _NO_MARKS)
    way = way_length(step, arrival)
    way *= np.float32(field_.grid.step_mm)
    claimed = np.zeros(cost.shape, np.int32)
    lined = np.zeros(cost.shape, np.uint8)
    for cell in forest.towards:
        lined.ravel()[cell] = 1
    reached = np.flatnonzero(way.ravel() >= 0)
    order = reached[np.argsort(-way.ravel()[reached], kind="stable")]
    flat_claim, flat_way = claimed.ravel(), way.ravel()
    for cell in order:
        if flat_way[cell] < leaf_mm:
            break
        if flat_claim[cell]:
            continue
        line = walk_back(step, cell, lined)
        mark_tube(claimed, line, np.full(len(line), CLAIM_MM / field_.grid.step_mm), 1)
        if flat_way[line[0]] - flat_way[line[-1]] < leaf_mm:
            continue
        lined.ravel()[line] = 1
        forest.add_way(line, root=True)
    return arrival, claimed
