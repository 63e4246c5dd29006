"""The named coronary tree of a volume: aorta, ostia, vessels through their occlusions, and what was not found."""

from dataclasses import dataclass

import numpy as np

from recon.aorta import aorta_candidates
from recon.heart_frame import HeartFrame, heart_frame
from recon.label import Way
from recon.report import Report, part_of
from recon.search_field import SearchField, search_field
from recon.tree_growth import Forest, grown, vessel_cost
from recon.tree_islands import joined
from recon.tree_name import dominance, named_ways
from recon.tree_vessels import first_point, problems_of, vessels_of
from recon.vessels import Aorta, PointMm, Problem, Tree
from recon.volume import Volume
from recon.work_grid import work_grid

COARSE_MM = 1.5
OSTIUM_REACH_MM = 2.5
"""Vessels begin within this distance of the aorta's surface."""

MIN_TREE_MM = 18.0
"""Total line length under one ostium that is a coronary tree and not a rim of the root."""

ROOT_SPREAD_MM = 6.0


@dataclass(frozen=True)
class Seeds:
    """What a person already said: ostia in LPS and lines drawn by hand, as (name, points)."""

    left_ostium_mm: PointMm | None = None
    right_ostium_mm: PointMm | None = None
    paths: tuple[tuple[str, tuple[PointMm, ...]], ...] = ()


@dataclass(frozen=True, eq=False)
class _Group:
    """Ways that leave the aorta at one ostium."""

    ways: tuple[Way, ...]
    support_mm: float
    is_left: bool


def coronary_tree(volume: Volume, seeds: Seeds, report: Report) -> Tree:
    """Find, follow and name the coronary arteries of a contrast CT; whatever is not found is a typed problem."""
    candidates = aorta_candidates(work_grid(volume, COARSE_MM), part_of(report, 0.0, 0.15))
    if not candidates:
        return _nothing("aorta-not-found", "Choose a contrast-enhanced cardiac series, or mark the ostia by hand.", None)
    found = None
    for n, aorta in enumerate(candidates[:2]):
        field = search_field(volume, aorta, part_of(report, 0.15 + 0.1 * n, 0.4))
        cost = vessel_cost(field)
        forest = Forest()
        near = np.flatnonzero((cost > 0) & (field.aorta_mm < OSTIUM_REACH_MM))
        start = 3.0 * np.maximum(field.aorta_mm.ravel()[near], 0.0)
        _, claimed = grown(field, cost, near, start.astype(np.float32), forest)
        frame = heart_frame(field, aorta)
        if any(g.support_mm > MIN_TREE_MM for g in _groups(field, forest, frame)):
            found = (aorta, field, forest, frame)
            break
    if found is None:
        return _nothing("ostium-not-found", "Mark the two ostia; the contrast may be too low.", candidates[0])
    aorta, field, forest, frame = found
    _prune(forest, _groups(field, forest, frame))
    joined(field, forest, cost, claimed, part_of(report, 0.45, 0.7))
    groups = _groups(field, forest, frame)
    left = [w for g in groups if g.is_left for w in g.ways]
    right = [w for g in groups if not g.is_left for w in g.ways]
    vessels = vessels_of(volume, field, forest, named_ways(left, right), part_of(report, 0.7, 1.0))
    return Tree(
        vessels,
        problems_of(vessels),
        aorta,
        first_point(vessels, ("LAD", "LCx")),
        first_point(vessels, ("RCA",)),
        dominance({v.name for v in vessels}),
    )


def _groups(field: SearchField, forest: Forest, frame: HeartFrame) -> list[_Group]:
    """Ways gathered by ostium, those with too little support left out."""
    ways = []
    for leaf in forest.leaves:
        cells = forest.way_to_root(leaf)[::-1]
        ways.append(Way.of(cells, field.points_mm(cells), frame))
    groups: list[list[Way]] = []
    for way in sorted(ways, key=lambda w: -w.length_mm):
        home = next((g for g in groups if np.linalg.norm(g[0].points_mm[0] - way.points_mm[0]) < ROOT_SPREAD_MM), None)
        if home is None:
            groups.append([way])
        else:
            home.append(way)
    result = []
    for members in groups:
        support = len({c for w in members for c in w.cells}) * field.grid.step_mm * 1.2
        first = np.concatenate([w.points_mm[:100] for w in members])
        result.append(_Group(tuple(members), support, bool(first[:, 0].mean() > frame.base_mm[0])))
    return [g for g in result if g.support_mm > MIN_TREE_MM]


def _prune(forest: Forest, groups: list[_Group]) -> None:
    """Forgets lines that belong to no ostium."""
    kept = {c for g in groups for w in g.ways for c in w.cells}
    forest.towards = {c: t for c, t in forest.towards.items() if c in kept}
    forest.leaves = [leaf for leaf in forest.leaves if leaf in kept]


def _nothing(code: str, advice: str, aorta: Aorta | None) -> Tree:
    return Tree((), (Problem(code, "", None, None, advice),), aorta, None, None)
