import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import replace

import highdicom
import numpy as np
import pikepdf
import pydicom
import pytest

from planner.plan import Plan, SeriesRef
from planner.plan_json import PlanFileError, plan_from_json, plan_to_json
from planner.report import plan_from_pdf, write_outputs
from planner.report.detail_pages import detail_pages
from planner.report.dicom.segmentation import vessel_labels
from planner.report.dicom.source import identified
from planner.report.log import log_text
from recon.errors import PlannerError
from recon.report import Cancelled
from recon.volume import Acquisition, Identity

RESULTS = {
    "plan.json",
    "centerlines.json",
    "sections.csv",
    "occlusions.json",
    "scores.json",
    "views.json",
    "views.csv",
    "calcium-score.json",
    "subtraction.csv",
    "report.pdf",
    "log.jsonl",
}
CARD = {"angle-card.pdf", "angle-card.png"}
PICTURES = {"dicom/picture-1.dcm", "dicom/picture-2.dcm", "dicom/picture-3.dcm"}
OBJECTS = {"dicom/report.dcm", "dicom/measurements.dcm", "dicom/segmentation.dcm"} | PICTURES


def written(folder):
    return {str(p.relative_to(folder).as_posix()) for p in folder.rglob("*") if p.is_file()}


def test_every_file_of_the_contract_is_written(outputs):
    assert written(outputs) == RESULTS | OBJECTS | CARD


def test_the_returned_paths_are_the_files(analysis_without_occlusion, tmp_path):
    paths = write_outputs(analysis_without_occlusion, tmp_path / "out")
    assert {p.relative_to(tmp_path / "out").as_posix() for p in paths} == written(tmp_path / "out")


def test_a_case_without_occlusion_has_a_report_but_no_segmentation(analysis_without_occlusion, tmp_path):
    write_outputs(analysis_without_occlusion, tmp_path)
    assert "dicom/segmentation.dcm" not in written(tmp_path)
    assert "report.pdf" in written(tmp_path)
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert any(entry["event"] == "note" and "no occlusion" in entry["text"] for entry in log)


def test_plan_and_images_of_two_patients_are_never_written_together(analysis, tmp_path):
    other = replace(analysis.plan, series=replace(analysis.plan.series, patient_id="PH-0013"))
    with pytest.raises(PlannerError, match="another patient"):
        write_outputs(replace(analysis, plan=other), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_cancelling_writes_nothing(analysis, tmp_path):
    def stop(fraction, text):
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_outputs(analysis, tmp_path / "out", stop)
    assert list(tmp_path.iterdir()) == []


def test_the_log_says_what_ran_and_names_nobody(outputs):
    text = (outputs / "log.jsonl").read_text(encoding="utf-8")
    entries = [json.loads(line) for line in text.splitlines()]
    words = re.sub(r"[0-9a-f]{32,}", "", text)  # a fingerprint may hold any four digits
    assert "Phantom" not in words and "PH-0012" not in words and "1955" not in words
    assert entries[0]["event"] == "program" and entries[0]["libraries"]["numpy"] == np.__version__
    assert [e["name"] for e in entries if e["event"] == "step"] == ["tree", "sections"]
    stated = {e["name"]: e["sha256"] for e in entries if e["event"] == "file"}
    assert stated["views.csv"] == hashlib.sha256((outputs / "views.csv").read_bytes()).hexdigest()


def test_a_name_inside_a_finding_is_cut_out_of_the_log(analysis):
    finding = replace(analysis.findings[0], where="/data/Phantom_PH-0012/slice 3")
    assert "PH-0012" not in log_text(replace(analysis, findings=(finding,)), (), "2026-11-21T09:30:00+00:00")


def test_the_report_gives_the_plan_back(outputs, analysis):
    assert plan_from_pdf(outputs / "report.pdf") == analysis.plan
    assert plan_from_json((outputs / "plan.json").read_text(encoding="utf-8")) == analysis.plan


def _with_attachment(source, target, content):
    with pikepdf.open(source) as document:
        del document.attachments["plan.json"]
        if content is not None:
            document.attachments["plan.json"] = content
        document.save(target)


def test_a_plan_changed_inside_the_report_is_refused(outputs, analysis, tmp_path):
    changed = plan_to_json(replace(analysis.plan, notes="changed later")).encode()
    _with_attachment(outputs / "report.pdf", tmp_path / "changed.pdf", changed)
    with pytest.raises(PlanFileError, match="changed after"):
        plan_from_pdf(tmp_path / "changed.pdf")


def test_a_pdf_without_a_plan_and_a_file_that_is_no_pdf_are_refused(outputs, tmp_path):
    _with_attachment(outputs / "report.pdf", tmp_path / "bare.pdf", None)
    with pytest.raises(PlanFileError, match="no plan"):
        plan_from_pdf(tmp_path / "bare.pdf")
    (tmp_path / "not.pdf").write_bytes(b"hello")
    with pytest.raises(PlanFileError, match="cannot be opened"):
        plan_from_pdf(tmp_path / "not.pdf")
    with pytest.raises(PlanFileError, match="cannot be opened"):
        plan_from_pdf(tmp_path / "absent.pdf")


def test_the_report_claims_pdf_a_3_and_embeds_all_its_fonts(outputs):
    with pikepdf.open(outputs / "report.pdf") as document:
        with document.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "B")
        assert document.Root.AF[0].AFRelationship == "/Source"
        fonts = [
            descendant.FontDescriptor
            for item in document.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Subtype") == "/Type0"
            for descendant in item.DescendantFonts
        ]
        assert fonts and all("/FontFile3" in f or "/FontFile2" in f for f in fonts)


def test_every_dicom_object_belongs_to_the_patient_and_study_of_the_source(outputs, analysis):
    who = analysis.volume.identity
    for name in OBJECTS:
        instance = pydicom.dcmread(outputs / name)
        assert (str(instance.PatientName), instance.PatientID) == (who.patient_name, who.patient_id)
        assert (instance.PatientBirthDate, instance.PatientSex) == (who.birth_date, who.sex)
        assert instance.StudyInstanceUID == who.study_uid
        assert instance.SeriesInstanceUID != who.series_uid


def test_the_encapsulated_report_is_the_report(outputs):
    instance = pydicom.dcmread(outputs / "dicom" / "report.dcm")
    content = (outputs / "report.pdf").read_bytes()
    assert instance.EncapsulatedDocument[: instance.EncapsulatedDocumentLength] == content
    assert len(instance.SourceInstanceSequence) == 75


def test_the_measurements_come_back_from_the_structured_report(outputs):
    report = highdicom.sr.srread(outputs / "dicom" / "measurements.dcm")
    groups = report.content.get_image_measurement_groups()
    named = {g.tracking_identifier: g for g in groups}
    lengths = [m for m in named["RCA-1"].get_measurements() if m.name.value == "408716009"]
    assert sorted(float(m.value) for m in lengths) == [20.7, 22.0, 23.4]
    assert float(lengths[0].value) == 22.0 and lengths[0].unit.value == "mm"
    arcs = [m for m in named["RCA-1 body"].get_measurements() if m.name.value == "122355"]
    assert float(arcs[0].value) == 300.0
    view = {m.name.value: float(m.value) for m in named["RCA-1 body view 1"].get_measurements()}
    stated = json.loads((outputs / "views.json").read_text())["targets"][1]["views"][0]
    assert (view["112011"], view["112012"]) == (stated["primary_deg"], stated["secondary_deg"])
    totals = {m.name.value for m in named["RCA-1 CT-derived J-CTO Fujino 2018"].get_measurements()}
    assert totals == {"SCORE_LOW", "SCORE_HIGH"}


def test_private_codes_are_only_used_under_the_private_scheme(outputs):
    report = pydicom.dcmread(outputs / "dicom" / "measurements.dcm")
    schemes = {
        element.value
        for element in report.iterall()
        if element.keyword == "CodingSchemeDesignator" and element.value.startswith("99")
    }
    assert schemes == {"99CTOPLAN"}
    assert [s.CodingSchemeDesignator for s in report.CodingSchemeIdentificationSequence] == ["99CTOPLAN"]


def test_the_segmentation_lies_where_the_vessel_is(outputs, analysis):
    read = highdicom.seg.segread(outputs / "dicom" / "segmentation.dcm")
    volume = read.get_volume(combine_segments=True)
    line = analysis.tree.vessel("RCA").centerline

    def label_at(s_mm, r_mm=0.0, theta=0.0):
        point = line.to_mm(s_mm, theta, r_mm)
        index = volume.map_reference_to_indices(np.array([point]), round_output=True)[0]
        return int(volume.array[tuple(index)])

    assert label_at(15.0) == 1
    assert label_at(48.0) == 2
    assert label_at(40.0, 1.2, np.pi) == 3
    assert label_at(60.0) == 1


def test_no_lumen_is_labelled_between_the_caps(analysis):
    vessel, sections = analysis.tree.vessel("RCA"), analysis.sections["RCA"]
    wrongly_open = replace(
        sections, lumen_open=np.ones_like(sections.lumen_open), lumen_r_mm=np.full((len(sections.s_mm), 72), 1.5)
    )
    labels, grid = vessel_labels(analysis.volume.geometry, vessel, wrongly_open, (30.0, 52.0))
    s_mm, _, _ = vessel.centerline.locate(grid.points_mm(np.argwhere(labels == 1)))
    assert not np.any((s_mm > 30.0) & (s_mm < 52.0)) and len(s_mm) > 50


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="the DICOM validator is not installed")
@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_the_dicom_validator_finds_no_error(outputs, name):
    told = subprocess.run(["dciodvfy", str(outputs / name)], capture_output=True, text=True, check=False)
    assert [line for line in (told.stdout + told.stderr).splitlines() if line.startswith("Error")] == []


def test_a_source_without_dicom_identity_is_skipped_with_a_reason(analysis_without_occlusion, tmp_path):
    plain = analysis_without_occlusion
    volume = replace(plain.volume, identity=Identity(), acquisition=Acquisition())
    write_outputs(replace(plain, volume=volume, plan=Plan(series=SeriesRef(""))), tmp_path)
    assert written(tmp_path) == RESULTS
    assert "not a DICOM series" in (tmp_path / "log.jsonl").read_text()


def test_identity_that_breaks_the_standard_is_copied_as_far_as_it_can_be_read(analysis):
    odd = replace(analysis.volume.identity, birth_date="born 1955", patient_name="Müller^Ana", sex="?")
    header = identified(replace(analysis.volume, identity=odd))
    assert (str(header.PatientName), header.PatientBirthDate, header.PatientSex) == ("Müller^Ana", "", "")
    assert header.PatientID == "PH-0012"


def test_the_scores_of_a_non_contrast_scan_stand_in_their_file_and_in_the_report(analysis, outputs, tmp_path):
    value = json.loads((outputs / "calcium-score.json").read_text(encoding="utf-8"))
    assert value["total"]["agatston"] == {"low": 400.0, "best": 480.0, "high": 600.0}
    assert value["patient"]["id"] == analysis.volume.identity.patient_id
    details = detail_pages(analysis)
    assert details["noncontrast"][-1][:2] == ["all arteries", "480 (400-600)"]
    write_outputs(replace(analysis, noncontrast=None), tmp_path)
    assert not (tmp_path / "calcium-score.json").exists() and not (tmp_path / "subtraction.csv").exists()
