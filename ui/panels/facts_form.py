"""What the clinician knows and CT does not: a form made from the table of facts. Empty means unknown, never no."""

from dataclasses import fields

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QScrollArea, QWidget

from planner.fact_rules import FACT_RULES, FactRule
from planner.facts import ClinicalFacts
from ui.model import CaseModel

UNKNOWN = "unknown"
FIELD_PX = 76
YES_NO = {"yes": True, "no": False}


class FactsForm(QScrollArea):
    """`fact_said(name, value)` for each change; None takes a fact back to unknown."""

    fact_said = Signal(str, object)
    refused = Signal(str)

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page = QWidget()
        page.setObjectName("page")
        columns = QHBoxLayout(page)
        columns.setContentsMargins(10, 6, 10, 6)
        columns.setSpacing(24)
        forms = (QFormLayout(), QFormLayout())
        for form in forms:
            form.setVerticalSpacing(4)
            form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
            columns.addLayout(form, 1)
        self.inputs: dict[str, QComboBox | QLineEdit] = {}
        names = [field.name for field in fields(ClinicalFacts) if field.name in FACT_RULES]
        for number, name in enumerate(names):
            form = forms[int(number >= (len(names) + 1) // 2)]
            form.addRow(FACT_RULES[name].label, self._row(name, FACT_RULES[name]))
        self.setWidget(page)
        model.analysis_changed.connect(self._show)
        model.plan_changed.connect(lambda _old, _new: self._show())

    def _row(self, name: str, rule: FactRule) -> QWidget:
        field = self._choice(name, rule) if rule.kind in ("flag", "word") else self._number(name, rule)
        field.setAccessibleName(rule.label)
        field.setMinimumWidth(FIELD_PX)
        self.inputs[name] = field
        if not rule.unit:
            return field
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        unit = QLabel(rule.unit)
        unit.setObjectName("dim")
        unit.setFixedWidth(48)
        layout.addWidget(field, 1)
        layout.addWidget(unit)
        return row

    def _choice(self, name: str, rule: FactRule) -> QComboBox:
        box = QComboBox()
        box.addItems([UNKNOWN, *(YES_NO if rule.kind == "flag" else rule.words)])
        box.activated.connect(lambda _: self._say(name, self._chosen(rule, box.currentText())))
        return box

    def _chosen(self, rule: FactRule, text: str) -> str | bool | None:
        if text == UNKNOWN:
            return None
        return YES_NO[text] if rule.kind == "flag" else text

    def _number(self, name: str, rule: FactRule) -> QLineEdit:
        line = QLineEdit()
        line.setPlaceholderText(UNKNOWN)
        line.editingFinished.connect(lambda: self._number_typed(name, rule, line.text()))
        return line

    def _number_typed(self, name: str, rule: FactRule, text: str) -> None:
        cleaned = text.strip().replace(",", ".")
        try:
            value = None if not cleaned else float(cleaned)
        except ValueError:
            self.refused.emit(f"{rule.label}: {text!r} is not a number.")
            self._show()
            return
        if value is not None and not rule.low <= value <= rule.high:
            self.refused.emit(f"{rule.label} must be {rule.low:g} to {rule.high:g} {rule.unit}.")
            self._show()
            return
        whole = rule.kind == "integer" and value is not None
        self._say(name, int(value) if whole and value is not None else value)

    def _say(self, name: str, value: object) -> None:
        plan = self._model.plan
        if plan is not None and getattr(plan.facts, name) != value:
            self.fact_said.emit(name, value)

    def _show(self) -> None:
        plan = self._model.plan
        if plan is None:
            return
        for name, field in self.inputs.items():
            value = getattr(plan.facts, name)
            if isinstance(field, QComboBox):
                words = {None: UNKNOWN, True: "yes", False: "no"}
                field.setCurrentText(words[value] if value is None or isinstance(value, bool) else str(value))
            elif not field.hasFocus() or not field.isModified():
                field.setText("" if value is None else f"{value:g}")
