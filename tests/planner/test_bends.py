"""The interval of a bend is that of the plausible courses between the plausible caps."""

import numpy as np
import pytest

from planner.bends import bend_inside, bends_over, tortuosity_grade
from recon.bend import bend_deg
from recon.centerline import Centerline
from recon.courses import drawn_courses
from recon.estimate import Estimate
from recon.vessels import Course


def _bent(turn_deg: float = 40.0, radius_mm: float = 12.0) -> Centerline:
    """Straight, a circular turn that begins at 30 mm, straight again."""
    turn = np.radians(turn_deg)
    angle = np.linspace(0, turn, 40)[1:]
    arc = radius_mm * np.column_stack([np.sin(angle), 1 - np.cos(angle), 0 * angle]) + [30.0, 0, 0]
    on = np.linspace(0.5, 30, 60)[:, None] * [np.cos(turn), np.sin(turn), 0]
    first = np.column_stack([np.linspace(0, 30, 60), np.zeros(60), np.zeros(60)])
    return Centerline.through(np.vstack([first, arc, arc[-1] + on]))


def _course(line: Centerline, start: float, end: float, radius_mm: float, probability: float = 1.0) -> Course:
    points = line.between(start, end)
    return Course(probability, points, np.full(len(points), radius_mm))


def test_a_wider_tube_gives_a_wider_interval_around_the_same_bend():
    line = _bent()
    caps = Estimate.exact(25.0), Estimate.exact(45.0)
    narrow, wide = (bend_inside(line, *caps, (_course(line, 25.0, 45.0, r),)).angle_deg for r in (0.4, 1.5))
    assert narrow.best == wide.best
    assert 3.0 <= narrow.high - narrow.best < 9.0 < wide.high - wide.best < 45.0


def test_the_interval_holds_the_true_bend_of_nine_courses_in_ten():
    line = _bent()
    course = _course(line, 20.0, 50.0, 0.6)
    s = np.arange(22.0, 48.0, 0.25)
    true = float(np.nanmax(bend_deg(line, s)))
    held = 0
    for points in drawn_courses(course, 20, seed=99):
        seen = Centerline.through(np.vstack([line.between(0, 19.0), points, line.between(51.0, line.length_mm)]))
        around = bend_inside(seen, Estimate.exact(22.0), Estimate.exact(48.0), (_course(seen, 20.0, 50.0, 0.6),)).angle_deg
        held += around.low <= true <= around.high
    assert held >= 16


def test_a_tube_that_may_lie_far_off_as_a_whole_does_not_bend_more():
    line = _bent()
    wide, wider = (
        bend_inside(line, Estimate.exact(22.0), Estimate.exact(48.0), (_course(line, 20.0, 50.0, radius),)).angle_deg
        for radius in (0.6, 1.5)
    )
    assert wide == wider


def test_an_unsure_cap_next_to_a_bend_makes_the_bend_unsure():
    line = _bent()
    tube = (_course(line, 10.0, 40.0, 0.2),)
    sure = bend_inside(line, Estimate.exact(10.0), Estimate.exact(27.0), tube).angle_deg
    unsure = bend_inside(line, Estimate.exact(10.0), Estimate(23.0, 27.0, 34.0), tube).angle_deg
    assert unsure.high > sure.high + 3.0


def test_an_alternative_course_counts_by_its_probability():
    line = _bent(0.5)
    points = line.between(20.0, 45.0)
    swing = points + np.array([0.0, 0.0, 6.0]) * np.sin(np.linspace(0, np.pi, len(points)))[:, None] ** 2
    straight = Course(0.5, points, np.full(len(points), 0.3))
    other = Course(0.5, swing, np.full(len(points), 0.3))
    caps = Estimate.exact(20.0), Estimate.exact(45.0)
    alone, either = (bend_inside(line, *caps, c).angle_deg for c in ((straight,), (straight, other)))
    assert either.high > alone.high + 10.0


def test_the_same_line_gives_the_same_interval_twice():
    line = _bent()
    caps = Estimate(24.0, 25.0, 26.0), Estimate(44.0, 45.0, 46.0)
    assert bend_inside(line, *caps).angle_deg == bend_inside(line, *caps).angle_deg


@pytest.mark.parametrize(("turn_deg", "grade"), [(60.0, "none"), (110.0, "moderate"), (140.0, "severe")])
def test_one_sharp_bend_grades_tortuosity(turn_deg, grade):
    line = _bent(turn_deg, 1.5)
    assert tortuosity_grade(bends_over(line, 0.0, line.length_mm)) == grade
