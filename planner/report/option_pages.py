"""What the option pages say: open questions first, then every published algorithm with what CT answers in it."""

from typing import Any

from planner.case import Analysis
from planner.options import option_sheet
from planner.options.option import Algorithm, OcclusionOptions, Option, Question

APPLIES = {True: "applies", False: "does not apply", None: "open"}
UNVERIFIED_MARKS = ("K", "?")


def option_pages(analysis: Analysis) -> list[dict[str, Any]]:
    """One entry an occlusion; no option is hidden or ranked."""
    sheet = option_sheet(analysis.occlusions, analysis.scores, analysis.plan)
    return [_occlusion(options) for options in sheet.occlusions]


def _occlusion(options: OcclusionOptions) -> dict[str, Any]:
    questions = sorted(options.questions, key=lambda q: q.answer is not None)
    return {
        "id": options.occlusion,
        "operator_line": options.operator_line,
        "questions": [_question(q) for q in questions],
        "algorithms": [_algorithm(a) for a in options.algorithms],
        "rules": [_option(rule) for rule in options.rules],
        "differences": [{"text": d.text, "concerns": APPLIES[d.concerns]} for d in options.differences],
    }


def _question(question: Question) -> dict[str, str]:
    answer = question.answer if question.answer is not None else "to ask"
    return {"text": question.text, "answer": answer, "state": question.state, "who": question.source_class, "note": question.note}


def _algorithm(algorithm: Algorithm) -> dict[str, Any]:
    label = " (unverified)" if algorithm.mark in UNVERIFIED_MARKS else ""
    return {
        "name": algorithm.name + label,
        "source": algorithm.source,
        "note": algorithm.note,
        "options": [_option(option) for option in algorithm.options],
    }


def _option(option: Option) -> dict[str, str]:
    label = " (unverified)" if option.mark in UNVERIFIED_MARKS else ""
    return {
        "applies": APPLIES[option.applies],
        "condition": option.condition,
        "text": option.text + label,
        "for": " ".join(option.reasons_for),
        "against": " ".join(option.reasons_against),
        "caution": option.caution,
        "source": option.source,
    }
