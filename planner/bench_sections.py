"""Accuracy of section measures on generated cases, along true lines, against threshold methods (docs/accuracy.md)."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import numpy.typing as npt

from planner.bench_cases import FULL_MOON, section_cases
from planner.bench_job import Job
from planner.bench_section_rows import measure_case
from planner.bench_table import Line, Row, Table, share_line, value_line
from planner.zones import FULL_MOON_ARC_DEG, FULL_MOON_CSA_PCT
from recon.estimate import FloatArray
from recon.sections import SECTION_STEP_MM

THICK_MM = ((0.0, 0.7), (0.7, 1.2), (1.2, 2.5))
NOTHING_MM2 = 0.15
"""Calcium area below which a section counts as having none called."""

FROM_CALCIUM_MM = 1.0
"""Nearer to true calcium a call is an error of the deposit's end, which area bias and intervals already judge."""

CALCIUM_UNITS = (("area", "mm2"), ("csa", "points"), ("arc", "deg"))
CONTOUR_UNITS = (("lumen", "mm2"), ("wall", "mm2"))
WIDE_RADIUS_MM = 0.75
CUT_PCT = 50.0


def section_jobs(count: int, seed: int) -> Iterator[Job]:
    """One job a case."""
    for group, case in section_cases(count, seed):
        yield Job(f"{group}-{case.seed}", partial(measure_case, group, case))


def section_tables(rows: list[Row]) -> tuple[Table, ...]:
    """Calcium area and arc by thickness and state, the threshold methods beside, lumen and wall, intervals."""
    measured = [r for r in rows if "refused" not in r and np.isfinite(column([r], "got_area")[0])]
    judged = [r for r in measured if not r.get("mouth")]
    mouths = [r for r in measured if r.get("mouth")]
    calcified = [r for r in judged if column([r], "area")[0] > 0.05]
    return (
        _calcium_table(judged, calcified, mouths, len(rows) - len(measured)),
        _method_table(calcified),
        _contour_table(judged),
        _interval_table(judged, calcified),
    )


def column(rows: list[Row], key: str) -> FloatArray:
    """A numeric column, NaN where a row has none."""
    values = [r.get(key) for r in rows]
    return np.array([v if isinstance(v, (int, float)) else np.nan for v in values], dtype=np.float64)


def _calcium_table(judged: list[Row], calcified: list[Row], mouths: list[Row], refused: int) -> Table:
    lines = [_area_line("calcium area bias, all", calcified, 5.0)]
    for low, high in THICK_MM:
        part = [r for r, t in zip(calcified, column(calcified, "thickness"), strict=True) if low <= t < high]
        lines.append(_area_line(f"calcium area bias, thickness {low:g} to {high:g} mm", part, 10.0 if low >= 0.7 else None))
        error = column(part, "got_arc") - column(part, "arc")
        aim = 15.0 if low >= 0.7 else 25.0
        lines.append(
            value_line(f"arc, mean absolute error, {low:g} to {high:g} mm", np.abs(_finite(error)), "mean", "deg", at_most=aim)
        )
    for state, text in ((False, "patent"), (True, "occluded")):
        lines.append(_area_line(f"calcium area bias, {text}", [r for r in calcified if r["occluded"] is state], None))
    bias = _finite(column(calcified, "got_arc") - column(calcified, "arc"))
    mean_bias = float(bias.mean()) if len(bias) else float("nan")
    lines.append(Line("arc bias", f"{mean_bias:.1f} deg", "within 5 deg", abs(mean_bias) <= 5, len(bias)))
    clean = [r for r in judged if column([r], "area")[0] == 0]
    lines.append(share_line("sections without calcium in which none is called", _none_called(clean), 99.5))
    away = [r for r in clean if not column([r], "from_calcium")[0] <= FROM_CALCIUM_MM]
    lines.append(share_line(f"the same more than {FROM_CALCIUM_MM:g} mm from the end of a deposit", _none_called(away)))
    clean = [r for r in mouths if column([r], "area")[0] == 0]
    lines.append(share_line("the same at the mouths of branches (first 3 mm)", _none_called(clean), 99.5))
    lines.append(share_line("sections with calcium in which none is found", _none_called(calcified)))
    lines += [_volume_line(judged), _kappa_line(judged), *_full_moon_lines(judged)]
    made = len({r["seed"] for r in judged if r.get("group") == FULL_MOON})
    remarks = (
        f"{refused} sections or vessels were refused or not measured.",
        f"{made} of {len({r['seed'] for r in judged})} cases were given calcium near a full moon; they count in all rows.",
    )
    return Table("Calcium per section", tuple(lines), remarks)


def _none_called(rows: list[Row]) -> list[bool]:
    return [bool(area < NOTHING_MM2) for area in column(rows, "got_area")]


def _area_line(what: str, rows: list[Row], aim_pct: float | None) -> Line:
    """Bias of the summed area in percent, and the 95 % limits of agreement in mm2."""
    true, got = column(rows, "area"), column(rows, "got_area")
    keep = np.isfinite(got)
    if not keep.any():
        return Line(what, "no cases")
    bias = 100 * (got[keep].sum() / true[keep].sum() - 1)
    mean, half = _limits(got[keep] - true[keep])
    text = f"{bias:+.1f} % (limits {mean - half:+.2f} to {mean + half:+.2f} mm2)"
    aim = "" if aim_pct is None else f"within {aim_pct:g} %"
    return Line(what, text, aim, None if aim_pct is None else bool(abs(bias) <= aim_pct), int(keep.sum()))


def _limits(error: FloatArray) -> tuple[float, float]:
    return float(error.mean()), float(1.96 * error.std())


def _method_table(calcified: list[Row]) -> Table:
    """The default against the threshold rules on the same sections."""
    true, got = column(calcified, "area"), column(calcified, "got_area")
    names = sorted({k for r in calcified for k in r if k.startswith("rule_")})
    lines, widths = [], []
    for name in names:
        other = column(calcified, name)
        keep = np.isfinite(other) & np.isfinite(got)
        if keep.any():
            mean, half = _limits(other[keep] - true[keep])
            widths.append(half)
            text = (
                f"{100 * (other[keep].sum() / true[keep].sum() - 1):+.1f} %, limits {mean - half:+.2f} to {mean + half:+.2f} mm2"
            )
            lines.append(Line(name.removeprefix("rule_"), text, count=int(keep.sum())))
    keep = np.isfinite(got)
    if keep.any() and widths and min(widths) > 0:
        mean, half = _limits(got[keep] - true[keep])
        text = f"limits {mean - half:+.2f} to {mean + half:+.2f} mm2, {half / min(widths):.2f} of the best rule's width"
        lines.insert(0, Line("the default method", text, "<= 0.5 of the best rule", half <= 0.5 * min(widths), int(keep.sum())))
    return Table("Calcium area: the default against threshold rules, same sections", tuple(lines))


def _contour_table(judged: list[Row]) -> Table:
    wide = np.pi * WIDE_RADIUS_MM**2
    patent = [r for r in judged if r["occluded"] is False and column([r], "lumen")[0] >= wide]
    lines = [_ratio_line("lumen area, patent, diameter >= 1.5 mm", patent, "lumen", 3.0, 12.0)]
    beside = column(patent, "from_calcium") <= FROM_CALCIUM_MM
    for text, keep in (("beside calcium", beside), ("away from calcium", ~beside)):
        part = [r for r, k in zip(patent, keep, strict=True) if k]
        lines.append(_ratio_line(f"the same, {text}", part, "lumen", 3.0, 12.0))
    seen = [r for r in patent if r.get("got_open", True)]
    lines.append(share_line("such sections called occluded", [not r.get("got_open", True) for r in patent]))
    lines.append(_ratio_line("the same without those", seen, "lumen", 3.0, 12.0))
    for state, text in ((False, "patent"), (True, "inside occlusions")):
        part = [r for r in judged if r["occluded"] is state]
        lines.append(_ratio_line(f"wall area, {text}", part, "wall", 8.0, None))
        by_calcium = [r for r in part if column([r], "area")[0] > 0.05]
        lines.append(_ratio_line(f"wall area, {text}, beside calcium", by_calcium, "wall", 8.0, None))
    return Table("Lumen and outer wall", tuple(lines))


def _ratio_line(what: str, rows: list[Row], key: str, aim_pct: float, limits_pct: float | None) -> Line:
    true, got = column(rows, key), column(rows, f"got_{key}")
    keep = np.isfinite(got) & (true > 0)
    if not keep.any():
        return Line(what, "no cases")
    error = 100 * (got[keep] / true[keep] - 1)
    mean, half = _limits(error)
    met = abs(mean) <= aim_pct and (limits_pct is None or half <= limits_pct)
    aim = f"bias within {aim_pct:g} %" + ("" if limits_pct is None else f", limits within {limits_pct:g} %")
    return Line(what, f"{mean:+.1f} % (limits {mean - half:+.1f} to {mean + half:+.1f} %)", aim, met, int(keep.sum()))


def _interval_table(judged: list[Row], calcified: list[Row]) -> Table:
    """All sections with calcium, apart those in which some was found, and the two contours."""
    found = [r for r in calcified if column([r], "got_area")[0] > 0]
    contours = (
        *_interval_lines([r for r in judged if r["occluded"] is False], ", patent", CONTOUR_UNITS),
        *_interval_lines([r for r in judged if r["occluded"] is True], ", inside occlusions", CONTOUR_UNITS[1:]),
    )
    calcium = (*_interval_lines(calcified, ""), *_interval_lines(found, ", where calcium is found"))
    return Table("Intervals", (*calcium, *contours))


def _interval_lines(calcified: list[Row], which: str, units: tuple[tuple[str, str], ...] = CALCIUM_UNITS) -> list[Line]:
    lines = []
    for key, unit in units:
        true, low, high = column(calcified, key), column(calcified, f"low_{key}"), column(calcified, f"high_{key}")
        keep = np.isfinite(low) & np.isfinite(high)
        if keep.any():
            share = 100 * float(np.mean((true[keep] >= low[keep] - 1e-9) & (true[keep] <= high[keep] + 1e-9)))
            width = float(np.median(high[keep] - low[keep]))
            text = f"{share:.1f} % (median width {width:.2f} {unit})"
            lines.append(
                Line(f"truth inside the 90 % interval, {key}{which}", text, "87 to 93 %", 87 <= share <= 93, int(keep.sum()))
            )
    return lines


def _volume_line(judged: list[Row]) -> Line:
    """Bias of the calcium volume of vessels that have some, over all their judged sections, false calls included."""
    true: dict[tuple[object, object], float] = {}
    got: dict[tuple[object, object], float] = {}
    for row, area, measured in zip(judged, column(judged, "area"), column(judged, "got_area"), strict=True):
        key = (row["seed"], row["vessel"])
        true[key] = true.get(key, 0.0) + SECTION_STEP_MM * area
        got[key] = got.get(key, 0.0) + SECTION_STEP_MM * measured
    some = [k for k in true if true[k] > 0]
    if not some:
        return Line("calcium volume of a vessel, bias", "no cases")
    bias = 100 * (sum(got[k] for k in some) / sum(true[k] for k in some) - 1)
    mean, half = _limits(np.array([got[k] - true[k] for k in some]))
    text = f"{bias:+.1f} % (limits {mean - half:+.1f} to {mean + half:+.1f} mm3)"
    return Line("calcium volume of a vessel, bias", text, "within 5 %", bool(abs(bias) <= 5), len(some))


def _kappa_line(judged: list[Row]) -> Line:
    """Agreement on 'more than half of the section' where the interval does not say borderline."""
    csa = column(judged, "csa"), column(judged, "got_csa")
    sure = np.isfinite(csa[1]) & ~_straddles(judged, "csa", CUT_PCT)
    what = "calcium over 50 % of the section, kappa where not borderline"
    return agreement_line(what, csa[0] > CUT_PCT, csa[1] > CUT_PCT, sure)


def _full_moon_lines(judged: list[Row]) -> list[Line]:
    """Agreement on the digital full moon of a section (docs/clinical.md A.8) where no interval says borderline, and by best
    values everywhere; how many true ones are surely denied."""
    true, got = (_is_full_moon(judged, prefix) for prefix in ("", "got_"))
    measured = np.isfinite(column(judged, "got_csa"))
    sure = measured & ~_straddles(judged, "csa", FULL_MOON_CSA_PCT)
    what = f"full moon (area {FULL_MOON_CSA_PCT:g} %, arc {FULL_MOON_ARC_DEG:g} deg), kappa where not borderline"
    by_best = "no cases"
    if true[measured].any():
        by_best = f"{kappa(true[measured], got[measured]):.2f} ({int(true[measured].sum())} truly so)"
    return [
        agreement_line(what, true, got, sure),
        Line("full moon, kappa of the best values, borderline or not", by_best, count=int(measured.sum())),
        share_line("true full moons denied without saying borderline", [bool(s) for s in (sure & ~got)[true & measured]]),
    ]


def _is_full_moon(judged: list[Row], prefix: str) -> npt.NDArray[np.bool_]:
    csa, arc = column(judged, f"{prefix}csa"), column(judged, f"{prefix}arc")
    return np.asarray((csa >= FULL_MOON_CSA_PCT) & (arc >= FULL_MOON_ARC_DEG))


def _straddles(rows: list[Row], key: str, cut: float) -> npt.NDArray[np.bool_]:
    return np.asarray((column(rows, f"low_{key}") <= cut) & (column(rows, f"high_{key}") >= cut))


def agreement_line(what: str, true: npt.NDArray[np.bool_], got: npt.NDArray[np.bool_], sure: npt.NDArray[np.bool_]) -> Line:
    """Kappa of two readings (n,) where `sure`; no claim where the truth never says yes."""
    if not sure.any():
        return Line(what, "no cases")
    value, positive = kappa(true[sure], got[sure]), int(true[sure].sum())
    if positive == 0:
        text = f"none truly so, {int(got[sure].sum())} said so ({100 * (1 - sure.mean()):.1f} % borderline)"
        return Line(what, text, count=int(sure.sum()))
    text = f"{value:.3f} ({100 * (1 - sure.mean()):.1f} % borderline, {positive} truly so)"
    return Line(what, text, ">= 0.90", value >= 0.9, int(sure.sum()))


def kappa(first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_]) -> float:
    """Cohen's kappa of two yes/no readings; 1 when both always say the same one thing."""
    agree = float(np.mean(first == second))
    chance = float(first.mean() * second.mean() + (1 - first.mean()) * (1 - second.mean()))
    return 1.0 if chance >= 1.0 else (agree - chance) / (1 - chance)


def _finite(values: FloatArray) -> FloatArray:
    return np.asarray(values[np.isfinite(values)])
