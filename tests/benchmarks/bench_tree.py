"""The automatic tree of a clinical volume with names, its first vessel, its memory, and all its sections."""

import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import label
from scipy.spatial import cKDTree

from recon.errors import PlannerError
from recon.measure import measure_sections
from recon.physics import scan_physics
from recon.report import silent
from recon.tree import Seeds, coronary_tree

ROOT = Path(__file__).resolve().parents[2]
MAIN = ("RCA", "LM", "LAD", "LCx")
NEAR_MM = 1.0
BUDGET_GB = 2.0
FIRST_VESSEL_BUDGET_S = 10.0
MOST_VESSELS = 12
BRIGHT_HU = 200
HAS_SKIMAGE = find_spec("skimage") is not None
"""scikit-image is no dependency: without it the usual way is left out."""

# Reads a volume, follows its tree and says how much memory the process took at most.
ALONE = """
import pathlib, re, resource, sys
import numpy as np
from recon.geometry import Geometry
from recon.report import silent
from recon.tree import Seeds, coronary_tree
from recon.volume import Volume
given = np.load(sys.argv[1])
hu = given["hu"]
volume = Volume(hu, Geometry(hu.shape, given["lps_from_index"]))
coronary_tree(volume, Seeds(), silent)
status = pathlib.Path("/proc/self/status")
if status.exists():  # what getrusage says on Linux begins with the memory of the process that started this one
    print(1024 * int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1]))
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""


def _peak_gb(volume, folder):
    given = folder / "volume.npz"
    np.savez(given, hu=volume.hu, lps_from_index=volume.geometry.lps_from_index)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", ALONE, str(given)], env=environment, capture_output=True, text=True, check=True)
    return int(done.stdout) / 1e9


def _thinned_mask(case, volume):
    """Everything bright that hangs together with the left coronary artery, thinned to lines, as many notebooks do; LPS (n, 3)."""
    from skimage.morphology import skeletonize

    labels, _ = label(volume.hu > BRIGHT_HU)
    inside = np.rint(volume.geometry.index_kji(case.truth.vessel("LAD").centerline.at(5.0)[0])).astype(int)
    lines = skeletonize(labels == labels[tuple(inside)])
    return volume.geometry.points_mm(np.argwhere(lines))


def _found_share(case, points_mm):
    """Part of the true main vessels, to the end of what is seen of them, that has one of the points within `NEAR_MM`."""
    truths = [v for v in case.truth.vessels if v.name in MAIN]
    true = np.concatenate([v.centerline.points_mm[v.centerline.s_mm <= v.visible_to_mm] for v in truths])
    return float((cKDTree(points_mm).query(true)[0] <= NEAR_MM).mean()) if len(points_mm) else 0.0


@pytest.fixture(scope="module")
def tree(clinical):
    return coronary_tree(clinical[1], Seeds(), silent)


def test_automatic_tree_with_names(versus, clinical, tmp_path):
    case, volume = clinical
    first_s = []

    def ours():
        started = time.perf_counter()
        seen = []
        tree = coronary_tree(volume, Seeds(), silent, lambda _: seen.append(time.perf_counter() - started))
        first_s.append(seen[0])
        return tree

    tree, thinned = versus(
        f"automatic tree with names, {' x '.join(str(n) for n in volume.hu.shape)}",
        ours=ours,
        usual=(lambda: _thinned_mask(case, volume)) if HAS_SKIMAGE else None,
        usual_name="region above 200 HU and scikit-image skeletonize (no names, not through occlusions)",
        budget_s=30.0,
        rounds=1,
    )
    mine = np.concatenate([v.centerline.points_mm for v in tree.vessels])
    peak_gb = _peak_gb(volume, tmp_path)
    beside = "" if thinned is None else f", usual {100 * _found_share(case, thinned):.0f} % with {len(thinned)} points"
    versus.remark(
        f"first vessel shown after {min(first_s):.1f} s (aim <= {FIRST_VESSEL_BUDGET_S:g} s); peak memory of the process"
        f" {peak_gb:.2f} GB (aim <= {BUDGET_GB:g} GB); main vessels with a line within {NEAR_MM:g} mm: ours"
        f" {100 * _found_share(case, mine):.0f} % with {len(mine)} points{beside}"
    )
    assert {"RCA", "LAD", "LCx"} <= {v.name for v in tree.vessels}


def test_sections_of_a_whole_tree(versus, clinical, tree):
    _, volume = clinical
    physics = scan_physics(volume, tree)
    vessels = tree.vessels[:MOST_VESSELS]

    def ours():
        made = 0
        for vessel in vessels:
            try:
                made += len(measure_sections(volume, vessel, physics).s_mm)
            except PlannerError:  # too short a branch is refused, in the program as well
                continue
        return made

    length_mm = sum(v.centerline.length_mm for v in vessels)
    made, _ = versus(
        f"lumen, wall and calcium of {len(vessels)} branches, {length_mm:.0f} mm", ours=ours, budget_s=20.0, rounds=1
    )
    assert made > length_mm
