"""CT analogue of the OCT calcium score (docs/clinical.md B.7)."""

from planner.scores.table import Bin, Item, Outcome, Rate, ScoreTable, one_level, over

SCORE = ScoreTable(
    id="oct-calcium-analogue",
    name="OCT calcium score, CT analogue",
    variant="Fujino 2018 arithmetic on CT numbers",
    order=200,
    items=(
        Item("arc", "Calcium arc", "AUTO", one_level(2, over("calcium_arc_deg", ">", 180.0)), "P", unit="deg"),
        Item(
            "thickness",
            "Calcium thickness",
            "AUTO",
            one_level(1, over("calcium_thickness_mm", ">", 0.5)),
            "P",
            unit="mm",
            note="Near 0.5 mm thickness cannot be measured on CT.",
        ),
        Item("length", "Calcium length", "AUTO", one_level(1, over("calcium_length_mm", ">", 5.0)), "P", unit="mm"),
    ),
    source="Fujino A et al., EuroIntervention 2018 (D-17-00962); applied to CT",
    bins=(Bin(0, 3, "0 to 3"), Bin(4, 4, "4")),
    outcomes=(
        Outcome(
            "stent expansion of the OCT score, not of this CT analogue",
            "OCT validation, n = 133",
            (Rate(0, 3, 96.0, "P"), Rate(4, 4, 78.0, "P")),
        ),
    ),
    caution="CT analogue, not an OCT score; blooming inflates arc and thickness, so it tends to overestimate.",
)
