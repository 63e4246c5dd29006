"""Fill an algorithm's options and the questions with the facts of one occlusion."""

from planner.options.option import Algorithm, Option, Question
from planner.options.questions import QUESTIONS
from planner.options.table import AlgorithmTable, Group, OptionRow, Reason
from planner.scores.engine import holds
from planner.scores.fact import UNKNOWN, Fact, Facts
from recon.estimate import Estimate

TEXTS = {row.key: row.text for row in QUESTIONS}


def filled(table: AlgorithmTable, facts: Facts) -> Algorithm:
    """The algorithm with each option decided as far as the facts allow."""
    options = tuple(option(row, facts, table.source, table.year) for row in table.options)
    return Algorithm(table.id, table.name, table.source, table.year, table.mark, table.note, options)


def option(row: OptionRow, facts: Facts, source: str, year: int | None) -> Option:
    """One option: applies, does not, or waits for open questions."""
    groups = [holds(group, facts) for group in row.when]
    applies = True if not row.when or True in groups else None if None in groups else False
    waiting = [group for group, known in zip(row.when, groups, strict=True) if known is None]
    asked = dict.fromkeys(c.fact for group in waiting for c in group if not facts.get(c.fact, UNKNOWN).is_known)
    return Option(
        id=row.id,
        condition=row.condition,
        text=row.text,
        applies=applies,
        open_questions=tuple(TEXTS[key] for key in asked) if applies is None else (),
        reasons_for=_given(row.reasons_for, facts),
        reasons_against=_given(row.reasons_against, facts),
        caution=row.caution,
        source=row.source or source,
        year=row.year or year,
        mark=row.mark,
    )


def questions(tables: tuple[AlgorithmTable, ...], facts: Facts) -> tuple[Question, ...]:
    """All questions that some algorithm asks, the unanswered first."""
    used = {row.key: tuple(t.id for t in tables if row.key in _asked(t)) for row in QUESTIONS}
    asked = [_question(row.key, row.text, row.source_class, used[row.key], facts) for row in QUESTIONS if used[row.key]]
    return tuple(sorted(asked, key=lambda q: q.answer is not None))


def _question(key: str, text: str, source_class: str, used_by: tuple[str, ...], facts: Facts) -> Question:
    fact = facts.get(key, UNKNOWN)
    state = fact.state if fact.is_known else "unknown"
    return Question(key, text, _answer(key, fact), state, source_class, used_by, fact.evidence_s_mm, fact.note)


def _answer(key: str, fact: Fact) -> str | None:
    if fact.value is None:
        return None
    if isinstance(fact.value, Estimate):
        unit = key.rsplit("_", 1)[-1]
        if fact.value.low == fact.value.high:
            return f"{fact.value.best:.0f} {unit}"
        return f"{fact.value.best:.0f} ({fact.value.low:.0f} to {fact.value.high:.0f}) {unit}"
    word = {True: "yes", False: "no"}[fact.value] if isinstance(fact.value, bool) else fact.value
    return word if len(fact.words) < 2 else f"{word}, not certain"


def _given(reasons: tuple[Reason, ...], facts: Facts) -> tuple[str, ...]:
    return tuple(reason.text for reason in reasons if holds(reason.when, facts))


def _asked(table: AlgorithmTable) -> set[str]:
    groups: list[Group] = [g for row in table.options for g in row.when]
    groups += [reason.when for row in table.options for reason in (*row.reasons_for, *row.reasons_against)]
    return {c.fact for group in groups for c in group}
