"""Whatever way slices lie in a file, what they show comes out at its true place in the patient."""

import math
from pathlib import Path

import numpy as np
import pytest

from recon.dicom.stack import STEP_TOLERANCE
from recon.errors import IntakeError
from recon.intake import load_volume
from recon.reformat import section_quality
from recon.report import silent
from tests.recon.dicom.ct_files import BACKGROUND_HU, SYNTAXES, Series, ball_errors_mm, dataset, save, write

TILT = math.radians(15)
OBLIQUE_ROW = (math.cos(0.4), math.sin(0.4), 0.0)
OBLIQUE_COLUMN = (-math.sin(0.4) * math.cos(0.3), math.cos(0.4) * math.cos(0.3), math.sin(0.3))
LYING = {
    "head first supine": Series(),
    "decreasing order": Series(step_mm=-1.0),
    "feet first supine": Series(row=(-1, 0, 0), column=(0, 1, 0)),
    "head first prone": Series(row=(-1, 0, 0), column=(0, -1, 0)),
    "feet first prone": Series(row=(1, 0, 0), column=(0, -1, 0)),
    "decubitus": Series(row=(0, -1, 0), column=(1, 0, 0)),
    "coronal": Series(row=(1, 0, 0), column=(0, 0, -1), rows=80, center_mm=(0, 0, 2)),
    "sagittal": Series(row=(0, 1, 0), column=(0, 0, -1), rows=80),
    "oblique": Series(row=OBLIQUE_ROW, column=OBLIQUE_COLUMN),
    "pixels not square": Series(spacing_mm=(0.9, 0.5), columns=90),
    "gantry tilt": Series(shear_mm=(0, math.tan(TILT), 0)),
    "gantry tilt the other way": Series(shear_mm=(0, -math.tan(TILT), 0)),
    "tilted image plane": Series(column=(0, math.cos(TILT), math.sin(TILT)), shear_mm=(0.0, math.sin(TILT), 0.035)),
    "sheared along rows": Series(shear_mm=(0.3, 0, 0)),
}


@pytest.mark.parametrize("name", LYING)
def test_left_anterior_and_head_are_where_they_were_put(tmp_path: Path, name: str) -> None:
    write(tmp_path, LYING[name])
    volume = load_volume(tmp_path, silent)
    assert max(ball_errors_mm(volume).values()) < 0.1
    tops = np.argmax(np.abs(volume.geometry.direction), axis=0).tolist()
    assert tops == [2, 1, 0]
    assert np.all(np.diag(volume.geometry.direction[::-1]) > 0.7)


def test_shear_is_resampled_and_said(tmp_path: Path) -> None:
    write(tmp_path, LYING["gantry tilt"])
    volume = load_volume(tmp_path, silent)
    (finding,) = volume.findings
    assert finding.code == "tilt"
    assert "15.0 degrees" in finding.what


def test_padding_is_not_mixed_into_tissue_when_a_tilted_series_is_resampled(tmp_path: Path) -> None:
    series = Series(shear_mm=(0, 0.37, 0), tags={"PixelPaddingValue": 0}, scene=lambda p: np.where(p[..., 0] > 8, -1024.0, 40.0))
    write(tmp_path, series)
    values = np.unique(load_volume(tmp_path, silent).hu)
    assert values.tolist() == [-1024, 40]


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_every_transfer_syntax_gives_the_same_voxels(tmp_path: Path, syntax: str) -> None:
    plain, coded = Series(count=6, series_uid="1.2.3.9"), Series(count=6, series_uid="1.2.3.9", syntax=syntax)
    write(tmp_path / "plain", plain)
    write(tmp_path / "coded", coded)
    volume = load_volume(tmp_path / "coded", silent)
    np.testing.assert_array_equal(volume.hu, load_volume(tmp_path / "plain", silent).hu)
    assert volume.acquisition.transfer_syntax == syntax


def test_each_slice_has_its_own_rescale(tmp_path: Path) -> None:
    write(tmp_path, Series(), each=lambda k: {"RescaleSlope": 0.5 + 0.01 * k, "RescaleIntercept": -1024 + k})
    volume = load_volume(tmp_path, silent)
    assert max(ball_errors_mm(volume).values()) < 0.1
    assert abs(float(np.median(volume.hu)) - BACKGROUND_HU) < 3


def test_a_missing_slice_is_named_and_blocked_and_does_not_stretch_the_volume(tmp_path: Path) -> None:
    write(tmp_path, Series(), leave_out=[17, 18])
    volume = load_volume(tmp_path, silent)
    (finding,) = volume.findings
    assert finding.code == "missing-slices"
    assert finding.blocks_measurement
    assert "image 17" in finding.where
    assert "image 20" in finding.where
    assert volume.hu.shape[0] == 40
    assert np.flatnonzero(volume.slice_quality == 0).tolist() == [17, 18]
    assert max(ball_errors_mm(volume).values()) < 0.2


@pytest.mark.parametrize(
    ("row", "column", "axis"),
    [((1, 0, 0), (0, 1, 0), 0), ((1, 0, 0), (0, 0, -1), 1), ((0, 1, 0), (0, 0, -1), 2)],
    ids=["axial", "coronal", "sagittal"],
)
def test_a_gap_blocks_only_what_lies_in_it_whatever_way_the_slices_run(
    tmp_path: Path, row: tuple[float, ...], column: tuple[float, ...], axis: int
) -> None:
    write(tmp_path, Series(row=row, column=column), leave_out=[20])
    volume = load_volume(tmp_path, silent)
    assert volume.quality_axis == axis
    assert len(volume.slice_quality) == volume.hu.shape[axis] == 40
    (gap,) = np.flatnonzero(volume.slice_quality == 0)
    middle = (np.array(volume.hu.shape) - 1) / 2
    for shift, wanted in ((0, 0.0), (3, 1.0), (-3, 1.0)):
        index = middle.copy()
        index[axis] = gap + shift
        assert section_quality(volume, volume.geometry.points_mm(index)[None]).tolist() == [wanted]


def test_uneven_steps_are_laid_on_even_ones(tmp_path: Path) -> None:
    positions = np.cumsum([1.0 + 0.35 * math.sin(2.1 * k) for k in range(40)]) - 18.0

    series = Series()
    for k in range(40):
        save(dataset(series, np.array([-22.05, -19.25, positions[k]]), k + 1), tmp_path / f"u{k}")
    volume = load_volume(tmp_path, silent)
    assert [f.code for f in volume.findings] == ["uneven-spacing"]
    assert max(ball_errors_mm(volume).values()) < 0.2
    assert 0 < volume.slice_quality.min() < 1


def test_rounded_positions_are_no_defect(tmp_path: Path) -> None:
    series = Series(step_mm=1 / 3)
    write(tmp_path, series, each=lambda k: {"ImagePositionPatient": [-22.05, -19.25, round(-4.5 + k / 3, 2)]})
    volume = load_volume(tmp_path, silent)
    assert volume.findings == ()
    assert volume.geometry.spacing_mm[0] == pytest.approx(1 / 3, abs=STEP_TOLERANCE * 0.01)


def test_localizers_beside_the_series_are_left_out(tmp_path: Path) -> None:
    series = Series(count=10)
    write(tmp_path, series)
    scout = Series(
        count=1, row=(1, 0, 0), column=(0, 0, -1), series_uid=series.series_uid, frame_uid=series.frame_uid,
        tags={"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]},
    )  # fmt: skip
    write(tmp_path, scout, prefix="scout")
    assert load_volume(tmp_path, silent).hu.shape[0] == 10


def test_a_slice_far_from_all_others_is_left_out_and_named(tmp_path: Path) -> None:
    write(tmp_path, Series(count=20), each=lambda k: {"ImagePositionPatient": [0, 0, 4000]} if k == 19 else {})
    volume = load_volume(tmp_path, silent)
    assert volume.hu.shape[0] == 19
    assert [f.code for f in volume.findings] == ["slices-apart"]
    assert "image 20" in volume.findings[0].where


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"PixelSpacing": [0.0, 0.7]}, "Pixel Spacing"),
        ({"PixelSpacing": [-0.7, 0.7]}, "Pixel Spacing"),
        ({"PixelSpacing": None}, "Pixel Spacing"),
        ({"ImageOrientationPatient": None}, "Image Orientation"),
        ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, "Image Orientation"),
        ({"ImagePositionPatient": None}, "Image Position"),
        ({"RescaleSlope": 0}, "Rescale Slope"),
    ],
)
def test_geometry_that_cannot_be_known_is_refused_with_the_tag_named(tmp_path: Path, tags: dict[str, object], words: str) -> None:
    write(tmp_path, Series(count=4, tags=tags))
    with pytest.raises(IntakeError, match=words):
        load_volume(tmp_path, silent)
