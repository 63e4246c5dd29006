"""Every file that leaves the program says whose results it holds; absent is said to be absent."""

import csv
import json
from dataclasses import replace

import pikepdf
import pydicom
import pytest

from planner.plan import Plan, SeriesRef
from planner.report.dicom.source import identified as identified_object
from planner.report.identity_fields import COLUMNS, identified, identified_csv
from planner.report.output_folder import OWN_FILES
from recon.volume import Identity

ANONYMOUS = {"log.jsonl", "angle-card.png"}
"""The log is made to be sent with a fault; the picture is the page of angle-card.pdf."""


def of(analysis, outputs, name: str) -> dict[str, str]:
    """Name, ID, birth date and study date as a file states them."""
    path = outputs / name
    if name == "plan.json":
        series = json.loads(path.read_text(encoding="utf-8"))["series"]
        return {k: series[k] for k in ("patient_name", "patient_id", "birth_date", "study_date")}
    if name.endswith(".json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        patient, study = content["patient"], content["study"]
        return {
            "patient_name": patient["name"],
            "patient_id": patient["id"],
            "birth_date": patient["birth_date"].replace("-", ""),
            "study_date": study["date"].replace("-", ""),
        }
    if name.endswith(".csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert rows
        (only,) = {tuple(row[column] for column in COLUMNS) for row in rows}
        row = dict(zip(COLUMNS, only, strict=True))
        return {k: row[k].replace("-", "") if "date" in k else row[k] for k in row if k != "sex"}
    instance = pydicom.dcmread(path)
    return {
        "patient_name": str(instance.PatientName),
        "patient_id": instance.PatientID,
        "birth_date": instance.PatientBirthDate,
        "study_date": instance.StudyDate,
    }


def test_every_file_says_whose_results_it_holds(analysis, outputs) -> None:
    who = analysis.volume.identity
    wanted = {"patient_name": who.patient_name, "patient_id": who.patient_id, "birth_date": who.birth_date}
    named = [name for name in OWN_FILES if name not in ANONYMOUS and not name.endswith(".pdf") and (outputs / name).exists()]
    assert len(named) >= 12
    for name in named:
        assert of(analysis, outputs, name) == wanted | {"study_date": who.study_date}, name


@pytest.mark.parametrize("name", ["report.pdf", "angle-card.pdf"])
def test_the_title_of_each_document_names_the_patient_number(analysis, outputs, name) -> None:
    with pikepdf.open(outputs / name) as document:
        assert analysis.volume.identity.patient_id in str(document.docinfo["/Title"])


def test_what_the_images_do_not_state_is_null_not_empty() -> None:
    content = identified({"schema": 1, "vessels": []}, Identity(patient_id="P1", birth_date="19500102", study_time="101500"))
    assert list(content) == ["schema", "patient", "study", "vessels"]
    assert content["patient"] == {"name": None, "id": "P1", "birth_date": "1950-01-02", "sex": None}
    assert content["study"]["time"] == "101500"
    assert content["study"]["referring_physician"] is None


def test_a_name_with_a_comma_stays_one_cell() -> None:
    text = identified_csv("a,b\n1,2\n", Identity(patient_name='Muster, "A"^B', patient_id="P1"))
    (row,) = csv.DictReader(text.splitlines())
    assert (row["a"], row["b"], row["patient_name"], row["patient_id"], row["study_date"]) == (
        "1",
        "2",
        'Muster, "A"^B',
        "P1",
        "",
    )


@pytest.mark.parametrize(
    ("time", "study", "kept"),
    [("101500.25", "ST1", ("101500.25", "ST1")), ("noon", "x" * 20, ("", "")), ("1", "a\\b", ("", ""))],
)
def test_study_time_and_number_go_into_the_objects_only_as_the_standard_has_them(analysis, time, study, kept) -> None:
    who = replace(analysis.volume.identity, study_time=time, study_id=study, referring_physician="Refer^R")
    dataset = identified_object(replace(analysis.volume, identity=who))
    assert (dataset.StudyTime, dataset.StudyID) == kept
    assert str(dataset.ReferringPhysicianName) == "Refer^R"


def test_a_plan_names_its_phase() -> None:
    assert Plan(SeriesRef("1.2.3")).stack.key == ""
