"""The part of an occluded vessel that a view must show, and the vessels that can lie over it (docs/clinical.md D.3)."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from planner.occlusion import Occlusion
from recon.estimate import FloatArray
from recon.sections import VesselSections
from recon.vessels import Tree, Vessel

PIECE_MM = 1.0
"""Length of the pieces into which targets and covering vessels are cut."""

CAP_REACH_MM = 5.0
"""A cap target is this far to both sides of the cap, with as much of the side branches at the cap."""

LANDING_MM = 20.0
SMALLEST_RADIUS_MM = 0.5
TOUCHING_MM = 1.0
"""Vessels closer than this, wall to wall, are joined to the target there and do not cover it."""

OWN_GAP_MM = 8.0
"""The occluded vessel itself covers a target only from this far along it: nearer, it just goes on."""

TARGETS = ("proximal_cap", "body", "distal_cap", "landing_zone")


@dataclass(frozen=True, eq=False)
class Pieces:
    """n straight pieces of vessel: midpoint, unit tangent (n, 3), length and radius (n,)."""

    point_mm: FloatArray
    tangent: FloatArray
    length_mm: FloatArray
    radius_mm: FloatArray


def target_range_mm(occlusion: Occlusion, target: str, vessel_length_mm: float) -> tuple[float, float] | None:
    """The arc range of one target on the occluded vessel; None when the vessel ends before it."""
    proximal, distal = occlusion.proximal_cap.s_mm.best, occlusion.distal_cap.s_mm.best
    start, end = {
        "proximal_cap": (proximal - CAP_REACH_MM, proximal + CAP_REACH_MM),
        "body": (proximal, distal),
        "distal_cap": (distal - CAP_REACH_MM, distal + CAP_REACH_MM),
        "landing_zone": (distal, distal + LANDING_MM),
    }[target]
    start, end = max(0.0, start), min(vessel_length_mm, end)
    return (start, end) if end - start >= PIECE_MM else None


def pieces_of(vessel: Vessel, start_mm: float, end_mm: float, sections: VesselSections | None) -> Pieces:
    """The arc range of a vessel as pieces of about 1 mm; the radius is the outer wall's where it was measured."""
    edges = np.linspace(start_mm, end_mm, max(2, math.ceil((end_mm - start_mm) / PIECE_MM) + 1))
    corners = vessel.centerline.at(edges)[0]
    chord = np.diff(corners, axis=0)
    length = np.linalg.norm(chord, axis=1)
    middle = (edges[:-1] + edges[1:]) / 2
    return Pieces(vessel.centerline.at(middle)[0], chord / length[:, None], length, _radius_mm(vessel, middle, sections))


def side_branch_pieces(tree: Tree, occlusion: Occlusion, at: str) -> list[Pieces]:
    """The first millimetres of each branch that leaves at a cap (`at`: proximal or distal)."""
    vessel = tree.vessel(occlusion.vessel)
    branches = [tree.vessel(b.name) for b in occlusion.side_branches if b.at == at]
    found = []
    for branch in branches:
        if branch is None or vessel is None:
            continue
        start = _departure_mm(branch, vessel)
        end = min(branch.centerline.length_mm, start + CAP_REACH_MM)
        if end - start >= PIECE_MM:
            found.append(pieces_of(branch, start, end, None))
    return found


def covering_pieces(
    tree: Tree, vessel: Vessel, arc_mm: tuple[float, float], sections: dict[str, VesselSections], target: Pieces
) -> Pieces:
    """All pieces of the tree that are apart from the target in space and so can be projected over it.

    The occluded vessel counts only beyond `OWN_GAP_MM` from the target's arc, and a trunk it shares counts once.
    """
    length = vessel.centerline.length_mm
    own = ((0.0, arc_mm[0] - OWN_GAP_MM), (arc_mm[1] + OWN_GAP_MM, length))
    parts = [pieces_of(vessel, start, end, sections.get(vessel.name)) for start, end in own if end - start >= PIECE_MM]
    trunk = cKDTree(vessel.centerline.points_mm)
    for other in tree.vessels:
        if other.name != vessel.name:
            pieces = pieces_of(other, 0.0, other.centerline.length_mm, sections.get(other.name))
            parts.append(_kept(pieces, trunk.query(pieces.point_mm)[0] > pieces.radius_mm / 2))
    if not parts:
        return _kept(target, np.zeros(len(target.length_mm), dtype=bool))
    everything = joined(parts)
    distance, nearest = cKDTree(target.point_mm).query(everything.point_mm)
    return _kept(everything, distance > everything.radius_mm + target.radius_mm[nearest] + TOUCHING_MM)


def _kept(pieces: Pieces, which: npt.NDArray[np.bool_]) -> Pieces:
    return Pieces(pieces.point_mm[which], pieces.tangent[which], pieces.length_mm[which], pieces.radius_mm[which])


def joined(parts: list[Pieces]) -> Pieces:
    """Pieces put one after another."""
    return Pieces(
        np.concatenate([p.point_mm for p in parts]),
        np.concatenate([p.tangent for p in parts]),
        np.concatenate([p.length_mm for p in parts]),
        np.concatenate([p.radius_mm for p in parts]),
    )


def _radius_mm(vessel: Vessel, s_mm: FloatArray, sections: VesselSections | None) -> FloatArray:
    radius = np.interp(s_mm, vessel.centerline.s_mm, vessel.lumen_radius_mm)
    if sections is not None:
        measured = np.isfinite(sections.wall_area_mm2)
        if measured.any():
            wall = np.sqrt(sections.wall_area_mm2[measured] / math.pi)
            radius = np.fmax(radius, np.interp(s_mm, sections.s_mm[measured], wall))
    return np.asarray(np.fmax(np.nan_to_num(radius), SMALLEST_RADIUS_MM))


def _departure_mm(branch: Vessel, parent: Vessel) -> float:
    """Arc on the branch where it leaves its parent: the end of the part that lies inside the parent's lumen."""
    points = branch.centerline.points_mm
    distance, nearest = cKDTree(parent.centerline.points_mm).query(points)
    inside = distance <= np.fmax(parent.lumen_radius_mm[nearest], SMALLEST_RADIUS_MM)
    last = int(np.flatnonzero(inside)[-1]) if inside.any() else 0
    return float(branch.centerline.s_mm[last])
