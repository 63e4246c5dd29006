"""Runs pip on a hash-locked file and tells in plain lines what it is doing.

Standard library only: it runs before the environment exists.
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from installers.errors import SetUpError

Say = Callable[[str], None]

_TURN = re.compile(r"^(?:Collecting\s+\S+==|Processing\s+\S+\.whl)")
"""pip turns to the next package."""
_FETCH = re.compile(
    r"^\s*(?:Downloading|Using cached|Processing)\s+(?:\S*/)?([^/\s]+?)-(\d[^-\s]*)-\S*\.whl(?=\s|$)(?:\s+\(([^)]*B)\))?"
)
"""pip fetches a package: name, version, size."""


def package_count(lock: Path) -> int:
    """How many packages a lock file pins."""
    return sum(1 for line in lock.read_text("utf-8").splitlines() if re.match(r"^[A-Za-z0-9].*==", line))


def install(python: Path, lock: Path, log: Path, say: Say, held: int) -> None:
    """Install every package of the lock file, checking hashes; raises SetUpError.

    pip inherits the descriptor `held`, the set-up's lock: when this process is killed, pip may go on for a while, and
    nobody else may touch the environment until it is gone too.
    """
    total = package_count(lock)
    command = [str(python), "-m", "pip", "install", "--require-hashes", "--no-deps", "--no-input", "--progress-bar", "off"]
    command += ["--disable-pip-version-check", "--prefer-binary", "-r", str(lock)]
    started = time.monotonic()
    said: list[str] = []
    with log.open("w", encoding="utf-8") as record:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=() if sys.platform == "win32" else (held,),
        )
        try:
            _follow(process, python, total, started, said, record.write, say)
        except BaseException:
            process.terminate()
            process.wait()
            raise
    if process.returncode != 0:
        raise SetUpError(_reason(said, log))


def _follow(
    process: subprocess.Popen[str],
    python: Path,
    total: int,
    started: float,
    said: list[str],
    record: Callable[[str], object],
    say: Say,
) -> None:
    turn = 0
    assert process.stdout is not None
    for line in process.stdout:
        record(line)
        said.append(line.rstrip())
        turn += bool(_TURN.match(line))
        if found := _FETCH.match(line):
            size = f" ({found[3]})" if found[3] else ""
            say(f"  [{_clock(started)}] package {turn} of {total}: {found[1]} {found[2]}{size}")
        elif line.startswith("Installing collected packages"):
            stop = threading.Event()
            watcher = threading.Thread(target=_watch_unpacking, args=(python, total, started, stop, say), daemon=True)
            watcher.start()
            # pip is silent now until all is unpacked, so that reading on is the wait.
            for rest in process.stdout:
                record(rest)
                said.append(rest.rstrip())
            stop.set()
            watcher.join()
    process.wait()


def _watch_unpacking(python: Path, total: int, started: float, stop: threading.Event, say: Say) -> None:
    pattern = "Lib/site-packages/*.dist-info" if sys.platform == "win32" else "lib/python*/site-packages/*.dist-info"
    told = -1
    while not stop.wait(5.0):
        unpacked = sum(1 for _ in python.parent.parent.glob(pattern))
        if unpacked != told:
            say(f"  [{_clock(started)}] unpacking: {min(unpacked, total)} of {total}")
            told = unpacked


def _clock(started: float) -> str:
    seconds = int(time.monotonic() - started)
    return f"{seconds // 60:02d}:{seconds % 60:02d}"


def _reason(said: list[str], log: Path) -> str:
    text = "\n".join(said[-12:])
    if "THESE PACKAGES DO NOT MATCH THE HASHES" in "\n".join(said):
        advice = "A downloaded file is not the one that was locked. Do not use it; try again, then ask who serves your packages."
    elif "No matching distribution" in text or "Could not find a version" in text:
        advice = (
            "No ready-made package for this system and Python, or no way to the package server. "
            "Supported: Python 3.11 to 3.13 on Linux (glibc 2.34, 2.39 on ARM), Windows x64, macOS 15 on Apple silicon."
        )
    elif "No space left" in text:
        advice = "The disk is full. Free 3 GB and run the command again."
    else:
        advice = "Run the command again; what is already downloaded is not fetched twice."
    return f"pip could not install the packages.\n{text}\nWhole record: {log}\n{advice}"
