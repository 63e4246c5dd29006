"""A non-contrast scan against the contrast scan along a vessel: calcium without contrast, and contrast without calcium.

Calcium as bright as contrast is taken for lumen, and under heavy calcium a lumen is unknown. A non-contrast scan shows calcium
alone, and the difference of both at equal blur shows contrast alone, as far as the scans match (docs/section-details.md).
"""

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from recon.alignment import Registration
from recon.calcium_measures import Z_90
from recon.centerline import Centerline
from recon.edge_blur import FWHM_PER_SD
from recon.estimate import Band, Estimate, FloatArray
from recon.fine_image import FineImage, fine_image
from recon.inside_signal import inside_hu
from recon.local_match import SMOOTHING_MM, LocalMatch, local_match
from recon.muscle_uptake import FAT_HU, muscle_uptake_hu, seen_outside
from recon.noncontrast_calcium import (
    MODEL_SLICE_FWHM_MM,
    NonContrastCalcium,
    brightest_hu,
    fitted_calcium,
    spread_along,
    weighed_calcium,
    with_limit,
)
from recon.report import Report, part_of, silent
from recon.sections import ScanPhysics, VesselSections
from recon.subtracted_sections import NONE_SEEN, NOT_TOLD, SEEN, SubtractedSections
from recon.subtraction_block import TISSUE_HU, SectionBlock, contrast_hu, section_block
from recon.subtraction_blur import PairBlur, noncontrast_blur_mm, pair_blur, voxel_sigma
from recon.vessels import Vessel
from recon.volume import Volume

REACH_MM = 14.0
SURE_MM2, NONE_MM2 = 0.3, 1.0
"""Contrast is seen when at least the first area of lumen is sure, none when the second can be excluded (app settings)."""

MATCH_SD_MM, LEAST_LIKENESS = 0.35, 0.85
"""A match across the vessel that is less sure, or surroundings that are less alike, are not used (app settings)."""

THICK_FACTOR = 1.6
"""Thick slices match less well than their noise says: widening of the SD across, found on a whole development heart."""

SURE_SD_MM, SURE_LIKENESS = 0.22, 0.92
"""A match that is less sure or alike costs a grade (app settings)."""

BLUR_REACH_SD = 1.5
"""What lies within so many SD of the blur along the vessel may be a neighbour's."""

GAIN_SD = 0.04
"""How much brighter the same calcium may be in the other scan of the same tube voltage [E]."""

OTHER_KVP_GAIN_SD = 0.35
"""The same where the voltages differ or are not stated: calcium is about a third brighter at 80 than at 120 kVp [E]."""

FLOOR_HU, IMPOSSIBLE_FACTOR = 8.0, 3.0
LEAST_NOISE_HU, MOST_NOISE_HU = 8.0, 80.0
FOUND_MM2 = 0.3
"""Calcium from here on makes two scans disagree when the other excludes it (app setting)."""


def subtracted(
    contrast: Volume,
    other: Volume,
    vessel: Vessel,
    sections: VesselSections,
    physics: ScanPhysics,
    found: Registration,
    report: Report = silent,
) -> SubtractedSections:
    """Sections of a vessel measured again with the non-contrast scan `other`, rigidly matched by `found`."""
    blurs = noncontrast_blur_mm(other)
    blur = pair_blur(physics, blurs)
    report(0.0, f"{vessel.name}: bringing both scans to one blur")
    block = section_block(contrast, vessel, sections, physics, blur)
    rigid = _moved_line(vessel.centerline, found, np.zeros((len(sections.s_mm), 3)), sections.s_mm)
    smooth = fine_image(other, rigid, REACH_MM, _smoothed(blur, other, SMOOTHING_MM))
    match = local_match(block, smooth, found, _correlated_mm3(blur), part_of(report, 0.2, 0.5))
    if blurs[0].best > MODEL_SLICE_FWHM_MM:
        match = replace(match, across_sd_mm=THICK_FACTOR * match.across_sd_mm)
    line = _moved_line(vessel.centerline, found, match.shift_mm, sections.s_mm)
    equal = fine_image(other, line, REACH_MM, _smoothed(blur, other, 0.0))
    report(0.6, f"{vessel.name}: calcium without contrast")
    calcium, method = _calcium(other, line, sections, blurs, block, equal, found, match, blur, part_of(report, 0.6, 0.9))
    report(0.9, f"{vessel.name}: contrast without calcium")
    gain = gain_sd(contrast, other)
    area = contrast_area(block, equal, found, match, blur, sections, physics, gain)
    used = (match.across_sd_mm <= MATCH_SD_MM) & (match.correlation >= LEAST_LIKENESS) & np.isfinite(area.best)
    return SubtractedSections(
        s_mm=sections.s_mm,
        shift_mm=match.shift_mm,
        match_sd_mm=match.across_sd_mm,
        match_along_sd_mm=match.along_sd_mm,
        correlation=match.correlation,
        is_matched=used,
        calcium_area_mm2=with_limit(calcium, sections.wall_area_mm2),
        calcium_csa_pct=_part_of_wall(with_limit(calcium, sections.wall_area_mm2), sections),
        calcium_arc_deg=calcium.arc,
        contrast_mm2=area,
        contrast=np.where(used, verdicts(area), ""),
        grade=grades(match, used, blurs[0].best, gain),
        line=line,
        calcium_method=method,
        contrast_line=vessel.centerline,
    )


def verdicts(area: Band) -> npt.NDArray[np.str_]:
    """Contrast seen, none seen, or cannot be told, by the interval of its area (n,)."""
    seen, none = area.low >= SURE_MM2, area.high <= NONE_MM2
    return np.asarray(np.where(seen, SEEN, np.where(none, NONE_SEEN, NOT_TOLD)))


def grades(match: LocalMatch, used: npt.NDArray[np.bool_], slice_fwhm_mm: float, gain: float) -> npt.NDArray[np.str_]:
    """A to D per section (n,): sureness and likeness of the match, slices, tube voltage; D where the match is not used."""
    points = np.zeros(len(used))
    points += match.across_sd_mm > SURE_SD_MM
    points += match.correlation < SURE_LIKENESS
    points += 1 if slice_fwhm_mm > MODEL_SLICE_FWHM_MM else 0
    points += 1 if gain > GAIN_SD else 0
    return np.asarray(np.where(used, np.array(["A", "B", "C"])[np.minimum(points, 2).astype(int)], "D"))


def gain_sd(contrast: Volume, other: Volume) -> float:
    """Relative uncertainty of how bright the calcium of one scan is in the other."""
    first, second = contrast.acquisition, other.acquisition
    same = first.kvp is not None and first.kvp == second.kvp and first.kev == second.kev
    return GAIN_SD if same else OTHER_KVP_GAIN_SD


def contrast_area(
    block: SectionBlock,
    equal: FineImage,
    found: Registration,
    match: LocalMatch,
    blur: PairBlur,
    sections: VesselSections,
    physics: ScanPhysics,
    gain: float,
) -> Band:
    """Area (n,) of lumen whose contrast the difference of both scans holds, with its interval.

    The interval joins noise, the match (the difference is made again with the scan moved by its uncertainty), the brightness of
    calcium in the two scans and what the blur brings in from neighbours along the vessel.
    """
    left_out = (block.contrast_hu > TISSUE_HU + 100.0) & (
        block.radius_mm[None] > block.wall_r_mm + FWHM_PER_SD * blur.target_mm[1] + 0.3
    )
    points = block.points_mm()
    correlated = _correlated_mm2(blur)
    uptake = muscle_uptake_hu(equal.at(found.moved(points) + match.shift_mm[:, None, None]), block)

    def difference(move_mm: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        bare = equal.at(found.moved(points) + (match.shift_mm + move_mm)[:, None, None])
        mean, error = inside_hu(block.contrast_hu - bare - uptake, block, left_out, correlated)
        return mean, error, inside_hu(bare, block, left_out, correlated)[0]

    nothing = np.zeros_like(match.shift_mm)
    mean, noise, bare_mean = difference(nothing)
    _, tangent, normal, binormal = block.line.at(block.s_mm)
    moved = np.zeros(len(mean))
    for axis, sd in ((normal, match.across_sd_mm), (binormal, match.across_sd_mm), (tangent, match.along_sd_mm)):
        sides = [difference(sign * np.minimum(sd, 1.0)[:, None] * axis)[0] - mean for sign in (1.0, -1.0)]
        moved += np.fmax(*np.abs(sides)) ** 2
    brightness = gain * np.maximum(bare_mean - TISSUE_HU, 0.0)
    sd = np.sqrt(noise**2 + moved + brightness**2 + FLOOR_HU**2)
    # Less than no contrast cannot be: what is farther below than chance explains, the two scans are known to be wrong by.
    wrong = IMPOSSIBLE_FACTOR * np.maximum(-mean - sd, 0.0)
    scale = sections.wall_area_mm2 / (contrast_hu(sections, physics) - TISSUE_HU)
    best = np.maximum(mean, 0.0) * scale
    low, high = (mean - Z_90 * sd) * scale, (mean + Z_90 * sd + wrong) * scale
    reach = BLUR_REACH_SD * _along_sd_mm(block.line, block.s_mm, blur)
    low, high = spread_along(block.s_mm, np.maximum(low, 0.0), np.maximum(high, best), reach)
    return Band(np.minimum(low, best), best, high)


def _calcium(
    other: Volume,
    line: Centerline,
    sections: VesselSections,
    blurs: tuple[Estimate, Estimate],
    block: SectionBlock,
    equal: FineImage,
    found: Registration,
    match: LocalMatch,
    blur: PairBlur,
    report: Report,
) -> tuple[NonContrastCalcium, str]:
    """Calcium by the method the slices allow, and its name."""
    bare = equal.at(found.moved(block.points_mm()) + match.shift_mm[:, None, None])
    if blurs[0].best <= MODEL_SLICE_FWHM_MM:
        physics = ScanPhysics(TISSUE_HU, 10.0, noise_sd_hu(bare, block), blurs[1], blurs[0])
        return fitted_calcium(other, line, sections, physics, report), "blurred ring-sector model without contrast"
    nothing = np.zeros(bare.shape, dtype=bool)
    outside = seen_outside(bare, block, FAT_HU) * np.clip(1.0 - block.inside, 0.0, 1.0)
    mean, error = inside_hu((bare - outside).astype(np.float32), block, nothing, _correlated_mm2(blur))
    along = BLUR_REACH_SD * _along_sd_mm(line, sections.s_mm, blur)
    return weighed_calcium(mean, error, brightest_hu(bare, block), sections, along), "mean HU inside the wall (thick slices)"


def noise_sd_hu(bare: npt.NDArray[np.float32], block: SectionBlock) -> float:
    """Noise of the non-contrast image about a vessel: the spread of differences between sections 2 mm apart."""
    step = max(1, round(2.0 / float(block.s_mm[1] - block.s_mm[0])))
    apart = (bare[step:] - bare[:-step])[:, block.radius_mm <= 5.0]
    apart = apart[np.isfinite(apart)]
    if len(apart) == 0:
        return MOST_NOISE_HU
    spread = 1.4826 * float(np.median(np.abs(apart))) / math.sqrt(2)
    return min(max(spread, LEAST_NOISE_HU), MOST_NOISE_HU)


def _part_of_wall(area: Band, sections: VesselSections) -> Band:
    whole = np.maximum(sections.wall_area_mm2, 1e-6)
    return Band(*(np.clip(100 * v / whole, 0.0, 100.0) for v in (area.low, area.best, area.high)))


def _moved_line(line: Centerline, found: Registration, shift_mm: FloatArray, s_mm: FloatArray) -> Centerline:
    """The line of the contrast scan as it lies in the other: same arc positions, frames turned along."""
    moved = np.stack([np.interp(line.s_mm, s_mm, shift_mm[:, a]) for a in range(3)], axis=1)
    turn = found.matrix[:3, :3].T
    return replace(
        line, points_mm=found.moved(line.points_mm) + moved, tangent=line.tangent @ turn, normal=line.normal @ turn,
        binormal=line.binormal @ turn,
    )  # fmt: skip


def _smoothed(blur: PairBlur, other: Volume, more_mm: float) -> tuple[float, float, float]:
    z, plane = (math.hypot(lacking, more_mm) for lacking in blur.noncontrast_lacks_mm)
    return voxel_sigma((z, plane), other.geometry.spacing_mm)


def _correlated_mm3(blur: PairBlur) -> float:
    """Volume of one independent sample of noise that is blurred as the scan is."""
    z, plane = blur.target_mm
    return float((2 * math.sqrt(math.pi)) ** 3 * z * plane**2 / 2)


def _correlated_mm2(blur: PairBlur) -> float:
    """Area of one independent sample of noise in a section."""
    return 2 * math.pi * blur.target_mm[1] * max(blur.target_mm)


def _along_sd_mm(line: Centerline, s_mm: FloatArray, blur: PairBlur) -> FloatArray:
    """SD of the common blur along the vessel (n,)."""
    z, plane = blur.target_mm
    share = line.at(s_mm)[1][:, 2] ** 2
    return np.asarray(np.sqrt(plane**2 * (1 - share) + z**2 * share))
