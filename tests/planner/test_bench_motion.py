"""A line that follows a moved slab is judged where the object is at rest."""

import numpy as np
import pytest

from planner.bench_motion import at_rest
from recon.centerline import Centerline
from recon.vessels import Tree, Vessel

STEPS = ((0.0, 1.0, -0.5), (20.0, -1.0, 0.5))


def tree_through(points):
    line = Centerline.through(points)
    ones = np.ones(len(line.s_mm))
    return Tree((Vessel("RCA", line, ones, ones),), (), None, None, None)


def test_each_slab_is_moved_back_by_its_own_step():
    straight = np.stack([np.zeros(80), np.zeros(80), np.linspace(-30, 50, 80)], axis=1)
    moved = straight + np.where(straight[:, 2:] >= 20, [[-1.0, 0.5, 0]], np.where(straight[:, 2:] >= 0, [[1.0, -0.5, 0]], 0.0))
    line = at_rest(tree_through(moved), STEPS).vessels[0].centerline.points_mm
    away = np.hypot(line[:, 0], line[:, 1])
    in_a_slab = np.min(np.abs(line[:, 2:] - [[0.0, 20.0]]), axis=1) > 4.0
    assert away[in_a_slab].max() == pytest.approx(0.0, abs=0.05)


def test_a_tree_without_steps_stays_as_it_is():
    tree = tree_through(np.stack([np.zeros(9), np.zeros(9), np.linspace(0, 8, 9)], axis=1))
    assert at_rest(tree, ()) is tree
