import math

import numpy as np
import pytest

from recon.bend import bend_deg
from recon.centerline import Centerline


def _circle(radius_mm: float, until_rad: float) -> Centerline:
    angle = np.linspace(0, until_rad, 80)
    return Centerline.through(np.column_stack([radius_mm * np.cos(angle), radius_mm * np.sin(angle), 0 * angle]))


def _corner(turn_deg: float) -> Centerline:
    turn = math.radians(turn_deg)
    first = np.column_stack([np.linspace(-20, 0, 41), np.zeros(41), np.zeros(41)])
    along = np.linspace(0.5, 20, 40)
    second = np.column_stack([along * math.cos(turn), np.zeros(40), along * math.sin(turn)])
    return Centerline.through(np.vstack([first, second]))


@pytest.mark.parametrize("arm_mm", [3.0, 5.0, 8.0])
def test_the_bend_of_a_circular_arc_is_arm_over_radius(arm_mm):
    arc = _circle(20.0, 2.0)
    assert bend_deg(arc, np.array([arc.length_mm / 2]), arm_mm)[0] == pytest.approx(math.degrees(arm_mm / 20.0), abs=0.1)


def test_a_straight_line_does_not_bend():
    straight = Centerline.through([[0, 0, 0], [1, 2, 3], [10, 20, 30]])
    assert bend_deg(straight, np.array([12.0]))[0] == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("turn_deg", [30.0, 60.0, 90.0])
def test_a_corner_turns_by_its_angle_in_3d_and_half_a_turn_is_the_largest_there_is(turn_deg):
    line = _corner(turn_deg)
    s = np.arange(6.0, line.length_mm - 6.0, 0.25)
    assert np.nanmax(bend_deg(line, s)) == pytest.approx(turn_deg, abs=0.03 * turn_deg)


def test_the_middle_of_an_arm_counts_more_than_its_ends():
    line = _corner(40.0)
    vertex = line.length_mm / 2
    for arm, part in ((1.0, 0.104), (2.5, 0.5), (4.0, 0.896)):  # least-squares slope: 3 u^2 - 2 u^3 of the arm beyond the corner
        got = bend_deg(line, np.array([vertex - arm]))[0]
        assert got == pytest.approx(40.0 * (1 - part), abs=2.5)


def test_arms_are_cut_at_the_ends_and_refused_under_half_their_length():
    arc = _circle(20.0, 2.0)
    turn = bend_deg(arc, np.array([2.0, 4.0, arc.length_mm - 2.0]))
    assert np.isnan(turn[[0, 2]]).all() and np.isfinite(turn[1])
