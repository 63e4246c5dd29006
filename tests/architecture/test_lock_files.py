"""The lock files pin every package by hash and name no server."""

import importlib.metadata
import re

import pytest

from tests.architecture.sources import ROOT

LOCKS = [ROOT / "installers" / name for name in ("requirements.lock", "requirements-dev.lock")]
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def _pins(lock):
    """Name to (version, number of hashes)."""
    blocks = re.split(r"\n(?=[A-Za-z0-9])", lock.read_text("utf-8"))
    found = [(re.match(r"([A-Za-z0-9._-]+)==([^\s;]+)", block), block) for block in blocks]
    return {match[1]: (match[2], len(HASH.findall(block))) for match, block in found if match}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_pin_has_a_hash(lock):
    pins = _pins(lock)
    assert len(pins) > 30
    assert [name for name, (_, hashes) in pins.items() if hashes == 0] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_no_lock_names_a_server(lock):
    lines = lock.read_text("utf-8").splitlines()
    assert [
        line for line in lines if "://" in line or line.startswith(("-i", "--index", "--extra", "--find", "--trusted", "-f"))
    ] == []


def test_development_pins_everything_the_program_runs_on_at_the_same_version():
    runtime, development = (_pins(lock) for lock in LOCKS)
    assert {name: pin for name, pin in runtime.items() if development.get(name) != pin} == {}


def test_the_window_library_stays_below_the_version_that_aborts():
    version, _ = _pins(LOCKS[0])["pyside6-essentials"]
    assert tuple(int(part) for part in version.split(".")[:2]) < (6, 12)


def test_the_lock_is_newer_than_what_it_was_made_from():
    wanted = re.findall(
        r"^([A-Za-z][\w.-]*)", "\n".join((ROOT / "installers" / n).read_text("utf-8") for n in ("requirements.in",)), re.M
    )
    pins = {name.lower().replace("_", "-") for name in _pins(LOCKS[0])}
    assert {name for name in wanted if name.lower().replace("_", "-") not in pins} == set()


def test_the_running_environment_is_the_locked_one():
    wrong = {
        name: (importlib.metadata.version(name), version)
        for name, (version, _) in _pins(LOCKS[0]).items()
        if importlib.metadata.version(name) != version
    }
    assert wrong == {}
