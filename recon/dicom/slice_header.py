"""What the intake needs to know of one image, typed; absent is None or empty text, never a made-up value."""

import math
import struct
from dataclasses import dataclass
from typing import Any

from pydicom.charset import convert_encodings, decode_bytes

from recon.dicom.elements import Elements

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2.1"
LEGACY_CONVERTED_ENHANCED_CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2.2"
CT_CLASSES = frozenset((CT_IMAGE, ENHANCED_CT_IMAGE, LEGACY_CONVERTED_ENHANCED_CT_IMAGE))
MULTI_FRAME_CLASSES = frozenset((ENHANCED_CT_IMAGE, LEGACY_CONVERTED_ENHANCED_CT_IMAGE))
DIRECTORY_CLASS = "1.2.840.10008.1.3.10"


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file, or a member of a zip archive."""

    path: str
    member: str = ""

    def __str__(self) -> str:
        return f"{self.path} : {self.member}" if self.member else self.path


@dataclass(frozen=True, slots=True)
class SliceHeader:
    """One CT image (or one frame of a multi-frame image) as its file describes it; units and signs as in DICOM PS3.3.

    `position_mm` (x, y, z) and `orientation` (row direction, column direction) are LPS. `spacing_mm` is (between rows,
    between columns). `pixel_offset` counts in the file's bytes; with a compressed syntax `pixel_length` None means that
    the frame must be looked for in encapsulated data that begin there, a number that its code stream is just there.
    """

    ref: FileRef
    frame: int = 0
    frames: int = 1
    sop_class: str = ""
    sop_uid: str = ""
    series_uid: str = ""
    study_uid: str = ""
    frame_of_reference_uid: str = ""
    modality: str = ""
    image_type: tuple[str, ...] = ()
    rows: int = 0
    columns: int = 0
    position_mm: tuple[float, ...] | None = None
    orientation: tuple[float, ...] | None = None
    spacing_mm: tuple[float, float] | None = None
    slope: float | None = None
    intercept: float | None = None
    rescale_type: str = ""
    pixel_presentation: str = ""
    bits_allocated: int = 16
    bits_stored: int | None = None
    signed: bool = False
    samples: int = 1
    photometric: str = ""
    padding: tuple[int, int] | None = None
    syntax_uid: str = ""
    pixel_offset: int | None = None
    pixel_length: int | None = None
    cut_short: bool = False
    instance_number: int | None = None
    acquisition_number: int | None = None
    temporal_index: int | None = None
    temporal_identifier: int | None = None
    trigger_time_ms: float | None = None
    heart_beat_ms: float | None = None
    nominal_pct: float | None = None
    acquisition_time: str = ""
    scan_options: str = ""
    series_description: str = ""
    study_description: str = ""
    protocol: str = ""
    image_comments: str = ""
    series_number: int | None = None
    kernel: str = ""
    kvp: float | None = None
    thickness_mm: float | None = None
    tilt_deg: float | None = None
    manufacturer: str = ""
    model: str = ""
    acquisition_type: str = ""
    contrast_agent: str = ""
    patient_position: str = ""
    patient_name: str = ""
    patient_id: str = ""
    birth_date: str = ""
    sex: str = ""
    age_text: str = ""
    study_date: str = ""
    accession_number: str = ""
    study_time: str = ""
    study_id: str = ""
    referring_physician: str = ""
    gating_delay: str = ""
    gating_pct: str = ""
    gating_ms: str = ""
    lossy: bool = False
    burned_in: bool = False


TEXT_TAGS = {
    "sop_class": 0x00080016, "sop_uid": 0x00080018, "series_uid": 0x0020000E, "study_uid": 0x0020000D,
    "frame_of_reference_uid": 0x00200052, "modality": 0x00080060, "photometric": 0x00280004, "acquisition_time": 0x00080032,
    "scan_options": 0x00180022, "series_description": 0x0008103E, "study_description": 0x00081030, "protocol": 0x00181030,
    "image_comments": 0x00204000, "kernel": 0x00181210, "manufacturer": 0x00080070, "model": 0x00081090,
    "acquisition_type": 0x00189302, "contrast_agent": 0x00180010, "patient_position": 0x00185100, "patient_name": 0x00100010,
    "patient_id": 0x00100020, "birth_date": 0x00100030, "sex": 0x00100040, "age_text": 0x00101010, "study_date": 0x00080020,
    "accession_number": 0x00080050, "study_time": 0x00080030, "study_id": 0x00200010, "referring_physician": 0x00080090,
    "rescale_type": 0x00281054, "pixel_presentation": 0x00089205,
}  # fmt: skip
WHOLE_TAGS = {
    "instance_number": 0x00200013, "acquisition_number": 0x00200012, "temporal_identifier": 0x00200100,
    "series_number": 0x00200011,
}  # fmt: skip
DECIMAL_TAGS = {
    "slope": 0x00281053, "intercept": 0x00281052, "trigger_time_ms": 0x00181060, "heart_beat_ms": 0x00181062,
    "kvp": 0x00180060, "thickness_mm": 0x00180050, "tilt_deg": 0x00181120,
}  # fmt: skip
PRIVATE_TAGS = {
    "gating_delay": (0x01F1, "ELSCINT1", 0x41),
    "gating_pct": (0x7005, "TOSHIBA_MEC_CT3", 0x04),
    "gating_ms": (0x7005, "TOSHIBA_MEC_CT3", 0x05),
}
"""Private attributes that tell a phase: group, creator and element in the creator's block (PS3.5 section 7.8.1); names as in the
public private dictionaries: Gating Delay (Philips), Cardiac Reconstruction Gating Phase in Percent and in ms (Canon, Toshiba)."""
PRIVATE_BLOCKS = range(0x10, 0x20)
"""Blocks in which a creator is looked for; writers take the first free one."""
_TEMPORAL_INDEX, _NOMINAL_PCT = 0x00209128, 0x00209241
_CHARACTER_SET, _IMAGE_TYPE, _POSITION, _ORIENTATION, _SPACING = 0x00080005, 0x00080008, 0x00200032, 0x00200037, 0x00280030
_ROWS, _COLUMNS, _FRAMES, _SAMPLES = 0x00280010, 0x00280011, 0x00280008, 0x00280002
_ALLOCATED, _STORED, _SIGNED, _PADDING, _PADDING_LIMIT = 0x00280100, 0x00280101, 0x00280103, 0x00280120, 0x00280121
_LOSSY, _BURNED_IN = 0x00282110, 0x00280301
WANTED = frozenset((
    *TEXT_TAGS.values(), *WHOLE_TAGS.values(), *DECIMAL_TAGS.values(), _TEMPORAL_INDEX, _NOMINAL_PCT, _CHARACTER_SET,
    _IMAGE_TYPE, _POSITION, _ORIENTATION, _SPACING, _ROWS, _COLUMNS, _FRAMES, _SAMPLES, _ALLOCATED, _STORED, _SIGNED,
    _PADDING, _PADDING_LIMIT, _LOSSY, _BURNED_IN,
    *(group << 16 | block for group, _, _ in PRIVATE_TAGS.values() for block in PRIVATE_BLOCKS),
    *(group << 16 | block << 8 | element for group, _, element in PRIVATE_TAGS.values() for block in PRIVATE_BLOCKS),
))  # fmt: skip
_LOSSY_SYNTAXES = frozenset(
    "1.2.840.10008.1.2.4." + last for last in ("50", "51", "81", "91", "203")
)  # JPEG baseline and extended, JPEG-LS near lossless, JPEG 2000 and HTJ2K that may be lossy


def slice_header(ref: FileRef, found: Elements, file_size: int) -> SliceHeader:
    """The header of the image that `found` describes; `file_size` tells whether its pixel data are all there."""
    values = found.values
    order = ">" if found.big_endian else "<"
    text: dict[str, Any] = {name: _text(values, tag) for name, tag in TEXT_TAGS.items()}
    text |= {name: _private(values, *place) for name, place in PRIVATE_TAGS.items()}
    whole: dict[str, Any] = {name: _whole(values, tag) for name, tag in WHOLE_TAGS.items()}
    decimal: dict[str, Any] = {name: _decimal(values, tag) for name, tag in DECIMAL_TAGS.items()}
    numbers = {tag: _short(values, tag, order) for tag in (_ROWS, _COLUMNS, _SAMPLES, _ALLOCATED, _STORED, _SIGNED)}
    signed = numbers[_SIGNED] == 1
    size = len(found.inflated) if found.inflated is not None else file_size
    end = None if found.pixel_offset is None else found.pixel_offset + (found.pixel_length or 0)
    spacing = _decimals(values, _SPACING, 2)
    return SliceHeader(
        ref=ref,
        frames=_whole(values, _FRAMES) or 1,
        image_type=tuple(part.strip() for part in _ascii(values.get(_IMAGE_TYPE, b"")).split("\\")),
        rows=numbers[_ROWS] or 0,
        columns=numbers[_COLUMNS] or 0,
        position_mm=_decimals(values, _POSITION, 3),
        orientation=_decimals(values, _ORIENTATION, 6),
        spacing_mm=None if spacing is None else (spacing[0], spacing[1]),
        bits_allocated=numbers[_ALLOCATED] or 16,
        bits_stored=numbers[_STORED],
        signed=signed,
        samples=numbers[_SAMPLES] or 1,
        padding=_padding(values, order, signed),
        syntax_uid=found.syntax_uid,
        pixel_offset=found.pixel_offset,
        pixel_length=found.pixel_length,
        cut_short=end is not None and end > size,
        temporal_index=_long(values, _TEMPORAL_INDEX, order),
        nominal_pct=_binary_float(values, _NOMINAL_PCT, order),
        lossy=_ascii(values.get(_LOSSY, b"")) == "01" or found.syntax_uid in _LOSSY_SYNTAXES,
        burned_in=_ascii(values.get(_BURNED_IN, b"")).upper() == "YES",
        **text,
        **whole,
        **decimal,
    )


def _private(values: dict[int, bytes], group: int, creator: str, element: int) -> str:
    """Text of a private element, wherever its creator has its block; empty when it is not there."""
    for block in PRIVATE_BLOCKS:
        if _ascii(values.get(group << 16 | block, b"")) == creator:
            return _ascii(values.get(group << 16 | block << 8 | element, b""))
    return ""


def _ascii(value: bytes) -> str:
    return value.decode("latin-1").strip("\0 ")


def _text(values: dict[int, bytes], tag: int) -> str:
    """Text in the file's character set; bytes that have no meaning in it become replacement marks."""
    value = values.get(tag, b"")
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii").strip("\0 ")
    try:
        encodings = convert_encodings(_ascii(values.get(_CHARACTER_SET, b"")).split("\\"))
        return str(decode_bytes(value, encodings, {"^", "="})).strip("\0 ")
    except (LookupError, UnicodeError, ValueError):
        return value.decode("latin-1").strip("\0 ")


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _decimal(values: dict[int, bytes], tag: int) -> float | None:
    return _number(_ascii(values.get(tag, b"")).split("\\")[0])


def _decimals(values: dict[int, bytes], tag: int, count: int) -> tuple[float, ...] | None:
    numbers = [_number(part) for part in _ascii(values.get(tag, b"")).split("\\")]
    if len(numbers) != count or any(number is None for number in numbers):
        return None
    return tuple(number for number in numbers if number is not None)


def _whole(values: dict[int, bytes], tag: int) -> int | None:
    number = _decimal(values, tag)
    return None if number is None or abs(number) > 2**53 else int(number)


def _bytes_number(values: dict[int, bytes], tag: int, order: str, width: int, signed: bool = False) -> int | None:
    value = values.get(tag, b"")
    if len(value) < width:
        return None
    return int.from_bytes(value[:width], "big" if order == ">" else "little", signed=signed)


def _short(values: dict[int, bytes], tag: int, order: str) -> int | None:
    return _bytes_number(values, tag, order, 2)


def _long(values: dict[int, bytes], tag: int, order: str) -> int | None:
    return _bytes_number(values, tag, order, 4)


def _binary_float(values: dict[int, bytes], tag: int, order: str) -> float | None:
    value = values.get(tag, b"")
    if len(value) not in (4, 8):
        return None
    number = struct.unpack(order + ("f" if len(value) == 4 else "d"), value)[0]
    return number if math.isfinite(number) else None


def _padding(values: dict[int, bytes], order: str, signed: bool) -> tuple[int, int] | None:
    """The range of stored values that are padding, both ends included."""
    first = _bytes_number(values, _PADDING, order, 2, signed)
    if first is None:
        return None
    limit = _bytes_number(values, _PADDING_LIMIT, order, 2, signed)
    return (first, first) if limit is None else (min(first, limit), max(first, limit))
