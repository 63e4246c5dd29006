"""Which series is most fit for planning, and why: a table of points from what the headers tell."""

from collections.abc import Iterable
from dataclasses import replace

from recon.dicom.series import SeriesEntry


def ranked(entries: Iterable[SeriesEntry]) -> tuple[SeriesEntry, ...]:
    """Most fit first; each with its points and the reason in words."""
    judged = [replace(entry, fitness=sum(p for p, _ in _points(entry)), reason=_reason(entry)) for entry in entries]
    return tuple(sorted(judged, key=lambda entry: entry.fitness, reverse=True))


def _reason(entry: SeriesEntry) -> str:
    return "; ".join(text for _, text in _points(entry))


def _points(entry: SeriesEntry) -> list[tuple[float, str]]:
    if entry.stack is None:
        return [(-100.0, "cannot be opened")]
    return [
        (min(entry.slices, 300) / 30, f"{entry.slices} slices"),
        (-3 * entry.stack.step_mm, f"{entry.stack.step_mm:.2f} mm steps"),
    ]
