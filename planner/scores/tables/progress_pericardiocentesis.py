"""PROGRESS-CTO pericardiocentesis (docs/clinical.md A.6)."""

from planner.scores.table import Item, Level, Outcome, ScoreTable, is_one_of, one_level, over

SCORE = ScoreTable(
    id="progress-pericardiocentesis",
    name="PROGRESS-CTO pericardiocentesis",
    variant="Simsek 2022",
    order=80,
    items=(
        Item("age", "Age", "OPER", one_level(1, over("age_years", ">=", 65.0)), "P", unit="years"),
        Item("sex", "Female sex", "OPER", one_level(1, is_one_of("sex", "female")), "P"),
        Item(
            "calcification",
            "Moderate or severe calcium on angiography",
            "OPER",
            one_level(1, is_one_of("angiographic_calcium", "moderate", "severe")),
            "P",
            note="Angiographic grade; CT may suggest it, the operator states it.",
        ),
        Item(
            "strategy",
            "Crossing strategy",
            "PLAN",
            (Level(2, (is_one_of("strategy", "retrograde"),)), Level(1, (is_one_of("strategy", "adr"),))),
            "P",
            note="Levels of one item: inferred from the highest published total.",
        ),
    ),
    source="Simsek B et al., JACC Cardiovasc Interv 2022;15:1413-1422",
    outcomes=(
        Outcome(
            "pericardiocentesis",
            "7,672 procedures without prior CABG; span 0.18 to 8.74 %, totals 1 to 2: 0.4 to 1.6 %; single rates not verified",
        ),
    ),
    c_statistic="0.69 external validation",
    caution="Derived in patients without prior CABG.",
    withheld_if=("prior_cabg", True, "Score not derived for this patient: the cohort excluded prior CABG."),
)
