"""Exported copies hold nothing of the patient, stay usable, belong together and say what was done."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import JPEGLSLossless

from recon.deidentify import Deidentified, deidentify
from recon.dicom.cleaning import pseudonym
from recon.dicom.confidentiality import RETAINED, Action, action_for, standard_table
from recon.errors import IntakeError, OutputError
from recon.intake import load_volume
from recon.report import Cancelled, silent
from tests.recon.dicom.ct_files import Series, ball_errors_mm, dataset, save

SECRETS = {
    "PatientName": "Sonderegger^Annemarie",
    "PatientID": "KSB-4471982",
    "PatientBirthDate": "19410203",
    "StudyDate": "20251119",
    "AccessionNumber": "ACC9917345",
    "ReferringPhysicianName": "Zurbriggen^Otto",
    "InstitutionName": "Kantonsspital Beispiel",
    "DeviceSerialNumber": "SN-88123",
    "StudyDescription": "Herz-CT Frau Sonderegger",
    "ProtocolName": "CTO Sonderegger",
    "PatientComments": "wohnt in Oberdorf",
    "FrameOfReferenceUID": "1.2.756.99.1",
    "StudyInstanceUID": "1.2.756.99.2",
}
SERIES_UID = "1.2.756.99.3"


def source(folder: Path, syntax: str = Series().syntax, count: int = 6) -> list[Path]:
    """A series full of secrets: top level, nested, private, in free text."""
    named = {**SECRETS, "SeriesDescription": "CorCTA Sonderegger 75 %", "PatientAge": "084Y", "PatientWeight": 71}
    place = {"BodyPartExamined": "HEART", "PatientPosition": "HFS", "PositionReferenceIndicator": ""}
    series = Series(count=count, syntax=syntax, series_uid=SERIES_UID, tags={**named, **place})
    paths = []
    for k, position in enumerate(series.grid()[0]):
        ds = dataset(series, position, k + 1)
        inner = Dataset()
        inner.ReferencedSOPClassUID, inner.ReferencedSOPInstanceUID = ds.SOPClassUID, "1.2.756.99.77"
        inner.PatientName = "Sonderegger^Annemarie"
        ds.SourceImageSequence = Sequence([inner])
        request = Dataset()
        request.RequestedProcedureDescription = "Sonderegger, bitte CT"
        ds.RequestAttributesSequence = Sequence([request])
        private = ds.private_block(0x0029, "GEHEIM 01", create=True)
        private.add_new(1, "LO", "Sonderegger")
        ds.add_new(0x00181016, "LO", "secret capture maker")
        ds.AcquisitionDateTime = "20251119101500"
        ds.ImageComments = "MUSTER: Sonderegger"
        ds.file_meta.SourceApplicationEntityTitle = "SONDEREGGER"
        ds.preamble = b"Sonderegger".ljust(128, b"\0")
        paths.append(save(ds, folder / f"Sonderegger_{k}.dcm"))
    return paths


def export(tmp_path: Path, key: str = "project", name: str = "out") -> Deidentified:
    return deidentify(tmp_path / "in", tmp_path / name, key, False, silent)


def traces() -> list[bytes]:
    texts = {part for value in SECRETS.values() for part in (value, *value.replace("^", " ").split())}
    texts |= {SERIES_UID, "1.2.756.99.77", "Oberdorf", "GEHEIM", "20251119101500"}
    return [text.lower().encode() for text in texts if text.lower() not in ("cto", "in", "frau")]


@pytest.mark.parametrize("syntax", [Series().syntax, JPEGLSLossless])
def test_no_name_date_number_or_uid_is_left_byte_by_byte(tmp_path: Path, syntax: str) -> None:
    source(tmp_path / "in", syntax)
    for path in export(tmp_path).written:
        data = path.read_bytes().lower() + str(path.relative_to(tmp_path)).lower().encode()
        assert [trace for trace in traces() if trace in data] == []


def test_the_copies_are_the_same_ct(tmp_path: Path) -> None:
    source(tmp_path / "in", count=40)
    export(tmp_path)
    before, after = load_volume(tmp_path / "in", silent), load_volume(tmp_path / "out", silent)
    np.testing.assert_array_equal(after.hu, before.hu)
    assert max(ball_errors_mm(after).values()) < 0.1
    assert (after.acquisition.phase_pct, after.acquisition.kvp, after.acquisition.age_text) == (75, 100, "084Y")
    assert after.identity.patient_name.startswith(pseudonym("KSB-4471982", "project"))
    assert (after.identity.sex, after.identity.birth_date, after.identity.study_date) == ("F", "", "")


def test_the_copies_say_what_was_done(tmp_path: Path) -> None:
    source(tmp_path / "in")
    ds = pydicom.dcmread(export(tmp_path).written[0])
    assert ds.PatientIdentityRemoved == "YES"
    assert "PS3.15" in ds.DeidentificationMethod
    assert [c.CodeValue for c in ds.DeidentificationMethodCodeSequence] == ["113100", "113105", "113108"]
    assert ds.LongitudinalTemporalInformationModified == "REMOVED"


def test_one_key_gives_one_identity_and_another_key_an_unrelated_one(tmp_path: Path) -> None:
    source(tmp_path / "in")
    first, again, other = (export(tmp_path, key, name) for key, name in (("a", "1"), ("a", "2"), ("b", "3")))
    one, two, three = (pydicom.dcmread(result.written[0]) for result in (first, again, other))
    names = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")
    assert [one[n].value for n in names] == [two[n].value for n in names]
    assert all(one[n].value != three[n].value for n in names)
    assert one.SOPInstanceUID == one.file_meta.MediaStorageSOPInstanceUID
    references = {pydicom.dcmread(p).SourceImageSequence[0].ReferencedSOPInstanceUID for p in first.written}
    assert len(references) == 1
    assert references.pop().startswith("2.25.")


def test_a_dry_run_lists_what_would_be_done_and_writes_nothing(tmp_path: Path) -> None:
    source(tmp_path / "in")
    result = deidentify(tmp_path / "in", tmp_path / "out", "project", True, silent)
    assert (result.written, result.images) == ((), 6)
    assert not (tmp_path / "out").exists()
    actions = {row.tag: row.action for row in result.actions}
    assert actions["(0010,0010)"] == "replaced by the pseudonym"
    assert actions["(0008,0020)"] == "emptied"
    assert actions["(0020,000D)"] == "UID replaced"
    assert actions["(0029,1001)"] == "removed"
    assert "(0010,1010)" not in actions
    assert all(row.files == 6 for row in result.actions)
    assert "Sonderegger" not in repr(result)


def test_burned_in_text_and_other_objects_are_left_out_and_named(tmp_path: Path) -> None:
    source(tmp_path / "in")
    series = Series(count=1)
    save(dataset(series, series.grid()[0][0], 1, BurnedInAnnotation="YES"), tmp_path / "in" / "burned")
    report = dataset(series, series.grid()[0][0], 1, Modality="SR", SOPClassUID="1.2.840.10008.5.1.4.1.1.88.22")
    save(report, tmp_path / "in" / "sr")
    (tmp_path / "in" / "letter.pdf").write_bytes(b"%PDF")
    result = export(tmp_path)
    assert len(result.written) == 6
    reasons = {Path(name).name: why for name, why in result.left_out}
    assert "burned" in reasons["burned"]
    assert "SR" in reasons["sr"]
    assert reasons["letter.pdf"] == "not DICOM"


@pytest.mark.parametrize(
    ("stated", "born", "kept"), [("095Y", "19300101", "090Y"), ("", "19600611", "065Y"), ("", "", ""), ("011M", "", "011M")]
)
def test_age_is_kept_computed_when_absent_and_capped(tmp_path: Path, stated: str, born: str, kept: str) -> None:
    series = Series(count=2, tags={"PatientAge": stated, "PatientBirthDate": born, "StudyDate": "20260610"})
    for k, position in enumerate(series.grid()[0]):
        save(dataset(series, position, k), tmp_path / "in" / str(k))
    assert str(pydicom.dcmread(export(tmp_path).written[0]).get("PatientAge") or "") == kept


def test_short_numbers_of_the_patient_do_not_cost_the_geometry(tmp_path: Path) -> None:
    series = Series(count=3, tags={"PatientID": "1000", "StudyID": "0000"})
    for k, position in enumerate(series.grid()[0]):
        save(dataset(series, position, k), tmp_path / "in" / str(k))
    export(tmp_path)
    assert load_volume(tmp_path / "out", silent).hu.shape[0] == 3


def test_a_trace_that_stays_stops_the_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source(tmp_path / "in")
    monkeypatch.setattr("recon.dicom.cleaning._walk", lambda *arguments: None)
    with pytest.raises(OutputError, match="trace"):
        export(tmp_path)
    assert list(tmp_path.iterdir()) == [tmp_path / "in"]


@pytest.mark.parametrize("where", ["in/out", "in", "full"])
def test_copies_never_go_where_something_is(tmp_path: Path, where: str) -> None:
    source(tmp_path / "in")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("something")
    with pytest.raises(OutputError, match="empty folder"):
        export(tmp_path, name=where)


def test_cancelling_leaves_nothing_behind(tmp_path: Path) -> None:
    source(tmp_path / "in")

    def stop(fraction: float, text: str) -> None:
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        deidentify(tmp_path / "in", tmp_path / "out", "k", False, stop)
    assert list(tmp_path.iterdir()) == [tmp_path / "in"]


def test_an_empty_key_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(OutputError, match="key"):
        export(tmp_path, key="")
    with pytest.raises(IntakeError, match="no CT image"):
        export(tmp_path)


def test_the_table_follows_the_standard() -> None:
    assert len(standard_table()) > 600
    expected = {
        (0x00100030, "DA"): Action.EMPTY,
        (0x00080080, "LO"): Action.REMOVE,
        (0x00081070, "PN"): Action.REMOVE,
        (0x0008103E, "LO"): Action.REMOVE,
        (0x00080018, "UI"): Action.UID,
        (0x00181210, "SH"): Action.KEEP,
        (0x00200032, "DS"): Action.KEEP,
        (0x60003000, "OW"): Action.REMOVE,
        (0x00291010, "OB"): Action.REMOVE,
        (0x00082112, "SQ"): Action.ENTER,
        (0x00400275, "SQ"): Action.REMOVE,
    }
    assert {key: action_for(*key, multi_frame=False) for key in expected} == expected
    assert all(action_for(tag, "AS", multi_frame=False) is Action.KEEP for tag in RETAINED)


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="the DICOM validator is not installed")
def test_a_dicom_validator_finds_no_error(tmp_path: Path) -> None:
    source(tmp_path / "in")
    for path in export(tmp_path).written[:2]:
        said = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False).stderr
        assert [line for line in said.splitlines() if line.startswith("Error")] == []
