"""Encirclement of a section from its 1-degree bins (docs/clinical.md B.7)."""

import numpy as np
import numpy.typing as npt

from recon.estimate import FloatArray

MIN_EXTENT_MM = 0.25
"""A bin counts when its calcium is at least this thick."""

MAX_CLOSED_GAP_DEG = 5
"""Gaps up to this are blooming and sampling, not calcium-free wall."""


def closed_gaps(covered: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The bins (n, 360) with every gap of up to MAX_CLOSED_GAP_DEG closed, around the clock."""
    bins = covered.shape[1]
    index = np.arange(3 * bins)
    tiled = np.tile(covered, (1, 3))
    before = np.maximum.accumulate(np.where(tiled, index, -(10**6)), axis=1)
    after = np.minimum.accumulate(np.where(tiled, index, 10**6)[:, ::-1], axis=1)[:, ::-1]
    gap = after - before - 1
    return np.asarray((tiled | (gap <= MAX_CLOSED_GAP_DEG))[:, bins : 2 * bins])


def total_arc_deg(covered: npt.NDArray[np.bool_]) -> FloatArray:
    """Sum of covered bins (n,) after closing small gaps."""
    return np.asarray(closed_gaps(covered).sum(axis=1), dtype=float)


def longest_arc_deg(covered: npt.NDArray[np.bool_]) -> FloatArray:
    """Longest unbroken run (n,) of covered bins around the clock."""
    closed = np.tile(closed_gaps(covered), (1, 2))
    index = np.arange(closed.shape[1])
    last_free = np.maximum.accumulate(np.where(~closed, index, -1), axis=1)
    run = np.where(last_free >= 0, index - last_free, index + 1)
    return np.asarray(np.minimum(np.where(closed, run, 0).max(axis=1), 360), dtype=float)
