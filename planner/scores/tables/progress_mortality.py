"""PROGRESS-CTO in-hospital mortality (docs/clinical.md A.6)."""

from planner.scores.table import Item, Outcome, ScoreTable, is_one_of, one_level, over

SCORE = ScoreTable(
    id="progress-mortality",
    name="PROGRESS-CTO mortality",
    variant="Simsek 2022",
    order=70,
    items=(
        Item("age", "Age", "OPER", one_level(1, over("age_years", ">=", 65.0)), "P", unit="years"),
        Item(
            "calcification",
            "Moderate or severe calcium on angiography",
            "OPER",
            one_level(1, is_one_of("angiographic_calcium", "moderate", "severe")),
            "P",
            note="Angiographic grade; CT may suggest it, the operator states it.",
        ),
        Item("lvef", "Ejection fraction", "OPER", one_level(1, over("lvef_pct", "<=", 45.0)), "P", unit="%"),
        Item(
            "strategy",
            "Antegrade dissection re-entry or retrograde strategy",
            "PLAN",
            one_level(1, is_one_of("strategy", "adr", "retrograde")),
            "P",
            note="Taken as one item: inferred from the highest published total of the MACE score.",
        ),
    ),
    source="Simsek B et al., JACC Cardiovasc Interv 2022;15:1413-1422",
    outcomes=(Outcome("in-hospital death", "10,480 procedures, 0.45 % overall; risk by total not verified"),),
    c_statistic="0.73 external validation",
)
