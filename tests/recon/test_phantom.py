import json
import math
from dataclasses import replace

import numpy as np
import pytest

from recon.errors import CallError
from recon.phantom import HELD_OUT_SEED, STANDARD, random_case, render, standard_case
from recon.phantom_case import Scan
from recon.phantom_deposits import Deposit
from recon.phantom_noise import FWHM_PER_SIGMA, add_noise
from recon.phantom_oracles import OBLIQUE_LINE, ORACLES, oracle_case, tube_case, tube_vessel
from recon.phantom_truth import write_truth
from recon.phantom_vessel import CapShape, PlannedOcclusion
from recon.report import Cancelled, silent

NOISELESS = Scan(0.7, 0.9, 0.0, 400.0)


def sampled(volume, points_mm):
    from scipy.ndimage import map_coordinates

    return map_coordinates(volume.hu.astype(float), volume.geometry.index_kji(points_mm).T, order=3)


@pytest.fixture(scope="module")
def case():
    return random_case(17, occlusion="RCA", length_mm=20.0, grid=(150, 190, 190, 0.8, 0.75), noise_sd_hu=20.0)


@pytest.fixture(scope="module")
def volume(case):
    return render(case)


@pytest.mark.parametrize("oracle", ORACLES, ids=lambda o: o.name)
def test_section_truth_of_a_sector_is_the_formula(oracle):
    sections = oracle_case(oracle).truth.vessel("RCA").sections
    middle = int(np.argmin(np.abs(sections.s_mm - 10.0)))
    assert sections.calcium_area_mm2[middle] == pytest.approx(oracle.area_mm2, rel=0.004)
    assert sections.calcium_csa_pct[middle] == pytest.approx(oracle.csa_pct, abs=0.3)
    assert sections.calcium_arc_deg[middle] == pytest.approx(oracle.arc_deg, abs=1.0)
    assert sections.calcium_max_thickness_mm[middle] == pytest.approx(oracle.outer_mm - oracle.inner_mm, abs=0.01)
    assert sections.calcium_area_mm2[int(np.argmin(np.abs(sections.s_mm - 5.0)))] == 0


def test_blurred_tube_has_the_analytic_value_on_its_axis_and_keeps_its_contrast():
    vessel = tube_vessel(OBLIQUE_LINE, lumen_mm=1.2, wall_mm=1.2)
    scan = Scan(0.8, 0.8, 0.0, 400.0)
    volume = render(tube_case((vessel,), scan, (0.5, 0.4, 0.3)))
    sigma = 0.8 / FWHM_PER_SIGMA
    expected = -95 + 495 * (1 - math.exp(-(1.2**2) / (2 * sigma**2)))
    on_axis = sampled(volume, vessel.centerline.at(np.linspace(8, 20, 25))[0])
    assert on_axis.mean() == pytest.approx(expected, abs=4)
    total = (volume.hu.astype(float) + 95).sum() * 0.5 * 0.4 * 0.3
    ends = 4 / 3 * math.pi * 1.2**3
    assert total / 495 == pytest.approx(math.pi * 1.2**2 * vessel.centerline.length_mm + ends, rel=0.01)


def test_in_plane_and_slice_blur_are_each_the_stated_one():
    """A tube along x blurs in y and z; along z it blurs in x and y only."""
    scan = Scan(0.6, 1.2, 0.0, 400.0)
    across = tube_vessel([[0, 0, 0], [24, 0, 0]], 0.5, 0.5)
    volume = render(tube_case((across,), scan, (0.3, 0.3, 0.3), 5.0))
    plane = volume.hu[:, :, volume.hu.shape[2] // 2].astype(float) + 95
    z, y = np.indices(plane.shape) * 0.3
    z_sd = math.sqrt(np.average((z - np.average(z, weights=plane)) ** 2, weights=plane))
    y_sd = math.sqrt(np.average((y - np.average(y, weights=plane)) ** 2, weights=plane))
    disc = 0.5 / 2
    assert y_sd == pytest.approx(math.hypot(0.6 / FWHM_PER_SIGMA, disc), rel=0.03)
    assert z_sd == pytest.approx(math.hypot(1.2 / FWHM_PER_SIGMA, disc), rel=0.03)


def test_a_flush_cap_of_a_branch_lies_on_the_surface_of_the_lumen_it_leaves():
    case = random_case(70001, occlusion="LCx", flush=True)
    occlusion, parent = case.truth.occlusions[0], case.truth.vessel("LAD")
    at, _, distance_mm = parent.centerline.locate(occlusion.start_point_mm)
    assert distance_mm == pytest.approx(np.interp(at, parent.centerline.s_mm, parent.lumen_radius_mm), abs=0.1)
    assert occlusion.length_mm == pytest.approx(occlusion.end_mm - occlusion.start_mm)


B8_ROWS = [
    (0.4, 0.5, 1302, (1.188, 0.813, 0.624)),
    (0.7, 0.5, 940, (1.703, 1.036, 0.681)),
    (0.7, 1.0, 1370, (2.204, 1.547, 1.218)),
    (1.0, 0.5, 722, (2.208, 1.214, 0.594)),
    (1.0, 1.0, 1165, (2.720, 1.780, 1.303)),
]


@pytest.mark.parametrize(("fwhm", "width", "peak", "measured"), B8_ROWS)
def test_a_slab_of_calcium_blooms_as_the_table_of_blooming_says(fwhm, width, peak, measured):
    """docs/clinical.md B.8: a slab of 1500 HU on 100 HU; a wide disc across a vessel is such a slab along its axis."""
    slab = Deposit("filled", 7.0 - width / 2, 7.0 + width / 2, 0.0, 7.0, 0.0, 5.9, 1500.0, 1e-4)
    vessel = tube_vessel([[0, 0, 0], [0, 14, 0]], 0.0, 6.0, wall_hu=100.0, deposits=(slab,))
    volume = render(tube_case((vessel,), Scan(fwhm, fwhm, 0.0, 400.0), (0.5, 0.05, 0.5), 2.0))
    s = np.arange(3.0, 11.0, 0.01)
    profile = sampled(volume, vessel.centerline.at(s)[0])
    assert profile.max() == pytest.approx(peak, abs=12)
    for threshold, expected in zip((130, 350, 600), measured, strict=True):
        assert (profile > threshold).sum() * 0.01 == pytest.approx(expected, abs=0.03)


def test_noise_has_the_stated_sd_and_no_power_at_zero_frequency():
    field = np.zeros((40, 128, 128), np.float32)
    add_noise(field, (0.5, 0.35, 0.35), 30.0, 0.7, 0.7, 5, silent)
    assert field.std() == pytest.approx(30.0, rel=0.02)
    assert abs(field[20].mean()) < 0.05
    neighbour = np.corrcoef(field[10:30, :, :-1].ravel(), field[10:30, :, 1:].ravel())[0, 1]
    slice_to_slice = np.corrcoef(field[10:29].ravel(), field[11:30].ravel())[0, 1]
    assert 0.3 < neighbour < 0.9
    assert 0.1 < slice_to_slice < 0.8


def test_same_seed_gives_the_same_case_and_voxels(case, volume):
    again = random_case(17, occlusion="RCA", length_mm=20.0, grid=(150, 190, 190, 0.8, 0.75), noise_sd_hu=20.0)
    region = ((60, 60, 60), (64, 100, 100))
    assert np.array_equal(again.vessel("LAD").centerline.points_mm, case.vessel("LAD").centerline.points_mm)
    assert np.array_equal(render(again, region=region).hu, render(case, region=region).hu)
    other = random_case(18, occlusion="RCA")
    assert other.vessel("LAD").centerline.length_mm != case.vessel("LAD").centerline.length_mm


def test_a_region_shows_the_same_object_as_the_whole(case):
    quiet = replace(case, scan=replace(case.scan, noise_sd_hu=0.0))
    start, stop = (40, 50, 40), (70, 130, 120)
    part = render(quiet, region=(start, stop))
    whole = render(quiet)
    inner = whole.hu[start[0] + 3 : stop[0] - 3, start[1] + 5 : stop[1] - 5, start[2] + 5 : stop[2] - 5].astype(int)
    assert np.abs(inner - part.hu[3:-3, 5:-5, 5:-5]).max() <= 1
    assert np.allclose(part.geometry.points_mm((0, 0, 0)), whole.geometry.points_mm(start))


def test_contrast_ends_at_the_proximal_cap_and_returns_at_the_distal_one(case, volume):
    truth = case.truth.occlusions[0]
    vessel = case.vessel("RCA")
    assert truth.length_mm == pytest.approx(20.0)
    bare = replace(vessel, deposits=())
    quiet = render(replace(case, vessels=(bare,), scan=replace(case.scan, noise_sd_hu=0.0)))
    hu = dict(
        zip(
            ("before", "inside", "after"),
            sampled(
                quiet,
                vessel.centerline.at(np.array([truth.start_mm - 8, (truth.start_mm + truth.end_mm) / 2, truth.end_mm + 8]))[0],
            ),
            strict=True,
        )
    )
    assert hu["before"] > 0.75 * case.scan.lumen_hu
    assert hu["inside"] < 140
    assert hu["inside"] + 60 < hu["after"] < hu["before"]


def test_a_dark_or_absent_distal_vessel_never_opens_again():
    for distal in ("dark", "absent"):
        vessel = random_case(5, occlusion="RCA", distal=distal).vessel("RCA")
        assert not vessel.is_open(np.linspace(vessel.occlusions[0].start_mm, vessel.centerline.length_mm, 50)).any()
    names = {v.name for v in random_case(5, occlusion="RCA", distal="absent", dominance="right").vessels}
    assert "R-PDA" not in names


def test_a_branch_inside_an_occlusion_begins_at_the_wall_of_its_parent():
    case = random_case(2, occlusion="RCA", length_mm=60.0, start_mm=25.0, dominance="right")
    branch, parent = case.vessel("AM"), case.vessel("RCA")
    assert parent.occlusions[0].start_mm < branch.parent_s_mm < parent.occlusions[0].end_mm
    first_open = branch.centerline.s_mm[np.argmax(branch.lumen_mm(branch.centerline.s_mm) > 0)]
    distance = parent.centerline.locate(branch.centerline.at(np.array([first_open]))[0])[2][0]
    assert distance > np.interp(branch.parent_s_mm, parent.centerline.s_mm, parent.wall_mm)


@pytest.mark.parametrize("seed", range(4))
def test_vessels_lie_in_the_grid_and_only_meet_at_their_origin(seed):
    case = random_case(seed)
    arteries = [v for v in case.vessels if v.kind == "artery"]
    for vessel in arteries:
        assert case.geometry.contains(vessel.centerline.points_mm).all()
        assert (vessel.wall_mm >= vessel.open_lumen_mm + np.linalg.norm(vessel.offset_mm, axis=1) - 1e-9).all()
    main = {v.name: v for v in arteries}
    rca, lad = main["RCA"].centerline.points_mm, main["LAD"].centerline.points_mm
    assert np.linalg.norm(rca[:, None] - lad[None], axis=2).min() > 3.0


def test_left_main_is_shared_by_lad_and_lcx():
    case = random_case(9)
    lad, lcx = case.vessel("LAD"), case.vessel("LCx")
    assert np.allclose(lad.centerline.points_mm[0], lcx.centerline.points_mm[0])
    until = lcx.own_from_mm - 3.0
    s = np.linspace(0, until, 20)
    assert np.linalg.norm(lad.centerline.at(s)[0] - lcx.centerline.at(s)[0], axis=1).max() < 0.25


def test_a_tapered_cap_is_seen_earlier_than_it_ends():
    cap = CapShape("tapered", 4.0, 0.5)
    occlusion = PlannedOcclusion(12.0, 20.0, cap, CapShape("blunt"))
    truth = tube_case((tube_vessel(OBLIQUE_LINE, occlusions=(occlusion,)),), NOISELESS).truth.occlusions[0]
    assert 11.0 < truth.visible_start_mm < 12.0
    assert truth.visible_end_mm == pytest.approx(20.0, abs=0.03)
    assert truth.chord_mm == pytest.approx(8.0, abs=1e-6)


def test_truth_file_holds_every_vessel(case, tmp_path):
    write_truth(case.truth, tmp_path / "truth.json", {"name": "x"})
    content = json.loads((tmp_path / "truth.json").read_text())
    assert set(content["vessels"]) == {v.name for v in case.vessels}
    assert content["occlusions"][0]["vessel"] == "RCA"
    assert len(content["vessels"]["RCA"]["sections"]["calcium_area_mm2"]) == len(content["vessels"]["RCA"]["sections"]["s_mm"])


def test_every_standard_case_has_what_its_name_says():
    assert {o.vessel for o in standard_case("demo-rca").truth.occlusions} == {"RCA"}
    assert standard_case("patent-calcified").truth.occlusions == ()
    assert len(standard_case("rca-two").vessel("RCA").occlusions) == 2
    assert standard_case("lcx-left").dominance == "left"
    assert all(seed < HELD_OUT_SEED for seed, _ in STANDARD.values())
    with pytest.raises(CallError, match="no test object"):
        standard_case("unknown")


def test_rendering_can_be_cancelled(case):
    def stop(fraction, text):
        raise Cancelled

    with pytest.raises(Cancelled):
        render(case, stop)
