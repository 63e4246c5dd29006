"""The same heart, packed as different scanners pack it, is the same heart: written and read by two separate parts."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recon.dicom.scan import scan
from recon.dicom.write import ORDERS, PHASE_STYLES, Packaging, write_phases, write_series
from recon.dicom.write_encoding import SYNTAXES
from recon.geometry import Geometry
from recon.intake import load_volume
from recon.report import silent
from recon.volume import Acquisition, Identity, Volume

SHAPE, SPACING = (48, 50, 60), (0.6, 0.5, 0.5)


def centerline_mm(z: np.ndarray) -> np.ndarray:
    """A vessel that winds towards the head."""
    return np.stack([4.0 * np.sin(z / 9.0) + 2.0, 3.0 * np.cos(z / 7.0) - 1.0, z], axis=-1)


def vessel(phase_pct: float = 75.0, tissue_hu: float = -80.0) -> Volume:
    geometry = Geometry.axial(SHAPE, SPACING, (-14.0, -12.0, 5.0))
    points = geometry.points_mm(np.moveaxis(np.indices(SHAPE), 0, -1))
    distance = np.linalg.norm(points[..., :2] - centerline_mm(points[..., 2])[..., :2], axis=-1)
    hu = np.rint(tissue_hu + 500 / (1 + np.exp((distance - 2.0) / 0.35))).astype(np.int16)
    identity = Identity("Test^Vessel", "V1", "19600101", "M", "20260101", "1.2.30", "1.2.31", "Cor")
    return Volume(hu, geometry, identity, Acquisition(phase_pct=phase_pct, kernel="Bv40", kvp=100.0, slice_thickness_mm=0.6))


def centerline_error_mm(volume: Volume) -> float:
    """Largest distance of the vessel's centroid from its course, over places with slices of their own."""
    sound = np.flatnonzero(volume.slice_quality == 1)
    z = np.array([float(volume.geometry.points_mm([k, 0, 0])[2]) for k in sound])
    inside = sound[(z > 6.5) & (z < 31.5)]
    errors = []
    for k in inside:
        r, c = np.indices(volume.hu.shape[1:])
        points = volume.geometry.points_mm(np.stack([np.full(r.shape, k), r, c], axis=-1))
        course = centerline_mm(points[..., 2])
        near = np.linalg.norm(points[..., :2] - course[..., :2], axis=-1) < 4.0
        weight = np.where(near, np.clip(volume.hu[k] + 60.0, 0, None), 0.0)
        centroid = ((points[..., :2] - course[..., :2]) * weight[..., None]).sum(axis=(0, 1)) / weight.sum()
        errors.append(float(np.linalg.norm(centroid)))
    return max(errors)


QUIRKS = {
    **{f"syntax {name}": Packaging(syntax=name) for name in SYNTAXES},
    **{f"order {name}": Packaging(order=name) for name in ORDERS},
    **{f"phase {name}": Packaging(phase_style=name) for name in PHASE_STYLES},
    "per-slice rescale": Packaging(per_slice_rescale=True),
    "signed": Packaging(signed=True),
    "padding": Packaging(padding=True),
    "tilt": Packaging(tilt_deg=12.0),
    "tilt and padding": Packaging(tilt_deg=-12.0, padding=True),
}


@pytest.mark.parametrize("name", QUIRKS)
def test_the_vessel_lies_where_it_was_put(tmp_path: Path, name: str) -> None:
    write_series(vessel(), tmp_path, silent, QUIRKS[name])
    volume = load_volume(tmp_path, silent)
    assert centerline_error_mm(volume) < 0.2
    assert {f.code for f in volume.findings} == ({"tilt"} if "tilt" in name else set())


def test_missing_and_repeated_slices_are_named_and_the_rest_lies_right(tmp_path: Path) -> None:
    write_series(vessel(), tmp_path, silent, Packaging(skip=(20, 21), repeat=(30,)))
    volume = load_volume(tmp_path, silent)
    assert {f.code for f in volume.findings} == {"missing-slices", "duplicate-slices"}
    assert np.flatnonzero(volume.slice_quality == 0).tolist() == [20, 21]
    assert centerline_error_mm(volume) < 0.2


@pytest.mark.parametrize("style", PHASE_STYLES)
def test_two_phases_in_one_folder_are_two_hearts(tmp_path: Path, style: str) -> None:
    systole, diastole = vessel(40.0, tissue_hu=-20.0), vessel(75.0)
    write_phases((systole, diastole), tmp_path, silent, replace(Packaging(), phase_style=style, order="increasing"))
    entries = scan(tmp_path, silent)
    assert [e.slices for e in entries] == [SHAPE[0]] * 2
    backgrounds = set()
    for entry in entries:
        volume = load_volume(tmp_path, silent, entry.key)
        assert centerline_error_mm(volume) < 0.2
        backgrounds.add(int(np.percentile(volume.hu, 1)))
    assert backgrounds == {-20, -80}
