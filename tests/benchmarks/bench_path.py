"""A path of two clicks through the demonstration occlusion beside the usual ways: time, and distance to the true course."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from scipy.spatial import cKDTree

from recon.centerline import Centerline
from recon.intake import load_volume
from recon.path import PathFailure, follow
from recon.report import silent
from recon.tree_edit import moved_point
from recon.tree_vessels import line_on
from recon.work_grid import work_grid
from resources import resource_path

VESSEL_SIGMAS_MM = (0.7, 1.0, 1.5)
SLOWEST, FASTEST = 0.02, 1.0
STEP_MM = 0.5
MARGIN_MM = 20.0


@pytest.fixture(scope="module")
def volume():
    return load_volume(resource_path("demo", "dicom"), silent)


@pytest.fixture(scope="module")
def true_line():
    truth = json.loads(resource_path("demo", "truth.json").read_text(encoding="utf-8"))
    return Centerline.through(np.array(truth["vessels"]["RCA"]["points_mm"]))


@pytest.fixture(scope="module")
def clicks(true_line):
    return true_line.at(np.array([1.0, true_line.length_mm - 2.0]))[0]


def _grid(volume, clicks):
    return work_grid(volume, STEP_MM, clicks.min(axis=0) - MARGIN_MM, clicks.max(axis=0) + MARGIN_MM)


def _cells(grid, clicks):
    return [tuple(int(v) for v in np.rint(grid.geometry.index_kji(c))) for c in clicks]


def _objectness_and_fast_marching(volume, clicks):
    """Tube-likeness over scales, a front from the first click, and its way traced back from the second."""
    grid = _grid(volume, clicks)
    image = SimpleITK.GetImageFromArray(grid.hu)
    image.SetSpacing((STEP_MM,) * 3)
    likeness = None
    for sigma in VESSEL_SIGMAS_MM:
        one = SimpleITK.ObjectnessMeasure(SimpleITK.SmoothingRecursiveGaussian(image, sigma), objectDimension=1)
        likeness = one if likeness is None else SimpleITK.Maximum(likeness, one)
    top = float(np.percentile(SimpleITK.GetArrayViewFromImage(likeness), 99.5))
    speed = SimpleITK.Clamp(likeness / top, SimpleITK.sitkFloat32, SLOWEST, FASTEST)
    first, last = _cells(grid, clicks)
    front = SimpleITK.FastMarching(speed, trialPoints=[first[::-1]], stoppingValue=1e5)
    arrival = SimpleITK.GetArrayFromImage(front)
    way = [last]
    while arrival[way[-1]] > 0.0 and len(way) < 5000:
        low = [max(v - 1, 0) for v in way[-1]]
        near = arrival[low[0] : way[-1][0] + 2, low[1] : way[-1][1] + 2, low[2] : way[-1][2] + 2]
        step = np.unravel_index(int(np.argmin(near)), near.shape)
        following = tuple(int(a + b) for a, b in zip(low, step, strict=True))
        if following == way[-1]:
            break
        way.append(following)
    return grid.geometry.points_mm(np.array(way))


def _vesselness_and_route(volume, clicks):
    """Frangi's vesselness and the cheapest route through it, as many notebooks do it."""
    filters, graph = pytest.importorskip("skimage.filters"), pytest.importorskip("skimage.graph")
    grid = _grid(volume, clicks)
    likeness = filters.frangi(grid.hu, sigmas=[s / STEP_MM for s in VESSEL_SIGMAS_MM], black_ridges=False)
    cost = 1.0 / np.clip(likeness / np.percentile(likeness, 99.5), SLOWEST, FASTEST)
    first, last = _cells(grid, clicks)
    way, _ = graph.route_through_array(cost, first, last, fully_connected=True, geometric=True)
    return grid.geometry.points_mm(np.array(way))


def _distances(points_mm, true_line):
    return cKDTree(true_line.points_mm).query(points_mm)[0]


def _told(name, points_mm, true_line):
    distance = _distances(points_mm, true_line)
    return f"{name}: mean distance to truth {distance.mean():.2f} mm, largest {distance.max():.2f} mm"


def test_two_clicks_against_objectness_and_fast_marching(versus, volume, true_line, clicks):
    line, usual = versus(
        "two-click path of 116 mm with an occlusion",
        ours=lambda: follow(volume, clicks),
        usual=lambda: _objectness_and_fast_marching(volume, clicks),
        usual_name="SimpleITK objectness (three scales) and fast marching, same box",
        budget_s=1.0,
        rounds=2,
    )
    assert not isinstance(line, PathFailure)
    ratio = _distances(usual, true_line).mean() / _distances(line.points_mm, true_line).mean()
    versus.remark(f"{_told('ours', line.points_mm, true_line)}; {_told('usual', usual, true_line)}; {ratio:.1f} x nearer")


def test_two_clicks_against_vesselness_and_a_route(versus, volume, true_line, clicks):
    pytest.importorskip("skimage")
    line, usual = versus(
        "two-click path of 116 mm with an occlusion",
        ours=lambda: follow(volume, clicks),
        usual=lambda: _vesselness_and_route(volume, clicks),
        usual_name="scikit-image vesselness (three scales) and route, same box",
        budget_s=1.0,
        rounds=1,
    )
    assert not isinstance(line, PathFailure)
    ratio = _distances(usual, true_line).mean() / _distances(line.points_mm, true_line).mean()
    versus.remark(f"{_told('ours', line.points_mm, true_line)}; {_told('usual', usual, true_line)}; {ratio:.1f} x nearer")


VMTK_PYTHON = os.environ.get("CTO_PLANNER_VMTK_PYTHON", "")
"""An interpreter that has vmtk, whose wheels need Python 3.12 (tests/benchmarks/README.md)."""


def _vmtk_centerline(folder, volume, clicks, level_hu):
    """Centerline of the surface at half contrast between the clicks, in the other interpreter."""
    grid = _grid(volume, clicks)
    given, made = folder / "given.npz", folder / "made.npz"
    origin_mm = grid.geometry.points_mm((0, 0, 0))
    np.savez(given, hu=grid.hu, spacing_mm=[STEP_MM] * 3, origin_mm=origin_mm, clicks_mm=clicks, level_hu=level_hu)
    script = Path(__file__).with_name("vmtk_lines.py")
    subprocess.run([VMTK_PYTHON, str(script), str(given), str(made)], check=True, capture_output=True, timeout=600)
    found = np.load(made)
    return found["points_mm"], float(found["seconds"])


@pytest.mark.skipif(not VMTK_PYTHON, reason="CTO_PLANNER_VMTK_PYTHON names no interpreter with vmtk")
@pytest.mark.parametrize("part", ["open part", "through the occlusion"])
def test_two_clicks_against_vmtk(versus, volume, true_line, clicks, tmp_path, part):
    ends = clicks if part == "through the occlusion" else true_line.at(np.array([1.0, 34.0]))[0]
    line, (usual, seconds) = versus(
        f"two-click path, {part}",
        ours=lambda: follow(volume, ends),
        usual=lambda: _vmtk_centerline(tmp_path, volume, ends, 200.0),
        usual_name="vmtk: marching cubes at half contrast, smoothing, centerlines (with its start)",
        budget_s=1.0,
        rounds=1,
    )
    assert not isinstance(line, PathFailure)
    reached = len(usual) and np.linalg.norm(usual - ends[1], axis=1).min() < 2.0
    beside = _told("vmtk", usual, true_line) if reached else "vmtk: no line that reaches the second click"
    versus.remark(f"{_told('ours', line.points_mm, true_line)}; {beside}; vmtk alone {seconds:.1f} s")


LONG_MM = 150.0


@pytest.fixture(scope="module")
def long_path(clinical):
    """(volume of 300 x 512 x 512, true line of 150 mm): a right coronary artery occluded for 25 mm, and on into its branch."""
    case, volume = clinical
    trunk, branch = case.truth.vessel("RCA").centerline, case.truth.vessel("R-PDA")
    points = np.concatenate([trunk.between(2.0, branch.parent_s_mm - 1.0), branch.centerline.points_mm[4:]])
    line = Centerline.through(points[::4])
    return volume, Centerline.through(line.between(0.0, LONG_MM))


def test_two_clicks_of_150_mm_in_a_clinical_volume(versus, long_path):
    volume, true_line = long_path
    clicks = true_line.points_mm[[0, -1]]
    line, usual = versus(
        f"two-click path of {true_line.length_mm:.0f} mm, {' x '.join(str(n) for n in volume.hu.shape)}",
        ours=lambda: follow(volume, clicks),
        usual=lambda: _objectness_and_fast_marching(volume, clicks),
        usual_name="SimpleITK objectness (three scales) and fast marching, same box",
        budget_s=1.0,
        rounds=2,
    )
    assert not isinstance(line, PathFailure)
    versus.remark(f"{_told('ours', line.points_mm, true_line)}; {_told('usual', usual, true_line)}")


def test_drag_of_one_control_point(versus, volume, true_line):
    vessel = line_on(volume, "RCA", true_line, 400.0)
    to = true_line.at(50.0)[0] + np.array([0.0, 0.6, 0.6])
    made, _ = versus(
        "drag of one control point to the new centred line",
        ours=lambda: moved_point(volume, vessel, 50.0, to, 400.0),
        budget_s=0.010,
        rounds=20,
    )
    assert made.centerline.length_mm > 0.9 * true_line.length_mm
