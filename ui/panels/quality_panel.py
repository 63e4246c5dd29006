"""The quality panel (clinical.md B.0): every line with value, limit, mark and verdict; stents and grafts are tagged here."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from planner.plan import ImplantTag
from ui.model import CaseModel
from ui.panels.text_list import TextList
from ui.theme import colour

HEADERS = ("Verdict", "Measure", "Value", "Limit", "Mark", "What it means")
VERDICTS = {"ok": "● holds", "warn": "△ outside", "unknown": "? unknown", "info": "· recorded"}
ANYWHERE = "whole heart"


class QualityPanel(QWidget):
    """`implant_seen(kind, vessel)`, `implant_gone(kind, vessel)`: what a reader says of stents and grafts."""

    implant_seen = Signal(str, str)
    implant_gone = Signal(str, str)

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.table = TextList(HEADERS)
        self.kind, self.vessel, self.tagged = QComboBox(), QComboBox(), QComboBox()
        self.kind.addItems(["stent", "graft"])
        self.add, self.none, self.remove = QPushButton("Tag"), QPushButton("None seen"), QPushButton("Take back")
        self.add.clicked.connect(lambda: self.implant_seen.emit(self.kind.currentText(), self._chosen_vessel()))
        self.none.clicked.connect(lambda: self.implant_seen.emit("none", ""))
        self.remove.clicked.connect(self._take_back)
        tags = QHBoxLayout()
        tags.setContentsMargins(8, 4, 8, 6)
        for widget in (
            QLabel("Seen on CT:"),
            self.kind,
            QLabel("in"),
            self.vessel,
            self.add,
            self.none,
            self.tagged,
            self.remove,
        ):
            tags.addWidget(widget)
        tags.addStretch(1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.table, 1)
        rows.addLayout(tags)

    def fill(self) -> None:
        """Show the rows and tags of the analysis shown."""
        analysis, plan = self._model.analysis, self._model.plan
        if analysis is None or plan is None:
            return
        rows = [(VERDICTS[r.state], r.name, r.text, r.limit or "none", r.mark, r.note) for r in analysis.quality]
        items = self.table.show_rows(rows or [("", "comes when the vessels were followed", "", "", "", "")])
        for item, row in zip(items, analysis.quality, strict=False):
            if row.state == "warn":
                item.setForeground(0, colour("problem"))
            elif row.state == "unknown":
                item.setForeground(0, colour("dim"))
        self.vessel.clear()
        self.vessel.addItems([ANYWHERE, *self._model.vessel_names])
        self.tagged.clear()
        for tag in plan.implants:
            self.tagged.addItem(_tag_text(tag), (tag.kind, tag.vessel))
        for widget in (self.tagged, self.remove):
            widget.setVisible(bool(plan.implants))

    def _chosen_vessel(self) -> str:
        return "" if self.vessel.currentText() == ANYWHERE else self.vessel.currentText()

    def _take_back(self) -> None:
        tag = self.tagged.currentData()
        if tag is not None:
            self.implant_gone.emit(*tag)


def _tag_text(tag: ImplantTag) -> str:
    what = "none seen" if tag.kind == "none" else f"{tag.kind}, {tag.vessel or ANYWHERE}"
    return f"{what} ({tag.said.reader})"
