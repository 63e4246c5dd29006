"""The wall laid flat under the curved view: calcium thickness, HU and wall thickness over the clock, on its scale along."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from planner.section_details import VesselDetails
from planner.text import clock_text
from recon.free_windows import FreeWindow
from recon.unrolled import UnrolledMaps
from ui.canvases.along_scale import LEFT_PX, RIGHT_PX, AlongScale
from ui.canvases.canvas import Canvas
from ui.canvases.painting import halo_text, pen
from ui.model import CaseModel
from ui.theme import SMALL_PX, colour

COLOURS = "cividis"
"""Even in brightness and the same to colour-blind readers."""

LEVELS = 256
MIN_ROW_PX, GAP_PX, BAR_PX = 58.0, 6.0, 10.0
HOURS = (12, 3, 6, 9)
Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MapRow:
    """One map: its name, the values and the range of its colours."""

    name: str
    values: Callable[[UnrolledMaps], Values]
    low: float
    high: float
    unit: str


ROWS = (
    MapRow("calcium thickness", lambda maps: maps.calcium_mm, 0.0, 2.0, "mm"),
    MapRow("HU of the wall", lambda maps: maps.wall_hu, -50.0, 800.0, "HU"),
    MapRow("wall thickness", lambda maps: maps.wall_mm, 0.0, 2.5, "mm"),
)


class UnrolledCanvas(Canvas):
    """12 o'clock is at the top of each map, 3 o'clock below it. Click sets the cursor; `hovered(text)` tells what is there."""

    hovered = Signal(str)

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(model, "Unrolled wall", parent)
        self._scale = AlongScale(1.0, LEFT_PX)
        self._windows: tuple[FreeWindow, ...] = ()
        self._table = pg.colormap.get(COLOURS).getLookupTable(0.0, 1.0, LEVELS)[:, :3].astype(np.uint8)

    def follow(self, scale: AlongScale) -> None:
        """Put every arc position under the same one of the curved view."""
        self._scale = scale
        self.refresh()

    def show_windows(self, windows: tuple[FreeWindow, ...]) -> None:
        """Calcium-free windows to outline on the calcium map."""
        self._windows = windows
        self.update()

    @property
    def details(self) -> VesselDetails | None:
        """Details of the vessel under the cursor."""
        analysis = self._model.analysis
        return analysis.details.get(self._model.vessel_name) if analysis else None

    def empty_text(self) -> str:
        """What is said when there is no picture."""
        searching = self._model.analysis is None or self._model.is_searching or self._model.vessel is None
        return super().empty_text() if searching else "This vessel was not measured"

    def image_key(self) -> object:
        """The cursor does not change the maps."""
        model = self._model
        return model.analysis, model.vessel_name, self.size().toTuple(), self._scale

    def rows(self) -> tuple[MapRow, ...]:
        """The maps there is room for."""
        room = max(1, int((self.height() + GAP_PX) // (MIN_ROW_PX + GAP_PX)))
        return ROWS[:room]

    def box(self, number: int) -> QRectF:
        """Where a map lies, over the whole width of the scale."""
        count = len(self.rows())
        tall = (self.height() - GAP_PX * (count - 1)) / count
        return QRectF(LEFT_PX, number * (tall + GAP_PX), max(1.0, self.width() - LEFT_PX - RIGHT_PX), tall)

    def fresh_image(self) -> QImage | None:
        """All maps in one picture."""
        details = self.details
        if details is None:
            return None
        result = QImage(self.size(), QImage.Format.Format_RGB32)
        result.fill(colour("image"))
        painter = QPainter(result)
        s_mm = details.maps.s_mm
        for number, row in enumerate(self.rows()):
            box, half = self.box(number), float(np.median(np.diff(s_mm))) / 2
            left, right = self._scale.x_px(s_mm[0] - half), self._scale.x_px(s_mm[-1] + half)
            painter.setClipRect(box)
            picture = coloured(row.values(details.maps).T, row.low, row.high, self._table)
            painter.drawImage(QRectF(left, box.top(), right - left, box.height()), picture)
        painter.end()
        return result

    def paint_overlay(self, painter: QPainter) -> None:
        """Clock, names, occlusion, caps, windows, cursor."""
        for number, row in enumerate(self.rows()):
            box = self.box(number)
            painter.setClipRect(box)
            self._paint_occlusion(painter, box)
            if number == 0 and self._model.overlays:
                self._paint_windows(painter, box)
            self._paint_stent(painter, box)
            painter.setClipping(False)
            self._paint_scale(painter, box, row)
        x = self._scale.x_px(self._model.s_mm)
        painter.setPen(pen("accent", 1.6))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))

    def _paint_scale(self, painter: QPainter, box: QRectF, row: MapRow) -> None:
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        step = 1 if box.height() > 90 else 2
        for hour in HOURS[::step]:
            y = box.top() + (hour % 12) / 12 * box.height()
            halo_text(painter, QRectF(box.left() - 34, max(y - 8, box.top()), 28, 16), f"{hour} h", "dim", right, SMALL_PX)
        bar = QRectF(box.right() - 150, box.top() + 5, 90, BAR_PX)
        painter.drawImage(bar, coloured(np.linspace(0, 1, LEVELS)[None, :], 0.0, 1.0, self._table))
        text = f"{row.name}   {row.low:g}"
        halo_text(painter, QRectF(bar.left() - 246, box.top() + 1, 240, 18), text, "text", right, SMALL_PX)
        left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        halo_text(painter, QRectF(bar.right() + 6, box.top() + 1, 56, 18), f"{row.high:g} {row.unit}", "text", left, SMALL_PX)

    def _paint_occlusion(self, painter: QPainter, box: QRectF) -> None:
        occlusion = self._model.occlusion
        if occlusion is None:
            return
        caps = [occlusion.proximal_cap.s_mm, occlusion.distal_cap.s_mm]
        start, end = (self._scale.x_px(cap.best) for cap in caps)
        painter.fillRect(QRectF(start, box.top(), end - start, 4), colour("occlusion"))
        painter.fillRect(QRectF(start, box.bottom() - 4, end - start, 4), colour("occlusion"))
        for cap in caps:
            low, high = self._scale.x_px(cap.low), self._scale.x_px(cap.high)
            painter.fillRect(QRectF(low, box.top(), high - low, box.height()), colour("occlusion", 60))
            painter.setPen(pen("occlusion", 2))
            painter.drawLine(QPointF(self._scale.x_px(cap.best), box.top()), QPointF(self._scale.x_px(cap.best), box.bottom()))

    def _paint_windows(self, painter: QPainter, box: QRectF) -> None:
        painter.setPen(pen("text", 1.6, dashed=True))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for window in self._windows:
            left, right = self._scale.x_px(window.start_mm - 0.25), self._scale.x_px(window.end_mm + 0.25)
            for top, tall in _clock_parts(window):
                y = box.top() + top / 360 * box.height()
                painter.drawRect(QRectF(left, y, right - left, tall / 360 * box.height()).adjusted(1, 1, -1, -1))

    def _paint_stent(self, painter: QPainter, box: QRectF) -> None:
        sections = self._model.sections
        if sections is None or not len(sections.stent) or not sections.stent.any():
            return
        inside = sections.s_mm[sections.stent]
        left, right = self._scale.x_px(float(inside[0])), self._scale.x_px(float(inside[-1]))
        painter.fillRect(QRectF(left, box.top(), right - left, box.height()), Qt.BrushStyle.BDiagPattern)
        middle = QRectF((left + right) / 2 - 80, box.center().y() - 9, 160, 18)
        halo_text(painter, middle, "stent, not measured", "text", px=SMALL_PX)

    def place(self, at: QPointF) -> tuple[float, float, int] | None:
        """Arc position, degrees of the clock and map under a pixel; None beside the maps."""
        for number in range(len(self.rows())):
            box = self.box(number)
            if box.contains(at):
                return self._scale.s_mm(at.x()), 360 * (at.y() - box.top()) / box.height() % 360, number
        return None

    def pressed(self, at: QPointF) -> None:
        """Set the cursor."""
        self._model.go_to(self._scale.s_mm(at.x()))

    def moved(self, at: QPointF, dragging: bool) -> None:
        """Tell what is under the pointer; drag the cursor."""
        if dragging:
            self._model.go_to(self._scale.s_mm(at.x()))
        place, details = self.place(at), self.details
        if place is None or details is None or not 0 <= place[0] <= details.maps.s_mm[-1]:
            self.hovered.emit("")
            return
        s_mm, degrees, number = place
        row = self.rows()[number]
        values = row.values(details.maps)
        index = int(np.argmin(np.abs(details.maps.s_mm - s_mm)))
        value = float(values[index, int(degrees / 360 * values.shape[1])])
        known = (
            "not measured" if math.isnan(value) else f"{value:.1f} {row.unit}" if row.unit == "mm" else f"{value:.0f} {row.unit}"
        )
        self.hovered.emit(f"at {s_mm:.1f} mm, {clock_text(degrees)}:   {row.name} {known}")

    def leaveEvent(self, event: object) -> None:
        """Nothing is hovered any more."""
        self.hovered.emit("")


def coloured(values: Values, low: float, high: float, table: npt.NDArray[np.uint8]) -> QImage:
    """A (rows, columns) map as a picture in the colours of `table`; NaN is grey."""
    level = np.clip((np.nan_to_num(values) - low) / (high - low), 0, 1) * (len(table) - 1)
    rgb = table[level.astype(int)]
    rgb[~np.isfinite(values)] = (70, 78, 88)
    rgb = np.ascontiguousarray(rgb)
    rows, columns, _ = rgb.shape
    return QImage(rgb.tobytes(), columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()


def _clock_parts(window: FreeWindow) -> list[tuple[float, float]]:
    """First degree and height of the window's parts above and below 12 o'clock."""
    arc, start = window.arc_deg.best, window.from_deg
    first = min(arc, 360.0 - start)
    return [(start, first), (0.0, arc - first)] if arc > first else [(start, first)]
