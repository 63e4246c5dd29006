"""A movement put into a made-up chest is found again; scans that do not match are told."""

import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from recon.alignment import Registration
from recon.errors import GeometryError
from recon.geometry import Geometry
from recon.registration import register
from recon.volume import Volume

SPACING_MM, SIZE = 2.5, 44


def chest(matrix=None, contrast=0.0, noise_hu=20.0, seed=1):
    """Lung, a heart with chambers and ribs; `matrix` moves the patient. `contrast` brightens the chambers."""
    geometry = Geometry.axial((SIZE,) * 3, (SPACING_MM,) * 3, (-SIZE * SPACING_MM / 2,) * 3)
    points = geometry.points_mm(np.stack(np.indices((SIZE,) * 3), axis=-1))
    if matrix is not None:
        inverse = np.linalg.inv(matrix)
        points = points @ inverse[:3, :3].T + inverse[:3, 3]
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    hu = np.full(x.shape, -850.0)
    hu[(x / 36) ** 2 + (y / 28) ** 2 + (z / 32) ** 2 < 1] = -80.0
    hu[((x - 4) / 27) ** 2 + ((y - 3) / 20) ** 2 + ((z + 3) / 24) ** 2 < 1] = 60.0
    for cx, cy, cz, r in ((10, 5, -6, 9), (-9, -2, 4, 8), (2, 9, 9, 6)):
        hu[(x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2 < r**2] = 45.0 + contrast
    hu[((x + 30) ** 2 + (y - 22) ** 2 < 25) & (np.abs(z % 14 - 7) < 4)] = 500.0
    hu = gaussian_filter(hu, 0.6) + np.random.default_rng(seed).normal(0, noise_hu, hu.shape)
    return Volume(hu.astype(np.int16), geometry)


def movement(shift_mm, turn_deg):
    angle = math.radians(turn_deg)
    matrix = np.eye(4)
    matrix[:2, :2] = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    matrix[:3, 3] = shift_mm
    return matrix


HEART = np.array([[-15.0, -12.0, -15.0], [20.0, 15.0, 12.0]])


@pytest.mark.parametrize(("shift_mm", "turn_deg"), [((0.0, 0.0, 0.0), 0.0), ((6.0, -4.0, 5.0), 3.0)])
def test_a_movement_is_found_in_spite_of_contrast(shift_mm, turn_deg):
    truth = movement(shift_mm, turn_deg)
    found = register(chest(contrast=350.0), chest(truth, seed=2), HEART)
    expected = HEART @ truth[:3, :3].T + truth[:3, 3]
    assert np.linalg.norm(found.moved(HEART) - expected, axis=1).max() < 1.0
    assert not found.is_doubtful and found.correlation > 0.8


def test_a_scan_of_another_place_is_refused():
    far = chest()
    matrix = far.geometry.lps_from_index.copy()
    matrix[:3, 3] += 400.0
    with pytest.raises(GeometryError, match="same part"):
        register(chest(), Volume(far.hu.copy(), Geometry(far.geometry.shape, matrix)), HEART)


def test_a_scan_without_anything_in_common_is_doubtful():
    noise = np.random.default_rng(3).normal(0, 200, (SIZE,) * 3).astype(np.int16)
    assert register(chest(), Volume(noise, chest().geometry), HEART).is_doubtful


@pytest.mark.parametrize(
    ("shift", "turn", "correlation", "doubtful"),
    [(5, 2, 0.9, False), (50, 2, 0.9, True), (5, 20, 0.9, True), (5, 2, 0.3, True), (5, 2, math.nan, True)],
)
def test_large_movements_and_poor_matches_are_doubtful(shift, turn, correlation, doubtful):
    assert Registration(np.eye(4), shift, turn, correlation).is_doubtful is doubtful
