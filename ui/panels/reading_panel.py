"""The numbers of the section at the cursor, each with its interval; the definition is in the tip."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from ui.model import CaseModel
from ui.text import readings


class ReadingPanel(QWidget):
    """Label and value rows that follow the cursor."""

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._grid = QGridLayout()
        self._grid.setContentsMargins(10, 8, 10, 8)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._grid)
        layout.addStretch(1)
        self.rows: list[tuple[QLabel, QLabel]] = []
        self.setMinimumWidth(172)
        model.analysis_changed.connect(self._show)
        model.cursor_changed.connect(self._show)

    def _show(self) -> None:
        analysis, sections, index = self._model.analysis, self._model.sections, self._model.section_index
        found = (
            readings(analysis, self._model.vessel_name, sections, index) if analysis and sections and index is not None else ()
        )
        while len(self.rows) < len(found):
            self._add_row()
        for number, (label, value) in enumerate(self.rows):
            reading = found[number] if number < len(found) else None
            label.setText(reading.label if reading else "")
            value.setText(reading.text if reading else "")
            for widget in (label, value):
                widget.setToolTip(reading.definition if reading else "")

    def _add_row(self) -> None:
        label, value = QLabel(), QLabel()
        label.setObjectName("dim")
        value.setAlignment(Qt.AlignmentFlag.AlignRight)
        number = len(self.rows)
        self._grid.addWidget(label, number, 0)
        self._grid.addWidget(value, number, 1)
        self.rows.append((label, value))
