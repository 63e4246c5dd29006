"""Views against a formula: an image that rises evenly in all directions is shown exactly by any linear interpolation."""

import numpy as np

from planner.selftest_check import Check
from recon.centerline import Centerline
from recon.geometry import Geometry
from recon.kernels.reformat import PADDING_HU
from recon.reformat import Straightened, View, curved_view, oblique_view, section_view, straightened
from recon.report import Report
from recon.volume import Volume

RISE_HU = np.array([7.0, 3.0, 11.0])
"""HU per voxel along (slice, row, column); three different numbers, so that swapped axes show."""

SHAPE = (60, 70, 80)
SPACING_MM = (0.5, 0.4, 0.35)


def view_checks(report: Report) -> tuple[Check, ...]:
    """Largest error of each kind of view of an even ramp, on an oblique grid."""
    report(0.0, "views of a ramp")
    volume = _ramp()
    middle = volume.geometry.points_mm((np.array(SHAPE) - 1) / 2)
    along, across = volume.geometry.direction[:, 0], volume.geometry.direction[:, 1]
    line = Centerline.through([middle - 8 * along - 2 * across, middle, middle + 8 * along - 2 * across])
    right, up = np.array([0.8, 0.6, 0.0]), np.array([0.0, 0.0, 1.0])
    views = {
        "section": section_view(volume, line, 8.0, 4.0, 0.13),
        "curved view": curved_view(volume, line, 30.0, 0.17, 4.0),
        "oblique view": oblique_view(volume, middle, right, up, (41, 51), 0.19),
    }
    flat = straightened(volume, line, half_width_mm=3.0, pixel_mm=0.15, step_mm=0.5)
    return (
        *(Check(f"{name} of a ramp, largest error", 0.0, _view_error(volume, view), 0.05, "HU") for name, view in views.items()),
        Check("straightened ramp on its axis, largest error", 0.0, _axis_error(volume, flat), 0.6, "HU"),
    )


def _ramp() -> Volume:
    turn, _ = np.linalg.qr(np.array([[1.0, 0.2, -0.1], [-0.25, 1.0, 0.3], [0.15, -0.2, 1.0]]))
    matrix = np.eye(4)
    matrix[:3, :3] = turn * np.array(SPACING_MM)
    matrix[:3, 3] = (12.0, -30.0, 45.0)
    k, j, i = np.indices(SHAPE)
    hu = RISE_HU[0] * k + RISE_HU[1] * j + RISE_HU[2] * i - 600.0
    return Volume(hu.astype(np.int16), Geometry(SHAPE, matrix))


def _view_error(volume: Volume, view: View) -> float:
    rows, columns = np.indices(view.hu.shape)
    expected = volume.geometry.index_kji(view.map.points_mm(rows, columns)) @ RISE_HU - 600.0
    seen = view.hu > PADDING_HU
    return float(np.abs(view.hu - expected)[seen].max()) if seen.mean() > 0.5 else float("nan")


def _axis_error(volume: Volume, flat: Straightened) -> float:
    """The straightened volume is rounded to whole HU."""
    expected = volume.geometry.index_kji(flat.centerline.at(flat.s_mm)[0]) @ RISE_HU - 600.0
    middle = (flat.hu.shape[1] - 1) // 2
    return float(np.abs(flat.hu[:, middle, middle] - expected).max())
