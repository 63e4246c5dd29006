"""List and read CT series: headers, ten phases, a second visit, and 300 compressed slices against SimpleITK."""

import gdcm
import jpeg_ls
import numpy as np
import openjpeg
import pydicom
import pytest
import SimpleITK
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, JPEG2000Lossless, JPEGLSLossless, RLELossless, generate_uid
from scipy import ndimage

from recon.dicom.scan import survey
from recon.intake import load_volume
from recon.report import silent

SLICES, SIZE = 300, 512


def _rle(pixels):
    frame = pydicom.Dataset()
    frame.file_meta = FileMetaDataset()
    frame.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    frame.SOPInstanceUID = generate_uid()
    frame.Rows, frame.Columns = pixels.shape
    frame.SamplesPerPixel, frame.PhotometricInterpretation = 1, "MONOCHROME2"
    frame.BitsAllocated, frame.BitsStored, frame.HighBit, frame.PixelRepresentation = 16, 12, 11, 0
    frame.PixelData = pixels.tobytes()
    frame.compress(RLELossless)
    return next(pydicom.encaps.generate_frames(frame.PixelData, number_of_frames=1))


ENCODERS = {
    "JPEG-LS": (JPEGLSLossless, lambda pixels: bytes(jpeg_ls.encode_array(pixels))),
    "JPEG 2000": (JPEG2000Lossless, lambda pixels: openjpeg.encode(pixels, bits_stored=12, photometric_interpretation=2)),
    "RLE": (RLELossless, _rle),
}


def _header(size):
    """A header as long as a clinical one: 150 elements, private ones and sequences among them."""
    data = pydicom.Dataset()
    data.file_meta = FileMetaDataset()
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = CTImageStorage
    data.Modality, data.PatientID, data.PatientName, data.ImageType = (
        "CT",
        "BENCH",
        "Bench^Mark",
        ["ORIGINAL", "PRIMARY", "AXIAL"],
    )
    data.StudyInstanceUID, data.SeriesInstanceUID, data.FrameOfReferenceUID = generate_uid(), generate_uid(), generate_uid()
    data.ImageOrientationPatient, data.PixelSpacing, data.SliceThickness = [1, 0, 0, 0, 1, 0], [0.39, 0.39], 0.5
    data.RescaleSlope, data.RescaleIntercept = 1, -1024
    data.SamplesPerPixel, data.PhotometricInterpretation, data.Rows, data.Columns = 1, "MONOCHROME2", size, size
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 12, 11, 0
    private = data.private_block(0x0029, "MAKER", create=True)
    for number in range(90):
        private.add_new(number, "LO", f"private text {number}")
    item = pydicom.Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "1", "DCM", "something"
    for name in ("ProcedureCodeSequence", "RequestAttributesSequence", "SourceImageSequence", "CTDIPhantomTypeCodeSequence"):
        setattr(data, name, pydicom.Sequence([item, item]))
    return data


def _write(folder, size, phases=1, encoding=None):
    """The same few noisy slices again and again, at their positions."""
    noise = np.random.default_rng(1).normal(1100, 60, (4, size, size))
    pixels = np.clip(ndimage.gaussian_filter(noise, (0, 1, 1)) * 2 - 1100, 0, 4095).astype("<u2")
    syntax, encode = ENCODERS[encoding] if encoding else (ExplicitVRLittleEndian, lambda frame: frame.tobytes())
    frames = [encode(frame) for frame in pixels]
    data = _header(size)
    data.file_meta.TransferSyntaxUID = syntax
    for index in range(SLICES * phases):
        phase, k = divmod(index, SLICES)
        data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        data.InstanceNumber, data.NominalPercentageOfCardiacPhase = index + 1, 10.0 * phase
        data.ImagePositionPatient = [-100.0, -100.0, 0.5 * k]
        data.PixelData = encapsulate([frames[k % 4]]) if encoding else frames[k % 4]
        data["PixelData"].VR = "OB" if encoding else "OW"
        data.save_as(folder / f"{index}.dcm", enforce_file_format=True)
    return folder


@pytest.fixture(scope="module")
def one_phase(tmp_path_factory):
    return _write(tmp_path_factory.mktemp("one"), SIZE)


@pytest.fixture(scope="module")
def ten_phases(tmp_path_factory):
    return _write(tmp_path_factory.mktemp("ten"), 64, phases=10)


def _gdcm_positions(folder):
    """What a usual reader must do as well: every header, for its series and position."""
    found = 0
    for path in sorted(folder.iterdir()):
        reader = gdcm.Reader()
        reader.SetFileName(str(path))
        if reader.ReadUpToTag(gdcm.Tag(0x7FE0, 0x0010)):
            found += reader.GetFile().GetDataSet().FindDataElement(gdcm.Tag(0x0020, 0x0032))
    return found


def test_list_300_headers(versus, one_phase):
    ours, _ = versus(
        "list 300 headers",
        ours=lambda: survey(one_phase, silent),
        usual=lambda: SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(one_phase)),
        usual_name="SimpleITK GetGDCMSeriesFileNames",
        budget_s=0.5,
    )
    assert [entry.slices for entry in ours.entries] == [SLICES]


def test_list_ten_phases(versus, ten_phases):
    ours, usual = versus(
        "list 3000 files of ten phases",
        ours=lambda: survey(ten_phases, silent),
        usual=lambda: _gdcm_positions(ten_phases),
        usual_name="GDCM, headers one by one",
        budget_s=5.0,
        rounds=3,
    )
    assert ([entry.slices for entry in ours.entries], usual) == ([SLICES] * 10, 10 * SLICES)


def test_second_visit(versus, ten_phases, tmp_path):
    index = tmp_path / "headers.sqlite"
    survey(ten_phases, silent, index)
    again, first = versus(
        "the same on a second visit",
        ours=lambda: survey(ten_phases, silent, index),
        usual=lambda: survey(ten_phases, silent),
        usual_name="the first visit",
        rounds=3,
    )
    assert [entry.key for entry in again.entries] == [entry.key for entry in first.entries]


@pytest.mark.parametrize("encoding", ENCODERS)
def test_read_300_compressed_slices(versus, tmp_path, encoding):
    folder = _write(tmp_path, SIZE, encoding=encoding)

    def usual():
        reader = SimpleITK.ImageSeriesReader()
        reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
        return SimpleITK.GetArrayFromImage(reader.Execute())

    ours, theirs = versus(
        f"read 300 x 512 x 512, {encoding}",
        ours=lambda: load_volume(folder, silent).hu,
        usual=usual,
        usual_name="SimpleITK ImageSeriesReader",
        budget_s=10.0,
        rounds=1,
    )
    np.testing.assert_array_equal(ours, theirs)
