"""The list of series in a window of its own: at opening when there are several, and later from the open case."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QLabel, QVBoxLayout, QWidget

from planner.case import Analysis
from planner.series_choice import Choice
from recon.dicom.series import SeriesEntry
from ui.jobs import Jobs
from ui.panels.series_browser import SeriesBrowser
from ui.text import identity_texts, name_text


class SeriesDialog(QDialog):
    """`chosen(choice, entry)` and `split_asked(choice, rule)`; says above the list which case is open."""

    chosen = Signal(object, object)
    split_asked = Signal(object, str)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Choose a series")
        self.resize(1240, 760)
        self.choice: Choice | None = None
        self.who = QLabel()
        self.browser = SeriesBrowser(jobs)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(8, 8, 8, 0)
        rows.addWidget(self.who)
        rows.addWidget(self.browser, 1)
        self.browser.chosen.connect(self._choose)
        self.browser.cancel.clicked.connect(self.reject)
        self.browser.split_asked.connect(lambda rule: self.split_asked.emit(self.choice, rule))

    def show_choice(self, choice: Choice, opened: Analysis | None) -> None:
        """List what was found; the open case is named and marked."""
        self.choice = choice
        key = opened.volume.acquisition.series_key if opened else ""
        shown = "  ".join((name_text(opened.volume), *identity_texts(opened.volume))) if opened else "no case"
        self.who.setText(f"Open now: {shown}")
        self.browser.show_choice(choice, key)
        if not self.isVisible():
            self.open()

    def _choose(self, entry: SeriesEntry) -> None:
        choice = self.choice
        self.accept()
        self.chosen.emit(choice, entry)
