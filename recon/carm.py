"""C-arm geometry in DICOM signs (docs/clinical.md D.1 to D.3): LAO and cranial are positive, LPS mm, head-first supine."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recon.errors import GeometryError
from recon.estimate import FloatArray

VERTICAL_TOLERANCE = 1e-12
"""Detector directions closer than this to the body axis have no primary angle; it is then given as 0."""


@dataclass(frozen=True, slots=True)
class CArm:
    """Distances of one C-arm; the defaults are those of the projection oracle."""

    source_isocenter_mm: float = 785.0
    source_detector_mm: float = 1050.0

    def __post_init__(self) -> None:
        if not 0 < self.source_isocenter_mm < self.source_detector_mm:
            raise GeometryError(
                "The C-arm distances are impossible.",
                f"Source to isocenter {self.source_isocenter_mm} mm, source to detector {self.source_detector_mm} mm.",
                "Correct the lab profile.",
            )


@dataclass(frozen=True, eq=False)
class ViewAxes:
    """Unit vectors (..., 3) of one or many views: towards the detector, image right and image up."""

    detector: FloatArray
    right: FloatArray
    up: FloatArray


def view_axes(primary_deg: npt.ArrayLike, secondary_deg: npt.ArrayLike) -> ViewAxes:
    """The axes of a view; the eye is at the detector and right x up points to it."""
    a, b = np.broadcast_arrays(np.radians(primary_deg), np.radians(secondary_deg))
    sin_a, cos_a, sin_b, cos_b = np.sin(a), np.cos(a), np.sin(b), np.cos(b)
    return ViewAxes(
        detector=np.stack([sin_a * cos_b, -cos_a * cos_b, sin_b], axis=-1),
        right=np.stack([cos_a, sin_a, np.zeros_like(a)], axis=-1),
        up=np.stack([-sin_a * sin_b, cos_a * sin_b, cos_b], axis=-1),
    )


def view_angles_deg(detector: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Primary (-180..180) and secondary (-90..90) angle of detector directions (..., 3) of any length."""
    d = np.asarray(detector, dtype=float)
    length = np.linalg.norm(d, axis=-1)
    if np.any(length == 0) or not np.all(np.isfinite(d)):
        raise GeometryError("A view direction must have a length.", f"Got {d.tolist()}.", "Report this as a defect.")
    d = d / length[..., None]
    on_axis = np.hypot(d[..., 0], d[..., 1]) < VERTICAL_TOLERANCE
    primary = np.where(on_axis, 0.0, np.degrees(np.arctan2(d[..., 0], -d[..., 1])))
    return primary, np.degrees(np.arctan2(d[..., 2], np.hypot(d[..., 0], d[..., 1])))


def projected_mm(
    points_mm: npt.ArrayLike,
    isocenter_mm: npt.ArrayLike,
    primary_deg: float,
    secondary_deg: float,
    carm: CArm,
) -> tuple[FloatArray, FloatArray]:
    """Detector positions (..., 2) as (right, up) in mm and magnification (...) of LPS positions (..., 3)."""
    axes = view_axes(primary_deg, secondary_deg)
    offset = np.asarray(points_mm, dtype=float) - np.asarray(isocenter_mm, dtype=float)
    magnification = carm.source_detector_mm / (carm.source_isocenter_mm + offset @ axes.detector)
    plane = np.stack([offset @ axes.right, offset @ axes.up], axis=-1)
    return magnification[..., None] * plane, magnification


def foreshortening_pct(
    tangent: npt.ArrayLike, length_mm: npt.ArrayLike, primary_deg: npt.ArrayLike, secondary_deg: npt.ArrayLike
) -> FloatArray:
    """Length lost in a parallel projection, 0..100 % per view (...), of pieces with unit tangents (n, 3) and lengths (n,)."""
    weight = np.asarray(length_mm, dtype=float)
    detector = view_axes(primary_deg, secondary_deg).detector
    along = np.clip(detector @ np.atleast_2d(np.asarray(tangent, dtype=float)).T, -1.0, 1.0)
    return np.asarray(100.0 * (1.0 - np.sqrt(1.0 - along**2) @ np.atleast_1d(weight) / weight.sum()))


def perpendicular_secondary_deg(tangent: npt.ArrayLike, primary_deg: npt.ArrayLike) -> FloatArray:
    """The secondary angle at which each primary angle looks square onto one direction (the perpendicular-view curve)."""
    t = np.asarray(tangent, dtype=float)
    a = np.radians(primary_deg)
    across = np.sin(a) * t[0] - np.cos(a) * t[1]
    secondary = np.degrees(np.arctan2(-across, t[2]))
    return np.asarray(np.where(secondary > 90, secondary - 180, np.where(secondary < -90, secondary + 180, secondary)))


def en_face_view_deg(tangent: npt.ArrayLike, length_mm: npt.ArrayLike) -> tuple[float, float]:
    """The view that looks square onto the plane in which the pieces best lie, detector in front of the patient.

    For two directions it is the bifurcation view t1 x t2. For pieces along one line the view nearest to AP is taken.
    """
    t = np.atleast_2d(np.asarray(tangent, dtype=float))
    spread = (t * np.atleast_1d(np.asarray(length_mm, dtype=float))[:, None]).T @ t
    values, vectors = np.linalg.eigh(spread)
    if values[1] < 1e-6 * values[2]:
        anterior = np.array([0.0, -1.0, 0.0])
        normal = anterior - (anterior @ vectors[:, 2]) * vectors[:, 2]
        if np.linalg.norm(normal) < 1e-6:
            normal = np.array([0.0, 0.0, 1.0])
    else:
        normal = vectors[:, 0]
    primary, secondary = view_angles_deg(-normal if normal[1] > 0 else normal)
    return float(primary), float(secondary)


def angle_between_deg(first: tuple[float, float], second: tuple[float, float]) -> float:
    """The angle 0..180 between the beams of two (primary, secondary) views."""
    d1 = view_axes(*first).detector
    d2 = view_axes(*second).detector
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(d1, d2)), d1 @ d2)))


def view_text(primary_deg: float, secondary_deg: float) -> str:
    """`LAO 38 CAU 12` in whole degrees, never finer (docs/clinical.md D.6); `AP` and no tilt are said so."""
    primary, secondary = round(primary_deg), round(secondary_deg)
    across = "AP" if primary == 0 else f"{'LAO' if primary > 0 else 'RAO'} {abs(primary)}"
    tilt = "" if secondary == 0 else f" {'CRA' if secondary > 0 else 'CAU'} {abs(secondary)}"
    return across + tilt
