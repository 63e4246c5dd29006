"""Who reads the case and what the reader wants written down: name and notes, kept in the plan and printed in the report."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QFormLayout, QLineEdit, QPlainTextEdit, QWidget

from planner.plan import Plan, SeriesRef
from ui import decisions
from ui.model import CaseModel

NOTES_PX = 74


class NotesEdit(QPlainTextEdit):
    """Text of some lines; `left` when the keyboard goes elsewhere."""

    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The text is complete."""
        super().focusOutEvent(event)
        self.left.emit()


class SignForm(QWidget):
    """Each change is one undo step, made when its field is left."""

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._series: SeriesRef | None = None
        self.reader = QLineEdit()
        self.reader.setAccessibleName("Reader")
        self.reader.setPlaceholderText("name of the reader, printed on every page")
        self.reader.setMaxLength(64)  # what a DICOM person name holds
        self.reader.editingFinished.connect(self._keep_reader)
        self.notes = NotesEdit()
        self.notes.setAccessibleName("Notes")
        self.notes.setPlaceholderText("in your own words; printed with the findings")
        self.notes.setTabChangesFocus(True)
        self.notes.setFixedHeight(NOTES_PX)
        self.notes.left.connect(self._keep_notes)
        form = QFormLayout(self)
        form.setContentsMargins(10, 6, 10, 8)
        form.addRow("Reader", self.reader)
        form.addRow("Notes", self.notes)

    def show_plan(self) -> None:
        """What the plan holds; a field that is being written in is left alone, but never shown for another patient or series."""
        plan = self._model.plan
        if plan is None:
            return
        is_other = plan.series != self._series
        self._series = plan.series
        if is_other or not self.reader.hasFocus():
            self.reader.setText(plan.reader)
        if is_other or not self.notes.hasFocus():
            self.notes.setPlainText(plan.notes)

    def _shown_plan(self) -> Plan | None:
        """The plan if the fields were filled from one of the same series: what was written about another is not kept in it."""
        plan = self._model.plan
        return plan if plan is not None and plan.series == self._series else None

    def _keep_reader(self) -> None:
        plan, name = self._shown_plan(), self.reader.text().strip()
        if plan is not None and plan.reader != name:
            decisions.name_reader(self._model, name)

    def _keep_notes(self) -> None:
        plan, text = self._shown_plan(), self.notes.toPlainText().strip()
        if plan is not None and plan.notes != text:
            decisions.write_notes(self._model, text)
