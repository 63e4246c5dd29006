"""Many small reads at once, with progress, cancel and a time limit for a drive that no longer answers."""

import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from recon.errors import IntakeError
from recon.report import Cancelled, Report

T = TypeVar("T")
R = TypeVar("R")

STALL_LIMIT_S = 30.0
"""Longest silence of a drive before the intake gives up [E]."""
_POLL_S = 0.05


def mapped(
    function: Callable[[T], R], items: Sequence[T], report: Report, text: str, stall_limit_s: float = STALL_LIMIT_S
) -> Iterator[tuple[int, R]]:
    """(index, function(item)) as they are ready, in any order; an exception of `function` is raised here.

    The threads are daemons: one that hangs in a dead network drive must not keep the program alive.
    Raises IntakeError when nothing is ready for `stall_limit_s` seconds.
    """
    todo: queue.SimpleQueue[int] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[int, R | None, BaseException | None]] = queue.SimpleQueue()
    for index in range(len(items)):
        todo.put(index)
    stopped = threading.Event()

    def work() -> None:
        while not stopped.is_set():
            try:
                index = todo.get_nowait()
            except queue.Empty:
                return
            try:
                done.put((index, function(items[index]), None))
            except BaseException as error:
                done.put((index, None, error))

    for _ in range(min(len(items), 2 * (os.cpu_count() or 2), 8)):
        threading.Thread(target=work, daemon=True).start()
    told_s = 0.0
    try:
        for count in range(len(items)):
            if time.monotonic() - told_s > _POLL_S:
                report(count / len(items), text)
                told_s = time.monotonic()
            index, value, error = _next_result(done, report, count / len(items), text, stall_limit_s)
            if error is not None:
                raise error
            yield index, value  # type: ignore[misc]
    finally:
        stopped.set()


def watched(function: Callable[[Report], R], report: Report, stall_limit_s: float = STALL_LIMIT_S) -> R:
    """function(report), in a thread that may be left behind when the drive it asks no longer answers.

    What it reports is passed on; an exception of it is raised here. Raises IntakeError when it has reported nothing and not
    ended for `stall_limit_s` seconds.
    """
    done: queue.SimpleQueue[tuple[R | None, BaseException | None]] = queue.SimpleQueue()
    stopped = threading.Event()
    last: list[tuple[float, float, str]] = [(time.monotonic(), 0.0, "")]

    def tell(fraction: float, text: str) -> None:
        if stopped.is_set():
            raise Cancelled
        last[0] = (time.monotonic(), fraction, text)

    def work() -> None:
        try:
            done.put((function(tell), None))
        except BaseException as error:
            done.put((None, error))

    threading.Thread(target=work, daemon=True).start()
    try:
        while True:
            try:
                value, error = done.get(timeout=_POLL_S)
            except queue.Empty:
                told_s, fraction, text = last[0]
                report(fraction, text)
                if time.monotonic() - told_s >= stall_limit_s:
                    raise _silent_drive(stall_limit_s) from None
                continue
            if error is not None:
                raise error
            report(last[0][1], last[0][2])
            return value  # type: ignore[return-value]
    finally:
        stopped.set()


def _silent_drive(stall_limit_s: float) -> IntakeError:
    return IntakeError(
        "The drive does not answer.",
        f"No file could be read for {stall_limit_s:.0f} s.",
        "Check the network or the disc, copy the series to this computer and open the copy.",
    )


def _next_result(
    done: "queue.SimpleQueue[tuple[int, R | None, BaseException | None]]",
    report: Report,
    fraction: float,
    text: str,
    stall_limit_s: float,
) -> tuple[int, R | None, BaseException | None]:
    waited_s = 0.0
    while True:
        try:
            return done.get(timeout=_POLL_S)
        except queue.Empty:
            waited_s += _POLL_S
            report(fraction, text)
            if waited_s >= stall_limit_s:
                raise _silent_drive(stall_limit_s) from None
