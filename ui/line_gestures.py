"""Connects dragging, menus and keys with the changes of a line they stand for."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QInputDialog, QWidget

from recon.vessels import PointMm
from ui import line_decisions
from ui.canvases.line_menu import LineMenu
from ui.model import CaseModel

MODE_TOLD = "Drag the line in the curved view, the section or a plane; E ends it."


class LineGestures(QObject):
    """`decide(decision, *values)` makes a decision and tells what cannot be decided; `tell(text)` is for the status line."""

    def __init__(
        self,
        model: CaseModel,
        menus: Iterable[LineMenu],
        decide: Callable[..., None],
        tell: Callable[[str], None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._model, self._decide, self._tell, self._parent = model, decide, tell, parent
        model.line.dropped.connect(lambda to, start: decide(line_decisions.lead_through, to, start))
        for menu in menus:
            menu.asked.connect(self.say)

    def say(self, what: str, point_mm: PointMm | None = None) -> None:
        """One row of the menu or one key; `point_mm` is where the menu was opened."""
        simple = {
            "insert": line_decisions.insert_here,
            "delete": line_decisions.delete_here,
            "cut": line_decisions.cut_here,
            "smooth": line_decisions.smooth_here,
            "remove": line_decisions.remove,
        }
        if what in simple:
            self._decide(simple[what])
        elif what == "edit":
            self._model.line.toggle()
            self._tell(MODE_TOLD if self._model.line.active else "")
        elif what in ("through", "extend") and point_mm is not None:
            self._decide(line_decisions.lead_through if what == "through" else line_decisions.extend_to, point_mm)
        elif what == "join":
            other = self.ask_other()
            if other:
                self._decide(line_decisions.join_with, other)
        elif what == "rename":
            name = self.ask_name()
            if name is not None:
                self._decide(line_decisions.rename, name)

    def ask_other(self) -> str | None:
        """Which vessel is the distal part; None when the person changed their mind."""
        others = [n for n in self._model.vessel_names if n != self._model.vessel_name]
        if not others:
            self._tell("There is no other vessel to join.")
            return None
        name, agreed = QInputDialog.getItem(
            self._parent, "Join", f"{self._model.vessel_name} goes on as:", others, 0, editable=False
        )
        return name if agreed else None

    def ask_name(self) -> str | None:
        """The new name; None when the person changed their mind."""
        name, agreed = QInputDialog.getText(
            self._parent, "Name of the vessel", f"{self._model.vessel_name} is:", text=self._model.vessel_name
        )
        return name if agreed else None
