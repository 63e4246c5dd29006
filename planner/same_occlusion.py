"""One occlusion seen along two lines that share a vessel is reported once."""

import numpy as np

from planner.occlusion import Occlusion
from recon.vessels import Tree

SAME_MM = 1.5
SAME_SHARE = 0.5
ORDER = ("LM", "LAD", "RCA", "LCx")
"""The line that keeps a shared occlusion: the first named here, then the longer."""


def without_repeats(found: tuple[Occlusion, ...], tree: Tree) -> tuple[Occlusion, ...]:
    """The occlusions without those that run along another one of a more important line, in the order of the tree."""
    by_rank = sorted(found, key=lambda o: (ORDER.index(o.vessel) if o.vessel in ORDER else len(ORDER), -o.length_mm.best))
    kept: list[Occlusion] = []
    for occlusion in by_rank:
        if not any(_shared(occlusion, other, tree) >= SAME_SHARE for other in kept if other.vessel != occlusion.vessel):
            kept.append(occlusion)
    return tuple(o for o in found if any(o is k for k in kept))


def _shared(occlusion: Occlusion, other: Occlusion, tree: Tree) -> float:
    """Part of the course of `occlusion` that lies on the course of `other`."""
    course, other_course = (_course(o, tree) for o in (occlusion, other))
    distance = np.linalg.norm(course[:, None] - other_course, axis=2).min(axis=1)
    return float((distance <= SAME_MM).mean())


def _course(occlusion: Occlusion, tree: Tree) -> np.ndarray:
    vessel = tree.vessel(occlusion.vessel)
    if vessel is None:
        return np.array([occlusion.proximal_cap.point_mm, occlusion.distal_cap.point_mm])
    return vessel.centerline.between(occlusion.proximal_cap.s_mm.best, occlusion.distal_cap.s_mm.best)
