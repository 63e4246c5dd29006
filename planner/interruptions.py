"""Interruptions of contrast that count as total occlusions, from the walk along one vessel (docs/clinical.md B.1)."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from planner.calibre import diameter_mm
from planner.cap_fit import CapSearch, cap_fit
from planner.lumen_walk import CERTAIN, LumenWalk
from planner.zones import runs
from recon.estimate import Estimate
from recon.sections import ScanPhysics, VesselSections

SEPARATION_MM = 5.0
"""Two interruptions with less contrast between them are one occlusion (CT-RECTOR)."""
NEAR_SEPARATION_MM = (3.0, 8.0)
"""A gap of this length by the walk is measured from cap to cap."""
SEEN_SHARE, SEEN_MM = 0.5, 3.0
"""Contrast is seen above this part of the open level; so much of a gap must show it, the rest may be hidden by calcium."""
SHORTEST_MM = 1.5
END_MM = 2.0
"""A run that reaches this close to the end of the line is the vessel fading out, not an occlusion."""
SURE = 0.9
"""A run is called when it is an occlusion with this probability somewhere; less is told as not excluded (app setting)."""
STENOSIS_FRACTION = 0.45
"""A run whose median contrast is above this share of the open level is a severe stenosis."""
SMALLEST_DIAMETER_MM, SMALLEST_BRANCH_MM = 1.3, 1.5
"""A main vessel, or a branch, thinner than this before the run fades by partial volume."""
WIDER_BEYOND = 1.6
"""A vessel whose outer area grows beyond the run by more than this factor is another one: the line went into a vein."""
BRANCH_START_MM = 4.0
"""A branch that shows no contrast of its own before the run is not known to be one."""
WALL_MM = 15.0
CORD_HU = 20.0
"""A branch followed through darker tissue (fat) was followed where there is no vessel."""
BEFORE_MM = 10.0
WIDE_QUANTILE = 0.8
"""The wider part of the lumen before a run counts: next to it calcium may have narrowed it."""
DISTAL_MM = 4.0
DISTAL_OPEN_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Interruption:
    """The walk's interval of both ends of one interruption, before any cap is fitted.

    `inner_mm`: where the ends are when outer pieces that were joined but are not certain are no part of it.
    """

    proximal_mm: Estimate
    distal_mm: Estimate
    inner_mm: tuple[float, float] | None = None


def interruptions(
    walk: LumenWalk, sections: VesselSections, physics: ScanPhysics, is_branch: bool = False
) -> tuple[Interruption, ...]:
    """Interruptions from proximal to distal; fading ends, narrow vessels, severe stenoses and strayed lines are left out."""
    occluded = _merged(walk, sections, physics)
    found = []
    for start, end in runs(occluded):
        if _is_total(walk, sections, start, end, is_branch) and _is_same_vessel(walk, sections, start, end, is_branch):
            found.append(_interruption(walk, start, end))
    return tuple(found)


def _interruption(walk: LumenWalk, start: int, end: int) -> Interruption:
    pieces = [(start + a, start + b) for a, b in runs(walk.occluded[start:end] > 0.5)]
    first, last = pieces[0], pieces[-1]
    certain = [p for p in pieces if walk.occluded[p[0] : p[1]].max() >= CERTAIN] or pieces
    inner = float(walk.s_mm[certain[0][0]]), float(walk.s_mm[certain[-1][1] - 1])
    return Interruption(_edge(walk, *first, -1), _edge(walk, *last, +1), inner)


def _merged(walk: LumenWalk, sections: VesselSections, physics: ScanPhysics) -> npt.NDArray[np.bool_]:
    """Occluded samples with the gaps filled in between two caps less than 5 mm apart, or in which too little contrast is seen."""
    merged = walk.occluded > 0.5
    weight = np.interp(walk.s_mm, sections.s_mm, walk.trust.weight)
    seen = (np.nan_to_num(walk.fraction) > SEEN_SHARE * walk.open_fraction) * weight
    step_mm = float(np.median(np.diff(walk.s_mm)))
    for before, after in pairwise(runs(merged)):
        gap = slice(before[1], after[0])
        if seen[gap].sum() * step_mm < SEEN_MM or _gap_mm(walk, sections, physics, before, after) < SEPARATION_MM:
            merged[gap] = True
    return merged


def _gap_mm(
    walk: LumenWalk, sections: VesselSections, physics: ScanPhysics, before: tuple[int, int], after: tuple[int, int]
) -> float:
    """Contrast between two runs: what is likely open, or from cap to cap as they are fitted where that may decide."""
    step_mm = float(np.median(np.diff(walk.s_mm)))
    likely = float((1 - walk.occluded[before[1] : after[0]]).sum()) * step_mm
    if not NEAR_SEPARATION_MM[0] <= likely <= NEAR_SEPARATION_MM[1]:
        return likely
    distal = CapSearch(_edge(walk, *before, +1), "distal", _middle(walk, before))
    proximal = CapSearch(_edge(walk, *after, -1), "proximal", _middle(walk, after))
    first, second = (cap_fit(walk, sections, physics, cap).s_mm.best for cap in (distal, proximal))
    return second - first


def _middle(walk: LumenWalk, run: tuple[int, int]) -> float:
    return float(walk.s_mm[run[0]] + walk.s_mm[run[1] - 1]) / 2


def _is_total(walk: LumenWalk, sections: VesselSections, start: int, end: int, is_branch: bool) -> bool:
    s = walk.s_mm
    long_enough = s[end - 1] - s[start] >= SHORTEST_MM and walk.occluded[start:end].max() >= SURE
    if not long_enough or s[end - 1] >= s[-1] - END_MM:
        return False
    inside = walk.fraction[start:end]
    if np.isfinite(inside).any() and np.nanmedian(inside / walk.open_fraction[start:end]) > STENOSIS_FRACTION:
        return False
    smallest = SMALLEST_BRANCH_MM if is_branch else SMALLEST_DIAMETER_MM
    return _is_wide_before(sections, float(s[start]), smallest) and _is_open_after(walk, end)


def _is_same_vessel(walk: LumenWalk, sections: VesselSections, start: int, end: int, is_branch: bool) -> bool:
    """Whether the line beyond the run can be the vessel before it, and a branch was followed through tissue."""
    start_mm, end_mm = float(walk.s_mm[start]), float(walk.s_mm[end - 1])
    before = (sections.s_mm < start_mm) & (sections.s_mm >= start_mm - WALL_MM)
    after = (sections.s_mm > end_mm) & (sections.s_mm <= end_mm + WALL_MM)
    areas = [sections.wall_area_mm2[rows & np.isfinite(sections.wall_area_mm2)] for rows in (before, after)]
    if all(a.size for a in areas) and np.median(areas[1]) > WIDER_BEYOND * np.median(areas[0]):
        return False
    inside = sections.axis_hu[start:end]
    if is_branch and start_mm < BRANCH_START_MM:
        return False
    return not is_branch or not np.isfinite(inside).any() or float(np.nanmedian(inside)) >= CORD_HU


def _is_wide_before(sections: VesselSections, start_mm: float, smallest_mm: float) -> bool:
    """Whether the lumen before the run is wide enough not to fade; a run from the ostium has nothing before it."""
    if start_mm < END_MM:
        return True
    before = (sections.s_mm < start_mm - 1.0) & (sections.s_mm > start_mm - BEFORE_MM) & sections.lumen_open
    area = sections.lumen_area_mm2[before]
    area = area[np.isfinite(area) & (area > 0)]
    return bool(area.size) and float(np.quantile(diameter_mm(area), WIDE_QUANTILE)) >= smallest_mm


def _is_open_after(walk: LumenWalk, end: int) -> bool:
    """Whether contrast is seen again beyond the run."""
    beyond = (walk.s_mm > walk.s_mm[end - 1]) & (walk.s_mm <= walk.s_mm[end - 1] + DISTAL_MM + END_MM)
    return bool(beyond.any()) and float((walk.occluded[beyond] < 0.5).mean()) >= DISTAL_OPEN_SHARE


def _edge(walk: LumenWalk, start: int, end: int, direction: int) -> Estimate:
    """The interval of one end of a run: from where P(occluded) leaves 0.05 outside to where it reaches 0.95 inside.

    Where it never reaches 0.95, the inner limit is where it is largest.
    """
    outside = index = start if direction < 0 else end - 1
    while 0 < outside < len(walk.s_mm) - 1 and walk.occluded[outside] > 0.05:
        outside += direction
    top = start + int(np.argmax(walk.occluded[start:end]))
    inside = index
    while inside != top and walk.occluded[inside] < 0.95:
        inside -= direction
    best = float(walk.s_mm[index])
    ends = sorted((float(walk.s_mm[outside]), float(walk.s_mm[inside]), best))
    return Estimate(ends[0], best, ends[2])
