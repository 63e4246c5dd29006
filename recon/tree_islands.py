"""Vessels beyond an occlusion: contrast tubes off the tree, joined along the wall channel when the odds are good."""

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from recon.kernels.path import minimal_cost, spread
from recon.report import Report, silent
from recon.search_field import SearchField
from recon.tree_calibre import island_shape, tree_calibre
from recon.tree_ends import end_in_lumen
from recon.tree_growth import Forest, IntArray, grown
from recon.tree_links import SMALL_ISLAND_MM, Island, Link, is_rim, links_of, ostial_links
from recon.tree_ostia import ClosedOstium
from recon.tree_second_look import second_links
from recon.vesselness import Float32Array, smoothed

MIN_ISLAND_MM = 5.0
MAX_GAP_MM = 70.0
WALL_FULL_HU = 110.0
"""Wall-channel contrast of a cord that is certainly there."""

FAT_BELOW_HU = -30.0
FAT_REACH_MM = 6.0
"""Coronary arteries run in fat or not far from it; ways deep in muscle or a chamber are barred."""

MOST_ISLANDS = 60
MOST_JOINTS = 16
"""Bounds on the work in images full of fragments; a coronary tree has far fewer."""

MAX_GAP_COST = 500.0
MIN_SPEED = 0.15
PLAQUE_SPEED = 0.35
"""Speed where only the HU speak for plaque."""

OPEN_COST = np.float32(0.3)
"""Cost per voxel inside a small island: pieces of calcium or contrast on the way help."""

DETOUR_COST = np.float32(12.0)
"""Least cost per voxel in and close to a long island: a vein is no way round an occlusion."""

DETOUR_REACH = 2
"""Voxels about a long island that count as close."""


_NO_MARKS = np.zeros((0, 0, 0), np.uint8)


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


def largest(field: SearchField, cost: Float32Array, found: dict[int, IntArray]) -> dict[int, Island]:
    """The `MOST_ISLANDS` largest islands."""
    largest = sorted(found, key=lambda n: -len(found[n]))[:MOST_ISLANDS]
    return {n: described(field, cost, found[n]) for n in largest}


def described(field: SearchField, cost: Float32Array, members: IntArray) -> Island:
    """An island of these voxels (flat indices), with its shape read on its lines through `cost`."""
    shape = island_shape(field, cost, members)
    return Island(members, field.points_mm(members), _extent_mm(field, members), is_rim(field, members), shape)


Wave = tuple[Float32Array, npt.NDArray[np.int8]]
"""Arrival cost and step of a search (recon.kernels.path)."""


def joined(
    field: SearchField,
    forest: Forest,
    cost: Float32Array,
    claimed: npt.NDArray[np.int32],
    report: Report = silent,
    closed: tuple[ClosedOstium, ...] = (),
) -> list[Link]:
    """Joins islands to the forest, or to the aorta at a closed ostium, best odds first, until no joint is likelier than not;
    returns the accepted links."""
    found = islands(field, cost, claimed)
    left = largest(field, cost, found)
    radii: dict[int, float] = {}
    way_cost = _way_cost(field, found)
    wave = _wave(way_cost, np.fromiter(forest.towards, np.int64))
    ostia = [(ostium, _wave(way_cost, ostium.cells)) for ostium in closed]
    accepted: list[Link] = []
    followed, ends = set(forest.towards), set(forest.leaves)
    while left and len(accepted) < MOST_JOINTS:
        report(0.5, "Looking beyond occlusions")
        calibre = tree_calibre(field, forest, radii)
        links = [link for n, island in left.items() for link in links_of(field, forest, calibre, wave, n, island)]
        for ostium, way in ostia:
            links += [link for n, island in left.items() for link in ostial_links(field, forest, ostium, way, n, island)]
        best = max(links, key=lambda link: link.odds, default=None)
        if best is None or best.odds <= 0:
            links = second_links(field, forest, calibre, way_cost, left)
            best = max(links, key=lambda link: link.odds, default=None)
        if best is None:
            break
        known = set(forest.towards)
        root = int(best.cells[-1])
        if root not in forest.towards:
            followed.add(root)
        ostia = [(ostium, way) for ostium, way in ostia if root not in ostium.cells]
        _join(field, forest, cost, left.pop(best.island), best)
        accepted.append(best)
        new = np.array([c for c in forest.towards if c not in known], np.int64)
        spread(way_cost, new, np.zeros(len(new), np.float32), np.float32(MAX_GAP_COST), _NO_MARKS, *wave)
    end_in_lumen(field, forest, followed, ends)
    return accepted


def _way_cost(field: SearchField, found: dict[int, IntArray]) -> Float32Array:
    """Cost of ways between vessels and islands: cheap through small islands, dear along large ones."""
    way_cost = wall_cost(field)
    large = []
    for members in found.values():
        if _extent_mm(field, members) < SMALL_ISLAND_MM:
            way_cost.ravel()[members] = OPEN_COST
        else:
            large.append(members)
    _set_detours(field, way_cost, large)
    return way_cost


def _wave(way_cost: Float32Array, sources: IntArray) -> Wave:
    start = np.zeros(len(sources), np.float32)
    arrival, step, _ = minimal_cost(way_cost, sources, start, np.float32(MAX_GAP_COST), _NO_MARKS)
    return arrival, step


def _join(field: SearchField, forest: Forest, cost: Float32Array, island: Island, link: Link) -> None:
    """Adds the joint and the island's lines, grown from the contact, to the forest; calcium is no contrast."""
    known = set(forest.towards)
    forest.add_way(link.cells, root=int(link.cells[-1]) not in forest.towards)
    forest.bridged.update(int(c) for c in link.cells[1:-1])
    contact = link.cells[:1]
    within = np.zeros_like(cost)
    within.ravel()[island.cells] = cost.ravel()[island.cells]
    grown(field, within, contact, np.zeros(1, np.float32), forest)
    if island.shape.is_calcium:
        forest.bridged.update(c for c in forest.towards if c not in known)
