"""Connects what a reader does in the section and on the calcium page with the decisions it stands for."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QInputDialog

from ui import section_decisions
from ui.canvases.editable_section import EditableSection
from ui.model import CaseModel
from ui.panels.calcium_page import CalciumPage

THRESHOLD_HU = (130.0, 3000.0)
USUAL_HU = 600.0


class SectionGestures(QObject):
    """`decide(decision, *values)` makes a decision and tells what cannot be decided; `tell(text)` is for the status line."""

    def __init__(
        self,
        model: CaseModel,
        section: EditableSection,
        page: CalciumPage,
        decide: Callable[..., None],
        tell: Callable[[str], None],
    ) -> None:
        super().__init__(section)
        self._model, self._section, self._decide, self._tell = model, section, decide, tell
        self._stent_from: tuple[str, float] | None = None
        section.said.connect(self.say)
        section.contour_moved.connect(lambda *values: decide(section_decisions.move_contour, *values))
        page.taken_back.connect(lambda number: decide(section_decisions.take_back, number))

    def say(self, what: str, theta_rad: float, r_mm: float) -> None:
        """One row of the menu, said of a place of the section."""
        if what in ("exclude", "include"):
            self._decide(section_decisions.say_calcium, what, theta_rad, r_mm)
        elif what in ("include-above", "threshold"):
            threshold_hu = self.ask_threshold()
            if threshold_hu is not None:
                self._decide(section_decisions.say_calcium, what, theta_rad, r_mm, threshold_hu)
        elif what in ("wall", "lumen"):
            self._decide(section_decisions.move_contour, what, theta_rad, r_mm)
        elif what == "take-back":
            self._decide(section_decisions.take_back)
        else:
            self._say_stent(what)

    def say_here(self, what: str) -> None:
        """The same for the place under the pointer, by a key."""
        place = self._section.pointed
        if what == "take-back":
            self._decide(section_decisions.take_back)
        elif place is None:
            self._tell("Point at a place of the section view first.")
        else:
            self.say(what, *place)

    def ask_threshold(self) -> float | None:
        """A threshold in HU; None when the person changed their mind."""
        value, agreed = QInputDialog.getDouble(
            self._section, "Calcium threshold", "Calcium is what is brighter than (HU):", USUAL_HU, *THRESHOLD_HU, 0
        )
        return value if agreed else None

    def _say_stent(self, what: str) -> None:
        here = (self._model.vessel_name, self._model.s_mm)
        if what == "stent-start":
            self._stent_from = here
            self._tell(f"The stent begins at {here[1]:.1f} mm; go to its end and choose 'Stent ends'.")
        elif self._stent_from is None or self._stent_from[0] != here[0]:
            self._tell("Say first where the stent begins, on the same vessel.")
        else:
            start, self._stent_from = self._stent_from[1], None
            self._decide(section_decisions.mark_stent, start, here[1])
