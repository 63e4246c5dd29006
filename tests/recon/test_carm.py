import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon.carm import (
    CArm,
    angle_between_deg,
    en_face_view_deg,
    foreshortening_pct,
    perpendicular_secondary_deg,
    projected_mm,
    view_angles_deg,
    view_axes,
    view_text,
)
from recon.errors import GeometryError

ROOT2 = np.sqrt(2.0)
LIMIT_CASES = [
    (0, 0, (0, -1, 0)),
    (90, 0, (1, 0, 0)),
    (-90, 0, (-1, 0, 0)),
    (0, 90, (0, 0, 1)),
    (0, -90, (0, 0, -1)),
    (50, -30, (0.663414, -0.556670, -0.5)),
    (30, 30, (0.433013, -0.75, 0.5)),
    (-30, -30, (-0.433013, -0.75, -0.5)),
    (180, 0, (0, 1, 0)),
]
primaries = st.floats(-179, 179)
secondaries = st.floats(-89, 89)


@pytest.mark.parametrize(("primary", "secondary", "detector"), LIMIT_CASES)
def test_named_views_point_the_detector_where_the_standard_says(primary, secondary, detector):
    np.testing.assert_allclose(view_axes(primary, secondary).detector, detector, atol=1e-6)


@pytest.mark.parametrize(("primary", "secondary", "detector"), LIMIT_CASES[:3] + LIMIT_CASES[5:])
def test_angles_come_back_from_the_detector_direction(primary, secondary, detector):
    a, b = view_angles_deg(detector)
    assert (float(a), float(b)) == pytest.approx((primary, secondary), abs=1e-4)


def test_a_detector_above_the_head_has_secondary_90_and_primary_0():
    a, b = view_angles_deg((0, 0, 2.0))
    assert (float(a), float(b)) == (0.0, 90.0)


def test_lateral_views_keep_posterior_and_anterior_on_the_right_hand():
    np.testing.assert_allclose(view_axes(90, 0).right, (0, 1, 0), atol=1e-12)
    np.testing.assert_allclose(view_axes(-90, 0).right, (0, -1, 0), atol=1e-12)
    np.testing.assert_allclose(view_axes(0, 90).up, (0, 1, 0), atol=1e-12)
    np.testing.assert_allclose(view_axes(0, -90).up, (0, -1, 0), atol=1e-12)
    np.testing.assert_allclose(view_axes(50, -30).up, (0.3830222, -0.3213938, 0.8660254), atol=1e-6)


@given(primaries, secondaries)
def test_axes_are_right_handed_and_angles_round_trip(primary, secondary):
    axes = view_axes(primary, secondary)
    np.testing.assert_allclose(np.cross(axes.right, axes.up), axes.detector, atol=1e-12)
    a, b = view_angles_deg(axes.detector)
    assert (float(a), float(b)) == pytest.approx((primary, secondary), abs=1e-6)


@pytest.mark.parametrize(
    ("primary", "secondary", "expected"),
    [
        (0, 0, (13.043478, 39.130435)),
        (90, 0, (-26.415094, 39.622642)),
        (-30, 0, (24.573871, 39.507286)),
        (50, -30, (-11.853256, 48.302085)),
    ],
)
def test_projection_oracle(primary, secondary, expected):
    position, magnification = projected_mm((10, -20, 30), (0, 0, 0), primary, secondary, CArm())
    np.testing.assert_allclose(position, expected, atol=1e-4)
    detector = view_axes(primary, secondary).detector
    assert float(magnification) == pytest.approx(1050 / (785 + np.dot((10, -20, 30), detector)), abs=1e-12)


def test_the_isocenter_is_the_middle_of_every_picture():
    position, magnification = projected_mm((7.0, 8.0, 9.0), (7.0, 8.0, 9.0), 33, -12, CArm())
    np.testing.assert_allclose(position, 0, atol=1e-12)
    assert float(magnification) == pytest.approx(1050 / 785)


@pytest.mark.parametrize(
    ("tangent", "primary", "secondary", "expected"),
    [
        ((0, 0, 1), 0, 0, 0),
        ((0, 0, 1), 57, 0, 0),
        ((0, 0, 1), 0, 45, 29.289322),
        ((0, 0, 1), 0, -45, 29.289322),
        ((0, 0, 1), -30, 30, 13.397460),
        ((1, 0, 0), 0, 0, 0),
        ((1, 0, 0), 45, 0, 29.289322),
        ((1, 0, 0), 90, 0, 100),
        ((1 / ROOT2, 1 / ROOT2, 0), 0, 0, 29.289322),
        ((1 / ROOT2, 1 / ROOT2, 0), 45, 0, 0),
        ((1 / ROOT2, 1 / ROOT2, 0), -30, 30, 45.206),
        ((0, -1 / ROOT2, -1 / ROOT2), 0, 45, 0),
        ((0, -1 / ROOT2, -1 / ROOT2), 0, -45, 100),
        ((0, -1 / ROOT2, -1 / ROOT2), 45, 0, 13.397460),
    ],
)
def test_foreshortening_oracle(tangent, primary, secondary, expected):
    measured = foreshortening_pct([tangent], [3.0], primary, secondary)
    assert float(measured) == pytest.approx(expected, abs=2e-6 if expected != 45.206 else 5e-4)


@pytest.mark.parametrize(
    ("primary", "secondary"), [(-60, -53.794), (-30, -53.794), (0, -45), (30, -20.104), (60, 20.104), (90, 45)]
)
def test_perpendicular_view_curve_oracle(primary, secondary):
    tangent = np.array([1, 1, -1]) / np.sqrt(3)
    b = perpendicular_secondary_deg(tangent, primary)
    assert float(b) == pytest.approx(secondary, abs=1e-3)
    assert float(foreshortening_pct([tangent], [1.0], primary, float(b))) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("t1", "t2", "expected"), [((0, 0, 1), (1, 0, 0), (0, 0)), ((1, -1, -1), (1, 1, 0), (45, 54.7356))])
def test_the_bifurcation_view_is_taken_with_the_detector_in_front(t1, t2, expected):
    directions = [np.array(t) / np.linalg.norm(t) for t in (t1, t2)]
    assert en_face_view_deg(directions, [1.0, 1.0]) == pytest.approx(expected, abs=1e-4)


def test_a_straight_piece_is_seen_en_face_from_the_view_nearest_to_ap():
    assert en_face_view_deg([(0, 0, 1)], [1.0]) == pytest.approx((0, 0), abs=1e-9)
    primary, secondary = en_face_view_deg([(0, -1, 0)], [1.0])
    assert float(foreshortening_pct([(0, -1, 0)], [1.0], primary, secondary)) == pytest.approx(0, abs=1e-9)


@given(primaries, secondaries, st.tuples(*[st.floats(-50, 50)] * 3))
def test_mirroring_left_and_right_only_swaps_lao_with_rao(primary, secondary, point):
    carm, mirrored = CArm(), (-point[0], point[1], point[2])
    (x, y), _ = projected_mm(point, (0, 0, 0), primary, secondary, carm)
    (mirrored_x, mirrored_y), _ = projected_mm(mirrored, (0, 0, 0), -primary, secondary, carm)
    assert (mirrored_x, mirrored_y) == pytest.approx((-x, y), abs=1e-9)


@given(primaries, secondaries, st.tuples(*[st.floats(-500, 500)] * 3))
def test_moving_patient_and_isocenter_together_changes_nothing(primary, secondary, shift):
    point, center = np.array([10.0, -20.0, 30.0]), np.array([1.0, 2.0, 3.0])
    here, _ = projected_mm(point, center, primary, secondary, CArm())
    there, _ = projected_mm(point + shift, center + shift, primary, secondary, CArm())
    np.testing.assert_allclose(here, there, atol=1e-9)


def test_angle_between_views():
    assert angle_between_deg((-45, 0), (45, 0)) == pytest.approx(90)
    assert angle_between_deg((30, -20), (30, -20)) == pytest.approx(0, abs=1e-9)
    assert angle_between_deg((0, 0), (180, 0)) == pytest.approx(180)


@pytest.mark.parametrize(
    ("primary", "secondary", "text"),
    [(38.4, -12.2, "LAO 38 CAU 12"), (-30, 30, "RAO 30 CRA 30"), (0.2, 0.3, "AP"), (0, -30, "AP CAU 30"), (90, 0, "LAO 90")],
)
def test_views_are_named_in_whole_degrees(primary, secondary, text):
    assert view_text(primary, secondary) == text


def test_impossible_distances_and_directions_are_refused():
    with pytest.raises(GeometryError, match="C-arm"):
        CArm(1050, 785)
    with pytest.raises(GeometryError, match="direction"):
        view_angles_deg((0, 0, 0))
