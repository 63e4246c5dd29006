"""The four answers of the first screen: where is the cap, where does the vessel go, where is the calcium, how long is it."""

from dataclasses import dataclass

from planner.case import Analysis
from planner.hidden_lumen import HIDDEN_CODE
from planner.occlusion import Cap, Occlusion, ZoneCalcium
from planner.quality_effects import measuring_blocked_by
from planner.text import interval_text
from recon.estimate import Estimate

OCCLUDED_ZONES = ("proximal_cap", "body", "distal_cap")


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the four answers. `question` is the short label; `s_mm` is where to look; `state` is auto, edited or confirmed."""

    question: str
    headline: str
    detail: str
    s_mm: float | None
    state: str


def four_answers(analysis: Analysis) -> tuple[Answer, ...]:
    """Cap, course, calcium and length of the target occlusion; one honest answer when there is none."""
    occlusion = analysis.target
    if occlusion is None:
        return (_no_occlusion_answer(analysis),)
    return (_cap_answer(occlusion), _course_answer(occlusion, analysis), _calcium_answer(occlusion), _length_answer(occlusion))


def _no_occlusion_answer(analysis: Analysis) -> Answer:
    """None found is said of what was followed only: a vessel that could not be followed may be the occluded one."""
    names = ", ".join(v.name for v in analysis.tree.vessels)
    lost = ", ".join(dict.fromkeys(p.vessel for p in analysis.tree.problems if p.vessel))
    if not names:
        return Answer(
            "Occlusion", "Not known: no coronary vessel could be followed", f"Not followed: {lost}." if lost else "", None, "auto"
        )
    blocked = measuring_blocked_by(analysis.volume, analysis.plan)
    if blocked:
        why = " ".join(finding.what for finding in blocked)
        return Answer("Occlusion", "Not known: nothing was measured", why, None, "auto")
    hidden = "; ".join(f.where for f in analysis.findings if f.code == HIDDEN_CODE)
    if lost:
        headline = "No total occlusion in what was followed; not all vessels were"
        doubt = f" Not excluded at {hidden}." if hidden else ""
        return Answer("Occlusion", headline, f"Followed: {names}. Not followed to its end: {lost}.{doubt}", None, "auto")
    if hidden:
        headline = "No total occlusion found; calcium hides the lumen in places"
        return Answer("Occlusion", headline, f"Not excluded at {hidden}. Followed: {names}.", None, "auto")
    return Answer("Occlusion", "No total occlusion found on CT", f"Followed: {names}.", None, "auto")


def _cap_answer(occlusion: Occlusion) -> Answer:
    cap = occlusion.proximal_cap
    headline = f"{occlusion.vessel} {cap.morphology}, s {interval_text(cap.s_mm, unit='mm')}"
    return Answer("Cap", headline, _cap_detail(occlusion, cap), cap.s_mm.best, _cap_state(cap))


def _cap_state(cap: Cap) -> str:
    """Edited as soon as a person moved or named the cap, confirmed only where both are."""
    states = {cap.position_state, cap.morphology_state}
    if len(states) == 1:
        return states.pop()
    return "edited"


def _length_state(occlusion: Occlusion) -> str:
    """The length follows from the places of both caps."""
    states = {occlusion.proximal_cap.position_state, occlusion.distal_cap.position_state}
    return states.pop() if len(states) == 1 else "edited"


def _cap_detail(occlusion: Occlusion, cap: Cap) -> str:
    near = [b for b in occlusion.side_branches if b.at == "proximal"]
    notes = [f"{b.name} {b.distance_to_cap_mm:.1f} mm from the cap" for b in near]
    if cap.hidden_by_calcium:
        notes.append("calcified, position uncertain")
    if cap.ambiguous_on_ct:
        notes.append("ambiguous on CT")
    return "; ".join(notes) or "no side branch within 3 mm"


def _course_answer(occlusion: Occlusion, analysis: Analysis) -> Answer:
    chances = occlusion.course_probabilities
    bend = f"max bend {interval_text(occlusion.max_bend_deg, 0, 'deg')}"
    middle = (occlusion.proximal_cap.s_mm.best + occlusion.distal_cap.s_mm.best) / 2
    vessel = analysis.tree.vessel(occlusion.vessel)
    state = vessel.state if vessel else "auto"
    if not chances:
        return Answer("Course", "one course followed, likelihood not measured", bend, middle, state)
    if len(chances) == 1:
        return Answer("Course", "one way found, no alternative seen", bend, middle, state)
    return Answer("Course", f"1 of {len(chances)} ways, {100 * max(chances):.0f} %", bend, middle, state)


def _calcium_answer(occlusion: Occlusion) -> Answer:
    zones = [(name, occlusion.calcium[name]) for name in OCCLUDED_ZONES if name in occlusion.calcium]
    measured = [(name, zone) for name, zone in zones if zone.max_csa_pct is not None]
    if not measured:
        return Answer("Calcium", "not measured", "no usable section in the occlusion", None, "auto")
    name, densest = max(measured, key=lambda pair: _best(pair[1].max_csa_pct))
    arc = max((zone.max_arc_deg for _, zone in measured if zone.max_arc_deg), key=_best, default=None)
    headline = f"max {interval_text(densest.max_csa_pct, 0, '%')} of section, arc {interval_text(arc, 0, 'deg')}"
    detail = f"in the {name.replace('_', ' ')}; {_over_half_mm(measured):.1f} mm over 50 %"
    return Answer("Calcium", headline, detail, densest.max_csa_s_mm, "auto")


def _best(value: Estimate | None) -> float:
    return value.best if value else 0.0


def _over_half_mm(zones: list[tuple[str, ZoneCalcium]]) -> float:
    return sum(zone.length_csa_50_mm for _, zone in zones)


def _length_answer(occlusion: Occlusion) -> Answer:
    headline = interval_text(occlusion.length_mm, unit="mm")
    detail = f"along the centerline on CT; chord {occlusion.chord_mm:.1f} mm"
    return Answer("Length", headline, detail, occlusion.proximal_cap.s_mm.best, _length_state(occlusion))
