"""Straightened volume, walls and calcium of one 150 mm vessel, against numpy, scipy and a threshold on the same sections."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, label, map_coordinates

from recon.axis_profile import axis_profile_hu
from recon.centerline import Centerline
from recon.estimate import Estimate
from recon.fine_image import fine_image
from recon.geometry import Geometry
from recon.measure import REACH_MM, measure_sections, measure_walls
from recon.reformat import straightened
from recon.section_edit import ContourPoint, with_contours_moved, without_calcium_at
from recon.sections import ScanPhysics
from recon.vessels import Vessel
from recon.volume import Volume

LENGTH_MM = 150.0
SPACING_MM, FWHM_MM = 0.4, 0.7
PHYSICS = ScanPhysics(400.0, 20.0, 20.0, Estimate.around(FWHM_MM, 0.1), Estimate.around(FWHM_MM, 0.1))


@pytest.fixture(scope="module")
def vessel():
    """A helix of open vessel with three deposits, drawn by distance to its line."""
    turn = np.linspace(0, 1.5 * np.pi, 300)
    points = np.stack([28 * np.cos(turn), 28 * np.sin(turn), 80 * turn / turn[-1]], axis=-1)
    line = Centerline.through(points * (LENGTH_MM / 154.0))
    return Vessel("RCA", line, np.full(len(line.s_mm), 1.5), np.ones(len(line.s_mm)))


@pytest.fixture(scope="module")
def volume(vessel):
    points = vessel.centerline.points_mm
    low, high = points.min(axis=0) - 10, points.max(axis=0) + 10
    shape = tuple(int(n) for n in np.ceil((high - low)[::-1] / SPACING_MM))
    geometry = Geometry.axial(shape, (SPACING_MM,) * 3, tuple(low))
    hu = np.full(shape, -90, np.float32)
    near = np.unique(np.round(geometry.index_kji(points)).astype(int), axis=0)
    reach = np.arange(-6, 7)
    box = np.stack(np.meshgrid(reach, reach, reach, indexing="ij"), axis=-1).reshape(-1, 3)
    around = np.unique((near[:, None] + box).reshape(-1, 3), axis=0)
    s, theta, r = vessel.centerline.locate(geometry.points_mm(around))
    value = np.where(r < 1.5, 400.0, np.where(r < 2.0, 55.0, -90.0))
    for start in (30.0, 70.0, 110.0):
        value[(s > start) & (s < start + 6) & (r > 1.2) & (r < 2.0) & (theta < 2.5)] = 1000.0
    hu[tuple(around.T)] = value
    # As blurred as the stated scan: a fit that knows the blur takes a sharper edge for a wider vessel.
    hu = gaussian_filter(hu, FWHM_MM / 2.3548 / SPACING_MM)
    hu += np.random.default_rng(0).normal(0, 20, shape)
    return Volume(np.round(hu).astype(np.int16), geometry)


def test_straightened_150_mm(versus, volume, vessel):
    straight = straightened(volume, vessel.centerline)
    grid = (np.arange(straight.hu.shape[1]) - straight.hu.shape[1] // 2) * straight.pixel_mm

    def usual():
        point, _, normal, binormal = vessel.centerline.at(straight.s_mm)
        where = point[:, None, None] - grid[:, None, None] * normal[:, None, None] + grid[:, None] * binormal[:, None, None]
        index = np.moveaxis(volume.geometry.index_kji(where), -1, 0)
        return map_coordinates(volume.hu, index, order=1, mode="constant", cval=-1024)

    ours, other = versus(
        f"straightened volume {straight.hu.shape[0]} x {straight.hu.shape[1]} x {straight.hu.shape[2]}",
        ours=lambda: straightened(volume, vessel.centerline).hu,
        usual=usual,
        usual_name="scipy.ndimage.map_coordinates",
        budget_s=0.100,
        rounds=2,
    )
    assert np.abs(ours.astype(int) - other).mean() < 2.0


def test_lumen_and_wall_of_a_vessel(versus, volume, vessel):
    axis = axis_profile_hu(volume, vessel.centerline, PHYSICS)
    image = fine_image(volume, vessel.centerline, REACH_MM)
    walls, _ = versus(
        "lumen and wall, 150 mm",
        ours=lambda: measure_walls(image, vessel, PHYSICS, axis),
        budget_s=1.0,
        rounds=3,
    )
    assert np.median(walls.lumen_modes[:, 0]) == pytest.approx(1.5, abs=0.1)


def test_all_measures_of_a_vessel(versus, volume, vessel):
    straight = straightened(volume, vessel.centerline)
    sections, _ = versus(
        "sections with calcium model, 150 mm, three deposits",
        ours=lambda: measure_sections(volume, vessel, PHYSICS),
        usual=lambda: label(straight.hu > 500),
        usual_name="one threshold and scipy.ndimage.label",
        budget_s=3.0,
        rounds=3,
    )
    assert (sections.calcium_area_mm2.best > 0).sum() > 20


def test_a_reader_s_edit(versus, volume, vessel):
    sections = measure_sections(volume, vessel, PHYSICS)
    point = ContourPoint("wall", 50.0, 1.0, 2.4)
    moved, _ = versus(
        "a contour moved by a reader", ours=lambda: with_contours_moved(sections, (point,)), budget_s=0.050, rounds=20
    )
    assert not np.array_equal(moved.wall_r_mm, sections.wall_r_mm)
    at = np.argwhere(sections.calcium_area_mm2.best > 0)[0, 0]
    is_calcium = sections.calcium_outer_r_mm[at] > sections.calcium_inner_r_mm[at]
    angle = float(np.argmax(is_calcium)) * 2 * np.pi / len(is_calcium)
    without, _ = versus(
        "a calcium component left out by a reader",
        ours=lambda: without_calcium_at(sections, float(sections.s_mm[at]), angle),
        budget_s=0.050,
        rounds=20,
    )
    assert (without.calcium_area_mm2.best > 0).sum() < (sections.calcium_area_mm2.best > 0).sum()
