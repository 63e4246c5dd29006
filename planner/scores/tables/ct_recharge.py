"""RECHARGE read on CT (docs/clinical.md A.11)."""

from planner.scores.table import Bin, Item, Outcome, ScoreTable, is_one_of, one_level, over

SCORE = ScoreTable(
    id="ct-recharge",
    name="CT-read RECHARGE",
    variant="CT-read, Li J 2021",
    order=170,
    items=(
        Item("stump", "Blunt stump", "SEMI", one_level(1, is_one_of("stump", "blunt", "none")), "K"),
        Item(
            "calcification",
            "Calcification on CT",
            "AUTO",
            one_level(1, over("calcium_csa_pct", ">", 0.0)),
            "E",
            unit="%",
            note="Any calcium inside the occlusion (app setting; the CT cut was not verified).",
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
    source="Li J et al., Korean J Radiol 2021;22:697-705; items of Maeremans 2018",
    bins=(Bin(0, 0, "0"), Bin(1, 1, "1"), Bin(2, 2, "2"), Bin(3, 4, "3 to 4"), Bin(5, 6, "5 to 6")),
    outcomes=(Outcome("technical success", "success of each group not verified"),),
    c_statistic="0.718 for success by CT, 0.757 by angiography, 131 CTOs (Li J 2021)",
)
