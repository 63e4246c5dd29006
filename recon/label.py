"""Names of vessels by where they run in the heart frame: features, one score per name in a table, best assignment."""

from dataclasses import dataclass

import numpy as np

from recon.estimate import FloatArray
from recon.heart_frame import HeartFrame


@dataclass(frozen=True, eq=False)
class Way:
    """A line from an ostium to a distal end: cells and points (n, 3), and what names look at."""

    cells: tuple[int, ...]
    points_mm: FloatArray
    length_mm: float
    local_mm: FloatArray

    @staticmethod
    def of(cells: list[int], points_mm: FloatArray, frame: HeartFrame) -> "Way":
        """The way of a list of cells, ostium first."""
        length = float(np.linalg.norm(np.diff(points_mm, axis=0), axis=1).sum())
        return Way(tuple(cells), points_mm, length, frame.local(points_mm))

    def first(self, count: int) -> "Way":
        """The way cut after its first cells."""
        points = self.points_mm[:count]
        length = float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
        return Way(self.cells[:count], points, length, self.local_mm[:count])

    @property
    def end(self) -> FloatArray:
        """Mean of the last millimetres in the heart frame: (apex, back, side)."""
        return np.asarray(self.local_mm[-6:].mean(axis=0))

    @property
    def later(self) -> FloatArray:
        """Mean of the distal half in the heart frame."""
        return np.asarray(self.local_mm[len(self.local_mm) // 2 :].mean(axis=0))


def lad_score(way: Way) -> float:
    """The left anterior descending runs farthest towards the apex and most in front."""
    return 0.35 * min(way.length_mm, 140.0) + 0.6 * float(way.end[0]) - 0.8 * float(way.later[1])


def lcx_score(way: Way) -> float:
    """The circumflex goes round the base to the back, or beyond it, and stays near the base."""
    around = 0.9 * float(way.end[1]) + 0.5 * max(-float(way.end[2]), 0.0)
    return 0.25 * min(way.length_mm, 130.0) + around - 0.8 * max(float(way.end[0]) - 15.0, 0.0)


def rca_score(way: Way) -> float:
    """The right coronary artery goes round the base to the back, or as far along the groove as it is open."""
    return 0.5 * min(way.length_mm, 140.0) + 0.9 * float(way.end[1]) - 0.4 * max(float(way.end[0]) - 20.0, 0.0)


LCX_BACK_MM = 12.0
"""A circumflex ends at least this far behind the aortic root."""

LAD_APEX_MM, LAD_BACK_MM = 22.0, 2.0
"""A left anterior descending ends at least this far towards the apex, its distal half not behind the other of these: what does
is a marginal branch, and the left anterior descending is missing."""

STUMP_APEX_MM, STUMP_BACK_MM = 5.0, -4.0
"""Where none does, one that was lost early ends at least this far towards the apex and not behind the other of these."""


def shared_count(one: Way, other: Way) -> int:
    """How many first cells two ways have in common."""
    count = 0
    for a, b in zip(one.cells, other.cells, strict=False):
        if a != b:
            break
        count += 1
    return count


def left_pair(ways: list[Way]) -> tuple[Way | None, Way | None]:
    """The ways that are LAD and LCx; None where no way fits."""
    lads = [w for w in ways if w.end[0] >= LAD_APEX_MM and w.later[1] < LAD_BACK_MM]
    lads = lads or [w for w in ways if w.end[0] >= STUMP_APEX_MM and w.end[1] < STUMP_BACK_MM]
    lcxs = [w for w in ways if w.end[1] >= LCX_BACK_MM and w.length_mm > 25.0]
    best: tuple[float, Way | None, Way | None] = (-np.inf, None, None)
    for lad in lads:
        for lcx in lcxs:
            shared = float(np.linalg.norm(np.diff(lad.points_mm[: shared_count(lad, lcx)], axis=0), axis=1).sum())
            if lad is lcx or shared > 0.7 * min(lad.length_mm, lcx.length_mm):
                continue
            score = lad_score(lad) + lcx_score(lcx) - 1.0 * max(0.0, shared - 15.0)
            if score > best[0]:
                best = (score, lad, lcx)
    if best[1] is None:
        lad_only = max(lads, key=lad_score, default=None)
        lcx_only = max(lcxs, key=lcx_score, default=None)
        return (lad_only, None) if lad_only is not None else (None, lcx_only)
    return best[1], best[2]
