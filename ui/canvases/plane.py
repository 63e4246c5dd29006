"""Axial, coronal and sagittal images through the cursor, with letters from the image's own directions."""

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QWidget

from recon.estimate import FloatArray
from recon.reformat import PlaneMap, oblique_view
from ui.canvases.canvas import Canvas
from ui.canvases.painting import halo_text, pen
from ui.model import CaseModel
from ui.orientation import letters, opposite
from ui.windowing import grey_image

ZOOM_STEP = 1.25
GRAB_PX = 9.0
NEAR_MM = 15.0
"""How much of a dragged line is drawn to each side of the cursor's place."""


@dataclass(frozen=True, slots=True)
class Plane:
    """A plane of the body by the LPS directions of its screen: seen from the feet, from the front, from the left."""

    name: str
    right: tuple[float, float, float]
    up: tuple[float, float, float]


PLANES = (
    Plane("Axial", (1.0, 0.0, 0.0), (0.0, -1.0, 0.0)),
    Plane("Coronal", (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)),
    Plane("Sagittal", (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
)


class PlaneCanvas(Canvas):
    """One body plane centred on the cursor. Click: nearest place of the vessel; Ctrl-wheel: zoom; drag at the cross: the line."""

    def __init__(self, model: CaseModel, plane: Plane, parent: QWidget | None = None) -> None:
        super().__init__(model, plane.name, parent)
        self.plane = plane
        self._pixel_mm = 0.4
        self._map: PlaneMap | None = None
        model.line.changed.connect(self.refresh)

    def image_key(self) -> object:
        """Also the zoom."""
        return super().image_key(), self._pixel_mm

    def fresh_image(self) -> QImage | None:
        """The plane through the cursor; without a vessel through the middle of the volume."""
        analysis = self._model.analysis
        if analysis is None or self.width() < 2 or self.height() < 2:
            return None
        frame = self._model.frame()
        shape = np.array(analysis.volume.geometry.shape)
        centre = frame[0] if frame is not None else analysis.volume.geometry.points_mm((shape - 1) / 2)
        size = (self.height(), self.width())
        view = oblique_view(analysis.volume, centre, self.plane.right, self.plane.up, size, self._pixel_mm)
        self._map = view.map if isinstance(view.map, PlaneMap) else None
        return grey_image(view.hu, self._model.table)

    def edge_letters(self) -> dict[str, str]:
        """Letters at the left, right, top and bottom edge."""
        if self._map is None:
            return {}
        right, down = letters(self._map.right), letters(self._map.down)
        return {"left": opposite(right), "right": right, "top": opposite(down), "bottom": down}

    def paint_overlay(self, painter: QPainter) -> None:
        """Cross at the cursor and the letters."""
        centre = QRectF(self.rect()).center()
        painter.setPen(pen("accent", 1, 170))
        for x, y in ((1.0, 0.0), (0.0, 1.0)):
            for side in (-1, 1):
                start = QPointF(centre.x() + side * 8 * x, centre.y() + side * 8 * y)
                end = QPointF(centre.x() + side * 400 * x, centre.y() + side * 400 * y)
                painter.drawLine(start, end)
        self._paint_line(painter)
        w, h = self.width(), self.height()
        places = {
            "left": QRectF(2, h / 2 - 22, 26, 18),
            "right": QRectF(w - 28, h / 2 - 22, 26, 18),
            "top": QRectF(w / 2 + 4, 2, 26, 18),
            "bottom": QRectF(w / 2 + 4, h - 20, 26, 18),
        }
        for edge, text in self.edge_letters().items():
            halo_text(painter, places[edge], text)

    def _paint_line(self, painter: QPainter) -> None:
        """The line near the cursor, and where it would run while it is dragged."""
        line, vessel, frame = self._model.line, self._model.vessel, self._model.frame()
        if not line.active or vessel is None or frame is None or self._map is None:
            return
        drawn = ((line.shown, 2.0), (vessel, 1.0)) if line.shown is not None else ((vessel, 1.4),)
        for shown, width in drawn:
            points = shown.centerline.points_mm
            near = points[np.linalg.norm(points - frame[0], axis=1) < NEAR_MM]
            rows, columns = self._map.pixels(near)
            painter.setPen(pen("accent", width, dashed=shown is vessel))
            painter.drawPolyline(QPolygonF([QPointF(float(x), float(y)) for x, y in zip(columns, rows, strict=True)]))
        if line.to_mm is not None:
            row, column = self._map.pixels(np.array(line.to_mm))
            painter.drawRect(QRectF(float(column) - 4, float(row) - 4, 8, 8))

    def lps_at(self, at: QPointF) -> FloatArray | None:
        """The LPS position of a pixel."""
        return None if self._map is None else self._map.points_mm(at.y(), at.x())

    def pressed(self, at: QPointF) -> None:
        """Take the line at the cross when lines can be dragged; else go to the place of the vessel nearest to the click."""
        point, frame = self.lps_at(at), self._model.frame()
        offset = at - QRectF(self.rect()).center()
        if point is None:
            return
        if self._model.line.active and frame is not None and math.hypot(offset.x(), offset.y()) <= GRAB_PX:
            self._model.line.begin(frame[0])
        else:
            self._model.go_to_point(point)

    def moved(self, at: QPointF, dragging: bool) -> None:
        """The line follows the pointer."""
        point = self.lps_at(at)
        if dragging and self._model.line.is_dragging and point is not None:
            self._model.line.drag_to(point)

    def released(self, at: QPointF) -> None:
        """A dragged line becomes one edit."""
        if self._model.line.is_dragging:
            self._model.line.drop()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl zooms, else along the vessel."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._pixel_mm = min(2.0, max(0.05, self._pixel_mm / ZOOM_STEP ** self.notches(event)))
            self.refresh()
            event.accept()
        else:
            super().wheelEvent(event)
