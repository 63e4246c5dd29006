"""The middle of the window: the curved view always on top, under it the page of the chosen step."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from ui.canvases.curved import CurvedCanvas
from ui.canvases.plane import PLANES, PlaneCanvas
from ui.canvases.profile import ProfileCanvas
from ui.canvases.strip import SectionStrip
from ui.canvases.view_frame import ViewFrame
from ui.model import CaseModel
from ui.text import hover_text

HEIGHTS = (180, 112, 240)
CURVED_PX, PAGE_PX = 300, 560


class MainHanging(QSplitter):
    """The page of the first step: profile, section strip and the three body planes. `frames` holds every view."""

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.profile = ProfileCanvas(model)
        self.strip = SectionStrip(model)
        self.planes = [PlaneCanvas(model, plane) for plane in PLANES]
        title = "PROFILE  calcium of the section, its arc, contrast on the axis; bands are intervals"
        self.profile_frame = ViewFrame(title, self.profile)
        self.strip_frame = ViewFrame("SECTIONS every 2 mm", self.strip)
        self.plane_frames = [ViewFrame(canvas.plane.name.upper(), canvas) for canvas in self.planes]
        plane_row = QSplitter(Qt.Orientation.Horizontal)
        for frame in self.plane_frames:
            plane_row.addWidget(frame)
        self.frames = [self.profile_frame, self.strip_frame, *self.plane_frames]
        for widget in (self.profile_frame, self.strip_frame, plane_row):
            self.addWidget(widget)
        for splitter in (self, plane_row):
            splitter.setHandleWidth(4)
            splitter.setChildrenCollapsible(False)
        self.setSizes(list(HEIGHTS))
        for place, height in enumerate(HEIGHTS):
            self.setStretchFactor(place, height // 10)


class Middle(QSplitter):
    """The curved view, which stays in view in every step, above the pages."""

    def __init__(
        self, model: CaseModel, pages: Mapping[str, QWidget], hanging: MainHanging, parent: QWidget | None = None
    ) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._model = model
        self.curved = CurvedCanvas(model)
        self.curved_frame = ViewFrame("CURVED VIEW", self.curved)
        self.stack = QStackedWidget()
        for page in pages.values():
            self.stack.addWidget(page)
        self.addWidget(self.curved_frame)
        self.addWidget(self.stack)
        self.setHandleWidth(4)
        self.setChildrenCollapsible(False)
        self.setSizes([CURVED_PX, PAGE_PX])
        self.setStretchFactor(0, 1)
        self.setStretchFactor(1, 2)
        self.curved.scaled.connect(lambda: hanging.profile.follow(self.curved.scale))
        self.curved.hovered.connect(self._show_hovered)
        for change in (model.analysis_changed, model.cursor_changed, model.display_changed):
            change.connect(self._show_titles)

    def _show_hovered(self, s_mm: float | None) -> None:
        """The numbers under the pointer, without moving the cursor."""
        analysis, sections = self._model.analysis, self._model.sections
        if s_mm is None or analysis is None or sections is None:
            self._show_titles()
            return
        index = self._model.section_at(s_mm)
        if index is not None:
            self.curved_frame.reading.setText(hover_text(sections, index))

    def _show_titles(self) -> None:
        scan = f"  {self._model.scan_label}" if self._model.scan_label else ""
        self.curved_frame.set_title(f"CURVED VIEW  {self._model.vessel_name or 'no vessel'}{scan}")
        turn = f"turned {self._model.rotation_deg:.0f}°   " if self._model.rotation_deg else ""
        window = self._model.shown_window
        self.curved_frame.reading.setText(f"{turn}{window.name} {window.center_hu:.0f}/{window.width_hu:.0f} HU")
