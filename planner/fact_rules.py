"""What each fact may be: kind, possible and likely range; impossible values are refused, unlikely ones asked about."""

import math
from dataclasses import dataclass, fields

from planner.facts import ClinicalFacts
from recon.errors import CallError
from recon.estimate import Estimate


@dataclass(frozen=True, slots=True)
class FactRule:
    """`kind`: number, integer, flag or word. `low`..`high` is possible; outside `likely` the value is asked about."""

    label: str
    kind: str
    unit: str = ""
    low: float = 0.0
    high: float = math.inf
    likely: tuple[float, float] = (-math.inf, math.inf)
    words: tuple[str, ...] = ()


FACT_RULES: dict[str, FactRule] = {
    "occlusion_length_mm": FactRule("Occlusion length", "number", "mm", 0, 250, (1.5, 120)),
    "bend_deg": FactRule("Bend inside the occlusion", "number", "deg", 0, 180, (0, 120)),
    "stump": FactRule("Stump", "word", words=("blunt", "tapered", "none")),
    "calcium_csa_pct": FactRule("Calcium area", "number", "%", 0, 100),
    "calcium_arc_deg": FactRule("Calcium arc", "number", "deg", 0, 360),
    "full_moon": FactRule("Full moon calcium", "flag"),
    "angiographic_calcium": FactRule("Calcium on angiography", "word", words=("none", "mild", "moderate", "severe")),
    "multiple_occlusions": FactRule("Multiple occlusions", "flag"),
    "side_branch_at_cap": FactRule("Side branch at the proximal cap", "flag"),
    "tortuosity": FactRule("Tortuosity", "word", words=("none", "moderate", "severe")),
    "target_vessel": FactRule("Target vessel", "word", words=("LM", "LAD", "LCx", "RCA")),
    "ostial": FactRule("Ostial occlusion", "flag"),
    "in_stent": FactRule("In-stent occlusion", "flag"),
    "prior_failed_pci": FactRule("Previous failed attempt", "flag"),
    "duration_months": FactRule("Duration", "number", "months", 0, 1200, (3, 480)),
    "age_years": FactRule("Age", "number", "years", 0, 120, (30, 95)),
    "sex": FactRule("Sex", "word", words=("female", "male")),
    "prior_cabg": FactRule("Prior CABG", "flag"),
    "prior_mi": FactRule("Prior MI", "flag"),
    "graft_on_target": FactRule("Bypass graft on the target vessel", "flag"),
    "atrial_fibrillation": FactRule("Atrial fibrillation", "flag"),
    "lvef_pct": FactRule("Ejection fraction", "number", "%", 1, 100, (15, 75)),
    "rentrop": FactRule("Rentrop grade", "integer", "", 0, 3),
    "interventional_collaterals": FactRule("Interventional collaterals", "flag"),
    "cap_ambiguous": FactRule("Proximal cap ambiguous on angiography", "flag"),
    "diseased_landing_zone": FactRule("Diseased landing zone", "flag"),
    "calcium_thickness_mm": FactRule("Calcium thickness", "number", "mm", 0, 10, (0, 4)),
    "calcium_length_mm": FactRule("Calcium length", "number", "mm", 0, 250, (0, 120)),
    "superficial_arc_over_270_length_mm": FactRule("Length of superficial arc over 270 deg", "number", "mm", 0, 250, (0, 60)),
    "calcified_nodule": FactRule("Calcified nodule", "flag"),
    "vessel_diameter_mm": FactRule("Vessel diameter", "number", "mm", 0.1, 15, (1.0, 7.0)),
}
"""The facts of `score FACTS.json` (output contract); limits are app settings."""

CLINICAL_RULES: dict[str, FactRule] = {
    "werner_cc": FactRule("Werner collateral grade", "integer", "", 0, 2),
    "j_channel": FactRule("J-Channel difficulty", "word", words=("easy", "intermediate", "difficult")),
    "indication": FactRule("Indication", "text"),
    "kit": FactRule("Kit at hand", "texts"),
    "skills": FactRule("Operator skills", "texts"),
}
"""Clinical facts that no score takes."""


@dataclass(frozen=True, slots=True)
class Question:
    """A value that can be but is unlikely: a person should look again."""

    key: str
    text: str


def checked_fact(key: str, value: object) -> Estimate | bool | str | None:
    """The value of a stated fact; numbers become an Estimate, an interval is {low, best, high}.

    Raises CallError, naming the key, for an unknown key, a wrong kind or an impossible value.
    """
    rule = FACT_RULES.get(key)
    if rule is None:
        raise CallError("Unknown fact.", f"`{key}` is not a fact of any score.", f"Known facts: {', '.join(FACT_RULES)}.")
    return _checked(key, rule, value)


def check_clinical(facts: ClinicalFacts) -> tuple[Question, ...]:
    """Questions about unlikely clinical facts; raises CallError, naming the fact, for an impossible one."""
    questions = []
    for field in fields(facts):
        rule = FACT_RULES.get(field.name) or CLINICAL_RULES[field.name]
        value = getattr(facts, field.name)
        checked = None if rule.kind in ("text", "texts") else _checked(field.name, rule, value)
        questions += [q for q in (_question(field.name, rule, checked),) if q]
    return (*questions, *_contradictions(facts))


def fact_question(key: str, value: Estimate | bool | str | None) -> Question | None:
    """What to ask about an unlikely stated fact."""
    return _question(key, FACT_RULES[key], value)


def _checked(key: str, rule: FactRule, value: object) -> Estimate | bool | str | None:
    if value is None:
        return None
    if rule.kind == "flag":
        return value if isinstance(value, bool) else _refuse(key, value, "true, false or null")
    if rule.kind == "word":
        return value if isinstance(value, str) and value in rule.words else _refuse(key, value, " or ".join(rule.words))
    if isinstance(value, dict):
        return _interval(key, rule, value)
    return Estimate.exact(_number(key, rule, value))


def _interval(key: str, rule: FactRule, value: dict[str, object]) -> Estimate:
    if set(value) != {"low", "best", "high"}:
        _refuse(key, value, "a number or {low, best, high}")
    low, best, high = (_number(key, rule, value[end]) for end in ("low", "best", "high"))
    return Estimate(low, best, high) if low <= best <= high else _refuse(key, value, "low <= best <= high")


def _number(key: str, rule: FactRule, value: object) -> float:
    number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    whole = rule.kind != "integer" or number == round(number) if math.isfinite(number) else False
    if not (whole and rule.low <= number <= rule.high):
        _refuse(
            key, value, f"{'a whole number' if rule.kind == 'integer' else 'a number'} {rule.low:g} to {rule.high:g} {rule.unit}"
        )
    return number


def _refuse(key: str, value: object, allowed: str) -> Estimate:
    raise CallError("Impossible fact.", f"`{key}` is {value!r}.", f"Allowed: {allowed.strip()}.")


def _question(key: str, rule: FactRule, value: Estimate | bool | str | None) -> Question | None:
    if not isinstance(value, Estimate) or rule.likely[0] <= value.best <= rule.likely[1]:
        return None
    return Question(key, f"{rule.label} of {value.best:g} {rule.unit}".strip() + " is unusual. Is it right?")


def _contradictions(facts: ClinicalFacts) -> tuple[Question, ...]:
    if facts.graft_on_target and facts.prior_cabg is False:
        return (Question("graft_on_target", "A graft on the target vessel is stated without prior CABG. Which is right?"),)
    return ()
