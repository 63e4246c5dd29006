"""Calcium-free windows of the unrolled wall: sector by length (docs/clinical.md B.5: numbers and run lengths, no verdict)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recon.calcium_shape import Cover
from recon.estimate import Estimate, FloatArray
from recon.sections import CALCIUM_ANGLES, SECTION_STEP_MM

BIN_DEG = 5
LEAST_ARC_DEG, LEAST_LENGTH_MM = 60.0, 2.0
"""Smaller windows are not listed (app setting; no source gives a size)."""

MOST_WINDOWS = 3
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FreeWindow:
    """A rectangle of the unrolled wall without calcium by the best estimate, clockwise from `from_deg` to `to_deg`.

    `length_mm` and `arc_deg` say how far it reaches if the calcium is as large, and as small, as its interval allows; low 0
    means that calcium cannot be excluded in it.
    """

    start_mm: float
    end_mm: float
    from_deg: float
    to_deg: float
    length_mm: Estimate
    arc_deg: Estimate


def free_windows(cover: Cover, s_mm: FloatArray, start_mm: float, end_mm: float) -> tuple[FreeWindow, ...]:
    """The largest windows (arc times length) of an arc range, largest first, none overlapping another."""
    rows = np.flatnonzero((s_mm >= start_mm - 1e-9) & (s_mm <= end_mm + 1e-9))
    if not len(rows):
        return ()
    masks = [_binned((mask | ~cover.known[:, None])[rows]) for mask in (cover.low, cover.best, cover.high)]
    free = ~masks[1]
    found: list[FreeWindow] = []
    while len(found) < MOST_WINDOWS:
        box = largest_box(free)
        if box is None:
            break
        first, last, column, width = box
        if width * BIN_DEG < LEAST_ARC_DEG or (last - first) * SECTION_STEP_MM < LEAST_LENGTH_MM:
            break
        found.append(_window(masks, s_mm[rows], box))
        free[first:last, (column + np.arange(width)) % free.shape[1]] = False
    return tuple(found)


def largest_box(free: BoolArray) -> tuple[int, int, int, int] | None:
    """First and last row (beyond), first column and width of the largest all-true rectangle; columns go round the clock."""
    rows, columns = free.shape
    height = np.zeros(columns, dtype=int)
    best, best_area = None, 0
    for row in range(rows):
        height = np.where(free[row], height + 1, 0)
        column, width, tall = _widest(height)
        if width * tall > best_area:
            best_area, best = width * tall, (row + 1 - tall, row + 1, column, width)
    return best


def _widest(height: npt.NDArray[np.int_]) -> tuple[int, int, int]:
    """First column, width and height of the largest rectangle under a cyclic histogram."""
    columns = len(height)
    best = (0, 0, 0)
    for tall in np.unique(height[height > 0]):
        tall_enough = height >= tall
        if tall_enough.all():
            column, width = 0, columns
        else:
            gap = int(np.flatnonzero(~tall_enough)[0])
            turned = np.roll(tall_enough, -gap).astype(int)
            edges = np.flatnonzero(np.diff(np.concatenate([turned, [0]])))
            starts, ends = edges[::2] + 1, edges[1::2] + 1
            longest = int(np.argmax(ends - starts))
            column, width = (int(starts[longest]) + gap) % columns, int((ends - starts)[longest])
        if width * tall > best[1] * best[2]:
            best = (column, width, int(tall))
    return best


def _binned(mask: BoolArray) -> BoolArray:
    return np.asarray(mask.reshape(len(mask), CALCIUM_ANGLES // BIN_DEG, BIN_DEG).any(axis=2))


def _window(masks: list[BoolArray], s_mm: FloatArray, box: tuple[int, int, int, int]) -> FreeWindow:
    first, last, column, width = box
    columns = (column + np.arange(width)) % masks[1].shape[1]
    lengths = [_run_through(np.asarray(~mask[:, columns].any(axis=1)), first, last) * SECTION_STEP_MM for mask in masks]
    arcs = [_sector_through(np.asarray(~mask[first:last].any(axis=0)), columns) * float(BIN_DEG) for mask in masks]
    best_length, best_arc = (last - first) * SECTION_STEP_MM, width * float(BIN_DEG)
    return FreeWindow(
        float(s_mm[first]),
        float(s_mm[last - 1]),
        float(column * BIN_DEG),
        float((column + width) * BIN_DEG % CALCIUM_ANGLES),
        Estimate(min(lengths[2], best_length), best_length, max(lengths[0], best_length)),
        Estimate(min(arcs[2], best_arc), best_arc, max(arcs[0], best_arc)),
    )


def _run_through(free: BoolArray, first: int, last: int) -> int:
    """Rows of the longest free run that touches the rows first to last."""
    longest, start = 0, None
    for row in range(len(free) + 1):
        if row < len(free) and free[row]:
            start = row if start is None else start
        elif start is not None:
            if start < last and row > first:
                longest = max(longest, row - start)
            start = None
    return longest


def _sector_through(free: BoolArray, columns: npt.NDArray[np.int_]) -> int:
    """Bins of the longest free sector, round the clock, that touches the given columns."""
    if free.all():
        return len(free)
    touched = np.zeros(len(free), dtype=bool)
    touched[columns] = True
    gap = int(np.flatnonzero(~free)[0])
    turned, near = np.roll(free, -gap), np.roll(touched, -gap)
    edges = np.flatnonzero(np.diff(np.concatenate([turned.astype(int), [0]])))
    runs = [(a + 1, b + 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return max((int(b - a) for a, b in runs if near[a:b].any()), default=0)
