"""The sections of one vessel, measured: lumen, outer wall and calcium every 0.5 mm (docs/sections.md)."""

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from recon.axis_profile import axis_profile_hu, section_sigma_mm, seed_threshold_hu
from recon.beside_calcium import beside_calcium_hu
from recon.branch_mouths import beside_others
from recon.calcium_block import calcium_block
from recon.calcium_fit import fit_calcium
from recon.calcium_limit import unseen_area_mm2
from recon.calcium_measures import Z_90, CalciumMeasures, deposit_measures
from recon.calcium_rules import rule_areas, rule_masks
from recon.centerline import Centerline
from recon.contours import Walls, fit_walls, polar_block
from recon.edge_blur import FWHM_PER_SD
from recon.estimate import Band, FloatArray
from recon.fine_image import FineImage, fine_image
from recon.lumen_state import followed_radius_mm, lumen_state
from recon.reformat import section_quality
from recon.report import Report, part_of, silent
from recon.section_guards import check_line, check_on_vessel, folded, in_fat
from recon.sections import CALCIUM_ANGLES, SECTION_STEP_MM, WALL_ANGLES, ScanPhysics, VesselSections
from recon.vessels import Vessel
from recon.volume import Volume
from recon.wall_start import first_walls, without_calcium

REACH_MM = 6.0
MAX_OFFSET_MM = 0.8
CENTRE_ROUNDS = 2
WALL_AREA_FLOOR = 0.04
"""Relative error of the wall area beyond what the fit says."""

LUMEN_AREA_FLOOR, CALCIUM_IN_LUMEN = 0.04, 0.3
LUMEN_FACTOR, WALL_FACTOR, CLOSED_WALL_FACTOR = 1.5, 1.7, 2.15
"""Widening of the areas' intervals (of the wall with and without a lumen in it) and the part of calcium's interval that may be
lumen, found on development segments."""

CLOSED_RING_DEG, UNSEEN_WALL = 345.0, 0.5
"""A wall outside a closed ring of calcium that is thinner than this part of the blur is not seen."""

ERODED_MM = 0.6
"""Lumen samples this close to the lumen's edge are mixed with the wall."""


def measure_sections(
    volume: Volume, vessel: Vessel, physics: ScanPhysics, report: Report = silent, others: tuple[Centerline, ...] = ()
) -> VesselSections:
    """Lumen, wall and calcium of a vessel every 0.5 mm; `others` are the lines of the vessels around it.

    Raises GeometryError for a centerline under 5 mm, outside the volume or any vessel, or one that comes back to itself. Where
    it leaves the vessel, or bends more sharply than the vessel is wide, sections are graded D.
    """
    line = vessel.centerline
    check_line(volume, vessel)
    report(0.0, f"{vessel.name}: following the lumen")
    axis_s, axis_hu = axis_profile_hu(volume, line, physics)
    check_on_vessel(vessel, axis_hu)
    image = fine_image(volume, line, REACH_MM)
    walls = measure_walls(image, vessel, physics, (axis_s, axis_hu), report)
    report(0.5, f"{vessel.name}: finding calcium")
    block = calcium_block(image, line, walls)
    sensitivity = rule_areas(rule_masks(block, walls, physics), block)
    beside = beside_others(line, walls.s_mm, others)
    fitted = fit_calcium(image, block, line, walls, physics, part_of(report, 0.55, 0.95), beside)
    calcium = deposit_measures(fitted.deposits, fitted.walls)
    report(0.95, f"{vessel.name}: putting the sections together")
    return _sections(volume, image, line, physics, fitted.walls, calcium, sensitivity, (axis_s, axis_hu))


def measure_walls(
    image: FineImage, vessel: Vessel, physics: ScanPhysics, axis: tuple[FloatArray, FloatArray], report: Report = silent
) -> Walls:
    """Lumen and outer wall of a vessel, about a centre found in the sections themselves."""
    line = vessel.centerline
    s_mm = np.arange(0.0, line.length_mm + 1e-9, SECTION_STEP_MM)
    tree_radius = np.interp(s_mm, line.s_mm, vessel.lumen_radius_mm)
    sigma = section_sigma_mm(line, s_mm, physics, image.geometry.direction[:, 0])
    block = polar_block(image, line, s_mm, np.zeros((len(s_mm), 2)), REACH_MM)
    tree_radius = followed_radius_mm(block, axis, physics, tree_radius)
    is_open, lumen_hu = lumen_state(block, axis, physics, tree_radius, sigma)
    keep = without_calcium(block, is_open, lumen_hu, physics.noise_sd_hu)
    walls = first_walls(block, keep, is_open, lumen_hu, sigma, tree_radius)
    for round_ in range(CENTRE_ROUNDS):
        report(0.1 + 0.2 * round_, f"{vessel.name}: fitting lumen and wall")
        walls = fit_walls(block, walls, keep, physics.noise_sd_hu)
        if round_ + 1 < CENTRE_ROUNDS:
            walls = _recentred(walls)
            block = polar_block(image, line, s_mm, walls.offset_mm, REACH_MM)
            keep = without_calcium(block, is_open, lumen_hu, physics.noise_sd_hu)
    return walls


def _recentred(walls: Walls) -> Walls:
    """The same contours about their own smoothed centre."""
    move = gaussian_filter1d(walls.wall_modes[:, 1:3], 1.5, axis=0, mode="nearest")
    offset = np.clip(walls.offset_mm + move, -MAX_OFFSET_MM, MAX_OFFSET_MM)
    move = offset - walls.offset_mm
    wall, lumen = walls.wall_modes.copy(), walls.lumen_modes.copy()
    wall[:, 1:3] -= move
    lumen[:, 1:3] -= move
    return replace(walls, offset_mm=offset, wall_modes=wall, lumen_modes=lumen)


def about_centerline(radii: FloatArray, offset_mm: FloatArray) -> FloatArray:
    """Radii (n, angles) about the fitted centre turned into radii about the centerline, at the same angles."""
    n, angles = radii.shape
    theta = np.arange(angles) * (2 * math.pi / angles)
    up = radii * np.cos(theta) + offset_mm[:, :1]
    right = radii * np.sin(theta) + offset_mm[:, 1:]
    out = np.full_like(radii, np.nan)
    for k in range(n):
        known = np.isfinite(radii[k])
        if not known.any():
            continue
        turned = np.arctan2(right[k, known], up[k, known]) % (2 * math.pi)
        order = np.argsort(turned)
        value = np.interp(theta, turned[order], np.hypot(up[k, known], right[k, known])[order], period=2 * math.pi)
        if known.all():
            out[k] = value
        else:
            bins = np.unique(np.round(turned * angles / (2 * math.pi)).astype(int) % angles)
            out[k, bins] = value[bins]
    return out


def _mean_lumen_hu(image: FineImage, line: Centerline, walls: Walls, calcium: CalciumMeasures, seed_hu: float) -> FloatArray:
    """Mean HU of the lumen without its edge and without calcium; NaN where nothing is left."""
    block = polar_block(image, line, walls.s_mm, walls.offset_mm, 5.0)
    inside = block.r_mm < np.maximum(walls.lumen_r(block.hu.shape[1]) - ERODED_MM, 0.25)[:, :, None]
    inner = np.nan_to_num(calcium.inner_r_mm[:, :: CALCIUM_ANGLES // block.hu.shape[1]], nan=np.inf)
    inside &= (block.r_mm < inner[:, :, None] - ERODED_MM) & np.isfinite(block.hu) & (block.hu < seed_hu)
    inside &= walls.is_open[:, None, None]
    weight = inside * block.r_mm
    total = weight.sum(axis=(1, 2))
    return np.where(total > 0, (weight * np.nan_to_num(block.hu)).sum(axis=(1, 2)) / np.maximum(total, 1e-9), np.nan)


def _sections(
    volume: Volume,
    image: FineImage,
    line: Centerline,
    physics: ScanPhysics,
    walls: Walls,
    calcium: CalciumMeasures,
    sensitivity: dict[str, FloatArray],
    axis: tuple[FloatArray, FloatArray],
) -> VesselSections:
    wall_area = 0.5 * (2 * math.pi / CALCIUM_ANGLES) * (walls.wall_r(CALCIUM_ANGLES) ** 2).sum(axis=1)
    lumen_area = 0.5 * (2 * math.pi / CALCIUM_ANGLES) * (walls.lumen_r(CALCIUM_ANGLES) ** 2).sum(axis=1) - calcium.in_lumen_mm2
    point = line.at(walls.s_mm)[0]
    quality = section_quality(volume, point)
    csa = csa_pct(calcium, wall_area, walls)
    every = CALCIUM_ANGLES // WALL_ANGLES
    lumen_r = np.fmin(walls.lumen_r(WALL_ANGLES), calcium.inner_r_mm[:, ::every])
    return VesselSections(
        s_mm=walls.s_mm,
        point_mm=point,
        lumen_area_mm2=np.maximum(lumen_area, 0.0),
        wall_area_mm2=wall_area,
        calcium_area_mm2=calcium.area,
        calcium_csa_pct=csa,
        calcium_arc_deg=calcium.arc,
        calcium_longest_arc_deg=calcium.longest_arc_deg,
        calcium_max_thickness_mm=calcium.thickness_mm,
        mean_lumen_hu=_mean_lumen_hu(image, line, walls, calcium, seed_threshold_hu(physics)),
        quality=quality,
        grade=np.where(_off_course(line, walls, axis), "D", grades(quality, walls, calcium, physics)),
        lumen_open=walls.is_open,
        lumen_r_mm=about_centerline(lumen_r, walls.offset_mm),
        wall_r_mm=about_centerline(walls.wall_r(WALL_ANGLES), walls.offset_mm),
        calcium_inner_r_mm=about_centerline(calcium.inner_r_mm, walls.offset_mm),
        calcium_outer_r_mm=about_centerline(calcium.outer_r_mm, walls.offset_mm),
        axis_s_mm=axis[0],
        axis_hu=axis[1],
        beside_hu=beside_calcium_hu(volume, line, physics, axis[0]),
        sensitivity_area_mm2=sensitivity,
        calcium_method="blurred ring-sector model (docs/sections.md)",
        calcium_hu=calcium.hu,
        lumen_area_error_mm2=_lumen_error_mm2(np.maximum(lumen_area, 0.0), walls, calcium),
        wall_area_error_mm2=_wall_error_mm2(wall_area, walls),
        calcium_limit_mm2=unseen_area_mm2(walls, physics.noise_sd_hu),
    )


def _off_course(line: Centerline, walls: Walls, axis: tuple[FloatArray, FloatArray]) -> npt.NDArray[np.bool_]:
    """Sections whose line is in fat, or folds inside the wall, (n,)."""
    dark = np.interp(walls.s_mm, axis[0], in_fat(axis[1]).astype(float)) > 0.5
    return np.asarray(dark | folded(line, walls.s_mm, walls.wall_modes[:, 0]))


def _relative_wall_sd(walls: Walls) -> FloatArray:
    return np.asarray(np.hypot(2 * walls.wall_sd_mm / np.maximum(walls.wall_modes[:, 0], 0.3), WALL_AREA_FLOOR))


def _wall_error_mm2(area: FloatArray, walls: Walls) -> FloatArray:
    """Half width (n,) of the interval of the wall area."""
    return np.asarray(Z_90 * np.where(walls.is_open, WALL_FACTOR, CLOSED_WALL_FACTOR) * _relative_wall_sd(walls) * area)


def _lumen_error_mm2(area: FloatArray, walls: Walls, calcium: CalciumMeasures) -> FloatArray:
    """Half width (n,) of the interval of the lumen area: of its contour, and of the calcium that may lie within it."""
    contour = np.hypot(2 * walls.lumen_sd_mm / np.maximum(walls.lumen_modes[:, 0], 0.3), LUMEN_AREA_FLOOR) * area
    hidden = CALCIUM_IN_LUMEN * (calcium.area.high - calcium.area.low)
    return np.where(walls.is_open, np.hypot(Z_90 * LUMEN_FACTOR * contour, hidden), 0.0)


def csa_pct(calcium: CalciumMeasures, wall_area: FloatArray, walls: Walls) -> Band:
    """Calcium as a part of the vessel area; the interval joins that of the calcium and that of the wall.

    Outside a closed ring a thin wall is lost in its blur: there the ring may be the whole vessel.
    """
    best = np.clip(100 * calcium.area.best / wall_area, 0, 100)
    wall = Z_90 * _relative_wall_sd(walls) * best
    low = best - np.hypot(best - np.clip(100 * calcium.area.low / wall_area, 0, 100), wall)
    high = best + np.hypot(np.maximum(100 * calcium.area.high / wall_area - best, 0), wall)
    high = np.maximum(high, _pct_without_thin_wall(calcium, walls))
    return Band(np.maximum(low, 0.0), best, np.clip(np.maximum(high, best), best, 100.0))


def _pct_without_thin_wall(calcium: CalciumMeasures, walls: Walls) -> FloatArray:
    """Upper limit of the calcium's part (n,) of what lies within its outer edge, where it is closed and hardly any wall is
    seen outside; else 0."""
    outer = np.nan_to_num(calcium.outer_r_mm)
    closed = np.isfinite(calcium.outer_r_mm).mean(axis=1) >= CLOSED_RING_DEG / 360
    outside = (walls.wall_r(CALCIUM_ANGLES) - outer).mean(axis=1)
    unseen = closed & (outside < UNSEEN_WALL * FWHM_PER_SD * walls.sigma_mm)
    within = 0.5 * (2 * math.pi / CALCIUM_ANGLES) * (outer**2).sum(axis=1)
    return np.where(unseen, 100 * calcium.area.high / np.maximum(within, 1e-9), 0.0)


def grades(quality: FloatArray, walls: Walls, calcium: CalciumMeasures, physics: ScanPhysics) -> npt.NDArray[np.str_]:
    """A to D per section (n,): quality of its slices, noise, blur, wall uncertainty and width of the calcium interval."""
    points = np.zeros(len(quality))
    points += np.where(quality < 0.9, 1, 0) + np.where(quality < 0.6, 1, 0) + np.where(quality < 0.3, 2, 0)
    points += 1 if physics.noise_sd_hu > 45 else 0
    points += 2 if physics.noise_sd_hu > 60 else 0
    points += 1 if max(physics.psf_in_plane_fwhm_mm.best, physics.psf_z_fwhm_mm.best) > 1.2 else 0
    points += np.where(walls.wall_sd_mm > 0.15, 1, 0)
    width = calcium.area.high - calcium.area.low
    points += np.where(width > np.maximum(0.6 * calcium.area.best, 1.0), 1, 0)
    return np.asarray(np.array(["A", "B", "C", "D"])[np.minimum(points, 3).astype(int)], dtype=np.str_)
