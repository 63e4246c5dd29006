"""A subtraction as subtraction.csv, as a part of calcium-score.json and as rows of the report (docs/outputs.md)."""

import csv
import io
import math
from typing import Any

import numpy as np

from planner.case import Analysis
from planner.subtraction import hides_lumen
from planner.subtraction_case import RANGE_TEXTS, Subtraction
from planner.text import interval_text
from recon.estimate import Band, Estimate, FloatArray
from recon.sections import SECTION_STEP_MM, VesselSections
from recon.subtracted_sections import NONE_SEEN, NOT_TOLD, SEEN, SubtractedSections

COLUMNS = (
    "vessel,s_mm,grade,matched,match_sd_mm,match_along_sd_mm,likeness,shift_x_mm,shift_y_mm,shift_z_mm,"
    "noncontrast_calcium_area_mm2_low,noncontrast_calcium_area_mm2,noncontrast_calcium_area_mm2_high,"
    "noncontrast_calcium_csa_pct_low,noncontrast_calcium_csa_pct,noncontrast_calcium_csa_pct_high,"
    "noncontrast_calcium_arc_deg_low,noncontrast_calcium_arc_deg,noncontrast_calcium_arc_deg_high,"
    "contrast_scan_calcium_area_mm2,subtracted_lumen_mm2_low,subtracted_lumen_mm2,subtracted_lumen_mm2_high,"
    "contrast_scan_lumen_mm2,contrast_left,hidden_by_calcium,calcium_method"
)


def subtraction_csv(analysis: Analysis, made: Subtraction) -> str:
    """The content of subtraction.csv: one row a vessel and section; values of the non-contrast scan are empty where the match
    cannot be used."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS.split(","))
    for name, own in measured_vessels(analysis, made).items():
        sections = analysis.sections[name]
        hidden = hides_lumen(sections, own, analysis.not_excluded_mm.get(name, ()))
        for i in range(len(own.s_mm)):
            writer.writerow(_row(name, sections, own, i, bool(hidden[i])))
    return stream.getvalue()


def measured_vessels(analysis: Analysis, made: Subtraction) -> dict[str, SubtractedSections]:
    """The compared vessels that the analysis still has sections of."""
    return {n: v for n, v in made.vessels.items() if n in analysis.sections and analysis.tree.vessel(n) is not None}


def subtraction_object(analysis: Analysis, made: Subtraction) -> dict[str, Any]:
    """The `subtraction` part of calcium-score.json."""
    return {
        "series_uid": made.series_uid,
        "slice_mm": round(made.slice_mm, 3),
        "assumed_blur_fwhm_mm": {"in_plane": _edges(made.plane_fwhm_mm), "slices": _edges(made.slice_fwhm_mm)},
        "vessels": [_summary(name, analysis, own) for name, own in measured_vessels(analysis, made).items()],
        "ranges": [{"vessel": r.vessel, "kind": r.kind, "s_mm": [round(s, 2) for s in r.s_mm]} for r in made.ranges],
        "findings": [f.code for f in made.findings],
    }


def subtraction_rows(analysis: Analysis) -> list[list[str]]:
    """One row a calcified vessel: matched length, calcium volume by either scan, where calcium hides the lumen what is left."""
    made = analysis.subtraction
    rows: list[list[str]] = []
    if made is None:
        return rows
    for name, own in measured_vessels(analysis, made).items():
        one = _summary(name, analysis, own)
        both = one["calcium_mm3"]
        if both["contrast_scan"] < 1.0 and both["noncontrast"]["best"] < 1.0:
            continue
        left = one["hidden_by_calcium_mm"]
        rows.append(
            [
                name,
                f"{one['matched_pct']:.0f} %",
                f"{both['contrast_scan']:.0f}",
                interval_text(Estimate(**both["noncontrast"]), 0),
                *(f"{left[key]:.1f}" for key in ("contrast_seen", "none_seen", "cannot_be_told", "not_matched")),
            ]
        )
    return rows


def subtraction_notes(analysis: Analysis) -> list[str]:
    """What both scans together say, a sentence each; empty without a subtraction."""
    made = analysis.subtraction
    if made is None:
        return []
    notes = [
        f"{r.vessel} {r.s_mm[0]:.1f} to {r.s_mm[1]:.1f} mm: {RANGE_TEXTS[r.kind][0][0].lower()}{RANGE_TEXTS[r.kind][0][1:]}."
        for r in made.ranges
    ]
    return notes or ["Both scans agree wherever they match."] if made.vessels else ["The two scans could not be subtracted."]


def _row(name: str, sections: VesselSections, own: SubtractedSections, i: int, hidden: bool) -> list[str]:
    used = bool(own.is_matched[i])
    bands = (own.calcium_area_mm2, own.calcium_csa_pct, own.calcium_arc_deg)
    calcium = [_cell(edge[i] if used else math.nan) for band in bands for edge in (band.low, band.best, band.high)]
    lumen = [
        _cell(edge[i] if used else math.nan) for edge in (own.contrast_mm2.low, own.contrast_mm2.best, own.contrast_mm2.high)
    ]
    return [
        name,
        _cell(own.s_mm[i], 2),
        str(own.grade[i]),
        str(int(used)),
        *(_cell(v[i]) for v in (own.match_sd_mm, own.match_along_sd_mm, own.correlation)),
        *(_cell(v) for v in own.shift_mm[i]),
        *calcium,
        _cell(sections.calcium_area_mm2.best[i]),
        *lumen,
        _cell(sections.lumen_area_mm2[i]),
        str(own.contrast[i]),
        str(int(hidden)),
        own.calcium_method,
    ]


def _summary(name: str, analysis: Analysis, own: SubtractedSections) -> dict[str, Any]:
    sections, used = analysis.sections[name], own.is_matched
    hidden = hides_lumen(sections, own, analysis.not_excluded_mm.get(name, ()))

    def length(kind: str) -> float:
        return float((hidden & (own.contrast == kind)).sum()) * SECTION_STEP_MM

    return {
        "vessel": name,
        "matched_pct": round(100 * float(used.mean()), 1),
        "median_match_sd_mm": round(float(np.median(own.match_sd_mm)), 3),
        "calcium_mm3": {
            "contrast_scan": _volume(sections.calcium_area_mm2.best, used),
            "noncontrast": _volumes(own.calcium_area_mm2, used),
        },
        "hidden_by_calcium_mm": {
            "contrast_seen": length(SEEN),
            "none_seen": length(NONE_SEEN),
            "cannot_be_told": length(NOT_TOLD),
            "not_matched": length(""),
        },
        "calcium_method": own.calcium_method,
    }


def _volume(area_mm2: FloatArray, used: Any) -> float:
    return round(float(np.nansum(np.where(used, area_mm2, 0.0))) * SECTION_STEP_MM, 3)


def _volumes(band: Band, used: Any) -> dict[str, float]:
    """Volume of the matched part; sections are counted as wrong in the same direction, what may lie unseen is not counted."""
    return {
        "low": _volume(band.low, used),
        "best": _volume(band.best, used),
        "high": _volume(np.where(band.best == 0, 0.0, band.high), used),
    }


def _edges(value: Estimate) -> dict[str, float]:
    return {edge: round(getattr(value, edge), 3) for edge in ("low", "best", "high")}


def _cell(value: float, decimals: int = 3) -> str:
    return "" if not math.isfinite(value) else f"{value:.{decimals}f}"
