"""What the process environment must say before Qt, Numba or matplotlib are imported."""

import hashlib
import os
import re
import sys
import tempfile
from collections.abc import MutableMapping
from pathlib import Path

from planner.version import VERSION

KERNELS = Path(__file__).resolve().parent.parent / "recon" / "kernels"


def prepare(environ: MutableMapping[str, str]) -> None:
    """Set the variables that libraries read at import; what a person has set stays."""
    environ.setdefault("NUMBA_CACHE_DIR", str(_writable(_cache_folder(environ) / "cto-planner" / _kernel_folder())))
    # Without this, OpenMP's threads spin after each parallel kernel and take a quarter more processor time (measured).
    environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Our matrices are small: a second thread of linear algebra only spins, which took three times the processor time (measured).
    environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    environ.setdefault("MPLBACKEND", "Agg")
    if environ.get("WAYLAND_DISPLAY") and environ.get("DISPLAY"):
        # A native window id means nothing under Wayland; X11 on top of it is what VTK and Qt agree on.
        environ.setdefault("QT_QPA_PLATFORM", "xcb;wayland")


def _kernel_folder(kernels: Path = KERNELS) -> str:
    """A name that changes with everything Numba's own cache does not look at: our version, Python, and shared kernels.

    Numba compares the source of the file a kernel stands in, never of the files whose kernels it calls: those are inlined,
    and an old copy of them would go on being used.
    """
    sources = {path.stem: path.read_bytes() for path in sorted(kernels.glob("*.py"))}
    called = {name.decode() for text in sources.values() for name in re.findall(rb"from recon\.kernels\.(\w+) import", text)}
    shared = b"".join(text for name, text in sources.items() if name in called)
    return f"kernels-{VERSION}-py{sys.version_info[0]}{sys.version_info[1]}-{hashlib.sha256(shared).hexdigest()[:8]}"


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
