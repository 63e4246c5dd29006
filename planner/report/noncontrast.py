"""Scores of a non-contrast scan as calcium-score.json and as rows of the report (docs/outputs.md)."""

from typing import Any

from planner.calcium_score import ArteryScore, NonContrast
from planner.text import interval_text, number_text

SCHEMA = 1
DECIMALS = 3


def noncontrast_object(found: NonContrast) -> dict[str, Any]:
    """The content of calcium-score.json."""
    match = found.registration
    return {
        "schema": SCHEMA,
        "scan": "non-contrast",
        "series_uid": found.series_uid,
        "series_description": found.series_description,
        "threshold_hu": 130,
        "slice_mm": round(found.slice_mm, DECIMALS),
        "calibration_mg_per_mm3_hu": found.calibration_mg_per_mm3_hu,
        "registration": {
            "shift_mm": round(match.shift_mm, DECIMALS),
            "turn_deg": round(match.turn_deg, DECIMALS),
            "correlation": round(match.correlation, DECIMALS),
            "doubtful": match.is_doubtful,
        },
        "arteries": [_artery(score) for score in found.arteries],
        "total": None if found.total is None else _artery(found.total),
        "findings": [finding.code for finding in found.findings],
    }


def noncontrast_rows(found: NonContrast | None) -> list[list[str]]:
    """One row an artery and one for all: Agatston, volume, mass, spots."""
    if found is None or found.total is None:
        return []
    return [_row(score) for score in (*found.arteries, found.total)]


def noncontrast_note(found: NonContrast | None) -> str:
    """What the scores rest on, in a sentence; empty without a non-contrast scan."""
    if found is None:
        return ""
    scan = found.series_description or found.series_uid or "no series name"
    match = found.registration
    return (
        f"Non-contrast scan ({scan}), 130 HU, slices of {found.slice_mm:.1f} mm; matched to the contrast scan with correlation "
        f"{match.correlation:.2f}, moved {match.shift_mm:.1f} mm. The range holds "
        "if calcium near the limit of an artery is counted or not."
    )


def _artery(score: ArteryScore) -> dict[str, Any]:
    best = score.score
    return {
        "artery": score.artery,
        "agatston": {edge: round(getattr(score.agatston, edge), DECIMALS) for edge in ("low", "best", "high")},
        "volume_mm3": round(best.volume_mm3, DECIMALS),
        "mass_mg": None if best.mass_mg is None else round(best.mass_mg, DECIMALS),
        "hu_volume_hu_mm3": round(best.hu_mm3, DECIMALS),
        "spots": best.spots,
    }


def _row(score: ArteryScore) -> list[str]:
    mass = "no calibration" if score.score.mass_mg is None else number_text(score.score.mass_mg, 1, "mg")
    name = "all arteries" if score.artery == "all" else score.artery
    return [name, interval_text(score.agatston, 0), f"{score.score.volume_mm3:.0f}", mass, str(score.score.spots)]
