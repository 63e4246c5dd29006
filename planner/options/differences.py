"""Where the published algorithms part company, and whether that concerns this occlusion."""

from dataclasses import dataclass

from planner.options.option import Difference
from planner.options.table import Group
from planner.scores.engine import holds
from planner.scores.fact import Facts
from planner.scores.table import is_one_of, over


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """A difference in words; it concerns an occlusion when any group of `when` holds."""

    text: str
    algorithms: tuple[str, ...]
    when: tuple[Group, ...]


DIFFERENCES: tuple[DifferenceRow, ...] = (
    DifferenceRow(
        "Length: the hybrid algorithm turns to dissection re-entry from 20 mm; the Asia-Pacific algorithm does not "
        "let length alone decide.",
        ("hybrid", "asia-pacific"),
        ((over("occlusion_length_mm", ">=", 20.0),),),
    ),
    DifferenceRow(
        "Heavy calcium: no input of the hybrid algorithm; a criterion for primary knuckle wiring in the Asia-Pacific "
        "and EuroCTO 2019 "
        "algorithms; the EuroCTO review on heavy calcium prefers to stay inside the plaque first.",
        ("hybrid", "asia-pacific", "euro-cto-2019", "euro-cto-calcium"),
        ((is_one_of("heavy_calcium", True),),),
    ),
    DifferenceRow(
        "Retrograde crossing of severe calcium: dissection re-entry first in the Global algorithm, retrograde wire "
        "escalation first in the "
        "EuroCTO review on heavy calcium.",
        ("global", "euro-cto-calcium"),
        ((is_one_of("heavy_calcium", True), is_one_of("interventional_collaterals", True)),),
    ),
    DifferenceRow(
        "Ambiguous cap: primary retrograde in the hybrid algorithm when collaterals allow; the Asia-Pacific and "
        "Global algorithms put "
        "IVUS-guided entry beside it.",
        ("hybrid", "asia-pacific", "global"),
        ((is_one_of("cap_ambiguous", True),),),
    ),
    DifferenceRow(
        "Lithotripsy outside the plaque: effect uncertain in S002, first experience safe and effective with caution in S003.",
        ("calcium-rules",),
        ((is_one_of("heavy_calcium", True),),),
    ),
)


def differences(facts: Facts) -> tuple[Difference, ...]:
    """All differences, those that concern this occlusion first, then the undecided."""
    found = []
    for row in DIFFERENCES:
        groups = [holds(group, facts) for group in row.when]
        concerns = True if True in groups else None if None in groups else False
        found.append(Difference(row.text, row.algorithms, concerns))
    return tuple(sorted(found, key=lambda d: (True, None, False).index(d.concerns)))
