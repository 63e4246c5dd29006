"""KCCT (docs/clinical.md A.8)."""

from planner.scores.table import Bin, Item, Level, Outcome, ScoreTable, is_one_of, one_level, over

SCORE = ScoreTable(
    id="kcct",
    name="KCCT",
    variant="Yu 2017",
    order=140,
    items=(
        Item("stump", "Proximal blunt entry", "SEMI", one_level(1, is_one_of("stump", "blunt", "none")), "K"),
        Item(
            "side-branch",
            "Side branch at the proximal cap",
            "SEMI",
            one_level(1, is_one_of("side_branch_at_cap", True)),
            "K",
            note="Within 3 mm of the cap (app setting; the published distance was not verified).",
        ),
        Item(
            "bending", "Bend inside the occlusion", "AUTO", one_level(1, over("bend_deg", ">", 45.0)), "K", unit="deg", note="3D."
        ),
        Item("length", "Occlusion length", "AUTO", one_level(1, over("occlusion_length_mm", ">=", 15.0)), "P", unit="mm"),
        Item(
            "calcification",
            "Severe (1) or whole luminal (2) calcification",
            "AUTO",
            (
                Level(2, (is_one_of("full_moon", True),)),
                Level(1, (over("calcium_arc_deg", ">=", 180.0), over("calcium_csa_pct", ">=", 50.0))),
            ),
            "S003",
            unit="%",
            note="1: arc at least 180 deg and area at least 50 %; 2: whole lumen. The two levels exclude each other (inferred).",
        ),
        Item("reattempt", "Previous failed attempt", "OPER", one_level(1, is_one_of("prior_failed_pci", True)), "K"),
        Item(
            "duration",
            "Duration 12 months or more, or unknown",
            "OPER",
            one_level(1, over("duration_months", ">=", 12.0)),
            "P",
            unit="months",
            unknown_points=1,
        ),
    ),
    source="Yu CW et al., Circ Cardiovasc Imaging 2017;10:e005800",
    bins=(Bin(0, 3, "under 4"), Bin(4, 8, "4 or more")),
    outcomes=(
        Outcome(
            "guidewire crossing within 30 min",
            "684 lesions, crossed in 50 %; a total under 4 predicts crossing with sensitivity 70 %, specificity 68 %; "
            "single rates not verified",
        ),
    ),
    c_statistic="0.78, against 0.65 to 0.72 for J-CTO, PROGRESS-CTO, CL and CT-RECTOR",
)
