"""Where another vessel runs beside a vessel: there its lumen bulges because a branch leaves (docs/sections.md)."""

import math

import numpy as np
import numpy.typing as npt

from recon.centerline import Centerline
from recon.contours import FIT_ANGLES
from recon.estimate import FloatArray

BESIDE_MM = (0.6, 3.6)
"""Distance of the other line: nearer it is the same vessel, farther its lumen does not touch this one's."""

BEFORE_MM, AFTER_MM, AROUND_DEG = 8.0, 1.5, 90.0
"""A branch at a small angle runs within this vessel's own outline before its line can be told from this one."""

FORK_BEFORE_MM, FORK_AFTER_MM = 4.0, 2.0
"""About its take-off the lumen widens to all sides."""


def beside_others(line: Centerline, s_mm: FloatArray, others: tuple[Centerline, ...]) -> npt.NDArray[np.bool_]:
    """Sections and angles (n, FIT_ANGLES) of `line` towards which one of the other centerlines runs close by."""
    found = np.zeros((len(s_mm), FIT_ANGLES), dtype=bool)
    theta = np.arange(FIT_ANGLES) * (2 * math.pi / FIT_ANGLES)
    for other in others:
        s, angle, distance = line.locate(other.points_mm)
        close = (distance > BESIDE_MM[0]) & (distance < BESIDE_MM[1])
        for at, towards in zip(s[close], angle[close], strict=True):
            turn = np.abs((theta - towards + math.pi) % (2 * math.pi) - math.pi)
            near = (s_mm >= at - BEFORE_MM) & (s_mm <= at + AFTER_MM)
            found |= near[:, None] & (turn <= math.radians(AROUND_DEG))
        if close.any():
            fork = float(s[close].min())
            found[(s_mm >= fork - FORK_BEFORE_MM) & (s_mm <= fork + FORK_AFTER_MM)] = True
    return found
