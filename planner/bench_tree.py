"""Accuracy of the automatic tree on generated cases (docs/accuracy.md)."""

import numpy as np
from scipy.spatial import cKDTree

from planner.bench_cases import CLEAR, HARD, NO_DISTAL, VARIED
from planner.bench_motion import at_rest
from planner.bench_overlap import WIDE_MM, overlap
from planner.bench_table import Line, Row, Table, numbers, share_line, value_line
from recon.centerline import Centerline
from recon.estimate import FloatArray
from recon.phantom import OCCLUDABLE
from recon.phantom_case import Case
from recon.phantom_truth import OcclusionTruth, Truth, VesselTruth
from recon.vessels import Tree, Vessel

FOUND_OV = 0.5
COVER_MM = 1.0
BRIDGED_MAX_MM = 3.0
BEYOND_MM = 5.0
ASTRAY_MM = 8.0
"""A line this long beyond the cap of a vessel that is not seen again, off every visible artery, is a false bridge."""

ON_ARTERY_MM = 1.5
LEAST_BRIDGE_MM = 4.0
LOST_CODES = ("distal-vessel-not-found", "vessel-not-found")
"""What the tree says of a vessel whose distal part it does not see."""


def tree_rows(group: str, case: Case, tree: Tree) -> list[Row]:
    """Rows of one case: one per main vessel, one per occlusion, one per wide side branch, one for the case."""
    truth, tree = case.truth, at_rest(tree, case.scan.motion_steps)
    base: Row = {"group": group, "seed": case.seed, "hazards": ",".join(case.hazards)}
    rows = [{**base, "kind": "main", **_main_row(name, tree, truth)} for name in OCCLUDABLE]
    rows += [{**base, "kind": "occlusion", **_occlusion_row(o, tree, truth)} for o in truth.occlusions]
    rows += [{**base, "kind": "branch", **_branch_row(v, tree)} for v in truth.vessels if _is_wide_branch(v, truth)]
    rows.append(
        {
            **base,
            "kind": "case",
            "false_branches": _false_branches(tree, truth),
            "false_bridges": _false_bridges(tree, truth),
            "wrongly_lost": _wrongly_lost(tree, truth),
            "problems": [f"{p.code} {p.vessel}".strip() for p in tree.problems],
            "dominance": tree.dominance == truth.dominance,
        }
    )
    return rows


def _main_row(name: str, tree: Tree, truth: Truth) -> Row:
    true, found = truth.vessel(name), tree.vessel(name)
    if true is None or found is None or not (true.lumen_radius_mm > 0).any():
        return {"vessel": name, "found": False}
    measures = overlap(found.centerline, true, truth)
    return {
        "vessel": name,
        "found": measures.ov > FOUND_OV,
        "ov": measures.ov,
        "of": measures.of,
        "ot": measures.ot,
        "ai_mm": measures.ai_mm,
        "named": _best_named(found, truth) == name,
    }


def _best_named(found: Vessel, truth: Truth) -> str:
    """The main vessel whose own part (beyond the left main) the found line follows longest."""
    best, longest = "", 0.0
    for name in OCCLUDABLE:
        true = truth.vessel(name)
        if true is not None:
            fork_mm = max(v.own_from_mm for v in truth.vessels) if name == "LAD" else true.own_from_mm
            s = np.arange(fork_mm, max(true.visible_to_mm, fork_mm + 1.0), 0.5)
            distance, _ = cKDTree(found.centerline.points_mm).query(true.centerline.at(s)[0])
            covered = float((distance < COVER_MM).sum())
            if covered > longest:
                best, longest = name, covered
    return best


def _occlusion_row(occlusion: OcclusionTruth, tree: Tree, truth: Truth) -> Row:
    true, found = truth.vessel(occlusion.vessel), tree.vessel(occlusion.vessel)
    row: Row = {"vessel": occlusion.vessel, "length_mm": occlusion.length_mm, "distal": occlusion.distal}
    lost = [p for p in tree.problems if p.vessel == occlusion.vessel and p.code in LOST_CODES]
    if occlusion.distal != "filled":
        row = {**row, "told": bool(lost), "false_bridge": False}
    if true is None or found is None:
        return {**row, "bridged": False}
    body = true.centerline.at(np.arange(occlusion.start_mm, occlusion.end_mm, 0.1))[0]
    distance, _ = cKDTree(found.centerline.at(np.arange(0, found.centerline.length_mm, 0.1))[0]).query(body)
    beyond = true.centerline.at(np.array([min(occlusion.end_mm + BEYOND_MM, true.centerline.length_mm)]))[0][0]
    reached = float(np.linalg.norm(found.centerline.points_mm - beyond, axis=1).min()) < 1.5
    if occlusion.distal != "filled":
        astray = _astray_mm(found, body[0], truth)
        return {**row, "false_bridge": astray > ASTRAY_MM or _false_bridges(tree, truth) > 0, "astray_mm": astray}
    return {
        **row,
        "bridged": bool(reached and distance.max() < BRIDGED_MAX_MM),
        "mean_mm": float(distance.mean()),
        "max_mm": float(distance.max()),
        **_tube_row(found, body),
        "courses": len(found.courses),
    }


def _visible(truth: Truth) -> cKDTree:
    """All places of arteries that contrast reaches."""
    return cKDTree(np.vstack([v.centerline.points_mm[v.lumen_radius_mm > 0] for v in truth.vessels if v.kind == "artery"]))


def _astray_mm(found: Vessel, cap_mm: np.ndarray, truth: Truth) -> float:
    """How much of a line beyond a cap it reaches is on no visible artery."""
    s = np.arange(0.0, found.centerline.length_mm, 0.5)
    line = found.centerline.at(s)[0]
    at_cap = np.linalg.norm(line - cap_mm, axis=1)
    if at_cap.min() > BRIDGED_MAX_MM:
        return 0.0
    distance, _ = _visible(truth).query(line[int(np.argmin(at_cap)) :])
    return float((distance > ON_ARTERY_MM).sum() * 0.5)


def _false_bridges(tree: Tree, truth: Truth) -> int:
    """Bridged ranges, each counted once, that lie neither on a visible artery nor in an occlusion with a vessel beyond."""
    bodies = [
        vessel.centerline.between(o.start_mm, o.end_mm)
        for o in truth.occlusions
        if o.distal == "filled" and (vessel := truth.vessel(o.vessel)) is not None
    ]
    allowed = cKDTree(np.vstack([_visible(truth).data, *bodies]))
    count = 0
    for found in tree.vessels:
        for low, high in found.bridged_mm:
            if high - low >= LEAST_BRIDGE_MM:
                distance, _ = allowed.query(found.centerline.between(low, high))
                count += int((distance > ON_ARTERY_MM).mean() > 0.5)
    return count


def _wrongly_lost(tree: Tree, truth: Truth) -> int:
    """Main vessels said to be lost although the true vessel ends where it ends, or goes on with contrast."""
    lost = {o.vessel for o in truth.occlusions if o.distal != "filled"}
    return sum(p.code == LOST_CODES[0] and p.vessel not in lost for p in tree.problems)


def _tube_row(found: Vessel, body: FloatArray) -> Row:
    """How much of the true course has a stated tube beside it (that of the likeliest course of each range), and how much of that
    is inside."""
    nearest, inside = np.full(len(body), np.inf), np.zeros(len(body), bool)
    likeliest = {c.way_mm: c for c in sorted(found.courses, key=lambda c: c.probability)}
    for course in likeliest.values():
        line = Centerline.through(course.points_mm)
        fraction = np.linspace(0, 1, len(course.radius_of_uncertainty_mm))
        s, _, r = line.locate(body)
        here = (s > 0.0) & (s < line.length_mm) & (r < nearest)
        nearest[here] = r[here]
        inside[here] = (r <= np.interp(s / line.length_mm, fraction, course.radius_of_uncertainty_mm))[here]
    beside = np.isfinite(nearest)
    row: Row = {"has_tube": float(beside.mean())}
    return {**row, "inside_tube": float(inside[beside].mean())} if beside.any() else row


def _is_wide_branch(vessel: VesselTruth, truth: Truth) -> bool:
    """A side branch of 1.5 mm or more at its origin that contrast reaches."""
    if vessel.kind != "artery" or vessel.name in OCCLUDABLE:
        return False
    open_radius = vessel.lumen_radius_mm[vessel.lumen_radius_mm > 0]
    if len(open_radius) == 0 or open_radius[0] < WIDE_MM:
        return False
    return all(
        o.distal == "filled" or o.vessel != vessel.parent or (vessel.parent_s_mm or 0) < o.start_mm for o in truth.occlusions
    )


def _branch_row(branch: VesselTruth, tree: Tree) -> Row:
    """Found when a line follows half of it; a main vessel that continues into it counts as found but not as named."""
    true = branch.centerline.at(np.arange(1.0, branch.visible_to_mm, 0.2))[0]
    best, name = 0.0, ""
    for vessel in tree.vessels:
        distance, _ = cKDTree(vessel.centerline.points_mm).query(true)
        covered = float((distance < COVER_MM).mean())
        if covered > best:
            best, name = covered, vessel.name
    return {"vessel": branch.name, "covered": best, "found": best >= 0.5, "named": name == branch.name, "as": name}


def _false_branches(tree: Tree, truth: Truth) -> int:
    """Found lines that lie on no true artery for more than half of their own length."""
    true = cKDTree(np.vstack([v.centerline.points_mm for v in truth.vessels if v.kind == "artery"]))
    count = 0
    for vessel in tree.vessels:
        line = vessel.centerline.points_mm
        if vessel.name in OCCLUDABLE:
            continue
        distance, _ = true.query(line)
        count += int((distance > 1.5).mean() > 0.5)
    return count


def tree_tables(rows: list[Row]) -> tuple[Table, ...]:
    """The tables of docs/accuracy.md for the tree; hard cases apart."""
    tables = [_varied_table([r for r in rows if r["group"] in (VARIED, CLEAR)])]
    tables.append(_no_distal_table([r for r in rows if r["group"] == NO_DISTAL]))
    hard = [r for r in rows if r["group"] == HARD]
    lines = []
    for hazard in sorted({str(r["hazards"]) for r in hard}):
        main = [r for r in hard if r["hazards"] == hazard and r["kind"] == "main"]
        ov = numbers(main, "ov")
        found = [bool(r["found"]) for r in main]
        bridged = [bool(r["bridged"]) for r in hard if r["hazards"] == hazard and r["kind"] == "occlusion" and "bridged" in r]
        middle = f"{np.median(ov):.2f}" if len(ov) else "-"
        text = f"found {sum(found)} of {len(found)}, OV median {middle}, bridged {sum(bridged)} of {len(bridged)}"
        lines.append(Line(hazard, text, count=len(main)))
    tables.append(Table("Hard cases, apart", tuple(lines)))
    return tuple(tables)


def _varied_table(rows: list[Row]) -> Table:
    main = [r for r in rows if r["kind"] == "main"]
    occluded = [r for r in rows if r["kind"] == "occlusion"]
    branches = [r for r in rows if r["kind"] == "branch"]
    cases = [r for r in rows if r["kind"] == "case"]
    ov, body = numbers(main, "ov"), [r for r in occluded if r.get("bridged")]
    return Table(
        "Fully automatic tree, varied cases",
        (
            share_line("main vessels found", [bool(r["found"]) for r in main], 98),
            value_line("OV, median", ov, "median", "", at_least=0.97),
            share_line("OV >= 0.90", [v >= 0.9 for v in ov], 95),
            value_line("OF, median", numbers(main, "of"), "median", ""),
            value_line("OT, median", numbers(main, "ot"), "median", "", at_least=0.98),
            value_line("AI, median", numbers(main, "ai_mm"), "median", "mm", at_most=0.12),
            share_line("main vessels named right", [bool(r.get("named")) for r in main], 100),
            share_line("side branches >= 1.5 mm found", [bool(r["found"]) for r in branches], 90),
            share_line("side branches found, named right", [bool(r["named"]) for r in branches if r["found"]], 90),
            value_line("false branches per case, mean", numbers(cases, "false_branches"), "mean", "", at_most=1.0),
            share_line("cases without a false bridge", [not r.get("false_bridges") for r in cases]),
            share_line("cases in which no vessel is wrongly called lost", [not r.get("wrongly_lost") for r in cases]),
            share_line("dominance right", [bool(r.get("dominance")) for r in cases]),
            share_line("occlusions bridged automatically", [bool(r["bridged"]) for r in occluded], 95),
            value_line("distance in the occlusion, mean over occlusions", numbers(body, "mean_mm"), "mean", "mm", at_most=0.5),
            value_line("largest distance in the occlusion, 95th percentile", numbers(body, "max_mm"), "p95", "mm", at_most=1.5),
            value_line("true course beside a stated tube, mean share", numbers(body, "has_tube"), "mean", ""),
            value_line("true course inside it where there is one, mean", numbers(body, "inside_tube"), "mean", "", at_least=0.9),
        ),
    )


def _no_distal_table(rows: list[Row]) -> Table:
    occluded = [r for r in rows if r["kind"] == "occlusion"]
    return Table(
        "Cases whose distal vessel does not exist or is dark",
        (
            share_line("no false bridge", [not r.get("false_bridge") for r in occluded], 100),
            share_line("said that no distal vessel was found", [bool(r.get("told")) for r in occluded], 100),
        ),
    )
