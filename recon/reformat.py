"""Views of a volume: straightened volume, curved, section and oblique images, each with its map pixel <-> LPS mm."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recon.centerline import Centerline
from recon.errors import GeometryError
from recon.estimate import FloatArray
from recon.geometry import Geometry
from recon.kernels.reformat import MEAN, MINIP, MIP, ruled_view, section_stack, slab_view
from recon.volume import Volume

Image = npt.NDArray[np.float32]

SLAB_MODES = {"mip": MIP, "mean": MEAN, "minip": MINIP}
"""How a thick slab is joined along the line of sight."""

CURVED_KINDS = ("straightened", "stretched")
"""Straightened: the vessel is a straight line. Stretched: the vessel keeps its bends in one plane. Both keep arc length."""

MAX_PIXELS = 64_000_000


@dataclass(frozen=True, eq=False)
class PlaneMap:
    """Pixel (row, column) <-> LPS of a flat view; `right` and `down` are LPS unit vectors."""

    first_mm: FloatArray
    right: FloatArray
    down: FloatArray
    pixel_mm: float

    def points_mm(self, rows: npt.ArrayLike, columns: npt.ArrayLike) -> FloatArray:
        """LPS (..., 3) of pixel positions, fractions allowed."""
        r, c = np.asarray(rows, dtype=float)[..., None], np.asarray(columns, dtype=float)[..., None]
        return np.asarray(self.first_mm + self.pixel_mm * (r * self.down + c * self.right))

    def pixels(self, points_mm: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Rows and columns of LPS positions (..., 3) projected on the plane."""
        offset = (np.asarray(points_mm, dtype=float) - self.first_mm) / self.pixel_mm
        return offset @ self.down, offset @ self.right

    def depth_mm(self, points_mm: npt.ArrayLike) -> FloatArray:
        """Signed distance of LPS positions from the plane, positive away from the viewer."""
        return np.asarray((np.asarray(points_mm, dtype=float) - self.first_mm) @ np.cross(self.down, self.right) * -1.0)


@dataclass(frozen=True, eq=False)
class CurvedMap:
    """Pixel (row, column) <-> LPS of a curved view: row r lies at arc `row_s_mm[r]`, columns run along `across[r]`."""

    centerline: Centerline
    row_s_mm: FloatArray
    first_mm: FloatArray
    across: FloatArray
    pixel_mm: float

    def points_mm(self, rows: npt.ArrayLike, columns: npt.ArrayLike) -> FloatArray:
        """LPS (..., 3) of pixel positions, fractions allowed; rows beyond the ends take the end row."""
        r = np.clip(np.asarray(rows, dtype=float), 0, len(self.row_s_mm) - 1)
        index = np.arange(len(self.row_s_mm))
        first, across = (np.stack([np.interp(r, index, v[:, a]) for a in range(3)], -1) for v in (self.first_mm, self.across))
        return np.asarray(first + self.pixel_mm * np.asarray(columns, dtype=float)[..., None] * across)

    def pixels(self, points_mm: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Rows and columns of LPS positions (..., 3): the row of the nearest section, the column by projection on it."""
        query = np.asarray(points_mm, dtype=float)
        s_mm, _, _ = self.centerline.locate(query)
        rows = np.interp(s_mm, self.row_s_mm, np.arange(len(self.row_s_mm)))
        index = np.arange(len(self.row_s_mm))
        first, across = (np.stack([np.interp(rows, index, v[:, a]) for a in range(3)], -1) for v in (self.first_mm, self.across))
        return rows, np.asarray(np.sum((query - first) * across, axis=-1) / self.pixel_mm)


@dataclass(frozen=True, eq=False)
class View:
    """An image in HU, float32 (rows, columns), PADDING_HU outside the volume, with its map to LPS."""

    hu: Image
    map: PlaneMap | CurvedMap


@dataclass(frozen=True, eq=False)
class Straightened:
    """Sections stacked along the vessel: `hu` int16 (n, rows, columns), row 0 at 12 o'clock, column 0 at 9 o'clock.

    `quality` (n,) is the lowest slice quality a section touches; `inside` (n,) the part of the section within the volume.
    """

    hu: npt.NDArray[np.int16]
    centerline: Centerline
    s_mm: FloatArray
    pixel_mm: float
    quality: FloatArray
    inside: FloatArray

    def points_mm(self, s_mm: npt.ArrayLike, rows: npt.ArrayLike, columns: npt.ArrayLike) -> FloatArray:
        """LPS (..., 3) of arc position and pixel."""
        point, _, normal, binormal = self.centerline.at(s_mm)
        middle_row, middle_column = (self.hu.shape[1] - 1) / 2, (self.hu.shape[2] - 1) / 2
        up = (middle_row - np.asarray(rows, dtype=float)[..., None]) * self.pixel_mm
        right = (np.asarray(columns, dtype=float)[..., None] - middle_column) * self.pixel_mm
        return np.asarray(point + up * normal + right * binormal)

    def pixels(self, points_mm: npt.ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Arc position, row and column of LPS positions (..., 3)."""
        s_mm, theta, r_mm = self.centerline.locate(points_mm)
        rows = (self.hu.shape[1] - 1) / 2 - r_mm * np.cos(theta) / self.pixel_mm
        return s_mm, rows, (self.hu.shape[2] - 1) / 2 + r_mm * np.sin(theta) / self.pixel_mm


def straightened(
    volume: Volume, centerline: Centerline, half_width_mm: float = 8.0, pixel_mm: float = 0.1, step_mm: float = 0.25
) -> Straightened:
    """The volume resampled on sections square to the centerline; raises GeometryError for sizes that cannot be."""
    _check_sizes(half_width_mm, pixel_mm, step_mm)
    count = 2 * round(half_width_mm / pixel_mm) + 1
    s_mm = np.arange(0.0, centerline.length_mm + 1e-9, step_mm)
    if count * count * len(s_mm) > 16 * MAX_PIXELS:
        raise GeometryError("The straightened volume is too large.", f"{len(s_mm)} x {count} x {count}.", "Use larger pixels.")
    point, _, normal, binormal = centerline.at(s_mm)
    half = (count - 1) / 2 * pixel_mm
    corner = point + half * normal - half * binormal
    out = np.empty((len(s_mm), count, count), dtype=np.int16)
    rotate = _index_rotation(volume.geometry)
    section_stack(volume.hu, volume.geometry.index_kji(corner), -pixel_mm * normal @ rotate, pixel_mm * binormal @ rotate, out)
    grid = np.linspace(-half, half, 9)
    probe = point[:, None, None] + grid[:, None, None] * normal[:, None, None] + grid[:, None] * binormal[:, None, None]
    return Straightened(
        out, centerline, s_mm, pixel_mm, section_quality(volume, point), volume.geometry.contains(probe).mean(axis=(1, 2))
    )


def section_quality(volume: Volume, points_mm: FloatArray) -> FloatArray:
    """The slice quality at each LPS point, the worse of the two neighbouring slices; 0 outside the volume."""
    k = volume.geometry.index_kji(points_mm)[:, volume.quality_axis]
    low = np.clip(np.floor(k).astype(int), 0, len(volume.slice_quality) - 1)
    high = np.clip(np.ceil(k).astype(int), 0, len(volume.slice_quality) - 1)
    quality = np.minimum(volume.slice_quality[low], volume.slice_quality[high])
    return np.where(volume.geometry.contains(points_mm), quality, 0.0)


def curved_view(
    volume: Volume,
    centerline: Centerline,
    rotation_deg: float = 0.0,
    pixel_mm: float = 0.2,
    half_width_mm: float = 15.0,
    kind: str = "straightened",
) -> View:
    """A curved planar reformation at true scale, proximal end at the top; `rotation_deg` turns the cut clockwise.

    At 0 degrees the columns of the straightened view run from 9 to 3 o'clock. The stretched view is cut along one fixed
    direction (Kanitsar, Fleischmann, Wegenkittl et al. 2002, IEEE Visualization), turned about the vessel's long axis.
    Raises GeometryError for an unknown kind or sizes that cannot be.
    """
    _check_sizes(half_width_mm, pixel_mm, pixel_mm)
    if kind not in CURVED_KINDS:
        raise GeometryError("This kind of curved view does not exist.", f"Got {kind}.", f"Use one of {CURVED_KINDS}.")
    angle = math.radians(rotation_deg)
    if kind == "straightened":
        rows_s = np.arange(0.0, centerline.length_mm + 1e-9, pixel_mm)
        point, _, normal, binormal = centerline.at(rows_s)
        across = math.cos(angle) * binormal - math.sin(angle) * normal
        columns = 2 * round(half_width_mm / pixel_mm) + 1
        first = point - (columns - 1) / 2 * pixel_mm * across
    else:
        rows_s, first, across, columns = _stretched_rows(centerline, angle, pixel_mm, half_width_mm)
    _check_pixels(len(rows_s), columns)
    out = np.empty((len(rows_s), columns), dtype=np.float32)
    step = pixel_mm * across @ _index_rotation(volume.geometry)
    ruled_view(volume.hu, volume.geometry.index_kji(first), step, columns, out)
    return View(out, CurvedMap(centerline, rows_s, first, across, pixel_mm))


def section_view(volume: Volume, centerline: Centerline, s_mm: float, half_width_mm: float = 8.0, pixel_mm: float = 0.1) -> View:
    """The section at arc `s_mm`, looking distally, 12 o'clock up."""
    _check_sizes(half_width_mm, pixel_mm, pixel_mm)
    point, _, normal, binormal = centerline.at(s_mm)
    count = 2 * round(half_width_mm / pixel_mm) + 1
    return oblique_view(volume, point, binormal, normal, (count, count), pixel_mm)


def oblique_view(
    volume: Volume,
    center_mm: npt.ArrayLike,
    right: npt.ArrayLike,
    up: npt.ArrayLike,
    shape: tuple[int, int],
    pixel_mm: float,
    slab_mm: float = 0.0,
    mode: str = "mip",
    is_moving: bool = False,
) -> View:
    """A flat image of `shape` (rows, columns) about an LPS centre, or a slab of `slab_mm` joined by one of SLAB_MODES.

    `right` and `up` are LPS directions of the screen. While the view `is_moving` a slab is sampled half as densely in all
    directions, a tenth of the work. Raises GeometryError when the directions are parallel, or a size cannot be.
    """
    across, upward = np.asarray(right, dtype=float), np.asarray(up, dtype=float)
    across = across / np.linalg.norm(across)
    upward = upward - (upward @ across) * across
    if not np.linalg.norm(upward) > 1e-9 or mode not in SLAB_MODES or not 0 <= slab_mm <= 500:
        raise GeometryError(
            "The view cannot be made.", f"Directions {across}, {upward}, slab {slab_mm} mm, mode {mode}.", "Choose another view."
        )
    upward = upward / np.linalg.norm(upward)
    _check_sizes(pixel_mm, pixel_mm, pixel_mm)
    _check_pixels(*shape)
    forward = np.cross(upward, across)
    coarse = 2 if is_moving and slab_mm > 0 else 1
    apart_mm = 2 * max(volume.geometry.spacing_mm) if coarse > 1 else min(volume.geometry.spacing_mm)
    samples = 1 + math.ceil(slab_mm / apart_mm) if slab_mm > 0 else 1
    ray = forward * (slab_mm / (samples - 1)) if samples > 1 else np.zeros(3)
    middle = np.asarray(center_mm, dtype=float)
    first = middle + pixel_mm * ((shape[0] - 1) / 2 * upward - (shape[1] - 1) / 2 * across)
    rotate = _index_rotation(volume.geometry)
    out = np.empty((-(-shape[0] // coarse), -(-shape[1] // coarse)), dtype=np.float32)
    # The middle of the pixels that one coarse sample stands for.
    start = first + 0.5 * (coarse - 1) * pixel_mm * (across - upward)
    slab_view(
        volume.hu,
        volume.geometry.index_kji(start - forward * slab_mm / 2),
        -coarse * pixel_mm * upward @ rotate,
        coarse * pixel_mm * across @ rotate,
        ray @ rotate,
        samples,
        SLAB_MODES[mode],
        out,
    )
    if coarse > 1:
        out = np.repeat(np.repeat(out, coarse, axis=0), coarse, axis=1)[: shape[0], : shape[1]]
    return View(out, PlaneMap(first, across, -upward, pixel_mm))


def _index_rotation(geometry: Geometry) -> FloatArray:
    """(3, 3): an LPS vector in mm times this is a step in voxel indices."""
    return np.asarray(np.linalg.inv(geometry.lps_from_index[:3, :3]).T)


def _stretched_rows(
    centerline: Centerline, angle: float, pixel_mm: float, half_width_mm: float
) -> tuple[FloatArray, FloatArray, FloatArray, int]:
    """Arc, first point and direction per row of a stretched view, and its number of columns."""
    points = centerline.points_mm
    _, _, axes = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    direction = math.cos(angle) * axes[1] + math.sin(angle) * axes[2]
    along = points @ direction
    in_plane = points - along[:, None] * direction
    travelled = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(in_plane, axis=0), axis=1))])
    travelled += np.arange(len(points)) * 1e-9
    rows_s = np.interp(np.arange(0.0, travelled[-1], pixel_mm), travelled, centerline.s_mm)
    point = centerline.at(rows_s)[0]
    low = float(along.min()) - half_width_mm
    columns = round((float(along.max()) + half_width_mm - low) / pixel_mm) + 1
    first = point + (low - point @ direction)[:, None] * direction
    return rows_s, first, np.broadcast_to(direction, first.shape).copy(), columns


def _check_sizes(half_width_mm: float, pixel_mm: float, step_mm: float) -> None:
    if not (0.01 <= pixel_mm <= 20 and 0.01 <= step_mm <= 20 and pixel_mm <= half_width_mm <= 300):
        raise GeometryError(
            "The view has a size that cannot be.",
            f"Half width {half_width_mm} mm, pixel {pixel_mm} mm, step {step_mm} mm.",
            "Choose a pixel of 0.01 to 20 mm and a wider view.",
        )


def _check_pixels(rows: int, columns: int) -> None:
    if rows < 1 or columns < 1 or rows * columns > MAX_PIXELS:
        raise GeometryError("The image has a size that cannot be.", f"{rows} x {columns} pixels.", "Use larger pixels.")
