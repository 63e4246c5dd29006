import math

import numpy as np
import pytest

import planner.selftest as selftest_module
from planner.selftest import Check, selftest
from planner.selftest_blooming import blooming_checks
from planner.selftest_carm import carm_checks
from planner.selftest_curves import curve_checks
from planner.selftest_sections import _occluded_tube_checks
from planner.selftest_views import view_checks
from recon.kernels import reformat as kernels
from recon.report import Cancelled, silent


def failed(checks):
    return [c.name for c in checks if not c.passed]


def test_a_check_passes_within_its_tolerance_and_fails_outside_or_unmeasured():
    assert Check("x", 10.0, 10.4, 0.5, "mm").passed
    assert not Check("x", 10.0, 10.6, 0.5, "mm").passed
    assert not Check("x", 10.0, math.nan, 0.5, "mm").passed


def test_c_arm_oracles_pass():
    assert failed(carm_checks(silent)) == []


def test_curve_oracles_pass():
    assert failed(curve_checks(silent)) == []


def test_blooming_oracles_pass_and_fail_for_a_blur_that_is_5_percent_off(monkeypatch):
    import planner.selftest_blooming as blooming

    assert failed(blooming_checks(silent)) == []
    true = blooming.slab_profile_hu
    monkeypatch.setattr(blooming, "slab_profile_hu", lambda fwhm_mm, width_mm: true(1.05 * fwhm_mm, width_mm))
    assert len(failed(blooming_checks(silent))) > 10


def test_occluded_tube_has_its_length_bend_and_areas():
    assert failed(_occluded_tube_checks()) == []


def test_a_swapped_sign_of_the_secondary_angle_fails_the_self_test(monkeypatch):
    import planner.selftest_carm as carm

    true = carm.view_axes
    monkeypatch.setattr(carm, "view_axes", lambda a, b: true(a, -np.asarray(b, dtype=float)))
    assert failed(carm_checks(silent)) != []


def test_a_broken_resampling_kernel_fails_the_self_test(monkeypatch):
    """The kernel that cuts sections is made to read half a voxel off along the slices."""
    import recon.reformat as reformat

    true = reformat.section_stack

    def shifted(hu, corner, *rest):
        return true(hu, corner + np.array([0.5, 0.0, 0.0]), *rest)

    monkeypatch.setattr(reformat, "section_stack", shifted)
    assert "tube centre in the straightened volume" in failed(curve_checks(silent))


def test_groups_cover_the_whole_progress_and_can_be_cancelled(monkeypatch):
    ends = [end for _, end, _ in selftest_module.GROUPS]
    assert ends == sorted(ends) and ends[-1] == 1.0

    def stop(fraction, text):
        raise Cancelled

    with pytest.raises(Cancelled):
        selftest(stop)


def test_the_self_test_gives_the_rows_of_every_group(monkeypatch):
    row = Check("made up", 1.0, 1.0, 0.1, "mm")
    groups = (("one", 0.5, lambda report: (row,)), ("two", 1.0, lambda report: (row, row)))
    monkeypatch.setattr(selftest_module, "GROUPS", groups)
    told = []
    assert selftest(lambda fraction, text: told.append(fraction)) == (row, row, row)
    assert told == sorted(told)


def test_views_of_a_ramp_pass():
    assert failed(view_checks(silent)) == []


def test_a_view_kernel_that_swaps_its_weights_fails_the_check(monkeypatch):
    def swapped(hu, start_kji, row_kji, column_kji, ray_kji, samples, mode, out):
        kernels.slab_view(hu, start_kji, column_kji, row_kji, ray_kji, samples, mode, out)

    monkeypatch.setattr("recon.reformat.slab_view", swapped)
    assert any("oblique" in name for name in failed(view_checks(silent)))
