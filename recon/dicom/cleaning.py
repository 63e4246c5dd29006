"""Identity out of one data set: every element, at every depth, by the table of `recon.dicom.confidentiality`."""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID

from recon.dicom.confidentiality import AGE_CEILING_YEARS, DEMANDED_BY_CT, METHODS, Action, action_for
from recon.dicom.phases import percent_in
from recon.dicom.slice_header import MULTI_FRAME_CLASSES

STANDARD_UIDS = "1.2.840.10008."
"""UIDs that begin so name things of the standard itself and identify nobody."""
SHORTEST_TRACE = 4
"""Shorter texts of the input (a single initial) are not searched for in the output: they occur by chance."""
LONG_NUMBER = 8
"""Shorter numbers are searched for in texts only."""

Row = tuple[int, str, str]
"""Tag number, attribute name and what is done with it."""

_TEXT_DUMMIES = {
    "DA": "19000101",
    "TM": "000000",
    "DT": "19000101000000",
    "AS": "000Y",
    "DS": "0",
    "IS": "0",
    "UR": "about:blank",
}
_DUMMIES: dict[str, Any] = {
    **_TEXT_DUMMIES,
    "OB": b"\0\0",
    "OW": b"\0\0",
    "UN": b"",
    "FL": 0,
    "FD": 0,
    "SL": 0,
    "SS": 0,
    "UL": 0,
    "US": 0,
}
_TEXT_VRS = ("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT")
_IDENTIFYING = (
    "PatientName", "PatientID", "OtherPatientIDs", "PatientBirthDate", "StudyDate", "SeriesDate", "AcquisitionDate",
    "ContentDate",
    "AccessionNumber", "ReferringPhysicianName", "PerformingPhysicianName", "OperatorsName", "StudyID", "InstitutionName",
    "InstitutionAddress", "StationName", "DeviceSerialNumber",
)  # fmt: skip


def replaced_uid(uid: str, key: str) -> str:
    """The UID that stands for `uid` in this project (PS3.5 section B.2, made from a keyed hash)."""
    digest = hmac.new(key.encode(), uid.encode(), hashlib.sha256).digest()[:16]
    return f"2.25.{int.from_bytes(digest, 'big')}"


def pseudonym(patient_id: str, key: str) -> str:
    """The name and ID that stand for a patient in this project."""
    return "CTO-" + hmac.new(key.encode(), b"patient:" + patient_id.encode(), hashlib.sha256).hexdigest()[:10].upper()


def clean(dataset: FileDataset, key: str) -> set[Row]:
    """Takes identity out of one data set, in place; what was done, each attribute once."""
    patient = pseudonym(str(dataset.get("PatientID") or dataset.get("PatientName") or ""), key)
    multi_frame = str(dataset.get("SOPClassUID", "")) in MULTI_FRAME_CLASSES
    age, phase = _age(dataset), percent_in(str(dataset.get("SeriesDescription", "")))
    texts = tuple(trace.decode("utf-8", "replace") for trace in traces_of(dataset))
    seen: set[Row] = set()

    def note(element: DataElement, action: Action) -> None:
        seen.add((int(element.tag), "private attribute" if element.tag.is_private else element.name, action.value))

    _walk(dataset, key, patient, multi_frame, texts, note)
    dataset.PatientID, dataset.PatientName = patient, f"{patient}^DEIDENTIFIED"
    if age:
        dataset.PatientAge = age
    if phase is not None:
        dataset.SeriesDescription = f"CT {phase:g} %"
    for tag in DEMANDED_BY_CT:
        if not multi_frame and tag not in dataset:
            dataset.add_new(tag, dictionary_VR(tag), None)
    _say_so(dataset)
    _new_meta(dataset)
    return seen


Note = Callable[[DataElement, Action], None]


def _walk(dataset: Dataset, key: str, patient: str, multi_frame: bool, texts: tuple[str, ...], note: Note) -> None:
    for element in list(_readable(dataset)):
        action = action_for(int(element.tag), element.VR, multi_frame)
        if action is Action.KEEP and _shows(element, texts):
            action = Action.REMOVE
        if action is Action.ENTER:
            for item in element.value or []:
                _walk(item, key, patient, multi_frame, texts, note)
        if action not in (Action.KEEP, Action.ENTER) and not (action is Action.UID and not _own_uid(element)):
            note(element, action)
        _apply(dataset, element, action, key, patient)


def _readable(dataset: Dataset) -> Iterator[DataElement]:
    """Elements whose value can be read; one that cannot is removed, as nobody can tell what it says."""
    for tag in list(dataset.keys()):
        try:
            yield dataset[tag]
        except Exception:  # the general parser raises almost anything on a damaged value; the value is removed
            del dataset[tag]


def _apply(dataset: Dataset, element: DataElement, action: Action, key: str, patient: str) -> None:
    if action is Action.REMOVE:
        del dataset[element.tag]
    elif action is Action.EMPTY:
        element.value = None
    elif action is Action.PSEUDONYM:
        element.value = patient
    elif action is Action.DUMMY:
        element.value = _DUMMIES.get(element.VR, "REMOVED")
    elif action is Action.UID and element.value:
        several = not isinstance(element.value, str)
        uids = list(element.value) if several else [element.value]
        changed = [uid if uid.startswith(STANDARD_UIDS) else replaced_uid(uid, key) for uid in uids]
        element.value = changed if several else changed[0]


def _own_uid(element: DataElement) -> bool:
    values = [element.value] if isinstance(element.value, str) else list(element.value or [])
    return any(not str(value).startswith(STANDARD_UIDS) for value in values)


def _shows(element: DataElement, texts: tuple[str, ...]) -> bool:
    """Whether a text that may stay repeats a name, number or date of the patient."""
    if element.VR not in _TEXT_VRS:
        return False
    value = str(element.value).lower()
    return any(text.lower() in value for text in texts)


def traces_of(dataset: Dataset) -> tuple[bytes, ...]:
    """Texts of the input that must not be found in the output: names and their parts, numbers, dates, own UIDs."""
    texts: set[str] = set()
    for name in _IDENTIFYING:
        value = str(dataset.get(name) or "")
        texts.update((value, *value.replace("^", " ").replace("=", " ").split()))
    uids = {str(e.value) for e in dataset.iterall() if e.VR == "UI" and isinstance(e.value, UID)}
    texts.update(uid for uid in uids if not uid.startswith(STANDARD_UIDS))
    kept = {str(dataset.get(name, "")) for name in ("Manufacturer", "ManufacturerModelName", "Modality", "BodyPartExamined")}
    return tuple(t.encode("utf-8", "replace") for t in sorted(texts) if len(t) >= SHORTEST_TRACE and t not in kept)


def _age(dataset: Dataset) -> str:
    """Age at the study as stated, else from the dates; very old people cannot be told apart by it."""
    stated = str(dataset.get("PatientAge") or "")
    years: int | None = int(stated[:3]) if stated[:3].isdigit() and stated.endswith("Y") else None
    born, seen = str(dataset.get("PatientBirthDate") or ""), str(dataset.get("StudyDate") or "")
    if not stated and len(born) == len(seen) == 8 and (born + seen).isdigit():
        try:
            years = (date.fromisoformat(seen) - date.fromisoformat(born)).days * 100 // 36525
        except ValueError:
            years = None
    if years is None:
        return stated if stated.endswith(("M", "W", "D")) else ""
    return f"{min(years, AGE_CEILING_YEARS):03d}Y"


def _say_so(dataset: FileDataset) -> None:
    """(0012,0062), (0012,0063), (0012,0064) and (0028,0303): that, how and what of time was changed."""
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = "PS3.15 Basic Profile, clean descriptors, age and sex kept"
    codes = []
    for value, meaning in METHODS:
        code = Dataset()
        code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, "DCM", meaning
        codes.append(code)
    dataset.DeidentificationMethodCodeSequence = Sequence(codes)
    dataset.LongitudinalTemporalInformationModified = "REMOVED"


def _new_meta(dataset: FileDataset) -> None:
    """File meta information of the copy alone: the original's names its sender."""
    syntax = dataset.file_meta.get("TransferSyntaxUID") or (dataset.original_encoding and _guessed(dataset))
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = dataset.SOPClassUID, dataset.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    dataset.file_meta, dataset.preamble = meta, b"\0" * 128


def _guessed(dataset: FileDataset) -> str:
    implicit, little = dataset.original_encoding
    return "1.2.840.10008.1.2" if implicit else "1.2.840.10008.1.2.1" if little else "1.2.840.10008.1.2.2"


def traces_left(dataset: Dataset, data: bytes, traces: tuple[bytes, ...]) -> bool:
    """Whether a trace is in the copy `data` of `dataset`; short numbers count in texts only: elsewhere they occur by chance."""
    numbers = tuple(t.decode() for t in traces if t.isdigit() and len(t) < LONG_NUMBER)
    others = [t for t in traces if not (t.isdigit() and len(t) < LONG_NUMBER)]
    return any(t in data for t in others) or any(_shows(element, numbers) for element in dataset.iterall())
