"""The JSON result files other programs read, field by field as docs/outputs.md says."""

import json
from dataclasses import asdict
from typing import Any

from planner.cad_rads import cad_rads
from planner.case import Analysis
from planner.occlusion import Occlusion
from planner.report.json_values import (
    estimate_value,
    number_value,
    numbers_value,
    plain_value,
    points_mm_value,
    points_value,
)
from planner.report.occlusion_object import occlusion_object
from planner.report.regions import lesion_objects, zone_objects
from planner.report.vessel_profile import vessel_profile
from planner.scores.evidence import view_of
from planner.scores.score import Score, ScoreItem, ScoreSheet
from planner.views import TargetViews, View, WiringPair
from recon.estimate import Estimate
from recon.vessels import Problem, Vessel

SCHEMA = 1


def centerlines_object(analysis: Analysis) -> dict[str, Any]:
    """The content of centerlines.json."""
    return {
        "schema": SCHEMA,
        "coordinates": "LPS mm",
        "series_uid": analysis.volume.identity.series_uid,
        "phase_pct": analysis.volume.acquisition.phase_pct,
        "dominance": analysis.tree.dominance,
        "vessels": [_vessel(v, analysis) for v in analysis.tree.vessels],
        "problems": [_problem(p) for p in analysis.tree.problems],
    }


def occlusions_object(analysis: Analysis) -> dict[str, Any]:
    """The content of occlusions.json."""
    found = [occlusion_object(o, analysis) | {"zone_details": zone_objects(analysis, o)} for o in analysis.occlusions]
    category = plain_value(asdict(cad_rads(analysis.occlusions, analysis.plan)))
    return {"schema": SCHEMA, "occlusions": found, "lesions": lesion_objects(analysis), "cad_rads": category}


def scores_object(sheet: ScoreSheet, occlusions: tuple[Occlusion, ...] = ()) -> dict[str, Any]:
    """The content of scores.json; `occlusions` name the vessel that an item's evidence lies on."""
    vessels = {o.id: o.vessel for o in occlusions}
    return {
        "schema": SCHEMA,
        "scores": [_score(s, vessels.get(s.occlusion)) for s in sheet.scores],
        "not_available": [{"name": name, "why": why} for name, why in sheet.not_available],
    }


def views_object(analysis: Analysis) -> dict[str, Any]:
    """The content of views.json."""
    return {
        "schema": SCHEMA,
        "lab": analysis.views.lab,
        "targets": [_target(t) for t in analysis.views.targets],
        "wiring_pairs": [_pair(p) for p in analysis.views.wiring_pairs],
    }


def json_text(value: dict[str, Any]) -> str:
    """JSON of one file: one line per top-level list entry, so that a difference can be read; NaN is an error."""
    lines = []
    for key, entry in value.items():
        if isinstance(entry, list) and entry:
            rows = ",\n  ".join(json.dumps(row, ensure_ascii=False, allow_nan=False) for row in entry)
            lines.append(f"{json.dumps(key)}: [\n  {rows}\n ]")
        else:
            lines.append(f"{json.dumps(key)}: {json.dumps(entry, ensure_ascii=False, allow_nan=False)}")
    return "{\n " + ",\n ".join(lines) + "\n}\n"


def _vessel(vessel: Vessel, analysis: Analysis) -> dict[str, Any]:
    profile = vessel_profile(analysis, vessel)
    return {
        "name": vessel.name,
        "segments": [{"scct": g.scct, "s_mm": [number_value(g.start_mm), number_value(g.end_mm)]} for g in vessel.segments],
        "parent": vessel.parent,
        "parent_s_mm": number_value(vessel.parent_s_mm),
        "s_mm": numbers_value(vessel.centerline.s_mm),
        "points_mm": points_mm_value(vessel.centerline.points_mm),
        "lumen_radius_mm": numbers_value(profile.lumen_radius_mm),
        "wall_radius_mm": numbers_value(profile.wall_radius_mm),
        "confidence": numbers_value(vessel.confidence),
        "occluded_mm": [[number_value(a), number_value(b)] for a, b in profile.occluded_mm],
        "alternatives": [
            {
                "probability": number_value(c.probability),
                "s_mm": None if c.way_mm is None else [number_value(s) for s in c.way_mm],
                "points_mm": points_mm_value(c.points_mm),
                "radius_of_uncertainty_mm": numbers_value(c.radius_of_uncertainty_mm),
            }
            for c in vessel.courses
        ],
        "state": vessel.state,
    }


def _problem(problem: Problem) -> dict[str, Any]:
    point = None if problem.point_mm is None else [number_value(c) for c in problem.point_mm]
    where = {"s_mm": number_value(problem.s_mm), "point_mm": point}
    return {"code": problem.code, "vessel": problem.vessel, "where": where, "advice": problem.advice}


def _score(score: Score, vessel: str | None) -> dict[str, Any]:
    value = {k: getattr(score, k) for k in ("id", "name", "variant", "occlusion", "strategy")}
    value |= {k: points_value(getattr(score, k)) for k in ("total", "low", "high", "maximum")}
    value |= {"bin": score.bin, "borderline": score.borderline}
    value["items"] = [_item(item, vessel) for item in score.items]
    value["published"] = [plain_value(asdict(p)) for p in score.published]
    value["flips"] = [plain_value(asdict(f)) for f in score.flips]
    value["total_probabilities"] = [
        {"total": points_value(t), "probability": number_value(p)} for t, p in score.total_probabilities
    ]
    return value | {k: getattr(score, k) for k in ("source", "caution", "c_statistic", "withheld")}


def _item(item: ScoreItem, vessel: str | None) -> dict[str, Any]:
    value = {k: plain_value(v) for k, v in asdict(item).items() if k not in ("value", "evidence_s_mm")}
    value |= {k: points_value(value[k]) for k in ("points", "low_points", "high_points", "max_points")}
    shown = estimate_value(item.value) if isinstance(item.value, Estimate) else plain_value(item.value)
    return {"id": value.pop("id"), "label": value.pop("label"), "value": shown} | value | {"evidence": _evidence(item, vessel)}


def _evidence(item: ScoreItem, vessel: str | None) -> dict[str, Any] | None:
    """Where the value was seen (vessel, arc range, the view that shows it) or the facts a person stated."""
    evidence: dict[str, Any] = {}
    if item.evidence_s_mm is not None:
        evidence = {"s_mm": [number_value(s) for s in item.evidence_s_mm]}
        if vessel is not None:
            evidence |= {"vessel": vessel, "view": view_of(item)}
    if item.state == "stated":
        evidence["facts"] = sorted({fact for fact, _, _, value in item.conditions if value is not None})
    return evidence or None


def _target(target: TargetViews) -> dict[str, Any]:
    ideal = {
        "primary_deg": round(target.ideal_primary_deg),
        "secondary_deg": round(target.ideal_secondary_deg),
        "reachable": target.ideal_reachable,
    }
    views = [_view(v) for v in target.views]
    return {"occlusion": target.occlusion, "target": target.target, "ideal": ideal, "views": views}


def _view(view: View) -> dict[str, Any]:
    return {
        "primary_deg": round(view.primary_deg),
        "secondary_deg": round(view.secondary_deg),
        "foreshortening_pct": round(view.foreshortening_pct, 1),
        "overlap_pct": round(view.overlap_pct, 1),
        "reachable": view.reachable,
        "comfortable": view.comfortable,
        "tolerance_deg": {
            "primary": [round(a) for a in view.primary_tolerance_deg],
            "secondary": [round(a) for a in view.secondary_tolerance_deg],
        },
    }


def _pair(pair: WiringPair) -> dict[str, Any]:
    return {
        "occlusion": pair.occlusion,
        "first": _view(pair.first),
        "second": _view(pair.second),
        "angle_between_deg": round(pair.angle_between_deg, 1),
    }
