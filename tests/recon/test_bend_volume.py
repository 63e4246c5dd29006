"""Volumes on bends, against Pappus: a ring sector swept round a circle."""

import math
from dataclasses import replace

import numpy as np
import pytest

from recon.bend_volume import calcium_volume_factor, curvature
from recon.centerline import Centerline
from recon.sections import SECTION_STEP_MM
from tests.recon.drawn_sections import drawn_sections, line

RADIUS_MM = 12.0


def bend():
    """A quarter circle that bends towards posterior, away from 12 o'clock."""
    angle = np.linspace(0.0, math.pi / 2, 80)
    points = np.stack([0 * angle, RADIUS_MM * (1 - np.cos(angle)), -RADIUS_MM * np.sin(angle)], axis=1)
    return Centerline.through(points)


def on_bend(sector):
    sections = drawn_sections(length_mm=18.5, sector=sector, inner_mm=1.3, outer_mm=1.9)
    return replace(sections, point_mm=bend().at(sections.s_mm)[0])


def test_curvature_points_to_the_centre_of_the_circle():
    line_ = bend()
    found = curvature(line_, np.array([9.0]))[0]
    towards = np.array([0.0, RADIUS_MM, 0.0]) - line_.at(9.0)[0]
    assert np.linalg.norm(found) == pytest.approx(1 / RADIUS_MM, rel=0.03)
    assert found @ towards == pytest.approx(1.0, rel=0.03)


@pytest.mark.parametrize(("sector", "side"), [((330, 390), 1.0), ((150, 210), -1.0)])
def test_a_sector_swept_round_a_circle_has_the_volume_of_pappus(sector, side):
    inner, outer, half = 1.3, 1.9, math.radians(30)
    offset = (2 / 3) * (outer**3 - inner**3) / (outer**2 - inner**2) * math.sin(half) / half
    sections = on_bend(sector)
    rows = slice(6, 30)
    volume = (sections.calcium_area_mm2.best * calcium_volume_factor(bend(), sections))[rows].sum() * SECTION_STEP_MM
    swept = sections.calcium_area_mm2.best[10] * (RADIUS_MM + side * offset) / RADIUS_MM * 24 * SECTION_STEP_MM
    assert volume == pytest.approx(swept, rel=0.01)


def test_a_full_ring_and_a_straight_vessel_need_no_correction():
    ring = on_bend((0, 360))
    assert calcium_volume_factor(bend(), ring)[6:30] == pytest.approx(1.0, abs=1e-6)
    assert calcium_volume_factor(line(), drawn_sections(sector=(0, 90))) == pytest.approx(1.0)


def test_without_calcium_the_factor_is_one():
    assert calcium_volume_factor(bend(), on_bend(None)) == pytest.approx(1.0)


def test_a_bend_tighter_than_the_vessel_cannot_turn_volume_negative():
    angle = np.linspace(0.0, math.pi, 40)
    tight = Centerline.through(np.stack([0 * angle, 1.0 - np.cos(angle), -np.sin(angle)], axis=1))
    sections = drawn_sections(length_mm=3.0, sector=(150, 210), inner_mm=1.3, outer_mm=1.9)
    assert (calcium_volume_factor(tight, sections) >= 0.2).all()
