"""Analytic sections of one vessel: a round lumen of given radius, a wall and calcium, blurred and noisy."""

from collections.abc import Callable

import numpy as np
from scipy.ndimage import gaussian_filter1d

from recon.centerline import Centerline
from recon.estimate import Band, Estimate
from recon.sections import CALCIUM_ANGLES, WALL_ANGLES, ScanPhysics, VesselSections
from recon.vessels import Segment, Tree, Vessel

LUMEN_HU, TISSUE_HU, SIGMA_MM = 400.0, 60.0, 0.3
PHYSICS = ScanPhysics(LUMEN_HU, 20.0, 25.0, Estimate(0.6, 0.7, 0.8), Estimate(0.6, 0.7, 0.8))

Profile = Callable[[np.ndarray], np.ndarray]


def constant(value: float) -> Profile:
    return lambda s: np.full_like(s, value)


ONE, NONE, WALL = constant(1.0), constant(0.0), constant(1.9)


def blunt(start: float, end: float, radius: float = 1.5) -> Profile:
    return lambda s: np.where((s >= start) & (s <= end), 0.0, radius)


def tapered(start: float, end: float, length: float = 4.0, radius: float = 1.5) -> Profile:
    def lumen(s):
        return np.where(s <= start, radius * np.sqrt(np.clip((start - s) / length, 0, 1)), np.where(s >= end, radius, 0.0))

    return lumen


def made_sections(
    lumen_mm: Profile,
    length_mm: float = 100.0,
    *,
    fill: Profile = ONE,
    csa_pct: Profile = NONE,
    arc_deg: Profile = NONE,
    hidden: Profile = NONE,
    wall_mm: Profile = WALL,
    beside_hu: Profile | None = None,
    noise_hu: float = 15.0,
    seed: int = 1,
) -> VesselSections:
    """`fill` is the contrast as a share of the full one; the axis is NaN where `hidden` is not 0."""
    rng = np.random.default_rng(seed)
    axis_s = np.arange(0.0, length_mm + 1e-9, 0.25)
    s = np.arange(0.0, length_mm + 1e-9, 0.5)
    centre = 1 - np.exp(-(lumen_mm(axis_s) ** 2) / (2 * (SIGMA_MM**2 + 0.25 / 4)))
    clean = TISSUE_HU + (LUMEN_HU - TISSUE_HU) * fill(axis_s) * centre
    noise = gaussian_filter1d(rng.normal(0, 1, axis_s.size), 2.0)
    axis_hu = gaussian_filter1d(clean, SIGMA_MM / 0.25) + noise_hu * noise / noise.std()
    axis_hu[hidden(axis_s) != 0] = np.nan
    area, wall_area = np.pi * lumen_mm(s) ** 2, np.pi * wall_mm(s) ** 2
    csa, arc = csa_pct(s), arc_deg(s)
    calcium = csa / 100 * wall_area
    opened = lumen_mm(s) > 0.2
    count = s.size
    return VesselSections(
        s_mm=s,
        point_mm=np.stack([s, 0 * s, 0 * s], axis=1),
        lumen_area_mm2=np.where(opened, area, 0.0),
        wall_area_mm2=wall_area,
        calcium_area_mm2=Band(0.9 * calcium, calcium, 1.1 * calcium),
        calcium_csa_pct=Band(0.9 * csa, csa, np.minimum(1.1 * csa, 100)),
        calcium_arc_deg=Band(np.maximum(arc - 10, 0), arc, np.minimum(arc + 10, 360)),
        calcium_longest_arc_deg=arc,
        calcium_max_thickness_mm=np.where(csa > 0, 0.8, 0.0),
        mean_lumen_hu=np.where(opened, TISSUE_HU + (LUMEN_HU - TISSUE_HU) * fill(s), np.nan),
        quality=np.ones(count),
        grade=np.full(count, "good"),
        lumen_open=opened,
        lumen_r_mm=np.repeat(lumen_mm(s)[:, None], WALL_ANGLES, axis=1),
        wall_r_mm=np.repeat(wall_mm(s)[:, None], WALL_ANGLES, axis=1),
        calcium_inner_r_mm=np.full((count, CALCIUM_ANGLES), np.nan),
        calcium_outer_r_mm=np.full((count, CALCIUM_ANGLES), np.nan),
        axis_s_mm=axis_s,
        axis_hu=axis_hu,
        sensitivity_area_mm2={"fixed 350": calcium, "half maximum": calcium},
        calcium_method="made",
        beside_hu=np.empty(0) if beside_hu is None else beside_hu(axis_s),
    )


def line(length_mm: float = 100.0) -> Centerline:
    return Centerline.through(np.stack([np.linspace(0, length_mm, 60), np.zeros(60), np.zeros(60)], axis=1))


def vessel(name: str = "RCA", centerline: Centerline | None = None, **parts: object) -> Vessel:
    course = centerline or line()
    ones = np.ones_like(course.s_mm)
    segments = (Segment(1, 0.0, 30.0), Segment(2, 30.0, 60.0), Segment(3, 60.0, course.length_mm))
    return Vessel(name, course, ones, ones, segments=segments, **parts)


def tree(*vessels: Vessel) -> Tree:
    return Tree(vessels, (), None, None, None)
