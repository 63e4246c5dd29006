"""CL score (docs/clinical.md A.7)."""

from planner.scores.table import Bin, Item, Outcome, Rate, ScoreTable, is_one_of, one_level, over

SCORE = ScoreTable(
    id="cl",
    name="CL score",
    variant="Alessandrino 2015",
    order=110,
    items=(
        Item("cabg", "Previous CABG", "OPER", one_level(1.5, is_one_of("prior_cabg", True)), "K"),
        Item("mi", "Previous MI", "OPER", one_level(1, is_one_of("prior_mi", True)), "K"),
        Item(
            "calcification",
            "Severe lesion calcification",
            "OPER",
            one_level(2, is_one_of("angiographic_calcium", "severe")),
            "S003",
            note="Angiographic in the paper.",
        ),
        Item("length", "Occlusion length", "AUTO", one_level(1.5, over("occlusion_length_mm", ">=", 20.0)), "K", unit="mm"),
        Item("location", "Not in the LAD", "AUTO", one_level(1, is_one_of("target_vessel", "LM", "LCx", "RCA")), "K"),
        Item("stump", "Blunt stump", "SEMI", one_level(1, is_one_of("stump", "blunt", "none")), "K"),
    ),
    source="Alessandrino G et al., JACC Cardiovasc Interv 2015;8:1540-1548",
    bins=(Bin(0, 1, "0 to 1"), Bin(1.5, 2.5, "over 1, under 3"), Bin(3, 4.5, "3 to under 5"), Bin(5, 8, "5 or more")),
    outcomes=(
        Outcome(
            "first-attempt success",
            "1,657 first attempts",
            (Rate(0, 1, 84.9, "K"), Rate(1.5, 2.5, 74.9, "K"), Rate(3, 4.5, 58.0, "K"), Rate(5, 8, 31.9, "K")),
        ),
    ),
    c_statistic="0.652 in 1,342 REBECO procedures (Salinas 2021)",
)
