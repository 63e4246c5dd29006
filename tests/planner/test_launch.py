"""The process environment before the libraries are imported."""

from pathlib import Path

import pytest

from planner import launch
from planner.version import VERSION


def test_kernels_are_kept_in_the_cache_folder_of_the_person(tmp_path, monkeypatch):
    monkeypatch.setattr(launch.sys, "platform", "linux")
    environ = {"XDG_CACHE_HOME": str(tmp_path)}
    launch.prepare(environ)
    folder = Path(environ["NUMBA_CACHE_DIR"])
    assert tmp_path in folder.parents
    assert VERSION in folder.name
    assert folder.is_dir()


def test_a_change_in_a_kernel_that_others_call_leaves_the_old_cache(tmp_path):
    (tmp_path / "grid.py").write_text("def trilinear(): return 1\n", "utf-8")
    (tmp_path / "path.py").write_text("from recon.kernels.grid import trilinear\n", "utf-8")
    before = launch._kernel_folder(tmp_path)
    (tmp_path / "path.py").write_text("from recon.kernels.grid import trilinear  # Numba itself sees this change\n", "utf-8")
    assert launch._kernel_folder(tmp_path) == before
    (tmp_path / "grid.py").write_text("def trilinear(): return 2\n", "utf-8")
    assert launch._kernel_folder(tmp_path) != before


def test_windows_and_mac_have_their_own_places(tmp_path, monkeypatch):
    monkeypatch.setattr(launch.sys, "platform", "win32")
    assert launch._cache_folder({"LOCALAPPDATA": str(tmp_path)}) == tmp_path
    monkeypatch.setattr(launch.sys, "platform", "darwin")
    assert launch._cache_folder({}).name == "Caches"


def test_a_home_that_cannot_be_written_does_not_stop_the_program(tmp_path, monkeypatch):
    monkeypatch.setattr(launch.sys, "platform", "linux")
    blocked = tmp_path / "file"
    blocked.write_text("", "utf-8")
    environ = {"XDG_CACHE_HOME": str(blocked)}
    launch.prepare(environ)
    folder = Path(environ["NUMBA_CACHE_DIR"])
    assert blocked not in folder.parents
    assert "cto-planner" in str(folder)


def test_linear_algebra_gets_one_thread_unless_a_person_wants_more():
    alone: dict[str, str] = {}
    launch.prepare(alone)
    assert alone["OPENBLAS_NUM_THREADS"] == "1"
    asked = {"OPENBLAS_NUM_THREADS": "4"}
    launch.prepare(asked)
    assert asked["OPENBLAS_NUM_THREADS"] == "4"


def test_what_a_person_has_set_stays(tmp_path):
    environ = {
        "NUMBA_CACHE_DIR": "here",
        "MPLBACKEND": "svg",
        "QT_QPA_PLATFORM": "wayland",
        "WAYLAND_DISPLAY": "w",
        "DISPLAY": ":0",
    }
    launch.prepare(environ)
    assert (environ["NUMBA_CACHE_DIR"], environ["MPLBACKEND"], environ["QT_QPA_PLATFORM"]) == ("here", "svg", "wayland")


@pytest.mark.parametrize(
    ("display", "platform"),
    [
        ({"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}, "xcb;wayland"),
        ({"WAYLAND_DISPLAY": "w"}, None),
        ({"DISPLAY": ":0"}, None),
        ({}, None),
    ],
)
def test_wayland_with_x11_on_top_uses_x11(tmp_path, display, platform):
    environ = {"NUMBA_CACHE_DIR": str(tmp_path), **display}
    launch.prepare(environ)
    assert environ.get("QT_QPA_PLATFORM") == platform
