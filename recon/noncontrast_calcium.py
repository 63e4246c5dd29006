"""Calcium of each section from a non-contrast scan: nothing around it is as bright, so none of it can hide in contrast."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from recon.axis_profile import section_sigma_mm
from recon.calcium_block import calcium_block
from recon.calcium_limit import unseen_area_mm2
from recon.calcium_measures import Z_90, deposit_measures
from recon.calcium_search import CLOSED_EXCESS_HU, calcium_scene, find_deposits, refitted
from recon.centerline import Centerline
from recon.contours import FIT_ANGLES, MODES, Walls, fourier_basis, polar_block
from recon.edge_blur import FWHM_PER_SD
from recon.estimate import Band, FloatArray
from recon.fine_image import FineImage, fine_image
from recon.report import Report, part_of
from recon.sections import WALL_ANGLES, ScanPhysics, VesselSections
from recon.subtraction_block import TISSUE_HU, SectionBlock, known_wall_mm
from recon.volume import Volume

REACH_MM = 6.0
MODEL_SLICE_FWHM_MM = 1.3
"""Up to this blur across slices the shape of a deposit is fitted; beyond it only how much there is can be told."""

REFIT_ROUNDS = 4
SEED_HU = 130.0
"""Calcium of a non-contrast scan begins here (docs/clinical.md B.7)."""

BLUR_FACTOR = 1.2
"""Widening upwards for the blur of the scan, which is assumed and not measured; found on development pairs."""

OUTSIDE_FAT_HU, OUTSIDE_HU, OUTSIDE_MM = -80.0, (-120.0, 60.0), 0.9
"""Tissue around the wall, its range and how wide a ring beyond the wall's blur tells it."""

DENSITY_HU, DENSITY_SD = 1000.0, 0.18
"""Density where the contrast scan tells none, and its relative error (docs/sections.md)."""

TISSUE_SD_HU = 12.0
LEAST_EXCESS_HU = 60.0
PEAK_SMOOTHING, PEAK_INSIDE = (1.0, 0.75, 0.75), 0.4
HIGH_FACTOR, LIMIT_FACTOR = 2.6, 1.5
"""Widening upwards, and of what may lie unseen, found on development pairs: thick slices lose calcium rather than add it."""


@dataclass(frozen=True, eq=False)
class NonContrastCalcium:
    """Per section: area and arc (NaN where slices are too thick for one) with intervals, and the largest area (n,) that could
    lie unseen where none is found."""

    area: Band
    arc: Band
    limit_mm2: FloatArray


def fitted_calcium(
    volume: Volume, line: Centerline, sections: VesselSections, physics: ScanPhysics, report: Report
) -> NonContrastCalcium:
    """Calcium by the blurred ring-sector model, given the walls of the contrast scan; `line` is the vessel's in this scan."""
    image = fine_image(volume, line, REACH_MM)
    walls = bare_walls(sections, physics, line, image)
    block = calcium_block(image, line, walls)
    scene = calcium_scene(block, walls, line, physics, volume.geometry.direction[:, 0])
    # The search begins 180 HU above plaque; without contrast calcium begins at 130 HU.
    seeded = replace(walls, plaque_hu=np.full(len(walls.s_mm), SEED_HU - CLOSED_EXCESS_HU))
    deposits = find_deposits(scene, seeded, physics, part_of(report, 0.0, 0.8))
    measured = deposit_measures(refitted(scene, deposits, walls, REFIT_ROUNDS), walls)
    area = measured.area
    high = np.minimum(area.best + BLUR_FACTOR * (area.high - area.best), np.maximum(sections.wall_area_mm2, area.best))
    limit = BLUR_FACTOR * unseen_area_mm2(seeded, physics.noise_sd_hu)
    return NonContrastCalcium(replace(area, high=high), measured.arc, limit)


def bare_walls(sections: VesselSections, physics: ScanPhysics, line: Centerline, image: FineImage) -> Walls:
    """The outer wall of the contrast scan with tissue inside: no lumen is to be seen."""
    n = len(sections.s_mm)
    basis = fourier_basis(WALL_ANGLES)
    radii = known_wall_mm(sections).T
    modes = np.asarray(np.linalg.lstsq(basis, radii, rcond=None)[0].T, dtype=np.float64)
    sigma = section_sigma_mm(line, sections.s_mm, physics, image.geometry.direction[:, 0])
    tissue, none = np.full(n, TISSUE_HU), np.zeros(n)
    outside = _outside_hu(image, line, sections, FWHM_PER_SD * sigma)
    zero = np.zeros((n, FIT_ANGLES))
    return Walls(
        sections.s_mm, np.zeros((n, 2)), modes, np.zeros((n, MODES)), np.zeros(n, dtype=bool), tissue, tissue, outside, sigma,
        none + 0.05, none, zero, outside, tissue,
    )  # fmt: skip


def _outside_hu(image: FineImage, line: Centerline, sections: VesselSections, blur_mm: FloatArray) -> FloatArray:
    """Tissue (n, FIT_ANGLES) around the wall, beyond its blur; fat where nothing is seen."""
    polar = polar_block(image, line, sections.s_mm, np.zeros((len(sections.s_mm), 2)), REACH_MM)
    every = WALL_ANGLES // FIT_ANGLES
    gap = polar.r_mm - known_wall_mm(sections)[:, ::every, None]
    near = (gap > 0.8 * blur_mm[:, None, None]) & (gap < 0.8 * blur_mm[:, None, None] + OUTSIDE_MM) & np.isfinite(polar.hu)
    count = near.sum(axis=2)
    level = np.where(near, polar.hu, 0.0).sum(axis=2) / np.maximum(count, 1)
    level = np.where(count > 0, level, OUTSIDE_FAT_HU)
    smooth = gaussian_filter(np.clip(level, *OUTSIDE_HU), (2.0, 1.0), mode=("nearest", "wrap"))
    return np.asarray(smooth, dtype=np.float64)


def brightest_hu(bare: npt.NDArray[np.float32], block: SectionBlock) -> FloatArray:
    """The brightest HU (n,) inside the wall of an image on the block, smoothed a little against noise; NaN where none is seen."""
    known = np.where(np.isfinite(bare), bare, OUTSIDE_FAT_HU)
    smooth = gaussian_filter(known, PEAK_SMOOTHING, mode="nearest")
    seen = np.isfinite(bare) & (block.inside >= PEAK_INSIDE)
    highest = np.where(seen, smooth, -np.inf).max(axis=(1, 2))
    return np.where(np.isfinite(highest), highest, np.nan)


def weighed_calcium(
    inside_hu: FloatArray, error_hu: FloatArray, peak_hu: FloatArray, sections: VesselSections, along_sd_mm: FloatArray
) -> NonContrastCalcium:
    """Calcium area from the mean HU inside the wall (n,) and its error: how much there is, spread over its thick slices.

    Calcium has a place of at least 130 HU (`peak_hu`, n): muscle beside a thin layer of fat may pass for more HU inside. The
    density is the one fitted on the contrast scan, else a usual one. What lies within the blur along the vessel
    (`along_sd_mm`, n) may be a neighbour's: the interval holds the neighbours' areas.
    """
    density = _density_hu(sections)
    area = sections.wall_area_mm2 / (density - TISSUE_HU)
    excess = inside_hu - TISSUE_HU
    error = np.hypot(error_hu, TISSUE_SD_HU)
    found = (excess > np.maximum(LEAST_EXCESS_HU, 2.5 * error)) & (peak_hu >= SEED_HU)
    best = np.where(found, excess * area, 0.0)
    best = np.where(np.isfinite(inside_hu), best, np.nan)
    low = np.maximum(best * (1 - Z_90 * DENSITY_SD) - Z_90 * error * area, 0.0)
    high = np.minimum(
        best * (1 + HIGH_FACTOR * Z_90 * DENSITY_SD) + np.where(found, Z_90 * error * area, 0.0), sections.wall_area_mm2
    )
    high = np.maximum(high, best)
    low, high = spread_along(sections.s_mm, np.minimum(low, best), high, along_sd_mm)
    limit = LIMIT_FACTOR * np.maximum(LEAST_EXCESS_HU, 2.5 * error) * area
    unknown = np.full(len(best), np.nan)
    return NonContrastCalcium(Band(low, best, np.maximum(high, best)), Band(unknown, unknown, unknown), limit)


def _density_hu(sections: VesselSections) -> FloatArray:
    known = sections.calcium_hu if len(sections.calcium_hu) else np.full(len(sections.s_mm), np.nan)
    return np.asarray(np.where(np.isfinite(known), known, DENSITY_HU))


def spread_along(s_mm: FloatArray, low: FloatArray, high: FloatArray, reach_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The least low and the greatest high (n,) within `reach_mm` (n,) of each section."""
    near = np.abs(s_mm[:, None] - s_mm) <= reach_mm[:, None] + 1e-9
    lowest = np.where(near & np.isfinite(low), low, np.inf).min(axis=1)
    highest = np.where(near & np.isfinite(high), high, -np.inf).max(axis=1)
    return np.where(np.isfinite(low), lowest, np.nan), np.where(np.isfinite(high), highest, np.nan)


def with_limit(found: NonContrastCalcium, wall_area_mm2: FloatArray) -> Band:
    """The area's interval with what could lie unseen where none is found."""
    high = np.where(found.area.best == 0, np.maximum(found.area.high, found.limit_mm2), found.area.high)
    return replace(found.area, high=np.maximum(np.minimum(high, wall_area_mm2), found.area.best))
