"""Accuracy of caps, length, bend and stump on generated cases, by the whole automatic chain (docs/accuracy.md)."""

import math

import numpy as np

from planner.bench_cases import CLEAR, VARIED
from planner.bench_heart_sections import SECTIONS, heart_section_row, heart_section_table
from planner.bench_table import Line, Row, Table, numbers, share_line, value_line
from planner.hidden_lumen import doubtful_mm
from planner.occlusion import Cap, Occlusion
from planner.occlusion_search import find_occlusions
from planner.plan import Plan, SeriesRef
from planner.side_branches import own_from_mm
from recon.errors import PlannerError
from recon.estimate import Estimate
from recon.measure import measure_sections
from recon.phantom import OCCLUDABLE
from recon.phantom_case import Case
from recon.phantom_truth import OcclusionTruth
from recon.physics import scan_physics
from recon.report import Report, part_of
from recon.sections import ScanPhysics, VesselSections
from recon.vessels import Tree
from recon.volume import Volume

MATCH_MM = 15.0
"""A found occlusion belongs to a true one on the same vessel when their middles are this close, or they overlap."""


def occlusion_rows(group: str, case: Case, volume: Volume, tree: Tree, report: Report) -> list[Row]:
    """One row per true occlusion and one for the case."""
    base: Row = {"group": group, "seed": case.seed}
    sections: dict[str, VesselSections] = {}
    try:
        physics = scan_physics(volume, tree, part_of(report, 0.0, 0.1))
    except PlannerError:
        return [{**base, "kind": "case", "false": 0, "failed": True}]
    for n, name in enumerate(OCCLUDABLE):
        vessel = tree.vessel(name)
        if vessel is not None:
            try:
                part = part_of(report, 0.1 + 0.3 * n, 0.4 + 0.3 * n)
                sections[name] = measure_sections(volume, vessel, physics, part, tree.lines_beside(vessel))
            except PlannerError:
                continue
    found = find_occlusions(tree, sections, physics, Plan(SeriesRef("")))
    pairs = matched(case.truth.occlusions, found)
    rows: list[Row] = [
        {**base, "kind": "occlusion", **_row(true, got), "doubted": _is_doubted(true, tree, sections, physics)}
        for true, got in zip(case.truth.occlusions, pairs, strict=True)
    ]
    false = [o for o in found if not any(o is got for got in pairs)]
    places = [[o.vessel, round(o.proximal_cap.s_mm.best, 1), round(o.distal_cap.s_mm.best, 1)] for o in false]
    for name, measured in sections.items():
        known = case.truth.vessel(name)
        if known is not None:
            rows.append({**base, **heart_section_row(known, case.truth, measured)})
    rows.append({**base, "kind": "case", "false": len(false), "false_places": places, "vessels": sorted(sections)})
    return rows


def _is_doubted(true: OcclusionTruth, tree: Tree, sections: dict[str, VesselSections], physics: ScanPhysics) -> bool:
    """Whether the lumen is said to be hidden by calcium in a part of a true occlusion."""
    vessel, own = tree.vessel(true.vessel), sections.get(true.vessel)
    if vessel is None or own is None:
        return False
    start, end = sorted(float(s) for s in vessel.centerline.locate([true.start_point_mm, true.end_point_mm])[0])
    doubtful = doubtful_mm(own, physics, vessel.bridged_mm, own_from_mm(tree, vessel))
    return any(low <= end and high >= start for low, high in doubtful)


def matched(true: tuple[OcclusionTruth, ...], found: tuple[Occlusion, ...]) -> tuple[Occlusion | None, ...]:
    """The found occlusion of each true one on the same vessel, nearest pairs first; each is taken once."""
    pairs = sorted(
        (math.dist(_middle(t.start_point_mm, t.end_point_mm), _middle(*_points(o))), n, m)
        for n, t in enumerate(true)
        for m, o in enumerate(found)
        if o.vessel == t.vessel
    )
    taken: dict[int, int] = {}
    for distance, n, m in pairs:
        if distance < MATCH_MM + true[n].length_mm / 2 and n not in taken and m not in taken.values():
            taken[n] = m
    return tuple(found[taken[n]] if n in taken else None for n in range(len(true)))


def _points(occlusion: Occlusion) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    return occlusion.proximal_cap.point_mm, occlusion.distal_cap.point_mm


def _middle(a: tuple[float, float, float], b: tuple[float, float, float]) -> tuple[float, ...]:
    return tuple((x + y) / 2 for x, y in zip(a, b, strict=True))


def _row(true: OcclusionTruth, got: Occlusion | None) -> Row:
    row: Row = {
        "vessel": true.vessel,
        "length_mm": true.length_mm,
        "bend_deg": true.max_bend_deg,
        "cap": true.proximal_cap,
        "found": got is not None,
    }
    if got is None:
        return row
    start, end = math.dist(got.proximal_cap.point_mm, true.start_point_mm), math.dist(got.distal_cap.point_mm, true.end_point_mm)
    row |= {
        "got_length_mm": got.length_mm.best,
        "length_error_mm": abs(got.length_mm.best - true.length_mm),
        "proximal_error_mm": start,
        "distal_error_mm": end,
        "bend_error_deg": abs(got.max_bend_deg.best - true.max_bend_deg),
        "length_inside": _inside(got.length_mm, true.length_mm),
        "bend_inside": _inside(got.max_bend_deg, true.max_bend_deg),
        "got_cap": got.proximal_cap.morphology,
        "stump_right": _stump_right(got.proximal_cap, true.proximal_cap),
        "length_width_mm": got.length_mm.high - got.length_mm.low,
    }
    return row


def _inside(interval: Estimate, value: float) -> bool:
    return interval.low - 1e-9 <= value <= interval.high + 1e-9


def _stump_right(cap: Cap, true: str) -> bool:
    """A flush cap may be called flush or blunt: both mean that there is no taper to enter."""
    return cap.morphology == true or (true == "flush" and cap.morphology == "blunt")


def occlusion_tables(rows: list[Row]) -> tuple[Table, ...]:
    """Caps, length, bend, stump, intervals; false occlusions."""
    true = [r for r in rows if r["kind"] == "occlusion" and r["group"] == VARIED]
    got = [r for r in true if r["found"]]
    caps = np.concatenate([numbers(got, "proximal_error_mm"), numbers(got, "distal_error_mm")])
    clear = [r for r in rows if r["kind"] == "case" and r["group"] == CLEAR]
    main = Table(
        "Occlusions by the automatic chain",
        (
            share_line("occlusions found", [bool(r["found"]) for r in true]),
            share_line("occlusions found, or said not to be excluded", [bool(r["found"] or r["doubted"]) for r in true]),
            value_line("length error, median", numbers(got, "length_error_mm"), "median", "mm", at_most=1.0),
            share_line("length error <= 2.5 mm", [v <= 2.5 for v in numbers(got, "length_error_mm")], 90),
            share_line("caps within 2 mm", [v <= 2.0 for v in caps], 90),
            value_line("bend error, median", numbers(got, "bend_error_deg"), "median", "deg", at_most=5.0),
            value_line("bend error, 90th percentile", numbers(got, "bend_error_deg"), "p90", "deg"),
            share_line("stump right", [bool(r["stump_right"]) for r in got], 90),
            share_line("length inside its interval", [bool(r["length_inside"]) for r in got], 90),
            value_line("length interval, median width", numbers(got, "length_width_mm"), "median", "mm"),
            share_line("bend inside its interval", [bool(r["bend_inside"]) for r in got], 90),
        ),
    )
    false = [int(str(r["false"])) for r in rows if r["kind"] == "case" and r["group"] == VARIED]
    no_false = Table(
        "Cases without an occlusion, calcified ones included",
        (
            share_line("no occlusion called", [r["false"] == 0 for r in clear], 100),
            Line("false occlusions beside a true one", f"{sum(false)} in {len(false)} cases", count=len(false)),
        ),
    )
    return main, no_false, heart_section_table([r for r in rows if r["kind"] == SECTIONS])
