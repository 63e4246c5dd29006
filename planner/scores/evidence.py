"""Which picture shows what a score item rests on."""

from planner.scores.score import ScoreItem

VIEWS = {
    "occlusion_length_mm": "straightened",
    "bend_deg": "curved",
    "tortuosity": "curved",
    "stump": "cap sheet",
    "side_branch_at_cap": "cap sheet",
    "ostial": "cap sheet",
    "multiple_occlusions": "straightened",
    "target_vessel": "curved",
    "vessel_diameter_mm": "section",
    "diseased_landing_zone": "straightened",
    "calcium_csa_pct": "section",
    "calcium_arc_deg": "section",
    "calcium_thickness_mm": "section",
    "calcium_length_mm": "straightened",
    "superficial_arc_over_270_length_mm": "straightened",
    "full_moon": "section",
}
"""View by fact; any other fact is shown in the curved view."""


def view_of(item: ScoreItem) -> str:
    """The view of the item's first fact: curved, straightened, section or cap sheet."""
    return VIEWS.get(item.conditions[0][0], "curved") if item.conditions else "curved"
