"""A vessel centerline with its rotation-minimising frame and the two-way map LPS mm <-> (s, theta, r)."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline
from scipy.spatial import cKDTree

from recon.errors import GeometryError
from recon.estimate import FloatArray
from recon.kernels.centerline import rotation_minimising_normals

STEP_MM = 0.25
"""Arc distance between centerline points."""

ANTERIOR_LPS = np.array([0.0, -1.0, 0.0])
HEAD_LPS = np.array([0.0, 0.0, 1.0])
NEAR_ANTERIOR_DEG = 20.0
"""A first tangent closer than this to anterior takes the head direction as 12 o'clock instead."""

MIN_LENGTH_MM = 1.0

CROSSING_MM = 0.4
CROSSING_APART_MM = 4.0
"""A line that comes this near to a part of itself this much arc away crosses itself."""


@dataclass(frozen=True, eq=False)
class Centerline:
    """Points (n, 3) in LPS at uniform arc length `s_mm` (n,), proximal to distal, with unit frames (n, 3).

    `normal` is the section's 12 o'clock, `binormal` its 3 o'clock: sections are drawn looking distally and the clock
    (angle `theta_rad`) runs clockwise. Build one with `through`.
    """

    s_mm: FloatArray
    points_mm: FloatArray
    tangent: FloatArray
    normal: FloatArray
    binormal: FloatArray

    @property
    def length_mm(self) -> float:
        """Arc length."""
        return float(self.s_mm[-1])

    @staticmethod
    def through(points_mm: npt.ArrayLike, step_mm: float = STEP_MM) -> "Centerline":
        """The smooth curve through LPS points (m, 3), resampled to a uniform step near `step_mm`.

        Raises GeometryError for fewer than two distinct points, values that are not numbers or a curve under 1 mm.
        """
        points = _distinct(np.asarray(points_mm, dtype=float))
        chord = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
        if chord[-1] < MIN_LENGTH_MM:
            raise GeometryError("The centerline is degenerate.", f"It is {chord[-1]:.2f} mm long.", "Mark its two ends again.")
        spline = CubicSpline(chord, points) if len(points) > 2 else _Line(chord, points)
        dense = np.linspace(0.0, chord[-1], max(2, math.ceil(chord[-1] / 0.02) + 1))
        arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(spline(dense), axis=0), axis=1))])
        count = max(2, round(arc[-1] / step_mm) + 1)
        s_mm = np.linspace(0.0, arc[-1], count)
        sampled = np.asarray(spline(np.interp(s_mm, arc, dense)))
        tangent = _unit(np.gradient(sampled, s_mm, axis=0, edge_order=2 if count > 2 else 1))
        normal = rotation_minimising_normals(sampled, tangent, _first_normal(tangent[0]))
        return Centerline(s_mm, sampled, tangent, normal, np.cross(tangent, normal))

    def at(self, s_mm: npt.ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Point, tangent, normal and binormal, each (..., 3), at arc positions; beyond the ends the end value."""
        s = np.asarray(s_mm, dtype=float)
        point, tangent, normal = (_interpolated(s, self.s_mm, v) for v in (self.points_mm, self.tangent, self.normal))
        tangent = _unit(tangent)
        normal = _unit(normal - np.sum(normal * tangent, axis=-1, keepdims=True) * tangent)
        return point, tangent, normal, np.cross(tangent, normal)

    def to_mm(self, s_mm: npt.ArrayLike, theta_rad: npt.ArrayLike, r_mm: npt.ArrayLike) -> FloatArray:
        """LPS positions (..., 3) of vessel coordinates; theta is clockwise from 12 o'clock looking distally."""
        point, _, normal, binormal = self.at(s_mm)
        theta = np.asarray(theta_rad, dtype=float)[..., None]
        return np.asarray(point + np.asarray(r_mm, dtype=float)[..., None] * (np.cos(theta) * normal + np.sin(theta) * binormal))

    def locate(self, points_mm: npt.ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Vessel coordinates (s_mm, theta_rad in [0, 2 pi), r_mm) of LPS positions (..., 3), by the nearest section.

        A position beyond an end gets the end's s; r is then the distance to the end point.
        """
        query = np.asarray(points_mm, dtype=float)
        _, nearest = cKDTree(self.points_mm).query(query)
        s = self.s_mm[nearest]
        for _ in range(3):
            point, tangent, _, _ = self.at(s)
            s = np.clip(s + np.sum((query - point) * tangent, axis=-1), 0.0, self.length_mm)
        point, _, normal, binormal = self.at(s)
        offset = query - point
        theta = np.arctan2(np.sum(offset * binormal, axis=-1), np.sum(offset * normal, axis=-1)) % (2 * math.pi)
        return s, theta, np.linalg.norm(offset, axis=-1)

    def between(self, start_mm: float, end_mm: float) -> FloatArray:
        """LPS points (m, 3) of the arc range, its two ends included."""
        inside = self.s_mm[(self.s_mm > start_mm) & (self.s_mm < end_mm)]
        return self.at(np.concatenate([[start_mm], inside, [end_mm]]))[0]


def self_crossing_mm(points_mm: FloatArray) -> float | None:
    """Arc position where a line (n, 3) first comes back to within `CROSSING_MM` of itself; None when it never does.

    No vessel does that: such a line was put together from points out of order, or runs out and back.
    """
    chord = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points_mm, axis=0), axis=1))])
    s = np.arange(0.0, chord[-1], STEP_MM)
    even = np.stack([np.interp(s, chord, points_mm[:, a]) for a in range(3)], axis=1)
    pairs = cKDTree(even).query_pairs(CROSSING_MM, output_type="ndarray") if len(even) else np.zeros((0, 2), int)
    far = pairs[np.abs(s[pairs[:, 0]] - s[pairs[:, 1]]) > CROSSING_APART_MM]
    return float(s[far].max(axis=1).min()) if len(far) else None


class _Line:
    """The straight segment through two points, called like a spline."""

    def __init__(self, chord: FloatArray, points: FloatArray) -> None:
        self._chord, self._points = chord, points

    def __call__(self, at: FloatArray) -> FloatArray:
        return _interpolated(at, self._chord, self._points)


def _interpolated(at: FloatArray, known: FloatArray, values: FloatArray) -> FloatArray:
    return np.stack([np.interp(at, known, values[:, axis]) for axis in range(values.shape[1])], axis=-1)


def _unit(vectors: FloatArray) -> FloatArray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def _distinct(points: FloatArray) -> FloatArray:
    if points.ndim != 2 or points.shape[1] != 3 or not np.all(np.isfinite(points)):
        raise GeometryError("A centerline needs finite points (n, 3).", f"Got shape {points.shape}.", "Mark its ends again.")
    keep = np.concatenate([[True], np.linalg.norm(np.diff(points, axis=0), axis=1) > 1e-6]) if len(points) else np.array([], bool)
    if keep.sum() < 2:
        raise GeometryError("A centerline needs two distinct points.", f"Got {int(keep.sum())}.", "Mark its two ends again.")
    return np.asarray(points[keep])


def _first_normal(tangent: FloatArray) -> FloatArray:
    """12 o'clock at the ostium (design: anterior, or the head when the tangent is within 20 degrees of anterior)."""
    near = abs(float(tangent @ ANTERIOR_LPS)) > math.cos(math.radians(NEAR_ANTERIOR_DEG))
    up = HEAD_LPS if near else ANTERIOR_LPS
    return _unit(up - (up @ tangent) * tangent)
