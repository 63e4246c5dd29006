import shutil
import subprocess

import numpy as np
import pydicom
import pytest

from recon.dicom.write import PADDING_HU, Packaging, derived_uid, write_phases, write_series
from recon.dicom.write_encoding import SYNTAXES
from recon.errors import CallError, OutputError
from recon.geometry import Geometry
from recon.volume import Acquisition, Volume


@pytest.fixture
def volume():
    hu = np.random.default_rng(3).normal(100, 250, (5, 24, 30)).clip(-1024, 3071).astype(np.int16)
    geometry = Geometry.axial(hu.shape, (0.5, 0.4, 0.35), (-10.125, 3.0, -70.0))
    return Volume(hu, geometry, acquisition=Acquisition(phase_pct=75.0, kvp=120.0, source="test"))


def values(dataset):
    return dataset.pixel_array * float(dataset.RescaleSlope) + float(dataset.RescaleIntercept)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_every_syntax_gives_back_the_voxels(volume, tmp_path, syntax):
    files = write_series(volume, tmp_path, packaging=Packaging(syntax=syntax))
    for k, file in enumerate(files):
        dataset = pydicom.dcmread(file)
        assert np.array_equal(values(dataset), volume.hu[k])
        assert dataset.file_meta.TransferSyntaxUID == SYNTAXES[syntax]
        position = np.array(dataset.ImagePositionPatient, float)
        assert np.allclose(position, volume.geometry.points_mm((k, 0, 0)), atol=1e-6)
    assert dataset.BitsStored == 12 and dataset.PixelRepresentation == 0


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="the DICOM validator dciodvfy is not installed")
@pytest.mark.parametrize(
    "packaging",
    [
        Packaging(),
        Packaging(syntax="jpeg-ls", phase_style="trigger-time"),
        Packaging(syntax="jpeg-2000", per_slice_rescale=True),
        Packaging(syntax="rle", padding=True),
        Packaging(tilt_deg=12.0, phase_style="temporal-position"),
    ],
    ids=str,
)
def test_validator_finds_no_error(volume, tmp_path, packaging):
    for file in write_series(volume, tmp_path, packaging=packaging)[:2]:
        told = subprocess.run(["dciodvfy", "-new", str(file)], capture_output=True, text=True, check=False).stderr
        assert not [line for line in told.splitlines() if line.startswith("Error")]


def test_skipped_repeated_and_reversed_slices(volume, tmp_path):
    files = write_series(volume, tmp_path, packaging=Packaging(order="decreasing", skip=(1,), repeat=(3,)))
    read = [pydicom.dcmread(f) for f in files]
    heights = [float(d.ImagePositionPatient[2]) for d in read]
    assert heights == [-70.0, -69.0, -68.5, -68.5, -68.0]
    assert [d.InstanceNumber for d in read] == [5, 4, 3, 2, 1]
    assert len({d.SOPInstanceUID for d in read}) == 5


def test_per_slice_rescale_differs_between_slices_and_keeps_values(volume, tmp_path):
    read = [pydicom.dcmread(f) for f in write_series(volume, tmp_path, packaging=Packaging(per_slice_rescale=True))]
    assert len({(d.RescaleSlope, d.RescaleIntercept) for d in read}) > 2
    assert max(np.abs(values(d) - volume.hu[k]).max() for k, d in enumerate(read)) <= 0.6


def test_padding_lies_outside_the_round_field(volume, tmp_path):
    dataset = pydicom.dcmread(write_series(volume, tmp_path, packaging=Packaging(padding=True))[2])
    stored = dataset.pixel_array
    assert dataset.PixelPaddingValue == PADDING_HU and stored[0, 0] == PADDING_HU
    assert stored[12, 15] == volume.hu[2, 12, 15]


def test_a_tilted_gantry_gives_sheared_planes_of_the_same_object(tmp_path):
    """A volume whose HU is a linear function of position keeps it at the positions the headers state."""
    geometry = Geometry.axial((21, 32, 16), (1.0, 0.8, 0.8), (0.0, 0.0, 0.0))
    z = np.arange(21)[:, None, None] * 20
    y = np.arange(32)[None, :, None] * 10
    volume = Volume((z + y + np.zeros((21, 32, 16))).astype(np.int16), geometry)
    dataset = pydicom.dcmread(write_series(volume, tmp_path, packaging=Packaging(tilt_deg=15.0))[10])
    row = np.array(dataset.ImageOrientationPatient[3:], float)
    normal = np.cross(dataset.ImageOrientationPatient[:3], row)
    assert np.degrees(np.arccos(normal[2])) == pytest.approx(15.0, abs=1e-4)
    for j in (8, 16, 24):
        position = np.array(dataset.ImagePositionPatient, float) + j * 0.8 * row
        assert values(dataset)[j, 4] == pytest.approx(position[2] * 20 + position[1] / 0.8 * 10, abs=1.0)


@pytest.mark.parametrize(
    ("style", "attribute"),
    [
        ("nominal-percentage", "NominalPercentageOfCardiacPhase"),
        ("trigger-time", "TriggerTime"),
        ("temporal-position", "TemporalPositionIdentifier"),
        ("image-comments", "ImageComments"),
        ("acquisition-number", "AcquisitionNumber"),
    ],
)
def test_two_phases_share_a_series_and_differ_in_one_attribute(volume, tmp_path, style, attribute):
    early = Volume(volume.hu.copy(), volume.geometry, acquisition=Acquisition(phase_pct=40.0, source="test"))
    files = write_phases((early, volume), tmp_path, packaging=Packaging(phase_style=style))
    read = [pydicom.dcmread(f) for f in files]
    assert len({d.SeriesInstanceUID for d in read}) == 1
    assert len({str(d.get(attribute)) for d in read}) == 2


def test_uids_are_the_same_for_the_same_text_and_valid():
    uid = derived_uid("a", 1)
    assert uid == derived_uid("a", 1) != derived_uid("a", 2)
    assert uid.startswith("2.25.") and len(uid) <= 64


def test_unknown_packaging_and_unwritable_folder_are_refused(volume, tmp_path):
    with pytest.raises(CallError, match="no packaging"):
        write_series(volume, tmp_path, packaging=Packaging(syntax="zip"))
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot be made"):
        write_series(volume, tmp_path / "file" / "below")
