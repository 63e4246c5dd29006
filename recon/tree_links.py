"""Joints between a tree and an island of contrast: where they may be, and the odds that an artery runs there."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from recon.estimate import FloatArray
from recon.kernels.path import walk_back
from recon.search_field import SOFT_TISSUE_HU, SearchField
from recon.tree_calibre import IslandShape, TreeCalibre
from recon.tree_growth import Forest, IntArray
from recon.tree_ostia import ClosedOstium, outward
from recon.vesselness import Float32Array

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

SMALL_ISLAND_MM = 9.0
FAR_GAP_MM, SMALL_FAR_ODDS = 25.0, 0.5
"""A small island far away may be anything."""

AT_END_MM = 4.0
"""A joint this near an end of an island meets that end."""

BACKWARDS, BACKWARDS_WEIGHT, BACKWARDS_MOST = 0.85, 10.0, 4.0
"""An artery tapers: a joint does not meet it at an end that is narrower than another of its ends."""

MAIN_MM, OSTIAL_ODDS = 25.0, 1.0
"""From an ostium on only what is as long as a main vessel is looked for; that one must be there speaks for it."""

_NO_MARKS = np.zeros((0, 0, 0), np.uint8)


@dataclass(frozen=True, eq=False)
class Island:
    """Flat indices of an island, its LPS points, its size, whether it is only the rim of a chamber, and its shape."""

    cells: IntArray
    points_mm: FloatArray
    extent_mm: float
    is_rim: bool
    shape: IslandShape


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


def contacts(field: SearchField, island: Island, arrival: Float32Array) -> list[int]:
    """Voxels of an island at which a joint may meet it: the one cheapest to reach, and that of each of its ends."""
    flat = arrival.ravel()
    found = [int(island.cells[np.argmin(flat[island.cells])])]
    for end in island.shape.ends:
        near = island.cells[np.linalg.norm(island.points_mm - field.points_mm([end.cell]), axis=1) < AT_END_MM]
        if len(near):
            found.append(int(near[np.argmin(flat[near])]))
    return [cell for cell in dict.fromkeys(found) if np.isfinite(flat[cell])]


def links_of(
    field: SearchField,
    forest: Forest,
    calibre: TreeCalibre,
    ways: tuple[Float32Array, npt.NDArray[np.int8]],
    number: int,
    island: Island,
) -> list[Link]:
    """The joints of an island with the tree, scored; `ways` are arrival and step of the wave from the tree."""
    arrival, step = ways
    joints = [walk_back(step, contact, _NO_MARKS) for contact in contacts(field, island, arrival)]
    return [link_odds(field, forest, calibre, cells, island, number) for cells in joints]


def link_odds(field: SearchField, forest: Forest, calibre: TreeCalibre, cells: IntArray, island: Island, number: int) -> Link:
    """A joint along `cells`, from an island's voxel back to the tree's, with all that speaks for and against it."""
    link = _scored(field, forest, cells, island, number)
    odds = link.odds + calibre_odds(field, calibre, link, island.shape) - _backwards(field, link, island.shape)
    return replace(link, odds=odds)


def ostial_links(
    field: SearchField,
    forest: Forest,
    ostium: ClosedOstium,
    ways: tuple[Float32Array, npt.NDArray[np.int8]],
    number: int,
    island: Island,
) -> list[Link]:
    """The joints of an island with the aorta where no vessel leaves it; none for what is no main vessel of that side."""
    if island.extent_mm < MAIN_MM or island.shape.is_calcium:
        return []
    found = []
    for contact in contacts(field, island, ways[0]):
        if not ostium.is_place(field.points_mm([contact])[0]):
            continue
        link = _scored(field, forest, walk_back(ways[1], contact, _NO_MARKS), island, number)
        dim = DIM_WEIGHT * max(DIM_SHARE - island.shape.axis_hu / field.lumen_hu, 0.0)
        found.append(replace(link, odds=link.odds + OSTIAL_ODDS - dim - _backwards(field, link, island.shape)))
    return found


def _backwards(field: SearchField, link: Link, shape: IslandShape) -> float:
    """Odds against a joint that meets an island at its narrow end."""
    contact = field.points_mm(link.cells[:1])
    near = [e for e in shape.ends if np.linalg.norm(field.points_mm([e.cell]) - contact) < 2 * AT_END_MM]
    others = [e.radius_mm for e in shape.ends if e not in near]
    if not near or not others or near[0].radius_mm == 0:
        return 0.0
    return min(BACKWARDS_WEIGHT * max(BACKWARDS - near[0].radius_mm / max(*others, 1e-6), 0.0), BACKWARDS_MOST)


def _scored(field: SearchField, forest: Forest, cells: IntArray, island: Island, number: int) -> Link:
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
    is_stump = at_stump(field, forest, cells)
    odds += 1.0 if is_stump else 0.0
    # What passes close to the side of the tree is more often a vein than a branch cut off by a short occlusion.
    odds -= PASSING_BY if not is_stump and gap_mm < PASSING_MM else 0.0
    odds += 0.7 if island.extent_mm > LONG_ISLAND_MM else 0.0
    odds -= SMALL_FAR_ODDS if gap_mm > FAR_GAP_MM and island.extent_mm < SMALL_ISLAND_MM else 0.0
    odds -= 4.0 if island_turn >= 80.0 or island.is_rim else 0.0
    return Link(number, cells, gap_mm, float(wall.mean()), weakest, island_turn, tree_turn, odds)


def calibre_odds(field: SearchField, calibre: TreeCalibre, link: Link, shape: IslandShape) -> float:
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


def is_rim(field: SearchField, members: IntArray) -> bool:
    """Whether an island is the rim of a chamber: little tube contrast for its brightness, none against fat."""
    height = np.maximum(field.soft_hu.ravel()[members] - SOFT_TISSUE_HU, 60.0)
    share = np.median(field.lumen.contrast_hu.ravel()[members] / height)
    return bool(share < RIM_SHARE and np.median(field.wall.contrast_hu.ravel()[members]) < RIM_WALL_HU)


def at_stump(field: SearchField, forest: Forest, cells: IntArray) -> bool:
    """Whether the joint begins near the distal end of a line of the tree."""
    if not forest.leaves:
        return False
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
    """Angle between the tree's direction at the joint (away from the aorta at an ostium) and the joint's first millimetres."""
    leaving = field.points_mm(cells[-min(len(cells), 9) :][:1])[0] - field.points_mm(cells[-1:])[0]
    if int(cells[-1]) not in forest.towards:
        return _angle_deg(outward(field, int(cells[-1])), leaving)
    back = forest.way_to_root(int(cells[-1]))[:12]
    if len(back) < 3:
        return 0.0
    heading = field.points_mm(back[:1])[0] - field.points_mm(back[-1:])[0]
    return _angle_deg(heading, leaving)


def _angle_deg(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    norm = float(np.linalg.norm(one) * np.linalg.norm(other))
    return 0.0 if norm == 0 else float(np.degrees(np.arccos(np.clip(one @ other / norm, -1.0, 1.0))))
