"""Sampling between voxels: exact on voxels, no blur of its own on fine structures, nothing outside."""

import numpy as np
import pytest

from recon.centerline import Centerline
from recon.fine_image import fine_image
from recon.geometry import Geometry
from recon.volume import Volume

SPACING_MM = 0.45
SIGMA_MM = 0.32


@pytest.fixture(scope="module")
def layer():
    """A bright layer 0.5 mm thick, blurred by a Gaussian, square to x; and a line along y through it."""
    x = np.arange(60) * SPACING_MM - 13.0
    fine = np.linspace(-3, 3, 3001)
    profile = np.array(
        [np.mean((np.abs(v + SIGMA_MM * fine) < 0.25) * np.exp(-0.5 * fine**2)) * 6 / np.sqrt(2 * np.pi) for v in x]
    )
    volume = Volume(
        np.broadcast_to(np.round(1000 * profile), (20, 40, 60)).astype(np.int16),
        Geometry.axial((20, 40, 60), (SPACING_MM,) * 3, (-13.0, 0.0, 0.0)),
    )
    return volume, Centerline.through(np.array([[0.0, 2.0, 4.0], [0.0, 14.0, 4.0]]))


def test_voxel_centres_keep_their_value(layer):
    volume, line = layer
    image = fine_image(volume, line, 3.0)
    index = np.array([[9, 20, 27], [10, 21, 29], [8, 15, 31]])
    points = volume.geometry.points_mm(index)
    np.testing.assert_allclose(image.at(points), volume.hu[tuple(index.T)], atol=0.5)


def test_the_height_of_a_thin_layer_is_kept_between_voxels(layer):
    volume, line = layer
    at = np.stack([np.linspace(-0.9, 0.9, 41), np.full(41, 8.0), np.full(41, 4.0)], axis=1)
    true = 1000 * np.array([np.mean(np.abs(x + SIGMA_MM * np.random.default_rng(1).normal(size=40000)) < 0.25) for x in at[:, 0]])
    assert np.abs(fine_image(volume, line, 3.0).at(at) - true).max() < 25


def test_positions_outside_the_volume_are_not_measured(layer):
    volume, line = layer
    assert np.isnan(fine_image(volume, line, 3.0).at(np.array([[0.0, -5.0, 4.0]]))).all()
