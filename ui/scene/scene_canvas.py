"""The 3D view: turned like a C-arm, with its angles always in view; a click selects vessel and place."""

import math
import time
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QWidget

from planner.edits import MAIN_VESSELS
from recon.carm import view_axes, view_text
from recon.estimate import FloatArray
from ui.canvases.canvas import Canvas
from ui.canvases.painting import halo_text, pen
from ui.model import CaseModel
from ui.orientation import letters, opposite
from ui.theme import SMALL_PX

if TYPE_CHECKING:
    from ui.scene.offscreen import Offscreen

DEG_PER_PX = 0.5
PICK_PX = 14.0
ZOOM_STEP = 1.15
MARGIN = 0.92
SLOW_S = 0.03
"""A full picture that takes longer is drawn coarser while it turns."""

COARSE = 0.5
RING_MM = 4.0


class SceneCanvas(Canvas):
    """Drag: turn (across: LAO-RAO, along: CRA-CAU); Ctrl-wheel: zoom; click: go there."""

    picked = Signal(str, float)

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(model, "3D", parent)
        self._offscreen: Offscreen | None = None
        self._shown: tuple[object, ...] = ()
        self._zoom = 1.0
        self._drag_from: QPointF | None = None
        self._has_turned = False
        self._is_slow = False
        model.angles_changed.connect(self.refresh)

    def image_key(self) -> object:
        """Not the cursor: its ring is a mark above the picture."""
        model = self._model
        shown = (model.analysis, model.vessel_name, model.primary_deg, model.secondary_deg, self._zoom)
        return shown, self.size().toTuple(), self._is_slow and self._has_turned

    def fresh_image(self) -> QImage | None:
        """Draw the scene into memory and wrap its pixels."""
        analysis, vessel = self._model.analysis, self._model.vessel
        if analysis is None or vessel is None or self.width() < 2 or self.height() < 2:
            return None
        # VTK takes a third of a second to import: not before the first picture.
        from ui.scene.offscreen import Offscreen
        from ui.scene.tree_actors import case_actors

        if self._offscreen is None:
            self._offscreen = Offscreen()
        shown = (analysis, self._model.vessel_name)
        if shown != self._shown:
            self._offscreen.show(case_actors(analysis, self._model.vessel_name))
            self._shown = shown
        ratio = self.devicePixelRatioF() * (COARSE if self._is_slow and self._has_turned else 1.0)
        width, height = max(2, round(self.width() * ratio)), max(2, round(self.height() * ratio))
        axes = view_axes(self._model.primary_deg, self._model.secondary_deg)
        self._offscreen.look(axes, self._focus_mm(), self._half_height_mm())
        started = time.perf_counter()
        pixels = self._offscreen.pixels(width, height)
        if not self._has_turned:
            self._is_slow = time.perf_counter() - started > SLOW_S
        return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()

    def _tree_points_mm(self) -> FloatArray:
        analysis = self._model.analysis
        return np.concatenate([v.centerline.points_mm for v in analysis.tree.vessels]) if analysis else np.zeros((1, 3))

    def _focus_mm(self) -> FloatArray:
        points = self._tree_points_mm()
        return np.asarray((points.min(axis=0) + points.max(axis=0)) / 2)

    def _half_height_mm(self) -> float:
        """Half the height that shows the tree from every side."""
        points = self._tree_points_mm()
        reach = float(np.linalg.norm(points - self._focus_mm(), axis=1).max())
        aspect = min(1.0, self.width() / max(1, self.height()))
        return MARGIN * reach / aspect / self._zoom

    def paint_overlay(self, painter: QPainter) -> None:
        """The angles and the letters of the edges."""
        w, h = self.width(), self.height()
        text = view_text(self._model.primary_deg, self._model.secondary_deg)
        left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        halo_text(painter, QRectF(10, h - 28, w - 20, 22), text, "text", left, 15)
        if h > 220:
            note = "drag: turn   click: go there"
            right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            halo_text(painter, QRectF(w - 230, h - 26, 222, 18), note, "dim", right, SMALL_PX)
        axes = view_axes(self._model.primary_deg, self._model.secondary_deg)
        self._paint_ring(painter)
        if self._model.overlays:
            self._paint_names(painter)
        right_letters, up = letters(axes.right), letters(axes.up)
        halo_text(painter, QRectF(w - 34, h / 2 - 9, 30, 18), right_letters)
        halo_text(painter, QRectF(4, h / 2 - 9, 30, 18), opposite(right_letters))
        halo_text(painter, QRectF(w / 2 - 15, 4, 30, 18), up)

    def screen_px(self, points_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Where LPS positions (n, 3) lie on the widget."""
        axes = view_axes(self._model.primary_deg, self._model.secondary_deg)
        px_per_mm = self.height() / 2 / self._half_height_mm()
        offset = points_mm - self._focus_mm()
        return self.width() / 2 + offset @ axes.right * px_per_mm, self.height() / 2 - offset @ axes.up * px_per_mm

    def _paint_ring(self, painter: QPainter) -> None:
        """The cursor: a ring about the vessel in the plane of its section."""
        vessel = self._model.vessel
        if vessel is None:
            return
        theta = np.linspace(0.0, 2 * math.pi, 37)
        ring = vessel.centerline.to_mm(np.full_like(theta, self._model.s_mm), theta, np.full_like(theta, RING_MM))
        painter.setPen(pen("accent", 2.2))
        painter.drawPolyline(QPolygonF([QPointF(float(x), float(y)) for x, y in zip(*self.screen_px(ring), strict=True)]))

    def _paint_names(self, painter: QPainter) -> None:
        """Main vessels and the current one are named at their distal ends."""
        for vessel in self._model.analysis.tree.vessels if self._model.analysis else ():
            is_current = vessel.name == self._model.vessel_name
            if is_current or vessel.name in MAIN_VESSELS:
                x, y = self.screen_px(vessel.centerline.points_mm[-1:])
                halo_text(painter, QRectF(x[0] - 30, y[0] + 4, 60, 16), vessel.name, "accent" if is_current else "text")

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl zooms, else along the vessel."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._zoom = min(20.0, max(0.5, self._zoom * ZOOM_STEP ** self.notches(event)))
            self.refresh()
            event.accept()
        else:
            super().wheelEvent(event)

    def pressed(self, at: QPointF) -> None:
        """A turn or a click begins."""
        self._drag_from, self._has_turned = at, False

    def moved(self, at: QPointF, dragging: bool) -> None:
        """Turn the C-arm: the picture follows the pointer."""
        if not dragging or self._drag_from is None:
            return
        step = at - self._drag_from
        if not self._has_turned and step.manhattanLength() < 4:
            return
        self._has_turned, self._drag_from = True, at
        primary = self._model.primary_deg - step.x() * DEG_PER_PX
        self._model.set_angles(primary, self._model.secondary_deg + step.y() * DEG_PER_PX)

    def released(self, at: QPointF) -> None:
        """A click without a turn picks the nearest vessel."""
        if self._drag_from is not None and not self._has_turned:
            self._pick(at)
        self._drag_from = None
        if self._has_turned:
            self._has_turned = False
            self.refresh()

    def _pick(self, at: QPointF) -> None:
        analysis = self._model.analysis
        if analysis is None:
            return
        nearest: tuple[float, str, float] | None = None
        for vessel in analysis.tree.vessels:
            x, y = self.screen_px(vessel.centerline.points_mm)
            distance = np.hypot(x - at.x(), y - at.y())
            index = int(np.argmin(distance))
            found = (float(distance[index]), vessel.name, float(vessel.centerline.s_mm[index]))
            nearest = found if nearest is None or found < nearest else nearest
        if nearest is not None and nearest[0] <= PICK_PX:
            self.picked.emit(nearest[1], nearest[2])

    def close_scene(self) -> None:
        """Give the graphics memory back before the program ends."""
        if self._offscreen is not None:
            self._offscreen.close()
            self._offscreen = None
