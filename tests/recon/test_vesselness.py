"""The tube filter answers with a tube's contrast at its own radius and stays quiet on edges, sheets and blobs."""

import numpy as np
import pytest
from scipy.ndimage import correlate1d

from recon.kernels.grid import gaussian_taps, smoothed_along
from recon.kernels.vesselness import larger_eigenvalues
from recon.vesselness import LUMEN_RADII_MM, tube_map

STEP_MM = 0.5
SHAPE = (25, 41, 41)


def _field(distance_mm: np.ndarray, radius_mm: float, contrast_hu: float = 300.0) -> np.ndarray:
    """A solid of HU `contrast_hu` on 0 with a soft rim half a voxel wide, so that the grid does not alias it."""
    return (contrast_hu * np.clip((radius_mm - distance_mm) / STEP_MM + 0.5, 0, 1)).astype(np.float32)


def _axes() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    z, y, x = np.meshgrid(*[(np.arange(n) - n // 2) * STEP_MM for n in SHAPE], indexing="ij")
    return z, y, x


def _tube(radius_mm: float) -> np.ndarray:
    _, y, x = _axes()
    return _field(np.hypot(y, x), radius_mm)


FLOORS_HU = (1.0,) * len(LUMEN_RADII_MM)
CENTER = tuple(n // 2 for n in SHAPE)


@pytest.mark.parametrize("radius_mm", [1.0, 1.45, 2.1])
def test_a_tube_answers_with_its_contrast_at_its_own_radius(radius_mm):
    found = tube_map(_tube(radius_mm), STEP_MM, LUMEN_RADII_MM, FLOORS_HU)
    assert found.radius_mm[CENTER] == pytest.approx(radius_mm, rel=0.35)
    assert found.contrast_hu[CENTER] == pytest.approx(300.0, rel=0.2)


def test_the_best_radius_grows_with_the_tube():
    found = [tube_map(_tube(r), STEP_MM, (0.7, 1.4, 2.8), FLOORS_HU[:3]).radius_mm[CENTER] for r in (0.6, 1.4, 2.8)]
    assert found == sorted(found)
    assert found[0] < found[-1]


def test_the_answer_is_largest_on_the_axis():
    plane = tube_map(_tube(1.5), STEP_MM, LUMEN_RADII_MM, FLOORS_HU).contrast_hu[CENTER[0]]
    assert np.unravel_index(plane.argmax(), plane.shape) == CENTER[1:]


def test_a_wall_between_two_tissues_answers_far_less_than_a_tube():
    _, _, x = _axes()
    edge = tube_map(_field(x, 0.0), STEP_MM, LUMEN_RADII_MM, FLOORS_HU).contrast_hu
    assert edge[5:-5, 8:-8, 8:-8].max() < 0.1 * 300.0


def test_a_sheet_answers_far_less_than_a_tube():
    _, _, x = _axes()
    sheet = tube_map(_field(np.abs(x), 1.0), STEP_MM, LUMEN_RADII_MM, FLOORS_HU).contrast_hu
    assert sheet[5:-5, 8:-8, 8:-8].max() < 0.1 * 300.0


def test_a_ball_answers_less_than_a_tube_of_its_radius():
    z, y, x = _axes()
    ball = tube_map(_field(np.sqrt(x**2 + y**2 + z**2), 1.5), STEP_MM, LUMEN_RADII_MM, FLOORS_HU).contrast_hu[CENTER]
    tube = tube_map(_tube(1.5), STEP_MM, LUMEN_RADII_MM, FLOORS_HU).contrast_hu[CENTER]
    assert ball < 0.7 * tube


def test_the_larger_curvatures_are_those_of_an_exact_solution():
    generator = np.random.default_rng(4)
    turns = np.linalg.qr(generator.normal(size=(300, 3, 3)))[0]
    values = generator.normal(0.0, 50.0, (300, 3))
    values[:50, 1] = values[:50, 0]  # two alike: the cubic has a double root
    values[50:100] = values[50:100, :1]
    for matrix in np.einsum("nij,nj,nkj->nik", turns, values, turns):
        (xx, xy, xz), (_, yy, yz), (_, _, zz) = matrix
        expected = np.linalg.eigvalsh(matrix)
        assert larger_eigenvalues(xx, yy, zz, xy, xz, yz) == pytest.approx(expected[1:], abs=1e-5)


@pytest.mark.parametrize("shape", [(9, 8, 40), (5, 4, 3), (3, 3, 1), (4, 1, 9)])
def test_smoothing_repeats_the_edge_of_any_grid_however_short(shape):
    grid = np.random.default_rng(2).normal(0.0, 100.0, shape).astype(np.float32)
    taps = gaussian_taps(1.4)
    for axis in range(3):
        np.testing.assert_allclose(smoothed_along(grid, taps, axis), correlate1d(grid, taps, axis, mode="nearest"), atol=1e-3)
