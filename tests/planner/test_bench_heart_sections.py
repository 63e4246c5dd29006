from types import SimpleNamespace

import numpy as np
import pytest

from planner.bench_heart_sections import heart_section_row, heart_section_table
from recon.phantom import random_case


@pytest.fixture(scope="module")
def truth():
    return random_case(83, occlusion="none", calcium="heavy").truth


def read_as(true, area_mm2, lumen_mm2, moved_mm=0.0):
    """Sections on the true line with given calcium and lumen."""
    point = true.centerline.at(true.sections.s_mm)[0] + [moved_mm, 0.0, 0.0]
    areas = np.asarray(area_mm2, dtype=float)
    return SimpleNamespace(
        point_mm=point,
        calcium_area_mm2=SimpleNamespace(best=areas),
        lumen_area_mm2=lumen_mm2,
        lumen_open=np.ones(len(areas), dtype=bool),
    )


def test_a_perfect_reading_has_no_false_section_and_no_bias(truth):
    true = truth.vessel("LAD")
    row = heart_section_row(true, truth, read_as(true, true.sections.calcium_area_mm2, true.sections.lumen_area_mm2))
    assert row["clean"] > 100 and row["called"] == 0
    assert row["true_mm2"] and row["got_mm2"] == pytest.approx(row["true_mm2"], abs=1e-3)
    assert np.abs(row["lumen_error_pct"]).max() < 0.1
    lines = {line.what: line for line in heart_section_table([row]).lines}
    assert all(line.met is not False for line in lines.values())


def test_calcium_called_where_there_is_none_is_counted(truth):
    true = truth.vessel("LAD")
    everywhere = np.full(len(true.sections.s_mm), 1.0)
    row = heart_section_row(true, truth, read_as(true, everywhere, true.sections.lumen_area_mm2))
    assert row["called"] == row["clean"] > 100
    assert heart_section_table([row]).lines[0].met is False


def test_sections_off_the_true_course_are_not_judged_here(truth):
    true = truth.vessel("LAD")
    row = heart_section_row(true, truth, read_as(true, true.sections.calcium_area_mm2, true.sections.lumen_area_mm2, 30.0))
    assert row["clean"] == 0 and row["true_mm2"] == []
