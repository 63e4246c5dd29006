"""The environment maker: what counts as current, what is made anew, and that two processes do not meet."""

import multiprocessing
import os
import shutil
import subprocess
import sys
import time

import pytest

from installers import environment, pip_progress, system_libraries
from installers.errors import SetUpError


@pytest.fixture
def told():
    return []


@pytest.fixture
def venv(tmp_path, monkeypatch):
    """An environment folder under tmp_path whose making and filling are recorded instead of done."""
    monkeypatch.setenv("CTO_PLANNER_VENV", str(tmp_path / "env"))
    monkeypatch.setattr(system_libraries, "check", lambda say, also: None)
    monkeypatch.setattr(environment, "RUNTIME_LOCK", tmp_path / "requirements.lock")
    monkeypatch.setattr(environment, "DEVELOPMENT_LOCK", tmp_path / "requirements-dev.lock")
    (tmp_path / "requirements.lock").write_text("a==1\n", "utf-8")
    (tmp_path / "requirements-dev.lock").write_text("a==1\nb==1\n", "utf-8")
    return tmp_path / "env"


@pytest.fixture
def made(monkeypatch, venv):
    """The list of what was done: `made` when the environment was made, the lock's name when it was filled."""
    done = []

    def make(folder, say):
        if folder.exists():
            shutil.rmtree(folder)
        environment.python_of(folder).parent.mkdir(parents=True)
        environment.python_of(folder).touch()
        done.append("made")

    monkeypatch.setattr(environment, "_create", make)
    monkeypatch.setattr(pip_progress, "install", lambda python, lock, log, say, held: done.append(lock.name))
    return done


def test_the_first_start_makes_and_the_second_does_nothing(venv, made, told):
    python = environment.ready(development=False, say=told.append)
    assert python == environment.python_of(venv)
    environment.ready(development=False, say=told.append)
    assert made == ["made", "requirements.lock"]


def test_development_adds_to_the_environment_without_making_it_anew(venv, made, told):
    environment.ready(development=False, say=told.append)
    environment.ready(development=True, say=told.append)
    environment.ready(development=False, say=told.append)
    assert made == ["made", "requirements.lock", "requirements-dev.lock"]


def test_another_lock_refreshes_and_keeps_the_development_tools(venv, made, told, tmp_path):
    environment.ready(development=True, say=told.append)
    (tmp_path / "requirements.lock").write_text("a==2\n", "utf-8")
    environment.ready(development=False, say=told.append)
    assert made == ["made", "requirements-dev.lock", "requirements-dev.lock"]


def test_line_ends_of_a_windows_checkout_are_not_a_change(venv, made, told, tmp_path):
    environment.ready(development=False, say=told.append)
    (tmp_path / "requirements.lock").write_bytes(b"a==1\r\n")
    assert environment.is_current(venv, development=False)


def test_an_interrupted_filling_is_made_anew(venv, made, told, monkeypatch):
    def interrupted(python, lock, log, say, held):
        raise KeyboardInterrupt

    filled = pip_progress.install
    monkeypatch.setattr(pip_progress, "install", interrupted)
    with pytest.raises(KeyboardInterrupt):
        environment.ready(development=False, say=told.append)
    assert not environment.is_current(venv, development=False)
    monkeypatch.setattr(pip_progress, "install", filled)
    environment.ready(development=False, say=told.append)
    assert made == ["made", "made", "requirements.lock"]


def test_an_interrupted_refresh_is_made_anew(venv, made, told, monkeypatch, tmp_path):
    environment.ready(development=False, say=told.append)
    (tmp_path / "requirements.lock").write_text("a==2\n", "utf-8")

    def broken(python, lock, log, say, held):
        raise SetUpError("no network")

    filled = pip_progress.install
    monkeypatch.setattr(pip_progress, "install", broken)
    with pytest.raises(SetUpError):
        environment.ready(development=False, say=told.append)
    monkeypatch.setattr(pip_progress, "install", filled)
    environment.ready(development=False, say=told.append)
    assert made == ["made", "requirements.lock", "made", "requirements.lock"]


def test_an_environment_whose_python_is_gone_is_made_anew(venv, made, told):
    environment.ready(development=False, say=told.append)
    environment.python_of(venv).unlink()
    environment.ready(development=False, say=told.append)
    assert made.count("made") == 2


@pytest.mark.parametrize("stamp", ["", "{", "[]", "7"])
def test_a_damaged_stamp_counts_as_none(venv, made, told, stamp):
    environment.ready(development=False, say=told.append)
    (venv / environment.STAMP).write_text(stamp, "utf-8")
    assert not environment.is_current(venv, development=False)


def test_a_full_disk_is_told_before_anything_is_made(tmp_path, monkeypatch, told):
    monkeypatch.setattr(environment, "NEEDED_BYTES", 10**18)
    with pytest.raises(SetUpError, match="free disk"):
        environment._create(tmp_path / "env", told.append)
    assert not (tmp_path / "env").exists()


def test_a_python_without_venv_is_told_with_the_package(monkeypatch, venv, told):
    monkeypatch.setattr(environment, "_can_make_venv", lambda: False)
    monkeypatch.setattr(system_libraries, "is_debian", lambda: True)
    asked = []
    monkeypatch.setattr(system_libraries, "check", lambda say, also: asked.extend(also))
    with pytest.raises(SetUpError, match=r"python3\.\d+-venv"):
        environment.ready(development=False, say=told.append)
    assert asked == [f"python3.{sys.version_info[1]}-venv"]


@pytest.mark.parametrize(
    ("running", "installed", "taken"),
    [
        ((3, 11, 9), ["python3.13"], "this"),
        ((3, 13, 1), ["python3.12"], "this"),
        ((3, 14, 0), ["python3.11", "python3.12"], "/opt/python3.12"),
        ((3, 14, 0), [], "this"),
    ],
)
def test_a_python_too_new_for_the_wheels_gives_way_to_an_older_one(monkeypatch, told, running, installed, taken):
    monkeypatch.setattr(environment.sys, "version_info", running)
    monkeypatch.setattr(environment.sys, "executable", "this")
    monkeypatch.setattr(environment.shutil, "which", lambda name: f"/opt/{name}" if name in installed else None)
    assert environment._base_python(told.append) == taken
    assert bool(told) == (running[1] > 13 and not installed)


def _hold(path, holding, seconds):
    with environment._only_one(path, lambda text: None):
        holding.set()
        time.sleep(seconds)


def test_a_second_process_waits_until_the_first_is_done(tmp_path, told):
    context = multiprocessing.get_context("spawn")
    holding = context.Event()
    first = context.Process(target=_hold, args=(tmp_path / "lock", holding, 1.0))
    first.start()
    assert holding.wait(60)
    with environment._only_one(tmp_path / "lock", told.append):
        assert not first.is_alive() or first.join(5) is None
    assert any("waiting" in text for text in told)
    assert first.exitcode == 0


def _hold_and_die(path, holding):
    """Take the lock, leave it to a child as pip is left it, and end without a word."""
    with environment._only_one(path, lambda text: None) as held:
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1.5)"], pass_fds=(held,))
        holding.set()
        os._exit(9)


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are passed on under POSIX only")
def test_a_pip_that_outlives_its_parent_still_holds_the_lock(tmp_path, told):
    context = multiprocessing.get_context("spawn")
    holding = context.Event()
    first = context.Process(target=_hold_and_die, args=(tmp_path / "lock", holding))
    first.start()
    assert holding.wait(60)
    first.join(60)
    with environment._only_one(tmp_path / "lock", told.append):
        assert any("waiting" in text for text in told)


def test_a_read_only_checkout_gets_its_environment_in_the_data_folder(tmp_path, monkeypatch, made, told):
    monkeypatch.delenv("CTO_PLANNER_VENV")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    environment.ready(development=False, say=told.append)
    monkeypatch.setattr(environment.os, "access", lambda path, mode: False)
    assert environment.folder(development=False) == tmp_path / ".venv"
    elsewhere = environment.folder(development=True)
    assert tmp_path not in elsewhere.parents
    assert "cto-planner" in elsewhere.parts


def test_the_running_interpreter_knows_its_environment(tmp_path):
    from pathlib import Path

    assert environment.is_inside(Path(sys.prefix))
    assert not environment.is_inside(tmp_path)
