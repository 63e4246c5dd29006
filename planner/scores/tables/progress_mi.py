"""PROGRESS-CTO acute myocardial infarction (docs/clinical.md A.6)."""

from planner.scores.table import Item, Outcome, ScoreTable, is_one_of, one_level

SCORE = ScoreTable(
    id="progress-mi",
    name="PROGRESS-CTO acute MI",
    variant="Simsek 2022",
    order=90,
    items=(
        Item("cabg", "Prior CABG", "OPER", one_level(1, is_one_of("prior_cabg", True)), "K"),
        Item("atrial-fibrillation", "Atrial fibrillation", "OPER", one_level(1, is_one_of("atrial_fibrillation", True)), "K"),
        Item("stump", "Blunt stump", "SEMI", one_level(1, is_one_of("stump", "blunt", "none")), "K"),
    ),
    source="Simsek B et al., JACC Cardiovasc Interv 2022;15:1413-1422",
    outcomes=(Outcome("in-hospital acute MI", "10,480 procedures, 0.63 % overall; risk by total not verified"),),
    caution="The three items are unverified.",
)
