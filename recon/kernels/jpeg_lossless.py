"""Lossless JPEG of one grey image (ITU T.81 annex H): entropy decoding and prediction; never reads or writes out of bounds."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def decoded_rows(code, lookup, predictor, first, top, bottom, out):
    """Fills rows top..bottom - 1 of `out` (uint16) from one restart interval; how many samples are sound.

    `code` (uint8) is the interval without stuffing, with 8 zero bytes behind its end. `lookup` (uint16, 65536) has for each
    16 bits the code's length in the high byte and its magnitude category in the low one, 0 for no code. `first` is the
    prediction of the first sample of an interval.
    """
    columns = out.shape[1]
    end = (code.shape[0] - 8) * 8
    bit = np.int64(0)
    done = 0
    for row in range(top, bottom):
        for column in range(columns):
            entry = np.int64(lookup[_sixteen(code, bit)])
            category = entry & 0xFF
            bit += entry >> 8
            if entry == 0 or category > 16 or bit + category * (category < 16) > end:
                return done
            difference = np.int64(0)
            if category == 16:
                difference = np.int64(32768)
            elif category > 0:
                difference = _sixteen(code, bit) >> (16 - category)
                bit += category
                if difference < (1 << (category - 1)):
                    difference -= (1 << category) - 1
            out[row, column] = (_prediction(out, row, column, predictor, first, row == top) + difference) & 0xFFFF
            done += 1
    return done


@njit(cache=True, nogil=True, inline="always")
def _sixteen(code, bit):
    """The 16 bits from position `bit` on; `bit` lies before the zero bytes at the end."""
    at = bit >> 3
    return (((np.int64(code[at]) << 16) | (np.int64(code[at + 1]) << 8) | np.int64(code[at + 2])) >> (8 - (bit & 7))) & 0xFFFF


@njit(cache=True, nogil=True, inline="always")
def _prediction(out, row, column, predictor, first, fresh):
    if fresh:
        return first if column == 0 else np.int64(out[row, column - 1])
    above = np.int64(out[row - 1, column])
    if column == 0:
        return above
    left, corner = np.int64(out[row, column - 1]), np.int64(out[row - 1, column - 1])
    if predictor == 1:
        return left
    if predictor == 2:
        return above
    if predictor == 3:
        return corner
    if predictor == 4:
        return left + above - corner
    if predictor == 5:
        return left + ((above - corner) >> 1)
    if predictor == 6:
        return above + ((left - corner) >> 1)
    return (left + above) >> 1
