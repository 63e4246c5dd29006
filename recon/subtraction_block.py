"""The contrast scan on the sections of a vessel, as blurred as the non-contrast scan, with and without the contrast in it."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from recon.centerline import Centerline
from recon.edge_blur import FWHM_PER_SD
from recon.estimate import FloatArray
from recon.fine_image import FineImage, part_near, spline_image
from recon.geometry import Geometry
from recon.sections import WALL_ANGLES, ScanPhysics, VesselSections
from recon.subtraction_blur import PairBlur, voxel_sigma
from recon.vessels import Vessel
from recon.volume import Volume

PIXEL_MM, HALF_MM = 0.4, 6.0
PIECE_MM = 24.0
"""The vessel is blurred piece by piece: the box about a piece is small."""

MARGIN_MM, USUAL_WALL_MM = 4.0, 1.5
TISSUE_HU = 45.0
"""Wall, blood and plaque without contrast."""

LEAST_SEEN, MOST_HU, LEAST_HU = 0.5, 1.1, 150.0
"""A lumen of which the blur leaves less tells no HU of its own; nor is one brighter than so many times the proximal ones."""

Grid = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class SectionBlock:
    """Images (n, rows, columns) on the sections at `s_mm`, rows from 12 o'clock down, and where their pixels lie.

    `contrast_hu` is the contrast scan at equal blur, `bare_hu` the same less its lumen, `inside` the blurred part of each
    pixel that is inside the outer wall. `up_mm` and `right_mm` (rows, columns) are the places in a section, `wall_r_mm` (n, rows,
    columns) the wall at that angle.
    """

    line: Centerline
    s_mm: FloatArray
    contrast_hu: Grid
    bare_hu: Grid
    inside: Grid
    up_mm: FloatArray
    right_mm: FloatArray
    wall_r_mm: Grid

    @property
    def radius_mm(self) -> FloatArray:
        """Distance of the pixels from the line (rows, columns)."""
        return np.asarray(np.hypot(self.up_mm, self.right_mm))

    def points_mm(self) -> FloatArray:
        """LPS (n, rows, columns, 3) in the contrast scan."""
        return section_points(self.line, self.s_mm, self.up_mm, self.right_mm)


def contrast_hu(sections: VesselSections, physics: ScanPhysics) -> FloatArray:
    """HU of contrast (n,) in each section before blur; of the proximal vessels where no lumen was measured."""
    sigma = physics.psf_in_plane_fwhm_mm.best / FWHM_PER_SD
    squared = np.maximum(sections.lumen_area_mm2, 0.0) / math.pi
    seen = 1.0 - np.exp(-0.5 * squared / sigma**2)
    sharp = TISSUE_HU + (sections.mean_lumen_hu - TISSUE_HU) / np.maximum(seen, LEAST_SEEN)
    known = np.isfinite(sections.mean_lumen_hu) & (seen >= LEAST_SEEN)
    hu = np.where(known, np.minimum(sharp, MOST_HU * physics.lumen_hu), physics.lumen_hu)
    return np.asarray(np.maximum(hu, LEAST_HU))


def known_wall_mm(sections: VesselSections) -> FloatArray:
    """Outer wall (n, WALL_ANGLES); the vessel's usual radius where none was measured."""
    wall = sections.wall_r_mm
    known = np.isfinite(wall)
    usual = float(np.median(wall[known])) if known.any() else USUAL_WALL_MM
    return np.where(known, wall, usual)


def section_points(line: Centerline, s_mm: FloatArray, up_mm: FloatArray, right_mm: FloatArray) -> FloatArray:
    """LPS (n, rows, columns, 3) of places in sections."""
    point, _, normal, binormal = line.at(s_mm)
    return np.asarray(
        point[:, None, None] + up_mm[..., None] * normal[:, None, None] + right_mm[..., None] * binormal[:, None, None]
    )


def section_block(volume: Volume, vessel: Vessel, sections: VesselSections, physics: ScanPhysics, blur: PairBlur) -> SectionBlock:
    """The block of a vessel whose `sections` were measured on the contrast scan `volume`."""
    line, s_mm = vessel.centerline, sections.s_mm
    grid = PIXEL_MM * np.arange(-round(HALF_MM / PIXEL_MM), round(HALF_MM / PIXEL_MM) + 1)
    up, right = np.meshgrid(-grid, grid, indexing="ij")
    shape = (len(s_mm), *up.shape)
    contrast, bare, inside = (np.empty(shape, np.float32) for _ in range(3))
    for first in np.arange(s_mm[0], s_mm[-1] + 1e-6, PIECE_MM):
        rows = np.flatnonzero((s_mm >= first) & (s_mm < first + PIECE_MM))
        if len(rows) == 0:
            continue
        near = (s_mm >= s_mm[rows[0]] - MARGIN_MM) & (s_mm <= s_mm[rows[-1]] + MARGIN_MM)
        images = _piece(volume, line, near, sections, physics, blur)
        place = section_points(line, s_mm[rows], up, right)
        for target, image in zip((contrast, bare, inside), images, strict=True):
            target[rows] = image.at(place)
    theta = np.arctan2(right, up) % (2 * np.pi)
    wall = _at_angle(known_wall_mm(sections), np.arange(len(s_mm))[:, None, None], np.broadcast_to(theta, shape))
    return SectionBlock(line, s_mm, contrast, bare, inside, up, right, wall.astype(np.float32))


def _piece(
    volume: Volume,
    line: Centerline,
    near: npt.NDArray[np.bool_],
    sections: VesselSections,
    physics: ScanPhysics,
    blur: PairBlur,
) -> tuple[FineImage, FineImage, FineImage]:
    """Contrast at equal blur, the same without lumen, and the part inside the wall, as splines about a piece of the line."""
    points = sections.point_mm[near]
    first, last = part_near(volume.geometry, points, HALF_MM * 1.5)
    geometry = volume.geometry.cropped(first, last)
    hu = volume.hu[first[0] : last[0], first[1] : last[1], first[2] : last[2]].astype(np.float32)
    lumen, inside = _masks(geometry, line, points, sections, physics)
    spacing = geometry.spacing_mm
    lacks, target = voxel_sigma(blur.contrast_lacks_mm, spacing), voxel_sigma(blur.target_mm, spacing)
    contrast, signal = spline_image(hu, geometry, lacks), spline_image(lumen, geometry, target)
    bare = FineImage(contrast.coefficients - signal.coefficients, geometry)
    return contrast, bare, spline_image(inside, geometry, target)


def _masks(
    geometry: Geometry, line: Centerline, points_mm: FloatArray, sections: VesselSections, physics: ScanPhysics
) -> tuple[Grid, Grid]:
    """HU that contrast adds and the part inside the wall, before blur, on the voxels of a box."""
    shape = geometry.shape
    place = geometry.points_mm(np.indices(shape).reshape(3, -1).T)
    far, _ = cKDTree(points_mm).query(place, distance_upper_bound=float(known_wall_mm(sections).max()) + 1.0)
    close = np.isfinite(far)
    lumen, inside = np.zeros(len(place), np.float32), np.zeros(len(place), np.float32)
    s, theta, r = line.locate(place[close])
    step_mm = float(sections.s_mm[1] - sections.s_mm[0])
    row = np.clip(np.round((s - sections.s_mm[0]) / step_mm).astype(int), 0, len(sections.s_mm) - 1)
    pixel = float(np.mean(geometry.spacing_mm))
    wall, open_r = (_at_angle(v, row, theta) for v in (known_wall_mm(sections), np.nan_to_num(sections.lumen_r_mm)))
    part = np.clip((open_r - r) / pixel + 0.5, 0.0, 1.0) * (sections.lumen_open[row] & (open_r > 0))
    lumen[close] = (contrast_hu(sections, physics)[row] - TISSUE_HU) * part
    inside[close] = np.clip((wall - r) / pixel + 0.5, 0.0, 1.0)
    return lumen.reshape(shape), inside.reshape(shape)


def _at_angle(radii: FloatArray, row: npt.NDArray[np.intp], theta: FloatArray) -> FloatArray:
    """Radii (n, WALL_ANGLES) at rows and angles."""
    at = theta * (WALL_ANGLES / (2 * np.pi))
    low = np.floor(at).astype(int)
    part = at - low
    return np.asarray((1 - part) * radii[row, low % WALL_ANGLES] + part * radii[row, (low + 1) % WALL_ANGLES])
