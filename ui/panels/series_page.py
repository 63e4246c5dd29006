"""The series: how the scan was made, and every finding about it in words."""

from PySide6.QtWidgets import QWidget

from recon.volume import Volume
from ui.model import CaseModel
from ui.panels.page import Page, titled
from ui.panels.text_list import TextList
from ui.text import phase_text


class SeriesPage(Page):
    """Acquisition above, findings and problems below; the findings name what follows and what to do."""

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(model, parent=parent)
        self.acquisition = TextList(("Acquisition", ""))
        self.acquisition.setHeaderHidden(True)
        self.findings = TextList(("Where", "What", "Consequence", "What to do"))
        self.addWidget(titled("HOW THE SCAN WAS MADE", self.acquisition))
        self.addWidget(titled("FINDINGS", self.findings))
        self.setSizes([260, 300])

    def fill(self) -> None:
        """Show the current state of the model."""
        analysis = self._model.analysis
        if analysis is None:
            return
        self.acquisition.show_rows(_acquisition_rows(analysis.volume))
        rows = [(f.where, ("△ " if f.blocks_measurement else "") + f.what, f.consequence, f.advice) for f in analysis.findings]
        for problem in analysis.tree.problems:
            place = f"{problem.vessel} at {problem.s_mm:.0f} mm" if problem.s_mm is not None else problem.vessel
            rows.append((place, problem.code.replace("-", " "), "", problem.advice))
        self.findings.show_rows(rows or [("", "Nothing found about this series.", "", "")])


def _acquisition_rows(volume: Volume) -> list[tuple[str, str]]:
    made, grid = volume.acquisition, volume.geometry
    z, y, x = grid.spacing_mm
    rows = [
        ("Series", volume.identity.series_description),
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
