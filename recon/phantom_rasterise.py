"""From a test object to voxels: large shapes blurred analytically, vessels super-sampled and blurred exactly, then noise."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recon.estimate import FloatArray
from recon.geometry import Geometry
from recon.kernels import phantom as kernels
from recon.kernels import phantom_scene as scene_kernels
from recon.phantom_case import Case
from recon.phantom_chambers import Scene
from recon.phantom_deposits import Deposit, deposit_rows
from recon.phantom_noise import FWHM_PER_SIGMA, add_noise
from recon.phantom_streaks import add_streaks
from recon.phantom_vessel import PhantomVessel
from recon.report import Report, part_of, silent
from recon.volume import Acquisition, Volume

CLEAR_FAR_MM = 3.0
"""How far beyond an artery's wall and fat the chambers are told of it."""

CLIP_HU = (-1024, 3071)
"""What 12 stored bits with the usual offset can hold."""


@dataclass(frozen=True, eq=False)
class _Near:
    """Voxels (n, 3) near one vessel and the index of the nearest centerline point."""

    voxels: npt.NDArray[np.int32]
    nearest: npt.NDArray[np.int32]
    distance_mm: FloatArray


def render(
    case: Case, report: Report = silent, region: tuple[tuple[int, int, int], tuple[int, int, int]] | None = None
) -> Volume:
    """The CT volume of a case; `region` (start, stop in slice, row, column) renders only that part of its grid."""
    geometry = case.geometry if region is None else case.geometry.cropped(*region)
    hu = _noiseless(case, geometry, part_of(report, 0.0, 0.75))
    scan = case.scan
    for lead in (v for v in case.vessels if v.kind == "lead"):
        add_streaks(hu, geometry, lead.centerline, scan.streak_hu, case.seed)
    add_noise(
        hu,
        geometry.spacing_mm,
        scan.noise_sd_hu,
        scan.psf_in_plane_fwhm_mm,
        scan.psf_z_fwhm_mm,
        case.seed,
        part_of(report, 0.75, 0.95),
    )
    voxels = np.empty(hu.shape, np.int16)
    for k in range(len(hu)):
        voxels[k] = np.clip(np.rint(hu[k]), *CLIP_HU)
    report(1.0, "Test object made")
    return Volume(voxels, geometry, case.identity, _acquisition(case, geometry))


def _acquisition(case: Case, geometry: Geometry) -> Acquisition:
    return Acquisition(
        manufacturer="CTO Planner",
        model="Analytic phantom",
        kernel=case.scan.kernel,
        kvp=case.scan.kvp,
        slice_thickness_mm=round(case.scan.psf_z_fwhm_mm, 3),
        phase_pct=case.scan.phase_pct,
        phase_rule="stated",
        patient_position="HFS",
        source=f"phantom {case.name}",
    )


def _noiseless(case: Case, geometry: Geometry, report: Report) -> npt.NDArray[np.float32]:
    shift = _slice_shifts(case, geometry)
    clearance = np.full(geometry.shape, CLEAR_FAR_MM, np.float32)
    near: list[_Near] = []
    for n, vessel in enumerate(case.vessels):
        report(0.25 * n / max(1, len(case.vessels)), "Placing vessels")
        near.append(_near_voxels(vessel, geometry, shift))
        if vessel.kind == "artery":
            _clear(clearance, vessel, near[-1])
    report(0.25, "Painting the chest")
    sigma_xy, sigma_z = case.scan.psf_in_plane_fwhm_mm / FWHM_PER_SIGMA, case.scan.psf_z_fwhm_mm / FWHM_PER_SIGMA
    hu = np.full(geometry.shape, case.scene.background_hu, np.float32)
    _paint_slabs(hu, case.scene, geometry, shift, clearance, (sigma_xy, sigma_z), part_of(report, 0.25, 0.75))
    report(0.75, "Painting the vessels")
    _add_vessels(hu, case, geometry, shift, clearance, near, (sigma_xy, sigma_z), part_of(report, 0.75, 1.0))
    return hu


def _slice_shifts(case: Case, geometry: Geometry) -> FloatArray:
    """Sideways shift (slices, 2) of the object in each slice, for steps between heart beats."""
    shift = np.zeros((geometry.shape[0], 2))
    height = geometry.points_mm(np.column_stack([np.arange(geometry.shape[0]), np.zeros((geometry.shape[0], 2))]))[:, 2]
    for above_mm, x_mm, y_mm in case.scan.motion_steps:
        shift[height >= above_mm] = x_mm, y_mm
    return shift


def _near_voxels(vessel: PhantomVessel, geometry: Geometry, shift: FloatArray) -> _Near:
    reach = float(vessel.wall_mm.max() + np.abs(vessel.offset_mm).max()) + (
        max(0.0, float(vessel.fat_mm.max())) + CLEAR_FAR_MM if vessel.kind == "artery" else 1.0
    )
    points = vessel.centerline.points_mm
    index = geometry.index_kji(points)
    margin = (reach + 4.0) / np.array(geometry.spacing_mm)
    low = np.clip(np.floor(index.min(axis=0) - margin).astype(np.int64), 0, np.array(geometry.shape))
    high = np.clip(np.ceil(index.max(axis=0) + margin).astype(np.int64) + 1, 0, np.array(geometry.shape))
    size = np.maximum(high - low, 0)
    squared = np.full(tuple(size), np.float32(reach**2), np.float32)
    nearest = np.full(tuple(size), -1, np.int32)
    inverse = np.linalg.inv(geometry.lps_from_index)
    kernels.nearest_points(points, geometry.lps_from_index, inverse, shift, reach, low, squared, nearest)
    where = np.argwhere(nearest >= 0).astype(np.int32)
    chosen = nearest[nearest >= 0]
    return _Near(where + low.astype(np.int32), chosen, np.sqrt(squared[nearest >= 0]).astype(float))


def _clear(clearance: npt.NDArray[np.float32], vessel: PhantomVessel, near: _Near) -> None:
    free = near.distance_mm - (vessel.wall_mm + vessel.fat_mm)[near.nearest]
    k, j, i = near.voxels.T
    clearance[k, j, i] = np.minimum(clearance[k, j, i], free)


def _boxes(scene: Scene, geometry: Geometry, shift: FloatArray) -> npt.NDArray[np.int64]:
    """Index boxes (n, 6) = k0, k1, j0, j1, i0, i1 of the regions."""
    spread = np.abs(shift).max() if len(shift) else 0.0
    boxes = np.empty((len(scene.regions), 6), np.int64)
    for n, (low, high) in enumerate(scene.boxes_mm):
        corners = np.array(
            [[(low, high)[a][0], (low, high)[b][1], (low, high)[c][2]] for a in (0, 1) for b in (0, 1) for c in (0, 1)]
        )
        index = geometry.index_kji(corners)
        margin = spread / np.array(geometry.spacing_mm)
        first = np.clip(np.floor(index.min(axis=0) - margin), 0, geometry.shape)
        last = np.clip(np.ceil(index.max(axis=0) + margin) + 1, 0, geometry.shape)
        boxes[n] = np.column_stack([first, last]).ravel()
    return boxes


def _paint_slabs(
    hu: npt.NDArray[np.float32],
    scene: Scene,
    geometry: Geometry,
    shift: FloatArray,
    clearance: npt.NDArray[np.float32],
    sigma: tuple[float, float],
    report: Report,
) -> None:
    """Paint a few slices at a time so that progress can be told."""
    if len(scene.regions) == 0:
        return
    boxes = _boxes(scene, geometry, shift)
    step = 16
    for k in range(0, len(hu), step):
        report(k / len(hu), "Painting the chest")
        stop = min(k + step, len(hu))
        affine = geometry.lps_from_index.copy()
        affine[:3, 3] = geometry.points_mm((k, 0, 0))
        local = boxes.copy()
        local[:, :2] = np.clip(local[:, :2] - k, 0, stop - k)
        scene_kernels.paint_grid(
            hu[k:stop],
            affine,
            shift[k:stop],
            clearance[k:stop],
            scene.shapes,
            scene.tubes,
            scene.regions,
            local,
            scene.terms,
            *sigma,
        )


def _add_vessels(
    hu: npt.NDArray[np.float32],
    case: Case,
    geometry: Geometry,
    shift: FloatArray,
    clearance: npt.NDArray[np.float32],
    near: list[_Near],
    sigma: tuple[float, float],
    report: Report,
) -> None:
    touched = [_touched(v, n, geometry) for v, n in zip(case.vessels, near, strict=True)]
    flat = [np.ravel_multi_index(tuple(n.voxels[keep].T), geometry.shape) for n, keep in zip(near, touched, strict=True)]
    union = np.unique(np.concatenate(flat)) if flat else np.empty(0, np.int64)
    if len(union) == 0:
        return
    voxels = np.column_stack(np.unravel_index(union, geometry.shape)).astype(np.int32)
    behind = _behind(case.scene, voxels, geometry, shift, clearance)
    count = kernels.SUB**3
    classes, values = np.zeros((len(union), count), np.uint8), np.zeros((len(union), count), np.float32)
    for n, vessel in enumerate(case.vessels):
        report(0.8 * n / len(case.vessels), f"Painting {vessel.name}")
        _fill(classes, values, np.searchsorted(union, flat[n]), near[n], touched[n], vessel, geometry, shift)
    report(0.8, "Blurring")
    weights = [_weights(h, sigma[1] if a == 0 else sigma[0]) for a, h in enumerate(geometry.spacing_mm)]
    kernels.splat(hu, voxels, classes, values, behind, *weights)


def _touched(vessel: PhantomVessel, near: _Near, geometry: Geometry) -> npt.NDArray[np.bool_]:
    """Which near voxels may hold part of the vessel."""
    half_diagonal = 0.5 * math.sqrt(sum(h * h for h in geometry.spacing_mm))
    slack = half_diagonal + 0.5 * float(np.diff(vessel.centerline.s_mm[:2])[0]) + 0.05
    reach = vessel.wall_mm + np.linalg.norm(vessel.offset_mm, axis=1) + slack
    keep = near.distance_mm < reach[near.nearest]
    if vessel.ostial:
        keep |= (near.nearest == 0) & (near.distance_mm < reach[0] + 2.0)
    return np.asarray(keep)


def _behind(
    scene: Scene, voxels: npt.NDArray[np.int32], geometry: Geometry, shift: FloatArray, clearance: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """What the scene holds at the voxels before blur; edges as soft as a voxel is wide."""
    values = np.full(len(voxels), scene.background_hu, np.float32)
    if len(scene.regions):
        z, y, _ = geometry.spacing_mm
        soft = 1 / math.sqrt(12)
        boxes = _boxes(scene, geometry, shift)
        scene_kernels.paint_points(
            values,
            voxels,
            geometry.lps_from_index,
            shift,
            clearance,
            scene.shapes,
            scene.tubes,
            scene.regions,
            boxes,
            scene.terms,
            y * soft,
            z * soft,
        )
    return values


def _fill(
    classes: npt.NDArray[np.uint8],
    values: npt.NDArray[np.float32],
    slots: npt.NDArray[np.int64],
    near: _Near,
    keep: npt.NDArray[np.bool_],
    vessel: PhantomVessel,
    geometry: Geometry,
    shift: FloatArray,
) -> None:
    line = vessel.centerline
    curve = np.column_stack([line.s_mm, line.points_mm, line.normal, line.binormal])
    profile = np.column_stack(
        [vessel.capped_lumen_mm(line.s_mm), vessel.wall_mm, vessel.offset_mm, vessel.lumen_hu, vessel.wall_hu]
    )
    closed = np.array([[-1.0, vessel.buried_mm], *([o.start_mm, vessel.dark_until_mm(o)] for o in vessel.occlusions)])
    ostial = vessel.ostial and bool(vessel.is_open(0.0))
    kernels.fill_subsamples(
        classes,
        values,
        slots,
        near.voxels[keep],
        near.nearest[keep],
        geometry.lps_from_index,
        shift,
        curve,
        profile,
        closed,
        deposit_rows(_own_deposits(vessel)),
        ostial,
    )


def _own_deposits(vessel: PhantomVessel) -> tuple[Deposit, ...]:
    """Deposits that are not already drawn with the line that shares the first part."""
    return tuple(d for d in vessel.deposits if d.end_s_mm >= vessel.own_from_mm)


def _weights(spacing_mm: float, sigma_mm: float) -> FloatArray:
    """Weight (SUB, taps) of a sub-sample in the voxels around its own: the Gaussian PSF times the sub-sample's width."""
    half = math.ceil(4 * sigma_mm / spacing_mm + 0.5)
    position = ((np.arange(kernels.SUB) + 0.5) / kernels.SUB - 0.5) * spacing_mm
    distance = np.arange(-half, half + 1) * spacing_mm - position[:, None]
    weight = np.exp(-0.5 * (distance / sigma_mm) ** 2) / (sigma_mm * math.sqrt(2 * math.pi))
    return np.asarray(weight * spacing_mm / kernels.SUB)
