"""Opening, computing again and exporting: what takes time, put on the compute thread and brought home as a transaction."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Qt, Signal, Slot

from planner.case import Analysis
from planner.other_scan import carried
from planner.plan import Plan
from planner.scores.score import ScoreSheet
from planner.series_choice import Choice, Source, with_choices
from planner.session import Session, journal_path, new_plan, recoverable_plan, series_ref
from planner.version import VERSION
from planner.views import ViewPlan
from recon.dicom.series import SeriesEntry
from recon.report import Report, part_of
from recon.vessels import Tree, Vessel
from recon.volume import Volume
from ui.jobs import Jobs
from ui.model import CaseModel
from ui.section_decisions import shown_at_once

CASE, OUTPUT, SERIES = "case", "output", "series"
"""Targets of jobs: a newer request for the same target replaces the older one."""


def images_only(volume: Volume, plan: Plan) -> Analysis:
    """An analysis in which nothing was searched for yet: the images can be looked at while the vessels are followed."""
    tree = Tree((), (), None, None, None)
    return Analysis(
        volume=volume,
        plan=plan,
        tree=tree,
        physics=None,
        sections={},
        occlusions=(),
        scores=ScoreSheet(()),
        views=ViewPlan(plan.lab, (), ()),
        findings=volume.findings,
        timings_s=(),
        version=VERSION,
    )


def same_patient(first: Volume, second: Volume) -> bool:
    """Whether two volumes state the same ID, name and birth date."""
    a, b = first.identity, second.identity
    return (a.patient_id, a.patient_name, a.birth_date) == (b.patient_id, b.patient_name, b.birth_date)


class CaseWork(QObject):
    """Starts work for the open case. `failed(error)` and `told(text)` are for the person, `choose_asked(choice)` asks one.

    `ask_replace(open, new)` decides whether images of another patient may take the place of the open case; it is asked on
    the GUI thread, before the long part begins. A failure or a cancel leaves the open case as it was.
    """

    failed = Signal(object)
    told = Signal(str)
    choose_asked = Signal(object)
    exported = Signal(object)
    _vessel_seen = Signal(object, object)

    def __init__(self, model: CaseModel, jobs: Jobs, ask_replace: Callable[[Volume, Volume], bool]) -> None:
        super().__init__(model)
        self._model, self._jobs, self._ask_replace = model, jobs, ask_replace
        self._source: Source | None = None
        self.journal_folder = (
            Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation)) / "sessions"
        )
        model.plan_changed.connect(self._decided)
        self._vessel_seen.connect(self._show_vessel, Qt.ConnectionType.QueuedConnection)

    def warm_up(self) -> None:
        """Load the libraries of the analysis and compile the kernels of the views before the first picture needs them."""
        self._jobs.compute("warm up", "preparing (the first start compiles the image kernels)", _warmed, lambda _: None)

    def open(self, source: Source) -> None:
        """Look what lies there: a single series is read at once, of several a person chooses (`choose_asked`)."""
        self._look(CASE, source, "", lambda choice: self._seen(choice, source))

    def browse(self, rule: str = "", source: Source | None = None) -> None:
        """Show the series where the open case came from, phases told apart by `rule` ("" = the program's choice)."""
        where = source or self._source
        if where is None:
            self.told.emit("Open a folder of images first.")
            return
        self._look(SERIES, where, rule, self._listed)

    def _look(self, target: str, source: Source, rule: str, done: Callable[[Choice | None], None]) -> None:
        self._jobs.compute(
            target,
            "reading headers",
            lambda report: _looked(source, rule, report),
            done,
            self.failed.emit,
            lambda: self.told.emit("Opening was cancelled; nothing was changed."),
        )

    def _listed(self, choice: Choice | None) -> None:
        if choice is None:
            self.told.emit("There is one volume file and no series to choose from.")
        else:
            self.choose_asked.emit(choice)

    def _seen(self, choice: Choice | None, source: Source) -> None:
        if choice is not None and len(choice.openable) > 1:
            self.choose_asked.emit(choice)
        else:
            self._read(source, choice, None, ())

    def take(self, choice: Choice, entry: SeriesEntry) -> None:
        """Read the entry a person chose; a choice against the program's proposal is logged."""
        self._read(choice.source, choice, entry, choice.overridden_by(entry))

    def _read(
        self, source: Source, choice: Choice | None, entry: SeriesEntry | None, against: tuple[tuple[str, str], ...]
    ) -> None:
        """Read the images, then follow and measure; the open case is swapped only at the end of it."""
        self._jobs.compute(
            CASE,
            "reading images",
            lambda report: _loaded(source, choice, entry, report),
            lambda volume: self._loaded(volume, source, against),
            self.failed.emit,
            lambda: self.told.emit("Opening was cancelled; nothing was changed."),
        )

    def _loaded(self, volume: Volume, source: Source, against: tuple[tuple[str, str], ...]) -> None:
        opened = self._model.analysis
        if opened is not None and not same_patient(opened.volume, volume) and not self._ask_replace(opened.volume, volume):
            self.told.emit("The open case stays.")
            return
        session = self._session_for(volume, against)
        if opened is None:
            self._source = source
            self._model.show_case(images_only(volume, session.plan), session, _first(source))
        self._jobs.compute(
            CASE,
            "analyzing",
            lambda report: _analyzed(volume, session.plan, None, report, lambda v: self._vessel_seen.emit(volume, v)),
            lambda analysis: self._swap(analysis, session, source),
            self.failed.emit,
            lambda: self.told.emit("The analysis was cancelled."),
        )

    @Slot(object, object)
    def _show_vessel(self, volume: Volume, vessel: Vessel) -> None:
        """Show a vessel of the images on screen before the analysis is through; it takes the place of one of its name."""
        shown = self._model.analysis
        if shown is None or shown.volume is not volume or not self._model.is_searching:
            return
        others = tuple(v for v in shown.tree.vessels if v.name != vessel.name)
        self._model.show_again(replace(shown, tree=replace(shown.tree, vessels=(*others, vessel))))

    def _session_for(self, volume: Volume, against: tuple[tuple[str, str], ...]) -> Session:
        """A new session; decisions of one that ended in a crash come back as one step that can be undone.

        `against` are the decisions against the program's proposal made by opening this volume: the journal begins with them.
        """
        series = series_ref(volume)
        journal = journal_path(self.journal_folder, series)
        recovered = recoverable_plan(journal, series)
        plan = with_choices(new_plan(volume), against)
        session = Session(plan, journal)
        if recovered is not None and recovered.stack == plan.stack and recovered != plan:
            session.commit("recovered decisions", recovered)
            self.told.emit("Decisions of the last session, which did not end in order, were recovered.")
        for subject, text in against:
            session.note(f"override of {subject}: {text}")
        return session

    def _swap(self, analysis: Analysis, session: Session, source: Source) -> None:
        if self._model.session is not None and self._model.session is not session:
            self._model.session.close()
        self._source = source
        self._model.show_case(analysis, session, _first(source))

    def _decided(self, old: Plan, new: Plan) -> None:
        """Compute again; changed sections are shown at once, from the analysis before them."""
        analysis = self._model.analysis
        self.compute_again()
        if analysis is not None:
            self._model.show_changed_sections(shown_at_once(analysis, old, new))

    def compute_again(self) -> None:
        """Results for the current plan; steps whose inputs did not change are kept."""
        analysis, plan = self._model.analysis, self._model.plan
        if analysis is None or plan is None:
            return
        self._jobs.compute(
            CASE,
            "updating",
            lambda report: _analyzed(analysis.volume, plan, analysis, report, _untold),
            self._model.show_again,
            self.failed.emit,
            lambda: self.told.emit("The update was cancelled: the numbers shown are of the plan before."),
        )

    def export(self, folder: Path) -> None:
        """Write all result files of the analysis shown."""
        analysis = self._model.analysis
        if analysis is None:
            return
        self._jobs.compute(
            OUTPUT,
            "writing the report",
            lambda report: _written(analysis, folder, report),
            self.exported.emit,
            self.failed.emit,
            lambda: self.told.emit("Writing was cancelled; the folder was not changed."),
        )


def _warmed(report: Report) -> None:
    """Every view once, on a few voxels."""
    import numpy as np

    from recon.centerline import Centerline
    from recon.geometry import Geometry
    from recon.reformat import curved_view, oblique_view, section_view

    geometry = Geometry.axial((8, 8, 8), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    volume = Volume(np.zeros((8, 8, 8), dtype=np.int16), geometry)
    line = Centerline.through(np.array([[4.0, 4.0, 1.0], [4.0, 4.0, 6.0]]))
    report(0.1, "compiling the curved view")
    curved_view(volume, line, 0.0, 0.5, 2.0)
    report(0.5, "compiling flat views")
    section_view(volume, line, 2.0, 2.0, 0.5)
    oblique_view(volume, (4.0, 4.0, 4.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (8, 8), 0.5)
    report(0.9, "loading the analysis")
    import planner.analysis  # noqa: F401

    report(0.95, "loading the 3D view")
    import ui.scene.offscreen
    import ui.scene.tree_actors  # noqa: F401


def _first(source: Source) -> Path:
    return source[0] if isinstance(source, tuple) else source


def _looked(source: Source, rule: str, report: Report) -> Choice | None:
    """The series under a path, the most fit first; None for a volume file, which has no series."""
    from recon.dicom.index import user_index
    from recon.intake import look, most_fit_first

    found = look(source, part_of(report, 0.0, 0.6), user_index(), rule or None)
    if isinstance(found, Path):
        return None
    return Choice(source, most_fit_first(found, part_of(report, 0.6, 1.0)), rule)


def _loaded(source: Source, choice: Choice | None, entry: SeriesEntry | None, report: Report) -> Volume:
    from recon.intake import load_volume, open_entry

    if choice is None:
        return load_volume(source, report)
    return open_entry(entry or choice.found.entries[0], choice.found, report, is_chosen=entry is not None)


def _analyzed(
    volume: Volume, plan: Plan, previous: Analysis | None, report: Report, on_vessel: Callable[[Vessel], None]
) -> Analysis:
    from planner.analysis import analyze

    return carried(analyze(volume, plan, report, previous, on_vessel), previous)


def _untold(_vessel: Vessel) -> None:
    """Vessels of a case that is already on screen are not shown one by one."""


def _written(analysis: Analysis, folder: Path, report: Report) -> tuple[Path, ...]:
    from planner.report import write_outputs

    return write_outputs(analysis, folder, report)
