"""Published algorithms as data: conditions, open questions, cautions, nothing hidden."""

from dataclasses import replace

import numpy as np
import pytest

from planner.facts import ClinicalFacts
from planner.occlusion_search import find_occlusions
from planner.options import option_sheet
from planner.options.algorithms import algorithm_tables
from planner.options.evaluate import TEXTS
from planner.options.rules import RULES
from planner.plan import Plan, SeriesRef
from planner.scores import score_sheet
from tests.planner.made_sections import PHYSICS, blunt, made_sections, tree, vessel

PLAN = Plan(SeriesRef("1.2.3"))


def options_of(length_mm=26.0, csa_pct=0.0, arc_deg=0.0, landing_csa_pct=0.0, **facts):
    end = 30.0 + length_mm

    def inside(value):
        return lambda s: np.where((s >= 29) & (s <= end), value, np.where((s > end + 3) & (s < end + 9), landing_csa_pct, 0.0))

    one = vessel()
    sections = {"RCA": made_sections(blunt(30.0, end), csa_pct=inside(csa_pct), arc_deg=inside(arc_deg))}
    plan = replace(PLAN, facts=ClinicalFacts(**facts))
    found = find_occlusions(tree(one), sections, PHYSICS, plan)
    (options,) = option_sheet(found, score_sheet(found, sections, tree(one), plan), plan).occlusions
    return options


def option(options, algorithm, option_id):
    table = next(a for a in options.algorithms if a.id == algorithm)
    return next(o for o in table.options if o.id == option_id)


def rule(options, number):
    return next(r for r in options.rules if r.id == str(number))


def test_all_algorithms_of_the_reference_are_there_in_order():
    assert [a.id for a in options_of().algorithms] == [
        *("hybrid", "asia-pacific", "euro-cto-2019", "global", "japanese", "cta-hybrid", "euro-cto-calcium", "scai-2024"),
        "investment",
    ]
    assert [r.id for r in options_of().rules] == [str(n) for n in range(1, 14)]


CLEAR = {"cap_ambiguous": False, "diseased_landing_zone": False}


@pytest.mark.parametrize(
    ("facts", "length_mm", "applies"),
    [
        ({**CLEAR, "interventional_collaterals": False}, 15.0, "wire-escalation"),
        ({**CLEAR, "interventional_collaterals": False}, 26.0, "dissection-re-entry"),
        ({"cap_ambiguous": True, "diseased_landing_zone": False, "interventional_collaterals": True}, 26.0, "retrograde"),
        ({"cap_ambiguous": False, "diseased_landing_zone": True, "interventional_collaterals": True}, 15.0, "retrograde"),
        ({"cap_ambiguous": True, "diseased_landing_zone": False, "interventional_collaterals": False}, 26.0, "clarify-cap"),
    ],
)
def test_the_hybrid_algorithm_takes_one_branch_when_all_is_known(facts, length_mm, applies):
    options = options_of(length_mm, **facts)
    branches = ("retrograde", "clarify-cap", "wire-escalation", "dissection-re-entry")
    assert [b for b in branches if option(options, "hybrid", b).applies] == [applies]
    assert all(option(options, "hybrid", b).applies is False for b in branches if b != applies)


def test_an_unknown_fact_leaves_an_option_open_and_names_the_question():
    waiting = option(options_of(), "hybrid", "retrograde")
    assert waiting.applies is None
    assert TEXTS["cap_ambiguous"] in waiting.open_questions and TEXTS["interventional_collaterals"] in waiting.open_questions
    assert option(options_of(15.0), "hybrid", "dissection-re-entry").applies is False  # the length decides alone


def test_open_questions_come_first_and_answers_name_their_place():
    questions = options_of().questions
    open_ones = [q.answer is None for q in questions]
    assert open_ones == sorted(open_ones, reverse=True) and any(open_ones) and not all(open_ones)
    length = next(q for q in questions if q.key == "occlusion_length_mm")
    assert length.answer.startswith("26 (") and length.evidence_s_mm == pytest.approx((30.0, 56.0), abs=0.6)
    assert set(length.used_by) >= {"hybrid", "asia-pacific"}


@pytest.mark.parametrize(("csa_pct", "arc_deg", "heavy"), [(0.0, 0.0, False), (70.0, 100.0, True), (30.0, 250.0, True)])
def test_heavy_calcium_opens_the_calcium_options(csa_pct, arc_deg, heavy):
    options = options_of(26.0, csa_pct, arc_deg)
    assert option(options, "euro-cto-calcium", "intraplaque-first").applies is heavy
    assert option(options, "asia-pacific", "knuckle").applies is heavy
    assert rule(options, 5).applies is heavy and rule(options, 4).applies is heavy
    assert rule(options, 1).applies is heavy  # the made calcium covers the proximal cap


def test_the_landing_zone_rules_exclude_each_other():
    calcified, free = options_of(landing_csa_pct=40.0), options_of()
    assert (rule(calcified, 6).applies, rule(calcified, 7).applies) == (True, False)
    assert (rule(free, 6).applies, rule(free, 7).applies) == (False, True)


def test_differences_that_concern_the_occlusion_come_first():
    found = options_of(26.0, 70.0, 300.0).differences
    order = [(True, None, False).index(d.concerns) for d in found]
    assert order == sorted(order)
    assert next(d for d in found if d.text.startswith("Length")).concerns is True
    assert next(d for d in options_of(10.0).differences if d.text.startswith("Length")).concerns is False


def test_a_known_j_cto_asks_for_a_proctor_at_2_and_not_below():
    known = {"angiographic_calcium": "none", "prior_failed_pci": False}
    assert option(options_of(26.0, **known), "asia-pacific", "proctor").applies is True  # blunt, 26 mm
    assert option(options_of(10.0, **known), "asia-pacific", "proctor").applies is False  # blunt only
    assert option(options_of(10.0), "asia-pacific", "proctor").applies is None


def every_text():
    for table in (*algorithm_tables(), RULES):
        yield table.note
        for row in table.options:
            yield from (row.condition, row.text, row.caution, *(r.text for r in (*row.reasons_for, *row.reasons_against)))


def test_the_peripheral_lithotripsy_sizing_never_appears():
    texts = list(every_text())
    assert not any("1.1" in text for text in texts)
    assert any("1:1" in text and "ithotripsy" in text for text in texts)


def test_texts_offer_and_never_order():
    for text in every_text():
        assert not any(word in text.lower() for word in (" must treat", "you should", "best device", "recommended device"))


def test_every_condition_asks_a_known_question():
    for table in (*algorithm_tables(), RULES):
        for row in table.options:
            for group in row.when:
                assert {c.fact for c in group} <= set(TEXTS), row.id
            assert row.source or table.source


def test_every_sheet_ends_with_the_operator_line():
    assert "the operator decides" in options_of().operator_line
    assert option_sheet((), score_sheet((), {}, tree(), PLAN), PLAN).occlusions == ()
