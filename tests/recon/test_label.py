"""Which of the ways of the left side is the left anterior descending artery."""

import numpy as np

from recon.label import Way, left_pair


def way(*corners: tuple[float, float, float]) -> Way:
    """A way from the ostium through corners in the heart frame (apex, back, side)."""
    corners = ((-15.0, 0.0, 25.0), *corners)
    count = 40
    part = np.linspace(0, len(corners) - 1, count)
    points = np.stack([np.interp(part, range(len(corners)), [c[n] for c in corners]) for n in range(3)], axis=1)
    length = float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
    return Way(tuple(hash(corners) * 100 + n for n in range(count)), points, length, points)


LAD = way((0.0, -8.0, 28.0), (40.0, -23.0, 22.0), (75.0, -20.0, 5.0))
LCX = way((0.0, 20.0, 34.0), (8.0, 40.0, 20.0), (15.0, 48.0, 0.0))
MARGINAL = way((0.0, 20.0, 34.0), (35.0, 22.0, 30.0), (70.0, 12.0, 20.0))
STUMP = way((0.0, -8.0, 28.0), (14.0, -14.0, 29.0))


def test_the_lad_is_the_way_in_front_and_the_circumflex_the_one_round_the_base():
    assert left_pair([MARGINAL, LCX, LAD]) == (LAD, LCX)


def test_a_marginal_branch_is_not_called_the_lad():
    assert left_pair([MARGINAL, LCX]) == (None, LCX)


def test_a_short_way_in_front_is_the_lad_when_no_longer_one_is():
    assert left_pair([MARGINAL, LCX, STUMP]) == (STUMP, LCX)
