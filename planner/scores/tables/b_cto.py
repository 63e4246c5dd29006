"""B-CTO, Busan (docs/clinical.md A.13)."""

from planner.scores.table import Bin, Item, Level, Outcome, Rate, ScoreTable, is_one_of, one_level, over

SCORE = ScoreTable(
    id="b-cto",
    name="B-CTO",
    variant="Busan",
    order=190,
    items=(
        Item(
            "age",
            "Age 60 to 74 (1), 75 or more (2)",
            "OPER",
            (Level(2, (over("age_years", ">=", 75.0),)), Level(1, (over("age_years", ">=", 60.0),))),
            "P",
            unit="years",
        ),
        Item("length", "Occlusion length", "AUTO", one_level(1, over("occlusion_length_mm", ">=", 20.0)), "P", unit="mm"),
        Item("sex", "Female sex", "OPER", one_level(2, is_one_of("sex", "female")), "P"),
        Item("location", "RCA occlusion", "AUTO", one_level(2, is_one_of("target_vessel", "RCA")), "P"),
        Item("stump", "Blunt stump", "SEMI", one_level(2, is_one_of("stump", "blunt", "none")), "P"),
        Item(
            "bending", "Bend inside the occlusion", "AUTO", one_level(2, over("bend_deg", ">", 45.0)), "P", unit="deg", note="3D."
        ),
    ),
    source="Busan CTO score, figshare 4626157",
    bins=(Bin(0, 1, "easy"), Bin(2, 3, "intermediate"), Bin(4, 5, "difficult"), Bin(6, 11, "very difficult")),
    outcomes=(
        Outcome(
            "recanalisation",
            "Busan cohort",
            (Rate(0, 1, 95.3, "P"), Rate(2, 3, 86.5, "P"), Rate(4, 5, 79.1, "P"), Rate(6, 11, 65.2, "P")),
        ),
    ),
)
