"""The section at the cursor, looking distally: lumen, outer wall, calcium, its arc outside the wall, and the clock."""

import math

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QWidget

from recon.estimate import FloatArray
from recon.reformat import section_view
from recon.scan_pair import section_hu
from ui.canvases.canvas import Canvas
from ui.canvases.painting import halo_text, paint_scan_label, pen
from ui.model import CaseModel
from ui.orientation import letters, opposite
from ui.shown_scan import DIFFERENCE
from ui.theme import SMALL_PX, colour
from ui.windowing import grey_image

HALF_WIDTHS_MM = (4.0, 6.0, 8.0, 12.0, 20.0)
FINEST_PIXEL_MM = 0.05
Bins = npt.NDArray[np.bool_]
CLOSED_GAP_DEG = 5
"""Gaps up to this are covered (docs/clinical.md B.7, encirclement arc)."""

ARC_GAP_MM = 0.7
"""How far outside the outer wall the calcium arc is drawn."""


class SectionCanvas(Canvas):
    """A square picture; Ctrl-wheel changes how much is shown."""

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(model, "Section", parent)
        self._half_width_mm = HALF_WIDTHS_MM[1]

    def image_key(self) -> object:
        """Also how much is shown."""
        return super().image_key(), self._half_width_mm, self._model.shown_window, self._model.scan

    def fresh_image(self) -> QImage | None:
        """The plane square to the vessel, 12 o'clock up."""
        analysis, vessel = self._model.analysis, self._model.vessel
        if analysis is None or vessel is None:
            return None
        pixel_mm = max(FINEST_PIXEL_MM, 1.0 / self.px_per_mm)
        model, pair, own = self._model, self._model.pair, self._model.compared
        if model.scan_label and pair is not None and own is not None:
            hu = section_hu(pair, own, model.scan == DIFFERENCE, model.s_mm, self._half_width_mm, pixel_mm)
        else:
            hu = section_view(analysis.volume, vessel.centerline, model.s_mm, self._half_width_mm, pixel_mm).hu
        return grey_image(hu, model.shown_table)

    @property
    def px_per_mm(self) -> float:
        """Screen pixels of one mm."""
        return min(self.width(), self.height()) / (2 * self._half_width_mm)

    def image_rect(self) -> QRectF:
        """The middle square."""
        side = min(self.width(), self.height())
        return QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)

    def paint_overlay(self, painter: QPainter) -> None:
        """Contours and calcium of the nearest measured section, then clock and letters."""
        index, sections = self._model.section_index, self._model.sections
        if self._model.overlays and index is not None and sections is not None:
            self._paint_calcium(painter, sections.calcium_inner_r_mm[index], sections.calcium_outer_r_mm[index])
            self._paint_contour(painter, sections.wall_r_mm[index], "wall", 1.4)
            if sections.lumen_area_mm2[index] > 0:
                self._paint_contour(painter, sections.lumen_r_mm[index], "lumen", 1.8)
            self._paint_arc(painter, sections.calcium_outer_r_mm[index], sections.wall_r_mm[index])
        self._paint_clock(painter)
        self._paint_scale_bar(painter)
        paint_scan_label(painter, self.image_rect(), self._model.scan_label)

    def _at(self, theta_rad: float, r_mm: float) -> QPointF:
        """Screen position of vessel coordinates: the clock runs clockwise from the top."""
        centre = self.image_rect().center()
        r = r_mm * self.px_per_mm
        return QPointF(centre.x() + r * math.sin(theta_rad), centre.y() - r * math.cos(theta_rad))

    def _paint_contour(self, painter: QPainter, r_mm: FloatArray, token: str, width: float) -> None:
        known = np.flatnonzero(np.isfinite(r_mm) & (r_mm > 0))
        if len(known) < 3:
            return
        step = 2 * math.pi / len(r_mm)
        painter.setPen(pen(token, width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolygon(QPolygonF([self._at(k * step, float(r_mm[k])) for k in known]))

    def _paint_calcium(self, painter: QPainter, inner_mm: FloatArray, outer_mm: FloatArray) -> None:
        step = 2 * math.pi / len(outer_mm)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("calcium", 110))
        covered = _closed(np.isfinite(outer_mm))
        # A bin may lack one of its edges; the edge is then drawn between its neighbours'.
        inner_mm, outer_mm = _between_neighbours(inner_mm), _between_neighbours(outer_mm)
        for run in _runs(covered):
            outside = [self._at(k * step, float(outer_mm[k % len(outer_mm)])) for k in run]
            inside = [self._at(k * step, float(inner_mm[k % len(outer_mm)])) for k in reversed(run)]
            painter.drawPolygon(QPolygonF(outside + inside))

    def _paint_arc(self, painter: QPainter, outer_mm: FloatArray, wall_mm: FloatArray) -> None:
        known = wall_mm[np.isfinite(wall_mm)]
        if not len(known):
            return
        r_mm = float(known.max()) + ARC_GAP_MM
        centre, r = self.image_rect().center(), r_mm * self.px_per_mm
        box = QRectF(centre.x() - r, centre.y() - r, 2 * r, 2 * r)
        painter.setPen(pen("calcium", 3))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for run in _runs(_closed(np.isfinite(outer_mm))):
            # Qt counts sixteenths of a degree counter-clockwise from 3 o'clock; bins are one degree clockwise from 12.
            painter.drawArc(box, round((90 - run[0]) * 16), -len(run) * 16)

    def _paint_clock(self, painter: QPainter) -> None:
        frame = self._model.frame()
        if frame is None:
            return
        box = self.image_rect()
        centre, r = box.center(), box.width() / 2 - 4
        painter.setPen(pen("dim", 1, 160))
        for hour in range(12):
            angle = math.radians(30 * hour)
            inner = r - (10 if hour % 3 == 0 else 5)
            sin, cos = math.sin(angle), math.cos(angle)
            painter.drawLine(
                QPointF(centre.x() + inner * sin, centre.y() - inner * cos), QPointF(centre.x() + r * sin, centre.y() - r * cos)
            )
        up, right = letters(frame[2]), letters(frame[3])
        for text, x, y in (
            (f"12 {up}", 0.0, -1.0),
            (f"6 {opposite(up)}", 0.0, 1.0),
            (f"3 {right}", 1.0, 0.0),
            (f"9 {opposite(right)}", -1.0, 0.0),
        ):
            inset = r - 26
            halo_text(painter, QRectF(centre.x() + x * inset - 30, centre.y() + y * inset - 9, 60, 18), text, "text")

    def _paint_scale_bar(self, painter: QPainter) -> None:
        box = self.image_rect()
        length = 2.0 * self.px_per_mm
        x, y = box.left() + 10, box.bottom() - 10
        painter.setPen(pen("text", 2))
        painter.drawLine(QPointF(x, y), QPointF(x + length, y))
        halo_text(painter, QRectF(x, y - 18, max(length, 40), 16), "2 mm", "dim", int(Qt.AlignmentFlag.AlignLeft), SMALL_PX)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl zooms, else along the vessel."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            place = HALF_WIDTHS_MM.index(self._half_width_mm) - int(self.notches(event))
            self._half_width_mm = HALF_WIDTHS_MM[min(max(place, 0), len(HALF_WIDTHS_MM) - 1)]
            self.refresh()
            event.accept()
        else:
            super().wheelEvent(event)


def _between_neighbours(r_mm: FloatArray) -> FloatArray:
    """Radii round the clock without holes; all zero when none is known."""
    bins, known = np.arange(len(r_mm)), np.isfinite(r_mm)
    return np.interp(bins, bins[known], r_mm[known], period=len(bins)) if known.any() else np.zeros(len(bins))


def _closed(present: Bins) -> Bins:
    """Bins round the clock with the small gaps closed that the arc counts as covered."""
    places = np.flatnonzero(present)
    closed = present.copy()
    for place, after in zip(places, np.roll(places, -1), strict=True):
        gap = (after - place - 1) % len(present)
        if gap <= CLOSED_GAP_DEG:
            closed[(place + 1 + np.arange(gap)) % len(present)] = True
    return closed


def _runs(present: Bins) -> list[list[int]]:
    """Runs of neighbouring bins round the clock; a run over 12 o'clock goes on beyond the last number."""
    count = len(present)
    if present.all():
        return [list(range(count + 1))]
    if not present.any():
        return []
    start = int(np.flatnonzero(~present)[0])
    order = [(start + k) for k in range(count + 1)]
    runs: list[list[int]] = [[]]
    for k in order:
        if present[k % count]:
            runs[-1].append(k)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]
