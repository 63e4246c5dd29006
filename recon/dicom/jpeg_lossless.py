"""Lossless JPEG (processes 14 and 14 SV1): the headers in plain Python, the samples in a kernel.

Written here because the decoders at hand either end the whole process on some damaged streams or come under the GPL.
"""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from recon.dicom.streams import segments

_HUFFMAN, _FRAME, _SCAN, _RESTART = 0xC4, 0xC3, 0xDA, 0xDD


def lossless_jpeg(frame: bytes) -> npt.NDArray[np.uint16]:
    """The samples (rows, columns) of a grey lossless JPEG stream. Raises ValueError when it is damaged or something else."""
    # Imported here: its compiler costs a second that series without lossless JPEG need not wait for.
    from recon.kernels.jpeg_lossless import decoded_rows

    tables: dict[int, npt.NDArray[np.uint16]] = {}
    size: tuple[int, int, int] | None = None
    interval, scan = 0, b""
    start = 2
    for marker, body in segments(frame):
        start += 4 + len(body)
        if marker == _HUFFMAN:
            _add_tables(body, tables)
        elif marker == _FRAME and len(body) == 9 and body[5] == 1:
            size = body[0], int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
        elif marker == _RESTART and len(body) == 2:
            interval = int.from_bytes(body, "big")
        elif marker == _SCAN:
            scan = body
        elif 0xC0 <= marker <= 0xCF:
            raise ValueError("it is not one grey lossless image")
    if size is None or len(scan) != 6 or scan[0] != 1 or not 1 <= scan[3] <= 7 or scan[4] != 0 or scan[2] >> 4 not in tables:
        raise ValueError("its header is damaged")
    precision, rows, columns = size
    shift = scan[5] & 15
    if not 2 <= precision <= 16 or shift >= precision or rows * columns == 0 or interval % columns:
        raise ValueError("its header is damaged")
    out = np.empty((rows, columns), dtype=np.uint16)
    step = interval // columns or rows
    parts = _intervals(np.frombuffer(frame, dtype=np.uint8)[start:])
    for number, top in enumerate(range(0, rows, step)):
        bottom = min(top + step, rows)
        if number >= len(parts):
            raise ValueError("it is cut short")
        first = 1 << (precision - shift - 1)
        if decoded_rows(parts[number], tables[scan[2] >> 4], scan[3], first, top, bottom, out) != (bottom - top) * columns:
            raise ValueError("its samples are damaged or cut short")
    return np.asarray(out << shift, dtype=np.uint16)


def _add_tables(body: bytes, tables: dict[int, npt.NDArray[np.uint16]]) -> None:
    """Huffman tables of one DHT segment (T.81 section B.2.4.2) as lookups of 16 bits."""
    position = 0
    while position + 17 <= len(body):
        number, counts = body[position], body[position + 1 : position + 17]
        values = body[position + 17 : position + 17 + sum(counts)]
        position += 17 + sum(counts)
        lookup = np.zeros(1 << 16, dtype=np.uint16)
        code, used = 0, 0
        for length, count in enumerate(counts, start=1):
            for value in values[used : used + count]:
                begin = code << (16 - length)
                end = begin + (1 << (16 - length))
                if end > 1 << 16:
                    raise ValueError("a code table is damaged")
                lookup[begin:end] = length << 8 | value
                code += 1
            used += count
            code <<= 1
        tables[number] = lookup


def _intervals(data: npt.NDArray[np.uint8]) -> list[npt.NDArray[np.uint8]]:
    """Entropy coded bytes between restart markers up to the end marker, without stuffing, each with 8 zero bytes behind."""
    after = np.append(data[1:], 0xD9)
    escape = data == 0xFF
    ends = np.flatnonzero(escape & (after != 0) & ((after < 0xD0) | (after > 0xD7)) & (after != 0xFF))
    stop = int(ends[0]) if len(ends) else len(data)
    breaks = [-2, *np.flatnonzero((escape & (after >= 0xD0) & (after <= 0xD7))[:stop]).tolist(), stop]
    stuffing = np.zeros(len(data), dtype=bool)
    stuffing[1:] = escape[:-1] & (data[1:] == 0)
    parts = []
    for begin, end in pairwise(breaks):
        part = data[begin + 2 : end]
        parts.append(np.append(part[~stuffing[begin + 2 : end]], np.zeros(8, dtype=np.uint8)))
    return parts
