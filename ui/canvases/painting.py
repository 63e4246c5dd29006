"""Small things every canvas paints: text that stays readable on any grey, and the glyph of a finding's state."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from ui.text import STATES
from ui.theme import colour, font


def pen(token: str, width: float = 1.0, alpha: int = 255, dashed: bool = False) -> QPen:
    """A cosmetic pen in a token's colour."""
    result = QPen(colour(token, alpha), width)
    result.setCosmetic(True)
    if dashed:
        result.setDashPattern([4, 3])
    return result


def halo_text(painter: QPainter, rect: QRectF, text: str, token: str = "text", align: int = 0, px: int = 13) -> None:
    """Text with a black rim, aligned in `rect` (centre when `align` is 0)."""
    flags = align or int(Qt.AlignmentFlag.AlignCenter)
    painter.setFont(font(px))
    painter.setPen(QColor(0, 0, 0, 220))
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        painter.drawText(rect.translated(dx, dy), flags, text)
    painter.setPen(colour(token))
    painter.drawText(rect, flags, text)


def draw_state(painter: QPainter, centre: QPointF, radius: float, state: str, token: str = "text") -> None:
    """Outline = proposed, half = edited, full = confirmed; the shape tells it, not the colour."""
    box = QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
    painter.setPen(pen(token, 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(box)
    painter.setBrush(QBrush(colour(token)))
    if state == "confirmed":
        painter.drawEllipse(box)
    elif state == "edited":
        painter.drawPie(box, 90 * 16, 180 * 16)


def state_pixmap(state: str, px: int = 14) -> QPixmap:
    """The glyph as a picture for lists, sharp at twice its size."""
    result = QPixmap(2 * px, 2 * px)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(2, 2)
    draw_state(painter, QPointF(px / 2, px / 2), px / 2 - 2, state)
    painter.end()
    result.setDevicePixelRatio(2.0)
    return result


class StateGlyph(QWidget):
    """Shows who said so; the words are in its tip."""

    def __init__(self, state: str = "auto", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(16, 16)
        self.show_state(state)

    def show_state(self, state: str) -> None:
        """Change what is shown."""
        self._state = state
        self.setToolTip(STATES.get(state, state))
        self.setAccessibleName(STATES.get(state, state))
        self.update()

    def paintEvent(self, event: object) -> None:
        """Draw the glyph."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_state(painter, QPointF(8, 8), 5.5, self._state)
        painter.end()


def paint_scan_label(painter: QPainter, box: QRectF, label: str) -> None:
    """A frame and words over a picture that is not the contrast scan, so that it is never mistaken for it; nothing without."""
    if not label:
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(pen("alternative", 4))
    painter.drawRect(box.adjusted(2, 2, -2, -2))
    left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    halo_text(painter, QRectF(box.left() + 60, box.top() + 4, box.width() - 64, 18), label, "alternative", left)
