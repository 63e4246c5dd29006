"""NIfTI, NRRD and MHA files lie where they say, and what is wrong with them is said."""

from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from recon.errors import IntakeError
from recon.intake import load_volume
from recon.report import silent
from tests.recon.dicom.ct_files import Series, ball_errors_mm, two, write


@pytest.mark.parametrize("suffix", ["nii", "nii.gz", "nrrd", "mha"])
def test_volume_files_keep_their_place_in_the_patient(tmp_path: Path, suffix: str) -> None:
    write(tmp_path / "in", two(Series(), row=(0.96, 0.28, 0.0), column=(-0.28, 0.96, 0.0)))
    truth = load_volume(tmp_path / "in", silent)
    image = SimpleITK.GetImageFromArray(truth.hu)
    image.SetSpacing(truth.geometry.spacing_mm[::-1])
    image.SetDirection(truth.geometry.direction[:, ::-1].ravel().tolist())
    image.SetOrigin(truth.geometry.lps_from_index[:3, 3].tolist())
    flipped = SimpleITK.Flip(image, [True, False, True])
    SimpleITK.WriteImage(flipped, str(tmp_path / f"v.{suffix}"))
    volume = load_volume(tmp_path / f"v.{suffix}", silent)
    assert max(ball_errors_mm(volume).values()) < 0.1
    np.testing.assert_array_equal(volume.hu, truth.hu)
    assert volume.identity.patient_name == ""


def test_a_nifti_whose_geometry_is_not_a_number_is_refused(tmp_path: Path) -> None:
    image = SimpleITK.GetImageFromArray(np.zeros((4, 4, 4), np.int16))
    SimpleITK.WriteImage(image, str(tmp_path / "v.nii"))
    data = bytearray((tmp_path / "v.nii").read_bytes())
    for offset in (*range(76, 108, 4), *range(256, 328, 4)):
        data[offset : offset + 4] = np.float32(np.nan).tobytes()
    (tmp_path / "v.nii").write_bytes(data)
    with pytest.raises(IntakeError, match="volume file"):
        load_volume(tmp_path / "v.nii", silent)


def test_a_mask_is_not_taken_for_a_ct(tmp_path: Path) -> None:
    labels = np.zeros((4, 5, 6), np.uint8)
    labels[2:] = 3
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(labels), str(tmp_path / "heart.nii.gz"))
    with pytest.raises(IntakeError, match="mask"):
        load_volume(tmp_path / "heart.nii.gz", silent)


def test_several_volume_files_are_not_chosen_from(tmp_path: Path) -> None:
    for name in ("a.nrrd", "b.nrrd"):
        SimpleITK.WriteImage(SimpleITK.GetImageFromArray(np.full((4, 5, 6), -7, np.int16)), str(tmp_path / name))
    with pytest.raises(IntakeError, match="several volume files"):
        load_volume(tmp_path, silent)
    (tmp_path / "b.nrrd").unlink()
    assert load_volume(tmp_path, silent).hu.shape == (4, 5, 6)


@pytest.mark.parametrize("suffix", ["nii", "nii.gz", "nrrd", "mha"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_voxels_that_are_no_numbers_become_air_and_are_named_with_their_place(tmp_path: Path, suffix: str, value: float) -> None:
    values = np.full((6, 8, 10), 500, np.float32)
    values[2, 3, 4] = values[3, 3, 4] = value
    values[0, 0, :] = np.nan
    image = SimpleITK.GetImageFromArray(values)
    image.SetSpacing((0.5, 0.75, 2.0))
    image.SetOrigin((10.0, 20.0, 30.0))
    SimpleITK.WriteImage(image, str(tmp_path / f"v.{suffix}"))
    volume = load_volume(tmp_path / f"v.{suffix}", silent)
    assert np.argwhere(volume.hu == -1024)[-2:].tolist() == [[2, 3, 4], [3, 3, 4]]
    finding = next(f for f in volume.findings if f.code == "not-a-number")
    assert finding.blocks_measurement
    assert "slices 3 to 4" in finding.where
    assert "x 12.0, y 22.2, z 34.0 mm" in finding.where
    assert finding.what == "2 voxels inside the images are no numbers, and 10 at the margin."
    assert volume.slice_quality.tolist() == [1, 1, 0, 0, 1, 1]


def test_what_was_not_scanned_around_the_body_may_be_no_number(tmp_path: Path) -> None:
    values = np.full((4, 9, 9), -50, np.float64)
    values[:, :2, :] = np.nan
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(values), str(tmp_path / "v.nii"))
    volume = load_volume(tmp_path / "v.nii", silent)
    finding = next(f for f in volume.findings if f.code == "not-a-number")
    assert (finding.what, finding.blocks_measurement) == ("72 voxels at the margin of the slices are no numbers.", False)
    assert volume.slice_quality.min() == 1.0
    assert set(np.unique(volume.hu).tolist()) == {-1024, -50}


@pytest.mark.parametrize("offset", [112, 116], ids=["slope", "intercept"])
def test_a_nifti_whose_scaling_is_not_a_number_is_not_scaled_by_it(tmp_path: Path, offset: int) -> None:
    values = np.arange(-40, 56, dtype=np.int16).reshape(4, 4, 6)
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(values), str(tmp_path / "v.nii"))
    data = bytearray((tmp_path / "v.nii").read_bytes())
    data[offset : offset + 4] = np.float32(np.nan).tobytes()
    (tmp_path / "v.nii").write_bytes(data)
    try:
        volume = load_volume(tmp_path / "v.nii", silent)
    except IntakeError as error:
        assert "volume file" in error.what
    else:
        np.testing.assert_array_equal(volume.hu, values)


@pytest.mark.parametrize("spacing", [0.0, -0.4])
def test_a_nifti_with_an_impossible_spacing_is_refused_or_read_with_its_size(tmp_path: Path, spacing: float) -> None:
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(np.full((4, 5, 6), -20, np.int16)), str(tmp_path / "v.nii"))
    data = bytearray((tmp_path / "v.nii").read_bytes())
    data[84:88] = np.float32(spacing).tobytes()
    data[252:256] = np.array([1, 0], np.int16).tobytes()
    (tmp_path / "v.nii").write_bytes(data)
    try:
        volume = load_volume(tmp_path / "v.nii", silent)
    except IntakeError as error:
        assert "volume file" in error.what
    else:
        assert spacing != 0.0
        np.testing.assert_allclose(volume.geometry.spacing_mm, (1.0, abs(spacing), 1.0), atol=1e-5)


@pytest.mark.parametrize("suffix", ["nii", "nrrd", "mha"])
@pytest.mark.parametrize("factor", [1e-3, 1e3], ids=["metres", "micrometres"])
def test_a_voxel_size_that_no_ct_has_is_refused(tmp_path: Path, suffix: str, factor: float) -> None:
    image = SimpleITK.GetImageFromArray(np.full((4, 5, 6), -20, np.int16))
    image.SetSpacing([0.5 * factor] * 3)
    SimpleITK.WriteImage(image, str(tmp_path / f"v.{suffix}"))
    with pytest.raises(IntakeError, match=r"voxels would be|impossible"):
        load_volume(tmp_path / f"v.{suffix}", silent)


@pytest.mark.parametrize("bad", [b"0", b"nan", b"1e9"])
def test_an_impossible_spacing_in_an_mha_header_is_refused(tmp_path: Path, bad: bytes) -> None:
    image = SimpleITK.GetImageFromArray(np.full((4, 5, 6), -20, np.int16))
    image.SetSpacing((0.5, 0.75, 1.25))
    SimpleITK.WriteImage(image, str(tmp_path / "v.mha"))
    data = (tmp_path / "v.mha").read_bytes()
    changed = data.replace(b"ElementSpacing = 0.5 ", b"ElementSpacing = " + bad + b" ")
    assert changed != data
    (tmp_path / "v.mha").write_bytes(changed)
    with pytest.raises(IntakeError, match="volume file"):
        load_volume(tmp_path / "v.mha", silent)
