"""Clock, depth and eccentricity of ring sectors, against their formulas."""

import math
from dataclasses import replace

import numpy as np
import pytest

from recon.calcium_shape import calcium_cover, calcium_shape, hour_texts
from recon.estimate import Band
from tests.recon.drawn_sections import drawn_sections


@pytest.mark.parametrize(
    ("sector", "text"),
    [((90, 210), "3-7"), ((330, 420), "11-2"), ((0, 360), "all"), ((0, 90), "12-3"), ((270, 360), "9-12"), ((100, 110), "")],
)
def test_the_clock_is_read_clockwise_from_twelve(sector, text):
    assert calcium_shape(drawn_sections(sector=sector)).hours[1][5] == text


def test_two_deposits_are_two_ranges_of_the_clock():
    cover = np.zeros((1, 360), dtype=bool)
    cover[0, 0:60] = cover[0, 180:240] = True
    assert hour_texts(cover) == ("12-2;6-8",)


def test_the_arc_interval_is_shared_by_the_ends_of_the_run():
    sections = drawn_sections(sector=(100, 200), slack=0.2)
    cover = calcium_cover(sections)
    assert [int(mask[5].sum()) for mask in (cover.low, cover.best, cover.high)] == [80, 100, 120]
    assert cover.low[5, 110] and not cover.low[5, 109]
    assert cover.high[5, 90] and not cover.high[5, 89]


def test_low_is_within_best_within_high():
    cover = calcium_cover(drawn_sections(sector=(340, 400), slack=0.5))
    assert not (cover.low & ~cover.best).any()
    assert not (cover.best & ~cover.high).any()


def test_calcium_that_may_be_none_is_on_no_sure_place_of_the_clock():
    sections = drawn_sections(sector=(100, 200), slack=1.0)
    assert not calcium_cover(sections).low.any()


def test_a_section_that_is_not_reliable_may_hold_calcium_anywhere():
    sections = drawn_sections()
    sections.grade[4] = "D"
    cover = calcium_cover(sections)
    assert cover.high[4].all() and not cover.high[5].any()


def test_possible_calcium_lies_where_the_next_section_has_it():
    sections = drawn_sections(sector=(100, 200), rows=slice(10, 12))
    high = sections.calcium_arc_deg.high.copy()
    high[12] = high[30] = 50.0
    sections = replace(sections, calcium_arc_deg=Band(sections.calcium_arc_deg.low, sections.calcium_arc_deg.best, high))
    cover = calcium_cover(sections)
    assert cover.high[12].sum() == 100
    assert cover.high[30].all()


@pytest.mark.parametrize("arc", [60, 120, 180, 300])
def test_eccentricity_is_that_of_a_ring_sector(arc):
    inner, outer, wall = 1.3, 1.8, 2.0
    half = math.radians(arc) / 2
    expected = (2 / 3) * (outer**3 - inner**3) / (outer**2 - inner**2) * math.sin(half) / half / wall
    shape = calcium_shape(drawn_sections(wall_mm=wall, sector=(30, 30 + arc), inner_mm=inner, outer_mm=outer))
    assert shape.eccentricity.best[5] == pytest.approx(expected, rel=2e-3)


def test_a_closed_ring_is_not_eccentric():
    assert calcium_shape(drawn_sections(sector=(0, 360))).eccentricity.best[5] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(("inner", "word"), [(1.3, "superficial"), (1.8, "deep")])
def test_depth_is_told_by_the_inner_edge(inner, word):
    shape = calcium_shape(drawn_sections(1.2, 2.2, sector=(0, 100), inner_mm=inner, outer_mm=2.1))
    assert shape.depth_class[5] == word
    assert shape.depth.best[5] == pytest.approx((inner - 1.2) / 1.0)


def test_depth_that_the_interval_does_not_decide_is_uncertain():
    shape = calcium_shape(drawn_sections(1.2, 2.2, sector=(0, 100), inner_mm=1.68, outer_mm=2.1, slack=0.5))
    assert shape.depth_class[5] == "uncertain"
    assert shape.depth.low[5] < 0.5 < shape.depth.high[5]


def test_without_calcium_there_is_no_depth_and_no_eccentricity():
    shape = calcium_shape(drawn_sections())
    assert shape.depth_class[5] == "" and np.isnan(shape.eccentricity.best).all() and np.isnan(shape.depth.best).all()
