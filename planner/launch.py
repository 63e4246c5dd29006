"""What the process environment must say before Qt, Numba or matplotlib are imported."""

import os
import sys
import tempfile
from collections.abc import MutableMapping
from pathlib import Path

from planner.version import VERSION


def prepare(environ: MutableMapping[str, str]) -> None:
    """Set the variables that libraries read at import; what a person has set stays."""
    environ.setdefault("NUMBA_CACHE_DIR", str(_writable(_cache_folder(environ) / "cto-planner" / _kernel_folder())))
    # Without this, OpenMP's threads spin after each parallel kernel and take a quarter more processor time (measured).
    environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    environ.setdefault("MPLBACKEND", "Agg")
    if environ.get("WAYLAND_DISPLAY") and environ.get("DISPLAY"):
        # A native window id means nothing under Wayland; X11 on top of it is what VTK and Qt agree on.
        environ.setdefault("QT_QPA_PLATFORM", "xcb;wayland")


def _kernel_folder() -> str:
    # Compiled kernels of another version or Python must never be mixed with ours.
    return f"kernels-{VERSION}-py{sys.version_info[0]}{sys.version_info[1]}"


def _cache_folder(environ: MutableMapping[str, str]) -> Path:
    if sys.platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _writable(folder: Path) -> Path:
    """The folder, or where it cannot be written a private one among the temporary files: cached kernels are code."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="cto-planner-"))
    return folder if os.access(folder, os.W_OK) else Path(tempfile.mkdtemp(prefix="cto-planner-"))
