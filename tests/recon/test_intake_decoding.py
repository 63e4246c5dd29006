"""Frames decoded in processes of their own are the same, and nothing that happens to a process costs more than its frame."""

import subprocess
import threading
from pathlib import Path

import numpy as np
import openjpeg
import pytest
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless

from recon.dicom import decoding
from recon.dicom.decoding import decoders_for
from recon.dicom.pixels import DECODERS
from recon.dicom.read import read_series
from recon.dicom.scan import scan
from recon.dicom.slice_header import FileRef, SliceHeader
from recon.intake import load_volume
from recon.report import Cancelled, silent
from tests.recon.dicom.ct_files import Series, write

SERIES = Series(count=6, rows=40, columns=40, spacing_mm=(1.0, 1.0))
HEADERS = [SliceHeader(FileRef("x"), syntax_uid=JPEG2000Lossless)] * 30


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Processes are used for any number of frames; each one started is kept to be looked at."""
    kept: list[subprocess.Popen[bytes]] = []
    begin = decoding._started

    def watched() -> subprocess.Popen[bytes]:
        kept.append(begin())
        return kept[-1]

    monkeypatch.setattr(decoding, "_started", watched)
    monkeypatch.setattr(decoding, "WORTH_FRAMES", 1)
    monkeypatch.setattr(decoding, "usable_cores", lambda: 2)
    return kept


def frame(value: int = 700) -> bytes:
    return bytes(openjpeg.encode(np.full((40, 40), value, np.uint16), photometric_interpretation=2))


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLSLossless])
def test_a_series_decoded_in_processes_is_the_same_as_one_decoded_here(tmp_path, started, monkeypatch, syntax) -> None:
    write(tmp_path, Series(**{**vars(SERIES), "syntax": syntax}))
    apart = load_volume(tmp_path, silent)
    assert len(started) == 2
    assert all(process.poll() is not None for process in started), "no process may be left"
    monkeypatch.setattr(decoding, "WORTH_FRAMES", 1000)
    here = load_volume(tmp_path, silent)
    assert len(started) == 2
    np.testing.assert_array_equal(apart.hu, here.hu)


def test_a_frame_that_cannot_be_decoded_is_told_and_the_next_one_is_decoded(started) -> None:
    with decoders_for(HEADERS) as decoders:
        decode = decoders[JPEG2000Lossless]
        with pytest.raises(ValueError, match=r"\w"):
            decode(b"\xff\x4f\xff\x51" + b"\0" * 60, HEADERS[0])
        assert np.unique(decode(frame(), HEADERS[0])).tolist() == [700]
    assert all(process.poll() is not None for process in started)


def test_a_process_that_ends_is_replaced(started) -> None:
    with decoders_for(HEADERS) as decoders:
        decode = decoders[JPEG2000Lossless]
        for process in list(started):
            process.kill()
            process.wait()
        for _ in range(2):
            with pytest.raises(ValueError, match="the decoder ended"):
                decode(frame(), HEADERS[0])
        assert int(decode(frame(900), HEADERS[0]).max()) == 900
    assert len(started) == 4
    assert all(process.poll() is not None for process in started)


def test_cancelling_ends_the_processes(tmp_path: Path, started) -> None:
    write(tmp_path, Series(**{**vars(SERIES), "syntax": JPEG2000Lossless}))
    (entry,) = scan(tmp_path, silent)

    def no_longer(fraction: float, text: str) -> None:
        if "slices" in text:
            raise Cancelled

    with pytest.raises(Cancelled):
        read_series(entry, no_longer)
    assert len(started) == 2
    assert all(process.poll() is not None for process in started)


def test_threads_that_wait_for_a_process_are_let_go_at_the_end(started) -> None:
    said: list[str] = []
    block = decoders_for(HEADERS)
    decode = block.__enter__()[JPEG2000Lossless]
    block.__exit__(None, None, None)

    def late() -> None:
        try:
            decode(frame(), HEADERS[0])
        except ValueError as error:
            said.append(str(error))

    threads = [threading.Thread(target=late, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(said) == 4


def test_few_frames_and_other_syntaxes_start_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "_started", lambda: pytest.fail("a process was started"))
    with decoders_for(HEADERS[: decoding.WORTH_FRAMES - 1]) as few:
        assert few is DECODERS
    with decoders_for([SliceHeader(FileRef("x"), syntax_uid="1.2.840.10008.1.2.1")] * 300) as plain:
        assert plain is DECODERS


def test_the_worker_ends_when_nobody_asks_any_more() -> None:
    process = decoding._started()
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=30) == 0
