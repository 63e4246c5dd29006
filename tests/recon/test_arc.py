"""Arcs of known bins."""

import numpy as np

from recon.arc import closed_gaps, longest_arc_deg, total_arc_deg


def _bins(*ranges):
    covered = np.zeros((1, 360), bool)
    for start, end in ranges:
        covered[0, np.arange(start, end) % 360] = True
    return covered


def test_total_and_longest_arc_of_two_runs_one_of_them_over_twelve_o_clock():
    covered = _bins((350, 400), (100, 130))
    assert total_arc_deg(covered)[0] == 80
    assert longest_arc_deg(covered)[0] == 50


def test_gaps_of_five_degrees_close_and_gaps_of_six_do_not():
    assert total_arc_deg(_bins((0, 20), (25, 40)))[0] == 40
    assert total_arc_deg(_bins((0, 20), (26, 40)))[0] == 34
    assert closed_gaps(_bins((3, 358)))[0].all()


def test_full_ring_and_nothing():
    assert longest_arc_deg(np.ones((1, 360), bool))[0] == 360
    assert total_arc_deg(np.zeros((2, 360), bool)).tolist() == [0, 0]
