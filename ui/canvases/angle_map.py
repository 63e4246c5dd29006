"""The angle map: foreshortening of a target from every C-arm position, with the chosen views; a click turns the 3D view."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from planner.views import TargetViews
from recon.carm import view_text
from ui.canvases.painting import halo_text, pen
from ui.model import CaseModel
from ui.theme import SMALL_PX, colour

LEFT, RIGHT, TOP, BOTTOM = 44.0, 12.0, 10.0, 34.0
WORST_PCT = 50.0
"""Foreshortening shown as black; less is brighter."""

BRIGHT = (76, 194, 255)


class AngleMap(QWidget):
    """LAO to the right, cranial up; bright = little foreshortening. `angles_chosen(primary, secondary)` on click."""

    angles_chosen = Signal(float, float)

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._views: TargetViews | None = None
        self._image: QImage | None = None
        self.setMinimumSize(260, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Angle map")
        self.setMouseTracking(True)
        model.angles_changed.connect(self.update)

    def show_views(self, views: TargetViews | None) -> None:
        """Another target."""
        self._views = views
        self._image = _map_image(views) if views is not None and views.foreshortening_pct.size else None
        self.update()

    def _box(self) -> QRectF:
        return QRectF(LEFT, TOP, max(1.0, self.width() - LEFT - RIGHT), max(1.0, self.height() - TOP - BOTTOM))

    def _at(self, primary_deg: float, secondary_deg: float) -> QPointF:
        box, views = self._box(), self._views
        if views is None:
            return box.center()
        a, b = views.primary_deg, views.secondary_deg
        x = box.left() + (primary_deg - a[0]) / (a[-1] - a[0]) * box.width()
        return QPointF(x, box.bottom() - (secondary_deg - b[0]) / (b[-1] - b[0]) * box.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Map, axes, chosen views, the angles now shown."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("image"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._image is None or self._views is None:
            halo_text(painter, QRectF(self.rect()), "No views: there is no occlusion", "dim")
            painter.end()
            return
        painter.drawImage(self._box(), self._image)
        self._paint_axes(painter, self._views)
        for number, view in enumerate(self._views.views, start=1):
            at = self._at(view.primary_deg, view.secondary_deg)
            painter.setPen(pen("text", 1.5))
            painter.setBrush(colour("background", 200))
            painter.drawEllipse(at, 9, 9)
            halo_text(painter, QRectF(at.x() - 9, at.y() - 9, 18, 18), str(number), px=SMALL_PX)
        at = self._at(self._model.primary_deg, self._model.secondary_deg)
        painter.setPen(pen("accent", 2))
        painter.drawLine(QPointF(at.x() - 7, at.y()), QPointF(at.x() + 7, at.y()))
        painter.drawLine(QPointF(at.x(), at.y() - 7), QPointF(at.x(), at.y() + 7))
        painter.end()

    def _paint_axes(self, painter: QPainter, views: TargetViews) -> None:
        box = self._box()
        for value in range(-120, 121, 30):
            x = self._at(value, 0).x()
            if box.left() <= x <= box.right():
                painter.setPen(pen("text", 1, 40))
                painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
                halo_text(painter, QRectF(x - 20, box.bottom() + 1, 40, 15), str(abs(value)), "dim", px=SMALL_PX)
        for value in range(-60, 61, 20):
            y = self._at(0, value).y()
            if box.top() <= y <= box.bottom():
                painter.setPen(pen("text", 1, 40))
                painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
                halo_text(painter, QRectF(14, y - 8, 28, 16), str(abs(value)), "dim", px=SMALL_PX)
        words = QRectF(box.left(), box.bottom() + 15, box.width(), 16)
        halo_text(painter, words, "RAO", "dim", int(Qt.AlignmentFlag.AlignLeft), SMALL_PX)
        halo_text(painter, words, "LAO", "dim", int(Qt.AlignmentFlag.AlignRight), SMALL_PX)
        halo_text(painter, words, "bright: little foreshortening; dim: out of reach", "dim", px=SMALL_PX)
        halo_text(painter, QRectF(box.left() + 6, box.top() + 4, 40, 14), "CRA", "dim", int(Qt.AlignmentFlag.AlignLeft), SMALL_PX)
        halo_text(
            painter, QRectF(box.left() + 6, box.bottom() - 18, 40, 14), "CAU", "dim", int(Qt.AlignmentFlag.AlignLeft), SMALL_PX
        )

    def _angles(self, at: QPointF) -> tuple[float, float] | None:
        views, box = self._views, self._box()
        if views is None or not box.contains(at):
            return None
        a, b = views.primary_deg, views.secondary_deg
        primary = a[0] + (at.x() - box.left()) / box.width() * (a[-1] - a[0])
        return float(primary), float(b[0] + (box.bottom() - at.y()) / box.height() * (b[-1] - b[0]))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Turn to the angles under the pointer."""
        self._choose(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the angles; drag to turn."""
        angles = self._angles(event.position())
        if angles is not None:
            self.setToolTip(view_text(*angles))
            if event.buttons() & Qt.MouseButton.LeftButton:
                self.angles_chosen.emit(*angles)

    def _choose(self, event: QMouseEvent) -> None:
        angles = self._angles(event.position())
        if angles is not None:
            self.angles_chosen.emit(*angles)


def _map_image(views: TargetViews) -> QImage:
    """Bright = little foreshortening; NaN (out of reach) is a flat dark grey."""
    pct = views.foreshortening_pct[::-1]
    good = np.clip(1.0 - np.nan_to_num(pct, nan=100.0) / WORST_PCT, 0.0, 1.0) ** 1.5
    rgb = (good[..., None] * np.array(BRIGHT)).astype(np.uint8)
    rgb[~np.isfinite(pct)] = (34, 38, 44)
    rows, columns = good.shape
    return QImage(rgb.tobytes(), columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()
