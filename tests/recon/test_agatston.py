"""Agatston, volume and mass scores of painted slices, against sums made by hand."""

import numpy as np
import pytest

from recon.agatston import calcium_score, calcium_spots, spot_points_mm, three_mm_slabs, weight
from recon.errors import GeometryError
from recon.geometry import Geometry
from recon.volume import Volume


def scan(hu, slice_mm=3.0, pixel_mm=1.0):
    hu = np.asarray(hu, dtype=np.int16)
    return Volume(hu, Geometry.axial(hu.shape, (slice_mm, pixel_mm, pixel_mm), (0.0, 0.0, 0.0)))


def blank(slices=2, size=10):
    return np.full((slices, size, size), 40)


def scored(volume, calibration=None):
    slabs = three_mm_slabs(volume)
    return calcium_score(calcium_spots(slabs), slabs.thickness_mm, calibration)


@pytest.mark.parametrize(
    ("peak", "expected"), [(129, 0), (130, 1), (199, 1), (200, 2), (299, 2), (300, 3), (399, 3), (400, 4), (1200, 4)]
)
def test_the_weight_is_that_of_the_peak(peak, expected):
    assert weight(peak) == expected


def test_one_spot_counts_its_area_times_its_weight():
    hu = blank()
    hu[0, 2:4, 3:6] = 150
    hu[0, 2, 3] = 320
    found = scored(scan(hu))
    assert found.agatston == pytest.approx(6 * 3)
    assert found.volume_mm3 == pytest.approx(6 * 3.0)
    assert found.hu_mm3 == pytest.approx(3.0 * (5 * 150 + 320))


def test_spots_of_a_slice_are_weighed_one_by_one_and_slices_add_up():
    hu = blank()
    hu[0, 1:3, 1:3] = 150
    hu[0, 6:8, 6:8] = 450
    hu[1, 1:3, 1:3] = 250
    assert scored(scan(hu)).agatston == pytest.approx(4 * 1 + 4 * 4 + 4 * 2)


def test_pixels_that_touch_at_a_corner_are_one_spot():
    hu = blank()
    hu[0, 2, 2], hu[0, 3, 3] = 150, 450
    found = scored(scan(hu))
    assert found.spots == 1 and found.agatston == pytest.approx(2 * 4)


def test_a_spot_under_one_square_millimetre_is_noise():
    hu = blank()
    hu[0, 2, 2:5] = 500
    assert scored(scan(hu, pixel_mm=0.5)).spots == 0
    hu[0, 2, 2:6] = 500
    assert scored(scan(hu, pixel_mm=0.5)).agatston == pytest.approx(4 * 0.25 * 4)


def test_at_the_threshold_a_pixel_counts_and_below_it_does_not():
    hu = blank()
    hu[0, 2, 2] = 130
    hu[0, 6, 6] = 129
    assert scored(scan(hu)).spots == 1


def test_thin_slices_are_averaged_to_three_millimetres():
    hu = blank(6)
    hu[0:3, 2:4, 2:4] = 310
    found = scored(scan(hu, slice_mm=1.0))
    assert found.agatston == pytest.approx(4 * 3) and found.volume_mm3 == pytest.approx(12.0)


def test_averaging_shares_a_slice_between_its_neighbours():
    hu = np.zeros((6, 1, 1))
    hu[3] = 300
    slabs = three_mm_slabs(scan(hu, slice_mm=1.25))
    # Slice 4 spans 3.75 to 5 mm of the second slab, which spans 3 to 6 mm.
    assert slabs.hu[:, 0, 0] == pytest.approx([0.0, 300 * 1.25 / 3])
    hu = np.zeros((6, 1, 1))
    hu[2] = 300
    slabs = three_mm_slabs(scan(hu, slice_mm=1.25))
    assert slabs.hu[:, 0, 0] == pytest.approx([300 * 0.5 / 3, 300 * 0.75 / 3])


def test_slabs_lie_where_their_slices_lay():
    slabs = three_mm_slabs(scan(blank(7), slice_mm=1.0))
    assert slabs.hu.shape[0] == 2
    assert slabs.geometry.points_mm((0, 0, 0))[2] == pytest.approx(1.0)
    assert slabs.geometry.points_mm((1, 0, 0))[2] == pytest.approx(4.0)


def test_thicker_slices_stay_and_count_by_their_thickness():
    hu = blank()
    hu[0, 2:4, 2:4] = 150
    slabs = three_mm_slabs(scan(hu, slice_mm=5.0))
    assert slabs.thickness_mm == 5.0
    assert scored(scan(hu, slice_mm=5.0)).agatston == pytest.approx(4 * 5 / 3)


def test_mass_needs_a_calibration_factor():
    hu = blank()
    hu[0, 2:4, 2:4] = 200
    assert scored(scan(hu)).mass_mg is None
    assert scored(scan(hu), 0.001).mass_mg == pytest.approx(0.001 * 4 * 3 * 200)


@pytest.mark.parametrize("factor", [0.0, -1.0, float("nan")])
def test_a_calibration_factor_that_cannot_be_is_refused(factor):
    with pytest.raises(GeometryError, match="calibration"):
        scored(scan(blank()), factor)


def test_a_scan_under_three_millimetres_is_refused():
    with pytest.raises(GeometryError, match="too short"):
        three_mm_slabs(scan(blank(2), slice_mm=1.0))


def test_a_spot_knows_where_it_lies():
    hu = blank()
    hu[1, 2, 3:5] = 500
    slabs = three_mm_slabs(scan(hu))
    (spot,) = calcium_spots(slabs)
    assert spot_points_mm(spot, slabs.geometry).tolist() == [[3.0, 2.0, 3.0], [4.0, 2.0, 3.0]]
