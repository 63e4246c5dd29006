"""Threads: order, replacing, cancelling, errors; everything comes home on the GUI thread."""

import threading

import pytest

from recon.errors import IntakeError
from recon.report import Cancelled
from ui.jobs import Jobs


@pytest.fixture
def jobs(qapp):
    jobs = Jobs()
    yield jobs
    jobs.close()


def test_work_runs_off_the_gui_thread_and_its_value_comes_home_on_it(jobs, qtbot):
    worked_in, came_home = [], []
    with qtbot.waitSignal(jobs.idle):
        jobs.compute(
            "a",
            "add",
            lambda report: worked_in.append(threading.get_ident()) or 3,
            lambda v: came_home.append((v, threading.get_ident())),
        )
    assert came_home == [(3, threading.get_ident())]
    assert worked_in[0] != threading.get_ident()


def test_all_computing_shares_one_thread(jobs, qtbot):
    seen = []
    with qtbot.waitSignal(jobs.idle):
        for name in ("a", "b", "c"):
            jobs.compute(name, name, lambda report: seen.append(threading.get_ident()), lambda _: None)
    assert len(set(seen)) == 1


def test_a_newer_request_for_the_same_target_replaces_the_older_one(jobs, qtbot):
    go_on, values = threading.Event(), []

    def slow(report):
        go_on.wait(5)
        return "old"

    with qtbot.waitSignal(jobs.idle):
        jobs.compute("view", "old", slow, values.append)
        jobs.compute("view", "new", lambda report: "new", values.append)
        go_on.set()
    assert values == ["new"]


def test_cancel_stops_the_work_at_its_next_report_and_drops_its_value(jobs, qtbot):
    started, ended, cancelled = threading.Event(), [], []

    def endless(report):
        try:
            while True:
                started.set()
                report(0.5, "working")
        except Cancelled:
            ended.append("raised")
            raise

    with qtbot.waitSignal(jobs.idle):
        jobs.compute("a", "endless", endless, ended.append, cancelled=lambda: cancelled.append(True))
        started.wait(5)
        jobs.cancel()
    assert ended == ["raised"]
    assert cancelled == [True]


def test_progress_is_told_with_the_words_of_the_work(jobs, qtbot):
    hold, told = threading.Event(), []

    def work(report):
        report(0.4, "halfway")
        hold.wait(5)

    jobs.progressed.connect(lambda *values: told.append(values))
    with qtbot.waitSignal(jobs.idle):
        jobs.compute("a", "job", work, lambda _: None)
        qtbot.waitUntil(lambda: ("job", 0.4, "halfway") in told)
        hold.set()


def test_an_error_of_the_input_goes_to_its_own_handler(jobs, qtbot):
    errors = []

    def work(report):
        raise IntakeError("Not CT.", "slice 3", "Choose CT.")

    with qtbot.waitSignal(jobs.idle):
        jobs.compute("a", "read", work, lambda _: None, failed=errors.append)
    assert [e.what for e in errors] == ["Not CT."]


def test_a_defect_is_told_with_its_traceback_and_the_thread_lives_on(jobs, qtbot):
    values = []
    with qtbot.waitSignal(jobs.crashed) as crashed:
        jobs.compute("a", "divide", lambda report: 1 / 0, values.append)
    assert "ZeroDivisionError" in crashed.args[0]
    with qtbot.waitSignal(jobs.idle):
        jobs.compute("a", "again", lambda report: 5, values.append)
    assert values == [5]


def test_storing_does_not_wait_for_computing(jobs, qtbot):
    hold, stored = threading.Event(), []
    jobs.compute("long", "long", lambda report: hold.wait(5), lambda _: None)
    jobs.store("save", "save", lambda report: "saved", stored.append)
    qtbot.waitUntil(lambda: stored == ["saved"])
    hold.set()
    qtbot.waitUntil(lambda: not jobs.running)
