"""A subtraction in the result files and in the report, under its own name."""

import csv
import io
import json
from dataclasses import replace

from planner.report.detail_pages import detail_pages
from planner.report.subtraction import subtraction_csv
from planner.report.subtraction_figure import shown_vessel, subtraction_figure
from planner.subtraction_case import MISSED, NOT_MATCHED


def rows(analysis):
    return list(csv.DictReader(io.StringIO(subtraction_csv(analysis, analysis.subtraction))))


def test_one_row_a_section_and_empty_where_the_scans_do_not_match(analysis):
    table = rows(analysis)
    assert len(table) == len(analysis.sections["RCA"].s_mm)
    matched = [r for r in table if r["matched"] == "1"]
    other = [r for r in table if r["matched"] == "0"]
    assert all(r["noncontrast_calcium_area_mm2"] and r["subtracted_lumen_mm2"] for r in matched)
    assert all(not r["noncontrast_calcium_area_mm2"] and not r["contrast_left"] and r["grade"] == "D" for r in other)
    assert all(not r["noncontrast_calcium_arc_deg"] for r in table)


def test_the_measures_of_the_contrast_scan_stay_as_they_are(analysis, outputs):
    table = list(csv.DictReader((outputs / "sections.csv").read_text(encoding="utf-8").splitlines()))
    hidden = next(r for r in table if r["vessel"] == "RCA" and r["s_mm"] == "12.00")
    assert float(hidden["calcium_area_mm2"]) == 0.0
    beside = next(r for r in rows(analysis) if r["s_mm"] == "12.00")
    assert float(beside["noncontrast_calcium_area_mm2"]) == 1.2 and float(beside["contrast_scan_calcium_area_mm2"]) == 0.0


def test_the_summary_stands_in_the_file_of_the_scores(analysis, outputs):
    found = json.loads((outputs / "calcium-score.json").read_text(encoding="utf-8"))["subtraction"]
    (rca,) = found["vessels"]
    assert rca["vessel"] == "RCA" and rca["hidden_by_calcium_mm"]["none_seen"] > 0
    assert {r["kind"] for r in found["ranges"]} >= {MISSED, NOT_MATCHED}
    who = (outputs / "subtraction.csv").read_text(encoding="utf-8").splitlines()
    assert who[0].endswith("study_date") and analysis.volume.identity.patient_id in who[1]


def test_the_report_has_a_row_a_vessel_sentences_and_a_picture(analysis):
    details = detail_pages(analysis)
    assert details["subtraction"][0][0] == "RCA"
    assert any("calcium that the contrast scan does not show" in note for note in details["subtraction_notes"])
    assert shown_vessel(analysis) == "RCA"
    picture = subtraction_figure(analysis, "RCA").decode()
    assert "DIFFERENCE" in picture and "non-contrast scan" in picture


def test_without_a_subtraction_nothing_is_said(analysis):
    bare = replace(analysis, subtraction=None)
    details = detail_pages(bare)
    assert details["subtraction"] == [] and details["subtraction_notes"] == [] and shown_vessel(bare) is None
