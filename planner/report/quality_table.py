"""The quality panel in words: the same lines in the report and the shell."""

from planner.case import Analysis

VERDICTS = {"ok": "holds", "warn": "outside", "unknown": "unknown", "info": "recorded"}
FIRST_CODES = ("other-series", "override")
"""Findings about the choice of the images stand before all others: the wrong patient is worse than any gap."""


def quality_rows(analysis: Analysis) -> list[list[str]]:
    """Measure, value, limit, mark (clinical.md 0.1), verdict and what it means."""
    return [[r.name, r.text, r.limit or "none", r.mark, VERDICTS[r.state], r.note] for r in analysis.quality]


def quality_lines(analysis: Analysis) -> tuple[str, ...]:
    """One line a measure for the shell."""
    return tuple(
        f"Quality  {name}: {value}"
        + (f" (limit {limit}, {mark}): {verdict}" if limit != "none" else "")
        + (f". {note}" if note else "")
        for name, value, limit, mark, verdict, note in quality_rows(analysis)
    )
