"""The occlusion in words and numbers, with the reader's say on its caps."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from planner.cad_rads import cad_rads
from planner.cap_sheet import cap_sheet
from planner.case import Analysis
from planner.devices import device_catalogue
from planner.edits import CAP_SHAPES
from planner.occlusion import Cap, Occlusion, ZoneCalcium
from planner.occlusion_text import measure_rows, reach_rows
from planner.text import interval_text, number_text
from ui.canvases.painting import StateGlyph
from ui.model import CaseModel
from ui.panels.cap_sheet_dialog import CapSheetDialog
from ui.panels.page import Page, titled
from ui.panels.text_list import TextList

ZONE_HEADERS = ("Zone", "max CSA", "max arc", "thickness", "volume", "CSA ≥ 50 %", "arc ≥ 180 deg", "arc 360 deg")


class CapRow(QWidget):
    """Shape and place of one cap: `shape_said(which, morphology)`, `placed_here(which)`."""

    shape_said = Signal(str, str)
    placed_here = Signal(str)

    def __init__(self, which: str, model: CaseModel) -> None:
        super().__init__()
        self._which, self._model = which, model
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 4)
        title = QLabel(f"{which.capitalize()} cap")
        title.setFixedWidth(96)
        self.glyph = StateGlyph()
        self.text = QLabel()
        self.shape = QComboBox()
        self.shape.addItems(CAP_SHAPES)
        self.shape.setAccessibleName(f"Shape of the {which} cap")
        self.shape.activated.connect(lambda _: self.shape_said.emit(which, self.shape.currentText()))
        self.go, here = QPushButton("Go there"), QPushButton("Place at cursor")
        self.sheet = QPushButton("Cap sheet")
        self.sheet.setToolTip("Slabs, section, end of the lumen, branches and calcium at this cap")
        self.sheet.clicked.connect(self._show_sheet)
        self.go.clicked.connect(self._go)
        here.clicked.connect(lambda: self.placed_here.emit(which))
        for widget in (title, self.glyph, self.shape, self.text):
            layout.addWidget(widget)
        layout.addStretch(1)
        for button in (self.sheet, self.go, here):
            layout.addWidget(button)

    def show_cap(self, cap: Cap | None) -> None:
        """The cap of the occlusion under the cursor."""
        self.setEnabled(self._model.vessel is not None)
        self.go.setEnabled(cap is not None)
        self.sheet.setEnabled(cap is not None)
        if cap is None:
            self.text.setText("not found")
            self.shape.setCurrentIndex(-1)
            self.glyph.show_state("auto")
            return
        notes = [f"s {interval_text(cap.s_mm, unit='mm')}", f"taper {number_text(cap.taper_index, 2)}"]
        notes += ["ambiguous on CT"] if cap.ambiguous_on_ct else []
        notes += ["hidden by calcium"] if cap.hidden_by_calcium else []
        self.text.setText("   ".join(notes))
        self.shape.setCurrentText(cap.morphology)
        self.glyph.show_state(self._state(cap))

    def _state(self, cap: Cap) -> str:
        """A place or shape that a reader stated counts, whichever came last."""
        plan = self._model.plan
        marks = [m for m in plan.caps if (m.vessel, m.which) == (self._model.vessel_name, self._which)] if plan else []
        return marks[0].said.state if marks else cap.morphology_state

    def _show_sheet(self) -> None:
        """The cap close up, in a window of its own."""
        model = self._model
        sections = model.analysis.sections.get(model.vessel_name) if model.analysis and model.vessel_name else None
        if model.analysis is None or model.vessel is None or model.occlusion is None or sections is None:
            return
        sheet = cap_sheet(model.analysis.volume, model.vessel, model.occlusion, sections, self._which)
        self.dialog = CapSheetDialog(sheet, model.table, self.window())
        self.dialog.show()

    def _go(self) -> None:
        occlusion = self._model.occlusion
        if occlusion is not None:
            cap = occlusion.proximal_cap if self._which == "proximal" else occlusion.distal_cap
            self._model.go_to(cap.s_mm.best)


class OcclusionPage(Page):
    """Caps, measures and calcium by zone of the occlusion on the current vessel."""

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(model, parent=parent)
        self.caps = {which: CapRow(which, model) for which in ("proximal", "distal")}
        rows = QWidget()
        layout = QVBoxLayout(rows)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(0)
        for row in self.caps.values():
            layout.addWidget(row)
        self.measures = TextList(("Measure", "Value", "Note"))
        self.zones = TextList(ZONE_HEADERS, right=range(1, len(ZONE_HEADERS)))
        self._cap_frame = titled("CAPS", rows)
        self._cap_frame.setMaximumHeight(120)
        self.addWidget(self._cap_frame)
        self.addWidget(titled("MEASURES", self.measures))
        self.addWidget(titled("CALCIUM BY ZONE", self.zones))
        self.setSizes([110, 280, 170])
        self._shown: Occlusion | None = None
        model.cursor_changed.connect(self._show_if_other)

    def _show_if_other(self) -> None:
        if self._model.occlusion is not self._shown:
            self.outdate()

    def fill(self) -> None:
        """Show the current state of the model."""
        occlusion = self._shown = self._model.occlusion
        self.caps["proximal"].show_cap(occlusion.proximal_cap if occlusion else None)
        self.caps["distal"].show_cap(occlusion.distal_cap if occlusion else None)
        if occlusion is None:
            name = self._model.vessel_name or "this vessel"
            self.measures.show_rows([("", f"No total occlusion on {name}.", "Place both caps to state one.")])
            self.zones.show_rows([])
            return
        analysis = self._model.analysis
        self.measures.show_rows(_rows(occlusion, analysis) if analysis is not None else [])
        self.zones.show_rows([_zone_row(name, zone) for name, zone in occlusion.calcium.items()])


def _rows(occlusion: Occlusion, analysis: Analysis) -> list[tuple[str, str, str]]:
    flags = [("Proposed", flag.text, f"{flag.s_mm[0]:.1f} to {flag.s_mm[1]:.1f} mm, {flag.state}") for flag in occlusion.flags]
    reach = reach_rows(occlusion, analysis.tree, device_catalogue())
    category = ("CAD-RADS 2.0", cad_rads(analysis.occlusions, analysis.plan).text, "")
    return [*measure_rows(occlusion), *flags, category, *reach]


def _zone_row(name: str, zone: ZoneCalcium) -> tuple[str, ...]:
    return (
        name.replace("_", " "),
        interval_text(zone.max_csa_pct, 0, "%"),
        interval_text(zone.max_arc_deg, 0, "deg"),
        number_text(zone.max_thickness_mm, 1, "mm"),
        interval_text(zone.volume_mm3, 0, "mm³"),
        number_text(zone.length_csa_50_mm, 1, "mm"),
        number_text(zone.length_arc_180_mm, 1, "mm"),
        number_text(zone.length_arc_360_mm, 1, "mm"),
    )
