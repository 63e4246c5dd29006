import json
from dataclasses import replace
from pathlib import Path

import pytest

import planner.plan_json
from planner.facts import ClinicalFacts
from planner.plan import CapMark, Confirmation, Plan, Said, SectionEdit, SeriesRef, VesselPath
from planner.plan_json import PlanFileError, plan_from_json, plan_schema, plan_to_json

SCHEMA_FILE = Path(__file__).parents[2] / "resources" / "schema" / "plan.schema.json"
SAID = Said("Dr. Ögün", "2026-11-21T09:00:00+00:00", "confirmed")
FULL = Plan(
    series=SeriesRef("1.2.3", "1.2", "PH-1", "Müller^Ana", "19550101", "20260102"),
    target="RCA",
    left_ostium_mm=(1.0, -2.5, 3.0),
    paths=(VesselPath("RCA", ((0.0, 0.0, 0.0), (1.5, 2.0, 3.0)), SAID),),
    renamed=(("B1", "AM"),),
    removed=("B2",),
    caps=(CapMark("RCA", "distal", (4.0, 5.0, 6.0), None, SAID), CapMark("RCA", "proximal", None, "blunt", SAID)),
    confirmations=(Confirmation("RCA-1:cto", True, SAID),),
    facts=ClinicalFacts(age_years=70.5, sex="female", prior_cabg=False, rentrop=2),
    notes="naïve β",
    section_edits=(SectionEdit("RCA", "threshold", (1.0, 2.0, 3.0), (4.0, 5.0, 6.0), 600.0, SAID),),
)


def _edited(**changes: object) -> str:
    return json.dumps(json.loads(plan_to_json(FULL)) | changes)


@pytest.mark.parametrize("plan", [FULL, Plan(series=SeriesRef("1.2.3"))])
def test_a_plan_comes_back_as_it_was(plan):
    assert plan_from_json(plan_to_json(plan)) == plan


def test_unknown_facts_stay_unknown_and_no_stays_no():
    facts = json.loads(plan_to_json(FULL))["facts"]
    assert facts["prior_mi"] is None
    assert facts["prior_cabg"] is False


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json", "not a plan"),
        ("[]", "no schema number"),
        ("{}", "no schema number"),
        (_edited(schema=99), "newer version"),
        (_edited(schema=0), "schema is not known"),
        (_edited(target=3), "target"),
        (_edited(surprise=1), "surprise"),
        (_edited(facts={"age_years": "70"}), "facts.age_years"),
        (_edited(facts={"shoe_size": 44}), "facts.shoe_size"),
        (plan_to_json(FULL).replace("-2.5", "NaN"), "not finite"),
        (plan_to_json(FULL).replace("-2.5", "Infinity"), "not finite"),
    ],
)
def test_text_that_is_no_readable_plan_is_refused_by_name(text, message):
    with pytest.raises(PlanFileError, match=message):
        plan_from_json(text)


def test_an_older_schema_goes_through_the_upgrade_table(monkeypatch):
    monkeypatch.setitem(planner.plan_json.UPGRADES, 0, lambda old: {k: v for k, v in old.items() if k != "old_name"})
    text = _edited(schema=0, old_name="RCA")
    assert plan_from_json(text) == replace(FULL, schema=1)


def test_the_published_schema_is_the_one_in_use():
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8")) == json.loads(json.dumps(plan_schema()))
