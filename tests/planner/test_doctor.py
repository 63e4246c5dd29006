"""The doctor looks at everything, and a missing thing is a row to look at, never an error."""

import subprocess

from planner import doctor


def test_every_part_is_reported():
    rows = doctor.doctor()
    names = [row.name for row in rows]
    assert {"CTO Planner", "Python", "memory", "kernel threads", "DICOM JPEG 2000", "bundled fonts", "vtk"} <= set(names)
    assert len(names) == len(set(names))
    assert any(name.startswith("OpenGL") for name in names)


def test_a_graphics_driver_that_ends_the_process_is_told(monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, -11, stdout="", stderr=""))
    (row,) = doctor._graphics()
    assert not row.ok
    assert "-11" in row.value


def test_a_graphics_driver_that_hangs_is_told(monkeypatch):
    def hang(command, timeout, **_):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", hang)
    assert not doctor._graphics()[0].ok


def test_a_missing_decoder_and_a_missing_library_are_told(monkeypatch):
    monkeypatch.setattr(doctor, "DECODERS", {"JPEG 3000": "no_such_module"})
    monkeypatch.setattr(doctor, "LIBRARIES", ("no-such-library",))
    assert [row.ok for row in (*doctor._decoders(), *doctor._versions())] == [False, False]


def test_little_memory_is_told(monkeypatch):
    monkeypatch.setattr(doctor, "memory_bytes", lambda: 2_000_000_000)
    (row,) = [row for row in doctor._machine() if row.name == "memory"]
    assert not row.ok
    assert row.value == "2.0 GB"
