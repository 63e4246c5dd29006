"""The four answers: where is the cap, where does the vessel go, where is the calcium, how long is it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from planner.answers import Answer, four_answers
from ui.canvases.painting import StateGlyph
from ui.model import CaseModel
from ui.theme import BASE_PX, font

SEARCHING = Answer("Occlusion", "Following the vessels …", "The images can be looked at meanwhile.", None, "auto")


class AnswerRow(QWidget):
    """Question, headline, detail and who said so; a click goes to the place."""

    def __init__(self, answer: Answer, model: CaseModel, is_compact: bool) -> None:
        super().__init__()
        self._answer, self._model = answer, model
        layout = QGridLayout(self)
        layout.setContentsMargins(10, 3, 8, 3)
        layout.setHorizontalSpacing(8)
        layout.setVerticalSpacing(0)
        question = QLabel(answer.question)
        question.setObjectName("dim")
        question.setFont(font(BASE_PX, bold=True))
        question.setFixedWidth(64)
        headline, detail = QLabel(answer.headline), QLabel(answer.detail)
        headline.setObjectName("answer")
        headline.setProperty("compact", is_compact)
        detail.setObjectName("dim")
        for label in (headline, detail):
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        top = Qt.AlignmentFlag.AlignTop
        layout.addWidget(question, 0, 0, top)
        layout.addWidget(headline, 0, 1)
        layout.addWidget(StateGlyph(answer.state), 0, 2, top)
        layout.addWidget(detail, 1, 1, 1, 2)
        layout.setColumnStretch(1, 1)
        if answer.s_mm is not None:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.setToolTip("Go there")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to where the answer comes from."""
        target = self._model.analysis.target if self._model.analysis else None
        if self._answer.s_mm is not None and target is not None:
            self._model.select_vessel(target.vessel)
            self._model.go_to(self._answer.s_mm)


class AnswersPanel(QFrame):
    """The answers and the reader's word on the occlusion (`cto_said(accepted)`)."""

    cto_said = Signal(bool)

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("frame")
        self._model = model
        self._is_compact = False
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 2, 0, 6)
        self._layout.setSpacing(0)
        self.heading = QLabel("FOUR ANSWERS")
        self.heading.setObjectName("heading")
        self.heading.setContentsMargins(10, 4, 0, 2)
        self._layout.addWidget(self.heading)
        self.rows: list[AnswerRow] = []
        self._layout.addStretch(1)
        self._layout.addLayout(self._word_row())
        model.analysis_changed.connect(self._show)
        model.plan_changed.connect(lambda _old, _new: self._show_word())
        model.plan_changed.connect(lambda _old, _new: self._show_heading())
        self._show()

    def _word_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(10, 4, 10, 0)
        self.word = QLabel()
        self.word.setObjectName("dim")
        self.word.setWordWrap(True)
        self.confirm = QPushButton("Confirm CTO")
        self.decline = QPushButton("Not a CTO")
        for button, accepted in ((self.confirm, True), (self.decline, False)):
            button.setCheckable(True)
            button.clicked.connect(lambda _checked=False, accepted=accepted: self.cto_said.emit(accepted))
        row.addWidget(self.word, 1)
        row.addWidget(self.confirm)
        row.addWidget(self.decline)
        return row

    def set_compact(self, is_compact: bool) -> None:
        """Smaller headlines for a low window."""
        if is_compact != self._is_compact:
            self._is_compact = is_compact
            self._show()

    def _show_heading(self) -> None:
        """Says when a decision was made whose numbers are still to come."""
        is_behind = self._model.is_behind
        self.heading.setText("FOUR ANSWERS   before the last decision, updating …" if is_behind else "FOUR ANSWERS")
        self.heading.setObjectName("problem" if is_behind else "heading")
        self.heading.style().polish(self.heading)

    def _show(self) -> None:
        self._show_heading()
        for row in self.rows:
            self._layout.removeWidget(row)
            row.deleteLater()
        analysis = self._model.analysis
        if self._model.is_searching:
            answers: tuple[Answer, ...] = (SEARCHING,)
        else:
            answers = four_answers(analysis) if analysis is not None else ()
        self.rows = [AnswerRow(answer, self._model, self._is_compact) for answer in answers]
        for number, row in enumerate(self.rows):
            self._layout.insertWidget(1 + number, row)
        self._show_word()

    def _show_word(self) -> None:
        analysis, plan = self._model.analysis, self._model.plan
        target = analysis.target if analysis else None
        for widget in (self.word, self.confirm, self.decline):
            widget.setVisible(target is not None)
        if target is None or plan is None:
            return
        said = next((c for c in plan.confirmations if c.subject == f"{target.id}:cto"), None)
        self.confirm.setChecked(said is not None and said.accepted)
        self.decline.setChecked(said is not None and not said.accepted)
        if said is None:
            self.word.setText("Total occlusion on CT; a CTO only if the operator says so.")
        else:
            verb = "Confirmed as CTO" if said.accepted else "Declined as CTO"
            self.word.setText(f"{verb} by {said.said.reader}, {said.said.at[:10]}.")
