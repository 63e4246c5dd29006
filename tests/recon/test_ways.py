"""Where two ways lead on, the likelier is taken only when it clearly is; else both are told and one click decides."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from recon.centerline import Centerline
from recon.geometry import Geometry
from recon.path import PathFailure, follow
from recon.volume import Volume
from tests.recon.tree_objects import FAT_HU, LUMEN_HU, PLAQUE_HU

SPACING_MM = 0.6
TRUNK = np.stack([np.linspace(0, 18, 181), np.zeros(181), np.zeros(181)], axis=1)
BEYOND = TRUNK + np.array([42.0, 0.0, 0.0])


def _loop(height_mm: float) -> np.ndarray:
    """A bow from the end of the first vessel to the start of the second, off to one side."""
    x = np.linspace(0, 1, 300)
    return np.stack([18 + 24 * x, height_mm * np.sin(np.pi * x), np.zeros(300)], axis=1)


def _volume(cords: list[np.ndarray], open_lines: list[np.ndarray]) -> Volume:
    shape = (40, 70, 130)
    geometry = Geometry.axial(shape, (SPACING_MM,) * 3, (-8.0, -20.0, -12.0))
    index = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), axis=-1).reshape(-1, 3)
    points = geometry.points_mm(index)
    wall = cKDTree(np.concatenate(cords + open_lines)).query(points)[0]
    lumen = cKDTree(np.concatenate(open_lines)).query(points)[0]
    hu = FAT_HU + (PLAQUE_HU - FAT_HU) * np.clip((2.0 - wall) / 0.6 + 0.5, 0, 1)
    hu = hu + (LUMEN_HU - hu) * np.clip((1.4 - lumen) / 0.6 + 0.5, 0, 1)
    hu = hu + np.random.default_rng(2).normal(0, 15, len(hu))
    return Volume(hu.reshape(shape).astype(np.int16), geometry)


ENDS = np.array([TRUNK[20], BEYOND[-20]])


@pytest.fixture(scope="module")
def fork():
    """Two cords of the same length between the same two open vessels."""
    return _volume([_loop(8.0), _loop(-8.0)], [TRUNK, BEYOND])


def test_ways_that_are_alike_are_both_told_with_the_place_where_they_part(fork):
    found = follow(fork, ENDS)
    assert isinstance(found, PathFailure)
    assert found.code == "ways-alike"
    assert sum(p for p, _ in found.ways) == pytest.approx(1.0)
    assert 0.3 < found.ways[0][0] < 0.7
    sides = sorted(points[len(points) // 2, 1] for _, points in found.ways[:2])
    assert sides[0] < -6.0
    assert sides[1] > 6.0
    assert abs(abs(found.point_mm[1]) - 8.0) < 1.5
    assert "add a point" in found.advice


@pytest.mark.parametrize("side", [8.0, -8.0])
def test_one_click_on_the_right_way_decides(fork, side):
    found = follow(fork, np.stack([ENDS[0], _loop(side)[150], ENDS[1]]))
    assert isinstance(found, Centerline)
    apart = cKDTree(np.concatenate([TRUNK, _loop(side), BEYOND])).query(found.points_mm)[0]
    assert apart.max() < 1.2


def test_a_short_cord_wins_over_a_long_way_round():
    volume = _volume([_loop(1.0), _loop(13.0)], [TRUNK, BEYOND])
    found = follow(volume, ENDS)
    assert isinstance(found, Centerline)
    assert found.points_mm[:, 1].max() < 3.0


def test_a_single_open_vessel_has_no_other_way():
    whole = np.concatenate([TRUNK, _loop(6.0), BEYOND])
    found = follow(_volume([], [whole]), ENDS)
    assert isinstance(found, Centerline)
    assert cKDTree(whole).query(found.points_mm)[0].max() < 0.6
