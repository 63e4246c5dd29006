"""PackBits, the run-length code of DICOM's RLE transfer syntax (PS3.5 annex G.3.1); never reads or writes out of bounds."""

from numba import njit


@njit(cache=True, nogil=True)
def unpacked(data, start, stop, out):
    """Decodes bytes data[start:stop] (uint8) into `out` (uint8) until it is full; how many bytes were written."""
    position = start
    written = 0
    size = out.shape[0]
    while position < stop and written < size:
        code = data[position]
        position += 1
        if code < 128:
            count = min(code + 1, size - written, stop - position)
            for i in range(count):
                out[written + i] = data[position + i]
            position += code + 1
            written += count
        elif code > 128:
            if position >= stop:
                break
            count = min(257 - code, size - written)
            for i in range(count):
                out[written + i] = data[position]
            position += 1
            written += count
    return written
