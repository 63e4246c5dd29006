"""One vessel's measured radii with its occlusions applied: between caps there is no lumen."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.case import Analysis
from recon.estimate import FloatArray
from recon.sections import VesselSections
from recon.vessels import Vessel


@dataclass(frozen=True, eq=False)
class VesselProfile:
    """Area-equivalent radii per centerline point (NaN = not measured, lumen 0 where occluded) and section values."""

    occluded_mm: tuple[tuple[float, float], ...]
    lumen_radius_mm: FloatArray
    wall_radius_mm: FloatArray
    section_lumen_area_mm2: FloatArray
    section_lumen_hu: FloatArray


def vessel_profile(analysis: Analysis, vessel: Vessel) -> VesselProfile:
    """The profile of one vessel; without sections the lumen radius is the one met while following the vessel."""
    occluded = tuple((o.proximal_cap.s_mm.best, o.distal_cap.s_mm.best) for o in analysis.occlusions if o.vessel == vessel.name)
    s_mm = vessel.centerline.s_mm
    sections = analysis.sections.get(vessel.name)
    if sections is None:
        lumen, wall = vessel.lumen_radius_mm, np.full(len(s_mm), np.nan)
        area = lumen_hu = np.empty(0)
    else:
        lumen = _radius_at(s_mm, sections, sections.lumen_area_mm2)
        wall = _radius_at(s_mm, sections, sections.wall_area_mm2)
        shut = _between(sections.s_mm, occluded)
        # Where there is no image, that there is no lumen was not seen either.
        area = np.where(shut & (sections.quality > 0), 0.0, sections.lumen_area_mm2)
        lumen_hu = np.where(shut, np.nan, sections.mean_lumen_hu)
    return VesselProfile(occluded, np.where(_between(s_mm, occluded), 0.0, lumen), wall, area, lumen_hu)


def _between(s_mm: FloatArray, ranges: tuple[tuple[float, float], ...]) -> npt.NDArray[np.bool_]:
    inside = np.zeros(len(s_mm), dtype=bool)
    for start, end in ranges:
        inside |= (s_mm > start) & (s_mm < end)
    return inside


def _radius_at(s_mm: FloatArray, sections: VesselSections, area_mm2: FloatArray) -> FloatArray:
    """Linear between measured neighbours; NaN next to a section that was not measured and beyond the last one."""
    radius = np.sqrt(area_mm2 / math.pi)
    return np.asarray(np.interp(s_mm, sections.s_mm, radius, right=np.nan if s_mm[-1] > sections.s_mm[-1] + 0.5 else None))
