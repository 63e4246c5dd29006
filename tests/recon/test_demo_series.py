import json

import numpy as np
import pydicom

from recon.phantom import render, standard_case
from resources import resource_path


def test_the_shipped_demo_is_what_its_command_makes_and_stays_small():
    """Two slices of the files against a fresh rendering without noise-free shortcuts: the same case, the same noise."""
    files = sorted(resource_path("demo", "dicom").iterdir())
    assert len(files) == 208
    assert sum(f.stat().st_size for f in resource_path("demo").rglob("*") if f.is_file()) < 15e6
    case = standard_case("demo-rca")
    truth = json.loads(resource_path("demo", "truth.json").read_text(encoding="utf-8"))
    assert truth["occlusions"][0]["vessel"] == "RCA"
    assert truth["occlusions"][0]["length_mm"] == case.truth.occlusions[0].length_mm == 24.0
    assert np.allclose(truth["vessels"]["RCA"]["points_mm"], case.vessel("RCA").centerline.points_mm[::2], atol=1e-3)
    first = pydicom.dcmread(files[0])
    assert first.PatientName == "PHANTOM^DEMO" and first.QualityControlImage == "YES"
    assert float(first.NominalPercentageOfCardiacPhase) == 75.0


def test_the_shipped_voxels_are_the_rendered_ones():
    """A few slices in full, so that noise, which depends on the size of a slice, is the same."""
    case = standard_case("demo-rca")
    part = render(case, region=((0, 0, 0), (6, *case.geometry.shape[1:])))
    for k in (0, 2):
        stored = pydicom.dcmread(resource_path("demo", "dicom", f"IM{k + 1:04d}"))
        hu = stored.pixel_array.astype(int) + int(float(stored.RescaleIntercept))
        assert np.abs(hu - part.hu[k]).max() <= 1
