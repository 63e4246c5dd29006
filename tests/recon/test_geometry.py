import numpy as np
import pytest

from recon.errors import GeometryError
from recon.geometry import Geometry


def test_axial_grid_names_left_posterior_and_head():
    grid = Geometry.axial((10, 20, 30), (0.5, 0.4, 0.3), (-1.0, -2.0, -3.0))
    np.testing.assert_allclose(grid.points_mm([2, 3, 4]), [-1 + 4 * 0.3, -2 + 3 * 0.4, -3 + 2 * 0.5])
    assert grid.spacing_mm == pytest.approx((0.5, 0.4, 0.3))


def test_oblique_grid_maps_there_and_back():
    rotation, _ = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))
    matrix = np.eye(4)
    matrix[:3, :3] = rotation * [0.6, 0.4, 0.35]
    matrix[:3, 3] = [4, -7, 11]
    grid = Geometry((5, 6, 7), matrix)
    index = np.array([[0, 0, 0], [1.5, 2.25, 3.75], [4, 5, 6]])
    np.testing.assert_allclose(grid.index_kji(grid.points_mm(index)), index, atol=1e-9)


def test_cropping_keeps_positions():
    grid = Geometry.axial((10, 20, 30), (0.5, 0.4, 0.3), (0, 0, 0))
    part = grid.cropped((2, 3, 4), (8, 9, 10))
    assert part.shape == (6, 6, 6)
    np.testing.assert_allclose(part.points_mm([0, 0, 0]), grid.points_mm([2, 3, 4]))


def test_contains_ends_at_the_outer_voxel_centres():
    grid = Geometry.axial((3, 3, 3), (1, 1, 1), (0, 0, 0))
    assert grid.contains([[2, 2, 2], [2.01, 2, 2]]).tolist() == [True, False]


def test_a_sheared_grid_is_refused():
    matrix = np.eye(4)
    matrix[0, 1] = 0.2
    with pytest.raises(GeometryError, match="sheared"):
        Geometry((3, 3, 3), matrix)


def test_zero_spacing_is_refused():
    with pytest.raises(GeometryError, match="spacing"):
        Geometry((3, 3, 3), np.diag([1.0, 0.0, 1.0, 1.0]))
