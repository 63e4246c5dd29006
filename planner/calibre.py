"""Calibre near an occlusion: reference segments, landing zone, gradient beyond it (docs/clinical.md B.5, B.6)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.occlusion import LandingZone, SideBranch
from planner.zones import runs
from recon.estimate import FloatArray
from recon.sections import VesselSections

LANDING_MM = 20.0
TIP_MM = 1.0
"""The tip of the lumen beyond a cap is blur, no calibre."""
REFERENCE_MM = 5.0
REFERENCE_SEARCH_MM = 20.0
DISEASE_FREE_CSA_PCT = 10.0
CALCIUM_FREE_MM2 = 0.1
FIRST_BRANCH_MM = 1.5
"""Smallest diameter of a branch that counts as a bifurcation at the distal cap (app setting)."""
GRADIENT_STEP_MM = 5.0
GRADIENT_MIN_DIAMETER_MM = 1.5
GRADIENT_MIN_SECTIONS = 3


@dataclass(frozen=True, slots=True)
class Reference:
    """Mean diameters over the reference segment; None = no usable section."""

    lumen_mm: float | None
    wall_mm: float | None
    s_mm: tuple[float, float] | None


def reference(sections: VesselSections, cap_mm: float, which: str, clear_mm: float) -> Reference:
    """The 5 mm of vessel nearest to a cap that are open and almost free of calcium, at least `clear_mm` away from the cap.

    Where no such stretch lies within 20 mm, the 5 mm next to the cap are taken.
    """
    distance = cap_mm - sections.s_mm if which == "proximal" else sections.s_mm - cap_mm
    usable = sections.lumen_open & np.isfinite(sections.lumen_area_mm2) & (distance >= clear_mm)
    healthy = usable & (np.nan_to_num(sections.calcium_csa_pct.best) < DISEASE_FREE_CSA_PCT)
    for start in np.arange(clear_mm, REFERENCE_SEARCH_MM, 0.5):
        window = (distance >= start) & (distance <= start + REFERENCE_MM)
        if window.sum() >= REFERENCE_MM and healthy[window].all():
            return _reference(sections, window)
    return _reference(sections, usable & (distance <= clear_mm + REFERENCE_MM))


def landing_zone(sections: VesselSections, distal_cap_mm: float, branches: tuple[SideBranch, ...]) -> LandingZone | None:
    """Diameters, calcium-free runs and first branch of the 20 mm beyond the distal cap; None where the line ends before 2 mm."""
    end_mm = min(distal_cap_mm + LANDING_MM, float(sections.s_mm[-1]))
    if end_mm - distal_cap_mm < 2.0:
        return None
    zone = (sections.s_mm > distal_cap_mm) & (sections.s_mm <= end_mm)
    open_zone = zone & sections.lumen_open & (sections.lumen_area_mm2 > 0) & (sections.s_mm > distal_cap_mm + TIP_MM)
    diameter = 2 * np.sqrt(sections.lumen_area_mm2[open_zone] / np.pi)
    least_s_mm = float(sections.s_mm[open_zone][diameter.argmin()]) if diameter.size else None
    beyond = [b for b in branches if b.at == "distal" and b.is_beyond and (b.diameter_mm or 0.0) >= FIRST_BRANCH_MM]
    first = min(beyond, key=lambda b: b.distance_to_cap_mm, default=None)
    return LandingZone(
        start_mm=distal_cap_mm,
        length_mm=end_mm - distal_cap_mm,
        mean_lumen_diameter_mm=float(diameter.mean()) if diameter.size else None,
        min_lumen_diameter_mm=float(diameter.min()) if diameter.size else None,
        calcium_free_runs_mm=_free_runs(sections, zone),
        first_branch=first.name if first else None,
        first_branch_distance_mm=first.distance_to_cap_mm if first else None,
        min_lumen_s_mm=least_s_mm,
        calcium_per_mm=_calcium_per_mm(sections, distal_cap_mm, end_mm),
    )


def _calcium_per_mm(
    sections: VesselSections, start_mm: float, end_mm: float
) -> tuple[tuple[float, float | None, float | None], ...]:
    """(s_mm, share of the section %, arc deg) of the most calcified section of each mm."""
    rows = []
    for first in np.arange(start_mm, end_mm - 0.5, 1.0):
        inside = (sections.s_mm >= first) & (sections.s_mm < first + 1.0)
        shares, arcs = (band.best[inside] for band in (sections.calcium_csa_pct, sections.calcium_arc_deg))
        rows.append((float(first) + 0.5, _largest(shares), _largest(arcs)))
    return tuple(rows)


def _largest(values: FloatArray) -> float | None:
    return float(np.nanmax(values)) if np.isfinite(values).any() else None


def attenuation_gradient(sections: VesselSections, distal_cap_mm: float) -> float | None:
    """Distal transluminal attenuation gradient, HU per 10 mm; positive = rises distally (docs/clinical.md B.6).

    None where fewer than three usable sections (open, no calcium, diameter at least 1.5 mm) lie 5 mm apart beyond the cap.
    """
    wanted = np.arange(distal_cap_mm + GRADIENT_STEP_MM / 2, float(sections.s_mm[-1]), GRADIENT_STEP_MM)
    rows = np.unique([int(np.abs(sections.s_mm - s).argmin()) for s in wanted]).astype(int)
    area_floor = np.pi * (GRADIENT_MIN_DIAMETER_MM / 2) ** 2
    usable = sections.lumen_open & (sections.lumen_area_mm2 >= area_floor) & np.isfinite(sections.mean_lumen_hu)
    usable &= np.nan_to_num(sections.calcium_area_mm2.best) < CALCIUM_FREE_MM2
    rows = rows[usable[rows]] if rows.size else rows
    if len(rows) < GRADIENT_MIN_SECTIONS:
        return None
    return float(10 * np.polyfit(sections.s_mm[rows], sections.mean_lumen_hu[rows], 1)[0])


def diameter_mm(area_mm2: FloatArray) -> FloatArray:
    """Diameter of the circle of the same area."""
    return np.asarray(2 * np.sqrt(area_mm2 / np.pi))


def _reference(sections: VesselSections, rows: npt.NDArray[np.bool_]) -> Reference:
    rows = rows & sections.lumen_open
    if not rows.any():
        return Reference(None, None, None)
    lumen, wall = diameter_mm(sections.lumen_area_mm2[rows]), diameter_mm(sections.wall_area_mm2[rows])
    s = sections.s_mm[rows]
    return Reference(_mean(lumen), _mean(wall), (float(s[0]), float(s[-1])))


def _mean(values: FloatArray) -> float | None:
    return float(np.nanmean(values)) if np.isfinite(values).any() else None


def _free_runs(sections: VesselSections, zone: npt.NDArray[np.bool_]) -> tuple[tuple[float, float], ...]:
    free = zone & (np.nan_to_num(sections.calcium_area_mm2.best, nan=np.inf) < CALCIUM_FREE_MM2)
    return tuple((float(sections.s_mm[a]), float(sections.s_mm[b - 1])) for a, b in runs(free) if b - a > 1)
