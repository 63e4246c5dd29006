"""Every implemented score with its evidence: `score_sheet` for measured occlusions, `score_facts` for stated facts."""

from planner.scores.engine import scores_of
from planner.scores.fact import with_full_moon
from planner.scores.not_available import NOT_AVAILABLE
from planner.scores.score import ScoreSheet
from planner.scores.stated import stated_facts
from planner.scores.tables import score_tables

__all__ = ["score_facts"]

STATED = "stated"
"""The occlusion named in scores of stated facts."""


def score_facts(facts: dict[str, object]) -> ScoreSheet:
    """All scores from stated facts alone (keys of the output contract; null or absent = unknown).

    Raises CallError, naming the key, for an unknown key or an impossible value.
    """
    known = with_full_moon(stated_facts(facts))
    return ScoreSheet(tuple(s for table in score_tables() for s in scores_of(table, known, STATED)), NOT_AVAILABLE)
