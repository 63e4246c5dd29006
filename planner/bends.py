"""Bends of a vessel in 3D: the turn between two arms about each position (docs/clinical.md B.3)."""

from dataclasses import dataclass, replace

import numpy as np

from recon.bend import SCORE_ARM_MM, bend_deg, polyline_bend_deg, smoothed_points
from recon.centerline import Centerline
from recon.courses import drawn_courses
from recon.estimate import Estimate, FloatArray
from recon.vessels import Course

ARMS_MM = (3.0, 5.0, 8.0)
"""Arm lengths reported; the middle one decides (app setting)."""
STEP_MM = 0.25
DRAWS, SEED, DRAW_STEP_MM = 80, 20260101, 0.5
ASSUMED_RADIUS_MM = 0.5
MOST_RADIUS_MM = 0.6
"""A wider tube says that the course as a whole may lie further off, which hardly bends it: on development cases (docs/tree.md)
errors of bends did not grow with the tube beyond this radius."""
LED_OVER_MM = 4.0
"""Errors of a course fade over this length outside it (as those of recon/courses.py inside it)."""
LEAST_ERROR_DEG = 4.0
"""The interval of a bend is never narrower to either side (app setting)."""
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


def bend_inside(centerline: Centerline, start_mm: Estimate, end_mm: Estimate, courses: tuple[Course, ...] = ()) -> BendInside:
    """The largest bend with its vertex between two caps; its arms may reach outside, bends outside do not count.

    The interval (5 to 95 %) is that of plausible courses between plausible caps. An error of the course mostly adds to its
    largest bend: by as much as the draws lie above the followed course, the true bend may lie below it. Without `courses` the
    line is taken to be within 0.5 mm nine times in ten.
    """
    largest = {arm: _largest(centerline, start_mm.best, end_mm.best, arm) for arm in ARMS_MM}
    best = largest[SCORE_ARM_MM]
    low, middle, high = np.quantile(_drawn_bends_deg(centerline, start_mm, end_mm, courses), (0.05, 0.5, 0.95))
    spread = max(float(high - middle), float(middle - low), LEAST_ERROR_DEG)
    wiggle = max(float(high) - best.angle_deg, spread)
    angle = Estimate(max(best.angle_deg - wiggle, 0.0), best.angle_deg, min(best.angle_deg + spread, 180.0))
    return BendInside(angle, best.s_mm, tuple((arm, bend.angle_deg) for arm, bend in largest.items()))


def _drawn_bends_deg(line: Centerline, start_mm: Estimate, end_mm: Estimate, courses: tuple[Course, ...]) -> FloatArray:
    """Largest bends of about `DRAWS` drawn courses, each between drawn caps; a course counts by its probability."""
    rng = np.random.default_rng(SEED)
    assumed = line.between(start_mm.best, max(end_mm.best, start_mm.best + 1.0))
    known = courses or (Course(1.0, assumed, np.full(len(assumed), ASSUMED_RADIUS_MM)),)
    found = []
    for number, course in enumerate(known):
        narrow = replace(course, radius_of_uncertainty_mm=np.minimum(course.radius_of_uncertainty_mm, MOST_RADIUS_MM))
        drawn = drawn_courses(narrow, max(1, round(DRAWS * course.probability)), SEED + number)
        first, last = sorted(float(s) for s in line.locate(course.points_mm[[0, -1]])[0])
        for points in drawn:
            moved_s, moved = _moved(line, first, last, points)
            ends = sorted((_drawn(start_mm, rng), _drawn(end_mm, rng)))
            vertices = np.linspace(ends[0], ends[1], max(2, round((ends[1] - ends[0]) / DRAW_STEP_MM) + 1))
            at = np.asarray(np.interp(vertices, line.s_mm, moved_s))
            found.append(float(np.nanmax(polyline_bend_deg(moved_s, moved, at, SCORE_ARM_MM), initial=0.0)))
    return np.array(found)


def _moved(line: Centerline, first_mm: float, last_mm: float, course: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The line with another course between two positions, led over to it within some mm: arc positions (n,), points (n, 3)."""
    s = line.s_mm
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(course, axis=0), axis=1))])
    part = np.clip((s - first_mm) / max(last_mm - first_mm, 1e-6), 0.0, 1.0) * arc[-1]
    there = np.stack([np.interp(part, arc, course[:, axis]) for axis in range(3)], axis=1)
    outside = np.maximum(np.maximum(first_mm - s, s - last_mm), 0.0)
    here = line.at(np.clip(s, first_mm, last_mm))[0]
    points = line.points_mm + np.exp(-0.5 * (outside / LED_OVER_MM) ** 2)[:, None] * (there - here)
    moved_s = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    return moved_s, smoothed_points(points, float(moved_s[-1]))


def _drawn(place: Estimate, rng: np.random.Generator) -> float:
    """A position from an interval that holds nine in ten, each side on its own."""
    z = float(rng.standard_normal()) / 1.645
    return place.best + z * ((place.high - place.best) if z > 0 else (place.best - place.low))


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
