"""Where lumen is not clearly seen: through an occlusion up to clear lumen, at dim plaque, in hiding calcium, else nowhere."""

from dataclasses import replace

import numpy as np
import pytest

from recon.centerline import Centerline
from recon.geometry import Geometry
from recon.search_field import SearchField
from recon.unclear_lumen import unclear_mm
from recon.vesselness import TubeMap
from recon.vessels import Vessel
from recon.work_grid import WorkGrid

LUMEN_HU, CALCIUM_HU = 400.0, 1200.0
SHAPE, STEP_MM = (33, 33, 121), 0.5
ACROSS_MM = STEP_MM * np.hypot(*np.mgrid[-16:17, -16:17])[:, :, None]
ALONG_MM = STEP_MM * np.arange(SHAPE[2])
CENTERLINE = Centerline.through(np.stack([np.linspace(0.0, 60.0, 31), np.full(31, 8.0), np.full(31, 8.0)], axis=1))
ONES = np.ones(len(CENTERLINE.s_mm))


@pytest.fixture(scope="module")
def open_field():
    """A straight tube of lumen in its wall along x, in fat."""
    hu = np.where(ACROSS_MM < 1.5, LUMEN_HU, np.where(ACROSS_MM < 2.1, 50.0, -90.0)) + np.zeros(SHAPE)
    hu = (hu + np.random.default_rng(3).normal(0, 15.0, SHAPE)).astype(np.float32)
    none = TubeMap(np.zeros(SHAPE, np.float32), np.zeros(SHAPE, np.float32))
    grid = WorkGrid(hu, Geometry.axial(SHAPE, (STEP_MM,) * 3, (0.0, 0.0, 0.0)))
    return SearchField(grid, LUMEN_HU, 15.0, hu, none, none, hu)


def painted(field: SearchField, low_mm: float, high_mm: float, hu: float, radius_mm: float = 1.5) -> SearchField:
    """The field with other HU about a stretch of the line."""
    inside = (radius_mm > ACROSS_MM) & (low_mm <= ALONG_MM) & (high_mm >= ALONG_MM)
    values = np.where(inside, hu, field.grid.hu).astype(np.float32)
    return replace(field, grid=replace(field.grid, hu=values))


def vessel(*bridged_mm: tuple[float, float]) -> Vessel:
    return Vessel("RCA", CENTERLINE, ONES, ONES, bridged_mm=bridged_mm)


def test_an_open_vessel_is_clear(open_field):
    assert unclear_mm(vessel(), open_field) == ()


def test_a_bridged_range_ends_where_lumen_is_clear(open_field):
    field = painted(open_field, 20.0, 34.0, 50.0)
    ((low, high),) = unclear_mm(vessel((24.0, 30.0)), field)
    assert low == pytest.approx(20.0, abs=1.0)
    assert high == pytest.approx(34.0, abs=1.0)


def test_calcium_beside_a_bridged_range_is_not_taken_for_lumen(open_field):
    field = painted(painted(open_field, 20.0, 28.0, 50.0), 28.0, 35.0, CALCIUM_HU, 1.0)
    ((_, high),) = unclear_mm(vessel((20.0, 28.0)), field)
    assert high == pytest.approx(35.0, abs=2.0)


def test_calcium_no_brighter_than_the_lumen_before_is_not_taken_for_dim_lumen_behind(open_field):
    field = painted(painted(painted(open_field, 20.0, 26.0, 50.0), 26.0, 60.0, 200.0), 26.0, 32.0, LUMEN_HU)
    ((_, high),) = unclear_mm(vessel((20.0, 26.0)), field)
    assert high == pytest.approx(32.0, abs=1.5)


@pytest.mark.parametrize(("hu", "radius_mm"), [(230.0, 1.5), (CALCIUM_HU, 1.4)])
def test_plaque_and_calcium_that_were_followed_as_lumen_are_unclear(open_field, hu, radius_mm):
    field = painted(open_field, 22.0, 32.0, hu, radius_mm)
    ((low, high),) = unclear_mm(vessel(), field)
    assert low == pytest.approx(22.0, abs=2.0)
    assert high == pytest.approx(32.0, abs=2.0)
    assert unclear_mm(vessel(), field, every=False) == ()


def test_a_thin_deposit_on_the_axis_itself_hides_a_lumen_that_shows_beside_it(open_field):
    field = painted(open_field, 24.0, 28.0, 500.0, 0.8)
    ((low, high),) = unclear_mm(vessel(), field)
    assert low == pytest.approx(24.0, abs=1.5)
    assert high == pytest.approx(28.0, abs=1.5)


def test_a_dim_end_with_no_lumen_behind_it_is_not_unclear(open_field):
    assert unclear_mm(vessel(), painted(open_field, 45.0, 60.0, 200.0)) == ()


def test_ranges_near_each_other_are_one(open_field):
    ranges = unclear_mm(vessel((8.0, 10.0), (20.0, 23.0), (45.0, 48.0)), open_field)
    assert len(ranges) == 2
    assert ranges[0] == pytest.approx((8.0, 23.0), abs=0.5)
