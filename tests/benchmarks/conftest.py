"""`versus`: times our way against the usual way and prints one row of a table of ratios."""

import datetime
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from planner.version import VERSION
from recon.phantom import random_case, render

ROUNDS = 5
LONGEST_S = 20.0
"""A way that takes longer than this is not timed again: its first call counts."""

ROWS = pytest.StashKey[list["Comparison"]]()


@dataclass(frozen=True)
class Comparison:
    """One measured pair; times are the smallest of the rounds, in seconds, (wall, processor time of all threads)."""

    name: str
    ours_s: tuple[float, float]
    usual_s: tuple[float, float] | None
    usual_name: str
    budget_s: float | None
    remark: str = ""

    @property
    def verdict(self) -> str:
        """Whether wall time is within the budget, and where only other work on the machine can be the reason, that."""
        if self.budget_s is None:
            return ""
        wall_s, cpu_s = self.ours_s
        if wall_s <= self.budget_s:
            return "within"
        return "over" if cpu_s > self.budget_s else "over, processor time within"


def _cpu_s() -> float:
    """Processor time of this process and of those it started and waited for."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def _timed(work: Callable[[], object]) -> tuple[float, float, object]:
    started, started_cpu_s = time.perf_counter(), _cpu_s()
    result = work()
    return time.perf_counter() - started, _cpu_s() - started_cpu_s, result


def _smallest_in_turn(ways: list[Callable[[], object]], rounds: int) -> tuple[list[tuple[float, float]], list[object]]:
    """The smallest wall and processor time of each way; in turn, so that a disturbed moment hits all of them."""
    first = [_timed(way) for way in ways]
    results = [result for _, _, result in first]
    is_long = [seconds > LONGEST_S for seconds, _, _ in first]
    infinite = (float("inf"), float("inf"))
    best_s = [(seconds, cpu_s) if long else infinite for (seconds, cpu_s, _), long in zip(first, is_long, strict=True)]
    spent_s = 0.0
    for _ in range(rounds):
        for index, way in enumerate(ways):
            if is_long[index]:
                continue
            seconds, cpu_s, _result = _timed(way)
            best_s[index] = (min(best_s[index][0], seconds), min(best_s[index][1], cpu_s))
            spent_s += seconds
        if spent_s > LONGEST_S:
            break
    return best_s, results


@pytest.fixture(scope="session")
def clinical():
    """(case, volume of 300 x 512 x 512): a whole heart whose right coronary artery is occluded for 25 mm."""
    case = random_case(65004, occlusion="RCA", length_mm=25.0, dominance="right", grid=(300, 512, 512, 0.45, 0.4))
    return case, render(case)


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
        row = Comparison(name, best_s[0], best_s[1] if usual else None, usual_name, budget_s)
        request.config.stash[ROWS].append(row)
        return results[0], results[1] if usual else None

    compare.remark = remark
    return compare


def pytest_addoption(parser):
    """`--document PATH`: also write the table there."""
    parser.addoption("--document", type=Path, default=None, help="Markdown file to write the table of times into.")


def pytest_configure(config):
    """Start the table."""
    config.stash[ROWS] = []


def _duration(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _both(times_s: tuple[float, float]) -> str:
    return f"{_duration(times_s[0])} (cpu {_duration(times_s[1])})"


def _ratios(row: Comparison) -> tuple[str, str]:
    """How many times longer the usual way takes, by wall and by processor time."""
    if row.usual_s is None:
        return "", ""
    wall, cpu = (other / ours for other, ours in zip(row.usual_s, row.ours_s, strict=True))
    return f"{wall:.1f} x", f"{cpu:.1f} x"


def _line(row: Comparison) -> str:
    wall, cpu = _ratios(row)
    against = f"  {wall} (cpu {cpu}) against {row.usual_name}, {_both(row.usual_s)}" if row.usual_s else ""
    budget = f"  budget {_duration(row.budget_s)}: {row.verdict}" if row.budget_s else ""
    return f"{row.name:<56} {_both(row.ours_s):>26}{against}{budget}"


def _machine() -> str:
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    threads = os.environ.get("NUMBA_NUM_THREADS", "all")
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, compute threads: {threads}{load}"


def _page(rows: list[Comparison]) -> str:
    """The table as a page of the documentation."""
    day = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    head = "| what | time | processor time | aim | | usual way | its time | its processor time | ratio | processor ratio |"
    lines = [
        "# Speed",
        "",
        f"Date {day}, version {VERSION}; {_machine()}.",
        "Command: `python3 main.py bench speed --document docs/speed.md`.",
        "",
        "Smallest of several rounds, ours and the usual way in turn. Processor time is that of all threads together; a loaded",
        "machine lengthens the other. A ratio above 1 says that ours is faster. `tests/benchmarks` tells what each line does.",
        "",
        head,
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        usual = [_duration(seconds) for seconds in row.usual_s] if row.usual_s else ["", ""]
        budget = f"<= {_duration(row.budget_s)}" if row.budget_s else ""
        ours = [_duration(seconds) for seconds in row.ours_s]
        lines.append("| " + " | ".join([row.name, *ours, budget, row.verdict, row.usual_name, *usual, *_ratios(row)]) + " |")
    remarks = [f"* {row.name}: {row.remark}" for row in rows if row.remark]
    return "\n".join([*lines, "", "What the two ways found:", "", *remarks, ""])


def pytest_terminal_summary(terminalreporter, config):
    """Print the table of ratios, and write it where asked."""
    rows = config.stash[ROWS]
    if not rows:
        return
    terminalreporter.section("speed, smallest of several rounds")
    terminalreporter.write_line(_machine())
    for row in rows:
        terminalreporter.write_line(_line(row))
        if row.remark:
            terminalreporter.write_line(f"    {row.remark}")
    document = config.getoption("--document")
    if document is not None:
        document.write_text(_page(rows), encoding="utf-8")
