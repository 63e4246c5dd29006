"""Short test objects for section measures: what they hold, and that a seed is a case."""

import numpy as np
import pytest

from recon.phantom import render
from recon.phantom_segments import ARTERY, BRANCH, CLEAR_END_MM, moved_line, segment_case

SEEDS = range(1, 31)


@pytest.fixture(scope="module")
def cases():
    return [segment_case(seed) for seed in SEEDS]


def test_a_seed_is_a_case(cases):
    again = segment_case(SEEDS[0])
    assert again.scan == cases[0].scan and again.vessels[0].deposits == cases[0].vessels[0].deposits
    assert segment_case(SEEDS[1]).scan != again.scan


def test_segments_vary_in_what_decides_a_measurement(cases):
    occluded = [bool(c.vessels[0].occlusions) for c in cases]
    assert 0.25 < np.mean(occluded) < 0.75
    deposits = [d for c in cases for d in c.vessels[0].deposits]
    hu, thick = np.array([d.hu for d in deposits]), np.array([d.outer_mm - d.inner_mm for d in deposits])
    assert hu.min() >= 500 and hu.max() <= 1500 and np.ptp(hu) > 600
    assert thick.min() < 0.6 and thick.max() > 1.2
    assert {v.name for c in cases for v in c.vessels} >= {ARTERY, BRANCH}


def test_calcium_keeps_clear_of_the_ends_and_inside_the_wall(cases):
    for case in cases:
        artery = case.vessels[0]
        for d in artery.deposits:
            assert d.start_mm >= CLEAR_END_MM - 0.1 and d.end_s_mm <= artery.centerline.length_mm - 1.9
            assert d.outer_mm <= artery.wall_mm.max()


def test_a_segment_can_be_rendered_and_shows_its_contrast(cases):
    case = cases[2]
    volume = render(case)
    line = case.vessels[0].centerline
    k, j, i = np.round(volume.geometry.index_kji(line.points_mm[8])).astype(int)
    assert abs(int(volume.hu[k, j, i]) - case.scan.lumen_hu) < 4 * case.scan.noise_sd_hu + 60


def test_a_moved_line_is_off_by_the_stated_distance(cases):
    line = cases[0].vessels[0].centerline
    moved = moved_line(line, 0.15, 3)
    _, _, apart = line.locate(moved.points_mm)
    assert np.sqrt(np.mean(apart**2) / 2) == pytest.approx(0.15, abs=0.03)


def test_a_segment_can_be_asked_for_a_full_moon_which_chance_never_makes(cases):
    def full(case):
        sections = case.truth.vessels[0].sections
        return int(((sections.calcium_csa_pct >= 95) & (sections.calcium_arc_deg >= 350)).sum())

    moons = [segment_case(seed, full_moon=True) for seed in SEEDS[:8]]
    assert sum(map(full, cases)) == 0
    assert sum(map(full, moons)) > 10 and min(map(full, moons)) == 0, "full moons and near misses"
    assert all(case.vessels[0].occlusions for case in moons)
