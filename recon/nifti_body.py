"""What the library that reads NIfTI files mends without a word: voxels that are no numbers (made 0 HU), spacing 0 (made 1 mm)."""

import gzip
import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from recon.report import Report

FLOAT_TYPES = {16: "f4", 64: "f8"}
"""NIfTI data type codes of floating point values."""
CHUNK_BYTES = 16 << 20
NIFTI_1_BYTES, NIFTI_2_BYTES = 348, 540


def not_numbers(path: Path, count: int, report: Report) -> npt.NDArray[np.bool_] | None:
    """For each of the `count` voxels, in the order of the file, whether it is NaN or infinite; None when none is.

    Files of whole numbers and damaged ones give None: the reading library has its own words for the latter.
    """
    found: npt.NDArray[np.bool_] | None = None
    try:
        with _opened(path) as stream:
            kind, offset = _body(stream.read(NIFTI_2_BYTES))
            if kind is None:
                return None
            stream.seek(offset)
            for start, values in _chunks(stream, kind, count):
                report(start / max(count, 1), "Looking for voxels that are no numbers")
                bad = ~np.isfinite(values)
                if bad.any():
                    found = np.zeros(count, dtype=bool) if found is None else found
                    found[start : start + len(values)] = bad
    except (OSError, EOFError, struct.error):
        return None
    return found


def spacing_fault(path: Path) -> str | None:
    """In words what is wrong with the voxel size of a NIfTI file; None when it is a size, or the file is none."""
    try:
        with _opened(path) as stream:
            head = stream.read(NIFTI_2_BYTES)
        for order in "<>":
            (size,) = struct.unpack_from(order + "i", head)
            if size in (NIFTI_1_BYTES, NIFTI_2_BYTES):
                place, kind = (80, "3f") if size == NIFTI_1_BYTES else (112, "3d")
                spacing = struct.unpack_from(order + kind, head, place)
                usable = all(math.isfinite(s) and s != 0.0 for s in spacing)
                return None if usable else f"its voxel size is {' x '.join(f'{s:g}' for s in spacing)} mm"
    except (OSError, EOFError, struct.error):
        return None
    return None


def _opened(path: Path) -> BinaryIO:
    return gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb")  # type: ignore[return-value]


def _body(head: bytes) -> tuple[np.dtype[np.floating] | None, int]:
    """Type of floating point values and where they begin; None for other types."""
    for order in "<>":
        (size,) = struct.unpack_from(order + "i", head)
        if size == NIFTI_1_BYTES:
            code, offset = struct.unpack_from(order + "h", head, 70)[0], struct.unpack_from(order + "f", head, 108)[0]
        elif size == NIFTI_2_BYTES:
            code, offset = struct.unpack_from(order + "h", head, 12)[0], struct.unpack_from(order + "q", head, 168)[0]
        else:
            continue
        if code in FLOAT_TYPES and 0 <= offset < 1 << 40:
            return np.dtype(order + FLOAT_TYPES[code]), int(offset)
    return None, 0


def _chunks(stream: BinaryIO, kind: np.dtype[np.floating], count: int) -> Iterator[tuple[int, npt.NDArray[np.floating]]]:
    start = 0
    while start < count:
        data = stream.read(min(CHUNK_BYTES, (count - start) * kind.itemsize))
        values = np.frombuffer(data, dtype=kind, count=len(data) // kind.itemsize)
        if len(values) == 0:
            return
        yield start, values
        start += len(values)
