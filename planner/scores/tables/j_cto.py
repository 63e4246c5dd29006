"""J-CTO, angiographic (docs/clinical.md A.2)."""

from planner.scores.table import Bin, Item, Outcome, Rate, ScoreTable, is_one_of, one_level, over

SCORE = ScoreTable(
    id="j-cto",
    name="J-CTO",
    variant="Morino 2011, angiographic",
    order=10,
    items=(
        Item("stump", "Blunt entry", "SEMI", one_level(1, is_one_of("stump", "blunt", "none")), "K"),
        Item(
            "calcification",
            "Calcium on angiography",
            "OPER",
            one_level(1, is_one_of("angiographic_calcium", "mild", "moderate", "severe")),
            "S003",
            note="Angiographic item: any calcium within the CTO segment. CT calcium is not entered here.",
        ),
        Item(
            "bending", "Bend inside the occlusion", "AUTO", one_level(1, over("bend_deg", ">", 45.0)), "P", unit="deg", note="3D."
        ),
        Item(
            "length",
            "Occlusion length",
            "AUTO",
            one_level(1, over("occlusion_length_mm", ">=", 20.0)),
            "K",
            unit="mm",
            note="CT length; angiographic length was longer on average (37.2 against 27.6 mm, Li 2015).",
        ),
        Item("retry", "Previous failed attempt", "OPER", one_level(1, is_one_of("prior_failed_pci", True)), "P"),
    ),
    source="Morino Y et al., JACC Cardiovasc Interv 2011;4:213-221",
    bins=(Bin(0, 0, "easy"), Bin(1, 1, "intermediate"), Bin(2, 2, "difficult"), Bin(3, 5, "very difficult")),
    outcomes=(
        Outcome(
            "guidewire crossing within 30 min",
            "J-CTO registry, 494 lesions, derivation set, angiographic reading",
            (Rate(0, 0, 88.0, "P"), Rate(1, 1, 67.0, "P"), Rate(2, 2, 42.0, "P"), Rate(3, 5, 10.0, "P")),
        ),
        Outcome(
            "guidewire crossing within 30 min",
            "J-CTO registry, validation set, angiographic reading",
            (Rate(0, 0, 92.3, "K"), Rate(1, 1, 58.3, "K"), Rate(2, 2, 34.8, "K"), Rate(3, 5, 22.2, "K")),
        ),
    ),
    c_statistic="0.82 derivation, 0.76 validation (unverified); 0.628 in 1,342 REBECO procedures (Salinas 2021)",
    caution="30-min wire crossing is not procedural success.",
)
