"""A reader's changes of sections live in the plan, act in order, and say so when they no longer fit."""

import math
from dataclasses import replace

import numpy as np
import pytest

from planner.plan import Plan, Said, SeriesRef
from planner.section_edits import (
    drop_section_edits,
    edited_sections,
    edits_on,
    exclude_calcium,
    include_calcium,
    mark_stent,
    move_contour,
    set_threshold,
)
from planner.session import Session
from recon.errors import CallError
from recon.vessels import Vessel
from tests.recon.drawn_sections import drawn_sections, line
from tests.recon.test_section_edit import painted

SAID = Said("reader", "2026-01-02T03:04:05+00:00")
EMPTY = Plan(SeriesRef("1.2.3"))
LINE = line()
RCA = Vessel("RCA", LINE, np.ones(len(LINE.s_mm)), np.ones(len(LINE.s_mm)))


def at(s_mm, degrees=60.0, r_mm=1.55):
    return tuple(float(c) for c in LINE.to_mm(s_mm, math.radians(degrees), r_mm))


def applied(plan, sections=None, volume=None):
    return edited_sections(volume or painted(), RCA, sections or drawn_sections(sector=(30, 90), rows=slice(16, 25)), plan)


def test_an_excluded_deposit_is_gone_and_marked():
    sections, findings = applied(exclude_calcium(EMPTY, vessel="RCA", point_mm=at(10.0), said=SAID))
    assert not findings and sections.calcium_area_mm2.best[20] == 0.0 and sections.edited[20]


def test_included_calcium_is_measured():
    plan = include_calcium(EMPTY, vessel="RCA", point_mm=at(10.0), threshold_hu=600.0, said=SAID)
    sections, findings = applied(plan, drawn_sections())
    assert not findings and sections.calcium_area_mm2.best[20] > 0.2


def test_a_contour_passes_through_the_point():
    sections, _ = applied(move_contour(EMPTY, vessel="RCA", contour="wall", point_mm=at(10.0, 90.0, 2.5), said=SAID))
    assert sections.wall_r_mm[20, 18] == pytest.approx(2.5, abs=2e-3)


def test_a_stent_wins_over_every_other_change():
    plan = mark_stent(EMPTY, vessel="RCA", start_mm=at(8.0), end_mm=at(12.0), said=SAID)
    plan = include_calcium(plan, vessel="RCA", point_mm=at(10.0), said=SAID)
    sections, _ = applied(plan)
    assert np.isnan(sections.calcium_area_mm2.best[20]) and sections.stent[20]


def test_changes_act_in_the_order_they_were_made():
    plan = set_threshold(EMPTY, vessel="RCA", start_mm=at(8.0), end_mm=at(12.0), threshold_hu=600.0, said=SAID)
    plan = exclude_calcium(plan, vessel="RCA", point_mm=at(10.0), said=SAID)
    assert applied(plan)[0].calcium_area_mm2.best[20] == 0.0


def test_a_change_that_no_longer_fits_is_a_finding_and_nothing_else_is_lost():
    plan = exclude_calcium(EMPTY, vessel="RCA", point_mm=at(2.0), said=SAID)
    plan = exclude_calcium(plan, vessel="RCA", point_mm=at(10.0), said=SAID)
    sections, findings = applied(plan)
    assert [f.code for f in findings] == ["section-edit-not-applied"]
    assert sections.calcium_area_mm2.best[20] == 0.0


def test_changes_of_another_vessel_do_not_act():
    before = drawn_sections(sector=(30, 90))
    after, _ = applied(exclude_calcium(EMPTY, vessel="LAD", point_mm=at(10.0), said=SAID), before)
    assert after is before


def test_a_renamed_vessel_keeps_its_changes():
    plan = exclude_calcium(EMPTY, vessel="B1", point_mm=at(10.0), said=SAID)
    assert edits_on(replace(plan, renamed=(("B1", "RCA"),)), "RCA")


def test_a_change_is_taken_back_by_its_number_or_with_all():
    plan = exclude_calcium(EMPTY, vessel="RCA", point_mm=at(5.0), said=SAID)
    plan = exclude_calcium(plan, vessel="LAD", point_mm=at(5.0), said=SAID)
    plan = exclude_calcium(plan, vessel="RCA", point_mm=at(9.0), said=SAID)
    assert [e.point_mm for e in drop_section_edits(plan, vessel="RCA", number=0).section_edits] == [at(5.0), at(9.0)]
    assert [e.vessel for e in drop_section_edits(plan, vessel="RCA").section_edits] == ["LAD"]
    with pytest.raises(CallError, match="no such change"):
        drop_section_edits(plan, vessel="RCA", number=2)


def test_a_change_is_one_undo_step():
    session = Session(EMPTY)
    session.commit("calcium excluded", exclude_calcium(EMPTY, vessel="RCA", point_mm=at(5.0), said=SAID))
    assert session.undo() == EMPTY and session.redo().section_edits[0].kind == "exclude"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda: set_threshold(EMPTY, vessel="RCA", start_mm=at(1), end_mm=at(2), threshold_hu=50.0, said=SAID), "threshold"),
        (lambda: move_contour(EMPTY, vessel="RCA", contour="skin", point_mm=at(1), said=SAID), "not known"),
        (lambda: exclude_calcium(EMPTY, vessel="RCA", point_mm=(math.nan, 0.0, 0.0), said=SAID), "finite"),
        (lambda: include_calcium(EMPTY, vessel="RCA", point_mm=at(1), threshold_hu=9000.0, said=SAID), "threshold"),
    ],
)
def test_a_change_that_cannot_be_is_refused(change, words):
    with pytest.raises(CallError, match=words):
        change()
