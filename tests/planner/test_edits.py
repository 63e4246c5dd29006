import math

import pytest

from planner.edits import (
    choose_target,
    confirm,
    draw_course,
    drop_course,
    move_cap,
    place_ostium,
    remove_vessel,
    rename_vessel,
    state_cap_shape,
    state_fact,
)
from planner.plan import Plan, Said, SeriesRef
from recon.errors import CallError

SAID = Said("reader", "2026-01-02T03:04:05+00:00")
PLAN = Plan(SeriesRef("1.2.3"))


def test_an_edit_leaves_the_older_plan_alone():
    newer = move_cap(PLAN, vessel="RCA", which="proximal", point_mm=(1, 2, 3), said=SAID)
    assert PLAN.caps == () and newer.caps[0].point_mm == (1, 2, 3)


def test_a_stated_shape_keeps_the_moved_position():
    plan = move_cap(PLAN, vessel="RCA", which="proximal", point_mm=(1, 2, 3), said=SAID)
    plan = state_cap_shape(plan, vessel="RCA", which="proximal", morphology="tapered", said=SAID)
    assert len(plan.caps) == 1
    assert (plan.caps[0].point_mm, plan.caps[0].morphology) == ((1, 2, 3), "tapered")


def test_proximal_and_distal_caps_are_kept_apart():
    plan = move_cap(PLAN, vessel="RCA", which="proximal", point_mm=(1, 2, 3), said=SAID)
    plan = move_cap(plan, vessel="RCA", which="distal", point_mm=(4, 5, 6), said=SAID)
    assert {(c.which, c.point_mm) for c in plan.caps} == {("proximal", (1, 2, 3)), ("distal", (4, 5, 6))}


def test_left_and_right_ostium_are_kept_apart():
    plan = place_ostium(PLAN, side="left", point_mm=(9, 0, 0))
    assert plan.left_ostium_mm == (9, 0, 0) and plan.right_ostium_mm is None


def test_a_later_course_replaces_the_earlier_one_and_can_be_dropped():
    plan = draw_course(PLAN, vessel="RCA", control_points_mm=[(0, 0, 0), (1, 0, 0)], said=SAID)
    plan = draw_course(plan, vessel="RCA", control_points_mm=[(0, 0, 0), (2, 0, 0)], said=SAID)
    assert [p.control_points_mm[-1] for p in plan.paths] == [(2, 0, 0)]
    assert drop_course(plan, vessel="RCA").paths == ()


def test_the_last_word_on_a_finding_counts():
    plan = confirm(confirm(PLAN, subject="RCA-1:cto", accepted=True, said=SAID), subject="RCA-1:cto", accepted=False, said=SAID)
    assert [c.accepted for c in plan.confirmations] == [False]


def test_a_fact_can_go_back_to_unknown():
    plan = state_fact(PLAN, name="prior_cabg", value=False)
    assert plan.facts.prior_cabg is False
    assert state_fact(plan, name="prior_cabg", value=None).facts.prior_cabg is None


def test_names_targets_and_removals_are_recorded():
    plan = choose_target(remove_vessel(rename_vessel(PLAN, name="B1", new_name=" OM1 "), name="B2"), vessel="LCx")
    assert (plan.renamed, plan.removed, plan.target) == ((("B1", "OM1"),), ("B2",), "LCx")


@pytest.mark.parametrize(
    "edit",
    [
        lambda: move_cap(PLAN, vessel="RCA", which="middle", point_mm=(0, 0, 0), said=SAID),
        lambda: move_cap(PLAN, vessel="RCA", which="distal", point_mm=(0, math.nan, 0), said=SAID),
        lambda: state_cap_shape(PLAN, vessel="RCA", which="distal", morphology="pointy", said=SAID),
        lambda: draw_course(PLAN, vessel="RCA", control_points_mm=[(0, 0, 0)], said=SAID),
        lambda: state_fact(PLAN, name="shoe_size", value=43),
        lambda: state_fact(PLAN, name="age_years", value=-3),
        lambda: state_fact(PLAN, name="lvef_pct", value=140),
        lambda: rename_vessel(PLAN, name="B1", new_name="  "),
        lambda: place_ostium(PLAN, side="top", point_mm=(0, 0, 0)),
    ],
)
def test_impossible_edits_are_refused_in_three_sentences(edit):
    with pytest.raises(CallError) as refused:
        edit()
    assert refused.value.what and refused.value.where and refused.value.advice
