"""The worked examples of docs/clinical.md (scores), with both sides of every boundary."""

import pytest

from planner.scores import score_facts
from planner.scores.score import Score

NOTHING: dict[str, object] = {
    "occlusion_length_mm": 10.0,
    "bend_deg": 10.0,
    "stump": "tapered",
    "calcium_csa_pct": 0.0,
    "calcium_arc_deg": 0.0,
    "full_moon": False,
    "angiographic_calcium": "none",
    "multiple_occlusions": False,
    "side_branch_at_cap": False,
    "tortuosity": "none",
    "target_vessel": "LAD",
    "ostial": False,
    "prior_failed_pci": False,
    "duration_months": 6.0,
    "age_years": 50.0,
    "sex": "male",
    "prior_cabg": False,
    "prior_mi": False,
    "graft_on_target": False,
    "atrial_fibrillation": False,
    "lvef_pct": 60.0,
    "rentrop": 3,
    "interventional_collaterals": True,
    "cap_ambiguous": False,
    "diseased_landing_zone": False,
    "calcium_thickness_mm": 0.0,
    "calcium_length_mm": 0.0,
    "superficial_arc_over_270_length_mm": 0.0,
    "calcified_nodule": False,
    "vessel_diameter_mm": 4.0,
}
"""Every fact known and none of them counting."""


def score_of(score_id: str, strategy: str | None = None, **facts: object) -> Score:
    sheet = score_facts({**NOTHING, **facts})
    return next(s for s in sheet.scores if s.id == score_id and s.strategy == strategy)


E2 = {"stump": "blunt", "angiographic_calcium": "mild", "bend_deg": 60.0, "occlusion_length_mm": 28.0}
E7 = {
    "stump": "blunt",
    "side_branch_at_cap": True,
    "bend_deg": 46.0,
    "occlusion_length_mm": 15.0,
    "calcium_csa_pct": 100.0,
    "calcium_arc_deg": 360.0,
    "full_moon": True,
    "prior_failed_pci": True,
    "duration_months": 12.0,
    "angiographic_calcium": "severe",
}
E10 = {
    "multiple_occlusions": True,
    "stump": "blunt",
    "calcium_csa_pct": 80.0,
    "bend_deg": 50.0,
    "duration_months": 12.0,
    "prior_failed_pci": True,
}
E11 = {
    "stump": "blunt",
    "calcium_csa_pct": 60.0,
    "calcium_arc_deg": 200.0,
    "bend_deg": 30.0,
    "occlusion_length_mm": 24.0,
    "duration_months": None,
    "prior_failed_pci": True,
    "side_branch_at_cap": True,
}
E18 = {
    "prior_cabg": True,
    "age_years": 71.0,
    "stump": "none",
    "tortuosity": "severe",
    "occlusion_length_mm": 30.0,
    "angiographic_calcium": "severe",
}
E22 = {"age_years": 65.0, "sex": "female", "angiographic_calcium": "moderate", "stump": "blunt"}
E27 = {
    "age_years": 75.0,
    "sex": "female",
    "target_vessel": "RCA",
    "stump": "blunt",
    "bend_deg": 46.0,
    "occlusion_length_mm": 20.0,
}

EXAMPLES = [
    # example, score, strategy, facts, total, bin, first published percentage
    ("E1", "j-cto", None, {"occlusion_length_mm": 12.0}, 0, "easy", 88.0),
    ("E2", "j-cto", None, E2, 4, "very difficult", 10.0),
    ("E3", "j-cto", None, {"occlusion_length_mm": 20.0}, 1, "intermediate", 67.0),
    ("E3", "ct-j-cto-fujino", None, {"occlusion_length_mm": 20.0}, 0, "easy", None),
    ("E3", "ct-j-cto-li", None, {"occlusion_length_mm": 20.0}, 1, "intermediate", None),
    ("E3", "kcct", None, {"occlusion_length_mm": 20.0}, 1, "under 4", None),
    ("E3 above", "ct-j-cto-fujino", None, {"occlusion_length_mm": 20.0001}, 1, "intermediate", None),
    ("E3 below", "j-cto", None, {"occlusion_length_mm": 19.9999}, 0, "easy", 88.0),
    ("E3 below", "ct-j-cto-li", None, {"occlusion_length_mm": 19.9999}, 0, "easy", None),
    ("E4", "j-cto", None, {"bend_deg": 45.0}, 0, "easy", 88.0),
    ("E4", "ct-j-cto-li", None, {"bend_deg": 45.0}, 0, "easy", None),
    ("E4", "ct-j-cto-fujino", None, {"bend_deg": 45.0}, 0, "easy", None),
    ("E4", "kcct", None, {"bend_deg": 45.0}, 0, "under 4", None),
    ("E4", "b-cto", None, {"bend_deg": 45.0}, 0, "easy", 95.3),
    ("E4", "ct-rector", None, {"bend_deg": 45.0}, 1, "intermediate", 88.0),
    ("E4", "recharge", None, {"bend_deg": 45.0}, 1, "1", None),
    ("E4", "ct-recharge", None, {"bend_deg": 45.0}, 1, "1", None),
    ("E4 above", "j-cto", None, {"bend_deg": 45.0001}, 1, "intermediate", 67.0),
    ("E4 above", "ct-j-cto-li", None, {"bend_deg": 45.0001}, 1, "intermediate", None),
    ("E4 above", "ct-j-cto-fujino", None, {"bend_deg": 45.0001}, 1, "intermediate", None),
    ("E4 above", "kcct", None, {"bend_deg": 45.0001}, 1, "under 4", None),
    ("E4 above", "b-cto", None, {"bend_deg": 45.0001}, 2, "intermediate", 86.5),
    ("E4 below", "ct-rector", None, {"bend_deg": 44.9999}, 0, "easy", 95.0),
    ("E4 below", "recharge", None, {"bend_deg": 44.9999}, 0, "0", None),
    ("E5", "ct-j-cto-li", None, {"calcium_csa_pct": 50.0, "calcium_arc_deg": 180.0}, 0, "easy", None),
    ("E5", "ct-j-cto-fujino", None, {"calcium_csa_pct": 50.0, "calcium_arc_deg": 180.0}, 0, "easy", None),
    ("E5", "ct-rector", None, {"calcium_csa_pct": 50.0, "calcium_arc_deg": 180.0}, 1, "intermediate", 88.0),
    ("E5", "kcct", None, {"calcium_csa_pct": 50.0, "calcium_arc_deg": 180.0}, 1, "under 4", None),
    ("E5", "ct-castle", None, {"calcium_csa_pct": 50.0, "calcium_arc_deg": 180.0}, 0, "0 to 1", None),
    ("E5 above", "ct-j-cto-fujino", None, {"calcium_csa_pct": 50.001}, 1, "intermediate", None),
    ("E5 above", "ct-castle", None, {"calcium_csa_pct": 50.001}, 1, "0 to 1", None),
    ("E5 below", "ct-rector", None, {"calcium_csa_pct": 49.999}, 0, "easy", 95.0),
    ("E5 below", "kcct", None, {"calcium_csa_pct": 49.999, "calcium_arc_deg": 180.0}, 0, "under 4", None),
    ("E5 below", "kcct", None, {"calcium_csa_pct": 50.0, "calcium_arc_deg": 179.999}, 0, "under 4", None),
    ("E6", "kcct", None, {"calcium_csa_pct": 99.0, "calcium_arc_deg": 360.0}, 1, "under 4", None),
    ("E7", "kcct", None, E7, 8, "4 or more", None),
    ("E7", "j-cto", None, E7, 4, "very difficult", 10.0),
    ("E8", "kcct", None, {"occlusion_length_mm": 15.0}, 1, "under 4", None),
    ("E8", "kcct", None, {"occlusion_length_mm": 14.99}, 0, "under 4", None),
    ("E9", "kcct", None, {"calcium_csa_pct": 27.78, "calcium_arc_deg": 180.0}, 0, "under 4", None),
    ("E10", "ct-rector", None, E10, 6, "very difficult", 22.0),
    ("E11", "j-cto", None, E11, 3, "very difficult", 10.0),
    ("E11", "ct-rector", None, E11, 4, "very difficult", 22.0),
    ("E11", "kcct", None, E11, 6, "4 or more", None),
    ("E12", "cl", None, {"prior_mi": True}, 1.0, "0 to 1", 84.9),
    ("E13", "cl", None, {"occlusion_length_mm": 20.0}, 1.5, "over 1, under 3", 74.9),
    ("E13 below", "cl", None, {"occlusion_length_mm": 19.99}, 0.0, "0 to 1", 84.9),
    ("E14", "cl", None, {"angiographic_calcium": "severe", "target_vessel": "RCA"}, 3.0, "3 to under 5", 58.0),
    ("E14 less", "cl", None, {"angiographic_calcium": "moderate", "target_vessel": "RCA"}, 1.0, "0 to 1", 84.9),
    (
        "E15",
        "cl",
        None,
        {"prior_cabg": True, "angiographic_calcium": "severe", "occlusion_length_mm": 20.0},
        5.0,
        "5 or more",
        31.9,
    ),
    ("E16", "castle", None, {"age_years": 70.0, "occlusion_length_mm": 20.0}, 2, "2 to 3", None),
    ("E17", "castle", None, {"age_years": 69.0, "occlusion_length_mm": 19.9}, 0, "0 to 1", 8.0),
    ("E18", "castle", None, E18, 6, "4 or more", 35.0),
    ("E19", "progress-complications", "wire", {"age_years": 65.0, "occlusion_length_mm": 23.0}, 2, "low", 0.4),
    ("E20", "progress-complications", "wire", {"age_years": 66.0, "occlusion_length_mm": 22.9}, 3, "intermediate", 1.8),
    ("E20", "progress-complications", "adr", {"age_years": 66.0, "occlusion_length_mm": 22.9}, 3, "intermediate", 1.8),
    ("E20", "progress-complications", "retrograde", {"age_years": 66.0, "occlusion_length_mm": 22.9}, 4, "intermediate", 1.8),
    ("E21", "progress-complications", "retrograde", {"age_years": 66.0, "occlusion_length_mm": 23.0}, 6, "high", 6.5),
    ("E22", "progress-mace", "wire", E22, 5, None, 4.9),
    ("E22", "progress-mace", "adr", E22, 6, None, 5.8),
    ("E22", "progress-mace", "retrograde", E22, 7, None, 5.8),
    ("E23", "progress-mace", "wire", {"age_years": 64.9}, 0, None, 0.7),
    ("E25", "ora", None, {"age_years": 75.0, "rentrop": 2}, 1, "intermediate", None),
    ("E25 below", "ora", None, {"age_years": 74.99, "rentrop": 2}, 0, "easy", None),
    ("E25 below", "ora", None, {"age_years": 50.0, "rentrop": 1}, 2, "difficult", None),
    ("E26", "ora", None, {"age_years": 80.0, "ostial": True, "rentrop": 0}, 4, "very difficult", None),
    ("E27", "b-cto", None, E27, 11, "very difficult", 65.2),
    ("E27 below", "b-cto", None, {**E27, "age_years": 74.9}, 10, "very difficult", 65.2),
    ("E27 age", "b-cto", None, {"age_years": 60.0}, 1, "easy", 95.3),
    ("E27 age", "b-cto", None, {"age_years": 59.9}, 0, "easy", 95.3),
    (
        "E28",
        "oct-calcium-analogue",
        None,
        {"calcium_arc_deg": 180.0, "calcium_thickness_mm": 0.5, "calcium_length_mm": 5.0},
        0,
        "0 to 3",
        96.0,
    ),
    (
        "E28",
        "oct-calcium-analogue",
        None,
        {"calcium_arc_deg": 181.0, "calcium_thickness_mm": 0.5, "calcium_length_mm": 5.0},
        2,
        "0 to 3",
        96.0,
    ),
    (
        "E28",
        "oct-calcium-analogue",
        None,
        {"calcium_arc_deg": 200.0, "calcium_thickness_mm": 0.6, "calcium_length_mm": 6.0},
        4,
        "4",
        78.0,
    ),
    ("progress", "progress", None, {"target_vessel": "LCx", "tortuosity": "moderate"}, 2, None, None),
    ("progress", "progress", None, {"cap_ambiguous": True, "interventional_collaterals": False}, 2, None, None),
    (
        "mortality",
        "progress-mortality",
        "adr",
        {"age_years": 65.0, "lvef_pct": 45.0, "angiographic_calcium": "severe"},
        4,
        None,
        None,
    ),
    ("mortality", "progress-mortality", "wire", {"lvef_pct": 45.01}, 0, None, None),
    ("mi", "progress-mi", None, {"prior_cabg": True, "atrial_fibrillation": True, "stump": "blunt"}, 3, None, None),
    ("perforation", "progress-perforation", "retrograde", {**E22, "stump": "none"}, 5, None, None),
    ("pericardiocentesis", "progress-pericardiocentesis", "retrograde", E22, 5, None, None),
    (
        "recharge",
        "recharge",
        None,
        {**E2, "diseased_landing_zone": True, "graft_on_target": True, "prior_cabg": True},
        6,
        "5 to 6",
        None,
    ),
    (
        "ivus",
        "ivus-calcium-analogue",
        None,
        {
            "superficial_arc_over_270_length_mm": 5.01,
            "calcium_arc_deg": 360.0,
            "calcified_nodule": True,
            "vessel_diameter_mm": 3.49,
        },
        4,
        "2 or more (calcium modification suggested, unverified)",
        None,
    ),
    (
        "ivus on the cuts",
        "ivus-calcium-analogue",
        None,
        {"superficial_arc_over_270_length_mm": 5.0, "calcium_arc_deg": 359.9, "vessel_diameter_mm": 3.5},
        0,
        "0 to 1",
        None,
    ),
]


@pytest.mark.parametrize(("name", "score_id", "strategy", "facts", "total", "category", "percent"), EXAMPLES)
def test_a_worked_example_gives_its_total_bin_and_published_rate(name, score_id, strategy, facts, total, category, percent):
    score = score_of(score_id, strategy, **facts)
    assert (score.total, score.bin) == (total, category), name
    assert (score.published[0].probability_pct if score.published else None) == percent
    assert score.low <= total <= score.high <= score.maximum


@pytest.mark.parametrize(
    ("facts", "score_ids"),
    [
        ({"occlusion_length_mm": 20.0}, ["j-cto", "ct-j-cto-fujino", "ct-j-cto-li", "castle", "recharge", "cl", "b-cto"]),
        ({"occlusion_length_mm": 15.0}, ["kcct"]),
        ({"bend_deg": 45.0}, ["j-cto", "ct-j-cto-fujino", "kcct", "ct-rector", "recharge", "b-cto"]),
        ({"calcium_csa_pct": 50.0, "calcium_arc_deg": 180.0}, ["ct-j-cto-fujino", "ct-j-cto-li", "ct-rector", "kcct"]),
        ({"calcium_csa_pct": 99.0, "calcium_arc_deg": 360.0}, ["kcct"]),
    ],
)
def test_a_measure_exactly_on_a_cut_is_borderline(facts, score_ids):
    for score_id in score_ids:
        assert score_of(score_id, **facts).borderline, score_id
        assert not score_of(score_id).borderline, score_id


def test_an_age_on_the_cut_is_not_borderline_because_it_is_not_measured():
    assert not score_of("castle", age_years=70.0).borderline


@pytest.mark.parametrize("stated", [{}, {"full_moon": None}])
def test_a_section_short_of_full_is_shown_with_and_without_full_moon(stated):
    score = score_of("kcct", calcium_csa_pct=99.0, calcium_arc_deg=360.0, **stated)
    assert (score.total, score.low, score.high) == (1, 1, 2)
    assert "Full moon proposed" in next(i for i in score.items if i.id == "calcification").note


@pytest.mark.parametrize(
    ("csa_pct", "arc_deg", "li", "rector", "kcct"),
    [
        (27.78, 180.0, 0, 0, 0),
        (50.00, 180.0, 0, 1, 1),
        (50.00, 360.0, 0, 1, 1),
        (66.67, 270.0, 1, 1, 1),
        (100.0, 360.0, 1, 1, 2),
        (7.81, 90.0, 0, 0, 0),
        (49.97, 179.9, 0, 0, 0),
    ],
)
def test_the_calcium_phantoms_score_as_computed(csa_pct, arc_deg, li, rector, kcct):
    facts = {"calcium_csa_pct": csa_pct, "calcium_arc_deg": arc_deg}
    sheet = {s.id: s for s in score_facts(facts).scores}
    points = [next(i for i in sheet[s].items if i.id == "calcification").points for s in ("ct-j-cto-li", "ct-rector", "kcct")]
    assert points == [li, rector, kcct]
    assert next(i for i in sheet["ct-j-cto-fujino"].items if i.id == "calcification").points == li


def test_the_pericardiocentesis_score_is_withheld_after_cabg():
    score = score_of("progress-pericardiocentesis", "wire", prior_cabg=True)
    assert score.total is None and score.bin is None and score.published == ()
    assert "not derived for this patient" in score.withheld
    assert score_of("progress-pericardiocentesis", "wire").withheld == ""


def test_a_missing_stump_gives_a_range_and_no_category():
    score = score_of("j-cto", stump=None)
    assert (score.total, score.low, score.high, score.bin) == (None, 0, 1, None)
    assert [p.probability_pct for p in score.published] == [None, None]


def test_a_category_is_given_when_the_whole_range_lies_in_it():
    score = score_of("j-cto", prior_failed_pci=None, **E2)
    assert (score.total, score.low, score.high, score.bin) == (None, 4, 5, "very difficult")


@pytest.mark.parametrize("score_id", ["kcct", "ct-rector"])
def test_a_blank_duration_counts_and_says_why(score_id):
    score = score_of(score_id, duration_months=None)
    item = next(i for i in score.items if i.id == "duration")
    assert score.total == 1 and item.points == 1
    assert item.state == "unknown" and "blank" in item.note
    assert score_of(score_id, duration_months=11.99).total == 0
    assert score_of(score_id, duration_months=12.0).total == 1


def test_recalled_rates_are_marked_unverified_and_doubtful_ones_are_not_shown():
    assert [p.verified for p in score_of("j-cto").published] == [True, False]
    assert not any(p.verified for p in score_of("ct-rector").published)
    assert score_of("castle", age_years=70.0, occlusion_length_mm=20.0).published[0].probability_pct is None


def test_the_rates_beside_a_ct_j_cto_are_named_as_the_angiographic_cohort():
    rates = [p for p in score_of("ct-j-cto-fujino").published if p.probability_pct is not None]
    assert rates and all("angiographic J-CTO cohort, for orientation" in p.outcome for p in rates)
