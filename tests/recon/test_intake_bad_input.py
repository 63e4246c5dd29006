"""What is wrong with the files is said in words that name file and cure; good slices are never given up for bad ones."""

import os
import shutil
import threading
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ImplicitVRLittleEndian, JPEGLSLossless

from recon.dicom.elements import NotDicomError, elements
from recon.dicom.scan import scan, survey
from recon.dicom.workers import mapped
from recon.errors import IntakeError
from recon.intake import load_volume, look
from recon.report import Cancelled, silent
from tests.recon.dicom.ct_files import Series, ball_errors_mm, dataset, save, write


def codes(path: Path) -> list[str]:
    return [f.code for f in load_volume(path, silent).findings]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda p: None, "no such file"),
        (lambda p: p.mkdir(), "no DICOM image"),
        (lambda p: write(p, Series(count=3, tags={"Modality": "MR", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.4"})), "not a CT"),
        (lambda p: write(p, Series(count=1)), "One slice"),
        (lambda p: (p.mkdir(), (p / "x.dcm").write_bytes(b"\0" * 128 + b"DICM" + os.urandom(4000))), "could be read"),
        (lambda p: (p.mkdir(), (p / "x.dcm").write_bytes(b"\0" * 128 + b"DICX" + os.urandom(4000))), "no DICOM image"),
        (lambda p: (p.mkdir(), (p / "x.zip").write_bytes(b"PK no archive")), "could be read"),
        (lambda p: (p.mkdir(), (p / "x.nrrd").write_bytes(b"NRRX0004\n\n" + b"\0" * 500)), "volume file cannot be read"),
        (lambda p: (p.mkdir(), (p / "x.mha").write_bytes(b"ObjectType = Picture\n")), "volume file cannot be read"),
        (lambda p: (p.mkdir(), (p / "x.nii").write_bytes(b"\0" * 500)), "volume file cannot be read"),
    ],
)
def test_each_unusable_input_has_its_own_message(tmp_path: Path, make: object, words: str) -> None:
    make(tmp_path / "in")  # type: ignore[operator]
    with pytest.raises(IntakeError, match=words) as caught:
        load_volume(tmp_path / "in", silent)
    assert str(tmp_path) in caught.value.where
    assert caught.value.advice
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("damage", ["truncated", "garbage pixels", "cut in the header", "half a header"])
def test_a_corrupt_file_among_good_ones_is_named_and_its_place_kept(tmp_path: Path, damage: str) -> None:
    paths = write(tmp_path, Series(count=40, syntax=JPEGLSLossless) if damage == "garbage pixels" else Series(count=40))
    data = paths[20].read_bytes()
    cut = {"truncated": data[:-3000], "garbage pixels": data[:-800] + b"\xff" * 300, "half a header": data[:700]}
    cut["cut in the header"] = data[: data.index(b"MONOCHROME2") + 12]
    paths[20].write_bytes(cut[damage])
    volume = load_volume(tmp_path, silent)
    assert volume.hu.shape[0] == 40
    assert volume.slice_quality[20] == 0
    assert volume.slice_quality.sum() == 39
    assert max(ball_errors_mm(volume).values()) < 0.2
    assert any(paths[20].name in f.where or paths[20].name in f.what for f in volume.findings)
    assert any(f.blocks_measurement for f in volume.findings)


def test_patients_are_never_mixed(tmp_path: Path) -> None:
    series = Series(count=6)
    write(tmp_path, series, each=lambda k: {"PatientID": "P2", "PatientName": "Other^Person"} if k == 3 else {})
    with pytest.raises(IntakeError, match="different patients"):
        load_volume(tmp_path, silent)


def test_frames_of_reference_are_never_mixed(tmp_path: Path) -> None:
    write(tmp_path, Series(count=6), each=lambda k: {"FrameOfReferenceUID": "1.2.3"} if k > 2 else {})
    with pytest.raises(IntakeError, match="frames of reference"):
        load_volume(tmp_path, silent)


def test_two_patients_in_one_folder_are_two_series(tmp_path: Path) -> None:
    write(tmp_path, Series(count=6))
    write(tmp_path / "b", Series(count=7, tags={"PatientID": "P2"}))
    assert sorted((e.identity.patient_id, e.slices) for e in scan(tmp_path, silent)) == [("P1", 6), ("P2", 7)]


def test_a_duplicate_position_and_a_copied_file_are_said(tmp_path: Path) -> None:
    series = Series(count=12)
    paths = write(tmp_path, series)
    shutil.copy(paths[3], tmp_path / "copy")
    assert codes(tmp_path) == ["repeated-files"]
    save(dataset(series, series.grid()[0][5], 99), tmp_path / "again")
    assert codes(tmp_path) == ["duplicate-slices", "repeated-files"]


def test_slices_that_share_one_uid_are_no_copies(tmp_path: Path) -> None:
    series = Series(count=8)
    for k, position in enumerate(series.grid()[0]):
        save(dataset(series, position, k, SOPInstanceUID="1.2.3"), tmp_path / str(k))
    volume = load_volume(tmp_path, silent)
    assert (volume.hu.shape[0], volume.findings) == (8, ())


def test_of_two_copies_the_whole_one_is_used(tmp_path: Path) -> None:
    paths = write(tmp_path, Series(count=8))
    shutil.copy(paths[4], tmp_path / "z-copy")
    paths[4].write_bytes(paths[4].read_bytes()[:-500])
    volume = load_volume(tmp_path, silent)
    assert volume.slice_quality.min() == 1
    assert [f.code for f in volume.findings] == ["repeated-files"]


def test_an_identity_that_only_some_slices_state_is_no_contradiction(tmp_path: Path) -> None:
    bare: dict[str, object] = {"PatientID": None, "PatientBirthDate": "", "FrameOfReferenceUID": None}
    write(tmp_path, Series(count=6), each=lambda k: bare if k % 2 else {})
    assert load_volume(tmp_path, silent).hu.shape[0] == 6


def test_pixel_data_shorter_than_the_image_are_not_filled_from_what_follows(tmp_path: Path) -> None:
    series = Series(count=5)
    for k, position in enumerate(series.grid()[0]):
        ds = dataset(series, position, k)
        if k == 2:
            ds.PixelData = ds.PixelData[:-400]
            ds.add_new(0xFFFCFFFC, "OB", b"\1" * 4000)
        save(ds, tmp_path / str(k))
    volume = load_volume(tmp_path, silent)
    assert np.flatnonzero(volume.slice_quality == 0).tolist() == [2]


def test_values_at_the_edge_of_sixteen_bits_do_not_wrap_around(tmp_path: Path) -> None:
    series = Series(count=3)
    for k, position in enumerate(series.grid()[0]):
        ds = dataset(series, position, k, PixelRepresentation=1)
        ds.PixelData = np.full((series.rows, series.columns), -32768, "<i2").tobytes()
        save(ds, tmp_path / str(k))
    assert load_volume(tmp_path, silent).hu.max() == -32768


def test_a_zip_and_a_folder_give_the_same(tmp_path: Path) -> None:
    paths = write(tmp_path / "in", Series(count=9))
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            archive.write(path, f"disc/ä/{path.name}")
        archive.writestr("readme.txt", "nothing")
    np.testing.assert_array_equal(load_volume(tmp_path / "all.zip", silent).hu, load_volume(tmp_path / "in", silent).hu)


def test_a_damaged_member_of_a_zip_is_a_missing_slice(tmp_path: Path) -> None:
    paths = write(tmp_path / "in", Series(count=9))
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_STORED) as archive:
        for path in paths:
            archive.write(path, path.name)
        start = archive.getinfo(paths[4].name).header_offset
    data = bytearray((tmp_path / "all.zip").read_bytes())
    data[start + 3000 : start + 3008] = b"damaged!"
    (tmp_path / "all.zip").write_bytes(data)
    volume = load_volume(tmp_path / "all.zip", silent)
    assert np.flatnonzero(volume.slice_quality == 0).tolist() == [4]
    assert any(paths[4].name in f.where and "archive is damaged" in f.what + f.where for f in volume.findings)


def test_files_dropped_together_are_one_series(tmp_path: Path) -> None:
    paths = write(tmp_path, Series(count=9))
    assert load_volume(paths[:5], silent).hu.shape[0] == 5


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * (32 << 20))
    with pytest.raises(IntakeError, match="no examination"):
        load_volume(tmp_path / "bomb.zip", silent)


def test_a_deflated_file_that_never_ends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recon.dicom.elements.INFLATED_LIMIT_BYTES", 1 << 20)
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    body = packer.compress(b"\0" * (8 << 20)) + packer.flush()
    meta = b"\x02\0\x10\0UI" + len(b"1.2.840.10008.1.2.1.99").to_bytes(2, "little") + b"1.2.840.10008.1.2.1.99"
    with pytest.raises(NotDicomError, match="without bound"):
        elements(b"\0" * 128 + b"DICM" + meta + body, frozenset())


@pytest.mark.parametrize("name", ["Übung Größe", "冠状动脉", "день"])
def test_paths_with_other_letters(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, Series(count=4))
    assert load_volume(tmp_path / name, silent).hu.shape[0] == 4
    image = SimpleITK.GetImageFromArray(np.full((3, 4, 5), -50, np.int16))
    SimpleITK.WriteImage(image, str(tmp_path / "plain.nii.gz"))
    shutil.move(tmp_path / "plain.nii.gz", tmp_path / name / "Gefäß.nii.gz")
    assert load_volume(tmp_path / name / "Gefäß.nii.gz", silent).hu.shape == (3, 4, 5)


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    write(tmp_path / "in", Series(count=4))
    try:
        (tmp_path / "in" / "again").symlink_to(tmp_path / "in", target_is_directory=True)
        (tmp_path / "in" / "broken").symlink_to(tmp_path / "nowhere")
    except OSError:
        pytest.skip("no links on this system")
    assert survey(tmp_path, silent).files <= 6
    assert load_volume(tmp_path, silent).hu.shape[0] == 4


def test_a_folder_without_permission_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "open", Series(count=4))
    (tmp_path / "closed").mkdir()
    real = os.scandir

    def guarded(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", guarded)
    found = survey(tmp_path, silent)
    assert found.entries[0].slices == 4
    assert found.unreadable == (f"{tmp_path / 'closed'} (Permission denied)",)


def test_a_file_without_permission_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = write(tmp_path, Series(count=4))

    def guarded(self: object, ref: object, count: int) -> tuple[bytes, int]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("recon.dicom.files.FileReader.first", guarded)
    found = survey(paths[0], silent)
    assert "no permission" in found.unreadable[0]


def test_a_drive_that_stalls_ends_in_a_message_and_can_be_cancelled() -> None:
    hang = threading.Event()
    try:
        with pytest.raises(IntakeError, match="does not answer"):
            list(mapped(lambda _: hang.wait(20), range(3), silent, "Reading", stall_limit_s=0.2))

        def no_longer(fraction: float, text: str) -> None:
            raise Cancelled

        with pytest.raises(Cancelled):
            list(mapped(lambda _: hang.wait(20), range(3), no_longer, "Reading"))
    finally:
        hang.set()


@pytest.mark.parametrize("asked", ["os.scandir", "os.stat", "pathlib.Path.is_file"])
def test_a_drive_that_stalls_while_it_is_listed_is_told_and_can_be_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    write(tmp_path / "in", Series(count=3))
    hang = threading.Event()
    targets = {"os.scandir": "recon.dicom.files.os.scandir", "os.stat": "recon.dicom.scan.stamp"}

    def silent_drive(*_: object) -> None:
        hang.wait(20)
        raise OSError(5, "gone")

    monkeypatch.setattr(targets.get(asked, asked), silent_drive)
    monkeypatch.setattr("recon.dicom.workers.watched.__defaults__", (0.2,))

    def no_longer(fraction: float, text: str) -> None:
        raise Cancelled

    try:
        with pytest.raises(IntakeError, match="does not answer"):
            look(tmp_path / "in", silent, tmp_path / "index.sqlite")
        with pytest.raises(Cancelled):
            look(tmp_path / "in", no_longer, tmp_path / "index.sqlite")
    finally:
        hang.set()


def test_a_folder_of_60000_junk_files_is_passed_over_with_progress(tmp_path: Path) -> None:
    """Links to a few files: making 60,000 files of their own takes longer than looking through them."""
    write(tmp_path / "in", Series(count=4))
    kinds = (b"not an image\n" * 40, os.urandom(700), b"\0" * 128 + b"DICX" + b"\0" * 500, b"\x08\0 no element", b"")
    for n, content in enumerate(kinds):
        (tmp_path / f"junk{n}").write_bytes(content)
    for folder in range(60):
        inside = tmp_path / f"j{folder}"
        inside.mkdir()
        for i in range(1000):
            os.link(tmp_path / f"junk{i % len(kinds)}", inside / f"IM{i:05d}")
    told: list[float] = []
    try:
        found = survey(tmp_path, lambda fraction, text: told.append(fraction))
    finally:
        for folder in range(60):
            shutil.rmtree(tmp_path / f"j{folder}")
    assert (found.files, len(found.entries)) == (60_000 + len(kinds) + 4, 1)
    assert found.entries[0].slices == 4
    assert len(found.unreadable) <= 12_001, "only what claims to be DICOM is named"
    assert len(told) > 10
    assert told == sorted(told)


def test_private_sequences_of_undefined_length_are_stepped_over(tmp_path: Path) -> None:
    deep = Dataset()
    deep.add_new(0x00091001, "LO", "inner")
    private = Dataset()
    private.add_new(0x00090010, "LO", "MAKER")
    private.add_new(0x00091002, "SQ", Sequence([deep]))
    for syntax in (ImplicitVRLittleEndian, Series().syntax):
        series = Series(count=4, syntax=syntax)
        for k, position in enumerate(series.grid()[0]):
            ds = dataset(series, position, k)
            ds.add_new(0x00090010, "LO", "MAKER")
            ds.add_new(0x00091003, "SQ", Sequence([private, deep]))
            ds[0x00091003].is_undefined_length = True
            ds[0x00091003].value[0].is_undefined_length_sequence_item = True
            save(ds, tmp_path / syntax / str(k))
        assert load_volume(tmp_path / syntax, silent).hu.shape[0] == 4


def test_optional_tags_may_be_absent(tmp_path: Path) -> None:
    absent = ["BitsStored", "HighBit", "InstanceNumber", "SliceThickness", "KVP", "ConvolutionKernel", "FrameOfReferenceUID"]
    absent += ["PatientName", "PatientID", "PatientBirthDate", "ImageType", "SeriesDescription", "Manufacturer"]
    write(tmp_path, Series(tags=dict.fromkeys(absent)))
    volume = load_volume(tmp_path, silent)
    assert max(ball_errors_mm(volume).values()) < 0.1
    assert volume.acquisition.kvp is None
    assert volume.acquisition.slice_thickness_mm is None
    assert volume.identity.patient_name == ""


def test_a_missing_rescale_blocks_measuring_not_viewing(tmp_path: Path) -> None:
    write(tmp_path, Series(tags={"RescaleIntercept": None, "RescaleSlope": None}))
    findings = {f.code: f.blocks_measurement for f in load_volume(tmp_path, silent).findings}
    assert findings == {"no-rescale": True, "not-hounsfield": True}


def test_iodine_maps_are_not_taken_for_hounsfield_units(tmp_path: Path) -> None:
    write(tmp_path, Series(tags={"RescaleType": "MGML"}))
    (finding,) = load_volume(tmp_path, silent).findings
    assert (finding.code, finding.blocks_measurement) == ("not-hounsfield", True)


def test_names_in_other_character_sets(tmp_path: Path) -> None:
    write(tmp_path, Series(count=3, tags={"SpecificCharacterSet": "ISO_IR 192", "PatientName": "Müller^Jürgen=李^明"}))
    assert load_volume(tmp_path, silent).identity.patient_name == "Müller^Jürgen=李^明"


def test_a_dicomdir_stands_for_the_files_it_names(tmp_path: Path) -> None:
    paths = write(tmp_path / "DISC", Series(count=5), prefix="F")
    directory = pydicom.dataset.FileDataset(None, {}, preamble=b"\0" * 128, file_meta=pydicom.dataset.FileMetaDataset())
    directory.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
    directory.file_meta.MediaStorageSOPInstanceUID, directory.file_meta.TransferSyntaxUID = "1.2.3", "1.2.840.10008.1.2.1"
    records = []
    for name in [*(path.name for path in paths[:4]), "GONE", "../../ETC"]:
        record = Dataset()
        record.DirectoryRecordType, record.ReferencedFileID = "IMAGE", ["DISC", *name.split("/")]
        records.append(record)
    directory.DirectoryRecordSequence = Sequence(records)
    pydicom.dcmwrite(tmp_path / "DICOMDIR", directory, enforce_file_format=True)
    found = survey(tmp_path / "DICOMDIR", silent)
    assert found.entries[0].slices == 4
    assert [("GONE" in text, "missing" in text) for text in found.unreadable] == [(False, True), (True, True)]
    assert load_volume(tmp_path, silent).hu.shape[0] == 5


def test_values_without_fat_and_air_block_measuring(tmp_path: Path) -> None:
    write(tmp_path, Series(count=4, scene=lambda p: np.full(p.shape[:-1], 400.0)))
    (finding,) = load_volume(tmp_path, silent).findings
    assert (finding.code, finding.blocks_measurement) == ("not-hounsfield", True)


def test_another_patient_in_the_folder_is_told(tmp_path: Path) -> None:
    write(tmp_path / "a", Series(count=12))
    write(tmp_path / "b", Series(count=6, tags={"PatientID": "P2"}))
    volume = load_volume(tmp_path, silent)
    (finding,) = volume.findings
    assert finding.code == "other-series"
    assert "1 other CT series of 2 patients" in finding.what
    assert load_volume(tmp_path, silent, volume.identity.series_uid).findings == ()
