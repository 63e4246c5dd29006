import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from planner.occlusion import Flag
from planner.plan import Plan
from planner.report.cut_picture import cut_picture
from planner.report.detail_pages import detail_pages, range_text
from planner.report.front_page import date_text, front_page, identity_texts, person_text, view_row
from planner.report.section_figure import shown_sections
from planner.report.vessel_figure import DOUBTFUL, calcium_plane_deg, strip_figure
from planner.scores.score import Published
from planner.view_picture import angiogram, view_frame
from planner.views import View
from recon.carm import CArm
from recon.volume import Finding, Identity


@pytest.mark.parametrize(
    ("dicom", "shown"),
    [
        ("Müller^Ana^Maria", "Müller, Ana Maria"),
        ("Anonymous", "Anonymous"),
        ("^Ana", "Ana"),
        ("Yamada^Tarou=山田^太郎", "Yamada, Tarou"),
        ("", ""),
    ],
)
def test_names_are_shown_family_first(dicom, shown):
    assert person_text(dicom) == shown


@pytest.mark.parametrize(("dicom", "shown"), [("19550131", "1955-01-31"), ("1955", "1955"), ("", "")])
def test_dates_are_shown_year_first_or_as_they_are(dicom, shown):
    assert date_text(dicom) == shown


def test_absent_identity_is_said_to_be_absent():
    assert set(identity_texts(Identity()).values()) == {"no name in the images", "no ID in the images", "not stated"}


def test_the_first_page_names_the_patient_the_vessel_and_four_answers(analysis):
    page = front_page(analysis)
    assert page["identity"]["name"] == "Phantom, Right" and page["identity"]["patient_id"] == "PH-0012"
    assert page["headline"] == "RCA: total occlusion on CT"
    assert "not yet confirmed as CTO" in page["subline"]
    assert [a["question"] for a in page["answers"]] == ["Cap", "Course", "Calcium", "Length"]
    assert all(a["state"] == "auto" for a in page["answers"])


def test_a_case_without_occlusion_says_so_and_what_was_followed(analysis_without_occlusion):
    whole = replace(analysis_without_occlusion, tree=replace(analysis_without_occlusion.tree, problems=()))
    page = front_page(whole)
    assert page["headline"] == "No total occlusion found on CT"
    assert page["subline"] == "Followed: RCA, LAD and 1 branches."
    assert page["scores"] == [] and page["views"] == []
    assert page["open"] == ["A reader has to agree that no vessel is occluded."]


def test_the_title_claims_nothing_for_a_vessel_that_was_not_followed(analysis_without_occlusion):
    assert analysis_without_occlusion.tree.problems
    title = front_page(analysis_without_occlusion)["headline"]
    assert title == "No total occlusion in what was followed; not all vessels were"


def test_what_is_not_confirmed_or_not_known_is_listed(analysis):
    text = " ".join(front_page(analysis)["open"])
    for part in ("Is it a CTO", "proximal cap blunt", "previous failed attempt", "No reader", "Calcium fills the section"):
        assert part in text


def test_confirmed_things_leave_the_list(analysis):
    found = analysis.occlusions[0]
    cap = replace(found.proximal_cap, morphology_state="confirmed")
    done = replace(found, confirmed_cto=True, proximal_cap=cap, flags=(Flag("x", "Seen.", (1.0, 2.0), "confirmed"),))
    page = front_page(replace(analysis, occlusions=(done,), plan=replace(analysis.plan, reader="Dr. A")))
    text = " ".join(page["open"])
    assert "Is it a CTO" not in text and "proximal cap" not in text and "No reader" not in text and "Seen" not in text
    assert "confirmed as CTO by the reader" in page["subline"]


def test_findings_that_block_measurement_come_first_and_none_is_lost_in_silence(analysis):
    plain = analysis.findings[0]
    blocking = Finding("gap", "slices 10-14", "Five slices are missing.", "No lengths there.", "Scan again.", True)
    page = front_page(replace(analysis, findings=(*[plain] * 9, blocking)))
    assert page["notices"][0].startswith("Five slices")
    assert len(page["notices"]) == 5 and page["notices"][-1] == "and 7 more on the pages behind"


def test_another_scan_position_is_a_notice(analysis):
    turned = replace(analysis.volume, acquisition=replace(analysis.volume.acquisition, patient_position="FFS"))
    assert "FFS" in front_page(replace(analysis, volume=turned))["notices"][0]


def test_an_unknown_item_makes_a_range_and_a_published_value_nobody_verified_is_not_shown(analysis):
    page = front_page(analysis)
    assert page["scores"][0]["total"] == "3-5 of 5" and page["scores"][0]["parts"][-1] == "unknown"
    assert page["scores"][0]["parts"][2] == "borderline"
    shown = detail_pages(analysis)["occlusions"][0]["scores"][0]["published"][0]
    assert "not verified" in shown


def test_a_recalled_figure_is_labelled_unverified(analysis):
    score = replace(analysis.scores.scores[0], published=(Published("crossing", 88.0, "494 lesions", False, "K"),))
    changed = replace(analysis, scores=replace(analysis.scores, scores=(score,)))
    assert detail_pages(changed)["occlusions"][0]["scores"][0]["published"] == ["crossing: 88 % (494 lesions, unverified)"]


def test_left_and_right_of_a_view_are_written_out():
    row = view_row(1, View(-40.0, 12.0, 1.4, 0.2, True, False, (-50.0, -20.0), (-4.0, 20.0)))
    assert row["angles"] == "RAO 40 CRA 12"
    assert row["primary_range"] == "RAO 50 to RAO 20" and row["secondary_range"] == "CAU 4 to CRA 20"
    mirrored = view_row(1, View(40.0, 12.0, 1.4, 0.2, True, False, (20.0, 50.0), (-4.0, 20.0)))
    assert mirrored["angles"] == "LAO 40 CRA 12" and mirrored["primary_range"] == "LAO 20 to LAO 50"


def test_a_single_place_is_written_once():
    assert range_text((55.0, 55.02)) == "55.0 mm" and range_text((30.0, 52.0)) == "30.0-52.0 mm"


def test_the_straightened_view_is_cut_through_the_calcium(analysis):
    plane = calcium_plane_deg(analysis.target, analysis.sections["RCA"])
    assert min(abs(plane - 180.0), plane) <= 30.0


def test_shown_sections_are_apart_and_hold_caps_and_most_calcium(analysis):
    shown = shown_sections(analysis.target, analysis.sections["RCA"])
    titles = [s.title for s in shown]
    assert titles[:3] == ["Proximal cap", "Most calcium", "Distal cap"]
    assert shown[1].s_mm == pytest.approx(40.0)
    gaps = np.diff(sorted(s.s_mm for s in shown))
    assert gaps.min() >= 1.0


@pytest.mark.parametrize("angles", [(0.0, 0.0), (-60.0, 20.0), (45.0, -40.0), (90.0, 0.0)])
def test_the_picture_of_a_view_holds_the_occlusion_and_shows_it_empty(analysis, angles):
    frame = view_frame(analysis, analysis.target, angles, CArm(), pixels=200)
    line = analysis.tree.vessel("RCA").centerline
    rows, columns, _ = frame.pixels(line.between(30.0, 52.0))
    assert rows.min() > 0 and rows.max() < 199 and columns.min() > 0 and columns.max() < 199
    picture = angiogram(replace(analysis, tree=replace(analysis.tree, vessels=(analysis.tree.vessel("RCA"),))), frame)
    row, column, _ = frame.pixels(line.at(41.0)[0])
    assert picture[round(float(row)), round(float(column))] == 1.0
    row, column, _ = frame.pixels(line.at(20.0)[0])
    assert picture[round(float(row)), round(float(column))] < 0.5


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_every_page_carries_the_patient_and_the_limits(outputs):
    text = subprocess.run(
        ["pdftotext", "-layout", str(outputs / "report.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout
    pages = text.split("\f")[:-1]
    assert len(pages) >= 4
    for page in pages:
        assert "Phantom, Right" in page and "PH-0012" in page and "1955-01-01" in page
        assert "Research use. Not a medical device." in page


def test_a_plan_without_facts_says_nothing_was_stated(analysis):
    assert detail_pages(analysis)["facts"] == [["age years", "71"]]
    assert detail_pages(replace(analysis, plan=Plan(series=analysis.plan.series)))["facts"] == []


def test_a_name_the_font_lacks_is_a_notice_and_a_long_one_is_cut_visibly(analysis):
    who = replace(analysis.volume.identity, patient_name="患者^一")
    assert (
        "compare it with the images" in front_page(replace(analysis, volume=replace(analysis.volume, identity=who)))["notices"][0]
    )
    assert identity_texts(replace(who, patient_name="A" * 80))["name"] == "A" * 41 + "..."


@pytest.mark.parametrize("clock_deg", [0.0, 60.0, 90.0, 170.0])
def test_a_cut_shows_its_clock_hour_up_and_the_ostium_left(analysis, clock_deg):
    line = analysis.tree.vessel("RCA").centerline
    hu = np.full(analysis.volume.hu.shape, -100, dtype=np.int16)
    k, j, i = np.round(analysis.volume.geometry.index_kji(line.to_mm(20.0, np.radians(clock_deg), 3.0))).astype(int)
    hu[k - 1 : k + 2, j - 1 : j + 2, i - 1 : i + 2] = 1500
    picture = cut_picture(replace(analysis.volume, hu=hu), line, clock_deg, 6.0)
    row, column = np.argwhere(picture > 700).mean(axis=0)
    assert (row - picture.shape[0] / 2) * 0.1 == pytest.approx(3.0, abs=1.0)
    assert column * 0.1 == pytest.approx(20.0, abs=1.5)


def test_where_calcium_hides_the_lumen_the_strip_says_that_an_occlusion_is_not_excluded(analysis_without_occlusion):
    plain, vessel = analysis_without_occlusion, analysis_without_occlusion.tree.vessel("RCA")
    assert DOUBTFUL.encode() not in strip_figure(plain, vessel)
    assert DOUBTFUL.encode() in strip_figure(replace(plain, not_excluded_mm={"RCA": ((12.0, 18.0),)}), vessel)
