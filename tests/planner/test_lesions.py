"""Lesions and zones: lengths, volumes and indices of drawn calcium follow from its formula."""

import math

import numpy as np
import pytest

from planner.calcium_region import calcium_region, density_weights
from planner.lesions import calcium_lesions, expected_wall_area_mm2, zone_regions
from planner.occlusion_flags import flags_of
from planner.plan import Plan, SeriesRef
from planner.section_details import VesselDetails
from planner.zones import zone_calcium
from recon.calcium_shape import calcium_shape
from recon.estimate import Band
from recon.plaque import PlaqueSections
from recon.section_edit import with_stent, without_calcium_at
from recon.sections import SECTION_STEP_MM
from recon.unrolled import UnrolledMaps
from tests.recon.drawn_sections import drawn_sections
from tests.ui.made_case import made_occlusion, rca_line

INNER, OUTER = 1.3, 1.8


def details_of(sections, peak_hu=700.0, factor=1.0):
    n = len(sections.s_mm)
    some = np.isfinite(sections.calcium_outer_r_mm).any(axis=1)
    one = Band(np.full(n, 0.5), np.full(n, 1.0), np.full(n, 2.0))
    none = Band(np.zeros(n), np.zeros(n), np.zeros(n))
    blank = np.zeros((n, 72))
    maps = UnrolledMaps(sections.s_mm, blank, blank, np.zeros((n, 360)), np.where(some, peak_hu, np.nan))
    plaque = PlaqueSections(none, one, none, sections.calcium_area_mm2, np.ones(n))
    return VesselDetails(maps, calcium_shape(sections), plaque, np.full(n, factor))


def region_of(sections, rows=slice(None), **parts):
    mask = np.zeros(len(sections.s_mm), dtype=bool)
    mask[rows] = True
    return calcium_region(sections, details_of(sections, **parts), mask)


def test_a_deposit_is_one_lesion_with_its_length_and_volume():
    sections = drawn_sections(length_mm=40.0, sector=(0, 120), inner_mm=INNER, outer_mm=OUTER, rows=slice(20, 40))
    (lesion,) = calcium_lesions("RCA", sections, details_of(sections))
    area = math.radians(120) / 2 * (OUTER**2 - INNER**2)
    assert (lesion.number, lesion.region.start_mm, lesion.region.end_mm) == (1, 10.0, 19.5)
    assert lesion.region.volume_mm3.best == pytest.approx(area * 10.0)
    assert lesion.region.length_mm["calcium"].best == 10.0


def test_a_short_gap_does_not_part_a_lesion_and_a_long_one_does():
    sections = drawn_sections(length_mm=40.0, sector=(0, 120), rows=slice(10, 50))
    for start, end in ((20, 22), (35, 39)):
        sections.calcium_area_mm2.best[start:end] = 0.0
    lesions = calcium_lesions("RCA", sections, details_of(sections))
    assert [(one.region.start_mm, one.region.end_mm) for one in lesions] == [(5.0, 17.0), (19.5, 24.5)]


def test_less_than_half_a_square_millimetre_is_no_lesion():
    sections = drawn_sections(sector=(0, 30))
    assert sections.calcium_area_mm2.best[5] < 0.5
    assert calcium_lesions("RCA", sections, details_of(sections)) == ()


def test_volumes_on_bends_use_the_volume_factor():
    sections = drawn_sections(sector=(0, 120))
    assert region_of(sections, factor=1.1).volume_mm3.best == pytest.approx(1.1 * region_of(sections).volume_mm3.best)


def test_lengths_over_a_limit_follow_the_interval():
    sections = drawn_sections(sector=(0, 175), slack=0.1, rows=slice(10, 20))
    region = region_of(sections)
    arc = region.length_mm["arc_180"]
    assert (arc.low, arc.best, arc.high) == (0.0, 0.0, 5.0)
    assert region.max_arc_deg.high == pytest.approx(192.5)


def test_total_and_longest_run_differ_where_calcium_is_interrupted():
    sections = drawn_sections(sector=(0, 200), rows=slice(4, 30))
    for band in (sections.calcium_arc_deg.low, sections.calcium_arc_deg.best, sections.calcium_arc_deg.high):
        band[10:12] = 100.0
    region = region_of(sections)
    assert region.length_mm["arc_180"].best == 12.0
    assert region.longest_run_mm["arc_180"].best == 9.0


@pytest.mark.parametrize(
    ("peak", "weight"), [(129.0, 0), (130.0, 1), (199.0, 1), (200.0, 2), (399.0, 3), (400.0, 4), (np.nan, 0)]
)
def test_density_weights_are_those_of_the_four_classes(peak, weight):
    assert density_weights(np.array([peak]))[0] == weight


def test_the_density_index_counts_area_in_slices_of_three_millimetres():
    sections = drawn_sections(sector=(0, 120), rows=slice(0, 12))
    area = sections.calcium_area_mm2.best[0]
    assert region_of(sections, peak_hu=250.0).density_index.best == pytest.approx(area * 2 * 12 * SECTION_STEP_MM / 3.0)


def test_plaque_volumes_are_areas_times_the_step():
    region = region_of(drawn_sections(), rows=slice(0, 10))
    assert region.plaque_mm3["middle"].best == 5.0
    assert (region.plaque_mm3["middle"].low, region.plaque_mm3["middle"].high) == (2.5, 10.0)
    assert region.edge_mm3 == 5.0


def test_remodelling_is_the_area_over_a_reference_that_tapers():
    sections = drawn_sections(length_mm=60.0, wall_mm=2.0)
    sections.wall_area_mm2[:] = np.pi * np.linspace(2.4, 1.6, len(sections.s_mm)) ** 2
    sections.wall_area_mm2[50:60] *= 1.3
    expected = expected_wall_area_mm2(sections, 22.0, 32.0, 1.0)
    mask = np.zeros(len(sections.s_mm), dtype=bool)
    mask[50:60] = True
    found = calcium_region(sections, details_of(sections), mask, expected).remodelling
    assert found.mean == pytest.approx(1.3, rel=0.01)
    assert found.smallest.low < found.smallest.best < found.smallest.high


def test_without_a_reference_there_is_no_remodelling_index():
    sections = drawn_sections()
    sections.lumen_open[:] = False
    assert expected_wall_area_mm2(sections, 5.0, 10.0, 1.0) is None
    assert region_of(sections).remodelling is None


def test_sections_that_are_not_reliable_are_counted():
    sections = drawn_sections(sector=(0, 90))
    sections.grade[3:7] = "D"
    sections.calcium_area_mm2.best[10] = np.nan
    assert region_of(sections).not_reliable_mm == 2.0 and region_of(sections).not_measured_mm == 0.5


def test_a_stretch_that_was_not_measured_is_none():
    sections = drawn_sections()
    sections.calcium_area_mm2.best[:4] = np.nan
    assert region_of(sections, rows=slice(0, 4)) is None


def test_the_zones_of_an_occlusion_carry_their_free_windows():
    sections = drawn_sections(length_mm=80.0, sector=(0, 120), rows=slice(64, 92))
    regions = zone_regions(made_occlusion(rca_line(72.0)), sections, details_of(sections))
    assert list(regions) == ["proximal_cap", "body", "distal_cap", "landing"]
    assert regions["body"].windows[0].arc_deg.best == 240.0
    assert regions["landing"].windows[0].arc_deg.best == 360.0


def test_the_volume_of_a_zone_uses_the_volume_factor():
    sections = drawn_sections(sector=(0, 120))
    everywhere = np.ones(len(sections.s_mm), dtype=bool)
    plain = zone_calcium(sections, everywhere).volume_mm3.best
    assert zone_calcium(sections, everywhere, np.full(len(everywhere), 1.2)).volume_mm3.best == pytest.approx(1.2 * plain)


def test_changed_sections_and_stents_of_an_occlusion_are_flags_with_their_place():
    sections = with_stent(drawn_sections(length_mm=80.0, sector=(0, 120), rows=slice(64, 92)), 52.0, 56.0)
    sections = without_calcium_at(sections, 40.0, 1.0)
    plan = Plan(SeriesRef("1.2"))
    found = {f.code: f for f in flags_of(made_occlusion(rca_line(72.0)), sections, plan)}
    assert found["stent-not-measured"].s_mm == (52.0, 56.0) and found["stent-not-measured"].state == "edited"
    assert found["sections-edited"].s_mm == (32.0, 45.5)
    plain = flags_of(made_occlusion(rca_line(72.0)), drawn_sections(length_mm=80.0), plan)
    assert not {"stent-not-measured", "sections-edited"} & {f.code for f in plain}
