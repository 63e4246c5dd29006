"""Bends of a vessel in 3D: the turn between two arms about each position (docs/clinical.md B.3)."""

import math
from dataclasses import dataclass

import numpy as np

from recon.bend import SCORE_ARM_MM, bend_deg
from recon.centerline import Centerline
from recon.estimate import Estimate

ARMS_MM = (3.0, 5.0, 8.0)
"""Arm lengths reported; the middle one decides (app setting)."""
STEP_MM = 0.25
COURSE_UNCERTAINTY_DEG = 8.0
"""Half width of the interval of a bend on a followed course, calibrated on generated cases (docs/accuracy.md)."""
MODERATE_DEG, SEVERE_DEG, EXTREME_DEG = 70.0, 90.0, 120.0


@dataclass(frozen=True, slots=True)
class Bend:
    """A turn of the vessel: its place and deviation; straight is 0 degrees."""

    s_mm: float
    angle_deg: float


@dataclass(frozen=True, slots=True)
class BendInside:
    """The largest bend between two arc positions, for the scoring arm and for all arms."""

    angle_deg: Estimate
    s_mm: float
    by_arm_deg: tuple[tuple[float, float], ...]


def bend_inside(centerline: Centerline, start_mm: Estimate, end_mm: Estimate, course_radius_mm: float = 0.0) -> BendInside:
    """The largest bend with its vertex between two caps; its arms may reach outside, bends outside do not count.

    The interval holds what the bend is for the nearest and the farthest ends of the caps, and the error of the course: at
    least 8 degrees, and the turn that the radius of uncertainty makes over one arm.
    """
    largest = {arm: _largest(centerline, start_mm.best, end_mm.best, arm) for arm in ARMS_MM}
    best = largest[SCORE_ARM_MM]
    least = _largest(centerline, min(start_mm.high, end_mm.low), max(start_mm.high, end_mm.low), SCORE_ARM_MM).angle_deg
    most = _largest(centerline, max(start_mm.low, 0.0), min(end_mm.high, centerline.length_mm), SCORE_ARM_MM).angle_deg
    error = max(COURSE_UNCERTAINTY_DEG, math.degrees(math.atan(course_radius_mm / SCORE_ARM_MM)))
    angle = Estimate(max(min(least, best.angle_deg) - error, 0.0), best.angle_deg, min(max(most, best.angle_deg) + error, 180.0))
    return BendInside(angle, best.s_mm, tuple((arm, bend.angle_deg) for arm, bend in largest.items()))


def bends_over(centerline: Centerline, start_mm: float, end_mm: float, limit_deg: float = MODERATE_DEG) -> tuple[Bend, ...]:
    """Separate bends sharper than a limit between two positions: local maxima at least one arm apart."""
    s = np.arange(start_mm, end_mm + 1e-9, STEP_MM)
    angle = np.nan_to_num(bend_deg(centerline, s)) if len(s) else np.array([])
    found: list[Bend] = []
    for i in np.argsort(-angle):
        if angle[i] <= limit_deg:
            break
        if all(abs(s[i] - bend.s_mm) >= SCORE_ARM_MM for bend in found):
            found.append(Bend(float(s[i]), float(angle[i])))
    return tuple(sorted(found, key=lambda bend: bend.s_mm))


def tortuosity_grade(bends: tuple[Bend, ...]) -> str:
    """none, moderate or severe by the PROGRESS-CTO rule (docs/clinical.md A.4)."""
    angles = [bend.angle_deg for bend in bends]
    count = {limit: sum(a > limit for a in angles) for limit in (MODERATE_DEG, SEVERE_DEG, EXTREME_DEG)}
    if count[SEVERE_DEG] >= 2 or count[EXTREME_DEG] >= 1:
        return "severe"
    return "moderate" if count[MODERATE_DEG] >= 2 or count[SEVERE_DEG] >= 1 else "none"


def _largest(centerline: Centerline, start_mm: float, end_mm: float, arm_mm: float) -> Bend:
    s = np.linspace(start_mm, end_mm, max(2, round((end_mm - start_mm) / STEP_MM) + 1))
    angle = np.nan_to_num(bend_deg(centerline, s, arm_mm))
    top = int(np.argmax(angle))
    return Bend(float(s[top]), float(angle[top]))
