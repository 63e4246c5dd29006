"""ORA (docs/clinical.md A.12)."""

from planner.scores.table import Bin, Item, Outcome, ScoreTable, is_one_of, one_level, over

SCORE = ScoreTable(
    id="ora",
    name="ORA",
    variant="Galassi 2016",
    order=180,
    items=(
        Item("ostial", "Ostial location", "SEMI", one_level(1, is_one_of("ostial", True)), "P"),
        Item("rentrop", "Rentrop collateral filling", "OPER", one_level(2, over("rentrop", "<", 2.0)), "P"),
        Item("age", "Age", "OPER", one_level(1, over("age_years", ">=", 75.0)), "P", unit="years"),
    ),
    source="Galassi AR et al., JACC Cardiovasc Interv 2016;9:911-922",
    bins=(Bin(0, 0, "easy"), Bin(1, 1, "intermediate"), Bin(2, 2, "difficult"), Bin(3, 4, "very difficult")),
    outcomes=(Outcome("technical failure", "1,073 procedures, one operator; rates by category not verified"),),
    caution="Ostial location was not associated with success in 8,788 PROGRESS-CTO procedures. Category names unverified.",
)
