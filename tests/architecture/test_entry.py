"""main.py runs on a bare Python: only the standard library, every command listed, wrong calls told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import main
from tests.architecture.sources import ROOT, imported_names, python_files, top_level

MAIN_ONLY = set(main.OWN_HELP)
SET_UP_FILES = [ROOT / "main.py", *(path for path in python_files("installers") if path.suffix == ".py")]


@pytest.mark.parametrize("path", SET_UP_FILES, ids=lambda path: path.name)
def test_set_up_needs_nothing_but_the_standard_library(path):
    inside = {"planner", "ui"} if path.name == "main.py" else set()  # imported only within the environment
    assert top_level(imported_names(path)) - set(sys.stdlib_module_names) - {"installers"} <= inside


def test_main_imports_the_program_only_inside_a_function():
    done = subprocess.run(
        [sys.executable, "-S", "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); import main; print(main.usage())"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(name in done.stdout for name in main.COMMANDS)


def test_help_lists_exactly_the_commands_there_are():
    from planner import cli

    commands = {info.name or info.callback.__name__ for info in cli.app.registered_commands}
    assert set(main.COMMANDS) == commands | MAIN_ONLY


def _bare(*arguments):
    """main.py as a newcomer starts it, in a way that could not make an environment even if it tried."""
    environment = {**os.environ, "CTO_PLANNER_VENV": os.devnull}
    environment.pop("CTO_PLANNER_NO_VENV", None)
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *arguments], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_help_needs_no_environment(arguments):
    done = _bare(*arguments)
    assert done.returncode == 0
    assert "selftest" in done.stdout


@pytest.mark.parametrize("command", sorted(main.OWN_HELP))
def test_commands_of_main_itself_explain_themselves_without_an_environment(command):
    done = _bare(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: python3 main.py {command}")


def test_an_unknown_command_is_a_wrong_call():
    done = _bare("analyse")
    assert done.returncode == 2
    assert "'analyse'" in done.stderr
    assert "analyze" in done.stderr


def test_a_place_that_cannot_be_written_is_told_in_a_sentence(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("", "utf-8")
    environment = {**os.environ, "CTO_PLANNER_VENV": str(blocked / "env")}
    environment.pop("CTO_PLANNER_NO_VENV", None)
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "version"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Set-up could not write" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("given", "reaching"), [(["test", "x"], ["test", "x"]), ([], ["open"])])
def test_a_bundle_goes_straight_to_the_program(monkeypatch, given, reaching):
    from planner import cli

    called = []
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(cli, "main", lambda arguments: called.append(arguments) or 5)
    assert main.main(given) == 5
    assert called == [reaching]


def test_windows_waits_for_the_child_and_passes_its_status_on(monkeypatch, tmp_path):
    child = tmp_path / "main.py"
    child.write_text("import sys; sys.exit(3 if sys.argv[1:] == ['demo', 'a b'] else 9)", "utf-8")
    monkeypatch.setattr(main, "__file__", str(child))
    monkeypatch.setattr(main.sys, "platform", "win32")
    monkeypatch.setattr(main.os, "execv", lambda *_: pytest.fail("there is no exec on Windows"))
    assert main._again(Path(sys.executable), ["demo", "a b"]) == 3
