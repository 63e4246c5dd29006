"""What this machine offers the program: environment, graphics, memory, decoders, versions."""

import importlib
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from planner.version import VERSION
from resources import resource_path

NEEDED_MEMORY_BYTES = 4_000_000_000
NEEDED_DISK_BYTES = 1_000_000_000
LIBRARIES = (
    "numpy",
    "scipy",
    "numba",
    "pydicom",
    "highdicom",
    "SimpleITK",
    "PySide6_Essentials",
    "vtk",
    "pyqtgraph",
    "typst",
    "pikepdf",
)
DECODERS = {
    "JPEG 2000": "openjpeg",
    "JPEG-LS": "jpeg_ls",
    "JPEG lossless": "gdcm",
    "RLE": "rle",
}
PROBE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was looked at; `ok` is False where a person should look."""

    name: str
    value: str
    ok: bool = True


def doctor() -> tuple[Row, ...]:
    """Look at everything; never raises, what cannot be found out is a row that is not ok."""
    parts: tuple[Callable[[], tuple[Row, ...]], ...] = (
        _program,
        _machine,
        _graphics,
        _kernels,
        _decoders,
        _resources,
        _versions,
    )
    return tuple(row for part in parts for row in part())


def _program() -> tuple[Row, ...]:
    way = "application bundle" if getattr(sys, "frozen", False) else sys.prefix
    return (
        Row("CTO Planner", VERSION),
        Row("Python", f"{platform.python_version()} ({platform.python_implementation()}, {platform.machine()})"),
        Row("environment", way),
    )


def _machine() -> tuple[Row, ...]:
    memory = memory_bytes()
    free = shutil.disk_usage(tempfile.gettempdir()).free
    return (
        Row("system", platform.platform()),
        Row("processor cores", str(os.cpu_count() or "unknown")),
        Row("memory", "unknown" if memory is None else f"{memory / 1e9:.1f} GB", memory is None or memory >= NEEDED_MEMORY_BYTES),
        Row("free disk", f"{free / 1e9:.1f} GB", free >= NEEDED_DISK_BYTES),
        Row("display", _display()),
    )


def memory_bytes() -> int | None:
    """Physical memory, or None where the system does not tell."""
    if sys.platform == "win32":
        return _windows_memory_bytes()
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None


def _windows_memory_bytes() -> int | None:
    if sys.platform != "win32":
        return None
    import ctypes

    kilobytes = ctypes.c_ulonglong(0)
    told = ctypes.windll.kernel32.GetPhysicallyInstalledSystemMemory(ctypes.byref(kilobytes))
    return kilobytes.value * 1024 if told else None


def _display() -> str:
    if sys.platform in ("win32", "darwin"):
        return "of the operating system"
    names = [f"{name}={os.environ[name]}" for name in ("DISPLAY", "WAYLAND_DISPLAY") if os.environ.get(name)]
    return ", ".join(names) or "none: `open` needs one, `analyze` and `demo --headless` do not"


def _graphics() -> tuple[Row, ...]:
    """Ask OpenGL in a child process: a broken driver ends the process that asks."""
    main = Path(__file__).resolve().parent.parent / "main.py"
    command = [sys.executable, *([] if getattr(sys, "frozen", False) else [str(main)]), "--probe-graphics"]
    environment = {**os.environ, "CTO_PLANNER_NO_VENV": "1"}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        return (Row("OpenGL", f"the probe did not answer: {problem}", ok=False),)
    told = dict(line.split("\t", 1) for line in done.stdout.splitlines() if "\t" in line)
    if done.returncode != 0 or "renderer" not in told:
        return (Row("OpenGL", f"not available (probe status {done.returncode}); the 2D views work without it", ok=False),)
    return tuple(Row(f"OpenGL {name}", value) for name, value in told.items())


def _kernels() -> tuple[Row, ...]:
    import numba

    layer = os.environ.get("NUMBA_THREADING_LAYER") or _threading_layer()
    cache = Path(os.environ.get("NUMBA_CACHE_DIR", "") or ".")
    return (
        Row("kernel threads", f"{numba.get_num_threads()} ({layer} layer)"),
        Row("kernel cache", str(cache), os.access(cache, os.W_OK)),
    )


def _threading_layer() -> str:
    """The first of Numba's layers that loads here; `workqueue` aborts the process when two parallel kernels meet."""
    for name, module in (("tbb", "tbbpool"), ("omp", "omppool")):
        try:
            importlib.import_module(f"numba.np.ufunc.{module}")
        except ImportError:
            continue
        return name
    return "workqueue"


def _decoders() -> tuple[Row, ...]:
    return tuple(
        Row(f"DICOM {name}", module if found else f"{module} is missing", found)
        for name, module in DECODERS.items()
        for found in [importlib.util.find_spec(module) is not None]
    )


def _resources() -> tuple[Row, ...]:
    fonts = sorted(path.name for path in resource_path("fonts").glob("*.otf"))
    demo = sum(1 for path in resource_path("demo").rglob("*") if path.is_file())
    return (
        Row("bundled fonts", ", ".join(fonts) or "missing", bool(fonts)),
        Row("demonstration case", f"{demo} files" if demo else "missing", demo > 0),
    )


def _versions() -> tuple[Row, ...]:
    return tuple(_version_row(name) for name in LIBRARIES)


def _version_row(name: str) -> Row:
    try:
        return Row(name, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Row(name, "missing", ok=False)
