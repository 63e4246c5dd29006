"""What cannot be measured, or not well, because of the line: refused in words, or graded down (docs/sections.md)."""

import numpy as np
import numpy.typing as npt

from recon.centerline import Centerline, self_crossing_mm
from recon.errors import GeometryError
from recon.estimate import FloatArray
from recon.vessels import Vessel
from recon.volume import Volume

MIN_LENGTH_MM = 5.0
FAT_BELOW_HU = -40.0
"""An axis darker than this lies in fat or lung: an occluded vessel is soft tissue, plaque or calcium."""

FAT_SHARE = 0.9
BEND_OVER_MM = 2.0
"""Arc over which the curvature of a line is read; its points lie much closer and would give their noise."""


def check_line(volume: Volume, vessel: Vessel) -> None:
    """Raises GeometryError for a centerline under 5 mm, wholly outside the volume, or one that comes back to itself."""
    line = vessel.centerline
    if line.length_mm < MIN_LENGTH_MM:
        raise GeometryError(
            "The vessel is too short to be measured.",
            f"{vessel.name} is {line.length_mm:.1f} mm long; at least {MIN_LENGTH_MM:.0f} mm are needed.",
            "Extend its centerline.",
        )
    if not volume.geometry.contains(line.points_mm).any():
        raise GeometryError(
            "The centerline lies outside the volume.",
            f"No point of {vessel.name} is inside the images.",
            "Mark the vessel again.",
        )
    crossed_mm = self_crossing_mm(line.points_mm)
    if crossed_mm is not None:
        raise GeometryError(
            "The centerline comes back to itself.",
            f"{vessel.name} does so {crossed_mm:.0f} mm from its start.",
            "Put its points in their order along the vessel.",
        )


def check_on_vessel(vessel: Vessel, axis_hu: FloatArray) -> None:
    """Raises GeometryError when the axis lies in fat or air over nearly all of its length; NaN on the axis is calcium."""
    if in_fat(axis_hu).mean() > FAT_SHARE:
        raise GeometryError(
            "The centerline does not run in a vessel.",
            f"{vessel.name} runs in fat or air over {100 * in_fat(axis_hu).mean():.0f} % of its length.",
            "Mark the vessel again.",
        )


def in_fat(axis_hu: FloatArray) -> npt.NDArray[np.bool_]:
    """Where the axis is too dark for any vessel, shaped like `axis_hu`."""
    return np.asarray(np.nan_to_num(axis_hu, nan=0.0) < FAT_BELOW_HU)


def folded(line: Centerline, s_mm: FloatArray, wall_radius_mm: FloatArray) -> npt.NDArray[np.bool_]:
    """Where a line bends so sharply that neighbouring sections cut each other inside the wall, (n,)."""
    half = 0.5 * BEND_OVER_MM
    before, after = np.maximum(s_mm - half, 0.0), np.minimum(s_mm + half, line.length_mm)
    turn = np.arccos(np.clip(np.sum(line.at(before)[1] * line.at(after)[1], axis=1), -1.0, 1.0))
    return np.asarray(turn * wall_radius_mm > after - before)
