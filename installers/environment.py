"""Makes and refreshes the program's own Python environment from the hash-locked requirement files.

Standard library only: it runs before the environment exists. The environment is `.venv` beside main.py. A stamp file in it
says which lock files it was filled from; no stamp means that a set-up was interrupted, and the environment is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from installers import pip_progress, system_libraries
from installers.errors import SetUpError

ROOT = Path(__file__).resolve().parent.parent
RUNTIME_LOCK = ROOT / "installers" / "requirements.lock"
DEVELOPMENT_LOCK = ROOT / "installers" / "requirements-dev.lock"
NEEDED_BYTES = 3_000_000_000
NEWEST_PYTHON = (3, 13)
"""The newest Python that every locked package has wheels for."""
STAMP = "cto-planner.json"

Say = Callable[[str], None]


def folder(development: bool) -> Path:
    """Where the environment lives: beside main.py, or in the person's own data folder when the checkout is read-only."""
    named = os.environ.get("CTO_PLANNER_VENV")
    if named:
        return Path(named).absolute()
    beside = ROOT / ".venv"
    if os.access(ROOT, os.W_OK) or is_current(beside, development):
        return beside
    key = hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
    return _data_folder() / "cto-planner" / f"venv-{key}"


def _data_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share"))


def python_of(venv: Path) -> Path:
    """The interpreter inside an environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def is_inside(venv: Path) -> bool:
    """Whether this very process runs in the environment."""
    return Path(sys.prefix).resolve() == venv.resolve()


def is_current(venv: Path, development: bool) -> bool:
    """Whether the environment is complete and filled from the lock files as they are now."""
    stamp = _read_stamp(venv)
    kinds = ["runtime", *(["development"] if development else [])]
    return python_of(venv).exists() and all(stamp.get(kind) == _digest(kind) for kind in kinds)


def ready(development: bool, say: Say) -> Path:
    """The environment's interpreter, after making or refreshing the environment when it needs it. Raises SetUpError."""
    venv = folder(development)
    if not is_current(venv, development):
        venv.parent.mkdir(parents=True, exist_ok=True)
        with _only_one(venv.with_name(venv.name + ".lock"), say) as held:
            if not is_current(venv, development):
                _set_up(venv, development, held, say)
    return python_of(venv)


def _set_up(venv: Path, development: bool, held: int, say: Say) -> None:
    started = time.monotonic()
    say("Setting up CTO Planner (once; some minutes, about 2 GB on disk).")
    _need_system(say)
    stamp = _read_stamp(venv)
    whole = bool(stamp) and python_of(venv).exists()
    if not whole:
        _create(venv, say)
    development = development or "development" in stamp
    # From here until the new stamp the environment counts as interrupted.
    (venv / STAMP).unlink(missing_ok=True)
    lock = DEVELOPMENT_LOCK if development else RUNTIME_LOCK
    pip_progress.install(python_of(venv), lock, venv.with_name(venv.name + ".log"), say, held)
    _write_stamp(venv, development)
    say(f"Set-up done in {time.monotonic() - started:.0f} s.")


def _create(venv: Path, say: Say) -> None:
    _check_disk(venv.parent)
    if venv.exists():
        say(f"An earlier set-up in {venv} was interrupted; starting it anew.")
        shutil.rmtree(venv)
    python = _base_python(say)
    say(f"Making the environment {venv} with {python} ...")
    done = subprocess.run([python, "-m", "venv", str(venv)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SetUpError(f"Python could not make an environment in {venv}.\n{(done.stdout + done.stderr).strip()[-800:]}")


def _base_python(say: Say) -> str:
    """This Python, or an installed one for which every package comes ready-made, when this one is too new for that."""
    if sys.version_info[:2] <= NEWEST_PYTHON:
        return sys.executable
    names = [f"python3.{minor}" for minor in range(NEWEST_PYTHON[1], 10, -1)]
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        say("Not every package comes ready-made for this Python; some are built from source, which needs a C and C++ compiler.")
    return found or sys.executable


def _need_system(say: Say) -> None:
    """Bring missing system libraries, and the part that makes environments, which Debian and Ubuntu ship apart from Python."""
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    system_libraries.check(say, () if _can_make_venv() else (package,))
    if not _can_make_venv():
        on_debian = f"On this system it is the package {package}: run the apt-get line above, then this command again."
        advice = on_debian if system_libraries.is_debian() else "Use a Python that has both."
        raise SetUpError(f"Python's venv and ensurepip are missing. {sys.executable} came without them. {advice}")


def _can_make_venv() -> bool:
    return subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True, check=False).returncode == 0


def _check_disk(parent: Path) -> None:
    free = shutil.disk_usage(parent).free
    if free < NEEDED_BYTES:
        raise SetUpError(
            f"Set-up needs {NEEDED_BYTES / 1e9:.0f} GB of free disk. {parent} has {free / 1e9:.1f} GB. "
            "Free some, or name another place in the variable CTO_PLANNER_VENV."
        )


def _digest(kind: str) -> str:
    lock = RUNTIME_LOCK if kind == "runtime" else DEVELOPMENT_LOCK
    # Line ends may differ in a Windows checkout; the content decides.
    return hashlib.sha256(lock.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def _read_stamp(venv: Path) -> dict[str, str]:
    try:
        stamp = json.loads((venv / STAMP).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _write_stamp(venv: Path, development: bool) -> None:
    kinds = ["runtime", *(["development"] if development else [])]
    stamp = {kind: _digest(kind) for kind in kinds} | {"python": sys.version.split()[0]}
    beside = venv / (STAMP + ".new")
    beside.write_text(json.dumps(stamp, indent=1), "utf-8")
    beside.replace(venv / STAMP)


@contextlib.contextmanager
def _only_one(path: Path, say: Say) -> Iterator[int]:
    """Hold the set-up for one process, as a file descriptor; the system frees the lock when all who have it are gone."""
    with path.open("a+b") as file:
        waited = False
        while not _try_lock(file.fileno()):
            if not waited:
                say("Another set-up of this checkout is running; waiting for it ...")
                waited = True
            time.sleep(0.5)
        yield file.fileno()


def _try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
