"""Total occlusions on CT are found where they are, and only there."""

from dataclasses import replace

import numpy as np
import pytest

from planner.facts import ClinicalFacts
from planner.interruptions import interruptions
from planner.lumen_trust import LumenTrust
from planner.lumen_walk import LumenWalk
from planner.occlusion_search import find_occlusions
from planner.plan import CapMark, Confirmation, Plan, Said, SeriesRef
from recon.centerline import Centerline
from recon.vessels import Course
from tests.planner.made_sections import PHYSICS, blunt, constant, line, made_sections, tapered, tree, vessel

PLAN = Plan(SeriesRef("1.2.3"))
SAID = Said("Dr A", "2026-01-05T10:00:00Z", "edited")


def found(sections, plan=PLAN, of=None):
    one = of or vessel()
    return find_occlusions(tree(one), {one.name: sections}, PHYSICS, plan)


def between(start, end, value):
    return lambda s: np.where((s >= start) & (s <= end), value, 0.0)


@pytest.mark.parametrize(("start", "end"), [(20.0, 46.0), (38.3, 44.1), (52.0, 90.0)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_blunt_occlusion_has_its_caps_length_and_segment(start, end, seed):
    (one,) = found(made_sections(blunt(start, end), seed=seed))
    assert one.proximal_cap.s_mm.best == pytest.approx(start, abs=0.5)
    assert one.distal_cap.s_mm.best == pytest.approx(end, abs=0.5)
    assert one.length_mm.low <= end - start <= one.length_mm.high
    assert one.chord_mm == pytest.approx(end - start, abs=0.8)
    assert one.proximal_cap.morphology == one.distal_cap.morphology == "blunt"
    assert one.id == "RCA-1" and one.scct_segment == (1 if start < 30 else 2)
    assert one.confirmed_cto is None and one.interruptions == 1
    assert one.proximal_cap.point_mm == pytest.approx((one.proximal_cap.s_mm.best, 0, 0), abs=1e-6)


@pytest.mark.parametrize("length", [3.0, 5.0])
def test_a_tapered_end_is_told_from_a_blunt_one(length):
    (one,) = found(made_sections(tapered(40.0, 60.0, length)))
    assert one.proximal_cap.morphology == "tapered" and one.distal_cap.morphology == "blunt"
    assert one.proximal_cap.s_mm.best == pytest.approx(40.0, abs=1.0)
    assert one.proximal_cap.taper_index > 0.5 > one.distal_cap.taper_index


def test_a_distal_vessel_filled_by_collaterals_at_lower_contrast_is_open():
    fill = lambda s: np.where(s > 45, 0.6, 1.0)  # noqa: E731
    (one,) = found(made_sections(blunt(30.0, 45.0), fill=fill))
    assert one.distal_cap.s_mm.best == pytest.approx(45.0, abs=0.6)


OPEN_VESSELS = {
    "plain": made_sections(constant(1.5)),
    "severe stenosis": made_sections(lambda s: np.where((s > 40) & (s < 46), 0.4, 1.5)),
    "long moderate stenosis": made_sections(lambda s: np.where((s > 30) & (s < 60), 0.7, 1.5)),
    "calcium over the lumen": made_sections(
        constant(1.4), csa_pct=between(40, 52, 70.0), arc_deg=between(40, 52, 300.0), hidden=between(40, 52, 1.0)
    ),
    "fades out by calibre": made_sections(lambda s: np.clip(1.6 - s / 80, 0.25, None)),
    "fades out in contrast": made_sections(constant(1.2), fill=lambda s: np.clip(1.2 - s / 90, 0.05, 1)),
    "thin branch": made_sections(lambda s: np.where((s > 40) & (s < 50), 0.15, 0.55)),
    "ends without contrast": made_sections(lambda s: np.where(s > 80, 0.0, 1.5)),
    "one noisy dip": made_sections(lambda s: np.where((s > 40) & (s < 41), 0.0, 1.5)),
}


@pytest.mark.parametrize("sections", OPEN_VESSELS.values(), ids=OPEN_VESSELS)
def test_an_open_vessel_has_no_occlusion(sections):
    assert found(sections) == ()


def test_a_line_that_went_on_into_a_wider_vessel_has_no_occlusion():
    wider = made_sections(lambda s: np.where((s > 40) & (s < 60), 0.0, 1.2), wall_mm=lambda s: np.where(s > 55, 2.4, 1.6))
    assert found(wider) == ()
    assert len(found(made_sections(lambda s: np.where((s > 40) & (s < 60), 0.0, 1.2), wall_mm=constant(1.6)))) == 1


def test_a_branch_needs_a_wider_lumen_and_tissue_around_its_course():
    branch = vessel("D1", parent="LAD", parent_s_mm=10.0)
    assert found(made_sections(blunt(30.0, 45.0, 0.7)), of=branch) == ()
    assert len(found(made_sections(blunt(30.0, 45.0, 0.7)))) == 1
    assert found(made_sections(blunt(2.0, 20.0)), of=branch) == () and len(found(made_sections(blunt(6.0, 20.0)), of=branch)) == 1
    strayed = made_sections(blunt(30.0, 45.0))
    fat = np.where((strayed.axis_s_mm > 31) & (strayed.axis_s_mm < 44), -40.0, strayed.axis_hu)
    assert found(replace(strayed, axis_hu=fat), of=branch) == ()
    (kept,) = found(replace(strayed, axis_hu=fat))
    assert "course-in-fat" in {f.code for f in kept.flags}


def test_a_line_that_leaves_the_volume_has_no_occlusion():
    sections = made_sections(constant(1.5))
    outside = sections.axis_hu.copy()
    outside[sections.axis_s_mm > 70] = -1000.0
    assert found(replace(sections, axis_hu=outside)) == ()


def test_a_cap_hidden_by_calcium_has_an_interval_over_the_hidden_part():
    sections = made_sections(
        blunt(40.0, 60.0), csa_pct=between(37, 44, 95.0), arc_deg=between(37, 44, 355.0), hidden=between(37, 44, 1.0)
    )
    (one,) = found(sections)
    cap = one.proximal_cap
    assert cap.hidden_by_calcium and cap.ambiguous_on_ct
    assert cap.s_mm.low <= 40.0 <= cap.s_mm.high and cap.s_mm.high - cap.s_mm.low > 3.0
    assert {"proximal-cap-calcified", "proximal-cap-ambiguous", "full-moon-proposed"} <= {f.code for f in one.flags}


def test_darkness_beside_calcium_places_a_hidden_cap_and_brightness_does_not():
    hidden = {"csa_pct": between(36, 50, 60.0), "arc_deg": between(36, 50, 200.0), "hidden": between(36, 50, 1.0)}
    blind = found(made_sections(blunt(40.0, 60.0), **hidden))[0].proximal_cap.s_mm
    seeing = made_sections(blunt(40.0, 60.0), **hidden, beside_hu=lambda s: np.where(s < 40, 400.0, 80.0))
    cap = found(seeing)[0].proximal_cap.s_mm
    assert cap.high - cap.low < 0.75 * (blind.high - blind.low)
    assert cap.best == pytest.approx(40.0, abs=2.0) and cap.low <= 40.0 <= cap.high
    bright = found(made_sections(blunt(40.0, 60.0), **hidden, beside_hu=constant(400.0)))[0].proximal_cap.s_mm
    assert bright == blind


def test_a_short_dark_stretch_beside_calcium_in_an_open_vessel_is_no_occlusion():
    sections = made_sections(
        constant(0.9), csa_pct=between(40, 44, 70.0), hidden=between(40, 44, 1.0), beside_hu=between(40, 44, 70.0)
    )
    assert found(sections) == ()


def test_an_end_never_reaches_beyond_the_other_end_of_its_run():
    walk = LumenWalk(
        s_mm=np.arange(0.0, 20.0, 0.25),
        fraction=np.zeros(80),
        open_fraction=np.ones(80),
        occluded=np.where(np.abs(np.arange(80) - 40) < 10, 0.93, 0.0),
        hidden=np.zeros(80, bool),
        trust=LumenTrust(np.ones(40, bool), np.ones(40), np.zeros(40, bool), np.ones(40)),
    )
    (one,) = interruptions(walk, made_sections(blunt(7.75, 12.25), 19.75), PHYSICS)
    assert 7.5 <= one.proximal_mm.low <= one.proximal_mm.high <= 12.3
    assert 7.5 <= one.distal_mm.low <= one.distal_mm.high <= 12.5


def test_occlusions_5_mm_apart_are_two_and_nearer_ones_are_one():
    def two(gap):
        return lambda s: np.where(((s >= 30) & (s <= 40)) | ((s >= 40 + gap) & (s <= 55)), 0.0, 1.5)

    first, second = found(made_sections(two(8.0)))
    assert (first.id, second.id) == ("RCA-1", "RCA-2")
    assert first.interruptions == second.interruptions == 2
    assert first.total_length_mm.best == pytest.approx(25.0, abs=1.0)
    assert first.length_mm.best == pytest.approx(10.0, abs=1.0)
    assert "multiple-occlusions" in {f.code for f in first.flags}
    (one,) = found(made_sections(two(3.0)))
    assert one.length_mm.best == pytest.approx(25.0, abs=1.0) and one.interruptions == 1


def test_a_gap_between_two_tapered_ends_is_measured_from_cap_to_cap():
    def two(gap):
        def lumen(s):
            ends = 1.5 * np.sqrt(np.clip(np.minimum(s - 40, 40 + gap - s) / 3, 0, 1))
            return np.where((s < 30) | (s > 52 + gap), 1.5, np.where((s > 40) & (s < 40 + gap), ends, 0.0))

        return lumen

    assert len(found(made_sections(two(5.5)))) == 2
    assert len(found(made_sections(two(4.0)))) == 1


def test_contrast_hidden_by_calcium_at_the_ends_of_a_gap_still_parts_two_occlusions():
    def two(s):
        return np.where(((s >= 30) & (s <= 40)) | ((s >= 47) & (s <= 57)), 0.0, 1.5)

    hidden = {"csa_pct": between(45.5, 48.5, 60.0), "arc_deg": between(45.5, 48.5, 200.0), "hidden": between(45.5, 48.5, 1.0)}
    assert len(found(made_sections(two, **hidden))) == 2


def test_a_thin_lumen_in_calcium_between_two_dark_stretches_is_no_gap():
    def island(radius_mm):
        def lumen(s):
            dark = ((s >= 30) & (s <= 40)) | ((s >= 47) & (s <= 57))
            return np.where(dark, 0.0, np.where((s > 40) & (s < 47), radius_mm, 1.5))

        return made_sections(lumen, csa_pct=between(40, 47, 40.0), arc_deg=between(40, 47, 300.0))

    assert len(found(island(1.4))) == 2
    (one,) = found(island(0.9))
    assert one.length_mm.best == pytest.approx(27.0, abs=1.5)


def test_a_taper_beside_a_little_calcium_is_lumen_although_the_trunk_before_it_is_far_wider():
    def lumen(s):
        taper = 1.35 * np.clip((45 - s) / 4, 0, 1)
        return np.where(s < 30, 2.6, np.where(s < 45, taper, np.where(s < 62, 0.0, 1.2)))

    (one,) = found(made_sections(lumen, csa_pct=between(35, 42.5, 7.0), arc_deg=between(35, 42.5, 60.0)))
    assert one.proximal_cap.s_mm.best == pytest.approx(45.0, abs=1.5)


def test_an_occlusion_in_a_shared_left_main_is_reported_once():
    trunk = np.stack([np.linspace(0, 30, 40), np.zeros(40), np.zeros(40)], axis=1)
    lad, lcx = (
        Centerline.through(np.concatenate([trunk, [[30 + t, side * t, 0] for t in np.linspace(1, 50, 50)]])) for side in (1, -1)
    )
    vessels = [vessel("LAD", lad), vessel("LCx", lcx)]
    sections = {v.name: made_sections(blunt(12.0, 20.0), v.centerline.length_mm) for v in vessels}
    only = find_occlusions(tree(*vessels), sections, PHYSICS, PLAN)
    assert [o.id for o in only] == ["LAD-1"]
    apart = {"LAD": made_sections(blunt(50.0, 70.0), lad.length_mm), "LCx": made_sections(blunt(50.0, 70.0), lcx.length_mm)}
    assert [o.id for o in find_occlusions(tree(*vessels), apart, PHYSICS, PLAN)] == ["LAD-1", "LCx-1"]


def test_a_cap_at_the_fork_is_flush_and_ostial():
    trunk = np.stack([np.linspace(0, 12, 30), np.zeros(30), np.zeros(30)], axis=1)
    lad, lcx = (
        Centerline.through(np.concatenate([trunk, [[12 + t, side * t, 0] for t in np.linspace(1, 50, 50)]])) for side in (1, -1)
    )
    vessels = [vessel("LAD", lad), vessel("LCx", lcx)]
    sections = {"LAD": made_sections(constant(1.5), lad.length_mm), "LCx": made_sections(blunt(14.0, 30.0), lcx.length_mm)}
    (one,) = find_occlusions(tree(*vessels), sections, PHYSICS, PLAN)
    assert one.vessel == "LCx" and one.proximal_cap.morphology == "flush" and one.is_ostial
    assert [(b.name, b.at) for b in one.side_branches] == [("LAD", "proximal")]


def test_a_side_branch_near_the_cap_has_distance_angle_and_diameter():
    main = vessel("RCA")
    course = Centerline.through(np.stack([38.0 + np.linspace(0, 20, 30), np.linspace(0, 20 * 3**0.5, 30), np.zeros(30)], axis=1))
    branch = vessel("AM", course, parent="RCA", parent_s_mm=38.0)
    sections = {"RCA": made_sections(blunt(40.0, 60.0)), "AM": made_sections(constant(0.8), course.length_mm)}
    (one,) = find_occlusions(tree(main, branch), sections, PHYSICS, PLAN)
    (near,) = one.side_branches
    assert near.name == "AM" and near.at == "proximal" and near.is_beyond
    assert near.distance_to_cap_mm == pytest.approx(2.0, abs=0.5)
    assert near.angle_deg == pytest.approx(60.0, abs=1.0)
    assert near.diameter_mm == pytest.approx(1.6, abs=0.01)


def test_a_placed_cap_wins_and_keeps_its_state():
    plan = replace(PLAN, caps=(CapMark("RCA", "proximal", (33.0, 0.2, 0.0), None, SAID),))
    (one,) = found(made_sections(blunt(30.0, 45.0)), plan)
    assert one.proximal_cap.s_mm.best == pytest.approx(33.0, abs=1e-6)
    assert one.proximal_cap.position_state == "edited" and one.distal_cap.position_state == "auto"
    assert one.length_mm.best == pytest.approx(12.0, abs=0.5)


def test_a_stated_shape_wins_and_keeps_its_state():
    plan = replace(PLAN, caps=(CapMark("RCA", "proximal", None, "tapered", replace(SAID, state="confirmed")),))
    (one,) = found(made_sections(blunt(30.0, 45.0)), plan)
    assert (one.proximal_cap.morphology, one.proximal_cap.morphology_state) == ("tapered", "confirmed")
    assert (one.distal_cap.morphology, one.distal_cap.morphology_state) == ("blunt", "auto")


def test_two_placed_caps_make_an_occlusion_that_was_not_found():
    marks = tuple(CapMark("RCA", which, (s, 0.0, 0.0), None, SAID) for which, s in (("proximal", 40.0), ("distal", 52.0)))
    (one,) = found(made_sections(constant(1.5)), replace(PLAN, caps=marks))
    assert one.length_mm.best == pytest.approx(12.0, abs=1e-6)
    assert found(made_sections(constant(1.5)), replace(PLAN, caps=marks[:1])) == ()


def test_it_is_a_cto_only_when_the_operator_says_so():
    sections = made_sections(blunt(30.0, 45.0))
    for accepted in (True, False):
        plan = replace(PLAN, confirmations=(Confirmation("RCA-1:cto", accepted, SAID),))
        assert found(sections, plan)[0].confirmed_cto is accepted


def test_calcium_is_given_by_zone_with_lengths_and_place():
    sections = made_sections(blunt(30.0, 50.0), csa_pct=between(36, 40, 60.0), arc_deg=between(36, 40, 200.0))
    (one,) = found(sections)
    body, cap = one.calcium["body"], one.calcium["proximal_cap"]
    assert set(one.calcium) == {"proximal_cap", "body", "distal_cap", "landing"}
    assert body.max_csa_pct.best == pytest.approx(60.0) and 36 <= body.max_csa_s_mm <= 40
    assert body.length_csa_50_mm == body.length_arc_180_mm == pytest.approx(4.5)
    assert body.length_arc_270_mm == 0 and cap.max_csa_pct.best == 0 and cap.calcium_length_mm == 0
    assert dict(body.longest_run_mm)["csa_50"] == pytest.approx(4.5)
    assert body.volume_mm3.best == pytest.approx(0.6 * np.pi * 1.9**2 * 4.5, rel=1e-6)


def test_the_landing_zone_has_diameters_and_calcium_free_runs():
    sections = made_sections(blunt(30.0, 45.0, 1.0), csa_pct=between(52, 55, 20.0))
    (one,) = found(sections)
    zone = one.landing_zone
    assert zone.length_mm == pytest.approx(20.0) and zone.mean_lumen_diameter_mm == pytest.approx(2.0, abs=0.05)
    assert [round(b - a) for a, b in zone.calcium_free_runs_mm] == [6, 9]
    assert one.reference_diameter_proximal_mm == pytest.approx(2.0, abs=0.05)


def test_evidence_for_chronic_total_is_worded_as_a_leaning():
    rising = made_sections(blunt(30.0, 50.0), fill=lambda s: np.where(s > 50, 0.5 + (s - 50) / 200, 1.0))
    (one,) = found(rising)
    texts = {f.code: f.text for f in one.flags}
    assert one.attenuation_gradient_hu_per_10_mm == pytest.approx(10 * 340 / 200, rel=0.05)
    assert "favour" in texts["favours-chronic-total"] and "reversed-gradient" in texts
    falling = made_sections(blunt(30.0, 38.0), fill=lambda s: np.where(s > 38, 0.9 - (s - 38) / 200, 1.0))
    assert "favours-subtotal" in {f.code for f in found(falling)[0].flags}


def test_the_largest_bend_inside_decides_and_bends_outside_do_not():
    def arc(radius, degrees, count=60):
        angle = np.linspace(0, np.radians(degrees), count)
        return radius * np.stack([np.sin(angle), 1 - np.cos(angle), 0 * angle], axis=1)

    straight = np.stack([np.linspace(-40, -0.5, 60), np.zeros(60), np.zeros(60)], axis=1)
    course = Centerline.through(np.concatenate([straight, arc(10.0, 170.0)]))
    one = vessel("RCA", course)
    (outside,) = found(made_sections(blunt(10.0, 28.0), course.length_mm), of=one)
    assert outside.max_bend_deg.best < 8.0
    (inside,) = found(made_sections(blunt(44.0, 58.0), course.length_mm), of=one)
    assert inside.max_bend_deg.best == pytest.approx(np.degrees(5.0 / 10.0), abs=2.0)  # arms of 5 mm on a circle of 10 mm
    assert dict(inside.bend_by_arm_deg)[8.0] == pytest.approx(np.degrees(8.0 / 10.0), abs=3.0)


def test_courses_belong_to_the_occlusion_they_run_through_and_widen_its_bend():
    points = np.stack([np.linspace(31, 39, 20), np.zeros(20), np.zeros(20)], axis=1)
    swing = points + np.array([0.0, 0.0, 2.0]) * np.sin(np.linspace(0.0, np.pi, 20))[:, None]
    courses = (Course(0.8, points, np.full(20, 0.6)), Course(0.2, swing, np.full(20, 0.6)))

    def two(s):
        return np.where(((s >= 30) & (s <= 40)) | ((s >= 60) & (s <= 72)), 0.0, 1.5)

    first, second = found(made_sections(two), of=vessel(courses=courses))
    assert first.course_probabilities == (0.8, 0.2) and second.course_probabilities == ()
    assert 12.0 < first.max_bend_deg.high < 60.0  # the arms of 5 mm of a course that swings out by 2 mm
    assert 4.0 <= second.max_bend_deg.high < 12.0


def test_nothing_is_found_without_sections_or_physics():
    one = vessel()
    assert find_occlusions(tree(one), {}, PHYSICS, PLAN) == ()
    assert find_occlusions(tree(one), {"RCA": made_sections(blunt(30, 45))}, None, PLAN) == ()
    assert find_occlusions(tree(), {}, PHYSICS, PLAN) == ()


def test_a_flag_takes_the_word_of_the_reader():
    sections = made_sections(blunt(30.0, 50.0), csa_pct=between(36, 40, 99.0), arc_deg=between(36, 40, 360.0))
    plan = replace(PLAN, confirmations=(Confirmation("RCA-1:full-moon-proposed", False, SAID),))
    states = {f.code: f.state for f in found(sections, plan)[0].flags}
    assert states["full-moon-proposed"] == "declined" and states["calcium-concentric"] == "auto"


def _nodule(density_hu):
    sections = made_sections(blunt(30.0, 50.0), csa_pct=between(38, 41, 30.0), arc_deg=between(38, 41, 90.0))
    calcified = sections.calcium_csa_pct.best > 0
    inner = np.where(calcified[:, None] & (np.arange(360) < 90), 0.2, np.nan)
    return replace(
        sections,
        calcium_max_thickness_mm=np.where(calcified, 1.6, 0.0),
        calcium_inner_r_mm=inner,
        calcium_hu=np.where(calcified, density_hu, np.nan) if density_hu is not None else np.empty(0),
    )


@pytest.mark.parametrize(("density_hu", "is_proposed"), [(900.0, True), (700.0, False), (None, False)])
def test_nodular_calcium_is_proposed_only_when_it_is_dense(density_hu, is_proposed):
    codes = {f.code for f in found(_nodule(density_hu))[0].flags}
    assert ("nodular-calcium" in codes) is is_proposed


def test_a_marked_stent_inside_makes_the_occlusion_in_stent_and_one_outside_does_not():
    sections = made_sections(blunt(30.0, 50.0))
    for first, last, inside in ((35.0, 45.0, True), (60.0, 70.0, None)):
        marked = (sections.s_mm >= first) & (sections.s_mm <= last)
        (one,) = found(replace(sections, stent=marked))
        assert one.in_stent is inside
        assert ("in-stent" in {f.code for f in one.flags}) is (inside is True)
    (stated,) = found(sections, replace(PLAN, facts=ClinicalFacts(in_stent=False)))
    assert stated.in_stent is False


def test_the_caps_stay_in_order_on_a_short_occlusion():
    for length in (1.8, 2.5, 4.0):
        for one in found(made_sections(blunt(40.0, 40.0 + length), noise_hu=30.0, seed=5)):
            assert one.proximal_cap.s_mm.best < one.distal_cap.s_mm.best
            assert one.length_mm.best == pytest.approx(one.distal_cap.s_mm.best - one.proximal_cap.s_mm.best)


@pytest.mark.parametrize(("area_mm2", "lumen_hu"), [(0.6, 390.0), (4.0, 560.0)], ids=["thin", "too bright"])
def test_faint_calcium_inside_an_occlusion_is_not_taken_for_lumen(area_mm2, lumen_hu):
    """Calcium of 12 % of the section, as bright on the axis as contrast, over 6 mm; as a lumen too thin or too bright."""
    sections = made_sections(blunt(30.0, 50.0), csa_pct=between(38, 44, 12.0), arc_deg=between(38, 44, 90.0))
    inside = (sections.s_mm > 38) & (sections.s_mm < 44)
    axis = (sections.axis_s_mm > 38) & (sections.axis_s_mm < 44)
    faint = replace(
        sections,
        axis_hu=np.where(axis, 330.0, sections.axis_hu),
        lumen_area_mm2=np.where(inside, area_mm2, sections.lumen_area_mm2),
        lumen_open=sections.lumen_open | inside,
        mean_lumen_hu=np.where(inside, lumen_hu, sections.mean_lumen_hu),
    )
    (one,) = found(faint)
    assert one.length_mm.best == pytest.approx(20.0, abs=1.0)


def test_a_calcified_lumen_as_wide_and_bright_as_contrast_stays_open():
    sections = made_sections(constant(1.4), csa_pct=between(38, 50, 40.0), arc_deg=between(38, 50, 220.0))
    assert found(sections) == ()


def test_contrast_that_falls_across_what_calcium_hides_speaks_for_an_occlusion():
    def hidden(beyond, lumen):
        return made_sections(
            lambda s: np.where((s > 40) & (s < 48), lumen, 1.5),
            fill=lambda s: np.where(s > 44, beyond, 1.0),
            csa_pct=between(40, 48, 40.0),
            hidden=between(40, 48, 1.0),
        )

    assert len(found(hidden(0.55, 0.45))) == 1  # the lumen keeps 9 % of its area, contrast beyond is 55 %
    assert found(hidden(1.0, 1.4)) == ()
    assert found(hidden(0.9, 1.2)) == ()


def test_line_helper_is_straight():
    assert line(50.0).length_mm == pytest.approx(50.0)
