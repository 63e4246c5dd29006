"""RECHARGE, angiographic (docs/clinical.md A.11)."""

from planner.scores.table import Bin, Item, Outcome, ScoreTable, is_one_of, one_level, over

SCORE = ScoreTable(
    id="recharge",
    name="RECHARGE",
    variant="Maeremans 2018, angiographic",
    order=160,
    items=(
        Item("stump", "Blunt stump", "SEMI", one_level(1, is_one_of("stump", "blunt", "none")), "K"),
        Item(
            "calcification",
            "Calcification on angiography",
            "OPER",
            one_level(1, is_one_of("angiographic_calcium", "mild", "moderate", "severe")),
            "K",
        ),
        Item("bending", "Tortuosity or bend", "AUTO", one_level(1, over("bend_deg", ">=", 45.0)), "K", unit="deg", note="3D."),
        Item("length", "Occlusion length", "AUTO", one_level(1, over("occlusion_length_mm", ">=", 20.0)), "K", unit="mm"),
        Item(
            "landing-zone",
            "Diseased distal landing zone",
            "SEMI",
            one_level(1, is_one_of("diseased_landing_zone", True)),
            "K",
        ),
        Item(
            "graft", "Previous bypass graft on the target vessel", "OPER", one_level(1, is_one_of("graft_on_target", True)), "K"
        ),
    ),
    source="Maeremans J et al., Catheter Cardiovasc Interv 2018;91:192-202",
    bins=(Bin(0, 0, "0"), Bin(1, 1, "1"), Bin(2, 2, "2"), Bin(3, 4, "3 to 4"), Bin(5, 6, "5 to 6")),
    outcomes=(Outcome("technical success", "success of each group not verified"),),
    c_statistic="0.757 by angiography in 131 CTOs (Li J 2021)",
)
