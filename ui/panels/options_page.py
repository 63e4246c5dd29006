"""Published options for the target occlusion: open questions first, then each algorithm with what CT answers in it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QTreeWidgetItem, QWidget

from planner.options import option_sheet
from planner.options.option import OPERATOR_LINE, OcclusionOptions, Option, Question
from ui.model import CaseModel
from ui.panels.page import Page, titled
from ui.panels.text_list import TextList
from ui.theme import colour

APPLIES = {True: "● applies", False: "○ does not apply", None: "◐ open"}
UNVERIFIED_MARKS = ("K", "?")
COLUMN_PX = 210
"""So narrow that all five columns are seen."""


class OptionsPage(Page):
    """Nothing is hidden or ranked; a question with evidence goes to its place."""

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(model, parent=parent)
        self.questions = TextList(("Question", "Answer", "Who can answer", "Asked by"))
        self.questions.itemClicked.connect(self._go)
        self.options = TextList(("State", "Option", "When", "Caution", "Source"))
        self.options.header().setMaximumSectionSize(COLUMN_PX)
        note = QLabel(OPERATOR_LINE)
        note.setObjectName("dim")
        note.setWordWrap(True)
        note.setContentsMargins(8, 6, 8, 6)
        note.setFixedHeight(48)
        for part in (
            titled("QUESTIONS, open ones first", self.questions),
            titled("OPTIONS of published algorithms", self.options),
            note,
        ):
            self.addWidget(part)
        self.setSizes([200, 330, 40])

    def fill(self) -> None:
        """Show the current state of the model."""
        analysis = self._model.analysis
        target = analysis.target if analysis else None
        self.questions.clear()
        self.options.clear()
        if analysis is None or target is None:
            self.questions.show_rows([("There is no occlusion, so there is nothing to choose.", "", "", "")])
            return
        sheet = option_sheet((target,), analysis.scores, analysis.plan)
        self._show_questions(sheet.occlusions[0])
        self._show_options(sheet.occlusions[0])

    def _show_questions(self, options: OcclusionOptions) -> None:
        ordered = sorted(options.questions, key=lambda q: q.answer is not None)
        items = self.questions.show_rows([_question_row(q) for q in ordered], ordered)
        for item, question in zip(items, ordered, strict=True):
            item.setForeground(1, colour("problem" if question.answer is None else "text"))

    def _show_options(self, options: OcclusionOptions) -> None:
        groups = [(f"{a.name}, {a.year or 'year not stated'}", a.mark, a.options) for a in options.algorithms]
        for name, mark, rows in [*groups, ("Cautions and device rules", "", options.rules)]:
            (heading,) = self.options.show_more([(f"{name}{_unverified(mark)}", "", "", "", "")])
            heading.setFirstColumnSpanned(True)
            heading.setForeground(0, colour("dim"))
            self.options.show_more([_option_row(option) for option in rows])

    def _go(self, item: QTreeWidgetItem) -> None:
        question = item.data(0, Qt.ItemDataRole.UserRole)
        target = self._model.analysis.target if self._model.analysis else None
        if isinstance(question, Question) and question.evidence_s_mm is not None and target is not None:
            self._model.select_vessel(target.vessel)
            self._model.go_to(question.evidence_s_mm[0])


def _question_row(question: Question) -> tuple[str, ...]:
    answer = question.answer if question.answer is not None else "to ask"
    who = ", ".join(part for part in (question.source_class, question.state) if part)
    return question.text, answer, who, ", ".join(question.used_by)


def _option_row(option: Option) -> tuple[str, ...]:
    text = option.text + _unverified(option.mark)
    source = f"{option.source}, {option.year}" if option.year else option.source
    return APPLIES[option.applies], text, option.condition, option.caution, source


def _unverified(mark: str) -> str:
    return " (unverified)" if mark in UNVERIFIED_MARKS else ""
