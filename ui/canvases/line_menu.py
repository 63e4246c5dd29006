"""The menu for changing a line: a right click that is no drag opens it."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QMenu, QWidget

from recon.estimate import FloatArray
from ui.model import CaseModel

CLICK_PX = 4

ROWS = (
    ("through", "The line runs through here", True),
    ("extend", "Extend the line to here", True),
    ("insert", "Insert a control point at the cursor", False),
    ("delete", "Delete the control point nearest to the cursor", False),
    ("cut", "End the line at the cursor", False),
    ("smooth", "Smooth the line about the cursor", False),
    ("join", "Join with another vessel ...", False),
    ("rename", "Name this vessel ...", False),
    ("remove", "This is no vessel: remove it", False),
    ("edit", "Drag the line: on or off", False),
)
"""Id, words, and whether it needs the place where the menu was opened."""


class LineMenu(QObject):
    """Watches the right button of one view. `asked(what, point_mm)`; `place(at)` gives the LPS position of a pixel."""

    asked = Signal(str, object)

    def __init__(self, model: CaseModel, view: QWidget, place: Callable[[QPointF], FloatArray | None]) -> None:
        super().__init__(view)
        self._model, self._view, self._place = model, view, place
        self._from: QPoint | None = None
        view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A right click without a drag; a drag stays the brightness."""
        if isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.RightButton:
            if event.type() == QEvent.Type.MouseButtonPress:
                self._from = event.position().toPoint()
            elif event.type() == QEvent.Type.MouseButtonRelease and self._from is not None:
                moved = event.position().toPoint() - self._from
                self._from = None
                if moved.manhattanLength() <= CLICK_PX and self._model.vessel is not None:
                    self.menu_at(event.position()).popup(event.globalPosition().toPoint())
        return super().eventFilter(watched, event)

    def menu_at(self, at: QPointF) -> QMenu:
        """What can be said about the line at a pixel."""
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        point = self._place(at)
        here = None if point is None else (float(point[0]), float(point[1]), float(point[2]))
        for what, words, needs_place in ROWS:
            if needs_place and here is None:
                continue
            action = menu.addAction(words)
            action.setObjectName(what)
            action.triggered.connect(lambda _=False, what=what: self.asked.emit(what, here))
        return menu
