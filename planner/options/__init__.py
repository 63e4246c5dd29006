"""Published crossing and preparation algorithms side by side, filled from CT and the stated facts (docs/clinical.md C)."""

from planner.occlusion import Occlusion
from planner.options.algorithms import algorithm_tables
from planner.options.differences import differences
from planner.options.evaluate import filled, questions
from planner.options.facts import option_facts
from planner.options.option import OcclusionOptions, OptionSheet
from planner.options.rules import RULES
from planner.plan import Plan
from planner.scores.score import ScoreSheet

__all__ = ["option_sheet"]


def option_sheet(occlusions: tuple[Occlusion, ...], scores: ScoreSheet, plan: Plan) -> OptionSheet:
    """All options of each occlusion with what CT answers and what is still to ask; nothing is hidden or ranked."""
    return OptionSheet(tuple(_options(occlusion, scores, plan) for occlusion in occlusions))


def _options(occlusion: Occlusion, scores: ScoreSheet, plan: Plan) -> OcclusionOptions:
    facts = option_facts(occlusion, scores, plan)
    tables = algorithm_tables()
    return OcclusionOptions(
        occlusion=occlusion.id,
        questions=questions((*tables, RULES), facts),
        algorithms=tuple(filled(table, facts) for table in tables),
        rules=filled(RULES, facts).options,
        differences=differences(facts),
    )
