"""Calcium, plaque and remodelling of a stretch of a vessel, each with its interval (docs/clinical.md B.4, B.7)."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.section_details import VesselDetails
from planner.zones import ARC_LIMITS_DEG, CALCIUM_MM2, CSA_LIMIT_PCT, FULL_ARC_DEG, longest_run
from recon.estimate import Band, Estimate, FloatArray
from recon.free_windows import FreeWindow, free_windows
from recon.sections import SECTION_STEP_MM, VesselSections

DENSITY_WEIGHTS_HU = (130.0, 200.0, 300.0, 400.0)
"""From each of these peak values on the weight is 1, 2, 3, 4 (docs/clinical.md B.7)."""

DENSITY_SLICE_MM = 3.0
WALL_AREA_ERROR = 0.04
"""Relative standard error of a wall area and of a reference area (docs/sections.md)."""

Z_90 = 1.645
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RemodellingRange:
    """Smallest, mean and largest outer vessel area over the area expected from the references, and where."""

    smallest: Estimate
    mean: float
    largest: Estimate
    smallest_s_mm: float
    largest_s_mm: float


@dataclass(frozen=True, eq=False)
class CalciumRegion:
    """Measures of one stretch. Lengths and runs are keyed csa_50, arc_180, arc_270, arc_360, calcium.

    `density_index` is the contrast-scan density index: the sum over sections of area times the 1 to 4 weight of its brightest
    sample, in units of 3 mm slices; it is no Agatston score. `depth_mm` are lengths by depth class. `plaque_mm3` holds low,
    middle, bright and calcium; `edge_mm3` is wall too near to an edge to be classed.
    """

    start_mm: float
    end_mm: float
    max_csa_pct: Estimate | None
    mean_csa_pct: Estimate | None
    max_arc_deg: Estimate | None
    max_thickness_mm: Estimate | None
    volume_mm3: Estimate
    density_index: Estimate
    length_mm: Mapping[str, Estimate]
    longest_run_mm: Mapping[str, Estimate]
    depth_mm: Mapping[str, float]
    eccentricity: Estimate | None
    plaque_mm3: Mapping[str, Estimate]
    edge_mm3: float
    remodelling: RemodellingRange | None
    windows: tuple[FreeWindow, ...] = ()
    not_reliable_mm: float = 0.0
    not_measured_mm: float = 0.0


def calcium_region(
    sections: VesselSections,
    details: VesselDetails,
    rows: BoolArray,
    reference_area_mm2: FloatArray | None = None,
    with_windows: bool = True,
) -> CalciumRegion | None:
    """Measures of the sections marked by `rows` (n,); None when none of them was measured.

    `reference_area_mm2` (n,) is the outer vessel area expected at each section, NaN where unknown.
    """
    wanted = rows
    rows = rows & np.isfinite(sections.calcium_area_mm2.best)
    if not rows.any():
        return None
    s_mm = sections.s_mm[rows]
    start, end = float(s_mm[0]), float(s_mm[-1])
    over = _over(sections, rows)
    densest = int(np.argmax(np.where(rows, np.nan_to_num(sections.calcium_csa_pct.best, nan=-1.0), -1.0)))
    plaque, step = details.plaque, SECTION_STEP_MM
    return CalciumRegion(
        start_mm=start,
        end_mm=end,
        max_csa_pct=_largest(sections.calcium_csa_pct, rows),
        mean_csa_pct=_mean(sections.calcium_csa_pct, rows),
        max_arc_deg=_largest(sections.calcium_arc_deg, rows),
        max_thickness_mm=_largest(_thickness(sections), rows),
        volume_mm3=_sum(sections.calcium_area_mm2, rows, step * details.volume_factor),
        density_index=_sum(sections.calcium_area_mm2, rows, density_weights(details.maps.peak_hu) * step / DENSITY_SLICE_MM),
        length_mm={name: _lengths(masks, _total) for name, masks in over.items()},
        longest_run_mm={name: _lengths(masks, longest_run) for name, masks in over.items()},
        depth_mm=_depths(details.shape.depth_class[rows]),
        eccentricity=details.shape.eccentricity.at(densest),
        plaque_mm3={
            name: _sum(band, rows, step)
            for name, band in (
                ("low", plaque.low),
                ("middle", plaque.middle),
                ("bright", plaque.bright),
                ("calcium", plaque.calcium),
            )
        },
        edge_mm3=float(np.nansum(plaque.edge_mm2[rows]) * step),
        remodelling=_remodelling(sections, rows, reference_area_mm2),
        windows=free_windows(details.shape.cover, sections.s_mm, start, end) if with_windows else (),
        not_reliable_mm=float((sections.grade[rows] == "D").sum() * step),
        not_measured_mm=float((wanted & ~rows).sum() * step),
    )


def density_weights(peak_hu: FloatArray) -> FloatArray:
    """Weight 0 to 4 of a section by its brightest sample; 0 without calcium."""
    return np.asarray(np.searchsorted(DENSITY_WEIGHTS_HU, np.nan_to_num(peak_hu, nan=-np.inf), side="right"), dtype=float)


def _over(sections: VesselSections, rows: BoolArray) -> dict[str, tuple[BoolArray, BoolArray, BoolArray]]:
    """Sections over each limit by the low, best and high value."""
    csa, arc, area = sections.calcium_csa_pct, sections.calcium_arc_deg, sections.calcium_area_mm2
    limits = {
        "csa_50": (csa, CSA_LIMIT_PCT),
        "arc_180": (arc, ARC_LIMITS_DEG[0]),
        "arc_270": (arc, ARC_LIMITS_DEG[1]),
        "arc_360": (arc, FULL_ARC_DEG),
        "calcium": (area, CALCIUM_MM2),
    }
    return {
        name: (
            rows & (np.nan_to_num(band.low) >= limit),
            rows & (np.nan_to_num(band.best) >= limit),
            rows & (np.nan_to_num(band.high) >= limit),
        )
        for name, (band, limit) in limits.items()
    }


def _total(mask: BoolArray) -> int:
    return int(mask.sum())


def _lengths(masks: tuple[BoolArray, BoolArray, BoolArray], count: Callable[[BoolArray], int]) -> Estimate:
    low, best, high = (float(count(mask) * SECTION_STEP_MM) for mask in masks)
    return Estimate(min(low, best), best, max(best, high))


def _largest(band: Band, rows: BoolArray) -> Estimate | None:
    usable = np.where(rows & np.isfinite(band.best), band.best, -np.inf)
    return band.at(int(np.argmax(usable))) if np.isfinite(usable).any() else None


def _mean(band: Band, rows: BoolArray) -> Estimate | None:
    if not np.isfinite(band.best[rows]).any():
        return None
    return Estimate(*(float(np.nanmean(edge[rows])) for edge in (band.low, band.best, band.high)))


def _sum(band: Band, rows: BoolArray, factor: FloatArray | float) -> Estimate:
    low, best, high = (float(np.nansum((edge * factor)[rows])) for edge in (band.low, band.best, band.high))
    return Estimate(min(low, best), best, max(best, high))


def _thickness(sections: VesselSections) -> Band:
    """The largest thickness with the relative interval of the area: the arc of a deposit is known better than its depth."""
    area, best = sections.calcium_area_mm2, sections.calcium_max_thickness_mm
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = np.nan_to_num(area.low / area.best, nan=1.0), np.nan_to_num(area.high / area.best, nan=1.0, posinf=1.0)
    return Band(best * np.clip(low, 0.0, 1.0), best, best * np.maximum(high, 1.0))


def _depths(classes: npt.NDArray[np.str_]) -> dict[str, float]:
    return {name: float((classes == name).sum() * SECTION_STEP_MM) for name in ("superficial", "deep", "uncertain")}


def _remodelling(sections: VesselSections, rows: BoolArray, reference_mm2: FloatArray | None) -> RemodellingRange | None:
    if reference_mm2 is None:
        return None
    with np.errstate(invalid="ignore", divide="ignore"):
        index = sections.wall_area_mm2 / reference_mm2
    usable = rows & np.isfinite(index) & (sections.grade != "D")
    if not usable.any():
        return None
    places = np.flatnonzero(usable)
    smallest, largest = places[np.argmin(index[places])], places[np.argmax(index[places])]
    width = Z_90 * WALL_AREA_ERROR * math.sqrt(2.0)

    def around(place: int) -> Estimate:
        value = float(index[place])
        return Estimate(value * (1 - width), value, value * (1 + width))

    return RemodellingRange(
        around(int(smallest)),
        float(index[places].mean()),
        around(int(largest)),
        float(sections.s_mm[smallest]),
        float(sections.s_mm[largest]),
    )
