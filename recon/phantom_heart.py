"""The heart of a test object as an ellipsoid with its own axes; positions on it and smooth courses along it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline, PchipInterpolator

from recon.estimate import FloatArray


@dataclass(frozen=True, eq=False)
class HeartFrame:
    """Heart axes in LPS: `groove` towards the anterior interventricular groove, `right` towards the right ventricle,
    `apex` along the long axis; `half_mm` = (groove, right, apex, base) half lengths of the pericardial ellipsoid.
    """

    center_mm: FloatArray
    groove: FloatArray
    right: FloatArray
    apex: FloatArray
    half_mm: FloatArray
    fat_mm: float = 3.0
    av_fat_mm: float = 9.0
    iv_fat_mm: float = 4.5
    fat_phase: float = 0.0

    def axes(self) -> FloatArray:
        """(3, 3) rows groove, right, apex."""
        return np.stack([self.groove, self.right, self.apex])

    def lps(self, local_mm: npt.ArrayLike) -> FloatArray:
        """LPS of local (groove, right, apex) coordinates (..., 3)."""
        return np.asarray(local_mm, dtype=float) @ self.axes() + self.center_mm

    def surface(self, phi_deg: npt.ArrayLike, psi_deg: npt.ArrayLike, depth_mm: npt.ArrayLike = 0.0) -> FloatArray:
        """LPS positions `depth_mm` under the pericardium; phi turns from the anterior groove to the right side,
        psi goes from the atrioventricular plane (0) to the apex (90) and beyond.
        """
        phi, psi = np.radians(np.asarray(phi_deg, dtype=float)), np.radians(np.asarray(psi_deg, dtype=float))
        unit = np.stack([np.cos(psi) * np.cos(phi), np.cos(psi) * np.sin(phi), np.sin(psi) + 0 * phi], axis=-1)
        half = np.stack(
            [
                np.full(unit.shape[:-1], self.half_mm[0]),
                np.full(unit.shape[:-1], self.half_mm[1]),
                np.where(unit[..., 2] >= 0, self.half_mm[2], self.half_mm[3]),
            ],
            axis=-1,
        )
        normal = unit / half
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
        return self.lps(unit * half - np.asarray(depth_mm, dtype=float)[..., None] * normal)

    def outward(self, points_mm: npt.ArrayLike) -> FloatArray:
        """Unit normals (..., 3) of the pericardial ellipsoid at LPS positions."""
        local = (np.asarray(points_mm, dtype=float) - self.center_mm) @ self.axes().T
        third = np.where(local[..., 2] >= 0, self.half_mm[2], self.half_mm[3])
        half = np.stack([np.full(third.shape, self.half_mm[0]), np.full(third.shape, self.half_mm[1]), third], axis=-1)
        normal = (local / half**2) @ self.axes()
        return np.asarray(normal / np.linalg.norm(normal, axis=-1, keepdims=True))


def heart_frame(rng: np.random.Generator) -> HeartFrame:
    """A heart of random size, position and rotation within what is usual for a supine adult."""
    apex = _unit(np.array([0.64, -0.55, -0.53]) + rng.normal(0, 0.09, 3))
    right = np.array([-0.66, -0.74, -0.03]) + rng.normal(0, 0.08, 3)
    right = _unit(right - (right @ apex) * apex)
    groove = -np.cross(apex, right)
    half = np.array([rng.uniform(39, 46), rng.uniform(47, 55), rng.uniform(78, 92), rng.uniform(40, 47)])
    return HeartFrame(
        rng.uniform(-12, 12, 3),
        groove,
        right,
        apex,
        half * rng.uniform(0.94, 1.08),
        rng.uniform(2.2, 4.5),
        rng.uniform(7.5, 11.0),
        rng.uniform(3.0, 6.0),
        rng.uniform(0, 6.28),
    )


def course_over(
    frame: HeartFrame, turns: npt.ArrayLike, rng: np.random.Generator, wander_mm: float, spacing_mm: float = 4.0
) -> FloatArray:
    """Points (n, 3) of a course through rows (phi_deg, psi_deg, depth_mm), with smooth sideways and depth wander."""
    rows = np.asarray(turns, dtype=float)
    anchors = frame.surface(rows[:, 0], rows[:, 1], rows[:, 2])
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(anchors, axis=0), axis=1))])
    count = max(4, round(along[-1] / spacing_mm) + 1)
    fine = PchipInterpolator(along, rows)(np.linspace(0, along[-1], count))
    points = frame.surface(fine[:, 0], fine[:, 1], fine[:, 2])
    return wandered(frame, points, rng, wander_mm)


def wandered(frame: HeartFrame, points: FloatArray, rng: np.random.Generator, wander_mm: float) -> FloatArray:
    """The points (n, 3) moved sideways by a sum of waves (12 to 45 mm long) that vanishes at the first point."""
    if wander_mm <= 0 or len(points) < 3:
        return points
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    tangent = np.gradient(points, along, axis=0)
    side = np.cross(tangent, frame.outward(points))
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    wave, deep = np.zeros(len(points)), np.zeros(len(points))
    for length in rng.uniform([11, 16, 26, 36], [16, 26, 36, 55]):
        wave += rng.normal(0, 0.5) * (length / 30) * np.sin(2 * np.pi * along / length + rng.uniform(0, 6.28))
        deep += rng.normal(0, 0.2) * (length / 30) * np.sin(2 * np.pi * along / length + rng.uniform(0, 6.28))
    start = 1 - np.exp(-((along / 9.0) ** 2))
    return np.asarray(
        points + (wander_mm * start * wave)[:, None] * side + (0.5 * wander_mm * start * deep)[:, None] * frame.outward(points)
    )


def smooth_join(first: FloatArray, second: FloatArray, gap_mm: float = 3.0) -> FloatArray:
    """Points of one smooth curve along `first` then `second`, without points closer than `gap_mm` at the join."""
    keep = np.linalg.norm(second - first[-1], axis=1) > gap_mm
    points = np.vstack([first, second[np.argmax(keep) :]])
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    return np.asarray(CubicSpline(along, points)(np.linspace(0, along[-1], max(4, round(along[-1] / 1.5) + 1))))


def _unit(vector: FloatArray) -> FloatArray:
    return np.asarray(vector / np.linalg.norm(vector))
