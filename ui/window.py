"""The main window: identity on top, steps and vessels left, the chosen page in the middle, the inspector right."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMainWindow, QMessageBox, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from planner.series_choice import Choice, Source
from recon.errors import PlannerError
from recon.volume import Volume
from resources import resource_path
from ui import decisions
from ui.canvases.editable_section import EditableSection
from ui.canvases.line_menu import LineMenu
from ui.canvases.view_frame import Enlarger, ViewFrame
from ui.case_work import CaseWork
from ui.commands import command_table
from ui.jobs import Jobs
from ui.keymap import read_keymap
from ui.line_gestures import LineGestures
from ui.model import CaseModel
from ui.other_scan_work import compare
from ui.panels.answers_panel import AnswersPanel
from ui.panels.calcium_page import CalciumPage
from ui.panels.facts_form import FactsForm
from ui.panels.help_dialogs import KeysDialog, SearchDialog
from ui.panels.identity_bar import IdentityBar
from ui.panels.middle import MainHanging, Middle
from ui.panels.occlusion_page import OcclusionPage
from ui.panels.options_page import OptionsPage
from ui.panels.page import titled
from ui.panels.rail import Rail
from ui.panels.reading_panel import ReadingPanel
from ui.panels.report_page import ReportPage
from ui.panels.scores_page import ScoresPage
from ui.panels.series_dialog import SeriesDialog
from ui.panels.series_page import SeriesPage
from ui.panels.start_page import StartPage
from ui.panels.status_strip import StatusStrip
from ui.panels.views_page import ViewsPage
from ui.scene.scene_canvas import SceneCanvas
from ui.section_gestures import SectionGestures
from ui.text import identity_texts, name_text

TITLE = "CTO Planner"
INSPECTOR_PX = 500
LOW_PX = 900
"""Window height under which the answers are set smaller."""


class MainWindow(QMainWindow):
    """Puts the parts together; all state is in `model`, all threads in `jobs`, all long work in `work`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(TITLE)
        self.setAcceptDrops(True)
        self.setMinimumSize(1024, 640)
        self._defect: QMessageBox | None = None
        self.model = CaseModel(self)
        self.jobs = Jobs(self)
        self.work = CaseWork(self.model, self.jobs, self.ask_replace)
        self.identity = IdentityBar(self.model)
        self.rail = Rail(self.model)
        self.status = StatusStrip(self.model, self.jobs)
        self._build_pages()
        self._build_inspector()
        self._lay_out()
        self.enlarger = Enlarger(self)
        self.series_dialog = SeriesDialog(self.jobs, self)
        self.commands = read_keymap()
        self._actions = command_table(self)
        self._bind_keys()
        self._add_buttons()
        self._connect()

    def _build_pages(self) -> None:
        self.hanging = MainHanging(self.model)
        self.occlusion_page = OcclusionPage(self.model)
        self.scores_page = ScoresPage(self.model)
        self.calcium_page = CalciumPage(self.model)
        self.facts = FactsForm(self.model)
        self.report_page = ReportPage(self.model)
        self.series_page = SeriesPage(self.model)
        self.pages: dict[str, QWidget] = {
            "vessels": self.hanging,
            "series": self.series_page,
            "occlusion": self.occlusion_page,
            "calcium": self.calcium_page,
            "facts": titled("CLINICAL FACTS   what CT cannot tell; empty = unknown", self.facts),
            "scores": self.scores_page,
            "options": OptionsPage(self.model),
            "views": ViewsPage(self.model),
            "report": self.report_page,
        }
        self.middle = Middle(self.model, self.pages, self.hanging)

    def _build_inspector(self) -> None:
        self.section = EditableSection(self.model)
        self.reading = ReadingPanel(self.model)
        self.scene = SceneCanvas(self.model)
        self.answers = AnswersPanel(self.model)
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.section, 1)
        row.addWidget(self.reading)
        self.section_frame = ViewFrame("SECTION, looking distally", both)
        self.section.enlarge_asked.connect(self.section_frame.enlarge_asked)
        self.scene_frame = ViewFrame("3D", self.scene)
        pictures = QSplitter(Qt.Orientation.Vertical)
        pictures.setHandleWidth(4)
        pictures.setChildrenCollapsible(False)
        for frame in (self.section_frame, self.scene_frame):
            pictures.addWidget(frame)
        pictures.setSizes([330, 380])
        self.inspector = QWidget()
        column = QVBoxLayout(self.inspector)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(pictures, 1)
        column.addWidget(self.answers)

    def _lay_out(self) -> None:
        columns = QSplitter(Qt.Orientation.Horizontal)
        columns.addWidget(self.middle)
        columns.addWidget(self.inspector)
        columns.setSizes([1260, INSPECTOR_PX])
        columns.setStretchFactor(0, 1)
        columns.setStretchFactor(1, 0)
        columns.setHandleWidth(4)
        columns.setChildrenCollapsible(False)
        root = QWidget()
        root.setObjectName("page")
        rows = QVBoxLayout(root)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        body = QHBoxLayout()
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(4)
        body.addWidget(self.rail)
        self.start = StartPage()
        self.hall = QStackedWidget()
        self.hall.addWidget(self.start)
        self.hall.addWidget(columns)
        body.addWidget(self.hall, 1)
        rows.addWidget(self.identity)
        rows.addLayout(body, 1)
        rows.addWidget(self.status)
        self.setCentralWidget(root)

    def _bind_keys(self) -> None:
        for command in self.commands:
            for key in command.keys:
                QShortcut(QKeySequence(key), self, self._runner(command.id))

    def _runner(self, command: str) -> Callable[[], None]:
        return lambda: self.run(command)

    def _add_buttons(self) -> None:
        keys = {command.id: command.keys[0] for command in self.commands if command.keys}
        for icon_name, text, words, command in (
            ("search", "", "Search all commands", "help.search"),
            ("help", "", "All keys", "help.keys"),
            ("export", "Report", "Write the report and all files", "case.export"),
            ("open", "Open", "Open a folder of images", "case.open"),
        ):
            button = self.identity.add_button(icon_name, text, f"{words} ({keys[command]})")
            button.clicked.connect(self._runner(command))

    def _connect(self) -> None:
        for frame in (
            self.middle.curved_frame,
            *self.hanging.frames,
            self.section_frame,
            self.scene_frame,
            self.calcium_page.frame,
        ):
            frame.enlarge_asked.connect(self._enlarge_sender(frame))
        self.rail.step_chosen.connect(self.show_step)
        self.start.open_asked.connect(self.ask_open)
        self.start.demo_asked.connect(self.open_demo)
        self.scene.picked.connect(self._picked)
        self.middle.curved.scaled.connect(lambda: self.calcium_page.unrolled.follow(self.middle.curved.scale))
        self.gestures = SectionGestures(self.model, self.section, self.calcium_page, self.decide, self.status.tell)
        menus = [LineMenu(self.model, view, view.lps_at) for view in self.hanging.planes]
        menus.append(LineMenu(self.model, self.middle.curved, self.middle.curved.lps_at))
        self.line_gestures = LineGestures(self.model, menus, self.decide, self.status.tell, self)
        self.middle.curved.cap_moved.connect(self._decide(decisions.place_cap))
        self.answers.cto_said.connect(self._decide(decisions.say_cto))
        self.facts.fact_said.connect(self._decide(decisions.state_fact))
        self.facts.refused.connect(self.status.tell)
        for row in self.occlusion_page.caps.values():
            row.shape_said.connect(self._decide(decisions.state_shape))
            row.placed_here.connect(lambda which: self.decide(decisions.place_cap, which, self.model.s_mm))
        self.report_page.export_asked.connect(self.ask_export)
        self._connect_series()
        self.jobs.failed.connect(self.show_error)
        self.jobs.crashed.connect(self.show_defect)
        self.work.failed.connect(self.show_error)
        self.work.told.connect(self.status.tell)
        self.work.exported.connect(self._exported)
        for change in (self.model.analysis_changed, self.model.cursor_changed):
            change.connect(self._show_titles)
        self.model.analysis_changed.connect(self._show_who)

    def _connect_series(self) -> None:
        page, quality = self.series_page, self.series_page.quality
        page.browse_asked.connect(lambda: self.work.browse())
        page.override_said.connect(self._decide(decisions.say_override))
        page.override_withdrawn.connect(self._decide(decisions.withdraw_override))
        quality.implant_seen.connect(self._decide(decisions.say_implant))
        quality.implant_gone.connect(self._decide(decisions.take_implant_back))
        self.work.choose_asked.connect(self.ask_series)
        self.series_dialog.chosen.connect(self.work.take)
        self.series_dialog.split_asked.connect(lambda choice, rule: self.work.browse(rule, choice.source))

    def _enlarge_sender(self, frame: ViewFrame) -> Callable[[], None]:
        return lambda: self.enlarger.toggle(frame)

    def _decide(self, decision: Callable[..., None]) -> Callable[..., None]:
        return lambda *values: self.decide(decision, *values)

    def decide(self, decision: Callable[..., None], *values: object) -> None:
        """Make a decision; what cannot be decided is told, and nothing changes."""
        try:
            decision(self.model, *values)
        except PlannerError as error:
            self.show_error(error)

    def run(self, command: str) -> None:
        """Run a command of the key map."""
        try:
            self._actions[command]()
        except PlannerError as error:
            self.show_error(error)

    def open(self, source: Source) -> None:
        """Open a folder, file or archive, or several dropped together."""
        self.status.tell("")
        self.work.open(source)

    def open_demo(self) -> None:
        """Open the shipped series."""
        self.open(resource_path("demo"))

    def ask_open(self) -> None:
        """Choose a folder and open it."""
        folder = QFileDialog.getExistingDirectory(self, "Open a folder of images", str(self.model.source or Path.home()))
        if folder:
            self.open(Path(folder))

    def ask_series(self, choice: Choice) -> None:
        """Let the reader choose among several series and phases."""
        self.series_dialog.show_choice(choice, self.model.analysis)

    def ask_export(self) -> None:
        """Choose a folder and write all files there."""
        if self.model.analysis is None:
            self.status.tell("Open a case first.")
            return
        if self.model.is_behind:
            self.status.tell("The numbers are being updated; write the report when that is done.")
            return
        folder = QFileDialog.getExistingDirectory(self, "Write the report and all files into", str(Path.home()))
        if folder:
            self.work.export(Path(folder))

    def ask_noncontrast(self) -> None:
        """Choose a non-contrast scan of the same patient and hold it against the open case."""
        words = "Open a folder with the non-contrast scan of this patient"
        folder = QFileDialog.getExistingDirectory(self, words, str(self.model.source or Path.home()))
        if folder:
            compare(self.model, self.jobs, self.work, Path(folder))

    def show_next_scan(self) -> None:
        """Contrast scan, non-contrast scan and difference in turn; says so when there is nothing to switch to."""
        if self.model.compared is None:
            self.status.tell("No non-contrast scan is compared with this vessel; load one first.")
        self.model.next_scan()
        self._show_titles()

    def ask_restore(self) -> None:
        """Choose a report or plan made for the open images; it takes the place of the current plan."""
        if self.model.analysis is None:
            self.status.tell("Open the images first.")
            return
        words = "Take up the plan of a report"
        file, _ = QFileDialog.getOpenFileName(self, words, str(Path.home()), "Report or plan (*.pdf *.json)")
        if file:
            self.decide(decisions.restore_plan, Path(file))

    def ask_replace(self, opened: Volume, new: Volume) -> bool:
        """Whether another patient may take the place of the open one; both are named."""
        text = f"Open now: {_who(opened)}\n\nTo be opened: {_who(new)}\n\nThis is another patient. Close the open case?"
        answer = QMessageBox.question(self, "Another patient", text)
        return answer == QMessageBox.StandardButton.Yes

    def show_step(self, step: str) -> None:
        """Show the page of a step."""
        self.enlarger.back()
        self.rail.steps[step].setChecked(True)
        self.middle.stack.setCurrentWidget(self.pages[step])

    def back(self) -> None:
        """From an enlarged view to all views, else to the main hanging."""
        if self.enlarger.is_active:
            self.enlarger.back()
        else:
            self.show_step("vessels")

    def show_keys(self) -> None:
        """All keys."""
        KeysDialog(self.commands, self).exec()

    def show_search(self) -> None:
        """Search the commands."""
        SearchDialog(self.commands, self.run, self).exec()

    def show_error(self, error: PlannerError) -> None:
        """What is wrong, where, what to do; the open case is as before."""
        self.status.tell(error.what)
        box = QMessageBox(QMessageBox.Icon.Warning, TITLE, error.what, QMessageBox.StandardButton.Ok, self)
        box.setInformativeText(f"{error.where}\n\n{error.advice}")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def show_defect(self, traceback_text: str) -> None:
        """A defect of the program: said so once, with the text a developer needs."""
        if self._defect is not None:
            return
        box = self._defect = QMessageBox(
            QMessageBox.Icon.Critical, TITLE, "The program made an error.", QMessageBox.StandardButton.Ok, self
        )
        box.setInformativeText("The open case and all decisions are unchanged. Please send the details with your report.")
        box.setDetailedText(traceback_text)
        box.finished.connect(self._forget_defect)
        box.open()

    def _forget_defect(self) -> None:
        if self._defect is not None:
            self._defect.deleteLater()
            self._defect = None

    def _picked(self, vessel: str, s_mm: float) -> None:
        self.model.select_vessel(vessel)
        self.model.go_to(s_mm)

    def _exported(self, paths: tuple[Path, ...]) -> None:
        self.report_page.show_files(paths)
        self.status.tell(f"{len(paths)} files written")

    def _show_titles(self) -> None:
        scan = f"  {self.model.scan_label}" if self.model.scan_label else ""
        self.section_frame.set_title(f"SECTION, looking distally{scan}")
        self.section_frame.reading.setText(f"s = {self.model.s_mm:.1f} mm" if self.model.vessel else "")

    def _show_who(self) -> None:
        analysis = self.model.analysis
        if analysis is not None and self.hall.currentIndex() == 0:
            self.hall.setCurrentIndex(1)
            self.middle.curved.setFocus()
        self.setWindowTitle(f"{name_text(analysis.volume)} - {TITLE}" if analysis else TITLE)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A folder or file may be dropped."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            self.open(paths[0] if len(paths) == 1 else tuple(paths))

    def leave(self) -> None:
        """End the program."""
        self.close()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A low window has smaller answers, so that the images keep their room."""
        super().resizeEvent(event)
        self.answers.set_compact(event.size().height() < LOW_PX)

    def closeEvent(self, event: QCloseEvent) -> None:
        """End in order: threads, journal, graphics memory."""
        self.hide()
        self.jobs.close()
        if self.model.session is not None:
            self.model.session.close()
        self.scene.close_scene()
        super().closeEvent(event)


def _who(volume: Volume) -> str:
    return ", ".join((name_text(volume), *identity_texts(volume)[:3]))
