"""The patient, study and source images that every exported DICOM object must carry unchanged."""

import re
from datetime import date, datetime

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    EnhancedCTImageStorage,
    ExplicitVRLittleEndian,
    generate_uid,
)

from planner.case import Analysis
from recon.volume import Volume

SOFTWARE = "CTO Planner"
MANUFACTURER = "CTO Planner team"
FIRST_SERIES_NUMBER = 9601
_TIME = re.compile(r"\d{2}([0-5]\d([0-5]\d(\.\d{1,6})?)?)?")
SERIES_OFFSETS = {"report": 0, "measurements": 1, "segmentation": 2, "pictures": 3}


def why_no_dicom(volume: Volume) -> str:
    """Why objects cannot be tied to the source; empty when they can."""
    if not volume.acquisition.sop_uids or not volume.identity.study_uid or not volume.identity.series_uid:
        return "DICOM objects were not written: the source is not a DICOM series with study, series and image UIDs."
    return ""


def source_images(volume: Volume) -> list[Dataset]:
    """One header a source image, without pixels: UIDs, identity and geometry as highdicom needs them."""
    uids = volume.acquisition.sop_uids
    spacing = volume.geometry.spacing_mm
    direction = volume.geometry.direction
    several_frames = len(uids) == 1 and volume.hu.shape[0] > 1
    images = []
    for number, uid in enumerate(uids):
        image = identified(volume)
        image.SOPClassUID = EnhancedCTImageStorage if several_frames else CTImageStorage
        image.SOPInstanceUID = uid
        image.SeriesInstanceUID = volume.identity.series_uid
        image.Modality = "CT"
        image.FrameOfReferenceUID = volume.geometry.frame_of_reference_uid
        image.PositionReferenceIndicator = ""
        image.InstanceNumber = number + 1
        image.Rows, image.Columns = volume.hu.shape[1:]
        image.PixelSpacing = [round(s, 6) for s in spacing[1:]]
        image.SliceThickness = round(spacing[0], 6)
        image.ImageOrientationPatient = [round(float(c), 8) for c in (*direction[:, 2], *direction[:, 1])]
        index = np.array([min(number, volume.hu.shape[0] - 1), 0, 0])
        image.ImagePositionPatient = [round(float(c), 5) for c in volume.geometry.points_mm(index)]
        images.append(image)
    return images


def identified(volume: Volume) -> Dataset:
    """Patient and study attributes, as in the source; absent ones are empty."""
    who = volume.identity
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientName = who.patient_name
    dataset.PatientID = who.patient_id
    dataset.PatientBirthDate = _date(who.birth_date)
    dataset.PatientSex = who.sex if who.sex in ("M", "F", "O") else ""
    dataset.StudyInstanceUID = who.study_uid
    dataset.StudyDate = _date(who.study_date)
    dataset.StudyTime = who.study_time if _TIME.fullmatch(who.study_time) else ""
    dataset.StudyID = who.study_id if len(who.study_id) <= 16 and "\\" not in who.study_id else ""
    dataset.ReferringPhysicianName = who.referring_physician
    dataset.AccessionNumber = who.accession_number
    return dataset


def _date(text: str) -> str:
    """A DICOM date; empty where the source has a text that is none, as no reader could take it."""
    try:
        return date.fromisoformat(text).strftime("%Y%m%d") if len(text) == 8 else ""
    except ValueError:
        return ""


def new_object(analysis: Analysis, sop_class: str, series: str, modality: str, description: str, now: str) -> Dataset:
    """An empty instance in a new series of the same study, with its file header."""
    dataset = identified(analysis.volume)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = sop_class
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = generate_uid()
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.SeriesInstanceUID = generate_uid()
    dataset.SeriesNumber = series_number(series)
    dataset.InstanceNumber = 1
    dataset.Modality = modality
    dataset.SeriesDescription = description
    dataset.Manufacturer = MANUFACTURER
    dataset.ManufacturerModelName = SOFTWARE
    dataset.SoftwareVersions = analysis.version
    moment = datetime.fromisoformat(now)
    dataset.ContentDate = dataset.InstanceCreationDate = moment.strftime("%Y%m%d")
    dataset.ContentTime = dataset.InstanceCreationTime = moment.strftime("%H%M%S")
    return dataset


def series_number(series: str) -> int:
    """The number of an exported series; out of the way of a scanner's."""
    return FIRST_SERIES_NUMBER + SERIES_OFFSETS[series]
