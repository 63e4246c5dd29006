"""The profile along the vessel: calcium and contrast with their intervals, cut-offs and zones, under the curved view."""

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QBrush, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from planner.occlusion import Occlusion
from recon.estimate import Band, FloatArray
from recon.sections import VesselSections
from ui.canvases.along_scale import LEFT_PX, RIGHT_PX, AlongScale
from ui.canvases.canvas import NOTCH, SECTIONS_PER_NOTCH
from ui.model import CaseModel
from ui.theme import SMALL_PX, colour, font

BOTTOM_AXIS_PX = 18
MIN_ROW_PX = 40
NOT_EXCLUDED = "Hatched: calcium hides the lumen; an occlusion there is not excluded."


@dataclass(frozen=True, slots=True)
class Row:
    """One measure: a field of VesselSections, its label, range, colour and the published cut-offs drawn as lines."""

    field: str
    label: str
    top: float
    token: str
    cutoffs: tuple[float, ...]
    ticks: tuple[float, ...]


ROWS = (
    Row("calcium_csa_pct", "Ca %", 100.0, "calcium", (50.0,), (0, 50, 100)),
    Row("calcium_arc_deg", "arc °", 360.0, "calcium", (180.0,), (0, 180, 360)),
    Row("axis_hu", "HU", 700.0, "lumen", (), (0, 300, 600)),
)
"""Cut-offs: over half of a section (CT-RECTOR, KCCT), half of the circumference (KCCT); docs/clinical.md A.8, A.9."""


class ProfileCanvas(pg.GraphicsLayoutWidget):  # type: ignore[misc]
    """Rows of plots that share the curved view's scale; wheel, click and drag move the cursor."""

    enlarge_asked = Signal()

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._scale = AlongScale(1.0, LEFT_PX)
        self.setBackground(colour("image"))
        self.setAccessibleName("Profile along the vessel")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.ci.layout.setContentsMargins(0, 4, RIGHT_PX, 0)
        self.ci.layout.setSpacing(2)
        self._plots = [self._new_plot(row) for row in ROWS]
        self._count = 0
        self._arrange(len(ROWS))
        self._cursors = [self._new_cursor(plot) for plot in self._plots]
        self._shown: tuple[object, ...] = ()
        model.analysis_changed.connect(self._show_vessel)
        model.cursor_changed.connect(self._show_vessel)

    def _new_plot(self, row: Row) -> pg.PlotItem:
        plot = pg.PlotItem()
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setMouseEnabled(False, False)
        plot.setYRange(0, row.top, padding=0.06)
        left, bottom = plot.getAxis("left"), plot.getAxis("bottom")
        left.setWidth(LEFT_PX)
        left.setLabel(row.label, color=colour("dim").name())
        left.setTicks([[(value, f"{value:g}") for value in row.ticks]])
        for axis in (left, bottom):
            axis.setStyle(tickFont=font(SMALL_PX), tickLength=-3)
            axis.setPen(colour("line"))
            axis.setTextPen(colour("dim"))
        return plot

    def _new_cursor(self, plot: pg.PlotItem) -> pg.InfiniteLine:
        line = pg.InfiniteLine(0.0, angle=90, pen=pg.mkPen(colour("accent"), width=1.6))
        line.setZValue(20)
        plot.addItem(line)
        return line

    def follow(self, scale: AlongScale) -> None:
        """Put every arc position under the same one of the curved view."""
        self._scale = scale
        right = self.width() - RIGHT_PX
        for plot in self._plots:
            plot.setXRange(scale.s_mm(LEFT_PX), scale.s_mm(right), padding=0)

    def _show_vessel(self) -> None:
        shown = (self._model.analysis, self._model.vessel_name)
        if shown != self._shown:
            self._shown = shown
            self.setToolTip(NOT_EXCLUDED if self._model.not_excluded_mm else "")
            for plot, row, cursor in zip(self._plots, ROWS, self._cursors, strict=True):
                self._fill(plot, row, cursor)
        for cursor in self._cursors:
            cursor.setValue(self._model.s_mm)

    def _fill(self, plot: pg.PlotItem, row: Row, cursor: pg.InfiniteLine) -> None:
        plot.clear()
        plot.addItem(cursor)
        if self._model.vessel is None:
            return
        for cutoff in row.cutoffs:
            plot.addItem(pg.InfiniteLine(cutoff, angle=0, pen=pg.mkPen(colour("text", 110), style=Qt.PenStyle.DashLine)))
        if self._model.occlusion is not None:
            for low, high, token, alpha in _zones(self._model.occlusion):
                region = pg.LinearRegionItem((low, high), movable=False, brush=colour(token, alpha), pen=pg.mkPen(None))
                region.setZValue(-20)
                plot.addItem(region)
        for low, high in self._model.not_excluded_mm:
            hatch = QBrush(colour("occlusion", 150), Qt.BrushStyle.BDiagPattern)
            region = pg.LinearRegionItem((low, high), movable=False, brush=hatch, pen=pg.mkPen(colour("occlusion"), width=1.0))
            region.setZValue(-20)
            plot.addItem(region)
        sections = self._model.sections
        if sections is not None:
            _draw(plot, row, sections)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fewer rows when there is no room for all; the scale stays the curved view's."""
        super().resizeEvent(event)
        if not hasattr(self, "_plots"):
            return
        room = max(1, int((self.height() - BOTTOM_AXIS_PX) / MIN_ROW_PX))
        self._arrange(min(room, len(ROWS)))
        self.follow(self._scale)

    def _arrange(self, count: int) -> None:
        """Show the first `count` rows; the last of them carries the scale."""
        if count == self._count:
            return
        self._count = count
        for plot in self._plots:
            if plot in self.ci.items:
                self.ci.removeItem(plot)
        for number, plot in enumerate(self._plots[:count]):
            self.addItem(plot, row=number, col=0)
            bottom, is_last = plot.getAxis("bottom"), number == count - 1
            bottom.setHeight(BOTTOM_AXIS_PX if is_last else 2)
            bottom.setStyle(showValues=is_last)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Along the vessel."""
        self._model.step(-event.angleDelta().y() / NOTCH * SECTIONS_PER_NOTCH)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Set the cursor."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the cursor."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Nothing is left to do."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Enlarge."""
        self.enlarge_asked.emit()

    def _go(self, at: QPointF) -> None:
        self._model.go_to(self._scale.s_mm(at.x()))


def _zones(occlusion: Occlusion) -> list[tuple[float, float, str, int]]:
    """Occlusion and landing zone as ranges with colour and opacity."""
    zones = [(occlusion.proximal_cap.s_mm.best, occlusion.distal_cap.s_mm.best, "occlusion", 46)]
    if occlusion.landing_zone is not None:
        start = occlusion.landing_zone.start_mm
        zones.append((start, start + occlusion.landing_zone.length_mm, "alternative", 36))
    return zones


def _draw(plot: pg.PlotItem, row: Row, sections: VesselSections) -> None:
    """A line; a measure with an interval gets its band."""
    value = getattr(sections, row.field)
    if isinstance(value, Band):
        shade = colour(row.token, 70)
        low, high = (pg.PlotCurveItem(sections.s_mm, _plain(edge)) for edge in (value.low, value.high))
        plot.addItem(pg.FillBetweenItem(low, high, brush=shade))
        plot.plot(sections.s_mm, value.best, pen=pg.mkPen(colour(row.token), width=1.6), connect="finite")
    else:
        plot.plot(sections.axis_s_mm, value, pen=pg.mkPen(colour(row.token), width=1.4), connect="finite")


def _plain(values: FloatArray) -> FloatArray:
    """For the band only: not measured draws no height; the line above it stays broken there."""
    return np.asarray(np.nan_to_num(values, nan=0.0))
