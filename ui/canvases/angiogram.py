"""The simulated angiogram: the vessels found as the C-arm would show them from the angles now chosen."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from planner.occlusion import Occlusion
from planner.settings import lab_profile
from planner.view_picture import CALCIUM_SHOWN_PCT, MAIN_VESSELS, NOTE, angiogram, view_frame
from recon.carm import CArm, view_text
from recon.drr import Frame
from recon.estimate import FloatArray
from ui.canvases.painting import halo_text, pen
from ui.model import CaseModel
from ui.theme import SMALL_PX, colour

PIXELS = 360
NEAR_PX = 14.0
"""A click this close to a vessel in the picture goes there."""


class AngiogramView(QWidget):
    """Vessels dark on light as under fluoroscopy; the occlusion, its calcium and the cursor drawn over it. A click goes there."""

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._shown: tuple[Frame, QImage] | None = None
        self._carm: CArm | None = None
        self.setMinimumSize(200, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Simulated angiogram")
        model.angles_changed.connect(self._outdate)
        model.analysis_changed.connect(self._forget)
        model.cursor_changed.connect(self.update)

    def _forget(self) -> None:
        self._carm = None
        self._outdate()

    def _outdate(self) -> None:
        self._shown = None
        self.update()

    def _picture(self) -> tuple[Frame, QImage] | None:
        analysis = self._model.analysis
        target = analysis.target if analysis else None
        if analysis is None or target is None:
            return None
        if self._carm is None:
            self._carm = lab_profile(analysis.plan.lab).carm
        if self._shown is None:
            angles = self._model.primary_deg, self._model.secondary_deg
            frame = view_frame(analysis, target, angles, self._carm, PIXELS)
            grey = np.ascontiguousarray(np.clip(angiogram(analysis, frame) * 235.0, 0, 255).astype(np.uint8))
            image = QImage(grey.data, PIXELS, PIXELS, PIXELS, QImage.Format.Format_Grayscale8).copy()
            self._shown = frame, image
        return self._shown

    def _box(self) -> QRectF:
        side = float(min(self.width(), self.height()))
        return QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)

    def _places(self, frame: Frame, points_mm: FloatArray) -> FloatArray:
        """Where LPS points (n, 3) lie in the widget, (n, 2) pixels."""
        rows, columns, _ = frame.pixels(points_mm)
        box = self._box()
        return np.stack(
            [box.left() + (columns + 0.5) / PIXELS * box.width(), box.top() + (rows + 0.5) / PIXELS * box.height()], 1
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Picture, occlusions with their calcium, names, the cursor, the angles."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("image"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        shown = self._picture()
        if shown is None or self._model.analysis is None:
            halo_text(painter, QRectF(self.rect()), "No picture: there is no occlusion", "dim")
            painter.end()
            return
        frame, image = shown
        box = self._box()
        painter.drawImage(box, image)
        painter.setClipRect(box)
        for occlusion in self._model.analysis.occlusions:
            self._paint_occlusion(painter, frame, occlusion)
        self._paint_cursor(painter, frame)
        self._paint_words(painter, frame, box)
        painter.end()

    def _paint_occlusion(self, painter: QPainter, frame: Frame, occlusion: Occlusion) -> None:
        analysis = self._model.analysis
        vessel = analysis.tree.vessel(occlusion.vessel) if analysis else None
        if analysis is None or vessel is None:
            return
        start, end = occlusion.proximal_cap.s_mm.best, occlusion.distal_cap.s_mm.best
        line = self._places(frame, vessel.centerline.between(start, end))
        painter.setPen(pen("occlusion", 2.5))
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in line]))
        sections = analysis.sections.get(occlusion.vessel)
        if sections is None:
            return
        dense = np.nan_to_num(sections.calcium_csa_pct.best) >= CALCIUM_SHOWN_PCT
        painter.setPen(pen("image", 0.6))
        painter.setBrush(colour("calcium"))
        for (x, y), share in zip(
            self._places(frame, sections.point_mm[dense]), sections.calcium_csa_pct.best[dense], strict=True
        ):
            radius = 1.0 + float(share) / 40.0
            painter.drawEllipse(QPointF(x, y), radius, radius)

    def _paint_cursor(self, painter: QPainter, frame: Frame) -> None:
        point = self._model.point_at(self._model.s_mm)
        if point is None:
            return
        x, y = self._places(frame, np.array([point]))[0]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen("image", 3.5))
        painter.drawEllipse(QPointF(x, y), 7, 7)
        painter.setPen(pen("accent", 2))
        painter.drawEllipse(QPointF(x, y), 7, 7)

    def _paint_words(self, painter: QPainter, frame: Frame, box: QRectF) -> None:
        analysis = self._model.analysis
        for vessel in analysis.tree.vessels if analysis else ():
            if vessel.name in MAIN_VESSELS:
                x, y = self._places(frame, vessel.centerline.points_mm[-1:])[0]
                _ink_text(painter, QRectF(x - 24, y - 8, 48, 16), vessel.name, Qt.AlignmentFlag.AlignCenter)
        angles = view_text(self._model.primary_deg, self._model.secondary_deg)
        _ink_text(painter, box.adjusted(8, 6, -8, -6), angles, Qt.AlignmentFlag.AlignTop)
        _ink_text(painter, box.adjusted(8, 6, -8, -4), NOTE, Qt.AlignmentFlag.AlignBottom)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the vessel under the pointer."""
        shown, analysis = self._picture(), self._model.analysis
        if shown is None or analysis is None:
            return
        at = np.array([event.position().x(), event.position().y()])
        nearest = []
        for vessel in analysis.tree.vessels:
            apart = np.linalg.norm(self._places(shown[0], vessel.centerline.points_mm) - at, axis=1)
            k = int(np.argmin(apart))
            nearest.append((float(apart[k]), vessel.name, float(vessel.centerline.s_mm[k])))
        distance, name, s_mm = min(nearest, default=(np.inf, "", 0.0))
        if distance <= NEAR_PX:
            self._model.select_vessel(name)
            self._model.go_to(s_mm)


def _ink_text(painter: QPainter, rect: QRectF, text: str, align: Qt.AlignmentFlag) -> None:
    """Dark words on the light picture."""
    font = painter.font()
    font.setPixelSize(SMALL_PX)
    painter.setFont(font)
    painter.setPen(colour("image"))
    painter.drawText(rect, int(align), text)
