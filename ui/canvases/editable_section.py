"""The section a reader may change: drag a contour, right click for what lies there."""

import math

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QMenu, QWidget

from recon.estimate import FloatArray
from ui.canvases.painting import pen
from ui.canvases.section import SectionCanvas
from ui.model import CaseModel
from ui.theme import colour

GRAB_PX = 6.0
LINE_PX = 12.0
CLICK_PX = 4
"""A right button that moved less is a click, not a drag of the brightness."""

MENU = (
    ("exclude", "No calcium: exclude this deposit"),
    ("include", "Calcium: include what is bright here"),
    ("include-above", "Calcium above a threshold, from here ..."),
    ("threshold", "Threshold for the sections around ..."),
    ("wall", "Outer wall passes here"),
    ("lumen", "Lumen passes here"),
    ("stent-start", "Stent begins at this section"),
    ("stent-end", "Stent ends at this section"),
    ("take-back", "Take back the last change of this vessel"),
)
"""What can be said about a place of the section: id and words."""

Place = tuple[float, float]
"""Clock angle in radians and distance from the centerline in mm."""


class EditableSection(SectionCanvas):
    """`said(what, theta_rad, r_mm)` for the menu, `contour_moved(contour, theta_rad, r_mm)` once a drag has ended."""

    said = Signal(str, float, float)
    contour_moved = Signal(str, float, float)

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(model, parent)
        self._dragged: tuple[str, Place] | None = None
        self._right_from: QPoint | None = None
        self._pointer: QPointF | None = None
        model.line.changed.connect(self.refresh)

    def place(self, at: QPointF) -> Place:
        """Vessel coordinates of a pixel."""
        offset = at - self.image_rect().center()
        return math.atan2(offset.x(), -offset.y()) % (2 * math.pi), math.hypot(offset.x(), offset.y()) / self.px_per_mm

    @property
    def pointed(self) -> Place | None:
        """The place under the pointer, for keys; None when it is elsewhere."""
        return None if self._pointer is None else self.place(self._pointer)

    def contour_near(self, at: QPointF) -> str | None:
        """The contour under a pixel; the wall wins where both lie close."""
        sections, index = self._model.sections, self._model.section_index
        if sections is None or index is None or not self._model.overlays:
            return None
        theta, r_mm = self.place(at)
        radii = {"wall": sections.wall_r_mm[index]}
        if sections.lumen_area_mm2[index] > 0 and sections.lumen_open[index]:
            radii["lumen"] = sections.lumen_r_mm[index]
        near = {name: abs(_radius(values, theta) - r_mm) * self.px_per_mm for name, values in radii.items()}
        best = min(near, key=lambda name: near[name])
        return best if near[best] <= GRAB_PX else None

    def pressed(self, at: QPointF) -> None:
        """Take the contour under the pointer; while lines can be dragged, the line in its middle."""
        if self._model.line.active:
            frame = self._model.frame()
            if frame is not None and self.place(at)[1] * self.px_per_mm <= LINE_PX:
                self._model.line.begin(frame[0])
            return
        contour = self.contour_near(at)
        if contour is not None:
            self._dragged = (contour, self.place(at))
            self.update()

    def moved(self, at: QPointF, dragging: bool) -> None:
        """Drag the contour; show that it can be taken."""
        self._pointer = at
        vessel = self._model.vessel
        if dragging and self._model.line.is_dragging and vessel is not None:
            self._model.line.drag_to(vessel.centerline.to_mm(self._model.s_mm, *self.place(at)))
        elif dragging and self._dragged is not None:
            self._dragged = (self._dragged[0], self.place(at))
            self.update()
        takes = self._dragged is not None or self.contour_near(at) is not None
        self.setCursor(Qt.CursorShape.SizeAllCursor if takes else Qt.CursorShape.ArrowCursor)

    def released(self, at: QPointF) -> None:
        """A dragged contour or line becomes one edit."""
        if self._model.line.is_dragging:
            self._model.line.drop()
        elif self._dragged is not None:
            contour, place = self._dragged
            self._dragged = None
            self.contour_moved.emit(contour, *place)
            self.update()

    def paint_overlay(self, painter: QPainter) -> None:
        """Also where a dragged contour is to pass."""
        super().paint_overlay(painter)
        self._paint_line(painter)
        if self._dragged is not None:
            contour, place = self._dragged
            painter.setPen(pen("accent", 1.5))
            painter.setBrush(colour(contour))
            painter.drawEllipse(self._at(*place), 5, 5)

    def _paint_line(self, painter: QPainter) -> None:
        """While lines can be dragged: where the line is and where it would be."""
        line, vessel = self._model.line, self._model.vessel
        if not line.active or vessel is None:
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen("accent", 1.4))
        painter.drawRect(QRectF(self._at(0.0, 0.0).x() - 4, self._at(0.0, 0.0).y() - 4, 8, 8))
        if line.to_mm is not None:
            _, theta_rad, r_mm = vessel.centerline.locate(np.array(line.to_mm))
            painter.setBrush(colour("accent"))
            painter.drawEllipse(self._at(float(theta_rad), float(r_mm)), 4, 4)

    def leaveEvent(self, event: object) -> None:
        """Keys no longer act on a place."""
        self._pointer = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where the right button went down."""
        if event.button() == Qt.MouseButton.RightButton:
            self._right_from = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A right click without a drag opens the menu."""
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.RightButton and self._right_from is not None:
            moved = event.position().toPoint() - self._right_from
            self._right_from = None
            if moved.manhattanLength() <= CLICK_PX and self._model.sections is not None:
                self.menu_at(event.position()).popup(event.globalPosition().toPoint())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu key opens the menu at the pointer; the mouse opens it when the button is let go."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard and self._pointer is not None:
            self.menu_at(self._pointer).popup(self.mapToGlobal(self._pointer.toPoint()))
        event.accept()

    def menu_at(self, at: QPointF) -> QMenu:
        """What can be said about a pixel."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        theta, r_mm = self.place(at)
        for what, words in MENU:
            action = menu.addAction(words)
            action.setObjectName(what)
            action.triggered.connect(lambda _=False, what=what: self.said.emit(what, theta, r_mm))
        return menu


def _radius(r_mm: FloatArray, theta_rad: float) -> float:
    value = r_mm[round(theta_rad / (2 * math.pi) * len(r_mm)) % len(r_mm)]
    return float(value) if math.isfinite(value) else math.inf
