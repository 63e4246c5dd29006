"""The cap sheet: three slabs through a cap, its section, the end of the lumen and what lies around it."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QVBoxLayout, QWidget

from planner.cap_sheet import HALF_WIDTH_MM, CapSheet
from planner.text import clock_text, interval_text, number_text
from ui.canvases.painting import halo_text, pen
from ui.panels.page import titled
from ui.panels.text_list import TextList
from ui.theme import colour
from ui.windowing import grey_image

PICTURE_PX = 300
PLOT_MM = (-2.0, 8.0)
RADIUS_MM = 3.0
CLOCK = ((0.5, 0.0, "12"), (1.0, 0.5, "3"), (0.5, 1.0, "6"), (0.0, 0.5, "9"))


class SlabPicture(QWidget):
    """One grey picture 15 mm wide with a cross at the cap; across and section also carry the clock."""

    def __init__(self, title: str, hu: np.ndarray, table: np.ndarray, sheet: CapSheet | None = None) -> None:
        super().__init__()
        self.setFixedSize(PICTURE_PX, PICTURE_PX)
        self.setAccessibleName(title)
        self._title, self._sheet = title, sheet
        self._image: QImage = grey_image(hu, table)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Picture, cross, clock with the sectors free of calcium, scale bar and title."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        box = QRectF(self.rect())
        painter.drawImage(box, self._image)
        painter.setPen(pen("accent", 1, 150, dashed=True))
        painter.drawLine(QPointF(box.center().x(), 0), QPointF(box.center().x(), box.height()))
        painter.drawLine(QPointF(0, box.center().y()), QPointF(box.width(), box.center().y()))
        if self._sheet is not None:
            self._paint_clock(painter, box)
        px_per_mm = box.width() / (2 * HALF_WIDTH_MM)
        painter.setPen(pen("text", 2))
        y = box.bottom() - 10
        painter.drawLine(QPointF(10, y), QPointF(10 + 2 * px_per_mm, y))
        halo_text(painter, QRectF(10, y - 18, 60, 14), "2 mm", align=int(Qt.AlignmentFlag.AlignLeft))
        halo_text(painter, QRectF(8, 4, box.width() - 16, 18), self._title, align=int(Qt.AlignmentFlag.AlignLeft))
        painter.end()

    def _paint_clock(self, painter: QPainter, box: QRectF) -> None:
        """Sectors without calcium as arcs on the rim; 12 o'clock is up, 3 o'clock right."""
        rim = box.adjusted(26, 26, -26, -26)
        painter.setPen(pen("alternative", 5, 230))
        for sector in self._sheet.calcium_free if self._sheet else ():
            start = 90.0 - 30.0 * sector.start_clock
            painter.drawArc(rim, round(16 * start), -round(16 * sector.width_deg))
        for x, y, text in CLOCK:
            place = QRectF(x * (box.width() - 28), y * (box.height() - 24), 28, 24)
            if text != "12":
                halo_text(painter, place, text)


class LumenEnd(QWidget):
    """The measured lumen radius against the distance into the lumen; hidden places are left open."""

    def __init__(self, sheet: CapSheet) -> None:
        super().__init__()
        self.setFixedHeight(130)
        self.setAccessibleName("End of the lumen")
        self._sheet = sheet

    def paintEvent(self, event: QPaintEvent) -> None:
        """The profile, the cap with its interval and the two distances of the taper index."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(44, 8, -26, -24)

        def at(distance_mm: float, radius_mm: float) -> QPointF:
            x = box.left() + (distance_mm - PLOT_MM[0]) / (PLOT_MM[1] - PLOT_MM[0]) * box.width()
            return QPointF(x, box.bottom() - min(radius_mm, RADIUS_MM) / RADIUS_MM * box.height())

        cap = self._sheet.cap.s_mm
        half = (cap.high - cap.low) / 2
        painter.fillRect(QRectF(at(max(-half, PLOT_MM[0]), RADIUS_MM), at(min(half, PLOT_MM[1]), 0.0)), colour("problem", 50))
        painter.setPen(pen("dim", 1, 160))
        painter.drawRect(box)
        for distance in (0.5, 4.0):
            painter.drawLine(at(distance, 0.0), at(distance, RADIUS_MM))
        painter.setPen(pen("accent", 2))
        path, is_down = QPainterPath(), False
        for distance, radius in zip(self._sheet.profile_mm, self._sheet.lumen_radius_mm, strict=True):
            if not np.isfinite(radius) or not PLOT_MM[0] <= distance <= PLOT_MM[1]:
                is_down = False
                continue
            point = at(float(distance), float(radius))
            path.lineTo(point) if is_down else path.moveTo(point)
            is_down = True
        painter.drawPath(path)
        for mm in range(-2, 9, 2):
            halo_text(painter, QRectF(at(mm, 0.0).x() - 20, box.bottom() + 4, 40, 16), f"{mm} mm", "dim", px=11)
        halo_text(painter, QRectF(0, box.top() - 4, 42, 16), f"{RADIUS_MM:.0f} mm", "dim", px=11)
        halo_text(painter, QRectF(0, box.bottom() - 10, 42, 16), "0", "dim", px=11)
        painter.end()


class CapSheetDialog(QDialog):
    """Where could a wire go first: pictures and numbers of one cap; no advice."""

    def __init__(self, sheet: CapSheet, table: np.ndarray, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"{sheet.occlusion}, {sheet.which} cap")
        layout = QVBoxLayout(self)
        grid = QGridLayout()
        pictures = [(f"Slab {name} o'clock" if name != "across" else "Slab across", view.hu) for name, view in sheet.slabs]
        pictures.append(("Section at the cap", sheet.section.hu))
        self.pictures = [
            SlabPicture(title, hu, table, sheet if title in ("Slab across", "Section at the cap") else None)
            for title, hu in pictures
        ]
        for number, picture in enumerate(self.pictures):
            grid.addWidget(picture, number // 2, number % 2)
        layout.addLayout(grid)
        layout.addWidget(titled("END OF THE LUMEN   radius by distance into the lumen; lines at 0.5 and 4 mm", LumenEnd(sheet)))
        self.rows = TextList(("", "Value", "Note"))
        self.rows.show_rows(sheet_rows(sheet))
        self.rows.setMinimumHeight(170)
        layout.addWidget(self.rows, 1)
        note = QLabel("Slabs are 1.5 mm thick, 0.1 mm a pixel. Green rim: no calcium within 2 mm of the cap. Looking distally.")
        note.setObjectName("dim")
        note.setWordWrap(True)
        layout.addWidget(note)
        self.resize(2 * PICTURE_PX + 40, 1000)


def sheet_rows(sheet: CapSheet) -> list[tuple[str, str, str]]:
    """The numbers of a cap sheet."""
    cap = sheet.cap
    taper = "not measurable" if cap.taper_index is None else f"{cap.taper_index:.2f}"
    chance = "" if cap.tapered_probability is None else f"tapered with {100 * cap.tapered_probability:.0f} %"
    rows = [
        ("Cap", f"s {interval_text(cap.s_mm, 1, 'mm')}", "ambiguous on CT" if cap.ambiguous_on_ct else ""),
        ("Shape", cap.morphology, chance),
        ("Taper index", taper, "(A(4 mm) - A(0.5 mm)) / A(4 mm); tapered from 0.50"),
        ("Calcium within 2 mm", number_text(sheet.max_calcium_csa_pct, 0, "% of the section"), _arc_text(sheet)),
    ]
    for sector in sheet.calcium_free:
        hours = (
            "all around"
            if sector.width_deg >= 360
            else f"{clock_text(30 * sector.start_clock)} to {clock_text(30 * sector.end_clock)} o'clock"
        )
        rows.append(("No calcium", hours, f"{sector.width_deg:.0f} deg"))
    for branch in sheet.branches:
        angle = f"angle {number_text(branch.angle_deg, 0, 'deg')}, diameter {number_text(branch.diameter_mm, 1, 'mm')}"
        rows.append((f"Branch {branch.name}", f"{branch.distance_to_cap_mm:.1f} mm from the cap", angle))
    return rows


def _arc_text(sheet: CapSheet) -> str:
    return f"arc {number_text(sheet.max_calcium_arc_deg, 0, 'deg')}"
