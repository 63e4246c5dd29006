"""The top-level data elements of one DICOM file, read in one bounded pass without building a dataset.

A general parser spends most of an intake's time on elements nobody asked for and follows whatever nesting a broken file
claims. This walk keeps wanted values as bytes, steps over everything else, never recurses and always ends
(DICOM PS3.5 sections 7 and A, PS3.10 section 7).
"""

import struct
import zlib
from dataclasses import dataclass

IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
DEFLATED_LITTLE = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"

PIXEL_DATA = 0x7FE00010
INFLATED_LIMIT_BYTES = 1 << 30
"""A deflated file that grows beyond this is refused (zip bomb)."""
MAXIMUM_ELEMENTS = 200_000
MAXIMUM_NESTING = 64

_UNDEFINED = 0xFFFFFFFF
_LONG_VRS = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
_SHORT_VRS = (b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL", b"SS")
_VRS = _LONG_VRS | frozenset((*_SHORT_VRS, b"ST", b"TM", b"UI", b"UL", b"US"))
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD


class NotDicomError(ValueError):
    """The bytes are not a DICOM data set."""


class CutShortError(ValueError):
    """The bytes end inside an element."""


@dataclass(frozen=True, slots=True)
class Elements:
    """Wanted values as bytes by tag number, and where the pixel data lie.

    `pixel_offset` counts from the start of `body`; None without pixel data. `pixel_length` None = encapsulated.
    `body` is the data set itself: the file's bytes, or the inflated ones of a deflated file (then offsets count in it).
    """

    values: dict[int, bytes]
    syntax_uid: str
    pixel_offset: int | None
    pixel_length: int | None
    inflated: bytes | None = None

    @property
    def big_endian(self) -> bool:
        """Whether numbers are stored most significant byte first."""
        return self.syntax_uid == EXPLICIT_BIG


def elements(data: bytes, wanted: frozenset[int]) -> Elements:
    """The `wanted` top-level elements (tag numbers such as 0x00280010) of a file's first bytes, up to the pixel data.

    Raises NotDicomError when the bytes are something else, CutShortError when they end inside an element before the pixel data.
    """
    values: dict[int, bytes] = {}
    start, syntax = _meta(data, wanted, values)
    if syntax == DEFLATED_LITTLE:
        body = _inflated(data[start:])
        offset, length = _walk(body, 0, EXPLICIT_LITTLE, wanted, values)
        return Elements(values, syntax, offset, length, body)
    if not syntax:
        syntax = _guessed_syntax(data, start)
    # A wrong transfer syntax in the meta information is common: believe the bytes where they are unmistakable.
    elif syntax != IMPLICIT_LITTLE and data[start + 4 : start + 6] not in _VRS and _looks_implicit(data, start):
        syntax = IMPLICIT_LITTLE
    offset, length = _walk(data, start, syntax, wanted, values)
    return Elements(values, syntax, offset, length)


def _meta(data: bytes, wanted: frozenset[int], values: dict[int, bytes]) -> tuple[int, str]:
    """Offset of the data set and the transfer syntax UID, "" when the file does not say."""
    if data[128:132] == b"DICM":
        position = 132
    elif _plausible_start(data):
        position = 0
    else:
        raise NotDicomError("no DICOM marker")
    syntax = ""
    while position + 8 <= len(data) and data[position : position + 2] == b"\x02\x00":
        tag, length, begin = _explicit_element(data, position, "<")
        if begin + length > len(data):
            raise CutShortError("the file meta information is cut short")
        if tag == 0x00020010:
            syntax = data[begin : begin + length].rstrip(b"\0 ").decode("ascii", "replace")
        if tag in wanted:
            values[tag] = data[begin : begin + length]
        position = begin + length
    return position, syntax


def _plausible_start(data: bytes) -> bool:
    """Whether a file without preamble begins with an element of group 2 or 8 of sensible length."""
    if len(data) < 16 or data[:2] not in (b"\x02\x00", b"\x08\x00"):
        return False
    if data[4:6] in _VRS:
        return True
    return data[:2] == b"\x08\x00" and _looks_implicit(data, 0)


def _looks_implicit(data: bytes, position: int) -> bool:
    """Whether two implicit elements in a row make sense at this place."""
    if position + 8 > len(data):
        return False
    group, element, length = struct.unpack_from("<HHI", data, position)
    after = position + 8 + length
    if length > 0xFFFF or after + 4 > len(data):
        return False
    next_group, next_element = struct.unpack_from("<HH", data, after)
    return (group, element) < (next_group, next_element) and next_group <= 0x7FE0


def _guessed_syntax(data: bytes, position: int) -> str:
    """The transfer syntax of a data set that does not name it."""
    if data[position + 4 : position + 6] in _VRS:
        return EXPLICIT_BIG if data[position] == 0 and data[position + 1] else EXPLICIT_LITTLE
    if _looks_implicit(data, position):
        return IMPLICIT_LITTLE
    raise NotDicomError("no transfer syntax and none can be recognised")


def _inflated(data: bytes) -> bytes:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        body = stream.decompress(data, INFLATED_LIMIT_BYTES)
    except zlib.error as error:
        raise CutShortError(f"the deflated data set cannot be inflated ({error})") from error
    if stream.unconsumed_tail:
        raise NotDicomError("the deflated data set grows without bound")
    if not stream.eof:
        raise CutShortError("the deflated data set is cut short")
    return body


def _explicit_element(data: bytes, position: int, order: str) -> tuple[int, int, int]:
    """Tag, length and value offset of the explicit element at `position`."""
    group, element = struct.unpack_from(order + "HH", data, position)
    if data[position + 4 : position + 6] in _LONG_VRS:
        if position + 12 > len(data):
            raise CutShortError("an element header is cut short")
        return group << 16 | element, struct.unpack_from(order + "I", data, position + 8)[0], position + 12
    return group << 16 | element, struct.unpack_from(order + "H", data, position + 6)[0], position + 8


def _walk(
    data: bytes, position: int, syntax: str, wanted: frozenset[int], values: dict[int, bytes]
) -> tuple[int | None, int | None]:
    """Fills `values`; offset and length of the pixel data, length None when encapsulated."""
    order = ">" if syntax == EXPLICIT_BIG else "<"
    implicit = syntax == IMPLICIT_LITTLE
    tag_of, long_of, short_of = (struct.Struct(order + f).unpack_from for f in ("HH", "I", "H"))
    size = len(data)
    for _ in range(MAXIMUM_ELEMENTS):
        if position + 8 > size:
            # Trailing bytes shorter than an element header are padding that some writers leave.
            return None, None
        group, element = tag_of(data, position)
        tag = group << 16 | element
        vr = data[position + 4 : position + 6]
        if implicit or vr not in _VRS:
            length, begin = long_of(data, position + 4)[0], position + 8
        elif vr in _LONG_VRS:
            if position + 12 > size:
                raise CutShortError("an element header is cut short")
            length, begin = long_of(data, position + 8)[0], position + 12
        else:
            length, begin = short_of(data, position + 6)[0], position + 8
        if tag == PIXEL_DATA:
            return begin, None if length == _UNDEFINED else length
        if group > 0x7FE0 and group != 0xFFFE:
            return None, None
        if length == _UNDEFINED:
            position = _after_sequence(data, begin, order, implicit or vr == b"UN")
            continue
        if begin + length > size:
            raise CutShortError(f"element ({group:04X},{element:04X}) is cut short")
        if tag in wanted:
            values[tag] = data[begin : begin + length]
        position = begin + length
    raise NotDicomError("more elements than any image has")


def _after_sequence(data: bytes, position: int, order: str, implicit: bool) -> int:
    """Offset behind a sequence of undefined length; a stack of what is open instead of recursion.

    A sequence of VR UN holds implicit elements whatever the file's syntax is (PS3.5 section 6.2.2 note 2).
    """
    open_parts: list[tuple[bool, bool]] = [(False, implicit)]
    for _ in range(MAXIMUM_ELEMENTS):
        if position + 8 > len(data):
            raise CutShortError("a sequence is cut short")
        group, element = struct.unpack_from(order + "HH", data, position)
        tag = group << 16 | element
        in_item, implicit = open_parts[-1]
        vr = data[position + 4 : position + 6]
        if tag in (_ITEM, _ITEM_END, _SEQUENCE_END) or implicit or vr not in _VRS:
            length, begin = struct.unpack_from(order + "I", data, position + 4)[0], position + 8
        else:
            _, length, begin = _explicit_element(data, position, order)
        position = begin
        if tag in (_ITEM_END, _SEQUENCE_END):
            open_parts.pop()
            if tag == _SEQUENCE_END and in_item and open_parts:
                open_parts.pop()
            if not open_parts:
                return position
        elif length != _UNDEFINED:
            position += length
        elif len(open_parts) >= MAXIMUM_NESTING:
            raise NotDicomError("sequences are nested too deeply")
        else:
            open_parts.append((tag == _ITEM, implicit or (tag != _ITEM and vr == b"UN")))
    raise NotDicomError("a sequence has more elements than any image has")
