"""`versus`: times our way against the usual way and prints one row of a table of ratios."""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

ROUNDS = 5
LONGEST_S = 20.0
ROWS = pytest.StashKey[list["Comparison"]]()


@dataclass(frozen=True)
class Comparison:
    """One measured pair; times are the smallest of the rounds, in seconds. `ours_cpu_s` is processor time of all threads."""

    name: str
    ours_s: float
    ours_cpu_s: float
    usual_s: float | None
    usual_name: str
    budget_s: float | None
    remark: str = ""


def _timed(work: Callable[[], object]) -> tuple[float, float, object]:
    started, started_cpu = time.perf_counter(), time.process_time()
    result = work()
    return time.perf_counter() - started, time.process_time() - started_cpu, result


def _smallest_in_turn(ways: list[Callable[[], object]], rounds: int) -> tuple[list[tuple[float, float]], list[object]]:
    """The smallest wall and processor time of each way; in turn, so that a disturbed moment hits all of them."""
    results = [_timed(way)[2] for way in ways]
    best_s = [(float("inf"), float("inf")) for _ in ways]
    spent_s = 0.0
    for _ in range(rounds):
        for index, way in enumerate(ways):
            seconds, cpu_s, _result = _timed(way)
            best_s[index] = (min(best_s[index][0], seconds), min(best_s[index][1], cpu_s))
            spent_s += seconds
        if spent_s > LONGEST_S:
            break
    return best_s, results


@pytest.fixture
def versus(request):
    """Compare two ways of one job: versus(name, ours, usual, usual_name, budget_s, rounds) -> both results.

    `versus.remark(text)` adds a line under the last row.
    """

    def remark(text):
        rows = request.config.stash[ROWS]
        rows[-1] = replace(rows[-1], remark=text)

    def compare(name, ours, usual=None, usual_name="", budget_s=None, rounds=ROUNDS):
        ways = [ours] if usual is None else [ours, usual]
        best_s, results = _smallest_in_turn(ways, rounds)
        row = Comparison(name, *best_s[0], best_s[1][0] if usual else None, usual_name, budget_s)
        request.config.stash[ROWS].append(row)
        return results[0], results[1] if usual else None

    compare.remark = remark
    return compare


def pytest_configure(config):
    """Start the table."""
    config.stash[ROWS] = []


def _duration(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _line(row: Comparison) -> str:
    against = (
        "" if row.usual_s is None else f"{row.usual_s / row.ours_s:8.1f} x  against {row.usual_name} ({_duration(row.usual_s)})"
    )
    budget = (
        ""
        if row.budget_s is None
        else f"  budget {_duration(row.budget_s)}: {'within' if row.ours_s <= row.budget_s else 'over'}"
    )
    cpu = f"cpu {_duration(row.ours_cpu_s)}"
    return f"{row.name:<56} {_duration(row.ours_s):>10} {cpu:>14} {against}{budget}"


def pytest_terminal_summary(terminalreporter, config):
    """Print the table of ratios."""
    rows = config.stash[ROWS]
    if not rows:
        return
    terminalreporter.section("speed, smallest of several rounds")
    terminalreporter.write_line(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    for row in rows:
        terminalreporter.write_line(_line(row))
        if row.remark:
            terminalreporter.write_line(f"    {row.remark}")
