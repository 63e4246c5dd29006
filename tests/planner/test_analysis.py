"""The pipeline recomputes only what an edit touched, and never runs a plan on another series."""

from dataclasses import replace

import numpy as np
import pytest

from planner import analysis
from planner.edits import choose_lab, draw_course, remove_vessel, rename_vessel, state_fact
from planner.plan import Said
from planner.scores.score import ScoreSheet
from planner.section_edits import exclude_calcium
from planner.session import new_plan
from planner.views import ViewPlan
from recon.centerline import Centerline
from recon.errors import GeometryError, PlannerError
from recon.geometry import Geometry
from recon.path import PathFailure
from recon.vessels import Tree, Vessel
from recon.volume import Identity, Volume

SAID = Said("reader", "2026-01-02T03:04:05+00:00")


def vessel(name, x_mm, parent=None):
    line = Centerline.through([[x_mm, 0, 40], [x_mm, 0, 20], [x_mm, 0, 0]])
    ones = np.ones(len(line.s_mm))
    return Vessel(name, line, ones, ones, parent)


@pytest.fixture
def volume():
    return Volume(np.zeros((2, 2, 2), np.int16), Geometry.axial((2, 2, 2), (1, 1, 1), (0, 0, 0)), Identity(series_uid="1.2"))


@pytest.fixture
def calls(monkeypatch):
    """The organs replaced by recorders, so that the wiring alone is looked at."""
    made: list[str] = []

    def recorded(name, value):
        def organ(*arguments, **_):
            made.append(name)
            return value(*arguments) if callable(value) else value

        monkeypatch.setattr(analysis, name, organ)

    def found(*_):
        return Tree((vessel("RCA", 0), vessel("LAD", 30), vessel("B1", 31, "LAD")), (), None, None, None)

    recorded("coronary_tree", found)
    recorded("scan_physics", lambda *_: object())
    recorded("measure_sections", lambda _volume, measured, *_: f"sections of {measured.name}")
    recorded("with_slice_quality", lambda sections, *_: sections)
    recorded("not_excluded", lambda *_: {})
    recorded("vessel_details", lambda _volume, measured, *_: f"details of {measured.name}")
    recorded("quality_panel", ())
    recorded("find_occlusions", ())
    recorded("view_plan", ViewPlan("default", (), ()))
    recorded("score_sheet", ScoreSheet(()))
    return made


def test_every_vessel_is_measured_once(volume, calls):
    result = analysis.analyze(volume, new_plan(volume))
    assert calls.count("measure_sections") == 3
    assert result.sections["LAD"] == "sections of LAD"
    assert [name for name, _ in result.timings_s] == list(analysis.SPANS)


def test_a_stated_fact_recomputes_scores_but_neither_tree_nor_sections(volume, calls):
    first = analysis.analyze(volume, new_plan(volume))
    calls.clear()
    second = analysis.analyze(volume, state_fact(first.plan, name="prior_cabg", value=True), previous=first)
    assert "coronary_tree" not in calls and "measure_sections" not in calls and "scan_physics" not in calls
    assert "score_sheet" in calls
    assert second.sections == first.sections


def test_a_new_ostium_follows_the_tree_again(volume, calls):
    first = analysis.analyze(volume, new_plan(volume))
    calls.clear()
    analysis.analyze(volume, replace(first.plan, left_ostium_mm=(1, 2, 3)), previous=first)
    assert "coronary_tree" in calls and "measure_sections" in calls


def test_another_lab_searches_views_again_only(volume, calls):
    first = analysis.analyze(volume, new_plan(volume))
    calls.clear()
    analysis.analyze(volume, choose_lab(first.plan, lab="default"), previous=first)
    assert "measure_sections" not in calls and "view_plan" in calls


def test_a_changed_section_measures_nothing_again_and_unrolls_that_vessel_only(volume, calls, monkeypatch):
    first = analysis.analyze(volume, new_plan(volume))
    assert first.details["LAD"] == "details of LAD"
    monkeypatch.setattr(analysis, "edited_sections", lambda _volume, changed, *_: (f"changed {changed.name}", ()))
    calls.clear()
    plan = exclude_calcium(first.plan, vessel="LAD", point_mm=(30, 0, 20), said=SAID)
    second = analysis.analyze(volume, plan, previous=first)
    assert "measure_sections" not in calls and calls.count("vessel_details") == 1
    assert second.sections["LAD"] == "changed LAD" and second.sections["RCA"] == "sections of RCA"
    third = analysis.analyze(volume, first.plan, previous=second)
    assert third.sections["LAD"] == "sections of LAD"


def test_names_and_removals_go_through_the_whole_tree(volume, calls):
    plan = remove_vessel(rename_vessel(new_plan(volume), name="LAD", new_name="LCx"), name="RCA")
    result = analysis.analyze(volume, plan)
    assert [(v.name, v.parent) for v in result.tree.vessels] == [("LCx", None), ("B1", "LCx")]
    assert set(result.sections) == {"LCx", "B1"}


def test_a_renamed_vessel_keeps_its_sections(volume, calls):
    first = analysis.analyze(volume, new_plan(volume))
    calls.clear()
    second = analysis.analyze(volume, rename_vessel(first.plan, name="B1", new_name="D1"), previous=first)
    assert "measure_sections" not in calls
    assert second.sections["D1"] == "sections of B1"


def test_a_drawn_course_measures_that_vessel_only(volume, calls, monkeypatch):
    first = analysis.analyze(volume, new_plan(volume))
    drawn = Centerline.through([[1, 0, 40], [2, 0, 20], [1, 0, 0]])
    monkeypatch.setattr(analysis, "follow", lambda *_: drawn)

    def replaced(_volume, tree, name, course, state):
        others = (v for v in tree.vessels if v.name != name)
        return replace(tree, vessels=(*others, replace(vessel(name, 0), centerline=course, state=state)))

    monkeypatch.setattr(analysis, "replace_course", replaced)
    calls.clear()
    plan = draw_course(first.plan, vessel="RCA", control_points_mm=[(1, 0, 40), (1, 0, 0)], said=SAID)
    second = analysis.analyze(volume, plan, previous=first)
    assert calls.count("measure_sections") == 1
    rca = second.tree.vessel("RCA")
    assert rca is not None and rca.state == "edited" and rca.centerline is drawn


def test_a_second_course_does_not_follow_the_first_again(volume, calls, monkeypatch):
    followed = []

    def recorded(_volume, points_mm, *_):
        followed.append(points_mm)
        return Centerline.through(np.array(points_mm, dtype=float))

    monkeypatch.setattr(analysis, "follow", recorded)
    one = draw_course(new_plan(volume), vessel="RCA", control_points_mm=[(1, 0, 40), (1, 0, 0)], said=SAID)
    first = analysis.analyze(volume, one)
    calls.clear()
    analysis.analyze(volume, draw_course(one, vessel="LAD", control_points_mm=[(9, 0, 40), (9, 0, 0)], said=SAID), previous=first)
    assert len(followed) == 2
    assert calls.count("measure_sections") == 1


def test_a_course_that_cannot_be_followed_is_a_problem_and_the_automatic_one_stays(volume, calls, monkeypatch):
    died = PathFailure("no-way", 12.0, (1.0, 2.0, 3.0), "Click a point in between.")
    monkeypatch.setattr(analysis, "follow", lambda *_: died)
    plan = draw_course(new_plan(volume), vessel="RCA", control_points_mm=[(1, 0, 40), (1, 0, 0)], said=SAID)
    result = analysis.analyze(volume, plan)
    assert [p.vessel for p in result.tree.problems] == ["RCA"]
    assert "Click a point in between." in result.tree.problems[0].advice
    assert result.tree.vessel("RCA") is not None


def test_a_vessel_that_cannot_be_measured_is_a_finding_and_the_others_are_measured(volume, calls, monkeypatch):
    def only_rca(_volume, measured, *_):
        if measured.name != "RCA":
            raise GeometryError("The section leaves the volume.", "At 3 mm.", "Shorten the vessel.")
        return "sections"

    monkeypatch.setattr(analysis, "measure_sections", only_rca)
    result = analysis.analyze(volume, new_plan(volume))
    assert set(result.sections) == {"RCA"}
    assert {f.code for f in result.findings} == {"vessel-not-measured"}


def test_a_plan_of_another_series_is_refused(volume, calls):
    other = replace(volume, identity=Identity(series_uid="9.9"))
    with pytest.raises(PlannerError, match="another series"):
        analysis.analyze(volume, new_plan(other))
    assert calls == []
