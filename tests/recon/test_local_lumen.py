import numpy as np
import pytest

from recon.axis_profile import AXIS_STEP_MM, local_lumen_hu

S = np.arange(0.0, 60.0, 0.5)
AXIS_S = np.arange(0.0, 60.0, AXIS_STEP_MM)


def test_a_short_dark_piece_does_not_darken_the_lumen_far_from_it():
    """As where a line leaves a narrow vessel for another: the piece between looks wide and dark."""
    radius = np.where(S < 20, 1.4, 0.8)
    radius[(S > 50) & (S < 53)] = 1.1
    axis = np.where((AXIS_S > 50) & (AXIS_S < 53), 250.0, 480.0)
    local = local_lumen_hu((AXIS_S, axis), S, np.ones(len(S), dtype=bool), radius, 500.0, np.full(len(S), 480.0))
    assert local == pytest.approx(480.0, abs=1.0)


def test_calcium_on_the_axis_does_not_brighten_the_lumen():
    axis = np.where((AXIS_S > 25) & (AXIS_S < 30), 900.0, 400.0)
    local = local_lumen_hu((AXIS_S, axis), S, np.ones(len(S), dtype=bool), np.full(len(S), 1.5), 450.0)
    assert local == pytest.approx(400.0, abs=1.0)


def test_the_lumen_is_darker_beyond_an_occlusion_where_it_is():
    is_open = (S < 25) | (S > 35)
    axis = np.where(AXIS_S < 25, 450.0, np.where(AXIS_S > 35, 300.0, 60.0))
    local = local_lumen_hu((AXIS_S, axis), S, is_open, np.where(is_open, 1.5, 0.0), 450.0)
    assert local[S < 25] == pytest.approx(450.0, abs=1.0)
    assert local[S > 35] == pytest.approx(300.0, abs=1.0)


def test_a_narrow_run_with_nothing_known_takes_its_brightest_part():
    axis = np.linspace(200.0, 400.0, len(AXIS_S))
    local = local_lumen_hu((AXIS_S, axis), S, np.ones(len(S), dtype=bool), np.full(len(S), 0.5), 450.0)
    assert local == pytest.approx(np.percentile(axis, 90), abs=3.0)
