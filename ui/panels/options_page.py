"""Published options for the target occlusion: open questions first, then each algorithm with what CT answers in it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLabel, QTabWidget, QTreeWidgetItem, QWidget

from planner.options import option_sheet
from planner.options.option import OPERATOR_LINE, Algorithm, OcclusionOptions, Option, Question
from ui.model import CaseModel
from ui.panels.page import Page, titled
from ui.panels.text_list import TextList
from ui.theme import colour

APPLIES = {True: "● applies", False: "○ does not apply", None: "◐ open"}
ASKS = "●"
UNVERIFIED_MARKS = ("K", "?")
SHORT_NAMES = {
    "hybrid": "Hybrid",
    "euro-cto-2019": "Euro",
    "asia-pacific": "Asia",
    "global": "Global",
    "japanese": "Japan",
    "cta-hybrid": "CTA",
    "euro-cto-calcium": "Ca",
    "scai-2024": "SCAI",
    "investment": "Inv",
    "calcium-rules": "Rules",
}
"""Headings of the columns that show which algorithm asks what."""

QUESTION_PX, COLUMN_PX, ASKS_PX = 225, 190, 49
"""So narrow that all columns are seen."""


class OptionsPage(Page):
    """Nothing is hidden or ranked. A question with evidence goes to its place; an open option shows what it waits for."""

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(model, parent=parent)
        self.questions = TextList(("Question", "Answer", "Who", *SHORT_NAMES.values()))
        self.questions.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.questions.itemClicked.connect(self._go)
        self._fit_question_columns()
        self.options = TextList(("State", "When", "Option", "For", "Against, caution"))
        self.options.header().setMaximumSectionSize(COLUMN_PX)
        self.options.itemClicked.connect(self._show_open_questions)
        self.differences = TextList(("Concerns this occlusion", "Where the algorithms part company", "Algorithms"))
        self.tabs = QTabWidget()
        self.tabs.addTab(self.options, "Options of published algorithms")
        self.tabs.addTab(self.differences, "Where they part company")
        note = QLabel(OPERATOR_LINE)
        note.setObjectName("dim")
        note.setWordWrap(True)
        note.setContentsMargins(8, 6, 8, 6)
        note.setFixedHeight(48)
        for part in (titled("QUESTIONS, open ones first; ● the algorithm asks it", self.questions), self.tabs, note):
            self.addWidget(part)
        self.setSizes([200, 330, 40])

    def fill(self) -> None:
        """Show the current state of the model."""
        analysis = self._model.analysis
        target = analysis.target if analysis else None
        for table in (self.questions, self.options, self.differences):
            table.clear()
        if analysis is None or target is None:
            self.questions.show_rows([("There is no occlusion, so there is nothing to choose.",)])
            return
        options = option_sheet((target,), analysis.scores, analysis.plan).occlusions[0]
        self._show_questions(options)
        self._show_options(options)
        rows = [
            (_concern(d.concerns), d.text, ", ".join(SHORT_NAMES[name] for name in d.algorithms)) for d in options.differences
        ]
        self.differences.show_rows(rows)

    def _fit_question_columns(self) -> None:
        header = self.questions.header()
        header.setStretchLastSection(False)
        for column in range(3, self.questions.columnCount()):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, ASKS_PX)
            self.questions.headerItem().setTextAlignment(column, Qt.AlignmentFlag.AlignCenter)
        header.setMaximumSectionSize(QUESTION_PX)

    def _show_questions(self, options: OcclusionOptions) -> None:
        ordered = sorted(options.questions, key=lambda q: q.answer is not None)
        items = self.questions.show_rows([_question_row(q) for q in ordered], ordered)
        for item, question in zip(items, ordered, strict=True):
            item.setForeground(1, colour("problem" if question.answer is None else "text"))
            for column in range(3, self.questions.columnCount()):
                item.setTextAlignment(column, Qt.AlignmentFlag.AlignCenter)
        for algorithm in options.algorithms:
            if algorithm.id in SHORT_NAMES:
                self.questions.headerItem().setToolTip(3 + list(SHORT_NAMES).index(algorithm.id), algorithm.name)

    def _show_options(self, options: OcclusionOptions) -> None:
        groups = [(_heading(a), a.options) for a in options.algorithms]
        for heading_text, rows in [*groups, ("Cautions and device rules", options.rules)]:
            (heading,) = self.options.show_more([(heading_text,)])
            heading.setFirstColumnSpanned(True)
            heading.setForeground(0, colour("accent"))
            for item, option in zip(self.options.show_more([_option_row(o) for o in rows], rows), rows, strict=True):
                item.setToolTip(0, "\n".join(("Waits for:", *option.open_questions)) if option.open_questions else "")
                item.setToolTip(2, _source(option))

    def _show_open_questions(self, item: QTreeWidgetItem) -> None:
        option = item.data(0, Qt.ItemDataRole.UserRole)
        waited_for = option.open_questions if isinstance(option, Option) else ()
        for n in range(self.questions.topLevelItemCount()):
            row = self.questions.topLevelItem(n)
            question = row.data(0, Qt.ItemDataRole.UserRole) if row is not None else None
            if row is not None and isinstance(question, Question):
                row.setSelected(question.text in waited_for)

    def _go(self, item: QTreeWidgetItem) -> None:
        question = item.data(0, Qt.ItemDataRole.UserRole)
        target = self._model.analysis.target if self._model.analysis else None
        if isinstance(question, Question) and question.evidence_s_mm is not None and target is not None:
            self._model.select_vessel(target.vessel)
            self._model.go_to(question.evidence_s_mm[0])


def _question_row(question: Question) -> tuple[str, ...]:
    answer = question.answer if question.answer is not None else "to ask"
    return question.text, answer, question.source_class, *(ASKS if name in question.used_by else "" for name in SHORT_NAMES)


def _heading(algorithm: Algorithm) -> str:
    year = algorithm.year or "year not stated"
    parts = (f"{algorithm.name}, {year}{_unverified(algorithm.mark)}", algorithm.source, algorithm.note)
    return ". ".join(part.rstrip(".") for part in parts if part)


def _option_row(option: Option) -> tuple[str, ...]:
    text = option.text + _unverified(option.mark)
    against = "\n".join(part for part in (*option.reasons_against, option.caution) if part)
    state = APPLIES[option.applies] + (f", asks {len(option.open_questions)}" if option.open_questions else "")
    return state, option.condition, text, "\n".join(option.reasons_for), against


def _source(option: Option) -> str:
    return f"{option.source}, {option.year}" if option.year else option.source


def _concern(concerns: bool | None) -> str:
    return {True: "● yes", False: "○ no", None: "◐ open"}[concerns]


def _unverified(mark: str) -> str:
    return " (unverified)" if mark in UNVERIFIED_MARKS else ""
