"""The left rail: the guided steps, and the vessels."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QLabel, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from ui.model import CaseModel
from ui.panels.text_list import keep_navigation_keys
from ui.theme import colour, icon

STEPS = (
    ("series", "Series"),
    ("vessels", "Vessels"),
    ("occlusion", "Occlusion"),
    ("calcium", "Calcium"),
    ("facts", "Facts"),
    ("scores", "Scores"),
    ("options", "Options"),
    ("views", "Views"),
    ("report", "Report"),
)
"""Guided steps: id (also the icon) and label. A step is one page of the window."""

RAIL_PX = 156


class VesselList(QListWidget):
    """Keeps the arrow keys when it has the focus."""

    def event(self, event: QEvent) -> bool:
        """Keys that move within the list stay in it."""
        return keep_navigation_keys(event) or super().event(event)


class Rail(QFrame):
    """Emits `step_chosen(id)`; choosing a vessel moves the cursor."""

    step_chosen = Signal(str)

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setFixedWidth(RAIL_PX)
        self._model = model
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 8, 6, 8)
        layout.setSpacing(2)
        layout.addWidget(_heading("STEPS"))
        self._buttons = QButtonGroup(self)
        self.steps: dict[str, QPushButton] = {}
        for name, label in STEPS:
            self.steps[name] = self._step_button(name, label)
            layout.addWidget(self.steps[name])
        self.steps["vessels"].setChecked(True)
        layout.addSpacing(12)
        layout.addWidget(_heading("VESSELS, mm"))
        self.vessels = VesselList()
        self.vessels.setObjectName("plain")
        self.vessels.setAccessibleName("Vessels")
        self.vessels.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.vessels.currentItemChanged.connect(self._vessel_chosen)
        layout.addWidget(self.vessels, 1)
        model.analysis_changed.connect(self._show_vessels)
        model.cursor_changed.connect(self._follow)

    def _step_button(self, name: str, label: str) -> QPushButton:
        button = QPushButton(icon(name), f"  {label}")
        button.setObjectName("flat")
        button.setCheckable(True)
        button.setAutoExclusive(True)
        button.clicked.connect(lambda: self.step_chosen.emit(name))
        self._buttons.addButton(button)
        return button

    def _show_vessels(self) -> None:
        analysis = self._model.analysis
        self.vessels.blockSignals(True)
        self.vessels.clear()
        occluded = {o.vessel for o in analysis.occlusions} if analysis else set()
        for vessel in analysis.tree.vessels if analysis else ():
            item = QListWidgetItem(f"{vessel.name}   {vessel.centerline.length_mm:.0f}")
            item.setToolTip(f"{vessel.name}, followed for {vessel.centerline.length_mm:.0f} mm")
            item.setData(Qt.ItemDataRole.UserRole, vessel.name)
            item.setIcon(icon("vessels"))
            if vessel.name in occluded:
                item.setIcon(icon("occlusion", "occlusion"))
                item.setToolTip(f"{vessel.name}, {vessel.centerline.length_mm:.0f} mm, occluded on CT")
            self.vessels.addItem(item)
        for problem in analysis.tree.problems if analysis else ():
            item = QListWidgetItem(f"△ {problem.vessel}")
            item.setForeground(colour("problem"))
            item.setToolTip(f"{problem.code.replace('-', ' ')}. {problem.advice}")
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.vessels.addItem(item)
        self.vessels.blockSignals(False)
        self._follow()

    def _follow(self) -> None:
        self.vessels.blockSignals(True)
        for row in range(self.vessels.count()):
            if self.vessels.item(row).data(Qt.ItemDataRole.UserRole) == self._model.vessel_name:
                self.vessels.setCurrentRow(row)
        self.vessels.blockSignals(False)

    def _vessel_chosen(self, item: QListWidgetItem | None) -> None:
        if item is not None and item.data(Qt.ItemDataRole.UserRole):
            self._model.select_vessel(item.data(Qt.ItemDataRole.UserRole))


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("heading")
    label.setContentsMargins(6, 4, 0, 2)
    return label
