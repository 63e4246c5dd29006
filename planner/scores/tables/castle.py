"""EuroCTO CASTLE, angiographic (docs/clinical.md A.10)."""

from planner.scores.table import Bin, Item, Outcome, Rate, ScoreTable, is_one_of, one_level, over

SCORE = ScoreTable(
    id="castle",
    name="EuroCTO CASTLE",
    variant="Szijgyarto 2019, angiographic",
    order=120,
    items=(
        Item("cabg", "CABG history", "OPER", one_level(1, is_one_of("prior_cabg", True)), "P"),
        Item("age", "Age", "OPER", one_level(1, over("age_years", ">=", 70.0)), "P", unit="years"),
        Item("stump", "Stump blunt or invisible", "SEMI", one_level(1, is_one_of("stump", "blunt", "none")), "P"),
        Item(
            "tortuosity",
            "Severe tortuosity",
            "SEMI",
            one_level(1, is_one_of("tortuosity", "severe")),
            "P",
            note="Published angle not verified; graded by the PROGRESS-CTO rule: two bends over 90 deg or one over 120.",
        ),
        Item("length", "Occlusion length", "AUTO", one_level(1, over("occlusion_length_mm", ">=", 20.0)), "P", unit="mm"),
        Item(
            "calcification",
            "Severe extent of calcification on angiography",
            "OPER",
            one_level(1, is_one_of("angiographic_calcium", "severe")),
            "P",
            note="S003: over 50 % of the CTO segment.",
        ),
    ),
    source="Szijgyarto Z et al., JACC Cardiovasc Interv 2019;12:335-342",
    bins=(Bin(0, 1, "0 to 1"), Bin(2, 3, "2 to 3"), Bin(4, 6, "4 or more")),
    outcomes=(
        Outcome(
            "technical failure",
            "EuroCTO registry, 14,882 procedures, derivation",
            (Rate(0, 1, 8.0, "P"), Rate(2, 3, None, "?"), Rate(4, 6, 35.0, "P")),
        ),
    ),
    c_statistic="0.66 derivation, 0.68 validation; 0.633 in 1,342 REBECO procedures (Salinas 2021)",
    caution="",
)
