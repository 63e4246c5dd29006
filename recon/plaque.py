"""CT plaque classes along the wall: under 30 HU, 30 to 190 HU, calcium (docs/clinical.md B.4)."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from recon.contours import CORRELATION_VOLUME_MM3
from recon.estimate import Band, FloatArray
from recon.sections import CALCIUM_ANGLES, SECTION_STEP_MM, WALL_ANGLES, ScanPhysics, VesselSections
from recon.unrolled import RADIAL_STEP_MM, VesselImage, filled_calcium, measured, open_lumen_r

LOW_HU, CALCIUM_HU = 30.0, 190.0
"""Class borders of a CTO series (Wu 2018, Korean J Radiol 19(2)); the program's calcium is its own measure, not HU > 190."""

EDGE_FWHM, CALCIUM_EDGE_FWHM = 0.75, 1.0
"""Samples nearer to an edge, in units of the blur, are mixed with what lies beyond it and are not classed."""

SMOOTH_MM = 0.5
Z_90 = 1.645
BLUR_ERROR_HU = 10.0
"""What blur still adds or takes at the distance kept from an edge (4 % of the step from plaque to contrast or fat)."""


@dataclass(frozen=True, eq=False)
class PlaqueSections:
    """Areas per section (n,) in mm2, the volume of a section being its area times the section step.

    `low` under 30 HU, `middle` 30 to 190 HU, `bright` over 190 HU outside the measured calcium, each with the interval that
    noise leaves; `calcium` as measured; `edge_mm2` the part of the wall too near to an edge to be classed.
    """

    low: Band
    middle: Band
    bright: Band
    calcium: Band
    edge_mm2: FloatArray


def plaque_sections(block: VesselImage, sections: VesselSections, physics: ScanPhysics) -> PlaqueSections:
    """Plaque classes between lumen and outer wall in a `vessel_image`, blurred edges left out."""
    cell = block.r_mm * (2 * math.pi / WALL_ANGLES) * RADIAL_STEP_MM
    in_wall, classed = _parts(sections, block.r_mm, physics.psf_in_plane_fwhm_mm.best)
    classed &= np.isfinite(block.hu)
    hu, samples = _smoothed(block, classed, cell)
    width = Z_90 * np.hypot(physics.noise_sd_hu / np.sqrt(samples), BLUR_ERROR_HU)

    def area(mask: npt.NDArray[np.bool_]) -> FloatArray:
        return np.asarray(np.where(measured(sections), ((mask & classed) * cell).sum(axis=(1, 2)), np.nan))

    def band(least: float, most: float) -> Band:
        return _ordered(
            area((hu - width >= least) & (hu + width < most)),
            area((hu >= least) & (hu < most)),
            area((hu + width >= least) & (hu - width < most)),
        )

    return PlaqueSections(
        low=band(-math.inf, LOW_HU),
        middle=band(LOW_HU, CALCIUM_HU),
        bright=band(CALCIUM_HU, math.inf),
        calcium=sections.calcium_area_mm2,
        edge_mm2=np.where(measured(sections), ((in_wall & ~classed) * cell).sum(axis=(1, 2)), np.nan),
    )


def _parts(sections: VesselSections, r_mm: FloatArray, fwhm_mm: float) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Samples (n, angles, radii) of the wall without its calcium, and those of them far enough from every edge."""
    lumen, wall = open_lumen_r(sections)[:, :, None], sections.wall_r_mm[:, :, None]
    every = CALCIUM_ANGLES // WALL_ANGLES
    inner, outer = (r[:, ::every, None] for r in filled_calcium(sections))
    in_wall = (r_mm > lumen) & (r_mm < wall)
    in_wall &= ~((r_mm >= inner) & (r_mm <= outer))
    edge = EDGE_FWHM * fwhm_mm
    near_lumen = _along((lumen > 0) & (r_mm <= lumen + edge), edge)
    clear = in_wall & ~near_lumen & (r_mm < wall - edge)
    return in_wall, clear & ~_near_calcium(inner, outer, r_mm, CALCIUM_EDGE_FWHM * fwhm_mm)


def _near_calcium(inner: FloatArray, outer: FloatArray, r_mm: FloatArray, reach_mm: float) -> npt.NDArray[np.bool_]:
    """Samples within reach of calcium: across the wall, round the clock and along the vessel."""
    hard = (r_mm >= inner - reach_mm) & (r_mm <= outer + reach_mm)
    turn = reach_mm / np.maximum(r_mm, 0.2) / (2 * math.pi / WALL_ANGLES)
    near = hard.copy()
    for step in range(1, int(np.ceil(turn.max())) + 1):
        within = step <= np.ceil(turn)
        near |= (np.roll(hard, step, axis=1) | np.roll(hard, -step, axis=1)) & within
    return _along(near, reach_mm)


def _along(mask: npt.NDArray[np.bool_], reach_mm: float) -> npt.NDArray[np.bool_]:
    """The mask (n, angles, radii) spread to the sections within reach."""
    wide = mask.copy()
    for step in range(1, min(math.ceil(reach_mm / SECTION_STEP_MM), len(mask) - 1) + 1):
        wide[step:] |= mask[:-step]
        wide[:-step] |= mask[step:]
    return wide


def _smoothed(block: VesselImage, classed: npt.NDArray[np.bool_], cell: FloatArray) -> tuple[FloatArray, FloatArray]:
    """HU averaged over classed neighbours only, and the number of independent noise samples in each average."""
    weight = classed * np.minimum(cell, cell.max())

    def spread(values: FloatArray, factor: float) -> FloatArray:
        sigma = SMOOTH_MM * factor
        out = gaussian_filter1d(values, sigma / SECTION_STEP_MM, axis=0, mode="nearest")
        out = gaussian_filter1d(out, sigma / RADIAL_STEP_MM, axis=2, mode="constant")
        middle = float(np.median(block.r_mm))
        return np.asarray(gaussian_filter1d(out, sigma / (middle * 2 * math.pi / WALL_ANGLES), axis=1, mode="wrap"))

    total = np.maximum(spread(weight.astype(float), 1.0), 1e-9)
    hu = spread(weight * np.nan_to_num(block.hu.astype(float)), 1.0) / total
    full = (4 * math.pi) ** 1.5 * SMOOTH_MM**3 / CORRELATION_VOLUME_MM3
    part = total / np.maximum(spread(np.broadcast_to(cell, weight.shape).astype(float), 1.0), 1e-9)
    return hu, np.maximum(full * np.clip(part, 0.0, 1.0), 1.0)


def _ordered(low: FloatArray, best: FloatArray, high: FloatArray) -> Band:
    return Band(np.minimum(low, best), best, np.maximum(high, best))
