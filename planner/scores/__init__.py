"""Every implemented score with its evidence: `score_sheet` for measured occlusions, `score_facts` for stated facts."""

from planner.occlusion import Occlusion
from planner.plan import Plan
from planner.scores.engine import score_of, with_strategy
from planner.scores.fact import Facts, with_full_moon
from planner.scores.flips import with_margins
from planner.scores.measured import measured_facts
from planner.scores.not_available import NOT_AVAILABLE
from planner.scores.score import Score, ScoreSheet
from planner.scores.stated import stated_facts
from planner.scores.tables import score_tables
from recon.sections import VesselSections
from recon.vessels import Tree

__all__ = ["score_facts", "score_sheet"]

STATED = "stated"
"""The occlusion named in scores of stated facts."""


def score_facts(facts: dict[str, object]) -> ScoreSheet:
    """All scores from stated facts alone (keys of the output contract; null or absent = unknown).

    Raises CallError, naming the key, for an unknown key or an impossible value.
    """
    known = with_full_moon(stated_facts(facts))
    return ScoreSheet(_scores(known, STATED), NOT_AVAILABLE)


def score_sheet(occlusions: tuple[Occlusion, ...], sections: dict[str, VesselSections], tree: Tree, plan: Plan) -> ScoreSheet:
    """All scores of each occlusion, from what was measured and what the plan's clinical facts state.

    Raises CallError, naming the fact, for an impossible clinical fact.
    """
    scores: list[Score] = []
    for occlusion in occlusions:
        scores += _scores(measured_facts(occlusion, sections.get(occlusion.vessel), plan), occlusion.id)
    return ScoreSheet(tuple(scores), NOT_AVAILABLE)


def _scores(facts: Facts, occlusion: str) -> tuple[Score, ...]:
    scores = []
    for table in score_tables():
        for strategy in table.strategies:
            known = with_strategy(facts, strategy)
            scores.append(with_margins(table, known, score_of(table, known, occlusion, strategy)))
    return tuple(scores)
