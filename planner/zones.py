"""Calcium of one zone of an occlusion from the sections in it (docs/clinical.md B.7)."""

import numpy as np
import numpy.typing as npt

from planner.occlusion import ZoneCalcium
from recon.estimate import Band, Estimate, FloatArray
from recon.sections import SECTION_STEP_MM, VesselSections

CALCIUM_MM2 = 0.5
"""A section with less calcium is not counted in the calcium length."""
FULL_ARC_DEG = 359.5
ARC_LIMITS_DEG = (180.0, 270.0)
CSA_LIMIT_PCT = 50.0
FULL_MOON_CSA_PCT, FULL_MOON_ARC_DEG, FULL_MOON_MM = 95.0, 350.0, 1.0
"""Digital full-moon proposal: area, arc and contiguous length, an app setting (docs/clinical.md A.8)."""


def zone_calcium(
    sections: VesselSections, in_zone: npt.NDArray[np.bool_], volume_factor: FloatArray | None = None
) -> ZoneCalcium:
    """Calcium measures of the sections (n,) marked by `in_zone`; None where no section of the zone was measured.

    `volume_factor` (n,) is the calcium volume over area times section step, as on bends (recon/bend_volume.py); None = 1.
    """
    csa, arc = sections.calcium_csa_pct, sections.calcium_arc_deg
    top_csa, top_arc = _top(csa.best, in_zone), _top(arc.best, in_zone)
    thickness = sections.calcium_max_thickness_mm[in_zone]
    over = {
        "csa_50": in_zone & (np.nan_to_num(csa.best) >= CSA_LIMIT_PCT),
        "arc_180": in_zone & (np.nan_to_num(arc.best) >= ARC_LIMITS_DEG[0]),
        "arc_270": in_zone & (np.nan_to_num(arc.best) >= ARC_LIMITS_DEG[1]),
        "arc_360": in_zone & (np.nan_to_num(arc.best) >= FULL_ARC_DEG),
        "calcium": in_zone & (np.nan_to_num(sections.calcium_area_mm2.best) >= CALCIUM_MM2),
    }
    total = {name: float(mask.sum() * SECTION_STEP_MM) for name, mask in over.items()}
    return ZoneCalcium(
        max_csa_pct=None if top_csa is None else csa.at(top_csa),
        mean_csa_pct=_mean(csa.best[in_zone]),
        max_arc_deg=None if top_arc is None else arc.at(top_arc),
        max_thickness_mm=float(np.nanmax(thickness)) if np.isfinite(thickness).any() else None,
        volume_mm3=_volume(sections.calcium_area_mm2, in_zone, volume_factor),
        length_csa_50_mm=total["csa_50"],
        length_arc_180_mm=total["arc_180"],
        length_arc_270_mm=total["arc_270"],
        length_arc_360_mm=total["arc_360"],
        calcium_length_mm=total["calcium"],
        max_csa_s_mm=None if top_csa is None else float(sections.s_mm[top_csa]),
        max_arc_s_mm=None if top_arc is None else float(sections.s_mm[top_arc]),
        sensitivity_max_csa_pct=_sensitivity(sections, in_zone),
        longest_run_mm=tuple((name, longest_run(mask) * SECTION_STEP_MM) for name, mask in over.items()),
    )


def longest_run(mask: npt.NDArray[np.bool_]) -> int:
    """Length of the longest run of True."""
    return max((end - start for start, end in runs(mask)), default=0)


def runs(mask: npt.NDArray[np.bool_]) -> tuple[tuple[int, int], ...]:
    """Index ranges (start, end beyond) of the runs of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return tuple((int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True))


def _top(values: FloatArray, in_zone: npt.NDArray[np.bool_]) -> int | None:
    usable = np.where(in_zone & np.isfinite(values), values, -np.inf)
    return int(np.argmax(usable)) if np.isfinite(usable).any() else None


def _mean(values: FloatArray) -> float | None:
    return float(np.nanmean(values)) if np.isfinite(values).any() else None


def _volume(area_mm2: Band, in_zone: npt.NDArray[np.bool_], factor: FloatArray | None) -> Estimate | None:
    stretch = np.ones(len(in_zone)) if factor is None else factor
    parts = [(values * stretch)[in_zone] for values in (area_mm2.low, area_mm2.best, area_mm2.high)]
    if not np.isfinite(parts[1]).any():
        return None
    low, best, high = (float(np.nansum(part) * SECTION_STEP_MM) for part in parts)
    return Estimate(min(low, best), best, max(best, high))


def _sensitivity(sections: VesselSections, in_zone: npt.NDArray[np.bool_]) -> tuple[tuple[str, float], ...]:
    """Largest area share by the other threshold rules, so that a decision that depends on the rule shows."""
    wall = np.where(sections.wall_area_mm2 > 0, sections.wall_area_mm2, np.nan)
    shares = ((name, 100 * area[in_zone] / wall[in_zone]) for name, area in sections.sensitivity_area_mm2.items())
    return tuple((name, float(min(100.0, np.nanmax(share)))) for name, share in shares if np.isfinite(share).any())
