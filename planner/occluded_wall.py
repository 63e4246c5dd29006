"""The wall and the tissue between the caps: remodelling, shrinkage, enhancement along the axis (docs/clinical.md B.4)."""

import math

import numpy as np

from planner.occlusion import Enhancement, Remodelling
from recon.sections import SECTION_STEP_MM, ScanPhysics, VesselSections

SHRUNK_RATIO, SHRUNK_MM = 0.75, 2.0
ENLARGED_RATIO = 1.1
ENHANCED_FRACTION, ENHANCED_SHARE = (0.15, 0.6), 0.4
TISSUE_HU = 60.0
CAP_CLEARANCE_MM = 1.0
"""Blur brings contrast of the open vessel this far into the occlusion."""
PROFILE_STEP_MM = 1.0


def remodelling(
    sections: VesselSections, proximal_mm: float, distal_mm: float, reference_wall_diameter_mm: float | None
) -> Remodelling | None:
    """Outer wall areas between the caps against the proximal reference; None where either was not measured."""
    rows = np.flatnonzero((sections.s_mm >= proximal_mm) & (sections.s_mm <= distal_mm) & np.isfinite(sections.wall_area_mm2))
    if reference_wall_diameter_mm is None or rows.size == 0:
        return None
    area = math.pi * reference_wall_diameter_mm**2 / 4
    ratio = sections.wall_area_mm2[rows] / area
    least, largest = int(np.argmin(ratio)), int(np.argmax(ratio))
    return Remodelling(
        reference_wall_area_mm2=area,
        least_ratio=float(ratio[least]),
        least_s_mm=float(sections.s_mm[rows[least]]),
        largest_ratio=float(ratio[largest]),
        largest_s_mm=float(sections.s_mm[rows[largest]]),
        shrunk_mm=float((ratio < SHRUNK_RATIO).sum() * SECTION_STEP_MM),
        enlarged_mm=float((ratio >= ENLARGED_RATIO).sum() * SECTION_STEP_MM),
    )


def enhancement(sections: VesselSections, proximal_mm: float, distal_mm: float, physics: ScanPhysics) -> Enhancement | None:
    """Contrast along the axis between the caps, 1 mm away from both; None where calcium hides all of it."""
    rows = (sections.axis_s_mm > proximal_mm + CAP_CLEARANCE_MM) & (sections.axis_s_mm < distal_mm - CAP_CLEARANCE_MM)
    rows &= np.isfinite(sections.axis_hu)
    if not rows.any():
        return None
    s, fraction = sections.axis_s_mm[rows], (sections.axis_hu[rows] - TISSUE_HU) / max(physics.lumen_hu - TISSUE_HU, 100.0)
    bins = np.floor((s - s[0]) / PROFILE_STEP_MM).astype(int)
    profile = tuple((float(s[bins == b].mean()), float(fraction[bins == b].mean())) for b in np.unique(bins))
    enhanced = (fraction > ENHANCED_FRACTION[0]) & (fraction < ENHANCED_FRACTION[1])
    return Enhancement(profile, float(enhanced.mean()))
