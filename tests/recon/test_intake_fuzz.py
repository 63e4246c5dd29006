"""Damaged bytes end in the volume, a finding or a refusal, never in a crash, a hang or a slice in a wrong place."""

import contextlib
import io
from dataclasses import replace
from pathlib import Path

import jpeg_ls
import numpy as np
import PIL.Image
import pytest

from recon.dicom import fuzz as fuzz_module
from recon.dicom.files import FileReader
from recon.dicom.fuzz import DAMAGES, fuzz
from recon.dicom.pixels import DECODERS, PixelsUnusableError, stored_pixels
from recon.dicom.slice_header import FileRef, SliceHeader
from recon.dicom.streams import sound_jpeg, sound_jpeg_ls, stated_size
from recon.kernels.packbits import unpacked
from recon.report import silent
from recon.volume import Volume

JPEG_LS = "1.2.840.10008.1.2.4.80"


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
def test_damaged_files_do_no_harm() -> None:
    result = fuzz(60, seed=20261121, report=silent)
    assert result.faults == ()
    assert sum(count for _, count in result.ends) == 60
    assert {name for name, _ in result.ends} >= {"finding", "unharmed"}


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
def test_the_search_itself_sees_crashes_and_misplaced_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    real = fuzz_module.load_volume

    def swapped(*arguments: object) -> Volume:
        volume = real(*arguments)  # type: ignore[arg-type]
        return replace(volume, hu=volume.hu[::-1].copy())

    monkeypatch.setattr(fuzz_module, "load_volume", swapped)
    assert "voxels are not where" in fuzz(4, 1, silent).faults[0].what

    def crashing(*arguments: object) -> Volume:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(fuzz_module, "load_volume", crashing)
    assert [fault.what for fault in fuzz(2, 1, silent).faults] == ["ZeroDivisionError: by zero"] * 2


def test_every_kind_of_damage_is_used_and_changes_bytes() -> None:
    import random

    data = bytes(range(256)) * 8
    assert all(any(damage(data, random.Random(i)) != data for i in range(5)) for damage in DAMAGES.values())


@pytest.mark.parametrize("syntax", sorted(DECODERS))
def test_a_stream_that_is_noise_is_unusable_not_fatal(tmp_path: Path, syntax: str) -> None:
    noise = np.random.default_rng(5).integers(0, 256, 600, dtype=np.uint8).tobytes()
    (tmp_path / "x").write_bytes(noise)
    header = SliceHeader(FileRef(str(tmp_path / "x")), rows=16, columns=16, syntax_uid=syntax, pixel_offset=0, pixel_length=600)
    with FileReader() as reader, pytest.raises(PixelsUnusableError):
        stored_pixels(header, reader)


def test_a_stream_that_claims_gigapixels_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    siz = b"\xff\x4f\xff\x51\x00\x29\x00\x00" + (60000).to_bytes(4, "big") * 2 + b"\0" * 400
    (tmp_path / "x").write_bytes(siz)
    header = SliceHeader(
        FileRef(str(tmp_path / "x")),
        rows=16,
        columns=16,
        syntax_uid="1.2.840.10008.1.2.4.90",
        pixel_offset=0,
        pixel_length=len(siz),
    )
    with FileReader() as reader, pytest.raises(PixelsUnusableError, match="60000 x 60000"):
        stored_pixels(header, reader)


def jpeg_ls_stream() -> bytes:
    return bytes(jpeg_ls.encode_array(np.random.default_rng(1).integers(0, 4096, (24, 20), dtype=np.uint16)))


def test_a_sound_stream_passes_unchanged_and_gets_an_end_when_it_has_none() -> None:
    stream = jpeg_ls_stream()
    assert sound_jpeg_ls(stream) == stream
    assert sound_jpeg_ls(stream + b"\0\0") == stream
    assert sound_jpeg_ls(stream[:-2]) == stream


@pytest.mark.timeout(60)
@pytest.mark.parametrize("place", range(2, 25))
def test_no_wrong_byte_of_a_jpeg_ls_header_keeps_the_decoder_busy(place: int) -> None:
    """Streams like these ran it for many seconds each, or brought the process down."""
    for value in (0, 1, 0x55, 0xFF):
        damaged = bytearray(jpeg_ls_stream())
        damaged[place] = value
        decoded = b""
        with contextlib.suppress(ValueError, RuntimeError):
            if stated_size(bytes(damaged)) == (24, 20):
                decoded = jpeg_ls.decode_pixel_data(sound_jpeg_ls(bytes(damaged)))[0]
        assert len(decoded) in (0, 24 * 20, 24 * 20 * 2)


@pytest.mark.parametrize("length", [3, 10, 20, 26, 31, 60, 112])
def test_a_jpeg_ls_stream_that_is_cut_ends_in_an_error(tmp_path: Path, length: int) -> None:
    (tmp_path / "x").write_bytes(jpeg_ls_stream()[:length])
    header = SliceHeader(
        FileRef(str(tmp_path / "x")), rows=24, columns=20, syntax_uid=JPEG_LS, pixel_offset=0, pixel_length=length
    )
    with FileReader() as reader, pytest.raises(PixelsUnusableError):
        stored_pixels(header, reader)


def lossy_stream() -> bytes:
    buffer = io.BytesIO()
    PIL.Image.fromarray(np.add.outer(np.arange(24) * 4, np.arange(20) * 3).astype(np.uint8)).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def lossy_header(tmp_path: Path, stream: bytes) -> SliceHeader:
    (tmp_path / "x").write_bytes(stream)
    place = FileRef(str(tmp_path / "x"))
    plain = SliceHeader(place, rows=24, columns=20, bits_allocated=8, bits_stored=8, pixel_offset=0, pixel_length=len(stream))
    return replace(plain, syntax_uid="1.2.840.10008.1.2.4.50")


def test_lossy_jpeg_is_read(tmp_path: Path) -> None:
    with FileReader() as reader:
        found = stored_pixels(lossy_header(tmp_path, lossy_stream()), reader)
    truth = np.add.outer(np.arange(24) * 4, np.arange(20) * 3)
    assert np.abs(found.astype(int) - truth).max() <= 4


@pytest.mark.parametrize("part", [b"\xff\xc4", b"\xff\xdb", b"\xff\xc0", b"\xff\xda"])
def test_a_lossy_stream_without_a_part_of_its_header_never_reaches_its_decoder(tmp_path: Path, part: bytes) -> None:
    """Streams like these end the whole process in the decoder."""
    stream = lossy_stream()
    while part in stream:
        at = stream.index(part)
        stream = stream[:at] + stream[at + 2 + int.from_bytes(stream[at + 2 : at + 4], "big") :]
    with pytest.raises(ValueError, match=r"damaged|complete"):
        sound_jpeg(stream)
    with FileReader() as reader, pytest.raises(PixelsUnusableError):
        stored_pixels(lossy_header(tmp_path, stream), reader)


@pytest.mark.parametrize(
    ("code", "plain"),
    [
        ([2, 10, 11, 12], [10, 11, 12]),
        ([253, 7], [7, 7, 7, 7]),
        ([128, 0, 5, 255, 6], [5, 6, 6]),
        ([5, 1, 2], [1, 2]),
        ([200], []),
    ],
)
def test_run_lengths_are_unpacked_within_bounds(code: list[int], plain: list[int]) -> None:
    out = np.zeros(len(plain), dtype=np.uint8)
    assert unpacked(np.array(code, dtype=np.uint8), 0, len(code), out) == len(plain)
    assert out.tolist() == plain
