"""The lossless JPEG decoder gives back exactly what an encoder written from the standard put in, for every predictor."""

import numpy as np
import pytest

from recon.dicom.jpeg_lossless import lossless_jpeg

CODE_LENGTH = 5


def prediction(image: np.ndarray, row: int, column: int, predictor: int, first: int, fresh: bool) -> int:
    """ITU T.81 table H.1."""
    if fresh:
        return first if column == 0 else int(image[row, column - 1])
    b = int(image[row - 1, column])
    if column == 0:
        return b
    a, c = int(image[row, column - 1]), int(image[row - 1, column - 1])
    return [0, a, b, c, a + b - c, a + ((b - c) >> 1), b + ((a - c) >> 1), (a + b) >> 1][predictor]


def encoded(image: np.ndarray, predictor: int, restart_rows: int = 0, shift: int = 0, precision: int = 16) -> bytes:
    """A stream whose 17 magnitude categories all have codes of five bits."""
    small = image >> shift
    rows, columns = image.shape
    chunks, bits = [], ""
    for row in range(rows):
        fresh = row == 0 or (restart_rows > 0 and row % restart_rows == 0)
        if fresh and row > 0:
            chunks.append(bits)
            bits = ""
        for column in range(columns):
            expected = prediction(small, row, column, predictor, 1 << (precision - shift - 1), fresh)
            difference = (int(small[row, column]) - expected + 32767) % 65536 - 32767
            category = abs(difference).bit_length()
            bits += f"{category:05b}"
            if 0 < category < 16:
                value = difference if difference > 0 else difference + (1 << category) - 1
                bits += f"{value:0{category}b}"
    body = b""
    for number, text in enumerate([*chunks, bits]):
        text += "1" * (-len(text) % 8)
        data = bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8)).replace(b"\xff", b"\xff\x00")
        body += (bytes([0xFF, 0xD0 + (number - 1) % 8]) if number else b"") + data
    return b"\xff\xd8" + header(rows, columns, precision, predictor, shift, restart_rows * columns) + body + b"\xff\xd9"


def header(rows: int, columns: int, precision: int, predictor: int, shift: int, interval: int) -> bytes:
    counts = bytes(17 if length == CODE_LENGTH else 0 for length in range(1, 17))
    parts = [(0xC4, b"\0" + counts + bytes(range(17)))]
    parts += [(0xC3, bytes([precision]) + rows.to_bytes(2, "big") + columns.to_bytes(2, "big") + b"\x01\x01\x11\x00")]
    parts += [(0xDD, interval.to_bytes(2, "big"))] if interval else []
    parts += [(0xDA, bytes([1, 1, 0, predictor, 0, shift]))]
    return b"".join(bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body for marker, body in parts)


def image(seed: int = 2) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 65536, (13, 11))
    smooth = np.add.outer(np.arange(13) * 900, np.arange(11) * 70)
    return np.where(np.arange(13)[:, None] % 2, noise, smooth).astype(np.uint16)


@pytest.mark.parametrize("predictor", range(1, 8))
@pytest.mark.parametrize("restart_rows", [0, 1, 4])
def test_every_predictor_and_restart_gives_the_image_back(predictor: int, restart_rows: int) -> None:
    np.testing.assert_array_equal(lossless_jpeg(encoded(image(), predictor, restart_rows)), image())


def test_a_difference_of_half_the_range_has_no_extra_bits() -> None:
    jump = np.array([[0, 32768, 0], [32768, 0, 32768]], dtype=np.uint16)
    np.testing.assert_array_equal(lossless_jpeg(encoded(jump, 1)), jump)


def test_the_point_transform_shifts_back() -> None:
    np.testing.assert_array_equal(lossless_jpeg(encoded(image(), 1, shift=3)), image() >> 3 << 3)


@pytest.mark.parametrize("cut", [3, 30, 60, 70, 100, -12, -4])
def test_a_stream_cut_anywhere_is_an_error(cut: int) -> None:
    with pytest.raises(ValueError, match=r"damaged|cut short"):
        lossless_jpeg(encoded(image(), 1)[:cut])


def test_damage_anywhere_ends_in_an_image_or_an_error() -> None:
    stream = encoded(image(), 4, restart_rows=4)
    draw = np.random.default_rng(7)
    ends = set()
    for _ in range(400):
        damaged = bytearray(stream)
        damaged[draw.integers(2, len(stream))] = draw.integers(256)
        try:
            ends.add(lossless_jpeg(bytes(damaged)).dtype.name)
        except ValueError as error:
            ends.add(type(error).__name__)
    assert ends == {"uint16", "ValueError"}
