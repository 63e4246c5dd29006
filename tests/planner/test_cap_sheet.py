"""The cap sheet shows the cap in the middle, and the clock free of calcium."""

from dataclasses import replace

import numpy as np
import pytest

from planner.cap_sheet import HALF_WIDTH_MM, calcium_free_sectors, cap_sheet
from planner.occlusion_search import find_occlusions
from planner.plan import Plan, SeriesRef
from recon.geometry import Geometry
from recon.sections import CALCIUM_ANGLES
from recon.volume import Identity, Volume
from tests.planner.made_sections import PHYSICS, blunt, constant, made_sections, tree, vessel


def with_calcium(sections, start_deg, end_deg):
    outer = sections.calcium_outer_r_mm.copy()
    columns = np.arange(start_deg, end_deg) % CALCIUM_ANGLES
    outer[10:14, columns] = 1.5
    return replace(sections, calcium_outer_r_mm=outer)


ROWS = np.arange(201) < 50


def test_no_calcium_leaves_the_whole_clock_free():
    (whole,) = calcium_free_sectors(made_sections(constant(1.5)), ROWS)
    assert (whole.start_clock, whole.end_clock, whole.width_deg) == (0.0, 12.0, 360.0)


def test_a_sector_of_calcium_leaves_the_rest_of_the_clock_free():
    (free,) = calcium_free_sectors(with_calcium(made_sections(constant(1.5)), 90, 180), ROWS)
    assert (free.start_clock, free.end_clock) == pytest.approx((6.0, 3.0))
    assert free.width_deg == pytest.approx(270.0)


def test_calcium_over_12_o_clock_is_one_sector_and_calcium_elsewhere_does_not_count():
    (free,) = calcium_free_sectors(with_calcium(made_sections(constant(1.5)), 330, 390), ROWS)
    assert (free.start_clock, free.end_clock, free.width_deg) == pytest.approx((1.0, 11.0, 300.0))
    (whole,) = calcium_free_sectors(with_calcium(made_sections(constant(1.5)), 330, 390), ~ROWS)
    assert whole.width_deg == 360.0


def test_a_full_ring_leaves_nothing_free():
    assert calcium_free_sectors(with_calcium(made_sections(constant(1.5)), 0, 360), ROWS) == ()


def test_the_views_are_centred_on_the_cap_and_see_the_lumen_end():
    geometry = Geometry.axial((61, 61, 241), (0.5, 0.5, 0.5), (-10.0, -15.0, -15.0))
    hu = np.full(geometry.shape, 60, np.int16)
    x = geometry.points_mm(np.array([[0, 0, i] for i in range(241)]))[:, 0]
    z, y = np.meshgrid(np.arange(61) * 0.5 - 15, np.arange(61) * 0.5 - 15, indexing="ij")
    hu[:, :, (x < 30.0) | (x > 50.0)] = np.where(np.hypot(z, y) < 1.5, 400, 60)[:, :, None]
    volume = Volume(hu, geometry, Identity())
    one = vessel()
    sections = made_sections(blunt(30.0, 50.0))
    (occlusion,) = find_occlusions(tree(one), {"RCA": sections}, PHYSICS, Plan(SeriesRef("1")))
    sheet = cap_sheet(volume, one, occlusion, sections, "proximal")
    middle = round(HALF_WIDTH_MM / 0.1)
    for name, view in sheet.slabs[:2]:
        assert view.hu.shape == (2 * middle + 1, 2 * middle + 1), name
        assert view.hu[middle, middle - 30] > 350 and view.hu[middle, middle + 30] < 100
    assert sheet.profile_mm[0] < 0 < sheet.profile_mm[-1]
    assert sheet.lumen_radius_mm[0] == 0 and sheet.lumen_radius_mm[-1] == pytest.approx(1.5)
    assert sheet.which == "proximal" and sheet.max_calcium_csa_pct == 0
