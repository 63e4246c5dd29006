"""A centred line is not drawn to calcium, and calcium in an occlusion does not pass for an open lumen."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from recon.centering import centred_by_profile, hidden_by_calcium
from recon.volume import Volume
from tests.recon.tree_objects import LUMEN_HU, arc_points, tube_volume

LINE = arc_points()
S = np.linspace(0.0, 60.0, 601)


def _with_calcium(volume: Volume, start_mm: float, end_mm: float, off_mm: float, radius_mm: float) -> Volume:
    """A rod of 1100 HU beside the line, `off_mm` towards the head."""
    hu = volume.hu.astype(float)
    shape = volume.hu.shape
    index = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), axis=-1).reshape(-1, 3)
    rod = LINE[(start_mm <= S) & (end_mm >= S)] + [0.0, 0.0, off_mm]
    distance = cKDTree(rod).query(volume.geometry.points_mm(index))[0].reshape(shape)
    share = np.clip((radius_mm - distance) / 0.6 + 0.5, 0, 1)
    return Volume((hu + (1100.0 - hu) * share).astype(np.int16), volume.geometry)


def _centred(volume: Volume, bridged: np.ndarray):
    return centred_by_profile(volume, LINE[5:-5:10], bridged, LUMEN_HU)


def test_in_a_calcified_occlusion_the_line_keeps_to_the_middle_of_the_cord():
    volume = _with_calcium(tube_volume(LINE, occluded_mm=(22.0, 38.0)), 24.0, 33.0, 1.2, 0.8)
    line = _centred(volume, np.zeros(60, bool))
    apart = cKDTree(LINE).query(line.points_mm)[0]
    assert apart.max() < 0.3
    assert apart.mean() < 0.06
    s = S[cKDTree(LINE).query(line.points_mm[line.bridged])[1]]
    assert s.min() == pytest.approx(22.0, abs=2.5)
    assert s.max() == pytest.approx(38.0, abs=2.5)


def test_calcium_on_an_open_vessel_neither_draws_the_line_nor_closes_it():
    volume = _with_calcium(tube_volume(LINE), 24.0, 33.0, 1.7, 0.5)
    line = _centred(volume, np.zeros(60, bool))
    assert not line.bridged.any()
    assert cKDTree(LINE).query(line.points_mm)[0].max() < 0.4


def test_only_a_section_without_visible_lumen_is_hidden_by_calcium():
    closed = _with_calcium(tube_volume(LINE, occluded_mm=(22.0, 38.0)), 26.0, 34.0, 0.0, 1.2)
    hidden = hidden_by_calcium(closed, LINE[5:-5:10], LUMEN_HU)
    s = S[5:-5:10]
    assert hidden[(s > 27.0) & (s < 33.0)].all()
    assert not hidden[(s < 20.0) | (s > 40.0)].any()
    assert not hidden_by_calcium(_with_calcium(tube_volume(LINE), 24.0, 33.0, 1.7, 0.5), LINE[5:-5:10], LUMEN_HU).any()


def test_a_cord_that_lies_on_muscle_is_not_drawn_into_it():
    volume = tube_volume(LINE, occluded_mm=(22.0, 38.0))
    slices = np.stack([np.arange(volume.hu.shape[0]), *np.zeros((2, volume.hu.shape[0]))], axis=1)
    head_mm = volume.geometry.points_mm(slices)[:, 2]
    muscle = head_mm < LINE[(S > 22.0) & (S < 38.0), 2].min() - 1.0
    hu = volume.hu.copy()
    hu[muscle] = np.maximum(hu[muscle], 90)
    line = _centred(Volume(hu, volume.geometry), np.zeros(60, bool))
    apart = cKDTree(LINE).query(line.points_mm)[0][line.bridged]
    assert apart.mean() < 0.15
    assert apart.max() < 0.3
