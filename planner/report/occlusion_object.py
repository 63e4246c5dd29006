"""One occlusion for occlusions.json, with where each of its numbers comes from (docs/outputs.md)."""

from dataclasses import asdict
from typing import Any

from planner.case import Analysis
from planner.devices import device_catalogue
from planner.occlusion import Cap, LandingZone, Occlusion, ZoneCalcium
from planner.reach import BEYOND_CAP_MM, reach, routes_mm, sizing_context
from planner.report.json_values import estimate_value, number_value, numbers_value, plain_value
from planner.total_or_subtotal import CAUTION
from recon.vessels import Tree

CAP_MM, LANDING_MM = 2.0, 20.0
"""Half width of a cap's zone and length of the landing zone (docs/clinical.md B.7)."""


def occlusion_object(found: Occlusion, analysis: Analysis) -> dict[str, Any]:
    """Anatomy, calcium, calibre, signs, reach and sizing context of one occlusion, with `evidence` for every number."""
    return {
        "id": found.id,
        "vessel": found.vessel,
        "scct_segment": found.scct_segment,
        "confirmed_cto": found.confirmed_cto,
        "in_stent": found.in_stent,
        "is_ostial": found.is_ostial,
        **_geometry(found),
        "side_branches": [plain_value(asdict(b)) for b in found.side_branches],
        "calcium": {zone: _zone(calcium) for zone, calcium in found.calcium.items()},
        "landing_zone": None if found.landing_zone is None else _landing_zone(found.landing_zone),
        **_calibre(found),
        **_signs(found),
        "flags": [
            {"code": f.code, "text": f.text, "evidence": {"s_mm": [number_value(s) for s in f.s_mm]}, "state": f.state}
            for f in found.flags
        ],
        "course_probabilities": [number_value(p) for p in found.course_probabilities],
        "reach": _reach(found, analysis.tree),
        "evidence": _evidence(found, analysis),
    }


def _geometry(found: Occlusion) -> dict[str, Any]:
    return {
        "proximal_cap": _cap(found.proximal_cap),
        "distal_cap": _cap(found.distal_cap),
        "length_mm": estimate_value(found.length_mm),
        "total_length_mm": estimate_value(found.total_length_mm),
        "interruptions": found.interruptions,
        "chord_mm": number_value(found.chord_mm),
        "max_bend_deg": estimate_value(found.max_bend_deg),
        "bend_s_mm": number_value(found.bend_s_mm),
        "bend_by_arm_deg": [{"arm_mm": number_value(arm), "bend_deg": number_value(bend)} for arm, bend in found.bend_by_arm_deg],
        "tortuosity": _tortuosity(found),
    }


def _cap(cap: Cap) -> dict[str, Any]:
    return {
        "s_mm": estimate_value(cap.s_mm),
        "point_mm": [number_value(c) for c in cap.point_mm],
        "position_state": cap.position_state,
        "morphology": cap.morphology,
        "morphology_state": cap.morphology_state,
        "taper_index": number_value(cap.taper_index),
        "tapered_probability": number_value(cap.tapered_probability),
        "ambiguous_on_ct": cap.ambiguous_on_ct,
        "hidden_by_calcium": cap.hidden_by_calcium,
    }


def _tortuosity(found: Occlusion) -> dict[str, Any] | None:
    winding = found.tortuosity
    if winding is None:
        return None
    return {
        "grade_before": winding.grade_before,
        "bends_before": _bends(winding.bends_before_mm_deg),
        "bends_vessel": _bends(winding.bends_vessel_mm_deg),
        "index_before": number_value(winding.index_before),
        "index_inside": number_value(winding.index_inside),
        "index_vessel": number_value(winding.index_vessel),
    }


def _bends(rows: tuple[tuple[float, float], ...]) -> list[dict[str, Any]]:
    return [{"s_mm": number_value(s), "bend_deg": number_value(angle)} for s, angle in rows]


def _zone(calcium: ZoneCalcium) -> dict[str, Any]:
    value: dict[str, Any] = plain_value({k: v for k, v in asdict(calcium).items() if k != "sensitivity_max_csa_pct"})
    return value | {"sensitivity_max_csa_pct": {rule: number_value(v) for rule, v in calcium.sensitivity_max_csa_pct}}


def _landing_zone(zone: LandingZone) -> dict[str, Any]:
    value: dict[str, Any] = plain_value({k: v for k, v in asdict(zone).items() if k != "calcium_per_mm"})
    rows = [
        {"s_mm": number_value(s), "csa_pct": number_value(csa), "arc_deg": number_value(arc)}
        for s, csa, arc in zone.calcium_per_mm
    ]
    return value | {"longest_calcium_free_mm": number_value(zone.longest_calcium_free_mm), "calcium_per_mm": rows}


def _calibre(found: Occlusion) -> dict[str, Any]:
    context = sizing_context(found)
    return {
        "reference_diameter_mm": {
            "proximal": number_value(found.reference_diameter_proximal_mm),
            "distal": number_value(found.reference_diameter_distal_mm),
        },
        "reference_wall_diameter_mm": {
            "proximal": number_value(found.reference_wall_diameter_proximal_mm),
            "distal": number_value(found.reference_wall_diameter_distal_mm),
        },
        "reference_s_mm": {
            which: None if s is None else numbers_value(s)
            for which, s in zip(("proximal", "distal"), found.reference_s_mm, strict=True)
        },
        "sizing_context": {
            "lumen_proximal_mm": number_value(context.lumen_proximal_mm),
            "wall_proximal_mm": number_value(context.wall_proximal_mm),
            "lumen_distal_mm": number_value(context.lumen_distal_mm),
            "wall_distal_mm": number_value(context.wall_distal_mm),
            "note": context.note,
        },
    }


def _signs(found: Occlusion) -> dict[str, Any]:
    evidence, enhanced = found.total_or_subtotal, found.enhancement
    signs = None if evidence is None else [plain_value(asdict(sign)) for sign in evidence.signs]
    return {
        "attenuation_gradient_hu_per_10_mm": number_value(found.attenuation_gradient_hu_per_10_mm),
        "total_or_subtotal": None
        if evidence is None
        else {
            "favours": evidence.favours,
            "signs": signs,
            "is_gradient_reversed": evidence.is_gradient_reversed,
            "caution": CAUTION,
        },
        "remodelling": None if found.remodelling is None else plain_value(asdict(found.remodelling)),
        "enhancement": None
        if enhanced is None
        else {
            "enhanced_share": number_value(enhanced.enhanced_share),
            "profile": [{"s_mm": number_value(s), "contrast": number_value(share)} for s, share in enhanced.profile],
        },
    }


def _reach(found: Occlusion, tree: Tree) -> dict[str, Any]:
    """Lengths from each guide position, and every device class against them; classes by the catalogue's id."""
    return {
        "ostium_to_proximal_cap_mm": number_value(found.proximal_cap.s_mm.best),
        "ostium_to_distal_cap_mm": number_value(found.distal_cap.s_mm.best),
        "needed_mm": {route: number_value(length) for route, length in routes_mm(found, tree).items()},
        "rows": [
            {
                "route": row.route,
                "guide": row.guide.id,
                "device": row.device.id,
                "available_mm": number_value(row.available_mm),
                "margin_mm": number_value(row.margin_mm),
                "verified": row.device.is_verified and row.guide.is_verified,
            }
            for row in reach(found, tree, device_catalogue())
        ],
    }


def _evidence(found: Occlusion, analysis: Analysis) -> dict[str, dict[str, Any]]:
    """Field (dotted path) -> the arc range on the vessel, the stated fact or the catalogue its numbers come from."""
    start, end = found.proximal_cap.s_mm.best, found.distal_cap.s_mm.best
    sections = analysis.sections.get(found.vessel)
    last = float(sections.s_mm[-1]) if sections is not None else end
    landing = (end, min(end + LANDING_MM, last))
    whole = (0.0, last)
    ranges: dict[str, tuple[float, float]] = {
        "scct_segment": (start, start),
        "is_ostial": (start, start),
        "interruptions": whole,
        "tortuosity.index_before": (0.0, start),
        "tortuosity.index_vessel": whole,
        "calcium.proximal_cap": (start - CAP_MM, start + CAP_MM),
        "calcium.distal_cap": (end - CAP_MM, end + CAP_MM),
        "calcium.landing": landing,
        "landing_zone": landing,
        "attenuation_gradient_hu_per_10_mm": (end, last),
        "reach.needed_mm": (0.0, min(end + BEYOND_CAP_MM, last)),
        "proximal_cap": (found.proximal_cap.s_mm.low, found.proximal_cap.s_mm.high),
        "distal_cap": (found.distal_cap.s_mm.low, found.distal_cap.s_mm.high),
    }
    inside = ("length_mm", "total_length_mm", "chord_mm", "max_bend_deg", "bend_by_arm_deg", "tortuosity.index_inside")
    ranges |= dict.fromkeys((*inside, "calcium.body", "remodelling", "enhancement", "course_probabilities"), (start, end))
    ranges |= {"reach.ostium_to_proximal_cap_mm": (0.0, start), "reach.ostium_to_distal_cap_mm": (0.0, end)}
    evidence: dict[str, dict[str, Any]] = {key: {"s_mm": numbers_value(s)} for key, s in ranges.items()}
    for which, place in zip(("proximal", "distal"), found.reference_s_mm, strict=True):
        if place is not None:
            keys = (f"reference_diameter_mm.{which}", f"reference_wall_diameter_mm.{which}")
            sizes = (f"sizing_context.lumen_{which}_mm", f"sizing_context.wall_{which}_mm")
            evidence |= {key: {"s_mm": numbers_value(place)} for key in (*keys, *sizes)}
    if found.in_stent is not None:
        marked = next((f.s_mm for f in found.flags if f.code == "in-stent"), None)
        stated = analysis.plan.facts.in_stent is not None
        evidence["in_stent"] = {"facts": ["in_stent"]} if stated or marked is None else {"s_mm": numbers_value(marked)}
    evidence["reach.rows"] = {"catalogue": "devices.toml", "s_mm": numbers_value((0.0, min(end + BEYOND_CAP_MM, last)))}
    return evidence
