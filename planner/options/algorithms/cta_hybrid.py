"""Hybrid algorithm on CT angiography, as a note (docs/clinical.md C.7)."""

from planner.options.table import AlgorithmTable, OptionRow
from planner.scores.table import is_one_of

ALGORITHM = AlgorithmTable(
    id="cta-hybrid",
    name="CTA-based hybrid",
    order=60,
    source="Opolski MP, Nap A, Knaapen P, Neth Heart J 2021;29",
    year=2021,
    mark="P",
    note="CT resolves cap ambiguity and the distal segment and may move a case between branches of the hybrid algorithm. "
    "Its authors call for further studies; the tree was not verified.",
    options=(
        OptionRow(
            "cap-resolved",
            "Cap ambiguous on angiography, located on CT",
            "Read the hybrid algorithm again with the cap of CT.",
            ((is_one_of("cap_ambiguous", True), is_one_of("cap_ambiguous_on_ct", False)),),
            caution="The CT position has the stated uncertainty.",
        ),
    ),
)
