"""Investment procedure (docs/clinical.md C.11)."""

from planner.options.table import AlgorithmTable, OptionRow, Reason
from planner.scores.table import is_one_of

ALGORITHM = AlgorithmTable(
    id="investment",
    name="Investment procedure (INVEST-CTO)",
    order=90,
    source="INVEST-CTO, NCT04774913",
    year=None,
    mark="P",
    note="Single arm, 151 evaluable: procedural success 86.7 % (80.3 to 91.7), 93.4 % after a second attempt; no "
    "in-hospital MACE; "
    "30-day safety events 4.6 %. Median J-CTO 4. The anatomical inclusion list was not found, so no high-risk flag is "
    "computed.",
    options=(
        OptionRow(
            "investment",
            "Judged by the operator",
            "Planned modification of proximal cap, occlusion and distal cap with a non-compliant balloon, no re-entry "
            "or retrograde "
            "attempt; completion after 8 to 12 weeks.",
            reasons_for=(
                Reason("Severe calcium.", (is_one_of("heavy_calcium", True),)),
                Reason("Previous failed attempt.", (is_one_of("prior_failed_pci", True),)),
            ),
        ),
    ),
)
