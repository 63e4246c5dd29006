"""Whose images these are, at the top of the window at all times."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from ui.model import CaseModel
from ui.text import identity_texts, name_text, quality_text
from ui.theme import icon


class IdentityBar(QFrame):
    """Name, ID, birth date and sex, study date, phase, quality; the buttons of the case at the right."""

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        self.setFixedHeight(44)
        self._model = model
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(12, 4, 8, 4)
        self._layout.setSpacing(16)
        self.name = QLabel()
        self.name.setObjectName("name")
        self.parts = [QLabel() for _ in range(4)]
        self.quality = QLabel()
        for label in (self.name, *self.parts, self.quality):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
            self._layout.addWidget(label)
        self._layout.addStretch(1)
        model.analysis_changed.connect(self._show)
        self._show()

    def add_button(self, icon_name: str, text: str, tip: str) -> QToolButton:
        """A button at the right end."""
        button = QToolButton()
        button.setIcon(icon(icon_name, "text"))
        button.setText(text)
        button.setToolTip(tip)
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if text else Qt.ToolButtonStyle.ToolButtonIconOnly
        button.setToolButtonStyle(style)
        button.setAccessibleName(tip)
        self._layout.addWidget(button)
        return button

    def _show(self) -> None:
        analysis = self._model.analysis
        if analysis is None:
            self.name.setText("No case open")
            for label in (*self.parts, self.quality):
                label.clear()
            return
        self.name.setText(name_text(analysis.volume))
        for label, text in zip(self.parts, identity_texts(analysis.volume), strict=True):
            label.setText(text)
        text, is_sound = quality_text(analysis.volume, analysis.quality)
        self.quality.setText(text if is_sound else f"△ {text}")
        self.quality.setObjectName("dim" if is_sound else "problem")
        self.quality.style().polish(self.quality)
        lines = [f"{f.where}: {f.what}" for f in analysis.volume.findings]
        lines += [f"{r.name}: {r.text} (limit {r.limit})" for r in analysis.quality if r.state == "warn"]
        self.quality.setToolTip("\n".join(lines) or "Nothing found.")
