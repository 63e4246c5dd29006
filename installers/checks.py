"""`main.py test` and `main.py bench speed`: every check of the project, one after the other, with a summary."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHECKS = {
    "ruff check": ["-m", "ruff", "check", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "."],
    "mypy": ["-m", "mypy"],
    "layers": ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
}


def test(arguments: list[str]) -> int:
    """Run every check, then pytest with `arguments`; 0 when all passed."""
    failed = []
    for name, command in CHECKS.items():
        started = time.monotonic()
        print(f"== {name}", flush=True)
        passed = _run(command) == 0
        print(f"== {name}: {'passed' if passed else 'FAILED'} ({time.monotonic() - started:.0f} s)\n", flush=True)
        if not passed:
            failed.append(name)
    print("== pytest", flush=True)
    if failed:
        print(f"== failed before pytest: {', '.join(failed)}", flush=True)
    # pytest runs last so that its closing line is the last line.
    status = _run(["-m", "pytest", *arguments])
    if failed:
        print(f"FAILED: {', '.join(failed)}", file=sys.stderr, flush=True)
    return 1 if failed else status


def speed(arguments: list[str]) -> int:
    """Run the benchmarks and print their ratios."""
    command = ["-m", "pytest", "tests/benchmarks", "-o", "python_files=bench_*.py", "-s", "--benchmark-disable-gc", *arguments]
    return _run(command)


def _run(command: list[str]) -> int:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False).returncode
