"""CT-derived J-CTO in the form of Fujino 2018 (docs/clinical.md A.3)."""

from planner.scores.table import Bin, Item, Outcome, Rate, ScoreTable, is_one_of, one_level, over

SCORE = ScoreTable(
    id="ct-j-cto-fujino",
    name="CT-derived J-CTO",
    variant="Fujino 2018",
    order=30,
    items=(
        Item("stump", "Blunt proximal cap", "SEMI", one_level(1, is_one_of("stump", "blunt", "none")), "P"),
        Item(
            "calcification",
            "Calcium area in a section of the occlusion",
            "AUTO",
            one_level(1, over("calcium_csa_pct", ">", 50.0)),
            "S003",
            unit="%",
        ),
        Item(
            "bending", "Bend inside the occlusion", "AUTO", one_level(1, over("bend_deg", ">", 45.0)), "P", unit="deg", note="3D."
        ),
        Item("length", "Occlusion length", "AUTO", one_level(1, over("occlusion_length_mm", ">", 20.0)), "P", unit="mm"),
        Item("retry", "Previous failed attempt", "OPER", one_level(1, is_one_of("prior_failed_pci", True)), "P"),
    ),
    source="Fujino A et al., JACC Cardiovasc Imaging 2018;11:209-217 (205 patients, 218 lesions)",
    bins=(Bin(0, 0, "easy"), Bin(1, 1, "intermediate"), Bin(2, 2, "difficult"), Bin(3, 5, "very difficult")),
    outcomes=(
        Outcome("procedural success and 30-min crossing, CT-derived form", "rates of each total not verified", ()),
        Outcome(
            "guidewire crossing within 30 min, angiographic J-CTO cohort, for orientation only",
            "J-CTO registry, 494 lesions, derivation set, angiographic reading (not this CT form)",
            (Rate(0, 0, 88.0, "P"), Rate(1, 1, 67.0, "P"), Rate(2, 2, 42.0, "P"), Rate(3, 5, 10.0, "P")),
        ),
    ),
    c_statistic="success 0.855 by CT against 0.698 by angiography; 30-min crossing 0.812 against 0.692 (unverified)",
    caution="Rates of the angiographic score do not belong to the CT form.",
)
