"""The image of a vessel on fine section planes, where calcium is looked for."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recon.centerline import Centerline
from recon.contours import Walls
from recon.estimate import FloatArray
from recon.fine_image import FineImage

PIXEL_MM = 0.2
PLANE_STEP_MM = 0.25
MARGIN_MM = 1.2
"""Width of the band beyond the wall that is looked at: blooming and its background."""

BLOCK_ANGLES = 72


@dataclass(frozen=True, eq=False)
class CalciumBlock:
    """`hu` float32 (planes, rows, columns) about the vessel centre; every `planes_per_section`-th plane is a section.

    `radius_mm` and `angle_index` give each pixel's place about the fitted centre (clockwise from 12 o'clock, in units of
    360 / BLOCK_ANGLES degrees); `wall_r_mm` the wall at that angle.
    """

    hu: npt.NDArray[np.float32]
    s_mm: FloatArray
    pixel_mm: float
    step_mm: float
    planes_per_section: int
    radius_mm: FloatArray
    angle_index: FloatArray
    wall_r_mm: FloatArray


def at_planes(section_s_mm: FloatArray, plane_s_mm: FloatArray, values: FloatArray) -> FloatArray:
    """Values (n, ...) of sections interpolated to planes."""
    flat = values.reshape(len(values), -1)
    columns = [np.interp(plane_s_mm, section_s_mm, flat[:, i]) for i in range(flat.shape[1])]
    return np.stack(columns, axis=1).reshape(len(plane_s_mm), *values.shape[1:])


def calcium_block(image: FineImage, centerline: Centerline, walls: Walls) -> CalciumBlock:
    """Samples within the widest wall and a margin; NaN outside the volume becomes the outside tissue's HU."""
    per_section = round(0.5 / PLANE_STEP_MM)
    planes = (len(walls.s_mm) - 1) * per_section + 1
    s_mm = walls.s_mm[0] + PLANE_STEP_MM * np.arange(planes)
    offset = at_planes(walls.s_mm, s_mm, walls.offset_mm)
    wall = at_planes(walls.s_mm, s_mm, walls.wall_r(BLOCK_ANGLES))
    half = math.ceil((float(wall.max()) + MARGIN_MM) / PIXEL_MM)
    grid = PIXEL_MM * np.arange(-half, half + 1)
    up, right = np.meshgrid(-grid, grid, indexing="ij")
    point, _, normal, binormal = centerline.at(s_mm)
    centre = point + offset[:, :1] * normal + offset[:, 1:] * binormal
    where = centre[:, None, None] + up[..., None] * normal[:, None, None] + right[..., None] * binormal[:, None, None]
    hu = image.at(where)
    radius = np.hypot(up, right)
    angle = (np.arctan2(right, up) % (2 * math.pi)) * (BLOCK_ANGLES / (2 * math.pi))
    low = np.floor(angle).astype(int)
    part = angle - low
    wall_r = (1 - part) * wall[:, low % BLOCK_ANGLES] + part * wall[:, (low + 1) % BLOCK_ANGLES]
    hu = np.nan_to_num(hu, nan=-80.0)
    shape = hu.shape
    return CalciumBlock(
        hu, s_mm, PIXEL_MM, PLANE_STEP_MM, per_section,
        np.broadcast_to(radius, shape), np.broadcast_to(angle, shape), wall_r,
    )  # fmt: skip
