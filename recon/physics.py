"""What the image tells of the scan: contrast, noise and blur (docs/clinical.md B.0, B.7, B.8)."""

import numpy as np
from scipy.ndimage import uniform_filter

from recon.axis_profile import DISC_RADIUS_MM
from recon.edge_blur import edge_blur
from recon.estimate import FloatArray
from recon.kernels.reformat import cubic_samples
from recon.report import Report, silent
from recon.sections import ScanPhysics
from recon.vessels import Tree, Vessel
from recon.volume import Volume

PROXIMAL_MM = 10.0
SKIPPED_MM = 1.0
CALCIUM_OVER_MEDIAN = 1.35
FALLBACK_LUMEN_HU, FALLBACK_LUMEN_SD_HU, FALLBACK_NOISE_HU = 400.0, 40.0, 30.0
BLOOD_HU = (120.0, 1200.0)
MIN_SAMPLES = 60


def scan_physics(volume: Volume, tree: Tree, report: Report = silent) -> ScanPhysics:
    """Lumen HU of the proximal vessels, noise and blur with its uncertainty.

    Without a vessel the aorta stands in; without either, values typical of coronary CT angiography.
    """
    report(0.0, "Measuring contrast and noise")
    found = lumen_reference(volume, tree)
    if found is not None:
        lumen_hu, lumen_sd = found
    elif tree.aorta is not None:
        lumen_hu, lumen_sd = tree.aorta.mean_hu, tree.aorta.sd_hu
    else:
        lumen_hu, lumen_sd = FALLBACK_LUMEN_HU, FALLBACK_LUMEN_SD_HU
    noise = _noise_sd(volume, tree)
    if not np.isfinite(noise):
        noise = lumen_sd if found is not None else FALLBACK_NOISE_HU
    report(0.3, "Measuring the blur of the scan")
    plane, slices = edge_blur(volume, tree.aorta.mean_hu if tree.aorta is not None else lumen_hu)
    report(1.0, "Scan measured")
    return ScanPhysics(lumen_hu, max(lumen_sd, 1.0), float(noise), plane, slices)


def lumen_reference(volume: Volume, tree: Tree) -> tuple[float, float] | None:
    """Mean and SD of the lumen HU in the first 10 mm of the main vessels; None without enough of it."""
    samples = [_proximal_lumen(volume, vessel) for vessel in tree.vessels if vessel.parent is None]
    lumen = np.concatenate(samples) if samples else np.empty(0)
    lumen = lumen[(lumen > BLOOD_HU[0]) & (lumen < BLOOD_HU[1])]
    if len(lumen) < MIN_SAMPLES:
        return None
    lumen = lumen[lumen < CALCIUM_OVER_MEDIAN * np.median(lumen)]
    return float(lumen.mean()), float(lumen.std())


def _proximal_lumen(volume: Volume, vessel: Vessel) -> FloatArray:
    """HU in a 1 mm disc along the first 10 mm of contrast of a vessel, its mouth left out."""
    line = vessel.centerline
    s_mm = np.arange(SKIPPED_MM, min(SKIPPED_MM + PROXIMAL_MM, line.length_mm), 0.5)
    s_mm = s_mm[np.interp(s_mm, line.s_mm, vessel.lumen_radius_mm) > 2 * DISC_RADIUS_MM] if len(s_mm) else s_mm
    if len(s_mm) == 0:
        return np.empty(0)
    theta = np.arange(8) * (np.pi / 4)
    where = np.concatenate([line.to_mm(s_mm[:, None], theta, np.full_like(theta, r)) for r in (0.15, 0.45)], axis=1)
    out = np.empty(where.shape[0] * where.shape[1])
    cubic_samples(volume.hu, np.ascontiguousarray(volume.geometry.index_kji(where).reshape(-1, 3)), out)
    return out[np.isfinite(out)]


def _noise_sd(volume: Volume, tree: Tree) -> float:
    """SD of voxels in the aorta after removing what varies slowly; NaN without an aorta in the volume."""
    if tree.aorta is None or len(tree.aorta.axis_mm) == 0:
        return float("nan")
    values = []
    spacing = np.array(volume.geometry.spacing_mm)
    for centre, radius in zip(tree.aorta.axis_mm[::4], tree.aorta.radius_mm[::4], strict=True):
        half = np.maximum(np.round(0.5 * radius / spacing).astype(int), 2)
        middle = np.round(volume.geometry.index_kji(centre)).astype(int)
        start, stop = middle - half, middle + half + 1
        if np.any(start < 0) or np.any(stop > np.array(volume.hu.shape)):
            continue
        cube = volume.hu[start[0] : stop[0], start[1] : stop[1], start[2] : stop[2]].astype(float)
        trend = uniform_filter(cube, size=[max(3, 2 * round(3.0 / s) + 1) for s in spacing], mode="reflect")
        values.append(float((cube - trend).std()))
    return float(np.median(values)) if values else float("nan")
