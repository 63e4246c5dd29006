"""The vessel cut open at 12 o'clock and laid flat: maps of HU, calcium and wall over arc position and clock."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recon.arc import closed_gaps
from recon.centerline import Centerline
from recon.estimate import FloatArray
from recon.kernels.reformat import cubic_samples
from recon.sections import CALCIUM_ANGLES, WALL_ANGLES, VesselSections
from recon.volume import Volume

THINNEST_BAND_MM = 0.4
"""A wall band thinner than this is widened to it about its middle, so that it holds at least two samples."""

MARGIN_MM = 0.3
RADIAL_STEP_MM = 0.2


@dataclass(frozen=True, eq=False)
class VesselImage:
    """`hu` float32 (n, WALL_ANGLES, radii) at `r_mm` (radii,) from the centerline; NaN outside the volume."""

    hu: npt.NDArray[np.float32]
    r_mm: FloatArray


@dataclass(frozen=True, eq=False)
class UnrolledMaps:
    """Rows are sections at `s_mm` (n,); columns run clockwise from 12 o'clock about the centerline, looking distally.

    `wall_hu` and `wall_mm` (n, WALL_ANGLES): mean HU and thickness of the wall, lumen edge to outer wall; where no contrast is
    seen the wall reaches to the centerline. `calcium_mm` and `peak_hu` (n, CALCIUM_ANGLES and n,): radial thickness of the
    calcium, 0 = none, and the brightest sample inside it. NaN = not measured.
    """

    s_mm: FloatArray
    wall_hu: FloatArray
    wall_mm: FloatArray
    calcium_mm: FloatArray
    peak_hu: FloatArray


def vessel_image(volume: Volume, centerline: Centerline, sections: VesselSections) -> VesselImage:
    """The image on rays about the centerline, out to the widest wall and calcium: what maps and plaque are read from."""
    theta = np.arange(WALL_ANGLES) * (2 * math.pi / WALL_ANGLES)
    r_mm = np.arange(RADIAL_STEP_MM / 2, _reach(sections), RADIAL_STEP_MM)
    where = centerline.to_mm(sections.s_mm[:, None, None], theta[None, :, None], r_mm[None, None, :])
    hu = np.empty(where.shape[:-1], dtype=np.float32)
    cubic_samples(volume.hu, np.ascontiguousarray(volume.geometry.index_kji(where).reshape(-1, 3)), hu.reshape(-1))
    return VesselImage(hu, r_mm)


def unrolled_maps(block: VesselImage, sections: VesselSections) -> UnrolledMaps:
    """The maps of one measured vessel from its `vessel_image`."""
    lumen, wall = open_lumen_r(sections), sections.wall_r_mm
    middle, half = (wall + lumen) / 2, np.maximum((wall - lumen) / 2, THINNEST_BAND_MM / 2)
    inside = np.abs(block.r_mm - middle[:, :, None]) <= half[:, :, None]
    inner, outer = filled_calcium(sections)
    every = CALCIUM_ANGLES // WALL_ANGLES
    hard = (block.r_mm >= inner[:, ::every, None]) & (block.r_mm <= outer[:, ::every, None])
    return UnrolledMaps(
        s_mm=sections.s_mm,
        wall_hu=_mean(block.hu, inside, block.r_mm),
        wall_mm=np.asarray(wall - lumen),
        calcium_mm=np.where(measured(sections)[:, None], np.nan_to_num(outer - inner), np.nan),
        peak_hu=_peak(block.hu, hard),
    )


def open_lumen_r(sections: VesselSections) -> FloatArray:
    """Lumen radii (n, WALL_ANGLES); 0 where no contrast was seen."""
    return np.where(sections.lumen_open[:, None], np.nan_to_num(sections.lumen_r_mm), 0.0)


def filled_calcium(sections: VesselSections) -> tuple[FloatArray, FloatArray]:
    """Inner and outer calcium radii (n, CALCIUM_ANGLES) with gaps closed as the arc counts them; NaN where there is none."""
    inner, outer = sections.calcium_inner_r_mm.copy(), sections.calcium_outer_r_mm.copy()
    known = np.isfinite(inner) & np.isfinite(outer)
    closed = closed_gaps(known)
    bins = np.arange(known.shape[1])
    for k in np.flatnonzero((closed & ~known).any(axis=1)):
        gap = closed[k] & ~known[k]
        for radii in (inner, outer):
            radii[k, gap] = np.interp(bins[gap], bins[known[k]], radii[k, known[k]], period=len(bins))
    return np.where(closed, inner, np.nan), np.where(closed, outer, np.nan)


def measured(sections: VesselSections) -> npt.NDArray[np.bool_]:
    """Sections (n,) whose calcium was measured."""
    return np.asarray(np.isfinite(sections.calcium_area_mm2.best))


def _reach(sections: VesselSections) -> float:
    widest = [float(np.nanmax(r)) for r in (sections.wall_r_mm, sections.calcium_outer_r_mm) if np.isfinite(r).any()]
    return math.ceil((max(widest, default=2.0) + MARGIN_MM) / 0.2) * 0.2


def _mean(hu: npt.NDArray[np.float32], inside: npt.NDArray[np.bool_], r_mm: FloatArray) -> FloatArray:
    """Mean HU over the radii, each sample weighed by the area it stands for; NaN outside the volume."""
    weight = (inside & np.isfinite(hu)) * r_mm
    total = weight.sum(axis=2)
    return np.where(total > 0, (weight * np.nan_to_num(hu)).sum(axis=2) / np.maximum(total, 1e-9), np.nan)


def _peak(hu: npt.NDArray[np.float32], hard: npt.NDArray[np.bool_]) -> FloatArray:
    value = np.where(hard & np.isfinite(hu), hu, -np.inf).max(axis=(1, 2))
    return np.where(np.isfinite(value), value, np.nan)
