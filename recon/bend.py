"""The turn of a line at a position: the angle between fitted arms before and after it (docs/clinical.md B.3)."""

import numpy as np
from scipy.ndimage import gaussian_filter1d

from recon.centerline import Centerline
from recon.estimate import FloatArray

SCORE_ARM_MM = 5.0
"""The arm that decides (docs/clinical.md B.3, app setting)."""
SMOOTHING_MM = 1.0
"""Full width at half maximum of the smoothing before angles are taken (docs/clinical.md B.3)."""
ARM_SAMPLES = 25


def bend_deg(line: Centerline, s_mm: FloatArray, arm_mm: float = SCORE_ARM_MM, smoothing_mm: float = SMOOTHING_MM) -> FloatArray:
    """The turn at arc positions (n,), degrees, between the fitted directions of an arm before and an arm after; 3D.

    An arm's direction is the least-squares slope of its points against arc length: a mean of its tangents, those of its
    middle counting most. Straight is 0. Near an end of the line, where an arm would be shorter than half of `arm_mm`, the
    turn is NaN.
    """
    return polyline_bend_deg(line.s_mm, smoothed_points(line.points_mm, line.length_mm, smoothing_mm), s_mm, arm_mm)


def polyline_bend_deg(line_s_mm: FloatArray, points_mm: FloatArray, s_mm: FloatArray, arm_mm: float) -> FloatArray:
    """The turn of a smooth polyline (m, 3) with arc positions (m,), as `bend_deg`."""
    length_mm = float(line_s_mm[-1])
    before, after = np.minimum(s_mm, arm_mm), np.minimum(length_mm - s_mm, arm_mm)
    arriving = _slope(line_s_mm, points_mm, s_mm - before, s_mm)
    leaving = _slope(line_s_mm, points_mm, s_mm, s_mm + after)
    norm = np.linalg.norm(arriving, axis=1) * np.linalg.norm(leaving, axis=1)
    cosine = np.sum(arriving * leaving, axis=1) / np.where(norm > 0, norm, np.nan)
    angle = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    return np.asarray(np.where((before < arm_mm / 2) | (after < arm_mm / 2), np.nan, angle))


def smoothed_points(points_mm: FloatArray, length_mm: float, smoothing_mm: float = SMOOTHING_MM) -> FloatArray:
    """Evenly spaced points (n, 3) smoothed along their arc of `length_mm`; the ends stay (odd reflection)."""
    step_mm = length_mm / (len(points_mm) - 1)
    sigma = smoothing_mm / 2.3548 / step_mm
    pad = min(len(points_mm) - 1, int(4 * sigma) + 1)
    head, tail = 2 * points_mm[0] - points_mm[pad:0:-1], 2 * points_mm[-1] - points_mm[-2 : -pad - 2 : -1]
    smooth = gaussian_filter1d(np.concatenate([head, points_mm, tail]), sigma, axis=0)
    return np.asarray(smooth[len(head) : len(head) + len(points_mm)])


def _slope(line_s: FloatArray, points: FloatArray, start_mm: FloatArray, end_mm: FloatArray) -> FloatArray:
    """Least-squares directions (n, 3) of the pieces start..end (n,)."""
    along = np.linspace(-0.5, 0.5, ARM_SAMPLES)
    s = 0.5 * (start_mm + end_mm)[:, None] + along * (end_mm - start_mm)[:, None]
    sampled = np.stack([np.interp(s, line_s, points[:, axis]) for axis in range(3)], axis=2)
    return np.asarray(np.einsum("k,nkc->nc", along, sampled))
