"""The demonstration case from DICOM to all files, as a person starts it: time and peak memory."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUDGET_GB = 2.5
# Runs the command as its only child and says on the last line how much memory it took at most.
WATCHED = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
unit = 1 if sys.platform == "darwin" else 1024
print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit)
"""


def _peak_gb(folder):
    command = [sys.executable, "-c", WATCHED, sys.executable, str(ROOT / "main.py"), "demo", "--headless", "--out", str(folder)]
    done = subprocess.run(command, env={**os.environ, "CTO_PLANNER_NO_VENV": "1"}, capture_output=True, text=True, check=True)
    status, peak_bytes = map(int, done.stdout.split())
    assert status in (0, 3)
    return peak_bytes / 1e9


def test_demo_headless(versus, tmp_path):
    peak_gb, _ = versus("demo --headless, DICOM to all files", ours=lambda: _peak_gb(tmp_path / "out"), budget_s=60.0, rounds=1)
    versus.remark(f"peak memory {peak_gb:.2f} GB, budget {BUDGET_GB} GB")
    assert (tmp_path / "out" / "report.pdf").exists()
