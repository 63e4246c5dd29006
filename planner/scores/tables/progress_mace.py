"""PROGRESS-CTO MACE (docs/clinical.md A.6)."""

from planner.scores.table import Item, Level, Outcome, Rate, ScoreTable, is_one_of, one_level, over

SCORE = ScoreTable(
    id="progress-mace",
    name="PROGRESS-CTO MACE",
    variant="Simsek 2022",
    order=60,
    items=(
        Item("age", "Age", "OPER", one_level(1, over("age_years", ">=", 65.0)), "P", unit="years"),
        Item("sex", "Female sex", "OPER", one_level(2, is_one_of("sex", "female")), "P"),
        Item(
            "calcification",
            "Moderate or severe calcium on angiography",
            "OPER",
            one_level(1, is_one_of("angiographic_calcium", "moderate", "severe")),
            "P",
            note="Angiographic grade; CT may suggest it, the operator states it.",
        ),
        Item("stump", "Blunt stump", "SEMI", one_level(1, is_one_of("stump", "blunt", "none")), "P"),
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
            "in-hospital MACE",
            "external validation, 4,569 patients, observed",
            (
                Rate(0, 1, 0.7, "P"),
                Rate(2, 2, 1.5, "P"),
                Rate(3, 3, 2.2, "P"),
                Rate(4, 4, 3.8, "P"),
                Rate(5, 5, 4.9, "P"),
                Rate(6, 7, 5.8, "P"),
            ),
        ),
    ),
    c_statistic="0.72 external validation",
    caution="Calibration varies between cohorts: 4.1 % in-hospital MACE in OPEN-CTO against 2.05 % in the derivation cohort.",
)
