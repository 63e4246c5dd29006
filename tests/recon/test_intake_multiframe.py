"""Enhanced CT and converted legacy CT: one file with many frames gives the same volume as many files."""

from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence
from pydicom.uid import EnhancedCTImageStorage, ExplicitVRLittleEndian, JPEGLSLossless, generate_uid

from recon.dicom.scan import scan
from recon.errors import IntakeError
from recon.intake import load_volume
from recon.report import silent
from tests.recon.dicom.ct_files import Series, ball_errors_mm, dataset, save, write


def item(**values: object) -> Sequence:
    inner = Dataset()
    for name, value in values.items():
        setattr(inner, name, value)
    return Sequence([inner])


def enhanced(series: Series, phases: tuple[float, ...] = (75.0,), syntax: str = ExplicitVRLittleEndian) -> FileDataset:
    """One Enhanced CT file with the frames of all phases, in an order that tells nothing."""
    positions, _, _ = series.grid()
    slices = [dataset(series, p, k + 1) for k, p in enumerate(positions)]
    ds = slices[0]
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = EnhancedCTImageStorage
    for name in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope", "RescaleIntercept", "KVP"):
        delattr(ds, name)
    order = [(k, phase) for phase in phases for k in range(series.count)][::-1]
    ds.NumberOfFrames = len(order)
    shared = Dataset()
    shared.PixelMeasuresSequence = item(PixelSpacing=list(series.spacing_mm), SliceThickness=1.0)
    shared.PlaneOrientationSequence = item(ImageOrientationPatient=[*series.row, *series.column])
    shared.PixelValueTransformationSequence = item(RescaleSlope=1, RescaleIntercept=series.intercept, RescaleType="HU")
    shared.CTXRayDetailsSequence = item(KVP=90)
    ds.SharedFunctionalGroupsSequence = Sequence([shared])
    frames = []
    for k, phase in order:
        frame = Dataset()
        frame.PlanePositionSequence = item(ImagePositionPatient=[float(v) for v in positions[k]])
        frame.CardiacSynchronizationSequence = item(NominalPercentageOfCardiacPhase=phase)
        frames.append(frame)
    ds.PerFrameFunctionalGroupsSequence = Sequence(frames)
    pixels = {k: np.frombuffer(s.PixelData, "<u2").copy() for k, s in enumerate(slices)}
    ds.PixelData = b"".join((pixels[k] + int(phase)).tobytes() for k, phase in order)
    if syntax != ExplicitVRLittleEndian:
        ds.compress(syntax, generate_instance_uid=False)
    return ds


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, JPEGLSLossless])
def test_an_enhanced_file_is_read_in_place(tmp_path: Path, syntax: str) -> None:
    save(enhanced(Series(shear_mm=(0, 0.2, 0)), syntax=syntax), tmp_path / "one")
    volume = load_volume(tmp_path / "one", silent)
    assert max(ball_errors_mm(volume).values()) < 0.1
    assert (volume.acquisition.kvp, volume.acquisition.phase_pct, volume.acquisition.slice_thickness_mm) == (90, 75, 1.0)
    assert [f.code for f in volume.findings] == ["tilt"]


def test_phases_of_an_enhanced_file_are_split(tmp_path: Path) -> None:
    save(enhanced(Series(count=12), phases=(40.0, 75.0)), tmp_path / "one")
    entries = scan(tmp_path, silent)
    assert sorted(e.phase.pct for e in entries if e.phase) == [40, 75]
    (diastole,) = [e for e in entries if e.phase and e.phase.pct == 75]
    systole = load_volume(tmp_path, silent, next(e.key for e in entries if e is not diastole))
    late = load_volume(tmp_path, silent, diastole.key)
    assert np.all(late.hu.astype(int) - systole.hu == 35)


def test_a_converted_legacy_file_is_the_same_as_its_slices(tmp_path: Path) -> None:
    series = Series(count=8)
    paths = write(tmp_path / "slices", series)
    originals = [pydicom.dcmread(path) for path in paths]
    for ds in originals:
        ds.AccessionNumber = ds.StudyID = ds.StudyTime = ds.ReferringPhysicianName = ""
        ds.SeriesNumber, ds.SeriesDate, ds.SeriesTime, ds.ContentDate, ds.ContentTime = (
            1,
            "20260102",
            "101500",
            "20260102",
            "101500",
        )
        ds.AcquisitionNumber, ds.PositionReferenceIndicator, ds.PatientPosition, ds.BurnedInAnnotation = 1, "", "HFS", "NO"
        ds.LossyImageCompression, ds.AcquisitionDate, ds.AcquisitionTime = "00", "20260102", "101500"
    whole = highdicom.legacy.LegacyConvertedEnhancedCTImage(originals, generate_uid(), 2, generate_uid(), 1)
    (tmp_path / "one").mkdir()
    whole.save_as(tmp_path / "one" / "legacy", enforce_file_format=True)
    single, many = load_volume(tmp_path / "one", silent), load_volume(tmp_path / "slices", silent)
    np.testing.assert_array_equal(single.hu, many.hu)
    np.testing.assert_allclose(single.geometry.lps_from_index, many.geometry.lps_from_index, atol=1e-6)


def test_a_multi_frame_file_without_frame_descriptions_is_refused(tmp_path: Path) -> None:
    ds = enhanced(Series(count=4))
    del ds.PerFrameFunctionalGroupsSequence
    save(ds, tmp_path / "one")
    with pytest.raises(IntakeError, match="frames"):
        load_volume(tmp_path, silent)


def test_a_frame_whose_position_is_no_number_is_left_out_and_named(tmp_path: Path) -> None:
    ds = enhanced(Series(count=6))
    ds.PerFrameFunctionalGroupsSequence[2].PlanePositionSequence[0].ImagePositionPatient = [0, 0, 1234.5]
    path = save(ds, tmp_path / "one")
    path.write_bytes(path.read_bytes().replace(b"1234.5", b"nan   "))
    findings = {f.code: f for f in load_volume(tmp_path, silent).findings}
    assert "one (image 3)" in findings["images-left-out"].where
    assert findings["missing-slices"].blocks_measurement
