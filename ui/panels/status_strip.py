"""The strip at the bottom: undo, autosave, the running work with cancel, and what the program is for."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QToolButton, QWidget

from ui.jobs import Jobs
from ui.model import CaseModel
from ui.theme import icon

INTENDED_USE = "research use, not a medical device"


class StatusStrip(QFrame):
    """Follows the model and the jobs."""

    def __init__(self, model: CaseModel, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self.setFixedHeight(34)
        self._model, self._jobs = model, jobs
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 2, 12, 2)
        layout.setSpacing(12)
        self.undo = _button("undo", "Undo the last decision")
        self.redo = _button("redo", "Redo")
        self.undo.clicked.connect(model.undo)
        self.redo.clicked.connect(model.redo)
        self.saved, self.message = QLabel(), QLabel()
        self.saved.setObjectName("dim")
        self.message.setMinimumWidth(40)
        self.work, self.bar, self.cancel = QLabel(), QProgressBar(), QPushButton("Cancel")
        self.bar.setFixedWidth(160)
        self.bar.setRange(0, 100)
        self.cancel.clicked.connect(lambda: jobs.cancel())
        use = QLabel(INTENDED_USE)
        use.setObjectName("dim")
        left: tuple[QWidget, ...] = (self.undo, self.redo, self.saved, self.message)
        right: tuple[QWidget, ...] = (self.work, self.bar, self.cancel, use)
        for widget in left:
            layout.addWidget(widget)
        layout.addStretch(1)
        for widget in right:
            layout.addWidget(widget)
        jobs.progressed.connect(self._show_work)
        jobs.idle.connect(self._hide_work)
        model.analysis_changed.connect(self._show_session)
        model.plan_changed.connect(lambda _old, _new: self._show_session())
        self._hide_work()
        self._show_session()

    def tell(self, text: str) -> None:
        """A short message for the reader; the newest replaces the older one."""
        self.message.setText(text)

    def _show_session(self) -> None:
        session = self._model.session
        undo, redo = (session.undo_label, session.redo_label) if session else (None, None)
        self.undo.setText(f"Undo: {undo}" if undo else "Undo")
        self.undo.setEnabled(undo is not None)
        self.redo.setToolTip(f"Redo: {redo}" if redo else "Redo")
        self.redo.setEnabled(redo is not None)
        saved = session.saved_at if session else None
        self.saved.setText(f"saved {saved[11:19]} UTC" if saved else "no decision yet" if session else "")

    def _show_work(self, label: str, fraction: float, text: str) -> None:
        self.work.setText(label if text in ("", label) else f"{label}: {text}")
        self.bar.setValue(round(100 * fraction))
        for widget in (self.work, self.bar, self.cancel):
            widget.show()

    def _hide_work(self) -> None:
        for widget in (self.work, self.bar, self.cancel):
            widget.hide()


def _button(icon_name: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("flat")
    button.setIcon(icon(icon_name))
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if icon_name == "undo" else Qt.ToolButtonStyle.ToolButtonIconOnly
    button.setToolButtonStyle(style)
    return button
