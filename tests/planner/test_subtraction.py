"""What two scans say together: where they match, where they disagree, what is under calcium; and when they are not compared."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from planner import subtraction
from planner.bench_subtraction import subtraction_tables
from planner.run import analyze_series
from planner.subtraction import hides_lumen, section_ranges, subtraction_of
from planner.subtraction_case import LUMEN_SEEN, MISSED, NO_LUMEN, NOT_CONFIRMED, NOT_MATCHED, RANGE_TEXTS
from recon.alignment import Registration
from recon.errors import CallError
from recon.estimate import Band, Estimate
from recon.geometry import Geometry
from recon.subtracted_sections import NONE_SEEN, NOT_TOLD, SEEN, SubtractedSections
from recon.vessels import Tree
from tests.recon.scan_pairs import CALCIUM_MM, PHYSICS, drawn, sections, vessel

LINE = vessel().centerline
STILL = Registration(np.eye(4), 0.0, 0.0, 0.9)


def both(area=0.0, said=SEEN, used=True, share=None):
    """Subtracted sections with calcium of one area where the drawn calcium is."""
    own = sections()
    n, inside = len(own.s_mm), (own.s_mm > CALCIUM_MM[0]) & (own.s_mm < CALCIUM_MM[1])
    best = np.where(inside, area, 0.0)
    band = Band(0.7 * best, best, np.maximum(1.3 * best, 0.4))
    pct = best * 8 if share is None else np.where(inside, share, 0.0)
    nothing = np.full(n, np.nan)
    return SubtractedSections(
        own.s_mm, np.zeros((n, 3)), np.full(n, 0.2), np.full(n, 0.2), np.full(n, 0.97), np.full(n, used), band,
        Band(pct, pct, pct), Band(nothing, nothing, nothing), Band(best, best, best), np.full(n, said if used else ""),
        np.full(n, "A"), LINE, "made", LINE,
    )  # fmt: skip


def kinds(own, made, doubtful=(), **more):
    return {r.kind for r in section_ranges("RCA", own, made, doubtful, **more)}


def test_scans_that_agree_say_nothing():
    assert kinds(sections(calcium_mm2=1.5), both(1.5)) == set()


def test_calcium_of_one_scan_alone_is_told_with_its_place():
    (found,) = section_ranges("RCA", sections(), both(1.5), ())
    assert found.kind == MISSED
    assert found.s_mm == (CALCIUM_MM[0] + 0.5, CALCIUM_MM[1] - 0.5)
    assert kinds(sections(calcium_mm2=1.5), both(0.0)) == {NOT_CONFIRMED}


def test_where_the_scans_do_not_match_nothing_else_is_said():
    assert kinds(sections(), both(1.5, used=False)) == {NOT_MATCHED}


@pytest.mark.parametrize(("said", "expected"), [(SEEN, {LUMEN_SEEN}), (NONE_SEEN, {NO_LUMEN}), (NOT_TOLD, set())])
def test_under_calcium_that_hides_the_lumen_the_difference_speaks(said, expected):
    assert kinds(sections(closed=True, calcium_mm2=1.5), both(1.5, said)) == expected
    assert kinds(sections(calcium_mm2=1.5), both(1.5, said), ((8.0, 16.0),)) == expected
    assert kinds(sections(calcium_mm2=7.0), both(7.0, said, share=60.0)) == expected


def test_the_mouth_of_a_branch_is_not_judged():
    own, made = sections(closed=True, calcium_mm2=1.5), both(1.5)
    near = replace(own, s_mm=own.s_mm - CALCIUM_MM[0] + 0.0)
    ranges = section_ranges("AM", near, made, (), is_branch=True)
    assert min(r.s_mm[0] for r in ranges if r.kind == LUMEN_SEEN) >= 3.0


def test_without_calcium_nothing_hides():
    assert not hides_lumen(sections(closed=True), both(0.0), ((0.0, 24.0),)).any()


def analysis_of(contrast, occlusions=()):
    own = vessel()
    return SimpleNamespace(
        volume=contrast,
        tree=Tree((own,), (), None, None, None),
        physics=PHYSICS,
        sections={"RCA": sections()},
        not_excluded_mm={},
        occlusions=occlusions,
    )


@pytest.fixture
def made_once(monkeypatch):
    """The images are not compared: what is tested is what is done with them."""
    monkeypatch.setattr(subtraction, "subtracted", lambda *_: both(1.5))


def test_every_measured_vessel_is_compared_and_its_findings_name_it(made_once):
    made = subtraction_of(analysis_of(drawn(True)), drawn(False), STILL)
    assert set(made.vessels) == {"RCA"}
    (finding,) = made.findings
    assert (finding.code, finding.where) == (MISSED, "RCA") and "8.5 to 16.5 mm" in finding.what


def test_no_contrast_in_a_known_occlusion_is_no_news(monkeypatch):
    def cap(low, high):
        return SimpleNamespace(s_mm=Estimate(low, (low + high) / 2, high))

    monkeypatch.setattr(subtraction, "subtracted", lambda *_: both(7.0, NONE_SEEN, share=60.0))
    known = SimpleNamespace(vessel="RCA", proximal_cap=cap(3.0, 5.0), distal_cap=cap(19.0, 21.0))
    for occlusions, told in (((), True), ((known,), False)):
        made = subtraction_of(analysis_of(drawn(True), occlusions), drawn(False), STILL)
        assert NO_LUMEN in {r.kind for r in made.ranges}
        assert (NO_LUMEN in {f.code for f in made.findings}) == told


def test_a_doubtful_match_compares_nothing(made_once):
    made = subtraction_of(analysis_of(drawn(True)), drawn(False), replace(STILL, correlation=0.3))
    assert made.vessels == {} and made.ranges == ()


def test_slices_too_thick_or_tilted_compare_nothing(made_once):
    thick = replace(drawn(False), acquisition=replace(drawn(False).acquisition, slice_thickness_mm=5.0))
    matrix = drawn(False).geometry.lps_from_index.copy()
    matrix[:3, :3] = matrix[:3, [1, 0, 2]]
    tilted = replace(drawn(False), geometry=Geometry(drawn(False).geometry.shape, matrix))
    for other in (thick, tilted):
        made = subtraction_of(analysis_of(drawn(True)), other, STILL)
        assert made.vessels == {} and [f.code for f in made.findings] == ["subtraction-slices"]


def test_another_voltage_and_another_phase_are_told(made_once):
    contrast = drawn(True)
    contrast = replace(contrast, acquisition=replace(contrast.acquisition, phase_pct=40.0))
    other = drawn(False, kvp=80.0)
    other = replace(other, acquisition=replace(other.acquisition, phase_pct=75.0))
    codes = {f.code for f in subtraction_of(analysis_of(contrast), other, STILL).findings}
    assert {"subtraction-voltage", "subtraction-phase"} <= codes


def test_there_must_be_something_to_subtract(tmp_path):
    with pytest.raises(CallError, match="nothing to subtract"):
        analyze_series(tmp_path, tmp_path / "out", subtract=True)


def test_each_kind_of_range_has_its_words():
    assert set(RANGE_TEXTS) == {NOT_MATCHED, MISSED, NOT_CONFIRMED, LUMEN_SEEN, NO_LUMEN}
    assert all(len(words) == 3 for words in RANGE_TEXTS.values())


def row(**more):
    plain = {
        "slice": 0.5, "before": 1.0, "across": 0.1, "along": 0.2, "sd": 0.2, "along_sd": 0.3, "used": True, "area": 2.0,
        "arc": 90.0, "lumen": 0.0, "contrast": NONE_SEEN, "hidden": True, "got_open": True,
    }  # fmt: skip
    for key, value in (("bare", 2.0), ("own", 0.0), ("left", 0.1), ("bare_arc", 95.0)):
        plain |= {f"low_{key}": 0.8 * value, f"got_{key}": value, f"high_{key}": 1.2 * value}
    return plain | more


def test_accuracy_counts_what_was_said_rightly_wrongly_and_not():
    rows = [row(), row(contrast=SEEN), row(contrast=NOT_TOLD), row(contrast=NONE_SEEN), row(used=False, contrast="")]
    tables = {t.title: {line.what: line for line in t.lines} for t in subtraction_tables(rows)}
    said = tables["Contrast under calcium"]
    for end, share in (("said so", "50.0 %"), ("the opposite said", "25.0 %"), ("cannot be told", "25.0 %")):
        assert said[f"occluded under calcium, slices up to 1 mm: {end}"].measured.startswith(share)
    found = tables["Calcium in the same sections by either scan, slices up to 1 mm"]
    assert found["found in the non-contrast scan of what the contrast scan does not show"].measured.startswith("100")
    match = tables["Match of the non-contrast scan along the vessel"]
    assert match["sections in which the match is used, slices up to 1 mm"].measured.startswith("80")
