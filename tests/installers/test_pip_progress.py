"""pip is run on the lock with hashes, followed line by line, and its failure is explained."""

import sys

import pytest

from installers import pip_progress
from installers.errors import SetUpError


@pytest.fixture
def fake_python(tmp_path):
    """A stand-in for the environment's interpreter that prints a script of pip's lines and ends with a status."""

    def make(lines, status):
        program = tmp_path / "pip.py"
        program.write_text(f"import sys\nprint({chr(10).join(lines)!r})\nsys.exit({status})\n", "utf-8")
        script = tmp_path / "bin" / "python"
        script.parent.mkdir()
        script.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/called\nexec {sys.executable} {program}\n', "utf-8")
        script.chmod(0o755)
        return script

    return make


@pytest.fixture
def lock(tmp_path):
    file = tmp_path / "some.lock"
    pins = ("numba==0.68.1", "typst==0.15.0", "vtk==9.7.2 ; sys_platform != 'x'")
    file.write_text("".join(f"{pin} \\\n    --hash=sha256:0\n" for pin in pins), "utf-8")
    return file


@pytest.fixture
def open_lock(tmp_path):
    """The descriptor of the set-up's lock."""
    with (tmp_path / "held").open("w") as file:
        yield file.fileno()


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")


def test_each_package_is_told_with_its_size(tmp_path, lock, fake_python, open_lock):
    lines = [
        "Collecting numba==0.68.1 (from -r some.lock (line 1))",
        "  Downloading numba-0.68.1-cp311-cp311-manylinux_2_28_x86_64.whl.metadata (2.9 kB)",
        "  Downloading numba-0.68.1-cp311-cp311-manylinux_2_28_x86_64.whl (3.8 MB)",
        "Processing /mirror/typst-0.15.0-cp311-abi3-manylinux.whl (from -r some.lock (line 2))",
        "Collecting vtk==9.7.2 (from -r some.lock (line 3))",
        "  Using cached vtk-9.7.2-cp311-cp311-manylinux2014_x86_64.whl (139.6 MB)",
        "Installing collected packages: vtk, numba",
        "Successfully installed numba-0.68.1 vtk-9.7.2",
    ]
    told = []
    pip_progress.install(fake_python(lines, 0), lock, tmp_path / "log", told.append, open_lock)
    packages = [text.split("] ")[1] for text in told if "package" in text]
    assert packages == [
        "package 1 of 3: numba 0.68.1 (3.8 MB)",
        "package 2 of 3: typst 0.15.0",
        "package 3 of 3: vtk 9.7.2 (139.6 MB)",
    ]
    called = (tmp_path / "called").read_text("utf-8")
    assert "--require-hashes" in called
    assert "index" not in called
    assert "Successfully" in (tmp_path / "log").read_text("utf-8")


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "not the one that was locked"),
        ("ERROR: No matching distribution found for vtk==9.7.2", "Python 3.11 to 3.13"),
        ("ERROR: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: something else", "again"),
    ],
)
def test_a_failure_says_what_to_do(tmp_path, lock, fake_python, open_lock, line, advice):
    with pytest.raises(SetUpError, match=advice) as problem:
        pip_progress.install(fake_python([line], 1), lock, tmp_path / "log", lambda text: None, open_lock)
    assert line in str(problem.value)
    assert str(tmp_path / "log") in str(problem.value)
