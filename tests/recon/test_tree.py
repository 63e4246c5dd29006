"""The automatic tree: main vessels through an occlusion on a test object, and typed problems where there is nothing."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from recon.geometry import Geometry
from recon.phantom import random_case, render
from recon.report import Cancelled, silent
from recon.tree import Seeds, coronary_tree
from recon.volume import Volume


@pytest.fixture(scope="module")
def case():
    return random_case(
        9, occlusion="RCA", length_mm=14.0, start_mm=40.0, calcium="none", dominance="right", noise_sd_hu=15.0, lumen_hu=420.0
    )


@pytest.fixture(scope="module")
def volume(case):
    return render(case, silent)


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def tree(volume, told):
    return coronary_tree(volume, Seeds(), silent, told.append)


@pytest.mark.parametrize("name", ["RCA", "LAD", "LCx"])
def test_a_main_vessel_is_followed_on_its_true_line(case, tree, name):
    vessel = tree.vessel(name)
    true = case.vessel(name).centerline
    apart = cKDTree(true.points_mm).query(vessel.centerline.points_mm)[0]
    assert np.median(apart) < 0.3
    assert vessel.centerline.length_mm > 0.8 * true.length_mm


def test_the_occluded_stretch_is_bridged_on_the_cord_and_marked(case, tree):
    body = case.vessel("RCA").centerline.between(40.0, 54.0)
    vessel = tree.vessel("RCA")
    assert cKDTree(vessel.centerline.points_mm).query(body)[0].mean() < 0.5
    start, end = max(vessel.bridged_mm, key=lambda r: r[1] - r[0])
    assert end - start == pytest.approx(14.0, abs=4.0)
    assert sum(c.probability for c in vessel.courses) == pytest.approx(1.0)
    assert all(np.all(c.radius_of_uncertainty_mm > 0) for c in vessel.courses)


def test_vessels_without_an_occlusion_bridge_nothing(tree):
    assert tree.vessel("LAD").bridged_mm == ()
    assert tree.vessel("LCx").bridged_mm == ()


def test_a_main_vessel_is_told_first_and_every_vessel_is_told_in_its_final_form(tree, told):
    assert told[0].name in ("RCA", "LAD", "LCx")
    assert {v.name for v in told} == {v.name for v in tree.vessels}
    last = {v.name: v for v in told}
    for vessel in tree.vessels:
        np.testing.assert_array_equal(last[vessel.name].centerline.points_mm, vessel.centerline.points_mm)


def test_a_bridged_vessel_is_not_called_lost(tree):
    assert not [p for p in tree.problems if p.vessel == "RCA"]


def test_lad_and_lcx_share_the_left_main(tree):
    lad, lcx = tree.vessel("LAD").centerline, tree.vessel("LCx").centerline
    np.testing.assert_allclose(lad.points_mm[0], lcx.points_mm[0], atol=1e-6)
    assert cKDTree(lad.points_mm).query(lcx.at(np.array([3.0]))[0])[0][0] < 0.2
    assert [g.scct for g in tree.vessel("LAD").segments] == [5, 6, 7, 8]


def test_branches_begin_on_their_parents(tree):
    for vessel in tree.vessels:
        if vessel.parent is not None:
            origin = tree.vessel(vessel.parent).centerline.at(vessel.parent_s_mm)[0]
            assert np.linalg.norm(origin - vessel.centerline.points_mm[0]) < 0.5


def test_a_volume_without_contrast_ends_in_a_typed_problem():
    rng = np.random.default_rng(0)
    volume = Volume(
        rng.normal(40, 20, (40, 60, 60)).astype(np.int16), Geometry.axial((40, 60, 60), (2.0, 2.0, 2.0), (0.0, 0.0, 0.0))
    )
    tree = coronary_tree(volume, Seeds(), silent)
    assert tree.vessels == ()
    assert [p.code for p in tree.problems] == ["aorta-not-found"]


def test_the_search_stops_when_asked():
    volume = Volume(np.zeros((40, 60, 60), np.int16), Geometry.axial((40, 60, 60), (2.0, 2.0, 2.0), (0.0, 0.0, 0.0)))

    def refuse(fraction: float, text: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        coronary_tree(volume, Seeds(), refuse)
