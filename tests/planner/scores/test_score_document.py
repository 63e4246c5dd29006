"""docs/clinical.md A says of every score exactly what its table file says."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from planner.scores.not_available import NOT_AVAILABLE
from planner.scores.table import Condition, Item, Level, ScoreTable
from planner.scores.tables import score_tables

DOCUMENT = (Path(__file__).parents[3] / "docs" / "clinical.md").read_text(encoding="utf-8")
WORDS = {True: "yes", False: "no"}


def section(score_id):
    """The text of one score's section."""
    found = re.search(rf"^### A\.\d+ [^\n]*`{re.escape(score_id)}`\n(.*?)(?=^##)", DOCUMENT, re.DOTALL | re.MULTILINE)
    return found.group(1) if found else ""


def span(low, high):
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def condition_text(condition: Condition) -> str:
    if isinstance(condition.threshold, tuple):
        words = " or ".join(WORDS.get(word, word) if isinstance(word, bool) else word for word in condition.threshold)
        return f"`{condition.fact}` is {words}"
    return f"`{condition.fact}` {condition.operator} {condition.threshold:g}"


def row(item: Item, level: Level) -> str:
    when = " and ".join(condition_text(c) for c in level.conditions)
    blank = " (a blank counts)" if item.unknown_points is not None else ""
    return f"| {item.label} | {level.points:g} | {when}{blank} | {item.source_class} | {item.mark} |"


def missing(table: ScoreTable) -> list[str]:
    """What the table says and its section does not, and rows the section has beyond it."""
    text = section(table.id)
    rows = [row(item, level) for item in table.items for level in sorted(item.levels, key=lambda one: -one.points)]
    wanted = [f"{table.source}. Maximum {table.highest:g}.", *rows]
    wanted += [
        f"{span(r.low, r.high)}: {r.percent:g} % [{r.mark}]" for o in table.outcomes for r in o.rates if r.percent is not None
    ]
    wanted += [outcome.cohort for outcome in table.outcomes]
    wanted += [bin_.name for bin_ in table.bins]
    wanted += [
        f"{bin_.name} {span(bin_.low, bin_.high)}" for bin_ in table.bins if not bin_.name[:1].isdigit() and " " not in bin_.name
    ]
    wanted += [f"c-statistic: {table.c_statistic}."] if table.c_statistic else []
    wanted += [table.caution.rstrip(".")] if table.caution else []
    wanted += [item.note.rstrip(".") for item in table.items if item.note and item.note != "3D."]
    lost = [part for part in wanted if part not in text]
    described = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| item")]
    return lost + [line for line in described if line not in rows]


@pytest.mark.parametrize("table", score_tables(), ids=lambda t: t.id)
def test_the_document_says_of_a_score_what_its_table_says(table):
    assert missing(table) == []


def test_the_document_has_no_score_without_a_table():
    named = re.findall(r"^### A\.\d+ [^\n]*`([a-z0-9-]+)`$", DOCUMENT, re.MULTILINE)
    assert sorted(named) == sorted(table.id for table in score_tables())


def test_a_table_that_was_changed_is_found_out():
    table = next(t for t in score_tables() if t.id == "ct-j-cto-fujino")
    item = next(i for i in table.items if i.id == "length")
    sharper = replace(item, levels=(Level(1, (Condition("occlusion_length_mm", ">=", 20.0),)),))
    changed = replace(table, items=tuple(sharper if i is item else i for i in table.items))
    assert len(missing(changed)) == 2  # the row it should have, and the row it has


def test_scores_that_are_not_available_are_named_with_why():
    part = DOCUMENT[DOCUMENT.index("### A.13 Not available") :]
    for name, why in NOT_AVAILABLE:
        assert f"| {name} | {why} |" in part
