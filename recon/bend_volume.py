"""Volumes on bends: sections lie closer together inside a bend than outside it, so an area there stands for less length."""

import numpy as np
from scipy.ndimage import gaussian_filter1d

from recon.centerline import Centerline
from recon.estimate import FloatArray
from recon.sections import CALCIUM_ANGLES, VesselSections
from recon.unrolled import filled_calcium

SMOOTH_MM = 1.0
FACTOR_RANGE = (0.2, 1.8)
"""Beyond it the bend is tighter than the vessel is wide and sections cross."""


def curvature(centerline: Centerline, s_mm: FloatArray) -> FloatArray:
    """Curvature vectors (n, 3) in 1/mm, pointing to the inside of the bend, of the curve smoothed over 1 mm."""
    step = centerline.s_mm[1] - centerline.s_mm[0]
    tangent = gaussian_filter1d(centerline.tangent, SMOOTH_MM / step, axis=0, mode="nearest")
    bend = np.gradient(tangent, centerline.s_mm, axis=0)
    return np.stack([np.interp(s_mm, centerline.s_mm, bend[:, a]) for a in range(3)], axis=-1)


def calcium_volume_factor(centerline: Centerline, sections: VesselSections) -> FloatArray:
    """What the calcium volume of each section (n,) is, divided by area times section step: 1 - curvature times centroid.

    The exact volume element of sections square to a curve (Pappus); 1 without calcium.
    """
    up, right = _calcium_centroid(sections)
    _, _, normal, binormal = centerline.at(sections.s_mm)
    bend = curvature(centerline, sections.s_mm)
    inwards = up * np.sum(bend * normal, axis=1) + right * np.sum(bend * binormal, axis=1)
    return np.asarray(np.clip(1.0 - np.nan_to_num(inwards), *FACTOR_RANGE))


def _calcium_centroid(sections: VesselSections) -> tuple[FloatArray, FloatArray]:
    """Centroid of each section's calcium up and right of the centerline (n,); NaN without calcium."""
    inner, outer = (np.nan_to_num(r) for r in filled_calcium(sections))
    theta = np.radians(np.arange(CALCIUM_ANGLES) * 360.0 / CALCIUM_ANGLES)
    moment, area = (outer**3 - inner**3) / 3, ((outer**2 - inner**2) / 2).sum(axis=1)
    some = np.where(area > 0, area, np.nan)
    return np.asarray((moment @ np.cos(theta)) / some), np.asarray((moment @ np.sin(theta)) / some)
