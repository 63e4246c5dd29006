"""What the window shows and where the reader is in it: one case, one cursor. No widgets."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from planner.case import Analysis
from planner.occlusion import Occlusion
from planner.plan import Plan
from planner.session import Session
from recon.estimate import FloatArray
from recon.scan_pair import ScanPair
from recon.sections import SECTION_STEP_MM, VesselSections
from recon.subtracted_sections import SubtractedSections
from recon.vessels import PointMm, Vessel
from ui.line_editing import LineEditing
from ui.shown_scan import CONTRAST, LABELS, NO_MATCH, SCANS, WINDOWS
from ui.windowing import PRESETS, Window, lookup

TURN_DEG = 5.0
"""One step of turning the curved view about the vessel."""


class CaseModel(QObject):
    """The open case and the cursor: position `s_mm` on the vessel `vessel_name`.

    `analysis_changed`: other results (a new case, or the same case computed again). `plan_changed(old, new)`: a decision was
    made, its results are still to come. `cursor_changed`: another position or vessel. `display_changed`: brightness, overlays,
    the turn of the curved view or the scan shown. `angles_changed`: the C-arm angles shown in 3D.
    """

    analysis_changed = Signal()
    plan_changed = Signal(object, object)
    cursor_changed = Signal()
    display_changed = Signal()
    angles_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.analysis: Analysis | None = None
        self.session: Session | None = None
        self.source: Path | None = None
        self.vessel_name = ""
        self.s_mm = 0.0
        self.rotation_deg = 0.0
        self.overlays = True
        self.primary_deg = 0.0
        self.secondary_deg = 0.0
        self.window: Window = PRESETS[0]
        self.table = lookup(self.window)
        self.pair: ScanPair | None = None
        self.scan = CONTRAST
        self.line = LineEditing(self)

    def show_case(self, analysis: Analysis, session: Session, source: Path | None) -> None:
        """Swap in another case; the cursor goes to the proximal cap of the target, else to the first vessel's start."""
        self.analysis, self.session, self.source = analysis, session, source
        target = analysis.target
        names = self.vessel_names
        self.vessel_name = target.vessel if target else (names[0] if names else "")
        self.s_mm = self._clamped(target.proximal_cap.s_mm.best if target else 0.0)
        self.rotation_deg = 0.0
        self.pair, self.scan = None, CONTRAST
        self._take_best_view()
        self.analysis_changed.emit()

    def show_again(self, analysis: Analysis) -> None:
        """The same case with newer results; the cursor stays where it is as far as it can.

        Results of other images than the open ones are dropped: they can only be late.
        """
        if self.analysis is not None and analysis.volume.identity != self.analysis.volume.identity:
            return
        before = self.vessel
        self.analysis = analysis
        if self.vessel is None:
            same = [v.name for v in analysis.tree.vessels if before is not None and v.centerline is before.centerline]
            self.vessel_name = next(iter((*same, *self.vessel_names)), "")
        self.s_mm = self._clamped(self.s_mm)
        self.analysis_changed.emit()

    def show_compared(self, analysis: Analysis, pair: ScanPair) -> None:
        """The same case with what a non-contrast scan says of it, and the images to look at it."""
        self.pair = pair
        self.show_again(analysis)

    def next_scan(self) -> None:
        """The curved view and the section show the next scan: with contrast, without, the difference."""
        if self.compared is not None or self.scan != CONTRAST:
            self.scan = SCANS[(SCANS.index(self.scan) + 1) % len(SCANS)]
            self.display_changed.emit()

    @property
    def compared(self) -> SubtractedSections | None:
        """What the non-contrast scan says of the vessel under the cursor; None when it was not compared."""
        made = self.analysis.subtraction if self.analysis is not None else None
        return None if made is None or self.pair is None else made.vessels.get(self.vessel_name)

    @property
    def scan_label(self) -> str:
        """What is shown instead of the contrast scan, in words; empty for the contrast scan itself."""
        own, index = self.compared, self.section_index
        if self.scan == CONTRAST or own is None:
            return ""
        unmatched = index is not None and not own.is_matched[index]
        return LABELS[self.scan] + (f"; {NO_MATCH}" if unmatched else "")

    @property
    def shown_window(self) -> Window:
        """The brightness of the curved view and the section."""
        return WINDOWS[self.scan] if self.scan_label else self.window

    @property
    def shown_table(self) -> npt.NDArray[np.uint8]:
        """The grey values of `shown_window`."""
        return lookup(self.shown_window) if self.scan_label else self.table

    def show_changed_sections(self, analysis: Analysis) -> None:
        """The sections a decision changed, before all that follows from them is computed again."""
        if analysis is not self.analysis:
            self.show_again(analysis)

    def commit(self, label: str, plan: Plan) -> None:
        """Make a decision current as one undo step."""
        self._change(lambda session: session.commit(label, plan))

    def undo(self) -> None:
        """Take back the last decision."""
        self._change(lambda session: session.undo())

    def redo(self) -> None:
        """Make the decision again that was taken back."""
        self._change(lambda session: session.redo())

    def _change(self, step: Callable[[Session], Plan]) -> None:
        if self.session is None:
            return
        before = self.session.plan
        step(self.session)
        if self.session.plan != before:
            self.plan_changed.emit(before, self.session.plan)

    @property
    def plan(self) -> Plan | None:
        """The current plan; it may be newer than the analysis."""
        return self.session.plan if self.session else None

    @property
    def is_behind(self) -> bool:
        """Whether a decision was made whose results are not shown yet."""
        return self.analysis is not None and self.plan != self.analysis.plan

    @property
    def is_searching(self) -> bool:
        """Whether only the images are there: nothing has been looked for yet."""
        return self.analysis is not None and not self.analysis.timings_s

    @property
    def vessel_names(self) -> tuple[str, ...]:
        """The vessels of the tree, main vessels first as the tree lists them."""
        return tuple(v.name for v in self.analysis.tree.vessels) if self.analysis else ()

    @property
    def vessel(self) -> Vessel | None:
        """The vessel under the cursor."""
        return self.analysis.tree.vessel(self.vessel_name) if self.analysis else None

    @property
    def sections(self) -> VesselSections | None:
        """The measured sections of the vessel under the cursor."""
        return self.analysis.sections.get(self.vessel_name) if self.analysis else None

    @property
    def occlusion(self) -> Occlusion | None:
        """The occlusion on the vessel under the cursor: the target, else the first."""
        if self.analysis is None:
            return None
        target = self.analysis.target
        if target is not None and target.vessel == self.vessel_name:
            return target
        return next((o for o in self.analysis.occlusions if o.vessel == self.vessel_name), None)

    @property
    def not_excluded_mm(self) -> tuple[tuple[float, float], ...]:
        """Arc ranges of the vessel under the cursor where calcium hides the lumen so that an occlusion is not excluded."""
        return self.analysis.not_excluded_mm.get(self.vessel_name, ()) if self.analysis is not None else ()

    @property
    def section_index(self) -> int | None:
        """The measured section nearest to the cursor."""
        return self.section_at(self.s_mm)

    def section_at(self, s_mm: float) -> int | None:
        """The measured section of the current vessel nearest to an arc position; None when there is none."""
        sections = self.sections
        if sections is None or not len(sections.s_mm):
            return None
        return int(np.argmin(np.abs(sections.s_mm - s_mm)))

    def densest_s_mm(self) -> float | None:
        """Where on this vessel calcium fills most of a section; None when nothing was measured."""
        sections = self.sections
        if sections is None or not np.isfinite(sections.calcium_csa_pct.best).any():
            return None
        return float(sections.s_mm[int(np.nanargmax(sections.calcium_csa_pct.best))])

    def frame(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray] | None:
        """Point, tangent, 12 o'clock and 3 o'clock at the cursor, each (3,) in LPS."""
        return self.vessel.centerline.at(self.s_mm) if self.vessel else None

    def point_at(self, s_mm: float) -> PointMm | None:
        """The LPS position of an arc position on the vessel under the cursor."""
        if self.vessel is None:
            return None
        x, y, z = self.vessel.centerline.at(s_mm)[0]
        return float(x), float(y), float(z)

    def select_vessel(self, name: str) -> None:
        """Go to a vessel: to its occlusion if it has one, else to its start."""
        if name == self.vessel_name or name not in self.vessel_names:
            return
        self.vessel_name = name
        occlusion = self.occlusion
        self.s_mm = self._clamped(occlusion.proximal_cap.s_mm.best if occlusion else 0.0)
        self.cursor_changed.emit()

    def select_neighbour(self, step: int) -> None:
        """The vessel `step` places further in the list, round the end."""
        names = self.vessel_names
        if names:
            self.select_vessel(names[(names.index(self.vessel_name) + step) % len(names)])

    def go_to(self, s_mm: float) -> None:
        """Set the cursor on the current vessel."""
        wanted = self._clamped(s_mm)
        if wanted != self.s_mm:
            self.s_mm = wanted
            self.cursor_changed.emit()

    def go_to_point(self, point_mm: FloatArray) -> None:
        """Set the cursor to the place of the current vessel nearest to an LPS position."""
        if self.vessel is not None:
            s_mm, _, _ = self.vessel.centerline.locate(point_mm)
            self.go_to(float(s_mm))

    def step(self, sections: float) -> None:
        """Move the cursor by a number of sections, distal positive."""
        self.go_to(self.s_mm + sections * SECTION_STEP_MM)

    def turn(self, steps: float) -> None:
        """Turn the curved view about the vessel."""
        self.rotation_deg = (self.rotation_deg + steps * TURN_DEG) % 360.0
        self.display_changed.emit()

    def set_window(self, window: Window) -> None:
        """Another brightness for all images."""
        self.window = window
        self.table = lookup(window)
        self.display_changed.emit()

    def next_window(self) -> None:
        """The next preset of the table."""
        names = [preset.name for preset in PRESETS]
        place = names.index(self.window.name) + 1 if self.window.name in names else 0
        self.set_window(PRESETS[place % len(PRESETS)])

    def toggle_overlays(self) -> None:
        """Contours and marks on or off; the images stay."""
        self.overlays = not self.overlays
        self.display_changed.emit()

    def set_angles(self, primary_deg: float, secondary_deg: float) -> None:
        """Look from a C-arm position; LAO and cranial are positive."""
        self.primary_deg = (primary_deg + 180.0) % 360.0 - 180.0
        self.secondary_deg = min(90.0, max(-90.0, secondary_deg))
        self.angles_changed.emit()

    def _take_best_view(self) -> None:
        target = self.analysis.target if self.analysis else None
        bodies = [t for t in self.analysis.views.targets if target and t.occlusion == target.id] if self.analysis else []
        best = next((t.views[0] for t in bodies if t.target == "body" and t.views), None)
        self.primary_deg, self.secondary_deg = (best.primary_deg, best.secondary_deg) if best else (0.0, 0.0)

    def _clamped(self, s_mm: float) -> float:
        length = self.vessel.centerline.length_mm if self.vessel else 0.0
        return min(max(s_mm, 0.0), length)
