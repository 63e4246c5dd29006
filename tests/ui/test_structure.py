"""The shape of the window's code: nothing slow and no threads outside their place."""

import ast
from pathlib import Path

import pytest

UI = Path(__file__).resolve().parents[2] / "ui"
SLOW = {
    "planner.analysis",
    "planner.report",
    "recon.intake",
    "recon.tree",
    "recon.measure",
    "recon.physics",
    "planner.view_search",
    "planner.run",
    "planner.subtraction",
    "recon.subtraction",
    "recon.subtraction_picture",
}
WORK = ("case_work.py", "other_scan_work.py")
"""Where long steps are started."""

FILES = sorted(UI.rglob("*.py"))


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node, node.module
        elif isinstance(node, ast.Import):
            for name in node.names:
                yield node, name.name


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(UI)))
def test_only_case_work_reaches_the_long_steps(path):
    reached = {module for _, module in imported(path) if module in SLOW}
    assert not reached or path.name in WORK


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(UI)))
def test_only_jobs_has_threads(path):
    threads = {"threading", "concurrent.futures", "multiprocessing"}
    assert not threads & {module for _, module in imported(path)} or path.name == "jobs.py"
    assert "QThread" not in path.read_text(encoding="utf-8")
    assert "processEvents" not in path.read_text(encoding="utf-8") or path.name == "app.py"


@pytest.mark.parametrize("name", WORK)
def test_long_steps_are_imported_inside_the_work_and_not_at_start(name):
    tree = ast.parse((UI / name).read_text(encoding="utf-8"))
    at_start = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert not at_start & SLOW


@pytest.mark.parametrize("name", WORK)
def test_every_long_step_is_handed_to_the_compute_thread(name):
    """Each function that imports a long step is called from a lambda given to `jobs.compute`."""
    tree = ast.parse((UI / name).read_text(encoding="utf-8"))
    slow = {
        f.name
        for f in tree.body
        if isinstance(f, ast.FunctionDef) and any(isinstance(n, ast.ImportFrom) and n.module in SLOW for n in ast.walk(f))
    }
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    computed = [c for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr == "compute"]
    inside = {n.func.id for c in computed for n in ast.walk(c) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    direct = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id in slow]
    handed = [n for c in computed for n in ast.walk(c) if n in direct]
    assert slow
    assert slow <= inside
    assert len(handed) == len(direct)


def test_the_window_starts_without_vtk():
    assert not any("vtkmodules" in module for path in FILES if "scene" not in path.parts for _, module in imported(path))
    scene = ast.parse((UI / "scene" / "scene_canvas.py").read_text(encoding="utf-8"))
    at_start = {node.module for node in scene.body if isinstance(node, ast.ImportFrom)}
    assert not {m for m in at_start if m.startswith(("vtkmodules", "ui.scene"))}
