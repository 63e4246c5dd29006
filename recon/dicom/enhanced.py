"""Enhanced and Legacy Converted Enhanced CT: the frames of one multi-frame file as slices."""

from recon.dicom.files import FileReader
from recon.dicom.slice_header import SliceHeader


def frame_headers(header: SliceHeader, reader: FileReader) -> tuple[SliceHeader, ...] | str:
    """One header a frame, from the shared and per-frame functional groups (PS3.3 section C.7.6.16)."""
    return "multi-frame images are not read"
