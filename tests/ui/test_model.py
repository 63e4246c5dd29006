"""The cursor and the case without any widget."""

import numpy as np
import pytest

from planner.edits import state_fact
from tests.ui.made_case import DISTAL_MM, PROXIMAL_MM


def test_a_new_case_starts_at_the_proximal_cap_of_the_target(model):
    assert (model.vessel_name, model.s_mm) == ("RCA", PROXIMAL_MM)


def test_the_cursor_stays_on_the_vessel(model):
    model.go_to(1e9)
    assert model.s_mm == model.vessel.centerline.length_mm
    model.go_to(-5.0)
    assert model.s_mm == 0.0


def test_one_step_is_one_section_and_tells_once(model, qtbot):
    with qtbot.waitSignal(model.cursor_changed):
        model.step(1)
    assert model.s_mm == PROXIMAL_MM + 0.5


def test_a_step_beyond_the_end_tells_nobody(model, qtbot):
    model.go_to(0.0)
    with qtbot.assertNotEmitted(model.cursor_changed):
        model.step(-1)


def test_an_open_vessel_is_entered_at_its_start(model):
    model.select_vessel("LAD")
    assert (model.vessel_name, model.s_mm, model.occlusion) == ("LAD", 0.0, None)


def test_a_vessel_that_does_not_exist_is_not_selected(model):
    model.select_vessel("LCx")
    assert model.vessel_name == "RCA"


def test_vessels_follow_each_other_round(model):
    model.select_neighbour(1)
    assert model.vessel_name == "LAD"
    model.select_neighbour(1)
    assert model.vessel_name == "RCA"


def test_a_point_beside_the_vessel_sets_the_nearest_place(model):
    beside = model.vessel.centerline.to_mm(DISTAL_MM, 1.0, 2.0)
    model.go_to_point(beside)
    assert model.s_mm == pytest.approx(DISTAL_MM, abs=0.2)


def test_the_densest_calcium_is_in_the_middle_of_the_occlusion(model):
    assert model.densest_s_mm() == pytest.approx((PROXIMAL_MM + DISTAL_MM) / 2, abs=0.5)


def test_a_decision_tells_old_and_new_and_can_be_undone(model, qtbot):
    before = model.plan
    after = state_fact(before, name="prior_cabg", value=True)
    with qtbot.waitSignal(model.plan_changed) as told:
        model.commit("fact", after)
    assert told.args == [before, after]
    assert model.is_behind
    model.undo()
    assert model.plan == before
    assert not model.is_behind
    model.redo()
    assert model.plan == after


def test_new_results_of_the_same_case_leave_the_cursor(model, analysis):
    model.select_vessel("LAD")
    model.go_to(12.0)
    model.show_again(analysis)
    assert (model.vessel_name, model.s_mm) == ("LAD", 12.0)


def test_the_frame_at_the_cursor_is_square(model):
    _, tangent, up, right = model.frame()
    np.testing.assert_allclose([tangent @ up, tangent @ right, up @ right], 0.0, atol=1e-9)


def test_angles_wrap_to_lao_and_rao_and_stop_at_the_poles(model):
    model.set_angles(190.0, 95.0)
    assert (model.primary_deg, model.secondary_deg) == (-170.0, 90.0)
