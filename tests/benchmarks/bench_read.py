"""Read 300 slices of 512 x 512 into one volume, against SimpleITK's series reader."""

import numpy as np
import pydicom
import pytest
import SimpleITK
from pydicom.dataset import FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from recon.intake import load_volume
from recon.report import silent

SLICES, SIZE = 300, 512


def _slice(index, series_uid, study_uid, frame_uid, pixels):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    data = pydicom.Dataset()
    data.file_meta = meta
    data.SOPClassUID, data.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
    data.Modality, data.PatientID, data.PatientName = "CT", "BENCH", "Bench^Mark"
    data.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    data.StudyInstanceUID, data.SeriesInstanceUID, data.FrameOfReferenceUID = study_uid, series_uid, frame_uid
    data.InstanceNumber = index + 1
    data.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    data.ImagePositionPatient = [-100.0, -100.0, 0.5 * index]
    data.PixelSpacing, data.SliceThickness = [0.39, 0.39], 0.5
    data.RescaleSlope, data.RescaleIntercept = 1, -1024
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.Rows = data.Columns = SIZE
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 12, 11, 0
    data.PixelData = pixels.tobytes()
    return data


@pytest.fixture(scope="module")
def series_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("series")
    uids = [generate_uid() for _ in range(3)]
    noise = np.random.default_rng(1).integers(900, 1400, (8, SIZE, SIZE), dtype=np.uint16)
    for index in range(SLICES):
        _slice(index, *uids, noise[index % 8]).save_as(folder / f"{SLICES - index:04d}.dcm", enforce_file_format=True)
    return folder


def _simpleitk(folder):
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    return SimpleITK.GetArrayFromImage(reader.Execute())


def test_read_300_uncompressed_slices(versus, series_folder):
    ours, usual = versus(
        "read 300 x 512 x 512, uncompressed",
        ours=lambda: load_volume(series_folder, silent).hu,
        usual=lambda: _simpleitk(series_folder),
        usual_name="SimpleITK ImageSeriesReader",
        budget_s=1.0,
    )
    np.testing.assert_array_equal(ours, usual)
