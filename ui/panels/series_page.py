"""The series: its quality line by line, how the scan was made, and every finding about it in words."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QInputDialog, QLabel, QPushButton, QSplitter, QTreeWidgetItem, QVBoxLayout, QWidget

from planner.quality_effects import OVERRIDE, WHOLE_VOLUME_CODES
from recon.volume import Finding, Volume
from ui.model import CaseModel
from ui.panels.page import Page, titled
from ui.panels.quality_panel import QualityPanel
from ui.panels.text_list import TextList
from ui.text import date_text, person_text, phase_text
from ui.theme import colour

FIRST_CODES = ("other-series", "override", "phase-split")
"""Findings about the choice itself stand first: another patient or phase is worse than any gap."""


class SeriesPage(Page):
    """`browse_asked`: show all series; `override_said(subject, text)` and `override_withdrawn(subject)` lift a block or not."""

    browse_asked = Signal()
    override_said = Signal(str, str)
    override_withdrawn = Signal(str)

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(model, parent=parent)
        self.quality = QualityPanel(model)
        self.acquisition = TextList(("Acquisition", ""))
        self.acquisition.setHeaderHidden(True)
        self.findings = TextList(("What", "Consequence", "What to do", "Where"))
        self.choice_note = QLabel()
        self.choice_note.setWordWrap(True)
        self.choice_note.setTextFormat(Qt.TextFormat.PlainText)
        self.browse = QPushButton("All series and phases here …")
        self.override = QPushButton("Measure nevertheless …")
        self.withdraw = QPushButton("Withdraw override")
        self.browse.clicked.connect(self.browse_asked)
        self.override.clicked.connect(self._ask_reason)
        self.withdraw.clicked.connect(self._withdraw)
        self.findings.currentItemChanged.connect(lambda *_: self._enable())
        top = QSplitter(Qt.Orientation.Horizontal)
        top.setChildrenCollapsible(False)
        top.addWidget(titled("QUALITY   limits are settings of this program (mark E), not of a guideline", self.quality))
        top.addWidget(titled("HOW THE SCAN WAS MADE", self.acquisition))
        top.setSizes([880, 270])
        self.addWidget(top)
        self.addWidget(titled("FINDINGS", self._below()))
        self.setSizes([330, 230])
        model.plan_changed.connect(lambda _old, _new: self.outdate())

    def _below(self) -> QWidget:
        below = QWidget()
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 6)
        row.addWidget(self.choice_note, 1)
        for button in (self.override, self.withdraw, self.browse):
            row.addWidget(button)
        rows = QVBoxLayout(below)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.findings, 1)
        rows.addLayout(row)
        return below

    def fill(self) -> None:
        """Show the current state of the model."""
        analysis = self._model.analysis
        if analysis is None:
            return
        self.quality.fill()
        self.acquisition.show_rows(_acquisition_rows(analysis.volume))
        found = sorted(analysis.findings, key=lambda f: f.code not in FIRST_CODES)
        rows = [(("△ " if f.blocks_measurement else "") + f.what, f.consequence, f.advice, f.where) for f in found]
        for problem in analysis.tree.problems:
            place = f"{problem.vessel} at {problem.s_mm:.0f} mm" if problem.s_mm is not None else problem.vessel
            rows.append((problem.code.replace("-", " "), "", problem.advice, place))
        items = self.findings.show_rows(rows or [("Nothing found about this series.", "", "", "")], found)
        for item, finding in zip(items, found, strict=False):
            if finding.code in FIRST_CODES or finding.blocks_measurement:
                item.setForeground(0, colour("problem"))
        other = next((f for f in found if f.code == "other-series"), None)
        self.choice_note.setText(f"△ {other.what} {other.consequence}" if other else "")
        self._enable()

    def _chosen(self) -> Finding | None:
        item: QTreeWidgetItem | None = self.findings.currentItem()
        found = item.data(0, Qt.ItemDataRole.UserRole) if item is not None else None
        return found if isinstance(found, Finding) else None

    def _enable(self) -> None:
        finding = self._chosen()
        self.override.setEnabled(finding is not None and finding.code in WHOLE_VOLUME_CODES)
        self.withdraw.setEnabled(finding is not None and finding.code == "override" and finding.where in WHOLE_VOLUME_CODES)

    def _ask_reason(self) -> None:
        finding = self._chosen()
        if finding is None:
            return
        text, said = QInputDialog.getText(self, "Measure nevertheless", f"{finding.what}\n\nWhy may these images be measured?")
        if said and text.strip():
            self.override_said.emit(f"{OVERRIDE}{finding.code}", text)

    def _withdraw(self) -> None:
        finding = self._chosen()
        if finding is not None:
            self.override_withdrawn.emit(f"{OVERRIDE}{finding.where}")


def _acquisition_rows(volume: Volume) -> list[tuple[str, str]]:
    made, grid, who = volume.acquisition, volume.geometry, volume.identity
    z, y, x = grid.spacing_mm
    rows = [
        ("Series", who.series_description),
        ("Study", " ".join(part for part in (date_text(who.study_date), _time_text(who.study_time), who.study_id) if part)),
        ("Accession number", who.accession_number),
        ("Referring physician", person_text(who.referring_physician)),
        ("Scanner", " ".join(part for part in (made.manufacturer, made.model) if part)),
        ("Kernel", made.kernel),
        ("Tube voltage", f"{made.kvp:g} kV" if made.kvp is not None else ""),
        ("Energy", f"{made.kev:g} keV" if made.kev is not None else ""),
        ("Phase", phase_text(made)),
        ("Phase stated by", made.phase_rule),
        ("Slice thickness", f"{made.slice_thickness_mm:g} mm" if made.slice_thickness_mm is not None else ""),
        ("Grid", f"{grid.shape[2]} × {grid.shape[1]} × {grid.shape[0]} at {x:.3f} × {y:.3f} × {z:.3f} mm"),
        ("Patient position", made.patient_position),
        ("Compression", "lossy: measurements may be off" if made.lossy else "none or lossless"),
    ]
    return [(name, text or "not stated") for name, text in rows]


def _time_text(time: str) -> str:
    """A DICOM time as hours and minutes."""
    return f"{time[:2]}:{time[2:4]}" if time[:4].isdigit() and len(time) >= 4 else ""
