"""The facts the algorithms ask for: those of the scores and some that only the options read (docs/clinical.md C.1)."""

from planner.occlusion import Flag, Occlusion, ZoneCalcium
from planner.plan import Plan
from planner.scores.fact import Fact, Facts
from planner.scores.measured import measured_facts
from planner.scores.score import ScoreSheet
from recon.estimate import Estimate

CAP_CALCIUM_PCT = 5.0
HEAVY_CSA_PCT, HEAVY_ARC_DEG = 50.0, 180.0
LANDING_CALCIUM_PCT, LANDING_CALCIUM_MM = 25.0, 2.0
BIFURCATION_MM = 3.0
"""App settings: the sources give no numbers for these words."""
LIKELY_COURSE = 0.7
PROCTOR_J_CTO = 2


def option_facts(occlusion: Occlusion, scores: ScoreSheet, plan: Plan) -> Facts:
    """Score facts of the occlusion plus calcium by zone, landing zone, course, cap and J-CTO as the algorithms word them."""
    return measured_facts(occlusion, None, plan) | {
        "cap_ambiguous_on_ct": _flag_fact(occlusion.proximal_cap.ambiguous_on_ct, _cap_place(occlusion)),
        "cap_calcified": _cap_calcified(occlusion),
        "heavy_calcium": _heavy(occlusion),
        "calcium_one_sided": _one_sided(occlusion),
        "landing_calcified": _landing_calcified(occlusion),
        "bifurcation_at_distal_cap": _bifurcation(occlusion),
        "course_ambiguous": _course(occlusion),
        "j_cto_2_or_more": _j_cto(occlusion, scores),
    }


def _j_cto(occlusion: Occlusion, scores: ScoreSheet) -> Fact:
    """Known as soon as no completion of the unknown items changes it."""
    score = next((s for s in scores.scores if (s.id, s.occlusion) == ("j-cto", occlusion.id)), None)
    if score is None or score.low < PROCTOR_J_CTO <= score.high:
        return Fact(None, note="" if score is None else f"J-CTO {score.low:g} to {score.high:g}.")
    return Fact(score.low >= PROCTOR_J_CTO, state="auto", note=f"J-CTO {score.low:g} to {score.high:g}.")


def _flag_fact(value: bool, place: tuple[float, float] | None, note: str = "") -> Fact:
    return Fact(value, state="auto", evidence_s_mm=place, note=note)


def _cap_place(occlusion: Occlusion) -> tuple[float, float]:
    return occlusion.proximal_cap.s_mm.low, occlusion.proximal_cap.s_mm.high


def _cap_calcified(occlusion: Occlusion) -> Fact:
    zone = occlusion.calcium.get("proximal_cap")
    if zone is None or zone.max_csa_pct is None:
        return Fact(None)
    return _over((zone.max_csa_pct, CAP_CALCIUM_PCT, "area", "%"), _cap_place(occlusion))


def _heavy(occlusion: Occlusion) -> Fact:
    zones = [z for name, z in occlusion.calcium.items() if name != "landing"]
    csa, arc = _largest([z.max_csa_pct for z in zones]), _largest([z.max_arc_deg for z in zones])
    if csa is None or arc is None:
        return Fact(None)
    reached = csa.best >= HEAVY_CSA_PCT or arc.best >= HEAVY_ARC_DEG
    surely = csa.low >= HEAVY_CSA_PCT or arc.low >= HEAVY_ARC_DEG
    never = csa.high < HEAVY_CSA_PCT and arc.high < HEAVY_ARC_DEG
    rule = f"heavy from {HEAVY_CSA_PCT:.0f} % or {HEAVY_ARC_DEG:.0f} deg, app setting"
    note = f"Area {csa.best:.0f} %, arc {arc.best:.0f} deg ({rule})."
    place = (occlusion.proximal_cap.s_mm.best, occlusion.distal_cap.s_mm.best)
    return Fact(reached, possible=() if surely or never else (True, False), state="auto", evidence_s_mm=place, note=note)


def _largest(values: list[Estimate | None]) -> Estimate | None:
    return max((v for v in values if v is not None), key=lambda v: v.best, default=None)


def _one_sided(occlusion: Occlusion) -> Fact:
    flags = [f for f in occlusion.flags if f.code in ("calcium-eccentric", "nodular-calcium") and f.state != "declined"]
    return _flag_fact(bool(flags), flags[0].s_mm if flags else None, " ".join(_text(f) for f in flags))


def _text(flag: Flag) -> str:
    return flag.text


def _landing_calcified(occlusion: Occlusion) -> Fact:
    zone: ZoneCalcium | None = occlusion.calcium.get("landing")
    if zone is None or zone.max_csa_pct is None or occlusion.landing_zone is None:
        return Fact(None)
    landing = occlusion.landing_zone
    found = zone.max_csa_pct.best >= LANDING_CALCIUM_PCT or zone.calcium_length_mm >= LANDING_CALCIUM_MM
    runs = ", ".join(f"{b - a:.0f} mm" for a, b in landing.calcium_free_runs_mm) or "none"
    diameter = "not measured" if landing.mean_lumen_diameter_mm is None else f"{landing.mean_lumen_diameter_mm:.1f} mm"
    note = f"Calcium-free runs: {runs}; mean lumen {diameter}."
    return _flag_fact(found, (landing.start_mm, landing.start_mm + landing.length_mm), note)


def _bifurcation(occlusion: Occlusion) -> Fact:
    near = [b for b in occlusion.side_branches if b.at == "distal" and b.distance_to_cap_mm <= BIFURCATION_MM]
    place = (occlusion.distal_cap.s_mm.low, occlusion.distal_cap.s_mm.high)
    return _flag_fact(bool(near), place, ", ".join(f"{b.name} {b.distance_to_cap_mm:.1f} mm" for b in near))


def _course(occlusion: Occlusion) -> Fact:
    chances = occlusion.course_probabilities
    if not chances:
        return Fact(None, note="The likelihood of the course was not measured.")
    place = (occlusion.proximal_cap.s_mm.best, occlusion.distal_cap.s_mm.best)
    return _flag_fact(max(chances) < LIKELY_COURSE, place, f"Most likely course {100 * max(chances):.0f} %.")


def _over(measure: tuple[Estimate, float, str, str], place: tuple[float, float]) -> Fact:
    value, cut, name, unit = measure
    possible = () if value.low >= cut or value.high < cut else (True, False)
    return Fact(
        value.best >= cut, possible=possible, state="auto", evidence_s_mm=place, note=f"Largest {name} {value.best:.0f} {unit}."
    )
