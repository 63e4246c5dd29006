"""Pictures of the difference of two matched scans, both as blurred as the other."""

from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter

from recon.centerline import Centerline
from recon.fine_image import FineImage, fine_image
from recon.reformat import CurvedMap, Image, curved_view
from recon.sections import ScanPhysics
from recon.subtraction_blur import noncontrast_blur_mm, pair_blur, voxel_sigma
from recon.volume import Volume

LEAST_SIGMA = 0.1
REACH_MM = 4.0
"""How far beyond the picture's half width the images are kept."""


def difference_cut(
    contrast: Volume,
    other: Volume,
    line: Centerline,
    other_line: Centerline,
    physics: ScanPhysics,
    rotation_deg: float,
    pixel_mm: float,
    half_width_mm: float,
) -> Image:
    """The difference on the straightened cut of `recon.reformat.curved_view`, HU (rows, columns); NaN outside either scan."""
    first, second = equal_images(contrast, other, line, other_line, physics, half_width_mm + REACH_MM)
    here, there = (
        _map(volume, one, rotation_deg, pixel_mm, half_width_mm) for volume, one in ((contrast, line), (other, other_line))
    )
    shape = len(here.row_s_mm), 2 * round(half_width_mm / pixel_mm) + 1
    rows, columns = np.meshgrid(np.arange(shape[0]), np.arange(shape[1]), indexing="ij")
    return np.asarray(first.at(here.points_mm(rows, columns)) - second.at(there.points_mm(rows, columns)), dtype=np.float32)


def equal_volumes(contrast: Volume, other: Volume, physics: ScanPhysics) -> tuple[Volume, Volume]:
    """Both whole scans at equal blur, for pictures that have to follow a hand; a scan that lacks nothing is the same value."""
    blur = pair_blur(physics, noncontrast_blur_mm(other))
    return _blurred(contrast, blur.contrast_lacks_mm), _blurred(other, blur.noncontrast_lacks_mm)


def _blurred(volume: Volume, lacks_mm: tuple[float, float]) -> Volume:
    sigma = voxel_sigma(lacks_mm, volume.geometry.spacing_mm)
    if max(sigma) < LEAST_SIGMA:
        return volume
    return replace(volume, hu=gaussian_filter(volume.hu.astype(np.float32), sigma, truncate=3.0).astype(np.int16))


def _map(volume: Volume, line: Centerline, rotation_deg: float, pixel_mm: float, half_width_mm: float) -> CurvedMap:
    made = curved_view(volume, line, rotation_deg, pixel_mm, half_width_mm).map
    assert isinstance(made, CurvedMap)
    return made


def equal_images(
    contrast: Volume, other: Volume, line: Centerline, other_line: Centerline, physics: ScanPhysics, reach_mm: float
) -> tuple[FineImage, FineImage]:
    """Both scans about a vessel at equal blur."""
    blur = pair_blur(physics, noncontrast_blur_mm(other))
    first = fine_image(contrast, line, reach_mm, voxel_sigma(blur.contrast_lacks_mm, contrast.geometry.spacing_mm))
    second = fine_image(other, other_line, reach_mm, voxel_sigma(blur.noncontrast_lacks_mm, other.geometry.spacing_mm))
    return first, second
