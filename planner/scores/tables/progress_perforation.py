"""PROGRESS-CTO perforation (docs/clinical.md A.6)."""

from planner.scores.table import Item, Level, Outcome, ScoreTable, is_one_of, one_level, over

SCORE = ScoreTable(
    id="progress-perforation",
    name="PROGRESS-CTO perforation",
    variant="Kostantinis 2023",
    order=100,
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
        Item("stump", "Blunt or no stump", "SEMI", one_level(1, is_one_of("stump", "blunt", "none")), "P"),
        Item(
            "strategy",
            "Crossing strategy",
            "PLAN",
            (Level(2, (is_one_of("strategy", "retrograde"),)), Level(1, (is_one_of("strategy", "adr"),))),
            "P",
            note="Levels of one item: inferred from the highest published total.",
        ),
    ),
    source="Kostantinis S et al., EuroIntervention 2023;18:1022-1030",
    outcomes=(Outcome("clinical perforation", "9,618 procedures, 3.8 % overall; risk by total not verified"),),
    c_statistic="0.741, bootstrap 0.736; 0.76 external validation (4,566)",
)
