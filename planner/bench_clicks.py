"""Accuracy of paths from clicks on generated cases: two clicks, and one more where the program asks for it (docs/accuracy.md)."""

import numpy as np
from scipy.spatial import cKDTree

from planner.bench_cases import NO_DISTAL
from planner.bench_table import Line, Row, Table, numbers, share_line, value_line
from recon.centerline import Centerline
from recon.estimate import FloatArray
from recon.path import PathFailure, follow
from recon.phantom_case import Case
from recon.phantom_truth import OcclusionTruth, Truth, VesselTruth
from recon.report import Report, part_of
from recon.volume import Volume

SPANS_MM = {"near the caps": (8.0, 8.0), "20 before, 15 beyond": (20.0, 15.0), "whole vessel": (1e9, 1e9)}
"""How far before the proximal and beyond the distal cap the two clicks are put."""

END_MM = 2.0
RIGHT_MM = 3.0
"""A path whose largest distance to the true course, and back, is more than this has left the vessel."""

MISSED_MM = 1.0
"""How far beside the axis a careless click is put."""

ASIDE_MM = 8.0
"""How far to each side of the vessel a click on no vessel is put."""

CLEAR_MM = 3.0
"""A place this far from the wall of every vessel is on none."""

THREAD_MM = 4.0
"""How far beyond the end of a vessel that is absent nothing is left of it."""


def click_rows(group: str, case: Case, volume: Volume, report: Report) -> list[Row]:
    """One row per occlusion and span: two clicks exact, two clicks 1 mm off, and one click more where it is asked for.

    Rows of kind "off" have one of their clicks on no vessel.
    """
    rows: list[Row] = []
    truth = case.truth
    jobs = [(o, span) for o in truth.occlusions for span in SPANS_MM]
    for n, (occlusion, span) in enumerate(jobs):
        part = part_of(report, n / len(jobs), (n + 1) / len(jobs))
        base: Row = {"group": group, "seed": case.seed, "vessel": occlusion.vessel, "span": span}
        if occlusion.distal != "absent":
            rows.append({**base, "kind": "clicks", **_measured(volume, truth, occlusion, span, part)})
        elif (place := _beyond_the_end(truth, occlusion, span)) is not None:
            rows.append({**base, "kind": "off", "made": _is_made(volume, place)})
    for occlusion in truth.occlusions:
        off: Row = {"group": group, "seed": case.seed, "vessel": occlusion.vessel, "kind": "off"}
        rows += [{**off, "made": _is_made(volume, clicks)} for clicks in _beside(volume, truth, occlusion)]
    return rows


def _is_made(volume: Volume, clicks: FloatArray) -> bool:
    return isinstance(follow(volume, clicks), Centerline)


def _beyond_the_end(truth: Truth, occlusion: OcclusionTruth, span: str) -> FloatArray | None:
    """Two clicks, the second where the vessel would be if it did not end; None when something else is there."""
    vessel = truth.vessel(occlusion.vessel)
    if vessel is None:
        return None
    before, beyond = SPANS_MM[span]
    end = min(occlusion.end_mm + beyond, vessel.centerline.length_mm - END_MM)
    ends = vessel.centerline.at(np.array([max(occlusion.start_mm - before, END_MM), end]))[0]
    return ends if end > occlusion.end_mm + THREAD_MM and _is_clear(truth, ends[1], vessel.name) else None


def _beside(volume: Volume, truth: Truth, occlusion: OcclusionTruth) -> list[FloatArray]:
    """Pairs of clicks, one on the vessel before the occlusion and one beside the vessel beyond it, in both orders."""
    vessel = truth.vessel(occlusion.vessel)
    if vessel is None:
        return []
    start = max(occlusion.start_mm - SPANS_MM["near the caps"][0], END_MM)
    end = min(occlusion.end_mm + SPANS_MM["near the caps"][1], vessel.centerline.length_mm - END_MM)
    on = vessel.centerline.at(start)[0]
    middle, _, normal, binormal = vessel.centerline.at(end)
    places = [middle + ASIDE_MM * way for way in (normal, -normal, binormal, -binormal)]
    clear = [p for p in places if bool(volume.geometry.contains(p)) and _is_clear(truth, p)]
    return [np.stack([on, p] if n % 2 else [p, on]) for n, p in enumerate(clear)]


def _is_clear(truth: Truth, point: FloatArray, but: str = "") -> bool:
    """Whether a place is away from the wall of every vessel."""
    for vessel in truth.vessels:
        s, _, r = vessel.centerline.locate(point)
        wall = float(np.interp(s, vessel.centerline.s_mm, vessel.wall_radius_mm))
        if vessel.name != but and float(r) < wall + CLEAR_MM:
            return False
    return True


def _measured(volume: Volume, truth: Truth, occlusion: OcclusionTruth, span: str, report: Report) -> Row:
    vessel = truth.vessel(occlusion.vessel)
    if vessel is None:
        return {"made": False}
    before, beyond = SPANS_MM[span]
    last = vessel.visible_to_mm if occlusion.distal == "filled" else vessel.centerline.length_mm
    start = max(occlusion.start_mm - before, END_MM)
    end = min(occlusion.end_mm + beyond, last - END_MM)
    ends = vessel.centerline.at(np.array([start, end]))[0]
    got = follow(volume, ends, part_of(report, 0.0, 0.4))
    row = {"made": isinstance(got, Centerline), "distal": occlusion.distal, "length_mm": occlusion.length_mm}
    row |= {"code": got.code} if isinstance(got, PathFailure) else _apart(got, vessel, occlusion, start, end)
    off = ends + MISSED_MM * vessel.centerline.at(np.array([start, end]))[2]
    careless = follow(volume, off, part_of(report, 0.4, 0.7))
    row["careless_right"] = isinstance(careless, Centerline) and _is_right(careless, vessel, start, end)
    row["right_with_one_more"] = row.get("right") is True or _with_one_more(volume, got, vessel, ends, start, end)
    return row


def _with_one_more(
    volume: Volume, got: Centerline | PathFailure, vessel: VesselTruth, ends: FloatArray, start_mm: float, end_mm: float
) -> bool:
    """Whether a click on the vessel nearest to where the program, or a person looking, sees the path leave it is enough."""
    line = vessel.centerline
    if isinstance(got, PathFailure):
        asked = line.at(0.5 * (start_mm + end_mm))[0] if got.point_mm is None else np.asarray(got.point_mm)
    else:
        true = line.at(np.arange(start_mm, end_mm, 0.5))[0]
        asked = true[int(np.argmax(cKDTree(got.points_mm).query(true)[0]))]
    at = float(np.clip(line.locate(asked)[0], start_mm + 2.5, end_mm - 2.5))
    again = follow(volume, np.stack([ends[0], line.at(at)[0], ends[1]]))
    return isinstance(again, Centerline) and _is_right(again, vessel, start_mm, end_mm)


def _is_right(line: Centerline, vessel: VesselTruth, start_mm: float, end_mm: float) -> bool:
    true = vessel.centerline.at(np.arange(start_mm, end_mm, 0.25))[0]
    there = cKDTree(line.points_mm).query(true)[0].max()
    back = cKDTree(vessel.centerline.points_mm).query(line.points_mm)[0].max()
    return bool(max(there, back) < RIGHT_MM)


def _apart(line: Centerline, vessel: VesselTruth, occlusion: OcclusionTruth, start_mm: float, end_mm: float) -> Row:
    body = vessel.centerline.at(np.arange(occlusion.start_mm, occlusion.end_mm, 0.1))[0]
    apart = cKDTree(line.at(np.arange(0.0, line.length_mm, 0.05))[0]).query(body)[0]
    return {
        "right": _is_right(line, vessel, start_mm, end_mm),
        "mean_mm": float(apart.mean()),
        "max_mm": float(apart.max()),
    }


def click_tables(rows: list[Row]) -> tuple[Table, ...]:
    """Right, refused with a place, and wrong without saying so; distance inside the occlusion; cases without a distal vessel."""
    judged = [r for r in rows if r["kind"] == "clicks" and r["group"] != NO_DISTAL]
    made = [r for r in judged if r["made"]]
    right = [r for r in made if r.get("right")]
    refused: dict[str, int] = {}
    for row in judged:
        if not row["made"]:
            refused[str(row.get("code"))] = refused.get(str(row.get("code")), 0) + 1
    told = ", ".join(f"{code} {count}" for code, count in sorted(refused.items())) or "none"
    lines: tuple[Line, ...] = (
        share_line("two exact clicks: right", [bool(r["made"] and r.get("right")) for r in judged], 95),
        Line("two exact clicks: refused with a place", told, count=len(judged)),
        share_line("a line that was returned is right", [bool(r.get("right")) for r in made], 100),
        share_line("right with at most one click more", [bool(r["right_with_one_more"]) for r in judged], 100),
        share_line("two clicks 1 mm beside the axis: right", [bool(r["careless_right"]) for r in judged]),
        value_line("distance in the occlusion, mean over paths", numbers(right, "mean_mm"), "mean", "mm", at_most=0.5),
        value_line("largest distance in the occlusion, 95th percentile", numbers(right, "max_mm"), "p95", "mm", at_most=1.5),
    )
    off = [r for r in rows if r["kind"] == "off"]
    if off:
        lines = (*lines, share_line("one of two clicks on no vessel: refused", [not r["made"] for r in off], 100))
    dark = [r for r in rows if r["kind"] == "clicks" and r["group"] == NO_DISTAL]
    if dark:
        kept = [bool(not r["made"] or r.get("right")) for r in dark]
        lines = (*lines, share_line("second click on a vessel without contrast: right or refused", kept, 100))
    return (Table("Paths from clicks through an occlusion", lines),)
