"""Scores of measured occlusions: every number has a place or a stated fact behind it."""

from dataclasses import replace

import numpy as np
import pytest

from planner.facts import ClinicalFacts
from planner.occlusion_search import find_occlusions
from planner.plan import CapMark, Confirmation, Plan, Said, SeriesRef
from planner.scores import score_sheet
from recon.errors import CallError
from recon.estimate import Estimate
from tests.planner.made_sections import PHYSICS, blunt, made_sections, tree, vessel

PLAN = Plan(SeriesRef("1.2.3"))
SAID = Said("Dr A", "2026-01-05T10:00:00Z", "confirmed")


def over(start, end, value):
    return lambda s: np.where((s >= start) & (s <= end), value, 0.0)


def sheet_of(sections, plan=PLAN, name="RCA"):
    one = tree(vessel(name))
    found = find_occlusions(one, {name: sections}, PHYSICS, plan)
    return {(s.id, s.occlusion, s.strategy): s for s in score_sheet(found, {name: sections}, one, plan).scores}


def item(score, item_id):
    return next(i for i in score.items if i.id == item_id)


def test_every_known_item_has_evidence_or_a_stated_fact():
    plan = replace(PLAN, facts=ClinicalFacts(age_years=70, sex="male", prior_failed_pci=False))
    scores = sheet_of(made_sections(blunt(30.0, 56.0), csa_pct=over(35, 40, 60.0), arc_deg=over(35, 40, 200.0)), plan)
    assert len(scores) == 31
    for score in scores.values():
        for one in score.items:
            if one.source_class != "PLAN" and one.state != "unknown":
                assert one.state == "stated" or one.evidence_s_mm is not None, (score.id, one.id)


def test_ct_native_scores_read_the_images():
    scores = sheet_of(made_sections(blunt(30.0, 56.0), csa_pct=over(35, 40, 60.0), arc_deg=over(35, 40, 200.0)))
    li = scores["ct-j-cto-li", "RCA-1", None]
    assert (li.total, li.low, li.high) == (None, 3, 4)  # blunt, calcium, length; the previous attempt is unknown
    assert li.bin == "very difficult"
    length = item(li, "length")
    assert isinstance(length.value, Estimate) and length.points == 1 and length.margin == pytest.approx(6.0, abs=0.5)
    assert length.evidence_s_mm == pytest.approx((30.0, 56.0), abs=0.5)
    calcium = item(li, "calcification")
    assert 35 <= calcium.evidence_s_mm[0] <= 40 and calcium.value.best == pytest.approx(60.0)


def test_the_angiographic_calcium_item_stays_unknown_until_stated():
    sections = made_sections(blunt(30.0, 40.0), csa_pct=over(32, 38, 90.0))
    assert item(sheet_of(sections)["j-cto", "RCA-1", None], "calcification").points is None
    stated = replace(PLAN, facts=ClinicalFacts(angiographic_calcium="none"))
    assert item(sheet_of(sections, stated)["j-cto", "RCA-1", None], "calcification").points == 0


def test_what_a_clinician_states_wins_and_the_proposal_stays():
    stated = replace(PLAN, facts=ClinicalFacts(stump="tapered"))
    stump = item(sheet_of(made_sections(blunt(30.0, 40.0)), stated)["kcct", "RCA-1", None], "stump")
    assert (stump.value, stump.points, stump.state) == ("tapered", 0, "stated")
    assert "CT proposes blunt" in stump.note


def test_a_shape_stated_on_the_cap_carries_its_state():
    plan = replace(PLAN, caps=(CapMark("RCA", "proximal", None, "tapered", SAID),))
    stump = item(sheet_of(made_sections(blunt(30.0, 40.0)), plan)["kcct", "RCA-1", None], "stump")
    assert (stump.value, stump.state) == ("tapered", "confirmed")


@pytest.mark.parametrize(("accepted", "points"), [(True, (2, 2)), (False, (1, 1)), (None, (1, 2))])
def test_a_full_moon_counts_both_ways_until_a_reader_decides(accepted, points):
    said = () if accepted is None else (Confirmation("RCA-1:full-moon-proposed", accepted, SAID),)
    sections = made_sections(blunt(30.0, 50.0), csa_pct=over(35, 40, 98.0), arc_deg=over(35, 40, 360.0))
    calcium = item(sheet_of(sections, replace(PLAN, confirmations=said))["kcct", "RCA-1", None], "calcification")
    assert (calcium.low_points, calcium.high_points) == points


def test_several_occlusions_score_with_the_total_length_and_count_as_multiple():
    def two(s):
        return np.where(((s >= 30) & (s <= 38)) | ((s >= 46) & (s <= 56)), 0.0, 1.5)

    scores = sheet_of(made_sections(two))
    for name in ("RCA-1", "RCA-2"):
        assert item(scores["ct-j-cto-li", name, None], "length").value.best == pytest.approx(26.0, abs=1.0)
        assert item(scores["ct-rector", name, None], "multiple-occlusions").points == 1


@pytest.mark.parametrize(
    ("name", "circumflex", "not_lad"), [("LCx", 1, 1), ("OM1", 1, 1), ("LAD", 0, 0), ("D1", 0, 0), ("RCA", 0, 1)]
)
def test_the_target_vessel_follows_the_territory(name, circumflex, not_lad):
    scores = sheet_of(made_sections(blunt(30.0, 50.0)), name=name)
    assert item(scores["progress", f"{name}-1", None], "circumflex").points == circumflex
    assert item(scores["cl", f"{name}-1", None], "location").points == not_lad


def test_a_vessel_without_a_territory_is_asked_for():
    assert item(sheet_of(made_sections(blunt(30.0, 50.0)), name="B3")["cl", "B3-1", None], "location").points is None


def test_calcium_thickness_near_half_a_millimetre_is_never_certain():
    sections = made_sections(blunt(30.0, 50.0), csa_pct=over(35, 40, 40.0), arc_deg=over(35, 40, 150.0))
    thickness = item(sheet_of(sections)["oct-calcium-analogue", "RCA-1", None], "thickness")
    assert thickness.value.best == pytest.approx(0.8) and (thickness.low_points, thickness.high_points) == (0, 1)


def test_an_impossible_clinical_fact_is_refused_by_name():
    with pytest.raises(CallError, match="age_years"):
        sheet_of(made_sections(blunt(30.0, 50.0)), replace(PLAN, facts=ClinicalFacts(age_years=-3)))


def test_no_occlusion_gives_no_score_but_the_reasons():
    sheet = score_sheet((), {}, tree(), PLAN)
    assert sheet.scores == () and sheet.not_available
