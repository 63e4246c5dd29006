"""Calcium-free windows: the largest rectangles of a map that goes round the clock."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recon.calcium_shape import Cover, calcium_cover
from recon.free_windows import free_windows, largest_box
from tests.recon.drawn_sections import drawn_sections


def test_the_window_is_what_a_deposit_leaves_free():
    sections = drawn_sections(sector=(90, 250))
    (window,) = free_windows(calcium_cover(sections), sections.s_mm, 2.0, 12.0)
    assert (window.from_deg, window.to_deg) == (250.0, 90.0)
    assert window.arc_deg.best == 200.0
    assert window.length_mm.best == pytest.approx(10.5)


def test_the_interval_is_what_smaller_and_larger_calcium_leaves():
    sections = drawn_sections(sector=(90, 250), slack=0.25)
    (window,) = free_windows(calcium_cover(sections), sections.s_mm, 2.0, 12.0)
    assert window.arc_deg.low == 160.0
    assert window.arc_deg.high == 240.0
    assert window.length_mm.low == 0.0


def test_a_full_ring_splits_the_vessel_into_two_windows():
    sections = drawn_sections(sector=(0, 360), rows=slice(10, 14))
    first, second = free_windows(calcium_cover(sections), sections.s_mm, 0.0, 20.0)
    assert (first.start_mm, first.end_mm) == (7.0, 20.0)
    assert (second.start_mm, second.end_mm) == (0.0, 4.5)
    assert first.arc_deg.best == 360.0


def test_a_free_sector_too_narrow_for_a_wire_is_not_listed():
    sections = drawn_sections(sector=(0, 310))
    assert free_windows(calcium_cover(sections), sections.s_mm, 0.0, 20.0) == ()


def test_a_range_beyond_the_vessel_has_no_window():
    sections = drawn_sections()
    assert free_windows(calcium_cover(sections), sections.s_mm, 30.0, 40.0) == ()


@given(arrays(bool, (5, 8)))
@settings(max_examples=150, deadline=None)
def test_no_free_rectangle_is_larger(free):
    best = 0
    for first in range(5):
        for last in range(first + 1, 6):
            open_columns = free[first:last].all(axis=0)
            for column in range(8):
                for width in range(1, 9):
                    if np.take(open_columns, range(column, column + width), mode="wrap").all():
                        best = max(best, (last - first) * width)
    box = largest_box(free)
    assert (0 if box is None else (box[1] - box[0]) * box[3]) == best
    if box is not None:
        columns = (box[2] + np.arange(box[3])) % 8
        assert free[box[0] : box[1], columns].all()


@given(st.integers(0, 359), st.integers(10, 340))
@settings(max_examples=40, deadline=None)
def test_windows_never_hold_calcium(start, width):
    sections = drawn_sections(sector=(start, start + width), rows=slice(12, 25))
    cover = calcium_cover(sections)
    for window in free_windows(cover, sections.s_mm, 0.0, 20.0):
        rows = (sections.s_mm >= window.start_mm) & (sections.s_mm <= window.end_mm)
        bins = (int(window.from_deg) + np.arange(int(window.arc_deg.best))) % 360
        assert not cover.best[np.ix_(rows, bins)].any()
        assert window.length_mm.low <= window.length_mm.best <= window.length_mm.high


def test_a_window_ends_where_nothing_was_measured():
    sections = drawn_sections()
    sections.calcium_area_mm2.best[20:24] = np.nan
    first, second = free_windows(calcium_cover(sections), sections.s_mm, 0.0, 20.0)
    assert (second.start_mm, second.end_mm, first.start_mm, first.end_mm) == (12.0, 20.0, 0.0, 9.5)


def test_sections_that_may_hold_calcium_are_not_promised_free():
    sections = drawn_sections()
    best = calcium_cover(sections).best
    cover = Cover(best, best, np.ones_like(best), np.ones(len(best), dtype=bool))
    (window,) = free_windows(cover, sections.s_mm, 0.0, 20.0)
    assert window.length_mm.low == 0.0 and window.arc_deg.low == 0.0
