"""Details of sections in the result files and the report: present, with intervals, under honest names."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from planner.plan import Said
from planner.report.contract import json_text, occlusions_object
from planner.report.detail_pages import detail_pages
from planner.report.region_rows import lesion_rows, window_text
from planner.report.tables import SECTION_COLUMNS, sections_csv
from planner.report.unrolled_figure import unrolled_figure
from planner.section_details import vessel_details
from planner.section_edits import mark_stent, set_threshold
from planner.text import clock_text
from recon.estimate import Estimate
from recon.free_windows import FreeWindow
from recon.section_edit import with_stent, without_calcium_at

SAID = Said("Dr. A", "2026-01-02T03:04:05+00:00")


def table_of(analysis, vessel="RCA"):
    return [r for r in csv.DictReader(io.StringIO(sections_csv(analysis))) if r["vessel"] == vessel]


def with_sections(analysis, sections):
    vessel = analysis.tree.vessel("RCA")
    details = vessel_details(analysis.volume, vessel, sections, analysis.physics)
    return replace(analysis, sections={**analysis.sections, "RCA": sections}, details={**analysis.details, "RCA": details})


def test_zone_details_and_lesions_stand_beside_the_agreed_fields(analysis):
    value = json.loads(json_text(occlusions_object(analysis)))
    body = value["occlusions"][0]["zone_details"]["body"]
    assert set(body["max_csa_pct"]) == {"low", "best", "high"}
    assert body["volume_mm3"]["low"] <= body["volume_mm3"]["best"] <= body["volume_mm3"]["high"]
    assert "agatston" not in json.dumps(value).lower() and "contrast_scan_density_index" in body
    (lesion,) = value["lesions"]
    assert (lesion["vessel"], lesion["number"]) == ("RCA", 1)
    assert lesion["s_mm"][0] < 40.0 < lesion["s_mm"][1]


def test_a_window_beyond_calcium_is_listed_with_its_clock(analysis):
    body = json.loads(json_text(occlusions_object(analysis)))["occlusions"][0]["zone_details"]["body"]
    for window in body["calcium_free_windows"]:
        assert window["arc_deg"]["best"] >= 60 and window["length_mm"]["best"] >= 2


def test_new_columns_come_after_the_agreed_ones(analysis):
    columns = SECTION_COLUMNS.split(",")
    assert columns[21] == "grade" and columns[22] == "state"
    row = next(r for r in table_of(analysis) if float(r["s_mm"]) == 40.0)
    assert row["state"] == "auto" and row["calcium_clock"] and float(row["eccentricity"]) > 0
    assert row["calcium_depth_class"] in ("superficial", "deep", "uncertain")


def test_a_section_without_calcium_has_an_empty_clock_and_depth(analysis):
    row = table_of(analysis)[10]
    assert row["calcium_clock"] == row["calcium_depth"] == row["eccentricity"] == row["calcium_depth_class"] == ""


def test_changed_sections_and_stents_are_marked_in_the_table(analysis):
    sections = with_stent(without_calcium_at(analysis.sections["RCA"], 40.0, np.pi), 60.0, 64.0)
    states = {float(r["s_mm"]): r for r in table_of(with_sections(analysis, sections))}
    assert states[40.0]["state"] == "edited" and float(states[40.0]["calcium_area_mm2"]) == 0.0
    assert states[62.0]["state"] == "stent" and states[62.0]["calcium_area_mm2"] == ""
    assert states[20.0]["state"] == "auto"


def test_without_details_the_agreed_part_is_still_written(analysis):
    bare = replace(analysis, details={})
    assert table_of(bare)[5]["calcium_clock"] == ""
    value = json.loads(json_text(occlusions_object(bare)))
    assert value["lesions"] == [] and value["occlusions"][0]["zone_details"] == {}
    assert unrolled_figure(bare, bare.target) is None and lesion_rows(bare) == []


def test_the_figure_shows_three_maps_and_says_stent_where_one_lies(analysis):
    plain = unrolled_figure(analysis, analysis.target)
    assert plain.count(b"<image") >= 3 and b"stent" not in plain
    marked = with_sections(analysis, with_stent(analysis.sections["RCA"], 36.0, 44.0))
    assert b"stent, not measured" in unrolled_figure(marked, marked.target)


def test_the_report_names_every_change_and_who_made_it(analysis):
    plan = set_threshold(
        analysis.plan, vessel="RCA", start_mm=(0.0, 0.0, 0.0), end_mm=(1.0, 0.0, 0.0), threshold_hu=600.0, said=SAID
    )
    plan = mark_stent(plan, vessel="RCA", start_mm=(0.0, 0.0, 0.0), end_mm=(1.0, 0.0, 0.0), said=SAID)
    rows = detail_pages(replace(analysis, plan=plan))["section_edits"]
    assert "calcium by threshold, 600 HU (Dr. A, 2026-01-02)" in rows[0][1]
    assert "stent, not measured" in rows[1][1]


@pytest.mark.parametrize(("degrees", "text"), [(0, "12:00"), (90, "3:00"), (195, "6:30"), (359, "12:00"), (350, "11:30")])
def test_the_clock_is_told_to_the_half_hour(degrees, text):
    assert clock_text(degrees) == text


def test_a_window_is_told_with_both_intervals():
    window = FreeWindow(10.0, 15.5, 270.0, 30.0, Estimate(2.0, 6.0, 8.0), Estimate(80.0, 120.0, 150.0))
    assert window_text(window) == "10.0-15.5 mm, 9:00 to 1:00: length 6.0 mm (2.0-8.0), arc 120 deg (80-150)"
