"""The import contracts of pyproject.toml catch each kind of breach; the whole tree is linted by `main.py test` itself."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, imported_names, python_files, short, top_level

KERNEL_IMPORTS = {"numpy", "numba", "math"}
DICOM_LIBRARIES = {"pydicom", "highdicom"}


def _toy(folder: Path, module: str, line: str) -> Path:
    for package in ("ui", "ui/scene", "ui/panels", "planner", "recon", "resources"):
        (folder / package).mkdir(parents=True, exist_ok=True)
        (folder / package / "__init__.py").write_text("", "utf-8")
    (folder / module).write_text(line + "\n", "utf-8")
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("recon/volume.py", "import planner"),
        ("planner/plan.py", "import ui.panels"),
        ("resources/paths.py", "import recon"),
        ("planner/plan.py", "import PySide6.QtCore"),
        ("recon/volume.py", "import vtkmodules.vtkCommonCore"),
        ("ui/panels/steps.py", "import vtkmodules.vtkRenderingCore"),
        ("ui/panels/steps.py", "import pydicom"),
        ("ui/panels/steps.py", "from numba import njit"),
    ],
)
def test_an_import_against_the_layers_is_refused(tmp_path, module, line):
    done = _lint(_toy(tmp_path, module, line))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("ui/scene/view.py", "import vtkmodules.vtkRenderingCore"),
        ("ui/panels/steps.py", "import planner, PySide6.QtCore"),
        ("planner/plan.py", "import recon, pydicom"),
    ],
)
def test_an_import_along_the_layers_is_allowed(tmp_path, module, line):
    done = _lint(_toy(tmp_path, module, line))
    assert done.returncode == 0, done.stdout + done.stderr


def test_kernels_import_only_numpy_numba_and_math():
    kernels = [path for path in python_files("recon") if "kernels" in path.parts]
    assert kernels
    strangers = {
        short(path): sorted(found)
        for path in kernels
        if (found := top_level({n for n in imported_names(path) if not n.startswith("recon.kernels")}) - KERNEL_IMPORTS)
    }
    assert strangers == {}


def test_numba_stays_in_the_kernels():
    allowed = {"planner/doctor.py"}  # reports the thread count
    users = {
        short(path) for path in python_files("ui", "planner", "recon", "resources") if "numba" in top_level(imported_names(path))
    }
    assert {path for path in users if not path.startswith("recon/kernels/")} <= allowed


def test_dicom_libraries_stay_in_recon_report_and_store():
    users = {
        short(path)
        for path in python_files("ui", "planner", "recon", "resources")
        if top_level(imported_names(path)) & DICOM_LIBRARIES
    }
    assert {path for path in users if not path.startswith(("recon/", "planner/report/", "planner/store/"))} == set()
