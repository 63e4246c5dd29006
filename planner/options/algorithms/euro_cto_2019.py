"""EuroCTO Club consensus 2019 (docs/clinical.md C.4)."""

from planner.options.table import AlgorithmTable, OptionRow
from planner.scores.table import is_one_of

HEAVY = is_one_of("heavy_calcium", True)
COLLATERALS = is_one_of("interventional_collaterals", True)
SHORT = is_one_of("short_and_straight", True)
LONG = is_one_of("short_and_straight", False)

ALGORITHM = AlgorithmTable(
    id="euro-cto-2019",
    name="EuroCTO Club 2019",
    order=30,
    source="Galassi AR et al., EuroIntervention 2019;15:198-208",
    year=2019,
    mark="K",
    note="Only the place of heavy calcium is verified (S003); the rest of the tree and its numbers are not.",
    options=(
        OptionRow("wire-escalation", "Short and straight", "Antegrade wire escalation.", ((SHORT,),), mark="K"),
        OptionRow(
            "dissection",
            "Long, tortuous or calcified, no collaterals that can be crossed",
            "Antegrade dissection re-entry.",
            ((LONG, is_one_of("interventional_collaterals", False)),),
            mark="K",
        ),
        OptionRow(
            "retrograde",
            "Long, tortuous or calcified, collaterals that can be crossed",
            "Retrograde by those collaterals.",
            ((LONG, COLLATERALS),),
            mark="K",
        ),
        OptionRow(
            "ivus",
            "No stump, side branch at the cap",
            "IVUS-guided entry from the side branch.",
            ((is_one_of("stump", "none"), is_one_of("side_branch_at_cap", True)),),
            mark="K",
        ),
        OptionRow(
            "knuckle",
            "Heavy calcium",
            "Primary knuckle wiring is an option.",
            ((HEAVY,),),
            caution="Knuckle wires track outside the plaque: later calcium modification is limited there.",
            mark="S003",
        ),
    ),
)
