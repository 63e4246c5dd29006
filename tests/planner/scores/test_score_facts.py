"""Stated facts: what is accepted, refused and listed."""

import textwrap
from pathlib import Path

import pytest

from planner.scores import score_facts, tables
from recon.errors import CallError

CONTRACT_IDS = {
    *("j-cto", "ct-j-cto-li", "ct-j-cto-fujino", "progress", "progress-complications", "progress-mace", "progress-mortality"),
    *("progress-pericardiocentesis", "progress-mi", "progress-perforation", "cl", "castle", "ct-castle", "kcct", "ct-rector"),
    *("recharge", "ct-recharge", "ora", "b-cto", "oct-calcium-analogue", "ivus-calcium-analogue"),
}


def test_no_facts_at_all_give_every_score_as_its_full_range():
    sheet = score_facts({})
    assert {s.id for s in sheet.scores} == CONTRACT_IDS
    for score in sheet.scores:
        plan_points = sum(i.points for i in score.items if i.source_class == "PLAN")
        assert score.total is None and score.bin is None and not score.borderline
        assert score.low == plan_points
        assert score.high == score.maximum - sum(i.max_points - i.points for i in score.items if i.source_class == "PLAN")


def test_scores_that_depend_on_the_strategy_are_given_once_a_strategy():
    by_id = {}
    for score in score_facts({}).scores:
        by_id.setdefault(score.id, []).append(score.strategy)
    several = {score_id for score_id, strategies in by_id.items() if len(strategies) > 1}
    assert several == {f"progress-{n}" for n in ("complications", "mace", "mortality", "pericardiocentesis", "perforation")}
    assert all(by_id[score_id] == ["wire", "adr", "retrograde"] for score_id in several)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("occlusion_length", 20),
        ("strategy", "adr"),
        ("occlusion_length_mm", -0.1),
        ("occlusion_length_mm", "20"),
        ("occlusion_length_mm", True),
        ("occlusion_length_mm", float("nan")),
        ("occlusion_length_mm", {"low": 3, "best": 2, "high": 4}),
        ("occlusion_length_mm", {"low": 3, "best": 3}),
        ("bend_deg", 180.1),
        ("calcium_csa_pct", 100.1),
        ("calcium_arc_deg", 361),
        ("stump", "round"),
        ("full_moon", 1),
        ("age_years", 121),
        ("sex", "f"),
        ("lvef_pct", 0),
        ("rentrop", 4),
        ("rentrop", 1.5),
        ("target_vessel", "D1"),
        ("vessel_diameter_mm", 0),
    ],
)
def test_an_unknown_key_or_an_impossible_value_is_refused_by_name(key, value):
    with pytest.raises(CallError, match=key) as refused:
        score_facts({key: value})
    assert refused.value.exit_code == 2


def test_an_interval_over_a_cut_shows_the_score_both_ways_with_its_probability():
    facts = {"stump": "tapered", "calcium_csa_pct": 0, "bend_deg": 0, "prior_failed_pci": False}
    sheet = score_facts({**facts, "occlusion_length_mm": {"low": 17.0, "best": 21.0, "high": 25.0}})
    score = next(s for s in sheet.scores if s.id == "ct-j-cto-li")
    assert (score.total, score.low, score.high, score.borderline) == (1, 0, 1, True)
    probabilities = dict(score.total_probabilities)
    assert set(probabilities) == {0.0, 1.0} and sum(probabilities.values()) == pytest.approx(1)
    assert probabilities[0.0] == pytest.approx(0.34, abs=0.03)  # P(z < -1 mm / (4 mm / 1.645))
    item = next(i for i in score.items if i.id == "length")
    assert item.margin == pytest.approx(1.0) and item.is_borderline


def test_the_nearest_flip_comes_first_and_says_where_it_leads():
    facts = {
        "occlusion_length_mm": 21.0,
        "stump": "tapered",
        "calcium_csa_pct": 48.0,
        "bend_deg": 30.0,
        "prior_failed_pci": False,
    }
    score = next(s for s in score_facts(facts).scores if s.id == "ct-j-cto-li")
    first, second, third = score.flips[:3]
    assert (first.fact, first.change, first.to_total, first.to_bin) == ("occlusion_length_mm", pytest.approx(-1.0), 0, "easy")
    assert (second.fact, second.change, second.to_total) == ("calcium_csa_pct", pytest.approx(2.0), 2)
    assert (third.fact, third.change, third.to_total) == ("bend_deg", pytest.approx(15.0), 2)
    assert any(f.fact == "stump" and f.to_value == "blunt" and f.change is None for f in score.flips)


def test_a_new_table_file_is_a_new_score(tmp_path: Path, monkeypatch):
    (tmp_path / "made_up.py").write_text(
        textwrap.dedent(
            '''
            """A made-up score."""

            from planner.scores.table import Item, ScoreTable, one_level, over

            SCORE = ScoreTable(
                "made-up", "Made up", "", 999,
                (Item("age", "Age", "OPER", one_level(1, over("age_years", ">=", 40.0)), "E"),), "nobody",
            )
            '''
        )
    )
    monkeypatch.setattr(tables, "__path__", [*tables.__path__, str(tmp_path)])
    score = next(s for s in score_facts({"age_years": 40}).scores if s.id == "made-up")
    assert (score.total, score.maximum) == (1, 1)


def test_what_cannot_be_computed_is_listed_with_the_reason():
    reasons = dict(score_facts({}).not_available)
    assert "Ellis 2017" in reasons and "W-CTO (Khanna 2018)" in reasons
    assert all(reasons.values())
