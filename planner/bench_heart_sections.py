"""Sections of the main vessels of whole generated hearts, as the automatic chain follows and measures them."""

import math

import numpy as np
import numpy.typing as npt

from planner.bench_table import Line, Row, Table, share_line
from recon.estimate import FloatArray
from recon.phantom_truth import Truth, VesselTruth
from recon.sections import SECTION_STEP_MM, VesselSections

SECTIONS = "sections"
ON_LINE_MM = 1.0
"""A section counts where its centre lies this close to the true course; what the tree followed beyond it is judged there."""

CLEAR_MM, NEAR_MM = 2.0, 4.0
"""A section is without calcium when every deposit of any vessel within 4 mm lies more than 2 mm away along that vessel."""

LUMEN_STEP, LEAST_LUMEN_MM2 = 4, math.pi * 0.75**2

BoolArray = npt.NDArray[np.bool_]


def heart_section_row(true: VesselTruth, truth: Truth, got: VesselSections) -> Row:
    """What the sections of one vessel gave: counts of sections without calcium, areas of those with, lumen errors."""
    s_true, _, off = true.centerline.locate(got.point_mm)
    known, on_line = true.sections, off < ON_LINE_MM
    area, lumen = (np.interp(s_true, known.s_mm, v) for v in (known.calcium_area_mm2, known.lumen_area_mm2))
    got_area = np.nan_to_num(got.calcium_area_mm2.best)
    clean = on_line & ~_near_calcium(truth, got.point_mm) & (area == 0)
    calcified = on_line & (area > 0)
    patent = on_line & (lumen >= LEAST_LUMEN_MM2) & got.lumen_open & (np.arange(len(lumen)) % LUMEN_STEP == 0)
    return {
        "kind": SECTIONS,
        "vessel": true.name,
        "clean": int(clean.sum()),
        "called": int((got_area[clean] > 0).sum()),
        "true_mm2": np.round(area[calcified], 3).tolist(),
        "got_mm2": np.round(got_area[calcified], 3).tolist(),
        "lumen_error_pct": np.round(100 * (got.lumen_area_mm2[patent] / lumen[patent] - 1), 2).tolist(),
    }


def _near_calcium(truth: Truth, points_mm: FloatArray) -> BoolArray:
    near = np.zeros(len(points_mm), dtype=bool)
    for vessel in truth.vessels:
        if vessel.deposits:
            s, _, distance = vessel.centerline.locate(points_mm)
            for deposit in vessel.deposits:
                along = (s > deposit.start_mm - CLEAR_MM) & (s < deposit.end_s_mm + CLEAR_MM)
                near |= along & (distance < NEAR_MM)
    return near


def heart_section_table(rows: list[Row]) -> Table:
    """No calcium where there is none, its area and volume where there is some, and the lumen, on whole hearts."""
    clean = sum(int(str(r["clean"])) for r in rows)
    called = sum(int(str(r["called"])) for r in rows)
    true, got, lumen = (_joined(rows, key) for key in ("true_mm2", "got_mm2", "lumen_error_pct"))
    volumes = [(_joined([r], "true_mm2").sum(), _joined([r], "got_mm2").sum()) for r in rows]
    volume = SECTION_STEP_MM * np.array([b - a for a, b in volumes if a > 0])
    total = SECTION_STEP_MM * sum(a for a, _ in volumes)
    lines = [share_line("sections without calcium in which none is called", [False] * called + [True] * (clean - called), 99.5)]
    if len(true):
        lines += [
            share_line("sections with calcium in which some is found", (got > 0).tolist()),
            _bias_line("calcium area", got - true, float(true.mean()), "mm2", 5.0),
            _bias_line("calcium volume of a vessel", volume, total / max(len(volume), 1), "mm3", 5.0),
        ]
    if len(lumen):
        lines.append(_bias_line("lumen area, patent, diameter >= 1.5 mm", lumen, 100.0, "%", 3.0))
    return Table("Sections of the main vessels of whole hearts, by the automatic chain", tuple(lines))


def _joined(rows: list[Row], key: str) -> FloatArray:
    stated = [r[key] for r in rows]
    return np.concatenate([np.zeros(0), *(np.asarray(v, dtype=float) for v in stated if isinstance(v, list))])


def _bias_line(what: str, difference: FloatArray, mean: float, unit: str, aim_pct: float) -> Line:
    bias = 100 * float(difference.mean()) / mean
    half = 1.96 * float(difference.std())
    low, high = float(difference.mean()) - half, float(difference.mean()) + half
    text = f"{bias:+.1f} % (limits {low:+.2f} to {high:+.2f} {unit})"
    return Line(f"{what}, bias", text, f"within {aim_pct:g} %", abs(bias) <= aim_pct, len(difference))
