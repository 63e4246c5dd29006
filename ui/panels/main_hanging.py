"""The main hanging: curved view, profile, section strip and the three body planes under each other."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget

from ui.canvases.curved import CurvedCanvas
from ui.canvases.plane import PLANES, PlaneCanvas
from ui.canvases.profile import ProfileCanvas
from ui.canvases.strip import SectionStrip
from ui.canvases.view_frame import ViewFrame
from ui.model import CaseModel

HEIGHTS = (300, 190, 112, 240)


class MainHanging(QSplitter):
    """Views that share one cursor. `frames` holds every view with its title."""

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._model = model
        self.curved = CurvedCanvas(model)
        self.profile = ProfileCanvas(model)
        self.strip = SectionStrip(model)
        self.planes = [PlaneCanvas(model, plane) for plane in PLANES]
        self.curved_frame = ViewFrame("CURVED VIEW", self.curved)
        self.strip_frame = ViewFrame("SECTIONS every 2 mm", self.strip)
        plane_row = QSplitter(Qt.Orientation.Horizontal)
        self.plane_frames = [ViewFrame(canvas.plane.name.upper(), canvas) for canvas in self.planes]
        for frame in self.plane_frames:
            plane_row.addWidget(frame)
        self.profile_frame = ViewFrame("PROFILE", self.profile)
        self.frames = [self.curved_frame, self.profile_frame, self.strip_frame, *self.plane_frames]
        for widget in (self.curved_frame, self.profile_frame, self.strip_frame, plane_row):
            self.addWidget(widget)
        for splitter in (self, plane_row):
            splitter.setHandleWidth(4)
            splitter.setChildrenCollapsible(False)
        self.setSizes(list(HEIGHTS))
        for place, height in enumerate(HEIGHTS):
            self.setStretchFactor(place, height // 10)
        self.curved.scaled.connect(lambda: self.profile.follow(self.curved.scale))
        for change in (model.analysis_changed, model.cursor_changed, model.display_changed):
            change.connect(self._show_titles)

    def _show_titles(self) -> None:
        name = self._model.vessel_name or "no vessel"
        self.curved_frame.set_title(f"CURVED VIEW  {name}")
        turn = f"turned {self._model.rotation_deg:.0f}°   " if self._model.rotation_deg else ""
        window = self._model.window
        self.curved_frame.reading.setText(f"{turn}{window.name} {window.center_hu:.0f}/{window.width_hu:.0f} HU")
        self.profile_frame.set_title("PROFILE  calcium of the section, its arc, contrast on the axis; bands are intervals")
