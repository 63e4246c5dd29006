"""What a compressed image says of itself before a decoder sees it: its size, and that its header holds no surprises.

Decoders written in C trust their input: measured on damaged files, one reserves gigabytes for a claimed size, one runs for 15 s
or corrupts memory when a JPEG-LS stream is cut short, one ends the process when a JPEG stream lacks a table. Only streams whose
header is sound and that have an end are decoded.
"""

_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_SOF_LS, _SOS, _PRESET, _HUFFMAN, _QUANTISATION = 0xF7, 0xDA, 0xF8, 0xC4, 0xDB
_NO_FRAME = (0xC4, 0xC8, 0xCC)


def stated_size(frame: bytes) -> tuple[int, int] | None:
    """Rows and columns that a JPEG, JPEG-LS or JPEG 2000 stream states in its header; None when it states none."""
    if frame[:4] == b"\xff\x4f\xff\x51":
        right, bottom, left, top = (int.from_bytes(frame[i : i + 4], "big") for i in (8, 12, 16, 20))
        return bottom - top, right - left
    for marker, body in segments(frame):
        if marker == _SOF_LS or (0xC0 <= marker <= 0xCF and marker not in _NO_FRAME):
            return int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
    return None


def sound_jpeg_ls(frame: bytes) -> bytes:
    """The stream with an end marker (added when missing); raises ValueError when its header is not that of one grey image."""
    frames, scans = 0, 0
    for marker, body in segments(frame):
        if marker == _SOF_LS:
            frames += 1
            if len(body) != 9 or not 2 <= body[0] <= 16 or body[5] != 1:
                raise ValueError("its frame header is damaged")
        elif marker == _SOS:
            scans += 1
            if len(body) != 6 or body[0] != 1 or body[2] != 0 or body[4] > 2 or body[5] != 0:
                raise ValueError("its scan header is damaged")
        elif marker == _PRESET and len(body) != 11:
            raise ValueError("its coding parameters are damaged")
        elif marker != _PRESET and not 0xE0 <= marker <= 0xFE:
            raise ValueError(f"marker {marker:02X} does not belong in it")
    if frames != 1 or scans != 1:
        raise ValueError("it has no complete header")
    whole = frame.rstrip(b"\0")
    return whole if whole.endswith(_EOI) else whole + _EOI


def sound_jpeg(frame: bytes) -> bytes:
    """A lossy stream with an end marker (added when missing); raises ValueError when its header is not that of one grey image."""
    tables: set[int] = set()
    frames, scans, quantised = 0, 0, 0
    for marker, body in segments(frame):
        if marker in (0xC0, 0xC1):
            frames += 1
            if len(body) != 9 or body[0] not in (8, 12, 16) or body[5] != 1 or body[7] != 0x11:
                raise ValueError("its frame header is damaged")
        elif marker == _SOS:
            scans += 1
            if len(body) != 6 or body[0] != 1 or not {body[2] >> 4, 0x10 | body[2] & 15} <= tables or body[5] != 0:
                raise ValueError("its scan header is damaged")
        elif marker == _HUFFMAN:
            tables |= _huffman_tables(body)
        elif marker == _QUANTISATION:
            quantised += 1
            if len(body) % 65 and len(body) % 129:
                raise ValueError("its quantisation is damaged")
        elif not 0xDD <= marker <= 0xFE:
            raise ValueError(f"marker {marker:02X} does not belong in it")
    if (frames, scans) != (1, 1) or not quantised:
        raise ValueError("it has no complete header")
    whole = frame.rstrip(b"\0")
    return whole if whole.endswith(_EOI) else whole + _EOI


def _huffman_tables(body: bytes) -> set[int]:
    """Class and number of each code table of one segment; raises ValueError when the codes do not fit their lengths."""
    found: set[int] = set()
    position = 0
    while position < len(body):
        counts = body[position + 1 : position + 17]
        room = sum(count << (16 - length) for length, count in enumerate(counts, start=1))
        found.add(body[position])
        position += 17 + sum(counts)
        if position > len(body) or room > 1 << 16 or sum(counts) > 256:
            raise ValueError("a code table is damaged")
    return found


def segments(frame: bytes) -> list[tuple[int, bytes]]:
    """Marker and content of the header segments of a JPEG stream, up to its first scan."""
    found: list[tuple[int, bytes]] = []
    position = 2
    while frame[:2] == _SOI and position + 4 <= len(frame) and frame[position] == 0xFF:
        marker, length = frame[position + 1], int.from_bytes(frame[position + 2 : position + 4], "big")
        found.append((marker, frame[position + 4 : position + 2 + length]))
        if marker == _SOS or length < 2:
            break
        position += 2 + length
    return found
