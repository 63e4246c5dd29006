"""Slice quality carried into the measures along a vessel: what was not imaged is not measured, doubt widens intervals.

Where a section touches a slice of quality 0 (a gap filled for viewing, an unreadable slice, the end of the volume) every measure
becomes NaN. Between 0 and 1 (beside a step between heartbeats, between unevenly spaced slices) the interval of calcium grows by
1 / quality [E]. The quality itself stays in `VesselSections.quality` and goes into sections.csv.
"""

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from recon.centerline import Centerline
from recon.estimate import Band, FloatArray
from recon.reformat import section_quality
from recon.sections import VesselSections
from recon.volume import Volume

RIM_DIRECTIONS = 8
USUAL_RADIUS_MM = 2.0
"""Where the wall was not found, a section is taken to reach this far from the centerline."""
FULL_CIRCLE_DEG = 360.0
FULL_SHARE_PCT = 100.0


def with_slice_quality(sections: VesselSections, volume: Volume, line: Centerline) -> VesselSections:
    """The sections with the worst quality of the slices each touches, blocked where that is 0 and widened where it is below 1."""
    if volume.slice_quality.min() == 1.0 and sections.quality.min(initial=1.0) == 1.0:
        return sections
    quality = np.minimum(sections.quality, touched_quality(sections, volume, line))
    blocked = quality <= 0.0
    doubt = 1.0 / np.where(blocked, 1.0, quality)
    return replace(
        sections,
        quality=quality,
        grade=np.where(blocked, "D", np.where((quality < 0.9) & (sections.grade == "A"), "B", sections.grade)),
        lumen_area_mm2=_without(sections.lumen_area_mm2, blocked),
        wall_area_mm2=_without(sections.wall_area_mm2, blocked),
        calcium_area_mm2=_widened(sections.calcium_area_mm2, blocked, doubt, math.inf),
        calcium_csa_pct=_widened(sections.calcium_csa_pct, blocked, doubt, FULL_SHARE_PCT),
        calcium_arc_deg=_widened(sections.calcium_arc_deg, blocked, doubt, FULL_CIRCLE_DEG),
        calcium_longest_arc_deg=_without(sections.calcium_longest_arc_deg, blocked),
        calcium_max_thickness_mm=_without(sections.calcium_max_thickness_mm, blocked),
        mean_lumen_hu=_without(sections.mean_lumen_hu, blocked),
        lumen_r_mm=_without(sections.lumen_r_mm, blocked),
        wall_r_mm=_without(sections.wall_r_mm, blocked),
        calcium_inner_r_mm=_without(sections.calcium_inner_r_mm, blocked),
        calcium_outer_r_mm=_without(sections.calcium_outer_r_mm, blocked),
        sensitivity_area_mm2={rule: _without(area, blocked) for rule, area in sections.sensitivity_area_mm2.items()},
    )


def touched_quality(sections: VesselSections, volume: Volume, line: Centerline) -> FloatArray:
    """The lowest slice quality at the centre or the rim of each section (n,)."""
    centre, _, up, right = line.at(sections.s_mm)
    radius = np.sqrt(np.nan_to_num(sections.wall_area_mm2, nan=math.pi * USUAL_RADIUS_MM**2) / math.pi)[:, None]
    worst = section_quality(volume, centre)
    for angle in np.arange(RIM_DIRECTIONS) * (2 * math.pi / RIM_DIRECTIONS):
        rim = centre + radius * (math.cos(angle) * up + math.sin(angle) * right)
        worst = np.minimum(worst, section_quality(volume, rim))
    return worst


def doubtful_runs_mm(sections: VesselSections, below: float) -> tuple[tuple[float, float], ...]:
    """From-to arc positions of the runs of sections whose quality is under `below`, half a step added at both ends."""
    bad = np.concatenate([[False], sections.quality < below, [False]])
    starts, ends = np.flatnonzero(bad[1:] & ~bad[:-1]), np.flatnonzero(bad[:-1] & ~bad[1:]) - 1
    half = 0.5 * float(np.median(np.diff(sections.s_mm))) if len(sections.s_mm) > 1 else 0.0
    s_mm = sections.s_mm
    return tuple((float(s_mm[a]) - half, float(s_mm[b]) + half) for a, b in zip(starts, ends, strict=True))


def _without(values: FloatArray, blocked: npt.NDArray[np.bool_]) -> FloatArray:
    hidden = blocked if values.ndim == 1 else blocked[:, None]
    return np.where(hidden, np.nan, values)


def _widened(band: Band, blocked: npt.NDArray[np.bool_], doubt: FloatArray, ceiling: float) -> Band:
    low = np.maximum(band.best - (band.best - band.low) * doubt, 0.0)
    high = np.minimum(band.best + (band.high - band.best) * doubt, np.maximum(ceiling, band.best))
    return Band(*(_without(part, blocked) for part in (low, band.best, high)))
