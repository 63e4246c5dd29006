"""CT-RECTOR (docs/clinical.md A.9)."""

from planner.scores.table import Bin, Item, Outcome, Rate, ScoreTable, is_one_of, one_level, over

SCORE = ScoreTable(
    id="ct-rector",
    name="CT-RECTOR",
    variant="Opolski 2015",
    order=150,
    items=(
        Item(
            "multiple-occlusions",
            "Multiple occlusions",
            "AUTO",
            one_level(1, is_one_of("multiple_occlusions", True)),
            "K",
            note="At least two interruptions with an opacified segment of at least 5 mm between them.",
        ),
        Item("stump", "Blunt stump", "SEMI", one_level(1, is_one_of("stump", "blunt", "none")), "K"),
        Item(
            "calcification",
            "Severe calcification",
            "AUTO",
            one_level(1, over("calcium_csa_pct", ">=", 50.0)),
            "S003",
            unit="%",
        ),
        Item(
            "bending", "Bend along the occlusion", "AUTO", one_level(1, over("bend_deg", ">=", 45.0)), "K", unit="deg", note="3D."
        ),
        Item(
            "duration",
            "Duration 12 months or more, or unknown",
            "OPER",
            one_level(1, over("duration_months", ">=", 12.0)),
            "K",
            unit="months",
            unknown_points=1,
        ),
        Item("retry", "Previously failed attempt", "OPER", one_level(1, is_one_of("prior_failed_pci", True)), "K"),
    ),
    source="Opolski MP et al., JACC Cardiovasc Interv 2015;8:257-267",
    bins=(Bin(0, 0, "easy"), Bin(1, 1, "intermediate"), Bin(2, 2, "difficult"), Bin(3, 6, "very difficult")),
    outcomes=(
        Outcome(
            "guidewire crossing within 30 min",
            "240 lesions, 55 % crossed",
            (Rate(0, 0, 95.0, "K"), Rate(1, 1, 88.0, "K"), Rate(2, 2, 57.0, "K"), Rate(3, 6, 22.0, "K")),
        ),
    ),
    c_statistic="0.83, against 0.71 for J-CTO (unverified)",
    caution="Occlusion length is not an item of this score.",
)
