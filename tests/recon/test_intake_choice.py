"""The series opened by itself is the one most fit for planning, and the program says why."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recon.dicom.scan import scan
from recon.dicom.thumbnail import thumbnail
from recon.intake import load_volume
from recon.report import silent
from tests.recon.dicom.ct_files import Series, dataset, save, write

BASE = Series(count=64, rows=8, columns=8, spacing_mm=(0.4, 0.4), tags={"SeriesDescription": "CorCTA 75 %"})
WORSE = {
    "calcium score": replace(BASE, tags={"SeriesDescription": "CaScore 3.0"}, step_mm=3.0, count=30),
    "thick slices": replace(BASE, step_mm=2.0),
    "sharp kernel": replace(BASE, tags={"SeriesDescription": "CorCTA 75 %", "ConvolutionKernel": "Bv64"}),
    "systole": replace(BASE, tags={"SeriesDescription": "CorCTA 40 %"}),
    "coronal": replace(BASE, row=(1, 0, 0), column=(0, 0, -1)),
    "short": replace(BASE, count=30),
    "maximum intensity": replace(BASE, tags={"SeriesDescription": "CorCTA MIP 75 %"}),
}


@pytest.mark.parametrize("name", WORSE)
def test_the_better_series_comes_first_with_a_reason(tmp_path: Path, name: str) -> None:
    worse = replace(WORSE[name], series_uid="1.2.3.1")
    write(tmp_path / "a", worse)
    write(tmp_path / "b", replace(BASE, series_uid="1.2.3.2"))
    first, second = scan(tmp_path, silent)
    assert (first.identity.series_uid, second.identity.series_uid) == ("1.2.3.2", "1.2.3.1")
    assert "1 mm steps" in first.reason
    assert second.reason != first.reason


def vessels(points: np.ndarray, blur_mm: float) -> np.ndarray:
    """Bright tubes along z in fat, smeared along x as by motion."""
    hu = np.full(points.shape[:-1], -90.0)
    for x, y in ((-9, -6), (4, 7), (8, -9), (-5, 8)):
        for shift in np.linspace(-blur_mm, blur_mm, 7):
            distance = np.hypot(points[..., 0] - x - shift, points[..., 1] - y)
            hu += 450 / 7 / (1 + np.exp((distance - 1.5) / 0.2))
    return hu


def test_of_several_phases_the_sharpest_is_opened_whatever_its_percentage(tmp_path: Path) -> None:
    series = Series(count=14, rows=80, columns=80, spacing_mm=(0.4, 0.4), step_mm=0.5)
    for n, (pct, blur) in enumerate(((40, 2.5), (55, 0.0), (75, 1.5))):
        phase = replace(series, scene=lambda p, blur=blur: vessels(p, blur))
        for k, position in enumerate(series.grid()[0]):
            save(dataset(phase, position, n * 14 + k, NominalPercentageOfCardiacPhase=pct), tmp_path / f"{n}_{k}")
    volume = load_volume(tmp_path, silent)
    assert volume.acquisition.phase_pct == 55
    assert load_volume(tmp_path, silent, scan(tmp_path, silent)[0].key).acquisition.phase_pct == 75


def test_a_thumbnail_shows_the_middle_slice(tmp_path: Path) -> None:
    scene = lambda p: np.where(p[..., 0] > 0, 900.0, -900.0)  # noqa: E731
    paths = write(tmp_path, Series(count=5, rows=200, columns=100, scene=scene))
    (entry,) = scan(tmp_path, silent)
    picture = thumbnail(entry)
    assert picture is not None
    assert picture.shape == (66, 33)
    assert (picture[:, :15].max(), picture[:, -15:].min()) == (0, 255)
    for path in paths:
        path.unlink()
    assert thumbnail(entry) is None


def test_a_person_may_name_the_rule_that_tells_phases_apart(tmp_path: Path) -> None:
    series = Series(count=6)
    for n in range(2):
        for k, position in enumerate(series.grid()[0]):
            tags = {"NominalPercentageOfCardiacPhase": 40.0 + 35 * n, "AcquisitionNumber": 5 - n}
            save(dataset(series, position, n * 6 + k, **tags), tmp_path / f"{n}_{k}")
    assert {e.label for e in scan(tmp_path, silent)} == {"40 %", "75 %"}
    assert {e.label for e in scan(tmp_path, silent, phase_rule="acquisition-number")} == {"4", "5"}
    (entry,) = scan(tmp_path, silent, phase_rule="trigger-time")
    assert entry.problem is not None
