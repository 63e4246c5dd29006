"""A page of the window: filled when it is seen, so that a new analysis costs only what is on the screen."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QSplitter, QVBoxLayout, QWidget

from ui.model import CaseModel


class Page(QSplitter):
    """Subclasses write `fill`; it runs at once when the page is visible, else when it is next shown."""

    def __init__(
        self, model: CaseModel, orientation: Qt.Orientation = Qt.Orientation.Vertical, parent: QWidget | None = None
    ) -> None:
        super().__init__(orientation, parent)
        self._model = model
        self._is_outdated = True
        self.setHandleWidth(4)
        self.setChildrenCollapsible(False)
        model.analysis_changed.connect(self.outdate)

    def fill(self) -> None:
        """Show the current state of the model."""

    def outdate(self) -> None:
        """What is shown is no longer true."""
        self._is_outdated = True
        if self.isVisible():
            self._fill_now()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while the page was hidden."""
        super().showEvent(event)
        if self._is_outdated:
            self._fill_now()

    def _fill_now(self) -> None:
        self._is_outdated = False
        self.fill()


def titled(title: str, content: QWidget) -> QFrame:
    """A framed part of a page."""
    frame = QFrame()
    frame.setObjectName("frame")
    heading = QLabel(title)
    heading.setObjectName("heading")
    heading.setContentsMargins(8, 6, 0, 4)
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(1, 1, 1, 1)
    layout.setSpacing(0)
    layout.addWidget(heading)
    layout.addWidget(content, 1)
    return frame
