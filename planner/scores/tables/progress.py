"""PROGRESS-CTO technical success (docs/clinical.md A.4)."""

from planner.scores.table import Item, Outcome, ScoreTable, is_one_of, one_level

SCORE = ScoreTable(
    id="progress",
    name="PROGRESS-CTO",
    variant="Christopoulos 2016",
    order=40,
    items=(
        Item(
            "cap-ambiguity",
            "Proximal cap ambiguous on angiography",
            "OPER",
            one_level(1, is_one_of("cap_ambiguous", True)),
            "K",
            note="Angiographic item. A cap located on CT is reported apart from it.",
        ),
        Item(
            "tortuosity",
            "Moderate or severe tortuosity of the target vessel",
            "AUTO",
            one_level(1, is_one_of("tortuosity", "moderate", "severe")),
            "K",
            note="Moderate: two bends over 70 deg or one over 90 deg; severe: two over 90 deg or one over 120 deg; 3D on CT.",
        ),
        Item("circumflex", "Circumflex occlusion", "AUTO", one_level(1, is_one_of("target_vessel", "LCx")), "P"),
        Item(
            "collaterals",
            "No interventional collaterals",
            "OPER",
            one_level(1, is_one_of("interventional_collaterals", False)),
            "K",
        ),
    ),
    source="Christopoulos G et al., JACC Cardiovasc Interv 2016;9:1-9",
    outcomes=(Outcome("technical success", "781 procedures, 92.9 % overall; success by total not verified"),),
    c_statistic="0.778 derivation, 0.720 validation; 0.557 in 1,342 REBECO procedures (Salinas 2021)",
    caution="Calcification is not an item of this score.",
)
