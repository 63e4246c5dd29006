"""A window on a made-up case; reading and analyzing are replaced, so that a test decides what they return and when."""

import gc
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtWidgets import QApplication

from planner.case import Analysis
from planner.plan import Plan
from planner.session import Session
from recon.report import Report
from recon.vessels import Vessel
from recon.volume import Volume
from tests.ui.made_case import made_analysis, made_volume
from ui import case_work, theme
from ui.model import CaseModel
from ui.window import MainWindow


@dataclass
class Engine:
    """What reading and analyzing do in a test; every call is counted."""

    volume: Volume
    load: Callable[[Path, Report], Volume] | None = None
    analyze: Callable[[Volume, Plan, Report], Analysis] | None = None
    seen_early: tuple[Vessel, ...] = ()
    loaded: list[Path] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)

    def read(self, source: Path, report: Report) -> Volume:
        self.loaded.append(source)
        return self.load(source, report) if self.load else self.volume

    def compute(
        self,
        volume: Volume,
        plan: Plan,
        previous: Analysis | None,
        report: Report,
        on_vessel: Callable[[Vessel], None],
    ) -> Analysis:
        self.plans.append(plan)
        for vessel in self.seen_early:
            on_vessel(vessel)
        return self.analyze(volume, plan, report) if self.analyze else made_analysis(volume, plan)


@pytest.fixture(autouse=True, scope="module")
def older_objects_set_aside() -> None:
    """What earlier tests left would be gone through after every test: seconds each, once the kernels are compiled."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def collected_on_the_gui_thread() -> Iterator[None]:
    """As in the program: a Qt object in a cycle must not be destroyed by a worker thread."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture(scope="session")
def volume() -> Volume:
    return made_volume()


@pytest.fixture(scope="session")
def analysis(volume: Volume) -> Analysis:
    return made_analysis(volume)


@pytest.fixture
def model(qapp: QApplication, analysis: Analysis) -> CaseModel:
    model = CaseModel()
    model.show_case(analysis, Session(analysis.plan), None)
    return model


@pytest.fixture
def engine(volume: Volume, monkeypatch: pytest.MonkeyPatch) -> Engine:
    engine = Engine(volume)
    monkeypatch.setattr(case_work, "_looked", lambda source, rule, report: None)
    monkeypatch.setattr(case_work, "_loaded", lambda source, choice, entry, report: engine.read(source, report))
    monkeypatch.setattr(case_work, "_analyzed", engine.compute)
    return engine


@pytest.fixture(scope="session")
def themed(qapp: QApplication) -> None:
    theme.apply(qapp)


@pytest.fixture
def window(qtbot, themed: None, engine: Engine, tmp_path: Path) -> Iterator[MainWindow]:
    window = MainWindow()
    window.work.journal_folder = tmp_path / "sessions"
    window.resize(1200, 760)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close()


@pytest.fixture
def opened(qtbot, window: MainWindow) -> MainWindow:
    window.open(Path("made-up"))
    qtbot.waitUntil(lambda: window.model.occlusion is not None, timeout=5000)
    return window
