"""The report: what is still unconfirmed or unknown, and writing all files."""

from dataclasses import fields

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from planner.case import Analysis
from planner.fact_rules import FACT_RULES
from planner.plan import Plan
from ui.model import CaseModel
from ui.panels.page import Page, titled
from ui.panels.sign_form import SignForm
from ui.panels.text_list import TextList


class ReportPage(Page):
    """`export_asked` when the person wants the files."""

    export_asked = Signal()

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(model, parent=parent)
        self.check = TextList(("State", "Subject", "What to do"))
        self.files = TextList(("Files written",))
        self.export = QPushButton("Write report and files …")
        self.export.setObjectName("primary")
        self.export.clicked.connect(self.export_asked)
        self.note = QLabel("The folder gets report.pdf with the plan attached, the tables and the DICOM objects.")
        self.note.setObjectName("dim")
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(10, 6, 10, 8)
        row.addWidget(self.export)
        row.addWidget(self.note, 1)
        below = QWidget()
        layout = QVBoxLayout(below)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(head)
        layout.addWidget(self.files, 1)
        self.sign = SignForm(model)
        self.addWidget(titled("BEFORE THE REPORT", self.check))
        self.addWidget(titled("READER AND NOTES", self.sign))
        self.addWidget(titled("OUTPUT", below))
        self.setSizes([360, 160, 220])
        model.plan_changed.connect(lambda _old, _new: self.outdate())

    def show_files(self, paths: tuple[object, ...]) -> None:
        """What was written, and where."""
        self.files.show_rows([(str(path),) for path in paths])

    def fill(self) -> None:
        """Show the current state of the model."""
        analysis, plan = self._model.analysis, self._model.plan
        self.export.setEnabled(analysis is not None)
        self.sign.show_plan()
        if analysis is not None and plan is not None:
            self.check.show_rows(open_points(analysis, plan) or [("", "Nothing is open.", "")])


def open_points(analysis: Analysis, plan: Plan) -> list[tuple[str, str, str]]:
    """What a reader has not confirmed or stated yet: state, subject, what to do."""
    rows: list[tuple[str, str, str]] = []
    if not plan.reader:
        rows.append(("unknown", "Reader", "Say who reads the case, below."))
    confirmed = {c.subject for c in plan.confirmations}
    for occlusion in analysis.occlusions:
        if f"{occlusion.id}:cto" not in confirmed:
            rows.append(("unconfirmed", f"{occlusion.id}: total occlusion on CT", "Confirm or decline the CTO (Ctrl+Return)."))
        for name, cap in (("proximal", occlusion.proximal_cap), ("distal", occlusion.distal_cap)):
            if cap.morphology_state == "auto":
                rows.append(
                    ("proposed", f"{occlusion.id}: {name} cap {cap.morphology}", "State its shape on the occlusion page.")
                )
        rows += [("proposed", f"{occlusion.id}: {flag.text}", "Look at it.") for flag in occlusion.flags if flag.state == "auto"]
    for problem in analysis.tree.problems:
        rows.append(("problem", f"{problem.vessel}: {problem.code.replace('-', ' ')}", problem.advice))
    for finding in analysis.findings:
        if finding.blocks_measurement:
            rows.append(("blocks", f"{finding.where}: {finding.what}", finding.advice))
    unknown = [
        FACT_RULES[f.name].label for f in fields(plan.facts) if f.name in FACT_RULES and getattr(plan.facts, f.name) is None
    ]
    if unknown and analysis.occlusions:
        rows.append(("unknown", f"{len(unknown)} clinical facts", "State what is known: " + ", ".join(unknown) + "."))
    return rows
