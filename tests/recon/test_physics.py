"""Contrast, noise and blur measured from images that have a known one."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from recon.edge_blur import PRIOR_FWHM_MM, edge_blur
from recon.geometry import Geometry
from recon.physics import scan_physics
from recon.vessels import Aorta, Tree
from recon.volume import Volume
from tests.recon.tubes import tube

SPACING = (0.5, 0.4, 0.4)
SHAPE = (80, 100, 100)


def _ventricle(plane_fwhm, z_fwhm, noise):
    geometry = Geometry.axial(SHAPE, SPACING, (0.0, 0.0, 0.0))
    grid = np.meshgrid(*((np.arange(n) - n / 2) * d for n, d in zip(SHAPE, SPACING, strict=True)), indexing="ij")
    ball = np.sqrt(sum(g**2 for g in grid)) < 14.0
    sigma = [f / 2.3548 / d for f, d in zip((z_fwhm, plane_fwhm, plane_fwhm), SPACING, strict=True)]
    image = gaussian_filter(np.where(ball, 420.0, 110.0), sigma)
    image += np.random.default_rng(3).normal(0, noise, SHAPE)
    return Volume(np.round(image).astype(np.int16), geometry)


@pytest.mark.parametrize(("plane", "z"), [(0.9, 0.9), (0.7, 1.1)])
def test_blur_is_read_off_muscle_borders_in_plane_and_along_slices(plane, z):
    in_plane, slices = edge_blur(_ventricle(plane, z, 15.0), 420.0)
    # A ball drawn voxel by voxel has steps of its own: half a voxel of blur is in the object.
    assert in_plane.best == pytest.approx(np.hypot(plane, 2.3548 * 0.4 / 12**0.5), rel=0.12)
    assert slices.best == pytest.approx(np.hypot(z, 2.3548 * 0.5 / 12**0.5), rel=0.15)
    assert in_plane.low < plane < in_plane.high


def test_an_image_without_edges_keeps_the_prior():
    flat = Volume(np.full((20, 20, 20), 40, np.int16), Geometry.axial((20, 20, 20), (0.5, 0.5, 0.5), (0, 0, 0)))
    assert edge_blur(flat, 400.0) == (PRIOR_FWHM_MM, PRIOR_FWHM_MM)


def test_lumen_and_noise_come_from_the_vessel_and_the_aorta():
    volume, vessel, _ = tube(2.2, 1.7, noise=20.0)
    axis = vessel.centerline.points_mm[20:60]
    tree = Tree((vessel,), (), Aorta(axis, np.full(len(axis), 2.0), 400.0, 20.0), None, None)
    physics = scan_physics(volume, tree)
    assert physics.lumen_hu == pytest.approx(400.0, abs=8.0)
    assert 8.0 < physics.noise_sd_hu < 40.0


def test_without_vessel_and_aorta_typical_values_stand_in():
    flat = Volume(np.full((20, 20, 20), 40, np.int16), Geometry.axial((20, 20, 20), (0.5, 0.5, 0.5), (0, 0, 0)))
    physics = scan_physics(flat, Tree((), (), None, None, None))
    assert physics.lumen_hu > 0 and physics.noise_sd_hu > 0
