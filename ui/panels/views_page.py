"""Fluoroscopic views: the ranked views of each target, the wiring pair, the simulated angiogram and the angle map."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QSplitter, QTreeWidgetItem, QWidget

from planner.settings import lab_names
from planner.views import TargetViews, View
from recon.carm import view_text
from ui.canvases.angiogram import AngiogramView
from ui.canvases.angle_map import AngleMap
from ui.decisions import choose_lab
from ui.model import CaseModel
from ui.panels.page import Page, titled
from ui.panels.text_list import TextList


class ViewsPage(Page):
    """Choosing a view turns the simulated angiogram and the 3D view to it."""

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(model, parent=parent)
        headers = ("Target", "View", "Foreshortening", "Overlap", "Tolerance", "Reach")
        self.views = TextList(headers, right=(2, 3))
        self.views.currentItemChanged.connect(lambda item, _before: self._choose(item))
        self.map = AngleMap(model)
        self.map.angles_chosen.connect(model.set_angles)
        self.angiogram = AngiogramView(model)
        self.labs = QComboBox()
        self.labs.setAccessibleName("C-arm limits")
        self.labs.activated.connect(self._choose_lab)
        pictures = QSplitter(Qt.Orientation.Horizontal)
        pictures.setHandleWidth(4)
        pictures.setChildrenCollapsible(False)
        pictures.addWidget(titled("SIMULATED ANGIOGRAM   click: go there", self.angiogram))
        pictures.addWidget(titled("ANGLE MAP of the chosen target   click: turn", self.map))
        pictures.setSizes([330, 590])
        self.addWidget(_lab_bar(self.labs))
        self.list_frame = titled("VIEWS inside these limits   choose: pictures and 3D view turn", self.views)
        self.addWidget(self.list_frame)
        self.addWidget(pictures)
        self.setSizes([38, 330, 430])

    def fill(self) -> None:
        """Show the current state of the model."""
        analysis = self._model.analysis
        if analysis is None:
            return
        self._show_labs(analysis.plan.lab)
        target = analysis.target
        rows: list[tuple[str, ...]] = []
        data: list[object] = []
        for views in analysis.views.targets:
            if target is None or views.occlusion != target.id:
                continue
            for number, view in enumerate(views.views):
                name = views.target.replace("_", " ") if number == 0 else ""
                rows.append(_view_row(name, view))
                data.append((views, view))
            ideal = view_text(views.ideal_primary_deg, views.ideal_secondary_deg)
            if not views.ideal_reachable:
                rows.append(("", f"ideal {ideal}", "", "", "", "out of reach"))
                data.append((views, None))
        for pair in analysis.views.wiring_pairs:
            if target is not None and pair.occlusion == target.id:
                for number, view in enumerate((pair.first, pair.second)):
                    rows.append(_view_row(f"wiring pair, {pair.angle_between_deg:.0f}° apart" if number == 0 else "", view))
                    data.append((None, view))
        self.views.show_rows(rows or [("No occlusion, no views", "", "", "", "", "")], data)
        first = next((d[0] for d in data if isinstance(d, tuple) and d[0] is not None), None)
        self.map.show_views(first)

    def _show_labs(self, chosen: str) -> None:
        names = lab_names()
        self.labs.clear()
        self.labs.addItems(names)
        self.labs.setCurrentIndex(names.index(chosen) if chosen in names else -1)

    def _choose_lab(self) -> None:
        plan = self._model.plan
        if plan is not None and plan.lab != self.labs.currentText():
            choose_lab(self._model, self.labs.currentText())

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        chosen = item.data(0, Qt.ItemDataRole.UserRole) if item is not None else None
        if not isinstance(chosen, tuple):
            return
        views, view = chosen
        if isinstance(views, TargetViews):
            self.map.show_views(views)
        if isinstance(view, View):
            self._model.set_angles(view.primary_deg, view.secondary_deg)


def _lab_bar(labs: QComboBox) -> QFrame:
    """The C-arm limits in force, to be changed."""
    bar = QFrame()
    layout = QHBoxLayout(bar)
    layout.setContentsMargins(8, 2, 8, 2)
    layout.addWidget(QLabel("C-arm limits of the laboratory"))
    layout.addWidget(labs)
    layout.addStretch(1)
    bar.setFixedHeight(38)
    return bar


def _view_row(name: str, view: View) -> tuple[str, ...]:
    across, tilt = view.primary_tolerance_deg, view.secondary_tolerance_deg
    tolerance = f"{_side(across, 'RAO', 'LAO')}, {_side(tilt, 'CAU', 'CRA')}"
    reach = "comfortable" if view.comfortable else "reachable" if view.reachable else "out of reach"
    return (
        name,
        view_text(view.primary_deg, view.secondary_deg),
        f"{view.foreshortening_pct:.0f} %",
        f"{view.overlap_pct:.0f} %",
        tolerance,
        reach,
    )


def _side(span: tuple[float, float], negative: str, positive: str) -> str:
    return " to ".join(f"{negative if value < 0 else positive} {abs(value):.0f}" for value in span)
