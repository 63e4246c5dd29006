"""Impossible facts are refused by name, unlikely ones asked about, unknown stays unknown."""

from dataclasses import fields

import pytest

from planner.fact_rules import CLINICAL_RULES, FACT_RULES, check_clinical, checked_fact, fact_question
from planner.facts import ClinicalFacts
from recon.errors import CallError


def test_every_clinical_fact_has_a_rule():
    assert {f.name for f in fields(ClinicalFacts)} <= set(FACT_RULES) | set(CLINICAL_RULES)


def test_unknown_stays_unknown():
    assert check_clinical(ClinicalFacts()) == ()
    assert checked_fact("age_years", None) is None


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({"age_years": 150}, "age_years"),
        ({"lvef_pct": 101}, "lvef_pct"),
        ({"rentrop": 5}, "rentrop"),
        ({"werner_cc": 3}, "werner_cc"),
        ({"j_channel": "hard"}, "j_channel"),
        ({"sex": "x"}, "sex"),
        ({"prior_cabg": "yes"}, "prior_cabg"),
        ({"duration_months": -1}, "duration_months"),
    ],
)
def test_an_impossible_clinical_fact_is_refused_by_name(facts, named):
    with pytest.raises(CallError, match=named):
        check_clinical(ClinicalFacts(**facts))


@pytest.mark.parametrize(
    ("facts", "asked"),
    [
        ({"age_years": 97}, ["age_years"]),
        ({"age_years": 95}, []),
        ({"duration_months": 2}, ["duration_months"]),
        ({"duration_months": 3}, []),
        ({"lvef_pct": 12}, ["lvef_pct"]),
        ({"graft_on_target": True, "prior_cabg": False}, ["graft_on_target"]),
        ({"graft_on_target": True, "prior_cabg": True}, []),
        ({"kit": ("microcatheter",), "skills": ("retrograde",), "indication": "angina"}, []),
    ],
)
def test_an_unlikely_clinical_fact_is_asked_about(facts, asked):
    assert [q.key for q in check_clinical(ClinicalFacts(**facts))] == asked


def test_a_question_names_the_value():
    question = fact_question("occlusion_length_mm", checked_fact("occlusion_length_mm", 150))
    assert "150 mm" in question.text and fact_question("occlusion_length_mm", checked_fact("occlusion_length_mm", 50)) is None
