"""EuroCTO CASTLE read on CT (docs/clinical.md A.10)."""

from planner.scores.table import Bin, Item, Outcome, ScoreTable, is_one_of, one_level, over

SCORE = ScoreTable(
    id="ct-castle",
    name="CT-read EuroCTO CASTLE",
    variant="CT-read, 154 CTOs, 2022",
    order=130,
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
            "Severe calcification on CT",
            "AUTO",
            one_level(1, over("calcium_csa_pct", ">", 50.0)),
            "S003",
            unit="%",
            note="Area over 50 % of a section. CT calls severe calcium more often (48.1 against 33.8 %).",
        ),
    ),
    source="BMC Cardiovasc Disord 2022, s12872-022-02627-4; items of Szijgyarto 2019",
    bins=(Bin(0, 1, "0 to 1"), Bin(2, 3, "2 to 3"), Bin(4, 6, "4 or more")),
    outcomes=(
        Outcome(
            "technical failure, CT-read form",
            "154 CTOs, success 89.0 %, 30-min crossing 42.2 % overall; rates by total not verified",
        ),
    ),
    c_statistic="0.66 derivation, 0.68 validation of the angiographic form",
    caution="Reading calcium on CT raises this score against the angiographic one.",
)
