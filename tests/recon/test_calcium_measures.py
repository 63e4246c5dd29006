"""Arc, area and intervals of fitted deposits are those of their shape: formulas."""

import math

import numpy as np
import pytest

from recon.calcium_measures import deposit_measures
from recon.calcium_model import Deposit
from recon.contours import MODES, Walls
from recon.kernels.calcium_model import SHAPE

S_MM = np.arange(0.0, 10.01, 0.5)


def walls(wall_mm=2.0, lumen_mm=1.4):
    n = len(S_MM)
    modes = [np.zeros((n, MODES)) for _ in range(2)]
    modes[0][:, 0], modes[1][:, 0] = wall_mm, lumen_mm
    around, one = np.full((n, 36), -90.0), np.ones(n)
    return Walls(
        S_MM, np.zeros((n, 2)), *modes, np.ones(n, bool), 400 * one, 60 * one, around, 0.35 * one, 0.05 * one, 0.05 * one,
        np.zeros((n, 36)), around, 400 * one,
    )  # fmt: skip


def deposit(inner_mm, outer_mm, half_deg, start_mm=3.0, end_mm=7.0):
    count = math.ceil(end_mm - start_mm) + 1
    shape = [0.5, math.radians(half_deg), inner_mm, outer_mm, 0.0, 0.0, 1000.0]
    covariance = np.eye(SHAPE * count + 3) * 1e-4
    return Deposit(start_mm + np.arange(count), np.tile(shape, (count, 1)), start_mm, end_mm, 0.0, covariance, 1.0)


@pytest.mark.parametrize("thickness_mm", [0.14, 0.2, 0.6])
def test_the_arc_does_not_depend_on_a_thickness_that_cannot_be_known(thickness_mm):
    measured = deposit_measures((deposit(1.5, 1.5 + thickness_mm, 60.0),), walls())
    assert measured.arc.best[10] == pytest.approx(120.0, abs=2.0)
    assert measured.area.best[10] == pytest.approx(math.radians(60) * ((1.5 + thickness_mm) ** 2 - 1.5**2), rel=0.05)


def test_a_section_that_an_end_cuts_has_a_part_of_the_area_and_the_whole_arc():
    measured = deposit_measures((deposit(1.4, 1.9, 60.0, end_mm=6.95),), walls())
    cut = int(np.searchsorted(S_MM, 6.9))
    assert 0 < measured.area.best[cut] < 0.6 * measured.area.best[cut - 2]
    assert measured.arc.best[cut] == pytest.approx(120.0, abs=2.0)


def test_just_beyond_an_end_the_interval_holds_the_deposit_s_area_and_arc():
    measured = deposit_measures((deposit(1.4, 1.9, 60.0, end_mm=6.8),), walls())
    beyond = int(np.searchsorted(S_MM, 6.9))
    assert measured.area.best[beyond] == 0 and measured.arc.best[beyond] == 0
    assert measured.area.high[beyond] >= 0.99 * measured.area.best[beyond - 2] and measured.arc.high[beyond] >= 120.0
    assert measured.area.high[-1] == 0 and measured.arc.high[-1] == 0
