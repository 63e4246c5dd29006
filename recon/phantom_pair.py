"""Pairs of test objects: the contrast scan of a segment and a non-contrast scan of it, moved and bent in between."""

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import map_coordinates, spline_filter

from recon.estimate import FloatArray
from recon.geometry import Geometry
from recon.phantom_case import Case, Scan
from recon.phantom_noise import add_noise
from recon.phantom_rasterise import CLIP_HU, render
from recon.report import silent
from recon.volume import Acquisition, Volume

BLOOD_HU = 45.0
"""Blood, muscle and chambers without contrast; brighter soft tissue of a case becomes this."""

SLICES_MM = (0.5, 0.625, 1.0, 1.5, 2.5, 3.0)
EDGE_MM = 6.0
INVERSION_ROUNDS = 12


@dataclass(frozen=True, eq=False)
class Movement:
    """Where a point of the contrast scan lies in the other: turned about `centre_mm`, shifted, and bent by smooth waves.

    `waves` rows are amplitude (3), wave vector (3, rad per mm) and phase.
    """

    matrix: FloatArray
    centre_mm: FloatArray
    waves: FloatArray

    def moved(self, points_mm: FloatArray) -> FloatArray:
        """LPS (..., 3) in the non-contrast scan."""
        rigid = (points_mm - self.centre_mm) @ self.matrix[:3, :3].T + self.centre_mm + self.matrix[:3, 3]
        return np.asarray(rigid + self.bent(points_mm))

    def bent(self, points_mm: FloatArray) -> FloatArray:
        """What the waves alone add (..., 3)."""
        out = np.zeros_like(points_mm)
        for wave in self.waves:
            out += wave[:3] * np.sin(points_mm @ wave[3:6] + wave[6])[..., None]
        return out

    def rigid(self) -> FloatArray:
        """The movement without its waves as a (4, 4) matrix on LPS mm."""
        whole = np.eye(4)
        turn = self.matrix[:3, :3]
        whole[:3, :3], whole[:3, 3] = turn, self.matrix[:3, 3] + self.centre_mm - turn @ self.centre_mm
        return whole

    def origin(self, points_mm: FloatArray) -> FloatArray:
        """Where points of the non-contrast scan (..., 3) come from in the contrast scan."""
        found = points_mm.copy()
        for _ in range(INVERSION_ROUNDS):
            found = found + (points_mm - self.moved(found)) @ self.matrix[:3, :3]
        return np.asarray(found)


@dataclass(frozen=True, eq=False)
class Pair:
    """A case, the non-contrast volume of it and the movement between both; `scan` is how the latter was made."""

    case: Case
    noncontrast: Volume
    movement: Movement
    scan: Scan


def segment_pair(case: Case, seed: int, slice_mm: float | None = None, bend_mm: float | None = None) -> Pair:
    """The non-contrast scan of a segment: up to 3 degrees and 3 mm, then 1 to 2 mm of bending over 40 to 80 mm.

    Slices of 0.5 to 3 mm, other blur (kernel) and noise; the same seed gives the same pair.
    """
    rng = np.random.default_rng([seed, 1614])
    drawn_slice = float(rng.choice(SLICES_MM))
    thick = drawn_slice if slice_mm is None else slice_mm
    centre = case.vessels[0].centerline.points_mm.mean(axis=0)
    movement = _movement(rng, centre, bend_mm)
    plane = float(rng.uniform(0.6, 1.1))
    noise = float(rng.uniform(15, 40)) * min(1.0, 1.2 / math.sqrt(thick))
    scan = Scan(plane, math.hypot(0.55, 0.95 * thick), noise, BLOOD_HU)
    pixel = float(rng.uniform(0.35, 0.5))
    volume = _moved_volume(_without_contrast(case, scan), scan, movement, (thick, pixel, pixel))
    return Pair(case, volume, movement, scan)


def _movement(rng: np.random.Generator, centre_mm: FloatArray, bend_mm: float | None) -> Movement:
    axis = rng.normal(size=3)
    axis /= np.linalg.norm(axis)
    angle = math.radians(float(rng.uniform(0.0, 3.0)))
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    matrix = np.eye(4)
    matrix[:3, :3] += math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross
    matrix[:3, 3] = rng.uniform(-1.7, 1.7, 3)
    drawn = float(rng.uniform(1.0, 2.0))
    size = drawn if bend_mm is None else bend_mm
    waves = np.empty((2, 7))
    for wave in waves:
        way, along = rng.normal(size=3), rng.normal(size=3)
        wave[:3] = 0.7 * size * way / np.linalg.norm(way)
        wave[3:6] = along / np.linalg.norm(along) * 2 * math.pi / float(rng.uniform(40.0, 80.0))
        wave[6] = float(rng.uniform(0, 2 * math.pi))
    return Movement(matrix, centre_mm, waves)


def _without_contrast(case: Case, scan: Scan) -> Case:
    """The same object with blood and muscle of one HU, finely sampled, blurred as the scan blurs and without noise."""
    vessels = tuple(replace(v, lumen_hu=np.full(len(v.lumen_hu), BLOOD_HU)) for v in case.vessels)
    regions = case.scene.regions.copy()
    regions[:, 0] = np.where(regions[:, 0] > 60.0, BLOOD_HU + 5.0, regions[:, 0])
    bare = replace(scan, noise_sd_hu=0.0)
    return replace(case, scan=bare, vessels=vessels, scene=replace(case.scene, regions=regions))


def _moved_volume(still: Case, scan: Scan, movement: Movement, spacing_mm: tuple[float, float, float]) -> Volume:
    fine = render(still)
    coefficients = spline_filter(fine.hu.astype(np.float32), order=3, output=np.float32)
    ends = np.array(np.meshgrid(*((0, n - 1) for n in fine.hu.shape))).reshape(3, -1).T
    corners = movement.moved(fine.geometry.points_mm(ends))
    low, high = corners.min(axis=0) - EDGE_MM, corners.max(axis=0) + EDGE_MM
    size = np.ceil((high - low)[::-1] / np.array(spacing_mm)).astype(int) + 1
    geometry = Geometry.axial((int(size[0]), int(size[1]), int(size[2])), spacing_mm, (low[0], low[1], low[2]))
    hu = np.empty(geometry.shape, np.float32)
    rows, columns = np.meshgrid(np.arange(size[1]), np.arange(size[2]), indexing="ij")
    for k in range(int(size[0])):
        place = geometry.points_mm(np.stack([np.full(rows.shape, k), rows, columns], axis=-1))
        index = fine.geometry.index_kji(movement.origin(place))
        hu[k] = map_coordinates(coefficients, np.moveaxis(index, -1, 0), order=3, mode="nearest", prefilter=False)
    sd = scan.noise_sd_hu
    add_noise(hu, geometry.spacing_mm, sd, scan.psf_in_plane_fwhm_mm, scan.psf_z_fwhm_mm, still.seed + 7, silent)
    voxels = np.clip(np.rint(hu), *CLIP_HU).astype(np.int16)
    return Volume(voxels, geometry, still.identity, _acquisition(still, spacing_mm[0]))


def _acquisition(case: Case, slice_mm: float) -> Acquisition:
    return Acquisition(
        manufacturer="CTO Planner",
        model="Analytic phantom",
        kernel=case.scan.kernel,
        kvp=case.scan.kvp,
        slice_thickness_mm=slice_mm,
        phase_pct=case.scan.phase_pct,
        phase_rule="stated",
        patient_position="HFS",
        source=f"phantom {case.name}, non-contrast",
    )
