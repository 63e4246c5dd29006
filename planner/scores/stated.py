"""Facts stated in words and numbers (`score FACTS.json`) as score facts."""

from planner.fact_rules import checked_fact
from planner.scores.fact import Fact, Facts


def stated_facts(facts: dict[str, object]) -> Facts:
    """Score facts of a plain dictionary with the keys of the output contract; null or absent = unknown.

    Raises CallError, naming the key, for an unknown key or an impossible value.
    """
    return {key: Fact(checked_fact(key, value)) for key, value in facts.items()}
