"""The curved view: the vessel laid straight from left to right at true scale, with caps, occlusion and alternative courses."""

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QWidget

from planner.text import interval_text
from recon.estimate import Estimate, FloatArray
from recon.reformat import curved_view
from recon.scan_pair import cut_hu
from recon.sections import WALL_ANGLES
from ui.canvases.along_scale import LEFT_PX, AlongScale, fitted_scale
from ui.canvases.canvas import Canvas
from ui.canvases.painting import halo_text, paint_scan_label, pen
from ui.model import CaseModel
from ui.orientation import letters, opposite
from ui.shown_scan import DIFFERENCE
from ui.text import acquired_text
from ui.theme import SMALL_PX, colour
from ui.windowing import grey_image

TOP_TURN_DEG = -90.0
"""Turn of the cut that puts 12 o'clock of the sections at the top of the view."""

GRAB_PX = 7.0
RULER_PX = 22.0
ZOOM_STEP = 1.25
MAX_ZOOM = 12.0
FINEST_PIXEL_MM = 0.05


class CurvedCanvas(Canvas):
    """Wheel: along the vessel; Shift-wheel: turn; Ctrl-wheel: zoom; click: set; drag a cap bar: move it; while lines can be
    dragged, so can the line and its control points.

    `cap_moved(which, s_mm)` is emitted once, when a dragged cap is let go; `scaled` when the scale along the vessel changed.
    """

    cap_moved = Signal(str, float)
    scaled = Signal()
    hovered = Signal(object)

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(model, "Curved view", parent)
        self._zoom = 1.0
        self._hover_s_mm: float | None = None
        self._dragged_cap: tuple[str, float] | None = None
        self._courses: list[tuple[float, FloatArray, FloatArray, FloatArray]] = []
        model.analysis_changed.connect(self._locate_courses)
        model.cursor_changed.connect(self._locate_courses)
        model.line.changed.connect(self.refresh)

    @property
    def scale(self) -> AlongScale:
        """The scale along the vessel now shown."""
        vessel = self._model.vessel
        length = vessel.centerline.length_mm if vessel else 1.0
        return fitted_scale(self.width(), self.height() - RULER_PX, length, self._zoom, self._model.s_mm)

    def image_key(self) -> object:
        """The cursor counts only when it moves the zoomed picture."""
        model = self._model
        shown = (model.analysis, model.vessel_name, model.rotation_deg, model.shown_window, model.overlays, model.scan)
        return shown, self.size().toTuple(), self.scale

    def fresh_image(self) -> QImage | None:
        """The cut through the vessel, 12 o'clock (turned) at the top, with its contours."""
        analysis, vessel = self._model.analysis, self._model.vessel
        if analysis is None or vessel is None:
            return None
        self.scaled.emit()
        pixel_mm = max(FINEST_PIXEL_MM, 1.0 / self.scale.px_per_mm / self.devicePixelRatioF())
        turn = self._model.rotation_deg + TOP_TURN_DEG
        half_mm, pair, own = self._half_width_mm(), self._model.pair, self._model.compared
        if self._model.scan_label and pair is not None and own is not None:
            hu = cut_hu(pair, own, self._model.scan == DIFFERENCE, turn, pixel_mm, half_mm)
        else:
            hu = curved_view(analysis.volume, vessel.centerline, turn, pixel_mm, half_mm).hu
        ratio = self.devicePixelRatioF()
        picture = QImage(self.size() * ratio, QImage.Format.Format_RGB32)
        picture.setDevicePixelRatio(ratio)
        picture.fill(colour("image"))
        painter = QPainter(picture)
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        painter.drawImage(self._cut_rect(), grey_image(hu[:, ::-1].T, self._model.shown_table))
        if self._model.overlays:
            self._paint_contours(painter)
        painter.end()
        return picture

    def _cut_rect(self) -> QRectF:
        """True scale in both directions; the vessel runs along the middle."""
        vessel, scale = self._model.vessel, self.scale
        length = vessel.centerline.length_mm if vessel else 0.0
        half = self._half_width_mm()
        top = self._middle() - half * scale.px_per_mm
        return QRectF(scale.x_zero_px, top, length * scale.px_per_mm, 2 * half * scale.px_per_mm)

    def _middle(self) -> float:
        return (self.height() - RULER_PX) / 2

    def _half_width_mm(self) -> float:
        return max(1.0, self._middle() / self.scale.px_per_mm)

    def paint_overlay(self, painter: QPainter) -> None:
        """From the picture's own marks to the cursor, which is always on top."""
        if self._model.overlays:
            self._paint_courses(painter)
            self._paint_occlusion(painter)
        self._paint_line(painter)
        self._paint_ruler(painter)
        self._paint_letters(painter)
        paint_scan_label(painter, QRectF(0, 0, self.width(), self.height() - RULER_PX), self._model.scan_label)
        self._paint_cursor(painter)

    def _paint_line(self, painter: QPainter) -> None:
        """While lines can be dragged: the line, its control points, and where it would run."""
        line, vessel = self._model.line, self._model.vessel
        if not line.active or vessel is None:
            return
        painter.setPen(pen("accent", 1, 150, dashed=True))
        self._draw_along(painter, vessel.centerline.s_mm, np.zeros(len(vessel.centerline.s_mm)))
        if line.shown is not None:
            painter.setPen(pen("accent", 2))
            self._draw_along(painter, *self._on_cut(line.shown.centerline.points_mm))
        points = line.control_points_mm + ((line.to_mm,) if line.to_mm else ())
        if points:
            painter.setPen(pen("accent", 1.4))
            painter.setBrush(colour("image"))
            for s_mm, down_mm in zip(*self._on_cut(np.array(points)), strict=True):
                at = QPointF(self.scale.x_px(float(s_mm)), self._middle() + float(down_mm) * self.scale.px_per_mm)
                painter.drawRect(QRectF(at.x() - 4, at.y() - 4, 8, 8))

    def _on_cut(self, points_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Arc position and mm below the middle of LPS points, seen on the cut of the view."""
        vessel = self._model.vessel
        if vessel is None:
            return np.zeros(0), np.zeros(0)
        s_mm, theta_rad, r_mm = vessel.centerline.locate(points_mm)
        return s_mm, -r_mm * np.cos(theta_rad - math.radians(self._model.rotation_deg))

    def lps_at(self, at: QPointF) -> FloatArray | None:
        """The LPS position of a pixel of the cut."""
        vessel = self._model.vessel
        if vessel is None:
            return None
        up_mm = (self._middle() - at.y()) / self.scale.px_per_mm
        s_mm = self._limited(self.scale.s_mm(at.x()))
        return vessel.centerline.to_mm(s_mm, math.radians(self._model.rotation_deg), up_mm)

    def _line_under(self, at: QPointF) -> bool:
        """Whether a drag from here takes the line."""
        point = self.lps_at(at)
        if not self._model.line.active or point is None or self._cap_under(at) is not None:
            return False
        points = self._model.line.control_points_mm
        near = [float(np.linalg.norm(np.subtract(p, point))) * self.scale.px_per_mm for p in points]
        return abs(at.y() - self._middle()) <= GRAB_PX or min(near, default=math.inf) <= GRAB_PX

    def _paint_contours(self, painter: QPainter) -> None:
        sections = self._model.sections
        if sections is None:
            return
        open_lumen = np.where(sections.lumen_area_mm2[:, None] > 0, sections.lumen_r_mm, np.nan)
        for r_mm, token in ((sections.wall_r_mm, "wall"), (open_lumen, "lumen")):
            painter.setPen(pen(token, 1.2, 200))
            for half_turn, sign in ((0.0, -1.0), (180.0, 1.0)):
                degrees = (self._model.rotation_deg + half_turn) % 360.0
                column = round(degrees / 360.0 * WALL_ANGLES) % WALL_ANGLES
                self._draw_along(painter, sections.s_mm, sign * r_mm[:, column])

    def _draw_along(self, painter: QPainter, s_mm: FloatArray, down_mm: FloatArray) -> None:
        """A line over the vessel; it breaks where a value is not known."""
        scale, middle = self.scale, self._middle()
        x = scale.x_zero_px + s_mm * scale.px_per_mm
        y = middle + down_mm * scale.px_per_mm
        known = np.flatnonzero(np.isfinite(y))
        for run in np.split(known, np.flatnonzero(np.diff(known) > 1) + 1):
            if len(run) > 1:
                painter.drawPolyline(QPolygonF([QPointF(float(x[i]), float(y[i])) for i in run]))

    def _locate_courses(self) -> None:
        """Vessel coordinates of the other ways through each occlusion; the likeliest one is the centerline itself."""
        vessel = self._model.vessel
        known = sorted(vessel.courses, key=lambda c: -c.probability) if vessel else []
        likeliest = {c.way_mm: c for c in reversed(known)}
        ways = [c for c in known if c is not likeliest[c.way_mm]]
        self._courses = [(way.probability, *vessel.centerline.locate(way.points_mm)) for way in ways] if vessel else []

    def _paint_courses(self, painter: QPainter) -> None:
        painter.setPen(pen("alternative", 1.6, dashed=True))
        for probability, s_mm, theta_rad, r_mm in self._courses:
            down = -r_mm * np.cos(theta_rad - math.radians(self._model.rotation_deg))
            self._draw_along(painter, s_mm, down)
            at = QRectF(self.scale.x_px(float(s_mm[len(s_mm) // 2])) - 40, self._middle() + 24, 80, 18)
            halo_text(painter, at, f"{100 * probability:.0f} %", "alternative", px=SMALL_PX)
            painter.setPen(pen("alternative", 1.6, dashed=True))

    def _paint_occlusion(self, painter: QPainter) -> None:
        occlusion = self._model.occlusion
        if occlusion is None:
            return
        caps = {"proximal": occlusion.proximal_cap.s_mm, "distal": occlusion.distal_cap.s_mm}
        x_from, x_to = (self.scale.x_px(self._cap_s_mm(which, s_mm)) for which, s_mm in caps.items())
        bottom = self.height() - RULER_PX
        painter.fillRect(QRectF(x_from, 0, x_to - x_from, 5), colour("occlusion"))
        painter.fillRect(QRectF(x_from, bottom - 5, x_to - x_from, 5), colour("occlusion"))
        painter.fillRect(QRectF(x_from, 0, x_to - x_from, bottom), colour("occlusion", 14))
        label = f"occlusion {interval_text(occlusion.length_mm, unit='mm')}"
        halo_text(painter, QRectF((x_from + x_to) / 2 - 130, 8, 260, 18), label, "text")
        for which, s_mm in caps.items():
            self._paint_cap(painter, which, s_mm, bottom)

    def _cap_s_mm(self, which: str, s_mm: Estimate) -> float:
        return self._dragged_cap[1] if self._dragged_cap and self._dragged_cap[0] == which else s_mm.best

    def _paint_cap(self, painter: QPainter, which: str, s_mm: Estimate, bottom: float) -> None:
        dragged = self._dragged_cap is not None and self._dragged_cap[0] == which
        x = self.scale.x_px(self._cap_s_mm(which, s_mm))
        if not dragged:
            low, high = self.scale.x_px(s_mm.low), self.scale.x_px(s_mm.high)
            painter.fillRect(QRectF(low, 5, high - low, bottom - 10), colour("alternative", 48))
        painter.setPen(pen("occlusion", 4 if dragged else 2.5))
        reach = min(self._middle() - 6, 4.0 * self.scale.px_per_mm)
        painter.drawLine(QPointF(x, self._middle() - reach), QPointF(x, self._middle() + reach))
        painter.setPen(pen("occlusion", 1.2))
        painter.setBrush(colour("occlusion"))
        grip = self._middle() + reach
        painter.drawPolygon(QPolygonF([QPointF(x - 6, grip + 9), QPointF(x + 6, grip + 9), QPointF(x, grip)]))
        side = Qt.AlignmentFlag.AlignRight if which == "proximal" else Qt.AlignmentFlag.AlignLeft
        left = x - 128 if which == "proximal" else x + 8
        text = f"{which} cap" + (f" {self._dragged_cap[1]:.1f} mm" if dragged and self._dragged_cap else "")
        halo_text(painter, QRectF(left, grip - 4, 120, 18), text, "text", int(side | Qt.AlignmentFlag.AlignVCenter))

    def _paint_ruler(self, painter: QPainter) -> None:
        scale, bottom = self.scale, self.height() - RULER_PX
        vessel = self._model.vessel
        painter.fillRect(QRectF(0, bottom, self.width(), RULER_PX), colour("panel"))
        if vessel is None:
            return
        for number in range(int(vessel.centerline.length_mm / scale.tick_mm) + 1):
            s_mm = number * scale.tick_mm
            x = scale.x_px(s_mm)
            painter.setPen(pen("dim"))
            painter.drawLine(QPointF(x, bottom), QPointF(x, bottom + 4))
            halo_text(painter, QRectF(x - 30, bottom + 3, 60, RULER_PX - 4), f"{s_mm:g}", "dim", px=SMALL_PX)
        halo_text(painter, QRectF(2, bottom + 3, 36, RULER_PX - 4), "mm", "dim", px=SMALL_PX)

    def _paint_letters(self, painter: QPainter) -> None:
        frame, analysis = self._model.frame(), self._model.analysis
        if frame is None or analysis is None:
            return
        _, _, normal, binormal = frame
        angle = math.radians(self._model.rotation_deg)
        up = letters(math.cos(angle) * normal + math.sin(angle) * binormal)
        bottom = self.height() - RULER_PX
        halo_text(painter, QRectF(8, 6, 40, 20), up, "text")
        halo_text(painter, QRectF(8, bottom - 28, 40, 20), opposite(up), "text")
        halo_text(painter, QRectF(6, self._middle() - 10, LEFT_PX - 10, 20), "ostium", "dim", px=SMALL_PX)
        note = acquired_text(analysis.volume)
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        halo_text(painter, QRectF(self.width() - 330, bottom - 26, 322, 18), note, "dim", right, SMALL_PX)

    def _paint_cursor(self, painter: QPainter) -> None:
        bottom = self.height() - RULER_PX
        if self._hover_s_mm is not None and self._dragged_cap is None:
            x = self.scale.x_px(self._hover_s_mm)
            painter.setPen(pen("text", 1, 120, dashed=True))
            painter.drawLine(QPointF(x, 0), QPointF(x, bottom))
            halo_text(
                painter, QRectF(x + 4, bottom - 44, 80, 18), f"{self._hover_s_mm:.1f} mm", "dim", int(Qt.AlignmentFlag.AlignLeft)
            )
        x = self.scale.x_px(self._model.s_mm)
        painter.setPen(pen("accent", 1.6))
        painter.drawLine(QPointF(x, 0), QPointF(x, bottom + 4))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Shift turns, Ctrl zooms, else along the vessel."""
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            steps = self.notches(event)
            if steps:
                self._model.turn(-steps)
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._zoom = min(MAX_ZOOM, max(1.0, self._zoom * ZOOM_STEP ** self.notches(event)))
            self.refresh()
        else:
            super().wheelEvent(event)
        event.accept()

    def pressed(self, at: QPointF) -> None:
        """Take the cap or the line under the pointer, else set the cursor."""
        which, point = self._cap_under(at), self.lps_at(at)
        if self._line_under(at) and point is not None:
            self._model.line.begin(point)
        elif which is None:
            self._model.go_to(self.scale.s_mm(at.x()))
        else:
            self._dragged_cap = (which, self.scale.s_mm(at.x()))
            self.update()

    def moved(self, at: QPointF, dragging: bool) -> None:
        """Show the place under the pointer; drag the cap or the cursor."""
        s_mm, point = self._limited(self.scale.s_mm(at.x())), self.lps_at(at)
        if dragging and self._model.line.is_dragging and point is not None:
            self._model.line.drag_to(point)
        elif dragging and self._dragged_cap is not None:
            self._dragged_cap = (self._dragged_cap[0], s_mm)
        elif dragging:
            self._model.go_to(s_mm)
        over_cap = self._cap_under(at) is not None or self._dragged_cap is not None
        shape = Qt.CursorShape.SplitHCursor if over_cap else Qt.CursorShape.ArrowCursor
        self.setCursor(Qt.CursorShape.SizeAllCursor if self._line_under(at) or self._model.line.is_dragging else shape)
        self._hover_s_mm = s_mm
        self.hovered.emit(s_mm)
        self.update()

    def released(self, at: QPointF) -> None:
        """A dragged cap or line becomes one edit."""
        if self._model.line.is_dragging:
            self._model.line.drop()
        elif self._dragged_cap is not None:
            which, s_mm = self._dragged_cap
            self._dragged_cap = None
            self.cap_moved.emit(which, s_mm)
            self.update()

    def leaveEvent(self, event: object) -> None:
        """Nothing is hovered any more."""
        self._hover_s_mm = None
        self.hovered.emit(None)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Enlarge, unless a cap is under the pointer."""
        if self._cap_under(event.position()) is None:
            super().mouseDoubleClickEvent(event)

    def _cap_under(self, at: QPointF) -> str | None:
        occlusion = self._model.occlusion
        if occlusion is None or not self._model.overlays:
            return None
        for which, cap in (("proximal", occlusion.proximal_cap), ("distal", occlusion.distal_cap)):
            if abs(self.scale.x_px(cap.s_mm.best) - at.x()) <= GRAB_PX:
                return which
        return None

    def _limited(self, s_mm: float) -> float:
        vessel = self._model.vessel
        return min(max(s_mm, 0.0), vessel.centerline.length_mm) if vessel else 0.0
