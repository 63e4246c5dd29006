"""What every image canvas does alike: paints lazily on black, hears wheel, drag and double click, shows the focus."""

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.canvases.painting import halo_text, pen
from ui.model import CaseModel
from ui.theme import colour

NOTCH = 120
"""Wheel units of one click of a common mouse wheel."""

SECTIONS_PER_NOTCH = 2
DRAG_HU_PER_PX = 2.0


class Canvas(QWidget):
    """A black picture of the case. It is drawn when it is seen: many changes between two paints cost one drawing.

    A canvas says which image it wants in `fresh_image` and what that depends on in `image_key`, where it lies in `image_rect`
    and what is drawn above in `paint_overlay`.
    """

    enlarge_asked = Signal()

    def __init__(self, model: CaseModel, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._image: QImage | None = None
        self._image_key: object = None
        self._wheel_left = 0.0
        self._window_drag: QPoint | None = None
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        model.analysis_changed.connect(self.refresh)
        model.cursor_changed.connect(self.refresh)
        model.display_changed.connect(self.refresh)

    def sizeHint(self) -> QSize:
        """Enough to be seen; the layout stretches it."""
        return QSize(240, 160)

    def minimumSizeHint(self) -> QSize:
        """The smallest size that is still of use."""
        return QSize(90, 70)

    def refresh(self) -> None:
        """Something changed; at the next paint the picture is made again if it depends on it."""
        self.update()

    def image_key(self) -> object:
        """What the picture depends on; while it stays equal the picture is kept and only the marks are drawn again."""
        model = self._model
        return model.analysis, model.vessel_name, model.s_mm, model.window, self.size().toTuple()

    def fresh_image(self) -> QImage | None:
        """The picture for the current state; None shows the empty text."""
        return None

    def image_rect(self) -> QRectF:
        """Where the picture lies in the widget."""
        return QRectF(self.rect())

    def paint_overlay(self, painter: QPainter) -> None:
        """Marks above the picture."""

    def empty_text(self) -> str:
        """What is said when there is no picture."""
        if self._model.analysis is None:
            return "No case open"
        return "Following the vessels …" if self._model.is_searching else "No vessel"

    def paintEvent(self, event: QPaintEvent) -> None:
        """Black, picture, marks, focus ring."""
        key = self.image_key()
        if key != self._image_key:
            self._image = self.fresh_image()
            self._image_key = key
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("image"))
        if self._image is None:
            halo_text(painter, QRectF(self.rect()), self.empty_text(), "dim")
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self.image_rect(), self._image)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setClipRect(self.rect())
            self.paint_overlay(painter)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(pen("accent", 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another size needs another picture."""
        self.refresh()

    def notches(self, event: QWheelEvent) -> float:
        """Whole wheel clicks since the last call, away from the person positive; fine wheels add up."""
        delta = event.angleDelta()
        self._wheel_left += (delta.y() or delta.x()) / NOTCH
        whole = float(int(self._wheel_left))
        self._wheel_left -= whole
        return whole

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Along the vessel; towards the person is distal."""
        steps = self.notches(event)
        if steps:
            self._model.step(-steps * SECTIONS_PER_NOTCH)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Left is the canvas's own; right drags the brightness."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() == Qt.MouseButton.RightButton:
            self._window_drag = event.position().toPoint()
        elif event.button() == Qt.MouseButton.LeftButton:
            self.pressed(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A drag with the right button changes brightness (across: width, along: centre); others go to the canvas."""
        if self._window_drag is not None:
            here = event.position().toPoint()
            moved = here - self._window_drag
            self._window_drag = here
            self._model.set_window(self._model.window.moved(-moved.y() * DRAG_HU_PER_PX, moved.x() * DRAG_HU_PER_PX))
            return
        self.moved(event.position(), bool(event.buttons() & Qt.MouseButton.LeftButton))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End of a drag."""
        if event.button() == Qt.MouseButton.RightButton:
            self._window_drag = None
        elif event.button() == Qt.MouseButton.LeftButton:
            self.released(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Enlarge."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.enlarge_asked.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus ring."""
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the focus ring away."""
        self.update()

    def pressed(self, at: QPointF) -> None:
        """The left button went down."""

    def moved(self, at: QPointF, dragging: bool) -> None:
        """The pointer moved, with the left button down when `dragging`."""

    def released(self, at: QPointF) -> None:
        """The left button came up."""
