"""Errors are found minus true on the followed line; what was not found and what is false is counted."""

from types import SimpleNamespace

import pytest

from planner.occlusion_accuracy import accuracy_rows, occlusion_errors
from planner.occlusion_search import find_occlusions
from planner.plan import Plan, SeriesRef
from tests.planner.made_sections import PHYSICS, blunt, made_sections, tree, vessel


def true_occlusion(start, end, distal="filled", off_mm=0.0):
    return SimpleNamespace(
        vessel="RCA",
        start_point_mm=(start, off_mm, 0.0),
        end_point_mm=(end, off_mm, 0.0),
        length_mm=end - start,
        proximal_cap="blunt",
        max_bend_deg=0.0,
        distal=distal,
    )


@pytest.fixture(scope="module")
def found():
    one = tree(vessel())
    return one, find_occlusions(one, {"RCA": made_sections(blunt(30.0, 50.0))}, PHYSICS, Plan(SeriesRef("1")))


def errors(found, *true):
    return occlusion_errors("case", SimpleNamespace(occlusions=true), *found)


def test_errors_are_found_minus_true(found):
    (error,), false = errors(found, true_occlusion(29.0, 52.0))
    assert false == 0 and error.found and error.stump_right
    assert error.proximal_error_mm == pytest.approx(1.0, abs=0.4)
    assert error.distal_error_mm == pytest.approx(-2.0, abs=0.4)
    assert error.length_error_mm == pytest.approx(error.distal_error_mm - error.proximal_error_mm, abs=1e-6)
    assert error.distal_covered is False


def test_an_occlusion_elsewhere_is_missed_and_false(found):
    (error,), false = errors(found, true_occlusion(70.0, 80.0))
    assert not error.found and false == 1
    (error,), false = errors(found, true_occlusion(30.0, 50.0, off_mm=6.0))
    assert not error.found and false == 1


def test_an_occlusion_without_a_distal_vessel_is_neither_missed_nor_false(found):
    assert errors(found, true_occlusion(30.0, 50.0, "dark")) == ((), 0)


def test_the_summary_counts_and_compares_with_what_is_wanted(found):
    (hit,), _ = errors(found, true_occlusion(30.0, 50.0))
    (miss,), false = errors(found, true_occlusion(70.0, 80.0))
    rows = {name: measured for name, measured, _ in accuracy_rows((hit, miss), false, 2)}
    assert rows["found"] == "1 of 2" and rows["false occlusions"] == "1"
    assert rows["caps within 2 mm"] == "100 %" and rows["stump right"] == "100 %"
    assert len(accuracy_rows((miss,), 0, 1)) == 3
