"""`main.py test` and `main.py bench speed`: every check of the project, one after the other, with a summary."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_WORKERS = 4
"""Processes that share the tests; each may need 2 GB."""
CHECKS = {
    "ruff check": ["-m", "ruff", "check", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "."],
    "mypy": ["-m", "mypy"],
    "layers": ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
}


def test(arguments: list[str]) -> int:
    """Run every check, then pytest with `arguments`; 0 when all passed. The last line is pytest's closing line."""
    results = []
    for name, command in CHECKS.items():
        started = time.monotonic()
        print(f"== {name}", flush=True)
        passed = _run(command) == 0
        results.append((name, passed, time.monotonic() - started))
    print("== pytest", flush=True)
    started = time.monotonic()
    passed, closing_line = _pytest(arguments)
    results.append(("pytest", passed, time.monotonic() - started))
    print("\n== summary")
    for name, ok, seconds in results:
        print(f"{name:<12} {'passed' if ok else 'FAILED'} {seconds:6.1f} s")
    print(closing_line, flush=True)
    return 0 if all(ok for _, ok, _ in results) else 1


def _pytest(arguments: list[str]) -> tuple[bool, str]:
    """Whether pytest passed, and the line it closed with; its output goes on as it comes."""
    closing_line = "pytest said nothing"
    workers = str(min(os.cpu_count() or 1, MOST_WORKERS))
    # A file stays in one process, because its tests share what they analyse; options given later win.
    command = [sys.executable, "-u", "-m", "pytest", "-n", workers, "--dist", "loadfile", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env=_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        while piece := process.stdout.readline():
            print(piece, end="", flush=True)
            closing_line = piece.strip() or closing_line
    return process.returncode == 0, closing_line


def speed(arguments: list[str]) -> int:
    """Run the benchmarks and print their ratios."""
    command = ["-m", "pytest", "tests/benchmarks", "-o", "python_files=bench_*.py", *arguments]
    return _run(command)


def _run(command: list[str]) -> int:
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=_environment(), stdin=subprocess.DEVNULL, check=False
    ).returncode


def _environment() -> dict[str, str]:
    return {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONUTF8": "1"}
