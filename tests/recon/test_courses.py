"""Courses through an occlusion: plausible draws fill the stated tube and do not zigzag."""

import numpy as np
import pytest

from recon.centerline import Centerline
from recon.courses import drawn_courses
from recon.vessels import Course

POINTS = np.stack([np.zeros(61), 8.0 * np.sin(np.linspace(0, 1.5, 61)), np.linspace(0, 30, 61)], axis=1)
RADIUS = 0.4 + 0.8 * np.sin(np.linspace(0, np.pi, 61))
COURSE = Course(1.0, POINTS, RADIUS)


def test_nine_in_ten_draws_lie_within_the_tube_at_each_place():
    drawn = drawn_courses(COURSE, 2000, seed=3)
    inside = np.linalg.norm(drawn - POINTS, axis=2) <= RADIUS
    assert inside.mean() == pytest.approx(0.9, abs=0.01)
    assert inside.mean(axis=0).min() > 0.85


def test_draws_are_smooth_lines_hardly_longer_than_the_course():
    true_mm = Centerline.through(POINTS).length_mm
    lengths = np.array([Centerline.through(d).length_mm for d in drawn_courses(COURSE, 40, seed=5)])
    assert np.median(lengths) < 1.06 * true_mm
    assert lengths.std() > 0.02


def test_the_same_seed_draws_the_same_courses():
    np.testing.assert_array_equal(drawn_courses(COURSE, 3, seed=7), drawn_courses(COURSE, 3, seed=7))
    assert not np.array_equal(drawn_courses(COURSE, 3, seed=7), drawn_courses(COURSE, 3, seed=8))


def test_no_courses_cannot_be_drawn():
    with pytest.raises(ValueError, match="at least 1"):
        drawn_courses(COURSE, 0)
