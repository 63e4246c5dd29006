"""Dragging the line of a vessel: what is dragged, what the line would be, and its control points. No widgets."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from recon.errors import PlannerError
from recon.estimate import FloatArray
from recon.vessels import PointMm, Vessel

if TYPE_CHECKING:
    from ui.model import CaseModel

GRAB_MM = 2.0
"""A control point this near to where a drag begins is what is dragged."""


class LineEditing(QObject):
    """While `active`, views let the reader drag the line of the current vessel.

    `changed`: the mode, or the line shown while dragging. `dropped(to, from)`: a drag ended; `from` is the control point that was
    dragged, None for a new one.
    """

    changed = Signal()
    dropped = Signal(object, object)

    def __init__(self, model: "CaseModel") -> None:
        super().__init__(model)
        self._model = model
        self.active = False
        self.shown: Vessel | None = None
        self.to_mm: PointMm | None = None
        self._from_mm: PointMm | None = None
        self._is_dragging = False
        model.analysis_changed.connect(self._forget)
        model.cursor_changed.connect(self._left_vessel)

    @property
    def is_dragging(self) -> bool:
        """Whether a place of the line follows the pointer."""
        return self._is_dragging

    @property
    def control_points_mm(self) -> tuple[PointMm, ...]:
        """The control points of the current vessel."""
        plan = self._model.plan
        if plan is None:
            return ()
        return tuple(e.point_mm for e in plan.line_edits if (e.kind, e.vessel) == ("point", self._model.vessel_name))

    def toggle(self) -> None:
        """Lines can be dragged, or no longer."""
        self.active = not self.active
        self._forget()

    def begin(self, at_mm: FloatArray) -> None:
        """A drag begins at a place of the line or at a control point."""
        if not self.active or self._model.vessel is None:
            return
        points = self.control_points_mm
        apart = [float(np.linalg.norm(np.subtract(p, at_mm))) for p in points]
        self._from_mm = points[int(np.argmin(apart))] if apart and min(apart) < GRAB_MM else None
        self._is_dragging = True

    def drag_to(self, to_mm: FloatArray) -> None:
        """The line as it would run through a place; what cannot be drawn leaves the last one."""
        from planner.line_edits import dragged

        analysis, plan = self._model.analysis, self._model.plan
        if not self._is_dragging or analysis is None or plan is None:
            return
        to = (float(to_mm[0]), float(to_mm[1]), float(to_mm[2]))
        others = tuple(e for e in plan.line_edits if e.point_mm != self._from_mm)
        try:
            self.shown = dragged(analysis.volume, analysis.tree, self._model.vessel_name, to, others)
        except PlannerError:
            return
        self.to_mm = to
        self.changed.emit()

    def drop(self) -> None:
        """The drag ends; a press without a move changes nothing. The line stays drawn until its results come."""
        self._is_dragging = False
        if self.to_mm is not None:
            self.dropped.emit(self.to_mm, self._from_mm)

    def _left_vessel(self) -> None:
        if self.shown is not None and self.shown.name != self._model.vessel_name:
            self._forget()

    def _forget(self) -> None:
        self.shown, self.to_mm, self._from_mm, self._is_dragging = None, None, None, False
        self.changed.emit()
