"""Calcium laid flat: the unrolled wall under the curved view, zones, free windows, and what a reader changed in sections."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from planner.calcium_region import CalciumRegion
from planner.lesions import calcium_lesions, zone_regions
from planner.plan import SectionEdit
from planner.text import clock_text, interval_text
from recon.free_windows import FreeWindow
from ui.canvases.unrolled import UnrolledCanvas
from ui.canvases.view_frame import ViewFrame
from ui.model import CaseModel
from ui.panels.page import Page, titled
from ui.panels.text_list import TextList
from ui.text import edit_text

REGION_HEADERS = (
    "Zone, lesion",
    "from-to mm",
    "max CSA",
    "max arc",
    "volume mm³",
    "depth",
    "plaque < 30 / 30-190 HU mm³",
    "remodelling",
)
WINDOW_HEADERS = ("Free window", "mm", "clock", "length mm", "arc deg")
EDIT_HEADERS = ("Changed by a reader", "where", "who")


class CalciumPage(Page):
    """`taken_back(number)`: the change of that number on the current vessel is to be taken back."""

    taken_back = Signal(int)

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(model, parent=parent)
        self.unrolled = UnrolledCanvas(model)
        self.frame = ViewFrame(
            "UNROLLED WALL   12 o'clock at the top; dashed: largest calcium-free window of each zone", self.unrolled
        )
        self.regions = TextList(REGION_HEADERS, right=(2, 3, 4))
        self.windows = TextList(WINDOW_HEADERS, right=(3, 4))
        self.edits = TextList(EDIT_HEADERS)
        self.undo_edit = QPushButton("Take back")
        self.undo_edit.setToolTip("Take back the selected change; Ctrl+Z takes back the last decision")
        self.undo_edit.clicked.connect(self._take_back)
        changes = QWidget()
        column = QVBoxLayout(changes)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.edits, 1)
        row = QHBoxLayout()
        row.setContentsMargins(6, 0, 6, 6)
        row.addStretch(1)
        row.addWidget(self.undo_edit)
        column.addLayout(row)
        below = QSplitter()
        below.addWidget(titled("CALCIUM-FREE WINDOWS   at least 60 deg and 2 mm (app setting)", self.windows))
        below.addWidget(titled("CHANGES   right click in the section view", changes))
        below.setHandleWidth(4)
        below.setChildrenCollapsible(False)
        self.addWidget(self.frame)
        self.addWidget(titled("ZONES AND LESIONS", self.regions))
        self.addWidget(below)
        self.setSizes([260, 150, 150])
        self.unrolled.hovered.connect(self.frame.reading.setText)
        self._vessel = ""
        model.cursor_changed.connect(self._show_if_other)

    def _show_if_other(self) -> None:
        if self._model.vessel_name != self._vessel:
            self.outdate()

    def fill(self) -> None:
        """Show the current vessel."""
        model, analysis = self._model, self._model.analysis
        self._vessel = model.vessel_name
        sections, details = model.sections, self.unrolled.details
        regions: list[tuple[str, CalciumRegion]] = []
        windows: list[tuple[str, FreeWindow]] = []
        if analysis is not None and sections is not None and details is not None:
            occlusion = model.occlusion
            zones = zone_regions(occlusion, sections, details) if occlusion else {}
            regions = [(name.replace("_", " "), region) for name, region in zones.items()]
            windows = [(name, window) for name, region in regions for window in region.windows]
            self.unrolled.show_windows(tuple(region.windows[0] for _, region in regions if region.windows))
            lesions = calcium_lesions(model.vessel_name, sections, details)
            regions += [(f"lesion {lesion.number}", lesion.region) for lesion in lesions]
        else:
            self.unrolled.show_windows(())
        self.regions.show_rows([_region_row(name, region) for name, region in regions])
        self.windows.show_rows([_window_row(name, window) for name, window in windows])
        self._show_edits()

    def _show_edits(self) -> None:
        from planner.section_edits import edits_on

        plan, vessel = self._model.plan, self._model.vessel
        own: list[SectionEdit] = edits_on(plan, self._model.vessel_name) if plan is not None else []
        self.edits.show_rows([edit_text(edit, vessel) for edit in own], data=list(range(len(own))))
        self.undo_edit.setEnabled(bool(own))

    def _take_back(self) -> None:
        chosen = self.edits.selectedItems()
        last = self.edits.topLevelItemCount() - 1
        self.taken_back.emit(self.edits.indexOfTopLevelItem(chosen[0]) if chosen else last)


def _region_row(name: str, region: CalciumRegion) -> tuple[str, ...]:
    depth = ", ".join(f"{word} {length:.1f} mm" for word, length in region.depth_mm.items() if length > 0)
    found = region.remodelling
    low, middle = (interval_text(region.plaque_mm3[name], 1) for name in ("low", "middle"))
    return (
        name,
        f"{region.start_mm:.1f}-{region.end_mm:.1f}",
        interval_text(region.max_csa_pct, 0, "%"),
        interval_text(region.max_arc_deg, 0, "°"),
        interval_text(region.volume_mm3, 0),
        _where(region, depth),
        f"{low} / {middle}",
        "no reference" if found is None else f"{found.smallest.best:.2f} to {found.largest.best:.2f}",
    )


def _where(region: CalciumRegion, depth: str) -> str:
    missing = f"{region.not_measured_mm:.1f} mm not measured" if region.not_measured_mm else ""
    return ", ".join(text for text in (depth or "no calcium", missing) if text)


def _window_row(name: str, window: FreeWindow) -> tuple[str, ...]:
    clock = "all round" if window.arc_deg.best >= 360 else f"{clock_text(window.from_deg)} to {clock_text(window.to_deg)}"
    return (
        name,
        f"{window.start_mm:.1f}-{window.end_mm:.1f}",
        clock,
        interval_text(window.length_mm, 1),
        interval_text(window.arc_deg, 0),
    )
