"""Vessels beyond an occlusion: contrast tubes off the tree, joined along the wall channel when the odds are good."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from recon.estimate import FloatArray
from recon.kernels.path import minimal_cost, spread, walk_back
from recon.report import Report, silent
from recon.search_field import SOFT_TISSUE_HU, SearchField
from recon.tree_calibre import IslandShape, TreeCalibre, island_shape, tree_calibre
from recon.tree_ends import end_in_lumen
from recon.tree_growth import Forest, IntArray, grown
from recon.vesselness import Float32Array, smoothed

MIN_ISLAND_MM = 5.0
MAX_GAP_MM = 70.0
WALL_FULL_HU = 110.0
"""Wall-channel contrast of a cord that is certainly there."""

FAT_BELOW_HU = -30.0
FAT_REACH_MM = 6.0
"""Coronary arteries run in fat or not far from it; ways deep in muscle or a chamber are barred."""

RIM_SHARE = 0.8
RIM_WALL_HU = 60.0
LONG_ISLAND_MM = 18.0
PASSING_MM = 6.0
PASSING_BY = 2.5
STUMP_REACH_MM = 4.0
LOST_WEIGHT, LOST_USUAL = 8.0, 0.3
"""A vessel loses calibre where another leaves it; what goes on as wide as before has lost no branch to an occlusion."""

WIDER, WIDER_WEIGHT, WIDER_MOST = 1.15, 8.0, 12.0
"""Beyond an occlusion an artery is not wider than before it; a vein often is."""

LONGEST_DEPOSIT_MM, WIDEST_DEPOSIT_MM, NOT_DEPOSIT = 35.0, 2.7, 10.0
"""What is denser than contrast and longer or wider than this is bone or metal."""

DIM_SHARE, DIM_WEIGHT = 0.5, 30.0
"""Lumen beyond an occlusion has at least this part of the contrast before it; veins usually have less."""

BRIGHT_SHARE, BRIGHT_ODDS = 0.55, 1.2
"""Narrower than the vessel before it and brighter than veins usually are: more likely an artery."""

MOST_ISLANDS = 60
MOST_JOINTS = 16
"""Bounds on the work in images full of fragments; a coronary tree has far fewer."""

MAX_GAP_COST = 500.0
MIN_SPEED = 0.15
PLAQUE_SPEED = 0.35
"""Speed where only the HU speak for plaque."""

SMALL_ISLAND_MM = 9.0
FAR_GAP_MM, SMALL_FAR_ODDS = 25.0, 0.5
"""A small island far away may be anything."""

OPEN_COST = np.float32(0.3)
"""Cost per voxel inside a small island: pieces of calcium or contrast on the way help."""

DETOUR_COST = np.float32(12.0)
"""Least cost per voxel in and close to a long island: a vein is no way round an occlusion."""

DETOUR_REACH = 2
"""Voxels about a long island that count as close."""


_NO_MARKS = np.zeros((0, 0, 0), np.uint8)


@dataclass(frozen=True, eq=False)
class Link:
    """A joint between the tree and an island: `cells` from the island's voxel back to the tree's; accepted when odds > 0."""

    island: int
    cells: IntArray
    gap_mm: float
    mean_wall_hu: float
    weakest_wall_hu: float
    island_turn_deg: float
    tree_turn_deg: float
    odds: float


def cord_speed(field: SearchField, box: tuple[slice, ...] = (slice(None),) * 3) -> Float32Array:
    """Evidence of a soft or calcified cord, `MIN_SPEED` to 1, of a box of the field's grid (all of it by default).

    A cord inside or on muscle or a chamber is no tube of the wall channel; plaque-like HU alone is weak evidence there.
    """
    soft = field.soft_hu[box]
    plaque = np.clip((soft + 50.0) / 50.0, 0.0, 1.0) * np.clip((150.0 - soft) / 50.0, 0.0, 1.0)
    speed = np.maximum(field.wall.contrast_hu[box] / WALL_FULL_HU, PLAQUE_SPEED * plaque)
    return np.asarray(np.clip(speed, MIN_SPEED, 1.0), np.float32)


def wall_cost(field: SearchField) -> Float32Array:
    """Cost per voxel of way along a cord, 1 on a clear one, dear in plain fat and chambers, 0 where barred."""
    cost = 1.0 / cord_speed(field) ** 2
    fat = smoothed((field.soft_hu[::2, ::2, ::2] < FAT_BELOW_HU).astype(np.float32), FAT_REACH_MM / 2 / field.grid.step_mm / 2)
    far_from_fat = np.repeat(np.repeat(np.repeat(fat < 0.02, 2, 0), 2, 1), 2, 2)[
        : cost.shape[0], : cost.shape[1], : cost.shape[2]
    ]
    cost[(field.aorta_mm < 0.5) | (field.grid.hu < -250.0) | far_from_fat] = 0.0
    return np.asarray(cost, np.float32)


def islands(field: SearchField, cost: Float32Array, claimed: npt.NDArray[np.int32]) -> dict[int, IntArray]:
    """Flat indices of each connected contrast tube outside the tree that is long enough to be a vessel, by number."""
    free = (cost > 0) & (claimed == 0) & (field.aorta_mm > 1.5)
    labels, _ = ndimage.label(free, np.ones((3, 3, 3), bool))
    cells = np.flatnonzero(labels)
    cells = cells[np.argsort(labels.ravel()[cells], kind="stable")]
    found: dict[int, IntArray] = {}
    for members in np.split(cells, np.flatnonzero(np.diff(labels.ravel()[cells])) + 1):
        if len(members) and _extent_mm(field, members) >= MIN_ISLAND_MM:
            found[int(labels.ravel()[members[0]])] = members
    return found


def _set_detours(field: SearchField, way_cost: Float32Array, long_islands: list[IntArray]) -> None:
    """Makes ways along a long island dear; its first contact costs every joint the same."""
    inside = np.zeros(field.shape, bool)
    for members in long_islands:
        inside.ravel()[members] = True
    close = ndimage.binary_dilation(inside, iterations=DETOUR_REACH) & (way_cost > 0)
    way_cost[close] = np.maximum(way_cost[close], DETOUR_COST)


def _extent_mm(field: SearchField, members: IntArray) -> float:
    """Diagonal of the bounding box."""
    size = np.ptp(np.stack(np.unravel_index(members, field.shape)), axis=1)
    return float(np.linalg.norm(size)) * field.grid.step_mm


@dataclass(frozen=True, eq=False)
class _Island:
    """Flat indices of an island, its LPS points, its size, whether it is only the rim of a chamber, and its shape."""

    cells: IntArray
    points_mm: FloatArray
    extent_mm: float
    is_rim: bool
    shape: IslandShape


def _largest(field: SearchField, cost: Float32Array, found: dict[int, IntArray]) -> dict[int, _Island]:
    """The `MOST_ISLANDS` largest islands."""
    largest = sorted(found, key=lambda n: -len(found[n]))[:MOST_ISLANDS]
    return {n: _described(field, cost, found[n]) for n in largest}


def _described(field: SearchField, cost: Float32Array, members: IntArray) -> _Island:
    shape = island_shape(field, cost, members)
    return _Island(members, field.points_mm(members), _extent_mm(field, members), _is_rim(field, members), shape)


def joined(
    field: SearchField, forest: Forest, cost: Float32Array, claimed: npt.NDArray[np.int32], report: Report = silent
) -> list[Link]:
    """Joins islands to the forest, best odds first, until no joint is likelier than not; returns the accepted links."""
    found = islands(field, cost, claimed)
    left = _largest(field, cost, found)
    radii: dict[int, float] = {}
    way_cost = wall_cost(field)
    for members in found.values():
        if _extent_mm(field, members) < SMALL_ISLAND_MM:
            way_cost.ravel()[members] = OPEN_COST
    _set_detours(field, way_cost, [m for m in found.values() if _extent_mm(field, m) >= SMALL_ISLAND_MM])
    sources = np.fromiter(forest.towards, np.int64)
    arrival, step, _ = minimal_cost(way_cost, sources, np.zeros(len(sources), np.float32), np.float32(MAX_GAP_COST), _NO_MARKS)
    accepted: list[Link] = []
    followed, ends = set(forest.towards), set(forest.leaves)
    while left and len(accepted) < MOST_JOINTS:
        report(0.5, "Looking beyond occlusions")
        calibre = tree_calibre(field, forest, radii)
        links = [link for link in _links(field, forest, calibre, arrival, step, left) if link.odds > 0]
        if not links:
            break
        best = max(links, key=lambda link: link.odds)
        known = set(forest.towards)
        _join(field, forest, cost, left.pop(best.island), best)
        accepted.append(best)
        new = np.array([c for c in forest.towards if c not in known], np.int64)
        spread(way_cost, new, np.zeros(len(new), np.float32), np.float32(MAX_GAP_COST), _NO_MARKS, arrival, step)
    end_in_lumen(field, forest, followed, ends)
    return accepted


def _links(
    field: SearchField,
    forest: Forest,
    calibre: TreeCalibre,
    arrival: Float32Array,
    step: npt.NDArray[np.int8],
    left: dict[int, _Island],
) -> list[Link]:
    """The cheapest joint of each island with the tree, scored."""
    flat = arrival.ravel()
    found: list[Link] = []
    for number, island in left.items():
        contact = island.cells[np.argmin(flat[island.cells])]
        if np.isfinite(flat[contact]):
            link = _scored(field, forest, walk_back(step, contact, _NO_MARKS), island, number)
            found.append(replace(link, odds=link.odds + _calibre_odds(field, calibre, link, island.shape)))
    return found


def _scored(field: SearchField, forest: Forest, cells: IntArray, island: _Island, number: int) -> Link:
    """Odds of a joint from the cord along it, its length, and how straight it leaves both vessels."""
    points = field.points_mm(cells)
    gap_mm = float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
    wall = field.wall.contrast_hu.ravel()[cells]
    width = min(len(wall), max(3, int(3.0 / field.grid.step_mm)))
    weakest = float(ndimage.uniform_filter1d(wall, width, mode="nearest").min())
    island_turn = _island_turn_deg(field, cells, island.points_mm)
    tree_turn = _tree_turn_deg(field, forest, cells)
    odds = float(np.clip(3.0 * (wall.mean() - 70.0) / 60.0, -2.5, 3.0) + np.clip(2.0 * (weakest - 45.0) / 50.0, -1.0, 1.5))
    odds += 1.2 - island_turn / 30.0 + 1.2 - tree_turn / 40.0 - 0.05 * gap_mm
    at_stump = _at_stump(field, forest, cells)
    odds += 1.0 if at_stump else 0.0
    # What passes close to the side of the tree is more often a vein than a branch cut off by a short occlusion.
    odds -= PASSING_BY if not at_stump and gap_mm < PASSING_MM else 0.0
    odds += 0.7 if island.extent_mm > LONG_ISLAND_MM else 0.0
    odds -= SMALL_FAR_ODDS if gap_mm > FAR_GAP_MM and island.extent_mm < SMALL_ISLAND_MM else 0.0
    odds -= 4.0 if island_turn >= 80.0 or island.is_rim else 0.0
    return Link(number, cells, gap_mm, float(wall.mean()), weakest, island_turn, tree_turn, odds)


def _calibre_odds(field: SearchField, calibre: TreeCalibre, link: Link, shape: IslandShape) -> float:
    """What the calibre lost at the joint, and the width and contrast of the island, speak for or against a joint."""
    root = int(link.cells[-1])
    before = calibre.before_mm(root)
    odds = LOST_WEIGHT * (calibre.lost(root) - LOST_USUAL) if before > 0 else 0.0
    odds = min(odds, 0.0)
    if shape.is_calcium:
        return odds - (NOT_DEPOSIT if shape.length_mm > LONGEST_DEPOSIT_MM or shape.wide_mm > WIDEST_DEPOSIT_MM else 0.0)
    if before > shape.wide_mm and shape.axis_hu > BRIGHT_SHARE * field.lumen_hu:
        odds += BRIGHT_ODDS
    if before > 0:
        odds -= min(WIDER_WEIGHT * max(shape.wide_mm / before - WIDER, 0.0), WIDER_MOST)
    return odds - DIM_WEIGHT * max(DIM_SHARE - shape.axis_hu / field.lumen_hu, 0.0)


def _is_rim(field: SearchField, members: IntArray) -> bool:
    """Whether an island is the rim of a chamber: little tube contrast for its brightness, none against fat."""
    height = np.maximum(field.soft_hu.ravel()[members] - SOFT_TISSUE_HU, 60.0)
    share = np.median(field.lumen.contrast_hu.ravel()[members] / height)
    return bool(share < RIM_SHARE and np.median(field.wall.contrast_hu.ravel()[members]) < RIM_WALL_HU)


def _at_stump(field: SearchField, forest: Forest, cells: IntArray) -> bool:
    """Whether the joint begins near the distal end of a line of the tree."""
    ends = field.points_mm(forest.leaves)
    return bool(np.linalg.norm(ends - field.points_mm(cells[-1:]), axis=1).min() < STUMP_REACH_MM)


def _island_turn_deg(field: SearchField, cells: IntArray, points: FloatArray) -> float:
    """Angle between the joint's last millimetres and the island's first; near 90 when it strikes the island's side."""
    contact = field.points_mm(cells[:1])[0]
    near = points[np.linalg.norm(points - contact, axis=1) < 7.0] - contact
    came = contact - field.points_mm(cells[min(len(cells) - 1, 8) :][:1])[0]
    ahead = near.mean(axis=0)
    # Struck in the side, the island's near part lies evenly to both sides and its mean offset is short.
    reach = np.linalg.norm(near, axis=1).mean()
    if reach < 1e-6:
        return 0.0
    if np.linalg.norm(ahead) < 0.45 * reach:
        return 90.0
    if np.linalg.norm(came) < 1e-6:
        return 0.0
    return _angle_deg(came, ahead)


def _tree_turn_deg(field: SearchField, forest: Forest, cells: IntArray) -> float:
    """Angle between the tree's direction at the joint and the joint's first millimetres."""
    back = forest.way_to_root(int(cells[-1]))[:12]
    if len(back) < 3:
        return 0.0
    heading = field.points_mm(back[:1])[0] - field.points_mm(back[-1:])[0]
    leaving = field.points_mm(cells[-min(len(cells), 9) :][:1])[0] - field.points_mm(cells[-1:])[0]
    return _angle_deg(heading, leaving)


def _angle_deg(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    norm = float(np.linalg.norm(one) * np.linalg.norm(other))
    return 0.0 if norm == 0 else float(np.degrees(np.arccos(np.clip(one @ other / norm, -1.0, 1.0))))


def _join(field: SearchField, forest: Forest, cost: Float32Array, island: _Island, link: Link) -> None:
    """Adds the joint and the island's lines, grown from the contact, to the forest; calcium is no contrast."""
    known = set(forest.towards)
    forest.add_way(link.cells, root=False)
    forest.bridged.update(int(c) for c in link.cells[1:-1])
    contact = link.cells[:1]
    within = np.zeros_like(cost)
    within.ravel()[island.cells] = cost.ravel()[island.cells]
    grown(field, within, contact, np.zeros(1, np.float32), forest)
    if island.shape.is_calcium:
        forest.bridged.update(c for c in forest.towards if c not in known)
