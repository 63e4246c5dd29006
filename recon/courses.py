"""The likely courses through an occlusion: solved again and again on perturbed evidence, clustered, counted."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial import cKDTree

from recon.centering import tangents
from recon.centerline import Centerline
from recon.estimate import FloatArray
from recon.kernels.path import mark_tube, minimal_cost, walk_back
from recon.search_field import SearchField
from recon.tree_islands import MIN_SPEED, WALL_FULL_HU, cord_speed
from recon.unclear_lumen import unclear_mm
from recon.vesselness import Float32Array
from recon.vessels import Course, Vessel

MAIN = ("RCA", "LAD", "LCx")
"""Vessels whose tube is also stated where dim plaque or calcium hides a lumen that was followed."""

DRAWS = 24
MARGIN_MM = 9.0
"""How far from the straight way between the caps a course is looked for."""

NOISE = 0.12
"""Spread of the evidence (0..1) from draw to draw, about what the noise of the scan gives the wall channel."""

NOISE_REACH_MM = 1.5
APART_MM = 1.2
"""Voxels this near the line of another vessel are its lumen."""

SAME_COURSE_MM = 1.5
"""Courses whose mean distance is less are one course."""

MOST_COURSES = 3
LEAST_RADIUS_MM, SPREAD_FACTOR, UNSEEN_MM = 0.1, 1.05, 0.27
"""Radius of uncertainty: a least one, times the spread of the draws, and what a cord that is not seen adds; fitted so that it
holds nine in ten places of the true course (docs/tree.md)."""

FOLLOWED_MM = 0.35
"""What is added where the lumen is not clear and the vessel was yet followed as lumen: it is centred on what hides it."""

UNSEEN_OVER = 4.0
"""Points over which the wall evidence is averaged along a course."""

LONE_SPREAD_MM = 1.0
"""Spread of a course that only one draw took."""

BEND_LENGTH_MM = 3.3
"""How far along a course its error stays alike: vessels and their smoothed lines do not zigzag (docs/tree.md)."""


def with_courses(vessel: Vessel, field: SearchField, vessels: tuple[Vessel, ...] = (), seed: int = 0) -> Vessel:
    """The vessel with its alternatives through every range in which its lumen is not clearly seen; unchanged without one.

    `vessels` are those of the tree: a course through an occlusion does not run along another one.
    """
    beside = [_apart(v.centerline.points_mm, vessel) for v in vessels if v.name != vessel.name]
    ways = unclear_mm(vessel, field, every=vessel.name in MAIN)
    found = [c for low, high in ways for c in courses_between(vessel.centerline, low, high, field, beside, seed)]
    return replace(vessel, courses=tuple(less_sure(c, vessel) for c in found)) if found else vessel


def less_sure(course: Course, vessel: Vessel) -> Course:
    """The course with a wider tube where the vessel was followed as if lumen were clear: it was centred on calcium or plaque."""
    s_mm = vessel.centerline.locate(course.points_mm)[0]
    bridged = np.zeros(len(s_mm), bool)
    for low, high in vessel.bridged_mm:
        bridged |= (s_mm >= low) & (s_mm <= high)
    return replace(course, radius_of_uncertainty_mm=course.radius_of_uncertainty_mm + np.where(bridged, 0.0, FOLLOWED_MM))


def _apart(points: FloatArray, vessel: Vessel) -> FloatArray:
    """The points of another vessel that are not on this one."""
    return points[vessel.centerline.locate(points)[2] > APART_MM]


def courses_between(
    line: Centerline,
    start_mm: float,
    end_mm: float,
    field: SearchField,
    beside_mm: Sequence[FloatArray] = (),
    seed: int = 0,
) -> tuple[Course, ...]:
    """At most `MOST_COURSES` distinct courses from cap to cap, likeliest first; their probabilities sum to 1.

    The course the line itself takes keeps the line's own points. The radius of uncertainty is per point, in mm. No course runs
    along `beside_mm`, the lines (n, 3) of other vessels.
    """
    own = line.between(start_mm, end_mm)
    speed, offset = _crop(field, own)
    for points in beside_mm:
        _slow_beside(speed, field, points, offset)
    caps = [_cell(field, p, offset, speed.shape) for p in (own[0], own[-1])]
    draws = [own, *_solved(speed, caps, field, offset, np.random.default_rng(seed))]
    groups = _clustered(draws)
    groups.sort(key=lambda g: -len(g))
    groups = groups[:MOST_COURSES]
    total = sum(len(g) for g in groups)
    return tuple(_course([draws[n] for n in g], len(g) / total, field, (start_mm, end_mm)) for g in groups)


def _slow_beside(speed: Float32Array, field: SearchField, points: FloatArray, offset: npt.NDArray[np.int64]) -> None:
    """Takes the evidence from the voxels of another vessel's line, in place."""
    index = np.rint(field.grid.geometry.index_kji(points)).astype(int) - offset
    index = index[np.all((index >= 0) & (index < np.array(speed.shape)), axis=1)]
    cells = np.unique(np.ravel_multi_index(tuple(index.T), speed.shape)).astype(np.int64)
    mask = np.zeros(speed.shape, np.int32)
    mark_tube(mask, cells, np.full(len(cells), APART_MM / field.grid.step_mm), 1)
    speed[mask > 0] = MIN_SPEED


def drawn_courses(course: Course, count: int, seed: int = 0) -> FloatArray:
    """Plausible courses (count, n, 3) in LPS mm about one course: what a bend or a length may be along it.

    The deviations across the course are smooth (their correlation fades over `BEND_LENGTH_MM`), sized per point so that the
    radius of uncertainty holds nine in ten of them, and as sure at the caps as the radius there says. The same seed gives the
    same courses. Raises ValueError for a count below 1.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}")
    points = course.points_mm
    s_mm = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    sigma = course.radius_of_uncertainty_mm / np.sqrt(2.0 * np.log(10.0))
    likeness = np.exp(-0.5 * ((s_mm[:, None] - s_mm[None, :]) / BEND_LENGTH_MM) ** 2)
    values, vectors = np.linalg.eigh(likeness)
    root = vectors * np.sqrt(np.clip(values, 0.0, None))
    white = np.random.default_rng(seed).standard_normal((count, len(points), 3))
    smooth = np.einsum("ij,cjk->cik", root, white)
    along = tangents(points)
    across = smooth - np.sum(smooth * along, axis=2, keepdims=True) * along
    return np.asarray(points + sigma[:, None] * across)


def _crop(field: SearchField, own: FloatArray) -> tuple[Float32Array, npt.NDArray[np.int64]]:
    """The cord evidence about a course, and the index of its first voxel."""
    index = field.grid.geometry.index_kji(own)
    reach = MARGIN_MM / field.grid.step_mm
    low = np.maximum(np.floor(index.min(axis=0) - reach), 0).astype(int)
    high = np.minimum(np.ceil(index.max(axis=0) + reach) + 1, field.shape).astype(int)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    return cord_speed(field, box), low


def _cell(field: SearchField, point: FloatArray, offset: npt.NDArray[np.int64], shape: tuple[int, ...]) -> int:
    index = np.clip(np.rint(field.grid.geometry.index_kji(point)).astype(int) - offset, 0, np.array(shape) - 1)
    return int(np.ravel_multi_index(tuple(index), shape))


def _solved(
    speed: Float32Array, caps: list[int], field: SearchField, offset: npt.NDArray[np.int64], rng: np.random.Generator
) -> list[FloatArray]:
    """Cheapest ways between the caps on evidence with correlated noise added."""
    goal = np.zeros(speed.shape, np.uint8)
    goal.ravel()[caps[1]] = 1
    sigma = NOISE_REACH_MM / field.grid.step_mm
    found = []
    for _ in range(DRAWS):
        noise = ndimage.gaussian_filter(rng.standard_normal(speed.shape, dtype=np.float32), sigma, mode="wrap")
        noisy = np.clip(speed + noise * np.float32(NOISE / max(float(noise.std()), 1e-6)), MIN_SPEED, 1.0)
        cost = (1.0 / (noisy * noisy)).astype(np.float32)
        source = np.array([caps[0]], np.int64)
        _, step, reached = minimal_cost(cost, source, np.zeros(1, np.float32), np.float32(np.inf), goal)
        if reached < 0:
            continue
        cells = walk_back(step, reached, np.zeros((0, 0, 0), np.uint8))[::-1]
        index = np.stack(np.unravel_index(cells, speed.shape), axis=-1) + offset
        points = field.grid.geometry.points_mm(index)
        found.append(np.asarray(ndimage.gaussian_filter1d(points, 1.5, axis=0, mode="nearest")))
    return found


def _clustered(draws: list[FloatArray]) -> list[list[int]]:
    """Indices of like courses; a draw joins the first group whose founder it runs along."""
    trees = [cKDTree(d) for d in draws]
    groups: list[list[int]] = []
    for n, draw in enumerate(draws):
        for group in groups:
            apart = max(float(trees[group[0]].query(draw)[0].mean()), float(trees[n].query(draws[group[0]])[0].mean()))
            if apart < SAME_COURSE_MM:
                group.append(n)
                break
        else:
            groups.append([n])
    return groups


def _course(members: list[FloatArray], probability: float, field: SearchField, way_mm: tuple[float, float]) -> Course:
    """The founder of a group, with a tube that is wider where the others leave it and where no cord is seen."""
    points = members[0]
    if len(members) == 1:
        spread = np.full(len(points), LONE_SPREAD_MM)
    else:
        apart = np.stack([cKDTree(m).query(points)[0] for m in members[1:]])
        spread = ndimage.gaussian_filter1d(np.sqrt((apart**2).mean(axis=0)), 2.0, mode="nearest")
    wall = np.array([field.wall.contrast_hu.ravel()[field.cell(p)] for p in points])
    unseen = ndimage.gaussian_filter1d(np.clip(1.0 - wall / WALL_FULL_HU, 0.0, 1.0), UNSEEN_OVER, mode="nearest")
    return Course(probability, points, LEAST_RADIUS_MM + SPREAD_FACTOR * spread + UNSEEN_MM * unseen, way_mm)
