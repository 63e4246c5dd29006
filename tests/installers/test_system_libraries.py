"""Missing system libraries: found by asking the loader, brought by root, told to everybody else."""

import subprocess

import pytest

from installers import system_libraries


def test_each_missing_library_names_its_package_once():
    absent = {"libglib-2.0.so.0", "libgthread-2.0.so.0", "libxcb-cursor.so.0"}
    packages = system_libraries.missing_packages(loads=lambda name: name not in absent, has_fonts=lambda: True)
    assert packages == ["libglib2.0-0", "libxcb-cursor0"]


def test_a_vendor_driver_stands_in_for_mesa():
    vendor = system_libraries.missing_packages(loads=lambda name: "mesa" not in name, has_fonts=lambda: True)
    neither = system_libraries.missing_packages(loads=lambda name: "_" not in name, has_fonts=lambda: True)
    assert vendor == []
    assert neither == ["libglx-mesa0", "libegl-mesa0"]


def test_a_machine_without_a_font_is_given_one():
    assert system_libraries.missing_packages(loads=lambda name: True, has_fonts=lambda: False) == ["fonts-dejavu-core"]


def test_a_complete_machine_needs_nothing(monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: pytest.fail("nothing is to be run"))
    assert system_libraries.missing_packages(loads=lambda name: True, has_fonts=lambda: True) == []
    assert system_libraries.bring([], print)


def test_the_loader_is_really_asked():
    assert not system_libraries._loads("libno-such-library.so.9")


@pytest.fixture
def commands(monkeypatch):
    """The apt-get calls, answered by `answers` in turn (0 once they are used up)."""
    run = []
    answers = []

    def fake(command, **_):
        run.append(command)
        return subprocess.CompletedProcess(command, answers.pop(0) if answers else 0, stdout="")

    monkeypatch.setattr(system_libraries.subprocess, "run", fake)
    return run, answers


def test_a_person_without_rights_is_given_one_line(monkeypatch, commands):
    monkeypatch.setattr(system_libraries.os, "geteuid", lambda: 1000, raising=False)
    told = []
    assert not system_libraries.bring(["libegl1", "libxcb-cursor0"], told.append)
    assert commands[0] == []
    assert told[0].splitlines()[-1].strip() == "sudo apt-get update && sudo apt-get install -y libegl1 libxcb-cursor0"


def test_root_installs_and_updates_the_lists_only_when_needed(monkeypatch, commands):
    monkeypatch.setattr(system_libraries.os, "geteuid", lambda: 0, raising=False)
    run, answers = commands
    assert system_libraries.bring(["libegl1"], lambda text: None)
    assert [command[1] for command in run] == ["install"]
    run.clear()
    answers += [100, 0, 0]
    assert system_libraries.bring(["libegl1"], lambda text: None)
    assert [command[1] for command in run] == ["install", "update", "install"]


def test_a_failing_apt_get_is_told_and_set_up_goes_on(monkeypatch, commands):
    monkeypatch.setattr(system_libraries.os, "geteuid", lambda: 0, raising=False)
    commands[1].extend([100, 0, 100])
    told = []
    assert not system_libraries.bring(["libegl1"], told.append)
    assert "apt-get install -y libegl1" in told[-1]
