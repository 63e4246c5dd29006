"""Every number of occlusions.json and scores.json can be traced to a place on a vessel, a stated fact or the device catalogue."""

import copy
import json
from dataclasses import fields, replace

import numpy as np
import pytest

from planner.devices import device_catalogue
from planner.facts import ClinicalFacts
from planner.occlusion_search import find_occlusions
from planner.plan import Plan, SeriesRef
from planner.report.contract import json_text, occlusions_object, scores_object
from planner.scores import score_sheet
from recon.vessels import Course
from tests.planner import made_sections as made

FACTS = ClinicalFacts(
    age_years=71.0, sex="female", lvef_pct=40.0, rentrop=1, prior_failed_pci=True, duration_months=14.0, in_stent=True
)
TOLERANCE_MM = 1.0
PLACES = ("s_mm", "point_mm", "start_mm", "calcium_free_runs_mm")


@pytest.fixture(scope="module")
def traced(analysis):
    """A measured vessel with two occlusions, a branch and a graft in the place of the made one; JSON objects of both files."""
    line = made.line()
    courses = (Course(1.0, line.between(31, 49), np.full(len(line.between(31, 49)), 0.6)),)
    rca = made.vessel(centerline=line, courses=courses)
    branch_line = type(line).through(np.stack([np.full(30, 29.0), np.linspace(0, 30, 30), np.zeros(30)], axis=1))
    branch = made.vessel("AM", centerline=branch_line, parent="RCA", parent_s_mm=29.0)
    graft = made.vessel("SVG1", centerline=branch_line, parent="RCA", parent_s_mm=80.0)
    tree = made.tree(rca, branch, graft)
    two = made.made_sections(
        lambda s: np.where(((s >= 30) & (s <= 50)) | ((s >= 62) & (s <= 70)), 0.0, 1.5),
        csa_pct=lambda s: np.where((s > 36) & (s < 42), 60.0, 0.0),
        arc_deg=lambda s: np.where((s > 36) & (s < 42), 200.0, 0.0),
    )
    sections = {"RCA": two, "AM": made.made_sections(made.constant(1.0), 30.0)}
    plan = Plan(SeriesRef("1.2.3"), facts=FACTS)
    occlusions = find_occlusions(tree, sections, made.PHYSICS, plan)
    assert len(occlusions) == 2
    scores = score_sheet(occlusions, sections, tree, plan)
    whole = replace(
        analysis, plan=plan, tree=tree, sections=sections, occlusions=occlusions, scores=scores, physics=made.PHYSICS, details={}
    )
    objects = (occlusions_object(whole), scores_object(scores, occlusions))
    return tuple(json.loads(json_text(value)) for value in objects)


def leaves(value, path=()):
    """(path, number) of every number below a JSON value."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(part, (*path, key))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from leaves(part, (*path, number))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value


def is_place(key):
    return isinstance(key, str) and (
        key in ("s_mm", "point_mm", "start_mm") or key.endswith("_s_mm") or key == "calcium_free_runs_mm"
    )


def untraced(occlusion, length_mm=100.0):
    """Paths of the numbers of one occlusion that no place, fact or catalogue row explains."""
    found = []
    for path, number in leaves(occlusion):
        if path[0] == "evidence":
            continue
        names = [key for key in path if isinstance(key, str)]
        if any(is_place(key) for key in path):
            if "point_mm" not in path and not -TOLERANCE_MM <= number <= length_mm + TOLERANCE_MM:
                found.append(path)
            continue
        around = occlusion
        placed = False
        for key in path[:-1]:
            around = around[key]
            placed = placed or (isinstance(around, dict) and any(is_place(k) or k == "evidence" for k in around))
        known = any(".".join(names[:n]) in occlusion["evidence"] for n in range(1, len(names) + 1))
        if not placed and not known:
            found.append(path)
    return found


def test_every_number_of_an_occlusion_has_a_place_a_fact_or_a_catalogue_row(traced):
    for occlusion in traced[0]["occlusions"]:
        assert untraced(occlusion) == []


def test_a_number_without_evidence_is_found_out(traced):
    changed = copy.deepcopy(traced[0]["occlusions"][0])
    changed["mystery_mm"] = 3.0
    del changed["evidence"]["chord_mm"]
    assert untraced(changed) == [("chord_mm",), ("mystery_mm",)]


def test_the_evidence_of_an_occlusion_lies_on_its_vessel_or_names_a_stated_fact(traced):
    for occlusion in traced[0]["occlusions"]:
        for entry in occlusion["evidence"].values():
            assert set(entry) & {"s_mm", "facts"}
            assert all(-TOLERANCE_MM - 2 <= s <= 100.0 + TOLERANCE_MM for s in entry.get("s_mm", ()))
            assert all(getattr(FACTS, fact) is not None for fact in entry.get("facts", ()))


def test_reach_rows_name_devices_of_the_catalogue(traced):
    known = {d.id: d for d in device_catalogue()}
    for occlusion in traced[0]["occlusions"]:
        rows = occlusion["reach"]["rows"]
        assert {row["route"] for row in rows} == {"antegrade", "retrograde by SVG1"} == set(occlusion["reach"]["needed_mm"])
        for row in rows:
            lost = known[row["device"]].working_length_mm - known[row["guide"]].working_length_mm - row["available_mm"]
            assert lost == pytest.approx(100.0)
            needed = occlusion["reach"]["needed_mm"][row["route"]]
            assert row["margin_mm"] == pytest.approx(row["available_mm"] - needed, abs=1e-3)


def test_every_known_item_of_a_score_has_a_place_on_the_vessel_or_the_facts_that_were_stated(traced):
    items = [(score, item) for score in traced[1]["scores"] for item in score["items"]]
    assert len(items) > 100
    facts = {f.name for f in fields(ClinicalFacts) if getattr(FACTS, f.name) not in (None, ())}
    for score, item in items:
        evidence = item["evidence"]
        if item["value"] is None and item["state"] == "unknown":
            continue
        if item["source_class"] == "PLAN":
            assert score["strategy"] is not None
            continue
        assert evidence is not None, (score["id"], item["id"])
        if item["state"] == "stated":
            assert evidence["facts"] and set(evidence["facts"]) <= facts
        else:
            assert evidence["vessel"] == "RCA" and evidence["view"] in ("curved", "straightened", "section", "cap sheet")
            assert all(-TOLERANCE_MM <= s <= 100.0 + TOLERANCE_MM for s in evidence["s_mm"])


def test_a_flip_names_an_item_of_its_score_with_evidence(traced):
    for score in traced[1]["scores"]:
        named = {item["id"]: item for item in score["items"]}
        for flip in score["flips"]:
            assert named[flip["item"]]["evidence"] is not None
