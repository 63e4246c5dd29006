"""Slices to a stack: order, step and sideways shift from positions projected on the image normal, never from counts.

Instance numbers, Slice Location, Slice Thickness and Spacing Between Slices are all wrong in some scanner's files;
Image Position (0020,0032) and Image Orientation (0020,0037) are what the pixels hang on (PS3.3 section C.7.6.2.1.1).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from recon.dicom.slice_header import SliceHeader
from recon.errors import IntakeError
from recon.estimate import FloatArray

SAME_POSITION_MM = 0.01
"""Slices nearer than this along the normal lie at one position (files round to 0.001 to 0.01 mm)."""
STEP_TOLERANCE = 0.1
"""Largest departure of a slice from the regular grid, as a part of the step."""
SHIFT_TOLERANCE_MM = 0.05
"""Sideways shift from the stack's straight line that need not be corrected."""
SHEAR_TOLERANCE_DEG = 0.1
"""Angle between the normal and the line of slice positions that counts as tilt."""
LONELY_GAP_MM = 25.0
"""A gap wider than this, and than ten steps, separates a group of slices that does not belong to the stack [E]."""
UNEVEN_SHARE = 0.2
"""With more empty places than this part of all places the spacing is called uneven instead of slices missing [E]."""


@dataclass(frozen=True, eq=False)
class Stack:
    """Slices in order along `normal`; `slot` is each slice's place on the regular grid of `step_mm`, fractional if uneven.

    `shift_px` (n, 2) is each slice's sideways shift against the grid in (rows, columns) of its own pixels.
    `origin_mm` is the centre of the first voxel of place 0. Directions are LPS unit vectors.
    """

    headers: tuple[SliceHeader, ...]
    slot: FloatArray
    slots: int
    step_mm: float
    origin_mm: FloatArray
    normal: FloatArray
    row_direction: FloatArray
    column_direction: FloatArray
    pixel_mm: tuple[float, float]
    shift_px: FloatArray
    tilt_deg: float
    even: bool
    duplicates: tuple[tuple[SliceHeader, SliceHeader], ...] = ()
    outside: tuple[SliceHeader, ...] = ()

    @property
    def missing(self) -> tuple[int, ...]:
        """Places of the regular grid without a slice."""
        if not self.even:
            return ()
        return tuple(sorted(set(range(self.slots)) - set(np.rint(self.slot).astype(int).tolist())))

    @property
    def sheared(self) -> bool:
        """Whether slices must be shifted sideways to lie on a rectilinear grid."""
        return bool(np.abs(self.shift_px * np.array(self.pixel_mm)).max() > SHIFT_TOLERANCE_MM)


def axes(header: SliceHeader) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Row direction, column direction and normal as LPS unit vectors.

    Raises IntakeError when the orientation is absent or no pair of perpendicular directions.
    """
    found = None if header.orientation is None else _axes(header.orientation)
    if found is not None:
        return found
    raise IntakeError(
        "An image does not say how it lies in the patient.",
        f"Image Orientation (0020,0037) is absent or impossible in {header.ref}.",
        "Export the original axial series again.",
    )


@lru_cache(maxsize=256)
def _axes(orientation: tuple[float, ...]) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Perpendicular unit vectors near the stated ones, None when there are none; the same for thousands of slices."""
    row, column = np.array(orientation[:3]), np.array(orientation[3:])
    lengths = np.linalg.norm(row), np.linalg.norm(column)
    if not (min(lengths) > 0.9 and max(lengths) < 1.1 and abs(row @ column) < 0.01):
        return None
    row = row / lengths[0]
    column = column - (column @ row) * row
    column /= np.linalg.norm(column)
    for vector in (row, column):
        vector.flags.writeable = False
    return row, column, np.cross(row, column)


def distances_mm(headers: Sequence[SliceHeader]) -> FloatArray:
    """Position of each slice along the normal of the first."""
    normal = axes(headers[0])[2]
    return np.asarray(np.array([position_of(header) for header in headers]) @ normal)


def position_of(header: SliceHeader) -> tuple[float, ...]:
    """Image Position (0020,0032) of a slice, LPS mm. Raises IntakeError when it is absent."""
    if header.position_mm is None:
        raise IntakeError(
            "An image does not say where it lies in the patient.",
            f"Image Position (0020,0032) is absent in {header.ref}.",
            "Export the original axial series again.",
        )
    return header.position_mm


def position_groups(distance_mm: FloatArray) -> npt.NDArray[np.intp]:
    """For each slice the running number of its position, counted along the normal."""
    order = np.argsort(distance_mm, kind="stable")
    new = np.concatenate([[0], np.diff(distance_mm[order]) > SAME_POSITION_MM])
    groups = np.empty(len(order), dtype=np.intp)
    groups[order] = np.cumsum(new)
    return groups


def stack(headers: Sequence[SliceHeader]) -> Stack:
    """The stack that images of one orientation, pixel spacing and matrix form.

    Raises IntakeError when positions are absent or fewer than two places are taken.
    """
    row, column, normal = axes(headers[0])
    distance = distances_mm(headers)
    by_place = sorted(range(len(headers)), key=lambda i: (distance[i], headers[i].instance_number or 0))
    kept: list[int] = []
    duplicates: list[tuple[SliceHeader, SliceHeader]] = []
    for i in by_place:
        if kept and distance[i] - distance[kept[-1]] <= SAME_POSITION_MM:
            duplicates.append((headers[kept[-1]], headers[i]))
        else:
            kept.append(i)
    kept, outside = _largest_run(kept, distance)
    if len(kept) < 2:
        raise IntakeError(
            "One slice is not a volume.",
            f"{headers[0].ref} is the only image of its series."
            if len(headers) == 1
            else f"All {len(headers)} images of the series lie at one position ({headers[0].ref}).",
            "Open the whole series; the localizer or a single exported image cannot be planned on.",
        )
    slices = tuple(headers[i] for i in kept)
    slot, step = _slots(distance[kept])
    spacing = slices[0].spacing_mm
    assert spacing is not None
    even = bool(np.all(np.abs(slot - np.rint(slot)) <= STEP_TOLERANCE))
    places = round(float(slot[-1])) + 1
    even = even and places - len(kept) <= UNEVEN_SHARE * places
    shift_mm, tilt = _shifts(np.array([position_of(h) for h in slices]), row, column, normal)
    origin = np.array(position_of(slices[0])) - shift_mm[0, 0] * column - shift_mm[0, 1] * row
    return Stack(
        slices, np.rint(slot) if even else slot, places, step, origin, normal, row, column, spacing,
        shift_mm / np.array(spacing), tilt, even, tuple(duplicates), tuple(headers[i] for i in outside),
    )  # fmt: skip


def _largest_run(order: list[int], distance: FloatArray) -> tuple[list[int], list[int]]:
    """The largest group of slices without a wide gap, and all others."""
    gaps = np.diff(distance[order])
    if len(gaps) == 0:
        return order, []
    limit = max(LONELY_GAP_MM, 10 * float(np.median(gaps)))
    runs = np.split(np.array(order), np.flatnonzero(gaps > limit) + 1)
    largest = max(runs, key=len)
    return largest.tolist(), [i for run in runs if run is not largest for i in run.tolist()]


def _slots(distance: FloatArray) -> tuple[FloatArray, float]:
    """Place of each slice in steps from the first, and the step in mm."""
    gaps = np.diff(distance)
    step = float(np.median(gaps))
    whole = np.maximum(np.rint(gaps / step), 1)
    # Positions are rounded in the file; the whole length over all steps is a much finer measure than one gap.
    if np.all(np.abs(gaps / step - whole) <= STEP_TOLERANCE):
        step = float((distance[-1] - distance[0]) / whole.sum())
    return np.asarray((distance - distance[0]) / step), step


def _shifts(positions: FloatArray, row: FloatArray, column: FloatArray, normal: FloatArray) -> tuple[FloatArray, float]:
    """Sideways shift (n, 2) of each slice in mm along (rows, columns), centred on the stack, and the tilt in degrees."""
    along = positions @ normal
    sideways = np.stack([positions @ column, positions @ row], axis=1)
    slope = np.polyfit(along, sideways, 1)[0]
    tilt = math.degrees(math.atan(float(np.hypot(*slope))))
    shift = sideways - np.median(sideways, axis=0)
    if np.abs(shift).max() <= SHIFT_TOLERANCE_MM:
        shift = np.zeros_like(shift)
    return shift, tilt if tilt > SHEAR_TOLERANCE_DEG else 0.0
