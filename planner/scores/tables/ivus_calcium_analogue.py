"""CT analogue of the IVUS calcium score (docs/clinical.md B.7)."""

from planner.scores.table import Bin, Item, ScoreTable, is_one_of, one_level, over

SCORE = ScoreTable(
    id="ivus-calcium-analogue",
    name="IVUS calcium score, CT analogue",
    variant="Zhang 2021 arithmetic on CT numbers",
    order=210,
    items=(
        Item(
            "long-arc",
            "Superficial arc over 270 deg, length",
            "AUTO",
            one_level(1, over("superficial_arc_over_270_length_mm", ">", 5.0)),
            "K",
            unit="mm",
        ),
        Item(
            "full-arc",
            "Calcium all around (360 deg)",
            "AUTO",
            one_level(1, over("calcium_arc_deg", ">=", 360.0)),
            "K",
            unit="deg",
        ),
        Item(
            "nodule",
            "Calcified nodule",
            "SEMI",
            one_level(1, is_one_of("calcified_nodule", True)),
            "K",
            note="CT cannot confirm a calcified nodule.",
        ),
        Item("diameter", "Vessel diameter", "AUTO", one_level(1, over("vessel_diameter_mm", "<", 3.5)), "K", unit="mm"),
    ),
    source="Zhang M et al., EuroIntervention 2021; applied to CT",
    bins=(Bin(0, 1, "0 to 1"), Bin(2, 4, "2 or more (calcium modification suggested, unverified)")),
    caution="CT analogue, not an IVUS score; blooming inflates arc, so it tends to overestimate. All items unverified.",
)
