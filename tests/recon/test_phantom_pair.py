"""Pairs of test objects: the movement is known both ways, the second scan shows the same calcium and no contrast."""

import numpy as np
import pytest

from recon.phantom_pair import BLOOD_HU, segment_pair
from recon.phantom_segments import segment_case


@pytest.fixture(scope="module")
def pair():
    return segment_pair(segment_case(1), 1, slice_mm=3.0)


def test_where_a_point_comes_from_is_where_it_went(pair):
    points = pair.case.vessels[0].centerline.points_mm
    assert pair.movement.origin(pair.movement.moved(points)) == pytest.approx(points, abs=1e-3)


def test_the_rigid_part_leaves_the_bending(pair):
    points = pair.case.vessels[0].centerline.points_mm
    matrix = pair.movement.rigid()
    left = pair.movement.moved(points) - (points @ matrix[:3, :3].T + matrix[:3, 3])
    assert left == pytest.approx(pair.movement.bent(points))
    assert 0.3 < np.linalg.norm(left, axis=1).max() < 3.0


def test_the_second_scan_has_no_contrast_and_the_stated_slices(pair):
    volume = pair.noncontrast
    assert volume.geometry.spacing_mm[0] == 3.0 and volume.acquisition.slice_thickness_mm == 3.0
    line = pair.movement.moved(pair.case.vessels[0].centerline.points_mm)
    index = np.round(volume.geometry.index_kji(line)).astype(int)
    on_axis = volume.hu[tuple(index.T)]
    assert abs(float(np.median(on_axis)) - BLOOD_HU) < 120.0
