"""The series opened by itself is the one most fit for planning, and the program says why."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recon.dicom.scan import scan
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
