"""The letters at the edges of an image: from the directions of its axes, never from its name."""

import numpy as np
import numpy.typing as npt

LETTERS = (("R", "L"), ("A", "P"), ("F", "H"))
"""Per LPS axis the letter of its negative and its positive end: right-left, anterior-posterior, feet-head."""

PART = 0.38
"""A second letter is added where the direction leans by more than about 22 degrees."""


def letters(direction: npt.ArrayLike) -> str:
    """`L`, `LP`, ...: where an LPS direction (3,) points, strongest axis first, at most two letters."""
    unit = np.asarray(direction, dtype=float)
    unit = unit / np.linalg.norm(unit)
    order = np.argsort(-np.abs(unit))
    return "".join(LETTERS[axis][int(unit[axis] > 0)] for axis in order[:2] if abs(unit[axis]) > PART)


def opposite(text: str) -> str:
    """The letters of the other edge."""
    swap = {a: b for pair in LETTERS for a, b in (pair, pair[::-1])}
    return "".join(swap[letter] for letter in text)
