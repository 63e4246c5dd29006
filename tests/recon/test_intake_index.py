"""The index makes a second visit cheap and never tells what is no longer true."""

import os
import sqlite3
from pathlib import Path

import pytest

from recon.dicom import scan as scan_module
from recon.dicom.index import user_index
from recon.dicom.scan import survey
from recon.intake import load_volume
from recon.report import silent
from tests.recon.dicom.ct_files import Series, ball_errors_mm, write


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    reads: list[str] = []
    real = scan_module.read_headers

    def counted(ref: object, reader: object) -> object:
        reads.append(str(ref))
        return real(ref, reader)  # type: ignore[arg-type]

    monkeypatch.setattr(scan_module, "read_headers", counted)
    return reads


def test_a_second_visit_opens_no_file_and_tells_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = tmp_path / "cache" / "headers.sqlite"
    write(tmp_path / "in", Series(tags={"PatientName": "Müller^Jürgen", "SpecificCharacterSet": "ISO_IR 192"}), leave_out=[7])
    (tmp_path / "in" / "note.txt").write_text("no image")
    first = survey(tmp_path / "in", silent, index)
    reads = count_reads(monkeypatch)
    second = survey(tmp_path / "in", silent, index)
    assert reads == []
    assert [e.headers for e in second.entries] == [e.headers for e in first.entries]
    assert [e.findings for e in second.entries] == [e.findings for e in first.entries]
    assert max(ball_errors_mm(load_volume(tmp_path / "in", silent, index=index)).values()) < 0.2


def test_a_changed_file_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = tmp_path / "headers.sqlite"
    paths = write(tmp_path / "in", Series(count=5))
    survey(tmp_path / "in", silent, index)
    os.utime(paths[2], ns=(1, 1))
    reads = count_reads(monkeypatch)
    survey(tmp_path / "in", silent, index)
    assert reads == [str(paths[2])]


@pytest.mark.parametrize("damage", ["garbage", "other columns", "bad row"])
def test_a_damaged_index_is_not_believed(tmp_path: Path, damage: str) -> None:
    index = tmp_path / "headers.sqlite"
    write(tmp_path / "in", Series(count=5))
    survey(tmp_path / "in", silent, index)
    if damage == "garbage":
        index.write_bytes(b"no database at all" * 100)
    else:
        with sqlite3.connect(index) as database:
            change = "UPDATE about SET columns = 'x'" if damage == "other columns" else "UPDATE files SET headers = '[[1]]'"
            database.execute(change)
    assert survey(tmp_path / "in", silent, index).entries[0].slices == 5


def test_the_index_is_for_the_user_alone(tmp_path: Path) -> None:
    index = tmp_path / "cache" / "headers.sqlite"
    write(tmp_path / "in", Series(count=3))
    survey(tmp_path / "in", silent, index)
    if os.name == "posix":
        assert index.stat().st_mode & 0o077 == 0
    assert user_index().name == "headers.sqlite"
