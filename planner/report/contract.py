"""The JSON result files other programs read, field by field as docs/outputs.md says."""

import json
import math
from dataclasses import asdict
from typing import Any

import numpy as np

from planner.case import Analysis
from planner.occlusion import Cap, Occlusion, ZoneCalcium
from planner.report.regions import lesion_objects, zone_objects
from planner.report.vessel_profile import vessel_profile
from planner.scores.score import Score, ScoreItem, ScoreSheet
from planner.views import TargetViews, View, WiringPair
from recon.estimate import Estimate, FloatArray
from recon.vessels import Problem, Vessel

SCHEMA = 1
DECIMALS = 4


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
    found = [_occlusion(o) | {"zone_details": zone_objects(analysis, o)} for o in analysis.occlusions]
    return {"schema": SCHEMA, "occlusions": found, "lesions": lesion_objects(analysis)}


def scores_object(sheet: ScoreSheet) -> dict[str, Any]:
    """The content of scores.json."""
    return {
        "schema": SCHEMA,
        "scores": [_score(s) for s in sheet.scores],
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
        "segments": [{"scct": g.scct, "s_mm": [_number(g.start_mm), _number(g.end_mm)]} for g in vessel.segments],
        "parent": vessel.parent,
        "parent_s_mm": _number(vessel.parent_s_mm),
        "s_mm": _numbers(vessel.centerline.s_mm),
        "points_mm": _points(vessel.centerline.points_mm),
        "lumen_radius_mm": _numbers(profile.lumen_radius_mm),
        "wall_radius_mm": _numbers(profile.wall_radius_mm),
        "confidence": _numbers(vessel.confidence),
        "occluded_mm": [[_number(a), _number(b)] for a, b in profile.occluded_mm],
        "alternatives": [
            {
                "probability": _number(c.probability),
                "points_mm": _points(c.points_mm),
                "radius_of_uncertainty_mm": _numbers(c.radius_of_uncertainty_mm),
            }
            for c in vessel.courses
        ],
        "state": vessel.state,
    }


def _problem(problem: Problem) -> dict[str, Any]:
    point = None if problem.point_mm is None else [_number(c) for c in problem.point_mm]
    where = {"s_mm": _number(problem.s_mm), "point_mm": point}
    return {"code": problem.code, "vessel": problem.vessel, "where": where, "advice": problem.advice}


def _occlusion(found: Occlusion) -> dict[str, Any]:
    return {
        "id": found.id,
        "vessel": found.vessel,
        "scct_segment": found.scct_segment,
        "confirmed_cto": found.confirmed_cto,
        "proximal_cap": _cap(found.proximal_cap),
        "distal_cap": _cap(found.distal_cap),
        "length_mm": _estimate(found.length_mm),
        "chord_mm": _number(found.chord_mm),
        "max_bend_deg": _estimate(found.max_bend_deg),
        "bend_s_mm": _number(found.bend_s_mm),
        "bend_by_arm_deg": [{"arm_mm": _number(arm), "bend_deg": _number(bend)} for arm, bend in found.bend_by_arm_deg],
        "side_branches": [_plain(asdict(b)) for b in found.side_branches],
        "calcium": {zone: _zone(calcium) for zone, calcium in found.calcium.items()},
        "landing_zone": None if found.landing_zone is None else _plain(asdict(found.landing_zone)),
        "reference_diameter_mm": {
            "proximal": _number(found.reference_diameter_proximal_mm),
            "distal": _number(found.reference_diameter_distal_mm),
        },
        "flags": [
            {"code": f.code, "text": f.text, "evidence": {"s_mm": [_number(s) for s in f.s_mm]}, "state": f.state}
            for f in found.flags
        ],
        "interruptions": found.interruptions,
        "course_probabilities": [_number(p) for p in found.course_probabilities],
    }


def _cap(cap: Cap) -> dict[str, Any]:
    return {
        "s_mm": _estimate(cap.s_mm),
        "point_mm": [_number(c) for c in cap.point_mm],
        "morphology": cap.morphology,
        "morphology_state": cap.morphology_state,
        "taper_index": _number(cap.taper_index),
        "ambiguous_on_ct": cap.ambiguous_on_ct,
        "hidden_by_calcium": cap.hidden_by_calcium,
    }


def _zone(calcium: ZoneCalcium) -> dict[str, Any]:
    value: dict[str, Any] = _plain({k: v for k, v in asdict(calcium).items() if k != "sensitivity_max_csa_pct"})
    return value | {"sensitivity_max_csa_pct": {rule: _number(v) for rule, v in calcium.sensitivity_max_csa_pct}}


def _score(score: Score) -> dict[str, Any]:
    value = {k: getattr(score, k) for k in ("id", "name", "variant", "occlusion", "strategy")}
    value |= {k: _points_of(getattr(score, k)) for k in ("total", "low", "high", "maximum")}
    value |= {"bin": score.bin, "borderline": score.borderline}
    value["items"] = [_item(item) for item in score.items]
    value["published"] = [_plain(asdict(p)) for p in score.published]
    value["flips"] = [_plain(asdict(f)) for f in score.flips]
    value["total_probabilities"] = [{"total": _points_of(t), "probability": _number(p)} for t, p in score.total_probabilities]
    return value | {k: getattr(score, k) for k in ("source", "caution", "c_statistic", "withheld")}


def _item(item: ScoreItem) -> dict[str, Any]:
    value = {k: _plain(v) for k, v in asdict(item).items() if k not in ("value", "evidence_s_mm")}
    value |= {k: _points_of(value[k]) for k in ("points", "low_points", "high_points", "max_points")}
    shown = _estimate(item.value) if isinstance(item.value, Estimate) else _plain(item.value)
    evidence = None if item.evidence_s_mm is None else {"s_mm": [_number(s) for s in item.evidence_s_mm]}
    return {"id": value.pop("id"), "label": value.pop("label"), "value": shown} | value | {"evidence": evidence}


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


def _estimate(value: Estimate | None) -> dict[str, float | None] | None:
    return None if value is None else {k: _number(getattr(value, k)) for k in ("low", "best", "high")}


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(float(value), DECIMALS)


def _numbers(values: FloatArray) -> list[float | None]:
    return [_number(v) for v in np.asarray(values, dtype=float)]


def _points(points_mm: FloatArray) -> list[list[float | None]]:
    return [_numbers(p) for p in points_mm]


def _points_of(value: float | None) -> float | int | None:
    """Score points: whole ones without a decimal point."""
    return int(value) if value is not None and float(value).is_integer() else value


def _plain(value: Any) -> Any:
    """Tuples as lists, floats rounded, NaN as null, nested."""
    if isinstance(value, bool) or value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value]
