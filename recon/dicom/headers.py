"""The header of one file, read as cheaply as possible, or why it has none."""

import zlib

from recon.dicom.elements import CutShortError, NotDicomError, elements
from recon.dicom.enhanced import frame_headers
from recon.dicom.files import FileReader
from recon.dicom.slice_header import DIRECTORY_CLASS, MULTI_FRAME_CLASSES, WANTED, FileRef, SliceHeader, slice_header

SNIFF_BYTES = 4096
PREFIX_BYTES = 1 << 16
"""Holds the header of nearly every CT image; longer ones are read whole."""
HEADER_LIMIT_BYTES = 64 << 20
_MEDIA_CLASS = 0x00020002


def read_headers(ref: FileRef, reader: FileReader) -> tuple[SliceHeader, ...] | str:
    """All frames of one file, or in words why it holds no image; "" = not DICOM at all. Never raises on bad bytes."""
    try:
        data, size = reader.first(ref, SNIFF_BYTES)
        if not _may_be_dicom(data):
            return ""
        return _parsed(ref, reader, data, size)
    except NotDicomError as error:
        return f"not readable as DICOM: {error}"
    except CutShortError as error:
        return f"damaged: {error}"
    except PermissionError:
        return "you have no permission to read it"
    except (OSError, ValueError, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        return f"not readable: {error}"


def _may_be_dicom(data: bytes) -> bool:
    return data[128:132] == b"DICM" or (len(data) >= 16 and data[:2] in (b"\x02\x00", b"\x08\x00"))


def _parsed(ref: FileRef, reader: FileReader, data: bytes, size: int) -> tuple[SliceHeader, ...] | str:
    wanted = WANTED | {_MEDIA_CLASS}
    for length in (PREFIX_BYTES, HEADER_LIMIT_BYTES):
        if len(data) < size:
            data = reader.part(ref, 0, length)
        try:
            found = elements(data, wanted)
        except CutShortError:
            if len(data) >= size or length == HEADER_LIMIT_BYTES:
                raise
            continue
        # A header that ends exactly with the prefix looks complete: the pixel data may still follow.
        if found.pixel_offset is None and len(data) < size and length < HEADER_LIMIT_BYTES:
            continue
        break
    if found.values.get(_MEDIA_CLASS, b"").rstrip(b"\0 ") == DIRECTORY_CLASS.encode():
        return "a DICOM directory"
    header = slice_header(ref, found, size)
    if not header.sop_class and not header.modality:
        return "DICOM, but not an image"
    if header.sop_class in MULTI_FRAME_CLASSES:
        return frame_headers(header, reader)
    return (header,)
