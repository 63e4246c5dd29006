"""The named coronary tree of a volume: aorta, ostia, vessels through their occlusions, and what was not found."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from recon.aorta import aorta_candidates
from recon.courses import with_courses
from recon.heart_frame import HeartFrame, heart_frame
from recon.label import Way
from recon.path import PathFailure, follow
from recon.report import Report, part_of, silent
from recon.search_field import SearchField, search_field
from recon.segments import with_segments
from recon.tree_barriers import before_vein, off_rims
from recon.tree_calibre import radii_mm
from recon.tree_edit import replace_course
from recon.tree_growth import Forest, grown, vessel_cost
from recon.tree_islands import joined
from recon.tree_name import Named, dominance, main_ways, named_ways, reaches_crux
from recon.tree_ostia import ClosedOstium, closed_ostium
from recon.tree_problems import problems_of
from recon.tree_vessels import OnVessel, first_point, untold, vessels_of
from recon.vesselness import Float32Array
from recon.vessels import Aorta, PointMm, Problem, Tree
from recon.volume import Volume
from recon.work_grid import work_grid

COARSE_MM = 1.5
AORTAS_TRIED = 2
ENOUGH_MM = 150.0
"""Vessel length under the ostia, at most 120 mm on a side, at which no other aorta is tried."""

LATER_FACTOR = 1.25
"""A later candidate is less likely an aorta: this much more vessel must leave it."""

SEED_REACH_MM = 2.5
OSTIUM_REACH_MM = 2.5
"""Vessels begin within this distance of the aorta's surface."""

START_COST = 40.0
"""Cost per mm off the aorta's surface at which a way begins: a left main that runs beside the aorta is followed to its ostium."""

MIN_TREE_MM = 18.0
"""Total line length under one ostium that is a coronary tree and not a rim of the root."""

STUB_TREE_MM = 7.0
STUB_RADIUS_MM, MOST_STUB_RADIUS_MM = 1.0, 3.0
STUB_LUMEN_SHARES = (0.5, 1.1)
"""A shorter line is the stub of an occluded artery when it is this long, wide and bright, no calcium, and nothing better leaves
on its side."""

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


def coronary_tree(volume: Volume, seeds: Seeds, report: Report, on_vessel: OnVessel = untold) -> Tree:
    """Find, follow and name the coronary arteries of a contrast CT; whatever is not found is a typed problem.

    `on_vessel` is told of every vessel when it is first seen, on the thread of the caller: the longest main vessel before
    anything beyond an occlusion is looked for, then all vessels in their final form, which replace it by name.
    """
    candidates = aorta_candidates(work_grid(volume, COARSE_MM), part_of(report, 0.0, 0.15))
    if not candidates:
        return _nothing("aorta-not-found", "Choose a contrast-enhanced cardiac series, or mark the vessels by hand.", None)
    start = _best_start(volume, candidates[:AORTAS_TRIED], seeds, part_of(report, 0.15, 0.5))
    if start is None:
        return _nothing("ostium-not-found", "Mark the two ostia; the contrast may be too low.", candidates[0])
    field, forest, frame = start.field, start.forest, start.frame
    _tell_first(volume, start, seeds, on_vessel)
    joined(field, forest, start.cost, start.claimed, part_of(report, 0.5, 0.7), _closed(start, seeds))
    groups = _groups(field, forest, frame, seeds)
    left = [w for g in groups if g.is_left for w in g.ways]
    right = [w for g in groups if not g.is_left for w in g.ways]
    named = tuple(_arterial(item, field, forest) for item in named_ways(left, right))
    vessels = vessels_of(volume, field, forest, named, part_of(report, 0.7, 0.95), on_vessel)
    vessels = tuple(with_courses(v, field, vessels) for v in with_segments(vessels))
    tree = Tree(
        vessels,
        problems_of(field, vessels),
        start.aorta,
        first_point(vessels, ("LAD", "LCx")),
        first_point(vessels, ("RCA",)),
        dominance({v.name for v in vessels}, reaches_crux(named)),
    )
    return _with_paths(volume, tree, seeds, part_of(report, 0.95, 1.0))


def _closed(start: "_Start", seeds: Seeds) -> tuple[ClosedOstium, ...]:
    """The sides of the aorta from which no more than a stub was seen to leave: it may be none of an artery."""
    groups = [g for g in _groups(start.field, start.forest, start.frame, seeds) if g.support_mm > MIN_TREE_MM]
    sides = {"left": True, "right": False}
    missing = [side for side, is_left in sides.items() if not any(g.is_left == is_left for g in groups)]
    return tuple(closed_ostium(start.field, start.aorta, start.frame, side) for side in missing)


def _arterial(item: Named, field: SearchField, forest: Forest) -> Named:
    """A branch without what has run into a vein; main vessels as they are."""
    if item.parent is None:
        return item
    cells = before_vein(list(item.way.cells), item.shared, field, forest)
    return item if len(cells) == len(item.way.cells) else replace(item, way=item.way.first(len(cells)))


@dataclass(frozen=True, eq=False)
class _Start:
    """What was grown from one candidate aorta."""

    aorta: Aorta
    field: SearchField
    cost: Float32Array
    claimed: npt.NDArray[np.int32]
    forest: Forest
    frame: HeartFrame
    support_mm: float


def _tell_first(volume: Volume, start: _Start, seeds: Seeds, on_vessel: OnVessel) -> None:
    """Tells of the longest main vessel as far as contrast reaches, if anybody listens."""
    if on_vessel is untold:
        return
    groups = _groups(start.field, start.forest, start.frame, seeds)
    mains = main_ways([w for g in groups if g.is_left for w in g.ways], [w for g in groups if not g.is_left for w in g.ways])
    if mains:
        name, way = max(mains.items(), key=lambda m: m[1].length_mm)
        vessels_of(volume, start.field, start.forest, (Named(name, way, None, 0),), silent, on_vessel)


def _best_start(volume: Volume, candidates: tuple[Aorta, ...], seeds: Seeds, report: Report) -> _Start | None:
    """The first aorta with two coronary trees; else the one with most vessel under its ostia; None when none has any."""
    best: _Start | None = None
    for n, aorta in enumerate(candidates):
        field = search_field(volume, aorta, part_of(report, n / len(candidates), (n + 1) / len(candidates)))
        start = _grown_from(field, aorta, seeds)
        if start.support_mm > (0.0 if best is None else LATER_FACTOR * best.support_mm):
            best = start
        if best is not None and best.support_mm > ENOUGH_MM:
            return best
    return best


def _grown_from(field: SearchField, aorta: Aorta, seeds: Seeds) -> _Start:
    cost = vessel_cost(field)
    forest = Forest()
    near = np.flatnonzero((cost > 0) & (field.aorta_mm < OSTIUM_REACH_MM))
    start = START_COST * np.maximum(field.aorta_mm.ravel()[near], 0.0)
    for seed in (seeds.left_ostium_mm, seeds.right_ostium_mm):
        if seed is not None:
            cells = _cells_about(field, cost, seed)
            near = np.concatenate([near, cells])
            start = np.concatenate([start, np.zeros(len(cells))])
    _, claimed = grown(field, cost, near, start.astype(np.float32), forest)
    frame = heart_frame(field, aorta)
    groups = _groups(field, forest, frame, seeds)
    _prune(forest, groups)
    support = sum(max((min(g.support_mm, 120.0) for g in groups if g.is_left == side), default=0.0) for side in (True, False))
    return _Start(aorta, field, cost, claimed, forest, frame, support)


def _cells_about(field: SearchField, cost: Float32Array, point_mm: PointMm) -> npt.NDArray[np.int64]:
    """Vessel voxels within `SEED_REACH_MM` of a stated ostium."""
    index = field.grid.geometry.index_kji(np.array(point_mm))
    reach = SEED_REACH_MM / field.grid.step_mm
    low = np.maximum(np.floor(index - reach), 0).astype(int)
    high = np.minimum(np.ceil(index + reach) + 1, field.shape).astype(int)
    if np.any(low >= high):
        return np.zeros(0, np.int64)
    inner = np.argwhere(cost[low[0] : high[0], low[1] : high[1], low[2] : high[2]] > 0) + low
    inner = inner[np.linalg.norm(inner - index, axis=1) <= reach]
    return np.asarray(np.ravel_multi_index(tuple(inner.T), field.shape), np.int64)


def _with_paths(volume: Volume, tree: Tree, seeds: Seeds, report: Report) -> Tree:
    """The tree with the lines a person drew in place of its own."""
    for name, points in seeds.paths:
        course = follow(volume, np.array(points), report)
        if isinstance(course, PathFailure):
            problem = Problem("path-not-followed", name, course.s_mm, course.point_mm, course.advice)
            tree = replace(tree, problems=(*tree.problems, problem))
        else:
            tree = replace_course(volume, tree, name, course)
    return tree


def _groups(field: SearchField, forest: Forest, frame: HeartFrame, seeds: Seeds) -> list[_Group]:
    """Ways gathered by ostium, those with too little support left out; a stated ostium says which side it is."""
    ways = []
    for leaf in forest.leaves:
        cells = off_rims(forest.way_to_root(leaf)[::-1], field, forest)
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
        is_left = bool(first[:, 0].mean() > frame.base_mm[0])
        for seed, side in ((seeds.left_ostium_mm, True), (seeds.right_ostium_mm, False)):
            if seed is not None and np.linalg.norm(members[0].points_mm[0] - np.array(seed)) < ROOT_SPREAD_MM:
                is_left, support = side, max(support, MIN_TREE_MM + 1.0)
        result.append(_Group(tuple(members), support, is_left))
    kept = [g for g in result if g.support_mm > MIN_TREE_MM]
    for side in (True, False):
        if not any(g.is_left == side for g in kept):
            stubs = [g for g in result if g.is_left == side and g.support_mm > STUB_TREE_MM and _is_wide(g, field)]
            kept += sorted(stubs, key=lambda g: -g.support_mm)[:1]
    return kept


def _is_wide(group: _Group, field: SearchField) -> bool:
    """Whether the line has the calibre and the contrast of a main vessel: plaque and calcium at a closed ostium have not."""
    radius, axis_hu = radii_mm(field, max(group.ways, key=lambda w: w.length_mm).points_mm)
    middle = float(np.median(axis_hu)) / field.lumen_hu if len(radius) else 0.0
    if not STUB_LUMEN_SHARES[0] < middle < STUB_LUMEN_SHARES[1]:
        return False
    return STUB_RADIUS_MM < float(np.median(radius)) < MOST_STUB_RADIUS_MM


def _prune(forest: Forest, groups: list[_Group]) -> None:
    """Forgets lines that belong to no ostium."""
    kept = {c for g in groups for w in g.ways for c in w.cells}
    forest.towards = {c: t for c, t in forest.towards.items() if c in kept}
    forest.leaves = list(dict.fromkeys(w.cells[-1] for g in groups for w in g.ways))


def _nothing(code: str, advice: str, aorta: Aorta | None) -> Tree:
    return Tree((), (Problem(code, "", None, None, advice),), aorta, None, None)
