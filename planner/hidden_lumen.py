"""Where calcium leaves so little lumen that an occlusion is neither called nor excluded (docs/clinical.md B.1)."""

import numpy as np

from planner.lumen_walk import lumen_walk
from planner.occlusion import Occlusion
from planner.side_branches import own_from_mm
from planner.zones import runs
from recon.sections import ScanPhysics, VesselSections
from recon.vessels import Tree
from recon.volume import Finding

HIDDEN_CODE = "lumen-hidden-by-calcium"
DOUBT_SHARE, DOUBT_MM = 0.3, 1.5
"""A lumen next to calcium that keeps less of its usual area over this length is in doubt (app setting)."""
JOINED_MM = 3.0
MOUTH_MM = 3.0
"""At the mouth of a branch its parent's calcium hides the first part of its lumen; that alone is no doubt worth telling."""
LIKELIER = 0.5


Ranges = tuple[tuple[float, float], ...]


def not_excluded(
    tree: Tree, sections: dict[str, VesselSections], physics: ScanPhysics | None, occlusions: tuple[Occlusion, ...]
) -> dict[str, Ranges]:
    """Doubtful arc ranges (mm) of measured vessels outside their found occlusions, by vessel; only vessels that have some."""
    found: dict[str, Ranges] = {}
    if physics is None:
        return found
    for vessel in tree.vessels:
        own = sections.get(vessel.name)
        if own is None or len(own.axis_s_mm) < 2:
            continue
        known = [(o.proximal_cap.s_mm.low, o.distal_cap.s_mm.high) for o in occlusions if o.vessel == vessel.name]
        doubtful = doubtful_mm(own, physics, vessel.bridged_mm, own_from_mm(tree, vessel))
        mouth_mm = 0.0 if vessel.parent is None else MOUTH_MM
        ranges = tuple((a, b) for a, b in doubtful if b > mouth_mm and not any(a <= high and b >= low for low, high in known))
        if ranges:
            found[vessel.name] = ranges
    return found


def hidden_findings(ranges: dict[str, Ranges]) -> tuple[Finding, ...]:
    """One finding for each doubtful range."""
    return tuple(_finding(vessel, start, end) for vessel, own in ranges.items() for start, end in own)


def doubtful_mm(sections: VesselSections, physics: ScanPhysics, bridged_mm: Ranges = (), own_mm: float = 0.0) -> Ranges:
    """Arc ranges next to calcium, 1.5 mm or more, in which the fitted lumen keeps under 30 % of its usual area, or an occlusion
    is the likelier without being called; the vessel leaves a wider one at `own_mm`."""
    walk = lumen_walk(sections, physics, bridged_mm, own_mm)
    likelier = np.interp(sections.s_mm, walk.s_mm, walk.occluded) > LIKELIER
    narrow = walk.trust.near_calcium & (likelier | (np.nan_to_num(walk.trust.share, nan=1.0) < DOUBT_SHARE))
    ranges = [(float(sections.s_mm[a]), float(sections.s_mm[b - 1])) for a, b in runs(narrow)]
    joined: list[tuple[float, float]] = []
    for start, end in ranges:
        if joined and start - joined[-1][1] <= JOINED_MM:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple((start, end) for start, end in joined if end - start >= DOUBT_MM)


def _finding(vessel: str, start_mm: float, end_mm: float) -> Finding:
    return Finding(
        HIDDEN_CODE,
        f"{vessel}, {start_mm:.0f} to {end_mm:.0f} mm",
        "Calcium leaves almost no lumen to be seen.",
        "A severe stenosis or a short total occlusion there is not excluded.",
        "Look at the sections; place both caps if it is occluded.",
    )
