import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from planner.report.contract import centerlines_object, json_text, occlusions_object, scores_object, views_object
from planner.report.tables import sections_csv, views_csv


def read(value):
    return json.loads(json_text(value))


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_centerlines_have_the_agreed_fields_and_equal_lengths(analysis):
    value = read(centerlines_object(analysis))
    assert (value["schema"], value["coordinates"], value["phase_pct"]) == (1, "LPS mm", 75.0)
    rca = value["vessels"][0]
    counts = {len(rca[k]) for k in ("s_mm", "points_mm", "lumen_radius_mm", "wall_radius_mm", "confidence")}
    assert counts == {len(analysis.tree.vessels[0].centerline.s_mm)}
    assert rca["occluded_mm"] == [[30.0, 52.0]]
    assert rca["segments"][1] == {"scct": 2, "s_mm": [28.0, 60.0]}
    assert rca["alternatives"][0]["probability"] == 0.8
    assert value["problems"][0]["where"] == {"s_mm": 41.0, "point_mm": [1.0, 2.0, 3.0]}


def test_the_lumen_radius_is_area_equivalent_and_zero_only_between_the_caps(analysis):
    rca = read(centerlines_object(analysis))["vessels"][0]
    s, radius = np.array(rca["s_mm"]), np.array(rca["lumen_radius_mm"])
    assert np.all(radius[(s > 30) & (s < 52)] == 0.0)
    assert radius[10] == pytest.approx(np.sqrt(7.0 / np.pi), abs=1e-3)
    assert np.all(radius[(s < 29) | (s > 53)] > 0)


def test_what_was_not_measured_is_null_or_empty_and_measured_none_is_zero(analysis):
    rca = read(centerlines_object(analysis))["vessels"][0]
    assert rca["wall_radius_mm"][-3] is None
    table = [r for r in rows(sections_csv(analysis)) if r["vessel"] == "RCA"]
    assert table[-1]["wall_area_mm2"] == ""
    assert float(table[0]["calcium_area_mm2"]) == 0.0
    inside = [r for r in table if 30 < float(r["s_mm"]) < 52]
    assert {float(r["lumen_area_mm2"]) for r in inside} == {0.0}
    assert {r["mean_lumen_hu"] for r in inside} == {""}


def test_sections_follow_the_agreed_header_half_millimetre_steps_and_zones(analysis):
    text = sections_csv(analysis)
    assert text.splitlines()[0].startswith(
        "vessel,s_mm,zone,x_mm,y_mm,z_mm,lumen_area_mm2,wall_area_mm2,calcium_area_mm2_low,calcium_area_mm2,"
        "calcium_area_mm2_high,calcium_csa_pct_low,calcium_csa_pct,calcium_csa_pct_high,calcium_arc_deg_low,calcium_arc_deg,"
        "calcium_arc_deg_high,calcium_longest_arc_deg,calcium_max_thickness_mm,mean_lumen_hu,quality,grade"
    )
    table = rows(text)
    rca = [r for r in table if r["vessel"] == "RCA"]
    assert [float(r["s_mm"]) for r in rca[:4]] == [0.0, 0.5, 1.0, 1.5]
    zones = {float(r["s_mm"]): r["zone"] for r in rca}
    assert [zones[s] for s in (10.0, 29.0, 40.0, 51.0, 60.0)] == ["proximal", "proximal_cap", "body", "distal_cap", "landing"]
    assert {r["zone"] for r in table if r["vessel"] == "LAD"} == {""}


def test_occlusions_carry_intervals_zones_and_evidence(analysis):
    (found,) = read(occlusions_object(analysis))["occlusions"]
    assert found["length_mm"] == {"low": 20.7, "best": 22.0, "high": 23.4}
    assert found["confirmed_cto"] is None
    assert found["proximal_cap"]["morphology"] == "blunt" and found["distal_cap"]["morphology"] == "tapered"
    assert found["side_branches"][0]["at"] == "proximal"
    assert set(found["calcium"]) == {"proximal_cap", "body", "distal_cap", "landing"}
    assert found["calcium"]["body"]["max_csa_pct"]["best"] == 80
    assert found["flags"][0]["evidence"] == {"s_mm": [39.0, 41.5]}
    assert found["reference_diameter_mm"] == {"proximal": 3.1, "distal": 2.7}


def test_scores_keep_unknown_items_unknown_and_whole_points_whole(analysis):
    value = read(scores_object(analysis.scores))
    fujino = value["scores"][0]
    assert fujino["total"] is None and (fujino["low"], fujino["high"]) == (3, 5)
    items = {i["id"]: i for i in fujino["items"]}
    assert items["retry"]["points"] is None and items["retry"]["value"] is None and items["retry"]["evidence"] is None
    assert items["length"]["value"]["best"] == 22.0 and items["length"]["evidence"] == {"s_mm": [30.0, 52.0]}
    assert '"maximum": 5,' in json_text(scores_object(analysis.scores))
    assert value["not_available"] == [{"name": "Ellis", "why": "its points could not be verified"}]


def test_half_points_are_numbers(analysis):
    score = replace(analysis.scores.scores[0], total=1.5, low=1.5, high=1.5)
    changed = replace(analysis, scores=replace(analysis.scores, scores=(score,)))
    assert read(scores_object(changed.scores))["scores"][0]["total"] == 1.5


def test_views_are_whole_degrees_and_the_same_in_both_files(analysis):
    value = read(views_object(analysis))
    assert [t["target"] for t in value["targets"]] == ["proximal_cap", "body", "distal_cap", "landing_zone"]
    flat = rows(views_csv(analysis))
    listed = [v for t in value["targets"] for v in t["views"]]
    plain = [r for r in flat if r["target"] != "wiring_pair"]
    assert [(v["primary_deg"], v["secondary_deg"]) for v in listed] == [
        (int(r["primary_deg"]), int(r["secondary_deg"])) for r in plain
    ]
    pair = value["wiring_pairs"][0]
    first, second = (r for r in flat if r["target"] == "wiring_pair")
    assert int(first["primary_deg"]) == pair["first"]["primary_deg"]
    assert float(second["angle_between_deg"]) == pair["angle_between_deg"]


def test_a_case_without_occlusion_has_empty_lists(analysis_without_occlusion):
    assert read(occlusions_object(analysis_without_occlusion))["occlusions"] == []
    assert read(views_object(analysis_without_occlusion))["targets"] == []
    assert {r["zone"] for r in rows(sections_csv(analysis_without_occlusion))} == {""}
