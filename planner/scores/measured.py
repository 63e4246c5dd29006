"""What was measured at one occlusion and stated in the plan, as score facts with evidence (docs/clinical.md A.15)."""

from dataclasses import fields, replace

import numpy as np

from planner.bends import Bend, tortuosity_grade
from planner.fact_rules import FACT_RULES, checked_fact
from planner.occlusion import Occlusion
from planner.occlusion_flags import inside
from planner.plan import Confirmation, Plan
from planner.scores.fact import UNKNOWN, Fact, Facts
from planner.zones import FULL_MOON_ARC_DEG, FULL_MOON_CSA_PCT, FULL_MOON_MM, longest_run
from recon.estimate import Band, Estimate
from recon.sections import SECTION_STEP_MM, VesselSections

SIDE_BRANCH_MM = 3.0
"""Largest distance of a side branch to the proximal cap (app setting)."""
SURE = 0.9
"""A shape with this probability is not shown both ways."""
THICKNESS_MM = 0.4
"""Half width of a calcium thickness: near 0.5 mm it cannot be measured on CT (docs/clinical.md B.8)."""
DIAMETER_MM = 0.4
LENGTH_RUN_MM = 1.0
STUMPS = {"blunt": "blunt", "tapered": "tapered", "flush": "none"}
TERRITORY = {
    "LM": "LM",
    "LAD": "LAD",
    "D1": "LAD",
    "D2": "LAD",
    "S1": "LAD",
    "LCx": "LCx",
    "OM1": "LCx",
    "OM2": "LCx",
    "L-PDA": "LCx",
    "L-PLB": "LCx",
    "RCA": "RCA",
    "R-PDA": "RCA",
    "R-PLB": "RCA",
    "AM": "RCA",
}
"""Main artery of each named vessel; a ramus or a numbered branch is asked for."""
LM_SEGMENT = 5


def measured_facts(occlusion: Occlusion, sections: VesselSections | None, plan: Plan) -> Facts:
    """The facts of one occlusion; what a clinician stated wins over what CT proposes, the proposal stays in the note.

    Facts that neither CT nor the plan gives are absent, that is unknown.
    """
    found = _anatomy(occlusion) | (_calcium(occlusion, sections, plan) if sections is not None else {})
    for field in fields(plan.facts):
        value = getattr(plan.facts, field.name)
        if field.name not in FACT_RULES or value is None:
            continue
        seen = found.get(field.name, UNKNOWN)
        note = f"CT proposes {_told(seen)}." if seen.is_known and not isinstance(seen.value, Estimate) else seen.note
        found[field.name] = Fact(checked_fact(field.name, value), state="stated", note=note, evidence_s_mm=seen.evidence_s_mm)
    return found


def _anatomy(occlusion: Occlusion) -> Facts:
    start, end = occlusion.proximal_cap.s_mm.best, occlusion.distal_cap.s_mm.best
    several = occlusion.interruptions > 1
    length = occlusion.total_length_mm if several and occlusion.total_length_mm else occlusion.length_mm
    bends = tuple(Bend(s, angle) for s, angle in occlusion.bends_before_mm_deg)
    state = _caps_state(occlusion)
    note = "First proximal to last distal cap of this vessel." if several else ""
    return {
        "occlusion_length_mm": Fact(length, state=state, evidence_s_mm=(start, end), note=note),
        "bend_deg": Fact(occlusion.max_bend_deg, state="auto", evidence_s_mm=(occlusion.bend_s_mm, occlusion.bend_s_mm)),
        "stump": _stump(occlusion),
        "side_branch_at_cap": _side_branch(occlusion),
        "multiple_occlusions": Fact(several, state="auto", evidence_s_mm=(start, end)),
        "tortuosity": Fact(tortuosity_grade(bends), state="auto", evidence_s_mm=(0.0, start), note=_bend_note(bends)),
        "target_vessel": _target(occlusion),
        "ostial": Fact(occlusion.is_ostial, state="auto", evidence_s_mm=(start, start)),
        "vessel_diameter_mm": _diameter(occlusion),
        "diseased_landing_zone": _landing(occlusion),
    }


def _caps_state(occlusion: Occlusion) -> str:
    states = {occlusion.proximal_cap.position_state, occlusion.distal_cap.position_state}
    return "confirmed" if states == {"confirmed"} else "auto" if states == {"auto"} else "edited"


def _stump(occlusion: Occlusion) -> Fact:
    cap = occlusion.proximal_cap
    word, chance = STUMPS.get(cap.morphology), cap.tapered_probability
    if word is None:
        return Fact(None, note="The shape of the stump could not be read.")
    sure = cap.morphology_state != "auto" or chance is None or max(chance, 1 - chance) >= SURE
    return Fact(
        word,
        possible=() if sure else ("blunt", "tapered"),
        chance=None if sure or chance is None else max(chance, 1 - chance),
        state=cap.morphology_state,
        evidence_s_mm=(cap.s_mm.low, cap.s_mm.high),
        note="" if cap.taper_index is None else f"Taper index {cap.taper_index:.2f} (tapered from 0.50).",
    )


def _side_branch(occlusion: Occlusion) -> Fact:
    cap = occlusion.proximal_cap.s_mm
    near = [b for b in occlusion.side_branches if b.at == "proximal"]
    if not near:
        return Fact(False, state="auto", evidence_s_mm=(cap.best, cap.best), note="No branch within 10 mm of the cap.")
    first = min(near, key=lambda b: b.distance_to_cap_mm)
    inside_now = first.distance_to_cap_mm <= SIDE_BRANCH_MM
    slack = cap.half_width
    open_question = abs(first.distance_to_cap_mm - SIDE_BRANCH_MM) < slack
    return Fact(
        inside_now,
        possible=(True, False) if open_question else (),
        state="auto",
        evidence_s_mm=(cap.best, cap.best),
        note=f"{first.name} {first.distance_to_cap_mm:.1f} mm from the cap.",
    )


def _bend_note(bends: tuple[Bend, ...]) -> str:
    if not bends:
        return "No bend over 70 deg before the cap (3D)."
    return "Bends before the cap (3D): " + ", ".join(f"{b.angle_deg:.0f} deg at {b.s_mm:.0f} mm" for b in bends) + "."


def _target(occlusion: Occlusion) -> Fact:
    word = "LM" if occlusion.scct_segment == LM_SEGMENT else TERRITORY.get(occlusion.vessel)
    place = (occlusion.proximal_cap.s_mm.best, occlusion.distal_cap.s_mm.best)
    return Fact(word, state="auto", evidence_s_mm=place)


def _diameter(occlusion: Occlusion) -> Fact:
    value = occlusion.reference_wall_diameter_proximal_mm
    if value is None:
        return UNKNOWN
    start = occlusion.proximal_cap.s_mm.best
    estimate = Estimate.around(value, DIAMETER_MM, floor=0.1)
    return Fact(estimate, state="auto", evidence_s_mm=(start - 5.0, start), note="Outer wall of the proximal reference.")


def _landing(occlusion: Occlusion) -> Fact:
    """Unknown, with the numbers: no published cut says when a landing zone is diseased."""
    zone, calcium = occlusion.landing_zone, occlusion.calcium.get("landing")
    if zone is None or zone.mean_lumen_diameter_mm is None:
        return Fact(None, note="The landing zone could not be measured.")
    told = f"Landing zone: mean lumen {zone.mean_lumen_diameter_mm:.1f} mm"
    if calcium is not None and calcium.max_csa_pct is not None:
        told += f", calcium at most {calcium.max_csa_pct.best:.0f} % of a section"
    return Fact(
        None, state="auto", evidence_s_mm=(zone.start_mm, zone.start_mm + zone.length_mm), note=told + ". A reader judges."
    )


def _calcium(occlusion: Occlusion, sections: VesselSections, plan: Plan) -> Facts:
    rows = inside(occlusion, sections)
    csa, arc = _largest(sections, sections.calcium_csa_pct, rows), _largest(sections, sections.calcium_arc_deg, rows)
    thick = np.where(rows, sections.calcium_max_thickness_mm, np.nan)
    some = rows & (np.nan_to_num(sections.calcium_area_mm2.best) >= 0.5)
    over_270 = rows & (np.nan_to_num(sections.calcium_arc_deg.best) > 270.0)
    extent = (occlusion.proximal_cap.s_mm.best, occlusion.distal_cap.s_mm.best)
    facts = {
        "calcium_csa_pct": csa,
        "calcium_arc_deg": arc,
        "calcium_length_mm": _run_fact(float(some.sum() * SECTION_STEP_MM), extent),
        "superficial_arc_over_270_length_mm": replace(
            _run_fact(longest_run(over_270) * SECTION_STEP_MM, extent), note="Longest run; depth in the wall is not separated."
        ),
        "full_moon": _full_moon(occlusion, sections, plan),
    }
    if np.isfinite(thick).any():
        top = int(np.nanargmax(thick))
        place = (float(sections.s_mm[top]), float(sections.s_mm[top]))
        estimate = Estimate.around(float(thick[top]), THICKNESS_MM, floor=0.0)
        facts["calcium_thickness_mm"] = Fact(estimate, state="auto", evidence_s_mm=place)
    return facts


def _largest(sections: VesselSections, band: Band, rows: np.ndarray) -> Fact:
    usable = np.where(rows & np.isfinite(band.best), band.best, -np.inf)
    if not np.isfinite(usable).any():
        return UNKNOWN
    top = int(np.argmax(usable))
    return Fact(band.at(top), state="auto", evidence_s_mm=(float(sections.s_mm[top]), float(sections.s_mm[top])))


def _run_fact(length_mm: float, extent: tuple[float, float]) -> Fact:
    return Fact(Estimate.around(length_mm, LENGTH_RUN_MM, floor=0.0), state="auto", evidence_s_mm=extent)


def _full_moon(occlusion: Occlusion, sections: VesselSections, plan: Plan) -> Fact:
    """A proposal counts both ways until a reader has confirmed or declined the flag (docs/clinical.md A.8)."""
    said = _said(plan, f"{occlusion.id}:full-moon-proposed")
    if said is not None:
        return Fact(said.accepted, state="confirmed", note="The reader's word on the proposal.")
    rows = inside(occlusion, sections)
    csa, arc = sections.calcium_csa_pct, sections.calcium_arc_deg
    likely, possible = (
        rows & (np.nan_to_num(a) >= FULL_MOON_CSA_PCT) & (np.nan_to_num(b) >= FULL_MOON_ARC_DEG)
        for a, b in ((csa.best, arc.best), (csa.high, arc.high))
    )
    proposed = longest_run(likely) * SECTION_STEP_MM >= FULL_MOON_MM
    open_question = longest_run(possible) * SECTION_STEP_MM >= FULL_MOON_MM
    note = "Full moon proposed; a reader confirms." if proposed else ""
    place = _place(sections, likely if proposed else possible)
    return Fact(False, possible=(False, True) if open_question else (), state="auto", evidence_s_mm=place, note=note)


def _place(sections: VesselSections, rows: np.ndarray) -> tuple[float, float] | None:
    return (float(sections.s_mm[rows][0]), float(sections.s_mm[rows][-1])) if rows.any() else None


def _said(plan: Plan, subject: str) -> Confirmation | None:
    return next((c for c in reversed(plan.confirmations) if c.subject == subject), None)


def _told(fact: Fact) -> str:
    return {True: "yes", False: "no"}[fact.value] if isinstance(fact.value, bool) else str(fact.value)
