"""What holds for every score and any facts."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from planner.fact_rules import FACT_RULES
from planner.scores import score_facts
from planner.scores.engine import score_of, with_strategy
from planner.scores.fact import with_full_moon
from planner.scores.stated import stated_facts
from planner.scores.tables import score_tables

WORSE = {
    "occlusion_length_mm": 1,
    "bend_deg": 1,
    "calcium_csa_pct": 1,
    "calcium_arc_deg": 1,
    "duration_months": 1,
    "age_years": 1,
    "lvef_pct": -1,
    "rentrop": -1,
    "calcium_thickness_mm": 1,
    "calcium_length_mm": 1,
    "superficial_arc_over_270_length_mm": 1,
    "vessel_diameter_mm": -1,
}
"""Direction in which each number may only add points."""

CUTS = {
    "occlusion_length_mm": [5.0, 15.0, 20.0, 23.0],
    "bend_deg": [45.0],
    "calcium_csa_pct": [50.0, 95.0, 100.0],
    "calcium_arc_deg": [180.0, 350.0, 360.0],
    "age_years": [60.0, 65.0, 70.0, 75.0],
    "duration_months": [12.0],
    "lvef_pct": [45.0],
}


def number(key):
    rule = FACT_RULES[key]
    if rule.kind == "integer":
        return st.integers(int(rule.low), int(rule.high))
    anywhere = st.floats(rule.low, rule.high, allow_nan=False)
    return st.one_of(anywhere, st.sampled_from(CUTS[key])) if key in CUTS else anywhere


def value(key):
    rule = FACT_RULES[key]
    if rule.kind == "flag":
        return st.booleans()
    return st.sampled_from(rule.words) if rule.kind == "word" else number(key)


ALL_KNOWN = st.fixed_dictionaries({key: value(key) for key in FACT_RULES})
SOME_KNOWN = st.fixed_dictionaries({key: st.one_of(st.none(), value(key)) for key in FACT_RULES})


FILLED_SECTION = dict.fromkeys(FACT_RULES) | {"calcium_csa_pct": 100.0, "calcium_arc_deg": 360.0, "duration_months": 0.0}
ALL_NO = {key: False if rule.kind == "flag" else (rule.words or (max(rule.low, 1),))[0] for key, rule in FACT_RULES.items()}

TABLES = score_tables()


def totals(facts):
    known = with_full_moon(stated_facts(facts))
    scores = (score_of(t, with_strategy(known, s), "x", s) for t in TABLES for s in t.strategies)
    return {(s.id, s.strategy): s for s in scores if not s.withheld}


@settings(max_examples=40, deadline=None)
@example(FILLED_SECTION, ALL_NO)
@given(SOME_KNOWN, ALL_KNOWN)
def test_the_range_holds_every_completion_of_the_unknown_facts(partial, filler):
    completed = {key: filler[key] if known is None else known for key, known in partial.items()}
    if completed["full_moon"] and not partial["full_moon"] and partial["calcium_csa_pct"] is not None:
        completed["full_moon"] = False  # a full moon against a stated smaller area is a contradiction, not a completion
    if completed["full_moon"] and not partial["full_moon"] and partial["calcium_arc_deg"] is not None:
        completed["full_moon"] = False
    if partial["full_moon"] is None and (partial["calcium_csa_pct"], partial["calcium_arc_deg"]) == (100.0, 360.0):
        completed["full_moon"] = True  # a stated section wholly filled all round is a full moon by the numbers themselves
    before, after = totals(partial), totals(completed)
    for key, score in after.items():
        if key in before:
            assert before[key].low <= score.total <= before[key].high, key
            assert before[key].low >= 0 and before[key].high <= before[key].maximum


@settings(max_examples=40, deadline=None)
@given(ALL_KNOWN, st.sampled_from(sorted(WORSE)), st.data())
def test_no_number_moved_the_worse_way_lowers_a_total(facts, key, data):
    other = data.draw(number(key))
    milder, worse = sorted([facts[key], other], key=lambda v: v * WORSE[key])
    mild, bad = totals({**facts, key: milder}), totals({**facts, key: worse})
    for score in bad:
        assert mild[score].total <= bad[score].total, score


@settings(max_examples=25, deadline=None)
@given(SOME_KNOWN, st.randoms(use_true_random=False))
def test_the_order_of_facts_and_items_does_not_matter(facts, random):
    shuffled_keys = list(facts)
    random.shuffle(shuffled_keys)
    reordered = {key: facts[key] for key in shuffled_keys}
    known, known_again = (with_full_moon(stated_facts(f)) for f in (facts, reordered))
    for table in TABLES:
        items = list(table.items)
        random.shuffle(items)
        for strategy in table.strategies:
            one = score_of(table, with_strategy(known, strategy), "x", strategy)
            other = score_of(replace(table, items=tuple(items)), with_strategy(known_again, strategy), "x", strategy)
            assert (one.total, one.low, one.high, one.bin) == (other.total, other.low, other.high, other.bin)


@settings(max_examples=25, deadline=None)
@given(ALL_KNOWN)
def test_totals_are_exact_half_points(facts):
    for score in totals(facts).values():
        assert (2 * score.total).is_integer()


@settings(max_examples=5, deadline=None)
@given(ALL_KNOWN)
def test_probabilities_of_exact_facts_are_one_total(facts):
    for score in score_facts(facts).scores:
        if score.low == score.high:
            assert score.total_probabilities == ((score.total, 1.0),)


@pytest.mark.parametrize("table", score_tables(), ids=lambda t: t.id)
def test_every_table_is_sound(table):
    assert table.highest == sum(item.max_points for item in table.items)
    known = set(FACT_RULES) | {"strategy"}
    assert {c.fact for item in table.items for level in item.levels for c in level.conditions} <= known
    assert all(float(2 * level.points).is_integer() for item in table.items for level in item.levels)
    assert {item.source_class for item in table.items} <= {"AUTO", "SEMI", "OPER", "PLAN"}
    assert all(item.mark and item.mark != "?" for item in table.items)
    for rows in (table.bins, *(o.rates for o in table.outcomes)):
        assert all(a.high < b.low for a, b in pairwise(rows))
        assert not rows or (rows[0].low == 0 and rows[-1].high == table.highest)
    assert all(rate.percent is None for o in table.outcomes for rate in o.rates if rate.mark == "?")
