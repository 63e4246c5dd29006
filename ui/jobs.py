"""The only threads of the program: one for computing, one for storing. Values come home on the GUI thread."""

import logging
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from recon.errors import PlannerError
from recon.report import Cancelled, Report

POLL_MS = 100
"""How often the progress of the running work is read."""

Work = Callable[[Report], Any]
_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Ticket:
    """One piece of work under way; the worker writes `progress`, the GUI thread reads it."""

    target: str
    label: str
    done: Callable[[Any], None]
    failed: Callable[[PlannerError], None] | None
    cancelled: Callable[[], None] | None
    unwanted: threading.Event = field(default_factory=threading.Event)
    progress: tuple[float, str] = (0.0, "")

    def report(self, fraction: float, text: str) -> None:
        if self.unwanted.is_set():
            raise Cancelled
        self.progress = (fraction, text)


class Jobs(QObject):
    """Runs `work(report)` in the background; a newer request for the same target replaces the older one.

    `done(value)`, `failed(error)` and `cancelled()` are called on the GUI thread; the value of a replaced or cancelled
    request is dropped. A PlannerError without a `failed` goes to the `failed` signal; any other exception is a defect
    and goes to `crashed` with its traceback.
    """

    progressed = Signal(str, float, str)
    idle = Signal()
    failed = Signal(object)
    crashed = Signal(str)
    _came_home = Signal(object, str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._compute = ThreadPoolExecutor(1, thread_name_prefix="compute")
        self._store = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._tickets: dict[str, _Ticket] = {}
        self._came_home.connect(self._receive, Qt.ConnectionType.QueuedConnection)
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self._tell_progress)

    def compute(
        self,
        target: str,
        label: str,
        work: Work,
        done: Callable[[Any], None],
        failed: Callable[[PlannerError], None] | None = None,
        cancelled: Callable[[], None] | None = None,
    ) -> None:
        """Queue work on the compute thread."""
        self._queue(self._compute, _Ticket(target, label, done, failed, cancelled), work)

    def store(self, target: str, label: str, work: Work, done: Callable[[Any], None]) -> None:
        """Queue work that reads or writes files beside the computing."""
        self._queue(self._store, _Ticket(target, label, done, None, None), work)

    def cancel(self, target: str | None = None) -> None:
        """Ask the work of one target, or all work, to stop at its next report."""
        for ticket in list(self._tickets.values()):
            if target in (None, ticket.target):
                ticket.unwanted.set()

    @property
    def running(self) -> tuple[str, ...]:
        """The labels of all work queued or under way."""
        return tuple(ticket.label for ticket in self._tickets.values())

    def close(self) -> None:
        """Stop everything and wait for the threads; called once, at the end of the program."""
        self.cancel()
        self._poll.stop()
        for pool in (self._compute, self._store):
            pool.shutdown(wait=True, cancel_futures=True)

    def _queue(self, pool: ThreadPoolExecutor, ticket: _Ticket, work: Work) -> None:
        older = self._tickets.get(ticket.target)
        if older is not None:
            older.unwanted.set()
        self._tickets[ticket.target] = ticket
        self._poll.start()
        self._tell_progress()
        pool.submit(self._run, ticket, work)

    def _run(self, ticket: _Ticket, work: Work) -> None:
        """On the worker thread: every way to end is one signal home."""
        try:
            ticket.report(0.0, ticket.label)
            self._came_home.emit(ticket, "done", work(ticket.report))
        except Cancelled:
            self._came_home.emit(ticket, "cancelled", None)
        except PlannerError as error:
            self._came_home.emit(ticket, "failed", error)
        except Exception:
            self._came_home.emit(ticket, "crashed", traceback.format_exc())

    @Slot(object, str, object)
    def _receive(self, ticket: _Ticket, how: str, value: Any) -> None:
        newest = self._tickets.get(ticket.target) is ticket
        if newest:
            del self._tickets[ticket.target]
        if not self._tickets:
            self._poll.stop()
        self._hand_over(ticket, how, value, newest)
        if not self._tickets:
            self.idle.emit()

    def _hand_over(self, ticket: _Ticket, how: str, value: Any, newest: bool) -> None:
        if how == "crashed":
            _log.error("defect in %s:\n%s", ticket.label, value)
            self.crashed.emit(value)
        elif not newest:
            return
        elif how == "cancelled" or ticket.unwanted.is_set():
            if ticket.cancelled is not None:
                ticket.cancelled()
        elif how == "failed":
            (ticket.failed or self.failed.emit)(value)
        else:
            ticket.done(value)

    def _tell_progress(self) -> None:
        for ticket in self._tickets.values():
            fraction, text = ticket.progress
            self.progressed.emit(ticket.label, fraction, text)
            return
