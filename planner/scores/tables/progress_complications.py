"""PROGRESS-CTO complications (docs/clinical.md A.5)."""

from planner.scores.table import Bin, Item, Outcome, Rate, ScoreTable, is_one_of, one_level, over

SCORE = ScoreTable(
    id="progress-complications",
    name="PROGRESS-CTO complications",
    variant="Danek 2016",
    order=50,
    items=(
        Item("age", "Age", "OPER", one_level(3, over("age_years", ">", 65.0)), "P", unit="years"),
        Item("length", "Occlusion length", "AUTO", one_level(2, over("occlusion_length_mm", ">=", 23.0)), "P", unit="mm"),
        Item("retrograde", "Retrograde approach used", "PLAN", one_level(1, is_one_of("strategy", "retrograde")), "P"),
    ),
    source="Danek BA et al., J Am Heart Assoc 2016;5:e004272",
    bins=(Bin(0, 2, "low"), Bin(3, 4, "intermediate"), Bin(5, 6, "high")),
    outcomes=(
        Outcome(
            "periprocedural complication",
            "1,569 procedures, derivation",
            (Rate(0, 2, 0.4, "P"), Rate(3, 4, 1.8, "P"), Rate(5, 6, 6.5, "P")),
        ),
        Outcome(
            "periprocedural complication",
            "1,569 procedures, validation",
            (Rate(0, 2, 0.0, "P"), Rate(3, 4, 2.5, "P"), Rate(5, 6, 6.8, "P")),
        ),
    ),
    c_statistic="0.758 derivation, 0.793 validation",
)
