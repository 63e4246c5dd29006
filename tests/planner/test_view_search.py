from dataclasses import replace

import numpy as np
import pytest

from planner.occlusion import Cap, Occlusion, SideBranch
from planner.settings import BlockedZone, lab_profile
from planner.view_search import view_plan
from recon.carm import angle_between_deg, foreshortening_pct
from recon.centerline import Centerline
from recon.estimate import Estimate
from recon.vessels import Tree, Vessel

LAB = lab_profile("default")
X, Y, Z = np.eye(3)


def vessel(name, points, radius_mm=1.5, **more):
    line = Centerline.through(points)
    return Vessel(name, line, np.full(len(line.s_mm), radius_mm), np.ones(len(line.s_mm)), **more)


def straight(name, start, direction, length_mm=80.0, **more):
    direction = np.asarray(direction, float) / np.linalg.norm(direction)
    return vessel(name, np.asarray(start, float) + np.linspace(0, length_mm, 30)[:, None] * direction, **more)


def occlusion(start_mm=30.0, end_mm=50.0, **more):
    caps = [Cap(Estimate.exact(s), (0.0, 0.0, 0.0), "blunt", "auto", None, False) for s in (start_mm, end_mm)]
    length = Estimate.exact(end_mm - start_mm)
    plain = Occlusion("RCA-1", "RCA", 2, *caps, length, 20.0, Estimate.exact(0.0), 40.0, (), {}, None, None, None, ())
    return replace(plain, **more)


def tree(*vessels):
    return Tree(vessels, (), None, None, None)


def views_of(target, *vessels, lab=LAB, found=None):
    plan = view_plan(tree(*vessels), (found or occlusion(),), {}, lab)
    return next(t for t in plan.targets if t.target == target), plan


def curved_rca(mirror=1.0, shift=(0.0, 0.0, 0.0)):
    t = np.linspace(0, 2.4, 60)
    points = np.stack([-mirror * (20 + 25 * np.sin(t)), 8 * t - 25 * np.cos(t) * 0.3, -30 * t + 6 * np.sin(2 * t)], axis=1)
    return vessel("RCA", points + np.array(shift))


def crossing(mirror=1.0, shift=(0.0, 0.0, 0.0)):
    points = np.stack([mirror * np.linspace(-60, 10, 20), np.full(20, -40.0), np.full(20, -45.0)], axis=1)
    return vessel("LAD", points + np.array(shift))


def test_every_target_of_an_occlusion_gets_ranked_views():
    _, plan = views_of("body", curved_rca())
    assert [t.target for t in plan.targets] == ["proximal_cap", "body", "distal_cap", "landing_zone"]
    for target in plan.targets:
        assert len(target.views) >= 2
        assert all(v.reachable for v in target.views)


def test_a_vessel_along_the_body_axis_is_best_seen_without_tilt():
    target, _ = views_of("body", straight("RCA", (0, 0, 50), -Z))
    assert target.views[0].foreshortening_pct < 0.5
    assert abs(target.views[0].secondary_deg) <= 4
    assert target.ideal_reachable


def test_the_map_holds_the_foreshortening_of_each_view():
    target, _ = views_of("body", straight("RCA", (0, 0, 0), (1, 1, -0.5)))
    tangent = np.array([1, 1, -0.5]) / 1.5
    for row, column in ((5, 100), (40, 3), (30, 60)):
        expected = foreshortening_pct([tangent], [1.0], target.primary_deg[column], target.secondary_deg[row])
        assert target.foreshortening_pct[row, column] == pytest.approx(float(expected), abs=1e-6)


def test_listed_views_are_thirty_degrees_apart_and_in_whole_degrees():
    target, _ = views_of("proximal_cap", curved_rca(), crossing())
    angles = [(v.primary_deg, v.secondary_deg) for v in target.views]
    assert all(angle_between_deg(a, b) >= 30 for i, a in enumerate(angles) for b in angles[:i])
    assert all(float(a).is_integer() for pair in angles for a in pair)


def test_the_tolerance_region_holds_the_view_and_loses_five_points_at_most():
    target, _ = views_of("body", straight("RCA", (0, 0, 50), -Z))
    view = target.views[0]
    low, high = view.secondary_tolerance_deg
    assert low <= view.secondary_deg <= high
    edge = foreshortening_pct([-Z], [1.0], view.primary_deg, high)
    beyond = foreshortening_pct([-Z], [1.0], view.primary_deg, high + 2)
    assert float(edge) <= 5.0 < float(beyond)


def test_the_region_of_every_view_stays_within_five_points_of_the_least_reachable_foreshortening():
    target, _ = views_of("body", curved_rca(), crossing())
    reachable = LAB.reachable(*np.meshgrid(target.primary_deg, target.secondary_deg))
    least = target.foreshortening_pct[reachable].min()
    for view in target.views:
        row = list(target.secondary_deg).index(view.secondary_deg)
        low, high = view.primary_tolerance_deg
        run = target.foreshortening_pct[row, (target.primary_deg >= low) & (target.primary_deg <= high)]
        assert low <= view.primary_deg <= high and run.max() <= max(least + 5.0, view.foreshortening_pct)


def test_an_ideal_view_out_of_reach_is_said_so_and_a_reachable_one_is_given():
    found = occlusion(side_branches=(SideBranch("AM", 0.0, 60.0, 1.5, "proximal"),))
    main = straight("RCA", (0, 0, 0), (1, -1, -1))
    branch = straight("AM", main.centerline.at(30.0)[0], (1, 1, 0), length_mm=30)
    target, _ = views_of("proximal_cap", main, branch, found=found)
    assert (target.ideal_primary_deg, target.ideal_secondary_deg) == pytest.approx((45, 54.7), abs=6)
    assert not target.ideal_reachable
    assert target.views[0].reachable and target.views[0].secondary_deg <= 45


def test_a_vessel_in_front_of_the_target_is_avoided():
    target_vessel = straight("RCA", (0, 0, 40), -Z)
    in_front = straight("LAD", (0, -40, 20), -Z)
    free, _ = views_of("body", target_vessel)
    covered, _ = views_of("body", target_vessel, in_front)
    middle = (len(covered.secondary_deg) // 2, len(covered.primary_deg) // 2)
    assert free.overlap_pct.max() == 0.0
    assert covered.overlap_pct[middle] == pytest.approx(100.0)
    assert all(v.overlap_pct == 0.0 for v in covered.views[:2])


def test_a_branch_that_only_touches_at_its_origin_does_not_cover():
    main = straight("RCA", (0, 0, 40), -Z)
    branch = straight("AM", (0, 0, 0), X, length_mm=30)
    target, _ = views_of("body", main, branch)
    middle = (len(target.secondary_deg) // 2, len(target.primary_deg) // 2)
    assert target.overlap_pct[middle] == 0.0


def test_a_blocked_zone_is_never_proposed():
    free, _ = views_of("body", curved_rca())
    best = free.views[0]
    p, s = best.primary_deg, best.secondary_deg
    zone = BlockedZone("table", ((p - 9, s - 9), (p + 9, s - 9), (p + 9, s + 9), (p - 9, s + 9)))
    target, plan = views_of("body", curved_rca(), lab=replace(LAB, blocked=(zone,)))
    for view in (*target.views, plan.wiring_pairs[0].first, plan.wiring_pairs[0].second):
        assert abs(view.primary_deg - p) >= 9 or abs(view.secondary_deg - s) >= 9


def test_the_wiring_pair_is_square_to_the_occlusion_and_to_each_other():
    direction = np.array([0.2, 0.3, -1.0])
    _, plan = views_of("body", straight("RCA", (0, 0, 0), direction))
    (pair,) = plan.wiring_pairs
    assert pair.angle_between_deg == pytest.approx(90, abs=8)
    assert max(pair.first.foreshortening_pct, pair.second.foreshortening_pct) < 3
    assert pair.first.reachable and pair.second.reachable


def test_mirroring_the_patient_swaps_lao_and_rao_only():
    here, plan = views_of("body", curved_rca(), crossing())
    there, mirrored = views_of("body", curved_rca(mirror=-1.0), crossing(mirror=-1.0))
    np.testing.assert_allclose(there.foreshortening_pct, here.foreshortening_pct[:, ::-1], atol=1e-6)
    np.testing.assert_allclose(there.overlap_pct, here.overlap_pct[:, ::-1], atol=1e-6)
    best, other = here.views[0], there.views[0]
    assert (other.primary_deg, other.secondary_deg) == (-best.primary_deg, best.secondary_deg)
    assert there.ideal_primary_deg == pytest.approx(-here.ideal_primary_deg, abs=1e-6)
    assert mirrored.wiring_pairs[0].angle_between_deg == pytest.approx(plan.wiring_pairs[0].angle_between_deg, abs=1e-6)


def test_moving_the_patient_changes_no_view():
    shift = (110.0, -75.0, 220.0)
    here, _ = views_of("body", curved_rca(), crossing())
    there, _ = views_of("body", curved_rca(shift=shift), crossing(shift=shift))
    assert [(v.primary_deg, v.secondary_deg) for v in here.views] == [(v.primary_deg, v.secondary_deg) for v in there.views]
    np.testing.assert_allclose(there.overlap_pct, here.overlap_pct, atol=1e-6)


def test_a_vessel_that_ends_at_the_cap_has_no_landing_zone_view():
    short = straight("RCA", (0, 0, 0), -Z, length_mm=50.2)
    _, plan = views_of("body", short)
    assert "landing_zone" not in [t.target for t in plan.targets]


def test_no_occlusion_gives_an_empty_plan():
    plan = view_plan(tree(curved_rca()), (), {}, LAB)
    assert plan.lab == "default" and plan.targets == () and plan.wiring_pairs == ()
