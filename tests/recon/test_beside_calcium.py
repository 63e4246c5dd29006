"""What calcium leaves visible: a lumen beside it is bright, an occluded vessel is dark, a ring hides everything."""

import numpy as np
import pytest

from recon.beside_calcium import beside_calcium_hu
from recon.centerline import Centerline
from recon.estimate import Estimate
from recon.geometry import Geometry
from recon.sections import ScanPhysics
from recon.volume import Volume

PHYSICS = ScanPhysics(400.0, 15.0, 20.0, Estimate(0.5, 0.6, 0.7), Estimate(0.5, 0.6, 0.7))
S_MM = np.arange(5.0, 25.0, 0.5)


def seen_hu(lumen_mm, calcium):
    """A straight vessel along +x in fat; `calcium(radius, angle_deg)` marks 1200 HU, angle from +z."""
    geometry = Geometry.axial((41, 41, 121), (0.25, 0.25, 0.25), (0.0, -5.0, -5.0))
    z, y = np.meshgrid(np.arange(41) * 0.25 - 5, np.arange(41) * 0.25 - 5, indexing="ij")
    radius, angle = np.hypot(z, y), np.degrees(np.arctan2(y, z)) % 360
    plane = np.where(radius < 1.6, 60, -90)
    plane = np.where(radius < lumen_mm, 400, plane)
    plane = np.where(calcium(radius, angle), 1200, plane)
    volume = Volume(np.repeat(plane[:, :, None], 121, axis=2).astype(np.int16), geometry)
    line = Centerline.through(np.stack([np.linspace(0, 30, 40), np.zeros(40), np.zeros(40)], axis=1))
    return beside_calcium_hu(volume, line, PHYSICS, S_MM)


def half(radius, angle):
    return (radius > 0.3) & (radius < 1.5) & (angle < 180)


def ring(radius, angle):
    return (radius > 0.2) & (radius < 1.5)


def test_a_lumen_beside_half_a_ring_is_bright():
    np.testing.assert_allclose(seen_hu(1.3, half), 400, atol=30)


def test_an_occluded_vessel_beside_half_a_ring_is_dark():
    assert np.all(seen_hu(0.0, half) < 90)


def test_a_ring_around_the_axis_says_nothing():
    assert np.all(np.isnan(seen_hu(0.0, ring))) and np.all(np.isnan(seen_hu(1.3, ring)))


def test_without_calcium_it_is_the_lumen():
    assert seen_hu(1.3, lambda r, a: r < 0) == pytest.approx(np.full(S_MM.size, 400.0), abs=15.0)
