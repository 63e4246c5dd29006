"""The options page: algorithms side by side, what they ask, where they part company."""

from PySide6.QtCore import Qt

from planner.options import option_sheet
from ui.panels.options_page import ASKS, SHORT_NAMES


def shown_options(window):
    analysis = window.model.analysis
    return option_sheet((analysis.target,), analysis.scores, analysis.plan).occlusions[0]


def rows(table):
    return [table.topLevelItem(n) for n in range(table.topLevelItemCount())]


def test_every_algorithm_has_a_column_and_marks_what_it_asks(opened):
    opened.show_step("options")
    page, options = opened.pages["options"], shown_options(opened)
    assert {a.id for a in options.algorithms} | {name for q in options.questions for name in q.used_by} <= set(SHORT_NAMES)
    for row in rows(page.questions):
        question = row.data(0, Qt.ItemDataRole.UserRole)
        asked_by = {name for n, name in enumerate(SHORT_NAMES) if row.text(3 + n) == ASKS}
        assert asked_by == set(question.used_by)


def test_an_open_option_selects_the_questions_it_waits_for(opened):
    opened.show_step("options")
    page = opened.pages["options"]
    open_option = next(
        row for row in rows(page.options) if (o := row.data(0, Qt.ItemDataRole.UserRole)) is not None and o.applies is None
    )
    page.options.itemClicked.emit(open_option, 0)
    selected = {row.data(0, Qt.ItemDataRole.UserRole).text for row in rows(page.questions) if row.isSelected()}
    assert selected
    assert selected == set(open_option.data(0, Qt.ItemDataRole.UserRole).open_questions)


def test_all_differences_of_the_algorithms_are_listed(opened):
    opened.show_step("options")
    texts = [row.text(1) for row in rows(opened.pages["options"].differences)]
    assert texts == [d.text for d in shown_options(opened).differences]
    assert texts
