"""Sections side by side about the cursor, every 2 mm, each a small picture; click one to go there."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from recon.reformat import section_view
from ui.canvases.canvas import Canvas
from ui.canvases.painting import halo_text, pen
from ui.model import CaseModel
from ui.theme import SMALL_PX, colour
from ui.windowing import grey_image

STEP_MM = 2.0
HALF_WIDTH_MM = 5.0
CAPTION_PX = 18.0
GAP_PX = 4.0


class SectionStrip(Canvas):
    """Pictures are kept while vessel, size and brightness stay the same."""

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(model, "Section strip", parent)
        self._kept: dict[int, QImage] = {}
        self._kept_for: tuple[object, ...] = ()

    @property
    def _side(self) -> float:
        return max(40.0, self.height() - CAPTION_PX)

    def numbers(self) -> list[int]:
        """The places shown, as multiples of `STEP_MM`, the one nearest to the cursor in the middle where possible."""
        vessel = self._model.vessel
        if vessel is None:
            return []
        room = max(1, int((self.width() + GAP_PX) / (self._side + GAP_PX)))
        last = int(vessel.centerline.length_mm / STEP_MM)
        first = min(max(0, round(self._model.s_mm / STEP_MM) - room // 2), max(0, last - room + 1))
        return list(range(first, min(last, first + room - 1) + 1))

    def image_key(self) -> object:
        """The places shown, not the cursor itself."""
        model = self._model
        return model.analysis, model.vessel_name, model.window, self.size().toTuple(), tuple(self.numbers())

    def fresh_image(self) -> QImage | None:
        """All small pictures in one; missing ones are made."""
        analysis, vessel = self._model.analysis, self._model.vessel
        if analysis is None or vessel is None:
            return None
        key = (analysis.volume, vessel.centerline, self._side, self._model.window)
        if key != self._kept_for:
            self._kept, self._kept_for = {}, key
        result = QImage(self.size(), QImage.Format.Format_RGB32)
        result.fill(colour("image"))
        painter = QPainter(result)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        pixel_mm = 2 * HALF_WIDTH_MM / self._side
        for place, number in enumerate(self.numbers()):
            if number not in self._kept:
                view = section_view(analysis.volume, vessel.centerline, number * STEP_MM, HALF_WIDTH_MM, pixel_mm)
                self._kept[number] = grey_image(view.hu, self._model.table)
            painter.drawImage(self._box(place), self._kept[number])
        painter.end()
        return result

    def _box(self, place: int) -> QRectF:
        return QRectF(place * (self._side + GAP_PX), 0, self._side, self._side)

    def paint_overlay(self, painter: QPainter) -> None:
        """Arc positions, the occluded ones marked, the one nearest to the cursor framed."""
        occlusion = self._model.occlusion
        current = round(self._model.s_mm / STEP_MM)
        for place, number in enumerate(self.numbers()):
            box, s_mm = self._box(place), number * STEP_MM
            occluded = occlusion is not None and occlusion.proximal_cap.s_mm.best <= s_mm <= occlusion.distal_cap.s_mm.best
            if occluded:
                painter.fillRect(QRectF(box.left(), box.bottom() - 3, box.width(), 3), colour("occlusion"))
            caption = QRectF(box.left(), box.bottom() + 1, box.width(), CAPTION_PX - 2)
            halo_text(painter, caption, f"{s_mm:.0f}", "accent" if number == current else "dim", px=SMALL_PX)
            if number == current:
                painter.setPen(pen("accent", 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(box.adjusted(1, 1, -1, -1))

    def pressed(self, at: QPointF) -> None:
        """Go to the section under the pointer."""
        numbers = self.numbers()
        place = int(at.x() // (self._side + GAP_PX))
        if 0 <= place < len(numbers):
            self._model.go_to(numbers[place] * STEP_MM)
