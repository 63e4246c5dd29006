"""Curves: arc length, frames, bends and the straightened volume against formulas."""

import math

import numpy as np

from planner.bends import bend_inside
from planner.selftest_check import Check
from recon.centerline import Centerline
from recon.estimate import Estimate, FloatArray
from recon.phantom import render
from recon.phantom_case import Scan
from recon.phantom_noise import FWHM_PER_SIGMA
from recon.phantom_oracles import tube_case, tube_vessel
from recon.reformat import straightened
from recon.report import Report

HELIX_RADIUS_MM, HELIX_RISE_MM = 16.0, 9.0
"""A helix with this rise per radian: curvature and torsion like a coronary artery's."""

TUBE_MM = 1.2
FAT_HU, LUMEN_HU, FWHM_MM = -95.0, 400.0, 0.7


def curve_checks(report: Report) -> tuple[Check, ...]:
    """Length, map and bend of a helix; a blurred tube along it in the straightened volume."""
    angle = np.linspace(0.0, 2.2, 45)
    helix = Centerline.through(_helix(angle))
    length = 2.2 * math.hypot(HELIX_RADIUS_MM, HELIX_RISE_MM)
    s, theta, r = np.array([8.0, 15.0, 30.0]), np.array([0.3, 2.0, 5.0]), np.array([0.5, 1.5, 3.0])
    back = helix.locate(helix.to_mm(s, theta, r))
    error = max(float(np.abs(b - t).max()) for b, t in zip(back, (s, theta, r), strict=True))
    bend = bend_inside(helix, Estimate.exact(12.0), Estimate.exact(28.0)).angle_deg.best
    report(0.4, "straightened tube")
    axis, offset = _straightened_tube(helix)
    sigma = FWHM_MM / FWHM_PER_SIGMA
    expected = FAT_HU + (LUMEN_HU - FAT_HU) * (1 - math.exp(-(TUBE_MM**2) / (2 * sigma**2)))
    return (
        Check("helix length", length, helix.length_mm, 0.02 * length, "mm"),
        Check("map to vessel coordinates and back, largest error", 0.0, error, 1e-3, "mm, rad"),
        Check("bend of the helix, 5 mm arms", _helix_bend_deg(5.0), bend, 2.0, "deg"),
        Check("blurred tube on its axis, straightened", expected, axis, 8.0, "HU"),
        Check("tube centre in the straightened volume", 0.0, offset, 0.05, "mm"),
    )


def _helix(angle: FloatArray) -> FloatArray:
    return np.column_stack([HELIX_RADIUS_MM * np.cos(angle), HELIX_RADIUS_MM * np.sin(angle), HELIX_RISE_MM * angle])


def _helix_bend_deg(arm_mm: float) -> float:
    """Angle between the mean directions of the arms before and after a point of the helix."""
    turn = arm_mm / math.hypot(HELIX_RADIUS_MM, HELIX_RISE_MM)
    before, middle, after = _helix(np.array([-turn, 0.0, turn]))
    first, second = middle - before, after - middle
    return math.degrees(math.acos(float(first @ second / (np.linalg.norm(first) * np.linalg.norm(second)))))


def _straightened_tube(line: Centerline) -> tuple[float, float]:
    """Mean HU on the axis and distance of the sections' centroid from it."""
    vessel = tube_vessel(_helix(np.linspace(0.0, 2.2, 45)), TUBE_MM, TUBE_MM, LUMEN_HU)
    volume = render(tube_case((vessel,), Scan(FWHM_MM, FWHM_MM, 0.0, LUMEN_HU), (0.35, 0.3, 0.3)))
    flat = straightened(volume, line, half_width_mm=4.0, pixel_mm=0.1, step_mm=0.5)
    sections = flat.hu[16:-16].astype(float) - FAT_HU
    middle = (sections.shape[1] - 1) // 2
    position = (np.arange(sections.shape[1]) - (sections.shape[1] - 1) / 2) * 0.1
    total = sections.sum(axis=(1, 2))
    off_row = (sections.sum(axis=2) * position).sum(axis=1) / total
    off_column = (sections.sum(axis=1) * position).sum(axis=1) / total
    return float(sections[:, middle, middle].mean() + FAT_HU), float(np.hypot(off_row, off_column).mean())
