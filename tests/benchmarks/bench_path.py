"""A path of two clicks through the demonstration occlusion, against objectness and fast marching."""

import json

import numpy as np
import pytest
import SimpleITK

from recon.intake import load_volume
from recon.path import PathFailure, follow
from recon.report import silent
from resources import resource_path

VESSEL_SIGMA_MM = 1.2
SLOWEST, FASTEST = 0.02, 1.0


@pytest.fixture(scope="module")
def volume():
    return load_volume(resource_path("demo", "dicom"), silent)


@pytest.fixture(scope="module")
def truth_mm():
    truth = json.loads(resource_path("demo", "truth.json").read_text(encoding="utf-8"))
    return np.array(truth["vessels"]["RCA"]["points_mm"])


def _usual(volume, start_mm, end_mm):
    """Tube-likeness at one scale, then the arrival time of a front at the second click."""
    image = SimpleITK.GetImageFromArray(volume.hu)
    image.SetSpacing(volume.geometry.spacing_mm[::-1])
    smooth = SimpleITK.SmoothingRecursiveGaussian(SimpleITK.Cast(image, SimpleITK.sitkFloat32), VESSEL_SIGMA_MM)
    likeness = SimpleITK.ObjectnessMeasure(smooth, objectDimension=1)
    top = float(np.percentile(SimpleITK.GetArrayViewFromImage(likeness), 99.9))
    speed = SimpleITK.Clamp(likeness / top, SimpleITK.sitkFloat32, SLOWEST, FASTEST)
    first, last = (tuple(int(v) for v in np.round(volume.geometry.index_kji(p))[::-1]) for p in (start_mm, end_mm))
    arrival = SimpleITK.FastMarching(speed, trialPoints=[first], stoppingValue=1e4)
    return arrival.GetPixel(last)


def test_two_clicks_through_an_occlusion(versus, volume, truth_mm):
    start_mm, end_mm = truth_mm[2], truth_mm[-4]
    line, arrival = versus(
        "two-click path of 116 mm with an occlusion",
        ours=lambda: follow(volume, [start_mm, end_mm]),
        usual=lambda: _usual(volume, start_mm, end_mm),
        usual_name="SimpleITK objectness (one scale) and fast marching, whole volume, without tracing back",
        budget_s=2.0,
        rounds=1,
    )
    assert not isinstance(line, PathFailure)
    assert np.isfinite(arrival)
    distance = np.linalg.norm(line.points_mm[:, None] - truth_mm[None], axis=2).min(axis=1)
    versus.remark(f"ours: mean distance to truth {distance.mean():.2f} mm, largest {distance.max():.2f} mm")
