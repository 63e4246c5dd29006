"""Axial, coronal and sagittal images through the cursor, with letters from the image's own directions."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QWheelEvent
from PySide6.QtWidgets import QWidget

from recon.reformat import PlaneMap, oblique_view
from ui.canvases.canvas import Canvas
from ui.canvases.painting import halo_text, pen
from ui.model import CaseModel
from ui.orientation import letters, opposite
from ui.windowing import grey_image

ZOOM_STEP = 1.25


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
    """One body plane centred on the cursor. Click: nearest place of the vessel; Ctrl-wheel: zoom."""

    def __init__(self, model: CaseModel, plane: Plane, parent: QWidget | None = None) -> None:
        super().__init__(model, plane.name, parent)
        self.plane = plane
        self._pixel_mm = 0.4
        self._map: PlaneMap | None = None

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
        w, h = self.width(), self.height()
        places = {
            "left": QRectF(2, h / 2 - 22, 26, 18),
            "right": QRectF(w - 28, h / 2 - 22, 26, 18),
            "top": QRectF(w / 2 + 4, 2, 26, 18),
            "bottom": QRectF(w / 2 + 4, h - 20, 26, 18),
        }
        for edge, text in self.edge_letters().items():
            halo_text(painter, places[edge], text)

    def pressed(self, at: QPointF) -> None:
        """Go to the place of the vessel nearest to the click."""
        if self._map is not None:
            self._model.go_to_point(self._map.points_mm(at.y(), at.x()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl zooms, else along the vessel."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._pixel_mm = min(2.0, max(0.05, self._pixel_mm / ZOOM_STEP ** self.notches(event)))
            self.refresh()
            event.accept()
        else:
            super().wheelEvent(event)
