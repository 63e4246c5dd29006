import math

import numpy as np
import pytest

from recon.centerline import Centerline
from recon.errors import GeometryError


def helix_mm(radius_mm=12.0, pitch_mm=3.0, turns=1.5, count=90):
    angle = np.linspace(0, 2 * math.pi * turns, count)
    return np.stack([radius_mm * np.cos(angle), radius_mm * np.sin(angle), pitch_mm * angle], axis=1)


def test_length_of_a_helix_is_its_arc_not_its_chord():
    centerline = Centerline.through(helix_mm())
    assert centerline.length_mm == pytest.approx(math.hypot(12.0, 3.0) * 3 * math.pi, rel=1e-4)


def test_arc_positions_are_uniform():
    steps_mm = np.diff(Centerline.through(helix_mm()).s_mm)
    np.testing.assert_allclose(steps_mm, steps_mm[0])


def test_vessel_coordinates_and_positions_map_both_ways():
    centerline = Centerline.through(helix_mm())
    s_mm, theta, r_mm = np.array([3.0, 20.0, 60.0]), np.array([0.3, 3.0, 5.9]), np.array([0.5, 1.5, 2.5])
    found = centerline.locate(centerline.to_mm(s_mm, theta, r_mm))
    np.testing.assert_allclose(found[0], s_mm, atol=1e-3)
    np.testing.assert_allclose(found[1], theta, atol=1e-3)
    np.testing.assert_allclose(found[2], r_mm, atol=1e-3)


def test_twelve_o_clock_at_the_ostium_is_anterior_and_three_o_clock_lies_clockwise_looking_distally():
    down = Centerline.through([[0, 0, 50], [0, 0, 25], [0, 0, 0]])
    np.testing.assert_allclose(down.normal[0], [0, -1, 0], atol=1e-9)
    np.testing.assert_allclose(down.binormal[0], [-1, 0, 0], atol=1e-9)


def test_twelve_o_clock_is_the_head_where_the_vessel_runs_anterior():
    forward = Centerline.through([[0, 0, 0], [0, -10, 0], [0, -20, 1]])
    assert forward.normal[0] @ [0, 0, 1] > 0.99


def test_the_frame_does_not_spin_at_an_inflection():
    x = np.linspace(0, 40, 80)
    s_curve = Centerline.through(np.stack([x, 4 * np.sin(x / 40 * 2 * math.pi), np.zeros_like(x)], axis=1))
    turns_deg = np.degrees(np.arccos(np.clip(np.sum(s_curve.normal[1:] * s_curve.normal[:-1], axis=1), -1, 1)))
    assert turns_deg.max() < 2.0
    np.testing.assert_allclose(np.abs(s_curve.binormal[:, 2]) + np.abs(s_curve.normal[:, 2]), 1.0, atol=1e-6)


def test_frames_are_orthonormal_and_right_handed():
    line = Centerline.through(helix_mm())
    np.testing.assert_allclose(np.cross(line.tangent, line.normal), line.binormal, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(line.normal, axis=1), 1.0, atol=1e-12)


def test_between_keeps_both_ends():
    line = Centerline.through([[0, 0, 0], [10, 0, 0], [20, 0, 0]])
    part = line.between(3.1, 8.3)
    np.testing.assert_allclose([part[0, 0], part[-1, 0]], [3.1, 8.3])


@pytest.mark.parametrize(
    "points", [[[0, 0, 0]], [[1, 1, 1], [1, 1, 1]], [[0, 0, 0], [0, 0, math.nan]], [[0, 0, 0], [0.2, 0, 0]], []]
)
def test_degenerate_points_are_refused(points):
    with pytest.raises(GeometryError, match="centerline"):
        Centerline.through(np.array(points, dtype=float).reshape(-1, 3))
