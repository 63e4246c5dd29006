"""Radii, contrast and surroundings along the vessels of a test object."""

from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree

from recon.centerline import Centerline
from recon.estimate import FloatArray
from recon.phantom_arteries import Course
from recon.phantom_chambers import Tissue
from recon.phantom_vessel import PhantomVessel

LUMEN_MM = {
    "RCA": (1.55, 2.15, 0.62),
    "LAD": (1.85, 2.45, 0.30),
    "LCx": (1.45, 1.95, 0.45),
    "D1": (0.85, 1.25, 0.5),
    "D2": (0.75, 1.05, 0.5),
    "S1": (0.50, 0.80, 0.6),
    "RI": (0.80, 1.25, 0.5),
    "OM1": (0.90, 1.35, 0.5),
    "OM2": (0.75, 1.15, 0.5),
    "AM": (0.60, 1.00, 0.55),
    "R-PDA": (0.85, 1.20, 0.5),
    "R-PLB": (0.85, 1.20, 0.5),
    "L-PDA": (0.85, 1.15, 0.5),
    "L-PLB": (0.75, 1.05, 0.5),
    "GCV": (0.75, 1.00, 2.9),
    "MCV": (0.70, 0.95, 1.7),
}
"""Per vessel: smallest and largest lumen radius at its origin, and end radius as a part of it."""

END_RADIUS_MM = 0.42
SHARED_GAP_MM = 1.5
"""How long before the fork two lines that share the left main begin to part."""


def artery_vessel(
    course: Course, rng: np.random.Generator, tissue: Tissue, lumen_hu: float, parent: PhantomVessel | None
) -> PhantomVessel:
    """A healthy artery along a course: tapering lumen with gentle waves, a wall in proportion, fat that comes and goes."""
    line = course.centerline
    low, high, end = LUMEN_MM[course.name]
    origin = rng.uniform(low, high)
    if parent is not None:
        origin = min(origin, 0.85 * float(np.interp(course.parent_s_mm or 0.0, parent.centerline.s_mm, parent.open_lumen_mm)))
    if course.name == "LAD":
        lumen = _left_main_and_lad(line, origin, rng)
    elif course.name == "LCx" and parent is not None:
        lumen = _behind_fork(line, course.own_from_mm, parent, origin, end)
    else:
        lumen = np.interp(line.s_mm, [0, line.length_mm], [origin, max(END_RADIUS_MM, end * origin)])
    lumen = np.maximum(lumen * (1 + 0.05 * _wave(line, rng, 12.0)), END_RADIUS_MM)
    wall = lumen + np.clip(0.18 * lumen + 0.14, 0.28, 0.65) * (1 + 0.15 * _wave(line, rng, 25.0))
    if course.name == "LCx" and parent is not None:
        shared = line.s_mm < course.own_from_mm - SHARED_GAP_MM
        lumen[shared] = np.interp(line.s_mm[shared], parent.centerline.s_mm, parent.open_lumen_mm)
        wall[shared] = np.interp(line.s_mm[shared], parent.centerline.s_mm, parent.wall_mm)
    fat = 1.1 + 0.9 * _wave(line, rng, 18.0)
    if course.name == "S1":
        fat = np.full(len(lumen), -9.0)
    slope = rng.uniform(-0.0009, 0.0001)
    count = len(lumen)
    return PhantomVessel(
        course.name,
        "artery",
        line,
        lumen,
        wall,
        lumen_hu * (1 + slope * line.s_mm),
        np.full(count, tissue.wall),
        np.zeros((count, 2)),
        fat,
        parent=course.parent,
        parent_s_mm=course.parent_s_mm,
        own_from_mm=course.own_from_mm,
        ostial=course.parent is None or course.name == "LCx",
    )


def _left_main_and_lad(line: Centerline, origin: float, rng: np.random.Generator) -> FloatArray:
    """A wide left main that steps down over the fork, then a steady taper."""
    fork = rng.uniform(11, 15)
    lad = origin * rng.uniform(0.78, 0.9)
    step = 1 / (1 + np.exp(-(line.s_mm - fork - 2) / 1.2))
    tail = np.interp(line.s_mm, [fork, line.length_mm], [lad, max(END_RADIUS_MM, 0.38 * lad)])
    return np.asarray((1 - step) * origin + step * tail)


def _behind_fork(line: Centerline, own_from: float, parent: PhantomVessel, origin: float, end: float) -> FloatArray:
    main = np.interp(line.s_mm, parent.centerline.s_mm, parent.open_lumen_mm)
    own = np.interp(line.s_mm, [own_from, line.length_mm], [origin, max(END_RADIUS_MM, end * origin)])
    step = 1 / (1 + np.exp(-(line.s_mm - own_from - 1.0) / 0.8))
    return np.asarray((1 - step) * main + step * own)


def with_shared_part(vessel: PhantomVessel, parent: PhantomVessel) -> PhantomVessel:
    """A line that shares its parent's first part (the left main) takes over what disease made of it, calcium included."""
    shared = vessel.centerline.s_mm < vessel.own_from_mm - SHARED_GAP_MM
    s, known = vessel.centerline.s_mm[shared], parent.centerline.s_mm

    def taken(own: FloatArray, theirs: FloatArray) -> FloatArray:
        merged = own.copy()
        merged[shared] = np.interp(s, known, theirs)
        return merged

    offset = np.column_stack([taken(vessel.offset_mm[:, a], parent.offset_mm[:, a]) for a in range(2)])
    theirs = tuple(d for d in parent.deposits if d.end_s_mm < vessel.own_from_mm - SHARED_GAP_MM)
    return replace(
        vessel,
        open_lumen_mm=taken(vessel.open_lumen_mm, parent.open_lumen_mm),
        wall_mm=taken(vessel.wall_mm, parent.wall_mm),
        lumen_hu=taken(vessel.lumen_hu, parent.lumen_hu),
        wall_hu=taken(vessel.wall_hu, parent.wall_hu),
        offset_mm=offset,
        deposits=(*theirs, *vessel.deposits),
    )


def vein_vessel(course: Course, rng: np.random.Generator, tissue: Tissue, vein_hu: float) -> PhantomVessel:
    """A vein that widens on its way; its wall is too thin to see."""
    line = course.centerline
    low, high, end = LUMEN_MM[course.name]
    origin = rng.uniform(low, high)
    lumen = (
        origin
        * np.interp(line.s_mm / line.length_mm, [0, 0.55, 1], [1, 0.45 + 0.4 * end, end])
        * (1 + 0.06 * _wave(line, rng, 15.0))
    )
    count = len(lumen)
    return PhantomVessel(
        course.name,
        "vein",
        line,
        lumen,
        lumen + 0.2,
        np.full(count, vein_hu),
        np.full(count, tissue.wall),
        np.zeros((count, 2)),
        np.zeros(count),
    )


def vein_beside(vein: PhantomVessel, arteries: list[PhantomVessel]) -> PhantomVessel:
    """The vein pushed aside and narrowed until it keeps 0.3 mm from every artery's wall."""
    points = np.vstack([a.centerline.points_mm for a in arteries])
    radius = np.concatenate([a.wall_mm for a in arteries])
    tree = cKDTree(points)
    line, moved = vein.centerline, vein.centerline.points_mm.copy()
    for _ in range(8):
        distance, nearest = tree.query(moved)
        lack = np.clip(vein.wall_mm + radius[nearest] + 0.5 - distance, 0, 0.7)
        away = (moved - points[nearest]) / np.maximum(distance, 0.2)[:, None]
        moved = moved + gaussian_filter1d(lack[:, None] * away, 6, axis=0, mode="nearest")
    moved = gaussian_filter1d(moved, 8, axis=0, mode="nearest")
    line = Centerline.through(moved[::10])
    distance, nearest = tree.query(line.points_mm)
    lumen = np.interp(line.s_mm / line.length_mm, vein.centerline.s_mm / vein.centerline.length_mm, vein.open_lumen_mm)
    lumen = np.clip(np.minimum(lumen, distance - radius[nearest] - 0.5), 0.05, None)
    count = len(lumen)
    return replace(
        vein,
        centerline=line,
        open_lumen_mm=lumen,
        wall_mm=lumen + 0.2,
        lumen_hu=np.full(count, vein.lumen_hu[0]),
        wall_hu=np.full(count, vein.wall_hu[0]),
        offset_mm=np.zeros((count, 2)),
        fat_mm=np.zeros(count),
    )


def _wave(line: Centerline, rng: np.random.Generator, length_mm: float) -> FloatArray:
    """A smooth random profile of about unit height."""
    count = max(4, round(line.length_mm / length_mm) + 2)
    return np.asarray(np.interp(line.s_mm, np.linspace(0, line.length_mm, count), np.clip(rng.normal(0, 0.7, count), -1, 1)))
