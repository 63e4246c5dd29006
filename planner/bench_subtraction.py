"""Accuracy of a subtraction on generated pairs: a segment with contrast and, moved and bent, without (docs/accuracy.md)."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import numpy.typing as npt

from planner.bench_job import Job, Rows
from planner.bench_section_rows import EDGE_MM, mistaken_physics, moved_tree, truth_at
from planner.bench_table import Line, Row, Table, share_line, value_line
from planner.subtraction import hides_lumen
from recon.alignment import Registration
from recon.calcium_limit import stated
from recon.errors import PlannerError
from recon.estimate import Band, FloatArray
from recon.measure import measure_sections
from recon.phantom import render
from recon.phantom_case import Case
from recon.phantom_pair import Pair, segment_pair
from recon.phantom_segments import ARTERY, segment_case
from recon.report import Report, part_of
from recon.sections import VesselSections
from recon.subtracted_sections import NONE_SEEN, SEEN, SubtractedSections
from recon.subtraction import NONE_MM2, subtracted

RIGID_ERROR_MM = 0.3
"""SD along each axis of what the rigid match leaves, beside the bending."""

CALCIFIED_MM2, NOTHING_MM2, OPEN_MM2 = 0.05, 0.15, 0.3
THIN_MM = 1.0
USED_ERROR_MM = 0.7
GROUPS = ((0.0, THIN_MM, f"slices up to {THIN_MM:g} mm"), (THIN_MM, 9.0, "thicker slices"))


def subtraction_jobs(count: int, seed: int) -> Iterator[Job]:
    """One job a pair."""
    for n in range(count):
        yield Job(f"pair-{seed + n}", partial(measure_pair, seed + n))


def measure_pair(seed: int, report: Report) -> Rows:
    """Rows of one pair: one a section of its artery."""
    case = segment_case(seed)
    volume = render(case, part_of(report, 0.0, 0.2))
    pair = segment_pair(case, seed)
    tree, physics = moved_tree(case.truth, seed), mistaken_physics(case)
    vessel = next(v for v in tree.vessels if v.name == ARTERY)
    found = _nearly_rigid(pair, seed)
    try:
        sections = measure_sections(volume, vessel, physics, part_of(report, 0.2, 0.6), tree.lines_beside(vessel))
        made = subtracted(volume, pair.noncontrast, vessel, sections, physics, found, part_of(report, 0.6, 1.0))
    except PlannerError as refusal:
        return {"subtraction": [{"seed": seed, "refused": str(refusal)}]}
    return {"subtraction": _rows(case, pair, sections, made, found)}


def subtraction_tables(rows: list[Row]) -> tuple[Table, ...]:
    """The match along the vessel, calcium by either scan, and contrast under calcium."""
    judged = [r for r in rows if "refused" not in r]
    return (_match_table(judged), *(_calcium_table(part, text) for part, text in _groups(judged)), _contrast_table(judged))


def _nearly_rigid(pair: Pair, seed: int) -> Registration:
    matrix = pair.movement.rigid()
    matrix[:3, 3] += np.random.default_rng([seed, 3]).normal(0.0, RIGID_ERROR_MM, 3)
    return Registration(matrix, float(np.linalg.norm(pair.movement.matrix[:3, 3])), 0.0, 1.0)


def _rows(case: Case, pair: Pair, got: VesselSections, made: SubtractedSections, found: Registration) -> list[Row]:
    true = case.truth.vessel(ARTERY)
    assert true is not None
    s_true = np.asarray(true.centerline.locate(got.point_mm)[0], dtype=float)
    known, beside = truth_at(true, s_true), stated(got)
    place = pair.movement.moved(got.point_mm)
    before, error = found.moved(got.point_mm) - place, made.line.at(made.s_mm)[0] - place
    tangent = made.line.at(made.s_mm)[1]
    along = (error * tangent).sum(axis=1)
    across = np.linalg.norm(error - along[:, None] * tangent, axis=1)
    hidden = hides_lumen(got, made, ())
    bands = (
        ("bare", made.calcium_area_mm2),
        ("own", beside.calcium_area_mm2),
        ("left", made.contrast_mm2),
        ("bare_arc", made.calcium_arc_deg),
    )
    rows: list[Row] = []
    for m, s in enumerate(s_true):
        if s < EDGE_MM or s > true.visible_to_mm - EDGE_MM:
            continue
        row: Row = {
            "seed": case.seed, "s_mm": float(s), "slice": pair.noncontrast.geometry.spacing_mm[0],
            "before": float(np.linalg.norm(before[m])), "across": float(across[m]), "along": float(along[m]),
            "sd": float(made.match_sd_mm[m]), "along_sd": float(made.match_along_sd_mm[m]),
            "likeness": float(made.correlation[m]), "used": bool(made.is_matched[m]), "grade": str(made.grade[m]),
            "area": float(known.calcium_area_mm2[m]), "arc": float(known.calcium_arc_deg[m]),
            "lumen": float(known.lumen_area_mm2[m]), "contrast": str(made.contrast[m]), "hidden": bool(hidden[m]),
            "got_open": bool(got.lumen_open[m]),
        }  # fmt: skip
        for key, band in bands:
            row |= _edges(key, band, m)
        rows.append(row)
    return rows


def _edges(key: str, band: Band, m: int) -> Row:
    return {f"{edge}_{key}": float(values[m]) for edge, values in (("low", band.low), ("got", band.best), ("high", band.high))}


def _groups(rows: list[Row]) -> list[tuple[list[Row], str]]:
    return [([r for r in rows if low < column([r], "slice")[0] <= high], text) for low, high, text in GROUPS]


def column(rows: list[Row], key: str) -> FloatArray:
    """A numeric column, NaN where a row has none."""
    values = [r.get(key) for r in rows]
    return np.array([v if isinstance(v, (int, float)) else np.nan for v in values], dtype=np.float64)


def _match_table(rows: list[Row]) -> Table:
    lines = []
    for part, text in _groups(rows):
        used = [r for r in part if r["used"]]
        lines += [
            value_line(f"left by the rigid match, {text}", column(part, "before"), "median", "mm"),
            value_line(f"left across the vessel after the local match, {text}", column(part, "across"), "median", "mm"),
            value_line(f"the same, 95th percentile, {text}", column(part, "across"), "p95", "mm"),
            value_line(f"the same where the match is used, 95th percentile, {text}", column(used, "across"), "p95", "mm"),
            value_line(f"left along the vessel where used, 95th percentile, {text}", np.abs(column(used, "along")), "p95", "mm"),
            share_line(f"sections in which the match is used, {text}", [bool(r["used"]) for r in part]),
            share_line(f"used, and wrong by no more than two stated SD across, {text}", _within(used, "across", "sd"), 95.0),
            share_line(f"used, and wrong by no more than two stated SD along, {text}", _within(used, "along", "along_sd"), 95.0),
            share_line(
                f"used, and wrong by more than {USED_ERROR_MM:g} mm across, {text}", list(column(used, "across") > USED_ERROR_MM)
            ),
        ]
    return Table("Match of the non-contrast scan along the vessel", tuple(lines))


def _within(rows: list[Row], error: str, sd: str) -> list[bool]:
    return [bool(v) for v in np.abs(column(rows, error)) <= 2 * column(rows, sd)]


def _calcium_table(part: list[Row], text: str) -> Table:
    used = [r for r in part if r["used"] and np.isfinite(column([r], "got_bare")[0]) and np.isfinite(column([r], "got_own")[0])]
    some = [r for r in used if column([r], "area")[0] > CALCIFIED_MM2]
    none = [r for r in used if column([r], "area")[0] == 0]
    unseen = [r for r in some if column([r], "got_own")[0] < NOTHING_MM2]
    lines = []
    for key, source in (("bare", "non-contrast scan"), ("own", "contrast scan")):
        lines += [
            _bias_line(f"calcium area, {source}", some, key),
            share_line(f"interval holds the truth, {source}", _held(some, key)),
            share_line(f"the same where there is none, {source}", _held(none, key)),
            share_line(f"calcified sections in which none is found, {source}", list(column(some, f"got_{key}") < NOTHING_MM2)),
            share_line(
                f"sections without calcium in which none is called, {source}", list(column(none, f"got_{key}") < NOTHING_MM2)
            ),
        ]
    found = list(column(unseen, "got_bare") >= NOTHING_MM2)
    lines.append(share_line("found in the non-contrast scan of what the contrast scan does not show", found))
    arc = np.abs(column(some, "got_bare_arc") - column(some, "arc"))
    lines.append(value_line("arc, mean absolute error, non-contrast scan", arc[np.isfinite(arc)], "mean", "deg"))
    return Table(f"Calcium in the same sections by either scan, {text}", tuple(lines))


def _bias_line(what: str, rows: list[Row], key: str) -> Line:
    true, got = column(rows, "area"), column(rows, f"got_{key}")
    if len(rows) < 2 or true.sum() == 0:
        return Line(what, "no cases")
    difference = got - true
    half = 1.96 * float(difference.std())
    bias, middle, mean = 100 * (got.sum() / true.sum() - 1), float(difference.mean()), float(np.abs(difference).mean())
    text = f"bias {bias:+.1f} %, limits {middle - half:+.2f} to {middle + half:+.2f} mm2, mean error {mean:.2f} mm2"
    return Line(what, text, count=len(rows))


def _held(rows: list[Row], key: str) -> list[bool]:
    true = column(rows, "area")
    inside = (column(rows, f"low_{key}") <= true + 1e-6) & (column(rows, f"high_{key}") >= true - 1e-6)
    return [bool(v) for v in inside]


def _contrast_table(rows: list[Row]) -> Table:
    lines = []
    for part, text in _groups(rows):
        used = [r for r in part if r["used"]]
        under = [r for r in used if column([r], "area")[0] > OPEN_MM2]
        lines += [
            *_verdict_lines(
                f"open under calcium, {text}", [r for r in under if column([r], "lumen")[0] >= OPEN_MM2], SEEN, NONE_SEEN
            ),
            *_verdict_lines(
                f"occluded under calcium, {text}", [r for r in under if column([r], "lumen")[0] == 0], NONE_SEEN, SEEN
            ),
            share_line(f"interval of the lumen under calcium holds the truth, {text}", _lumen_held(under)),
        ]
    remark = f"Open is a lumen of {OPEN_MM2:g} mm2 or more; `none seen` claims less than {NONE_MM2:g} mm2."
    return Table("Contrast under calcium", tuple(lines), (remark,))


def _verdict_lines(what: str, rows: list[Row], right: str, wrong: str) -> list[Line]:
    said = np.array([str(r["contrast"]) for r in rows])
    return [
        share_line(f"{what}: said so", list(said == right)),
        share_line(f"{what}: the opposite said", list(said == wrong)),
        share_line(f"{what}: cannot be told", list((said != right) & (said != wrong))),
    ]


def _lumen_held(rows: list[Row]) -> list[bool]:
    true: npt.NDArray[np.float64] = column(rows, "lumen")
    inside = (column(rows, "low_left") <= true + 1e-6) & (column(rows, "high_left") >= true - 1e-6)
    return [bool(v) for v in inside]
