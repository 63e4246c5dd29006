"""Reports of cases that lack something, or hold texts nobody expected: they must still be set, and say what is missing."""

from dataclasses import replace

import numpy as np
import pytest

from planner.report.angle_card import angle_card_sources
from planner.report.dicom.export import dicom_files
from planner.report.document import pdf_of, pictures_of, report_sources
from planner.report.printable import missing_characters, printable, substituted
from planner.scores.score import ScoreSheet
from planner.settings import lab_profile
from planner.view_search import view_plan
from recon.report import silent
from recon.volume import Finding

NOW = "2026-11-21T09:30:00+00:00"
LAB = lab_profile("default")


def set_report(analysis):
    sources = report_sources(analysis, NOW, silent)
    pdf = pdf_of(sources)
    assert pdf.startswith(b"%PDF")
    return sources, pdf


def with_views(analysis):
    return replace(analysis, views=view_plan(analysis.tree, analysis.occlusions, analysis.sections, LAB))


def test_nothing_was_followed(analysis_without_occlusion):
    empty = replace(analysis_without_occlusion.tree, vessels=())
    bare = replace(analysis_without_occlusion, tree=empty, sections={}, physics=None)
    sources, pdf = set_report(bare)
    assert b"No coronary vessel could be followed" in sources["data.json"]
    assert "measurements.dcm" not in dicom_files(bare, pdf, [], NOW, silent)


def test_the_occluded_vessel_was_not_measured(analysis):
    unmeasured = with_views(replace(analysis, sections={}))
    _, pdf = set_report(unmeasured)
    pages = pictures_of(angle_card_sources(unmeasured, unmeasured.target, NOW), 1)
    assert pages[0].startswith(b"\x89PNG")
    assert "segmentation.dcm" not in dicom_files(unmeasured, pdf, pages, NOW, silent)


def test_two_occlusions_each_get_their_pages_and_measurements(analysis):
    first = analysis.occlusions[0]
    line = analysis.tree.vessel("LAD").centerline
    caps = [replace(cap, point_mm=tuple(line.at(s)[0])) for cap, s in ((first.proximal_cap, 20.0), (first.distal_cap, 26.0))]
    caps = [replace(c, s_mm=replace(c.s_mm, low=s - 1, best=s, high=s + 1)) for c, s in zip(caps, (20.0, 26.0), strict=True)]
    second = replace(first, id="LAD-1", vessel="LAD", proximal_cap=caps[0], distal_cap=caps[1], side_branches=())
    both = with_views(replace(analysis, occlusions=(first, second)))
    sources, _ = set_report(both)
    assert b"2 occlusions found" in sources["data.json"]
    assert len([name for name in sources if name.startswith("map-")]) == 8


def test_the_vessel_ends_at_the_distal_cap(analysis):
    found = analysis.occlusions[0]
    end = analysis.tree.vessel("RCA").centerline.length_mm
    far = replace(found.distal_cap, s_mm=replace(found.distal_cap.s_mm, low=end - 0.5, best=end - 0.1, high=end))
    cut = with_views(replace(analysis, occlusions=(replace(found, distal_cap=far, landing_zone=None),)))
    sources, _ = set_report(cut)
    assert b"no opened vessel found beyond the distal cap" in sources["data.json"]


def test_a_lab_that_reaches_no_view_has_none_listed(analysis):
    none = tuple(replace(t, views=(), ideal_reachable=False) for t in analysis.views.targets)
    blind = replace(analysis, views=replace(analysis.views, targets=none, wiring_pairs=()))
    sources, _ = set_report(blind)
    assert sources["data.json"]
    assert pdf_of(angle_card_sources(blind, blind.target, NOW)).startswith(b"%PDF")


def test_no_score_and_nothing_measured_in_a_zone(analysis):
    found = analysis.occlusions[0]
    hollow = {
        name: replace(z, max_csa_pct=None, mean_csa_pct=None, max_arc_deg=None, max_thickness_mm=None, volume_mm3=None)
        for name, z in found.calcium.items()
    }
    bare = replace(analysis, occlusions=(replace(found, calcium=hollow),), scores=ScoreSheet(()))
    sources, pdf = set_report(bare)
    assert b"not measured" in sources["data.json"]
    assert "measurements.dcm" in dicom_files(bare, pdf, [], NOW, silent)


def test_sections_that_could_not_be_measured_leave_gaps_not_zeros(analysis):
    sections = analysis.sections["RCA"]
    hole = np.where((sections.s_mm > 35) & (sections.s_mm < 45), np.nan, 1.0)
    band = sections.calcium_csa_pct
    torn = replace(band, low=band.low * hole, best=band.best * hole, high=band.high * hole)
    sources, _ = set_report(replace(analysis, sections=analysis.sections | {"RCA": replace(sections, calcium_csa_pct=torn)}))
    whole, _ = set_report(analysis)
    assert sources["vessel.svg"] != whole["vessel.svg"]


@pytest.mark.parametrize(
    "text", ["*bold* #panic() $x$ <a> @b [c] \\ `d`", "a" * 300, "Ünïcödé 患者 \U0001f600 \u0378", "line\nbreak"]
)
def test_texts_are_printed_as_they_are_and_never_run(analysis_without_occlusion, text):
    plain = analysis_without_occlusion
    who = replace(plain.volume.identity, patient_name=text, patient_id=text)
    finding = Finding(text, text, text, text, text)
    plan = replace(plain.plan, notes=text, reader=text)
    _, pdf = set_report(replace(plain, volume=replace(plain.volume, identity=who), findings=(finding,), plan=plan))
    assert pdf.rstrip().endswith(b"%%EOF")


def test_direction_and_control_characters_cannot_disguise_a_name():
    assert printable({"name": "Smith\u202ehtimS", "id": ["A\x00B\x1b", "two\nlines"]}) == {
        "name": "SmithhtimS",
        "id": ["AB", "two lines"],
    }


def test_characters_without_a_font_become_question_marks():
    assert substituted("Ünï 患 ok") == "Ünï ? ok"
    assert missing_characters("Müller, Ana 12.5 (3-4) %") == frozenset()
