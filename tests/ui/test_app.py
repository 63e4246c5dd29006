"""Start and end of the program."""

import gc
import sys
import threading
import time
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from ui import app, case_work
from ui.window import MainWindow


def shown_window():
    shown = [w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow) and w.isVisible()]
    return shown[0] if shown else None


def test_the_program_starts_opens_what_it_was_given_and_ends_with_success(qapp, engine, monkeypatch):
    warmed, seen = [], []
    monkeypatch.setattr(case_work, "_warmed", lambda report: warmed.append(True))

    def look():
        window = shown_window()
        if window is None or window.model.occlusion is None:
            QTimer.singleShot(50, look)
            return
        seen.append((window.identity.name.text(), gc.isenabled()))
        window.close()
        QTimer.singleShot(0, qapp.quit)

    QTimer.singleShot(50, look)
    assert app.run(Path("made-up"), demo=False) == 0
    assert seen == [("TEST MADE UP", False)]
    assert warmed == [True]
    assert sys.excepthook is sys.__excepthook__


def test_closing_the_window_stops_the_work_first(qtbot, opened, engine):
    started, stopped = threading.Event(), []

    def endless(volume, plan, report):
        try:
            while True:
                report(0.1, "working")
                started.set()
                time.sleep(0.005)
        finally:
            stopped.append(True)

    engine.analyze = endless
    opened.run("edit.confirm_cto")
    qtbot.waitUntil(started.is_set)
    opened.close()
    assert stopped == [True]
    assert not opened.isVisible()


def test_a_session_that_ends_in_order_leaves_nothing_to_recover(qtbot, opened):
    opened.run("edit.confirm_cto")
    qtbot.waitUntil(lambda: not opened.jobs.running)
    journal = opened.model.session.journal
    opened.close()
    assert '"closed"' in journal.read_text(encoding="utf-8").splitlines()[-1]
