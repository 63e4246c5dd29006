"""Agatston, volume and mass score of a non-contrast scan: 130 HU, 3 mm slices (docs/clinical.md B.7)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import find_objects, label

from recon.errors import GeometryError
from recon.estimate import FloatArray
from recon.geometry import Geometry
from recon.volume import Volume

THRESHOLD_HU = 130.0
WEIGHT_FROM_HU = (130.0, 200.0, 300.0, 400.0)
SLICE_MM = 3.0
SLICE_TOLERANCE_MM = 0.05
LEAST_AREA_MM2 = 1.0
"""A smaller spot of a slice is noise (published practice, unverified)."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Connected pixels of one slice over 130 HU: `pixels` (n, 2) rows and columns, area, peak and mean HU."""

    slice: int
    pixels: npt.NDArray[np.intp]
    area_mm2: float
    peak_hu: float
    mean_hu: float


@dataclass(frozen=True, eq=False)
class Slabs:
    """A scan as axial slices of 3 mm (or as they were, where thicker): `hu` (slices, rows, columns)."""

    hu: FloatArray
    geometry: Geometry
    thickness_mm: float


@dataclass(frozen=True, slots=True)
class CalciumScore:
    """Scores of some spots. `mass_mg` needs a calibration factor; `hu_mm3` is the sum of HU times volume it is made from."""

    agatston: float
    volume_mm3: float
    hu_mm3: float
    mass_mg: float | None
    spots: int


def three_mm_slabs(volume: Volume) -> Slabs:
    """The scan averaged into slices of 3 mm, each voxel by the part of it that lies in the slice; thicker slices stay.

    Raises GeometryError for a scan under 3 mm.
    """
    spacing = volume.geometry.spacing_mm[0]
    count = volume.hu.shape[0]
    if spacing > SLICE_MM - SLICE_TOLERANCE_MM:
        return Slabs(volume.hu.astype(float), volume.geometry, spacing)
    slabs = int((count * spacing + 1e-6) // SLICE_MM)
    if slabs < 1:
        raise GeometryError("The scan is too short to be scored.", f"{count * spacing:.1f} mm long.", "Open the whole series.")
    edges = np.arange(count + 1) * spacing
    weight = np.zeros((slabs, count))
    for slab in range(slabs):
        inside = np.minimum(edges[1:], (slab + 1) * SLICE_MM) - np.maximum(edges[:-1], slab * SLICE_MM)
        weight[slab] = np.maximum(inside, 0.0) / SLICE_MM
    hu = np.empty((slabs, *volume.hu.shape[1:]))
    for slab in range(slabs):
        used = np.flatnonzero(weight[slab])
        hu[slab] = np.tensordot(weight[slab, used], volume.hu[used].astype(float), axes=1)
    matrix = volume.geometry.lps_from_index.copy()
    matrix[:3, 3] = volume.geometry.points_mm((0.5 * SLICE_MM / spacing - 0.5, 0.0, 0.0))
    matrix[:3, 0] *= SLICE_MM / spacing
    return Slabs(hu, Geometry((slabs, *volume.hu.shape[1:]), matrix, volume.geometry.frame_of_reference_uid), SLICE_MM)


def calcium_spots(slabs: Slabs) -> tuple[Spot, ...]:
    """All spots over 130 HU of at least 1 mm2, slice by slice; pixels that touch at a corner are connected."""
    pixel = slabs.geometry.spacing_mm[1] * slabs.geometry.spacing_mm[2]
    found: list[Spot] = []
    for number, picture in enumerate(slabs.hu):
        pieces, _ = label(picture >= THRESHOLD_HU, structure=np.ones((3, 3)))
        for piece, box in enumerate(find_objects(pieces), start=1):
            if box is None:
                continue
            inside = pieces[box] == piece
            area = float(inside.sum()) * pixel
            if area < LEAST_AREA_MM2 - 1e-9:
                continue
            values = picture[box][inside]
            pixels = np.argwhere(inside) + np.array([box[0].start, box[1].start])
            found.append(Spot(number, pixels, area, float(values.max()), float(values.mean())))
    return tuple(found)


def weight(peak_hu: float) -> int:
    """1 to 4 by the brightest pixel of a spot; 0 under 130 HU."""
    return int(np.searchsorted(WEIGHT_FROM_HU, peak_hu, side="right"))


def calcium_score(spots: Sequence[Spot], thickness_mm: float, calibration_mg_per_mm3_hu: float | None = None) -> CalciumScore:
    """Agatston score (area times weight, in units of 3 mm), volume, and mass where a phantom's calibration factor is stated.

    Raises GeometryError for a factor that is not positive.
    """
    if calibration_mg_per_mm3_hu is not None and not (math.isfinite(calibration_mg_per_mm3_hu) and calibration_mg_per_mm3_hu > 0):
        raise GeometryError(
            "The calibration factor cannot be used.",
            f"Got {calibration_mg_per_mm3_hu}.",
            "State mg per mm3 and HU, from the phantom.",
        )
    agatston = sum(spot.area_mm2 * weight(spot.peak_hu) for spot in spots) * thickness_mm / SLICE_MM
    volumes = [spot.area_mm2 * thickness_mm for spot in spots]
    hu_mm3 = sum(volume * spot.mean_hu for volume, spot in zip(volumes, spots, strict=True))
    mass = None if calibration_mg_per_mm3_hu is None else calibration_mg_per_mm3_hu * hu_mm3
    return CalciumScore(float(agatston), float(sum(volumes)), float(hu_mm3), mass, len(spots))


def spot_points_mm(spot: Spot, geometry: Geometry) -> FloatArray:
    """LPS positions (n, 3) of the pixels of a spot."""
    slices = np.full((len(spot.pixels), 1), spot.slice)
    return geometry.points_mm(np.concatenate([slices, spot.pixels], axis=1))
