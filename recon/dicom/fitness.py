"""Which series is most fit for planning, and why: a table of points from what the headers tell.

All points are app settings [E]; they only order a list and choose what is opened first, nothing is measured with them.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from recon.dicom.series import SeriesEntry

_UNENHANCED = re.compile(r"calc|\bca\b|casc|score|native|nativ|non.?contrast|without|ohne|\bnk\b|unenhanced", re.IGNORECASE)
_CORONARY = re.compile(r"cor(?![a-z]*onal)|ccta|cardi|heart|herz|coeur|cta", re.IGNORECASE)
_DERIVED = re.compile(r"\b(mpr|mip|minip|cpr|vrt|3d|curved|reformat|dose|topogram|scout|bolus|monitoring|test)\b", re.IGNORECASE)
_KERNEL_NUMBER = re.compile(r"^[a-z]{1,2}(\d{2})", re.IGNORECASE)
_SHARP_KERNEL = re.compile(r"lung|bone|edge|ultra|sharp", re.IGNORECASE)

Judgement = tuple[float, str] | None
"""Points and a few words; None when the row has nothing to say."""


def _coverage(entry: SeriesEntry) -> Judgement:
    assert entry.stack is not None
    length_mm = entry.stack.slots * entry.stack.step_mm
    if length_mm < 60:
        return -20, f"covers only {length_mm:.0f} mm"
    return (2, f"covers {length_mm:.0f} mm") if length_mm < 350 else (-1, f"long scan of {length_mm:.0f} mm")


def _step(entry: SeriesEntry) -> Judgement:
    assert entry.stack is not None
    step = entry.stack.step_mm
    for limit, points in ((0.52, 10), (0.77, 7), (1.02, 3), (1.6, -3), (3.1, -12)):
        if step <= limit:
            return points, f"{step:.2g} mm steps"
    return -25, f"{step:.2g} mm steps are too wide"


def _thickness(entry: SeriesEntry) -> Judgement:
    thickness = entry.headers[0].thickness_mm
    if not thickness:
        return None
    return (2, f"{thickness:g} mm slices") if thickness <= 0.75 else (-3, f"slices {thickness:g} mm thick")


def _pixels(entry: SeriesEntry) -> Judgement:
    assert entry.stack is not None
    size = max(entry.stack.pixel_mm)
    return (3, f"{size:.2g} mm pixels") if size <= 0.45 else (-3, f"{size:.2g} mm pixels") if size > 0.7 else None


def _contrast(entry: SeriesEntry) -> Judgement:
    header = entry.headers[0]
    if _UNENHANCED.search(f"{header.series_description} {header.protocol}") and "cta" not in header.series_description.lower():
        return -15, "named as a scan without contrast"
    return (3, "contrast agent recorded") if header.contrast_agent else None


def _name(entry: SeriesEntry) -> Judgement:
    text = f"{entry.headers[0].series_description} {entry.headers[0].protocol}"
    if _DERIVED.search(text):
        return -15, "named as a derived or auxiliary series"
    return (3, "named as a cardiac scan") if _CORONARY.search(text) else None


def _kernel(entry: SeriesEntry) -> Judgement:
    kernel = entry.headers[0].kernel
    number = _KERNEL_NUMBER.match(kernel)
    if _SHARP_KERNEL.search(kernel) or (number and int(number[1]) >= 55):
        return -6, f"sharp kernel {kernel}"
    return (2, f"vascular kernel {kernel}") if number and 26 <= int(number[1]) <= 49 else None


def _phase(entry: SeriesEntry) -> Judgement:
    pct = entry.phase.pct if entry.phase else None
    if pct is None:
        return None
    if 65 <= pct <= 82:
        return 4, f"mid-diastole, {pct:.3g} %"
    return (2, f"end-systole, {pct:.3g} %") if 35 <= pct <= 50 else (-2, f"phase {pct:.3g} %")


def _orientation(entry: SeriesEntry) -> Judgement:
    assert entry.stack is not None
    return (-8, "not axial") if abs(entry.stack.normal[2]) < 0.9 else None


def _derived(entry: SeriesEntry) -> Judgement:
    kind = entry.headers[0].image_type
    return (-2, "derived images") if kind and kind[0] == "DERIVED" else None


DEFECT_POINTS = {
    "missing-slices": -6, "uneven-spacing": -4, "not-hounsfield": -20, "no-rescale": -10, "lossy": -3, "slices-apart": -3,
    "gaps-between-slices": -2, "tilt": -1,
}  # fmt: skip


def _defects(entry: SeriesEntry) -> Judgement:
    found = [(DEFECT_POINTS[f.code], f.code.replace("-", " ")) for f in entry.findings if f.code in DEFECT_POINTS]
    return (sum(points for points, _ in found), ", ".join(text for _, text in found)) if found else None


ROWS: tuple[Callable[[SeriesEntry], Judgement], ...] = (
    _step, _coverage, _thickness, _pixels, _contrast, _name, _kernel, _phase, _orientation, _derived, _defects,
)  # fmt: skip


def ranked(entries: Iterable[SeriesEntry]) -> tuple[SeriesEntry, ...]:
    """Most fit first; each with its points and the reason in words."""
    return tuple(sorted((_judged(entry) for entry in entries), key=lambda entry: (-entry.fitness, entry.key)))


def _judged(entry: SeriesEntry) -> SeriesEntry:
    if entry.stack is None or entry.problem is not None:
        return replace(entry, fitness=-1000.0, reason="cannot be opened" if entry.problem is None else entry.problem.what)
    said = [judgement for judgement in (row(entry) for row in ROWS) if judgement is not None]
    said.sort(key=lambda judgement: -abs(judgement[0]))
    return replace(entry, fitness=float(sum(points for points, _ in said)), reason="; ".join(text for _, text in said))
