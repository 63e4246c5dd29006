"""Branches whose origin lies near a cap: distance, angle and diameter (docs/clinical.md B.2)."""

import numpy as np

from planner.calibre import diameter_mm
from planner.occlusion import SideBranch
from recon.sections import VesselSections
from recon.vessels import Tree, Vessel

LEFT_MAIN_PARTNER = {"LAD": "LCx", "LCx": "LAD"}
"""Lines that share the left main."""
NEAR_CAP_MM = 10.0
"""Branches listed; a score counts those within 3 mm."""
SHARED_MM = 1.0
"""Two lines closer than this share a vessel."""
DIRECTION_MM = 5.0
OPENING_MM = 3.0


def side_branches(
    tree: Tree, vessel: Vessel, sections: dict[str, VesselSections], proximal_mm: float, distal_mm: float
) -> tuple[SideBranch, ...]:
    """Branches that leave `vessel` within 10 mm of a cap, nearest first."""
    found = []
    for branch in tree.vessels:
        origin_mm = origin_on(vessel, branch)
        if origin_mm is None:
            continue
        for at, cap_mm in (("proximal", proximal_mm), ("distal", distal_mm)):
            other_mm = distal_mm if at == "proximal" else proximal_mm
            distance = abs(origin_mm - cap_mm)
            if distance <= NEAR_CAP_MM and distance <= abs(origin_mm - other_mm):
                found.append(_side_branch(vessel, branch, sections.get(branch.name), origin_mm, cap_mm, at))
    return tuple(sorted(found, key=lambda b: (b.at != "proximal", b.distance_to_cap_mm)))


def origin_on(vessel: Vessel, branch: Vessel) -> float | None:
    """Arc position on `vessel` where `branch` leaves it; None where it does not.

    Lines that run together from their start (LAD and LCx share the left main) part where they are first 1 mm or more apart.
    """
    if branch.name == vessel.name:
        return None
    if branch.parent == vessel.name and branch.parent_s_mm is not None:
        return branch.parent_s_mm
    shared = shared_length_mm(vessel, branch)
    if shared <= OPENING_MM or branch.centerline.length_mm - shared < OPENING_MM:
        return None
    return shared if branch.parent is None else None


def own_from_mm(tree: Tree, vessel: Vessel) -> float:
    """Arc position from which on a line is its vessel's own: behind what it shares with its parent, or the left main with its
    partner; 0 where it starts alone."""
    parent = parent_of(tree, vessel)
    return shared_length_mm(vessel, parent) if parent is not None else 0.0


def parent_of(tree: Tree, vessel: Vessel) -> Vessel | None:
    """The vessel this one leaves; of two that share the left main the other one."""
    return tree.vessel(vessel.parent or LEFT_MAIN_PARTNER.get(vessel.name, ""))


def shared_length_mm(vessel: Vessel, other: Vessel) -> float:
    """Arc of `vessel` from its start over which another line runs within 1 mm; 0 where they start apart."""
    _, _, distance = other.centerline.locate(vessel.centerline.points_mm)
    apart = np.flatnonzero(distance > SHARED_MM)
    if apart.size == 0:
        return vessel.centerline.length_mm
    return float(vessel.centerline.s_mm[apart[0]]) if apart[0] > 0 else 0.0


def _side_branch(
    vessel: Vessel, branch: Vessel, measured: VesselSections | None, origin_mm: float, cap_mm: float, at: str
) -> SideBranch:
    start_mm = shared_length_mm(branch, vessel)
    beyond = origin_mm < cap_mm if at == "proximal" else origin_mm > cap_mm
    return SideBranch(
        name=branch.name,
        distance_to_cap_mm=abs(origin_mm - cap_mm),
        angle_deg=_angle_deg(vessel, branch, origin_mm, start_mm),
        diameter_mm=_diameter_mm(measured, start_mm),
        at=at,
        origin_s_mm=origin_mm,
        is_beyond=beyond,
    )


def _angle_deg(vessel: Vessel, branch: Vessel, origin_mm: float, start_mm: float) -> float | None:
    """Angle between the vessel's onward direction and the branch, each over 5 mm from the origin."""
    onward = np.diff(vessel.centerline.at(np.array([origin_mm, origin_mm + DIRECTION_MM]))[0], axis=0)[0]
    leaving = np.diff(branch.centerline.at(np.array([start_mm, start_mm + DIRECTION_MM]))[0], axis=0)[0]
    norm = float(np.linalg.norm(onward) * np.linalg.norm(leaving))
    return None if norm < 1e-6 else float(np.degrees(np.arccos(np.clip(onward @ leaving / norm, -1.0, 1.0))))


def _diameter_mm(measured: VesselSections | None, start_mm: float) -> float | None:
    """Mean lumen diameter 1 to 3 mm beyond the origin."""
    if measured is None:
        return None
    rows = (measured.s_mm >= start_mm + 1.0) & (measured.s_mm <= start_mm + OPENING_MM) & measured.lumen_open
    area = measured.lumen_area_mm2[rows]
    area = area[np.isfinite(area) & (area > 0)]
    return float(diameter_mm(area).mean()) if area.size else None
