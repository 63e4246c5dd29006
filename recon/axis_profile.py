"""Attenuation along the axis of a vessel, without its calcium, and where contrast is seen (docs/clinical.md B.1)."""

import math

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d, label, median_filter

from recon.centerline import Centerline
from recon.estimate import FloatArray
from recon.kernels.reformat import cubic_samples
from recon.sections import ScanPhysics
from recon.volume import Volume

AXIS_STEP_MM = 0.25
DISC_RADIUS_MM = 0.5
SEED_FLOOR_HU, SEED_CEILING_HU = 350.0, 900.0
PLAQUE_HU = 55.0
"""Tissue of a wall that is too thin to be measured, and of an occlusion before it is measured [E]."""

CALCIUM_HALO_MM = 0.6
"""Samples closer than this to certain calcium are not counted as lumen: blooming reaches them."""

LOCAL_MM, LOCAL_PERCENTILE = 16.0, 45
WIDE_LUMEN_MM = 1.0
FEWEST = 4
"""Sections from which a local lumen HU is taken."""

MAX_OVER_REFERENCE = 1.06
"""Lumen is not brighter than the proximal reference by more than this; more is calcium."""

OPEN_FRACTION = 0.35
"""Contrast is seen above this fraction of the way from plaque to the reference lumen [E]."""


def seed_threshold_hu(physics: ScanPhysics) -> float:
    """HU above which a voxel is certainly calcium: T_seed of docs/clinical.md B.7."""
    bright = max(physics.lumen_hu + 3 * physics.lumen_sd_hu, 1.25 * physics.lumen_hu, SEED_FLOOR_HU)
    return min(max(bright, SEED_FLOOR_HU), SEED_CEILING_HU)


def axis_profile_hu(
    volume: Volume, centerline: Centerline, physics: ScanPhysics, calcium_hu: npt.NDArray[np.float32] | None = None
) -> tuple[FloatArray, FloatArray]:
    """Arc positions (m,) and mean HU (m,) of a 1 mm disc on the centerline; NaN where calcium leaves nothing to average.

    Samples above the seed threshold and their neighbours within the blooming halo are left out.
    """
    s_mm = np.arange(0.0, centerline.length_mm + 1e-9, AXIS_STEP_MM)
    step = 0.25
    half = DISC_RADIUS_MM + CALCIUM_HALO_MM
    grid = np.arange(-half, half + 1e-9, step)
    up, right = (v.ravel() for v in np.meshgrid(grid, grid, indexing="ij"))
    point, _, normal, binormal = centerline.at(s_mm)
    where = point[:, None] + up[:, None] * normal[:, None] + right[:, None] * binormal[:, None]
    hu = np.empty(where.shape[:2], dtype=np.float32)
    cubic_samples(volume.hu, np.ascontiguousarray(volume.geometry.index_kji(where).reshape(-1, 3)), hu.reshape(-1))
    calcium = hu > seed_threshold_hu(physics)
    near = np.hypot(up[:, None] - up, right[:, None] - right) <= CALCIUM_HALO_MM
    halo = (calcium.astype(np.float32) @ near.astype(np.float32)) > 0
    reach = round(CALCIUM_HALO_MM / AXIS_STEP_MM)
    along = np.zeros_like(halo)
    for shift in range(-reach, reach + 1):
        along |= np.roll(calcium, shift, axis=0)
    disc = np.hypot(up, right) <= DISC_RADIUS_MM + 1e-9
    free = disc & ~halo & ~along & np.isfinite(hu)
    count = free.sum(axis=1)
    total = np.where(free, hu, 0.0).sum(axis=1)
    return s_mm, np.where(count >= 5, total / np.maximum(count, 1), np.nan)


CAP_CLEARANCE_MM = 2.0
"""Next to an occlusion the axis is darkened by blur: a low percentile there would take plain contrast for calcium."""


NARROW_MM, NARROWEST_PART = 0.6, 0.6
"""A followed lumen narrower than this does not fill the disc: less of its contrast is asked for."""


def seen_contrast(
    axis_s_mm: FloatArray, axis_hu: FloatArray, s_mm: FloatArray, lumen_hu: float, radius_mm: FloatArray | None = None
) -> npt.NDArray[np.bool_]:
    """Whether contrast is seen at each arc position; where calcium hides the axis, as at the nearest place that shows it.

    `radius_mm` (n,) is the lumen as the vessel was followed, 0 where it was not seen.
    """
    known = np.isfinite(axis_hu)
    if not known.any():
        return np.zeros(len(s_mm), dtype=bool)
    filled = np.interp(axis_s_mm, axis_s_mm[known], axis_hu[known])
    nearest = axis_s_mm[known][np.abs(axis_s_mm[:, None] - axis_s_mm[known]).argmin(axis=1)]
    filled = np.where(known, filled, np.interp(nearest, axis_s_mm, filled))
    smooth = median_filter(filled, size=5, mode="nearest")
    part = np.ones(len(s_mm))
    if radius_mm is not None:
        part = np.where(radius_mm > 0, np.clip(radius_mm / NARROW_MM, NARROWEST_PART, 1.0) ** 2, 1.0)
    cut = PLAQUE_HU + OPEN_FRACTION * part * (lumen_hu - PLAQUE_HU)
    return np.asarray(np.interp(s_mm, axis_s_mm, smooth) > cut)


def local_lumen_hu(
    axis: tuple[FloatArray, FloatArray],
    s_mm: FloatArray,
    is_open: npt.NDArray[np.bool_],
    radius_mm: FloatArray,
    lumen_hu: float,
    narrow_hu: FloatArray | None = None,
) -> FloatArray:
    """Lumen HU (n,): in each open run a low running percentile along it, since calcium only ever adds.

    A lumen that fills the disc (`radius_mm` (n,)) shows itself on the axis; of a narrower one `narrow_hu` (n,) is believed, what
    it must have been before blur. A run that has neither takes its brightest part.
    """
    axis_s, axis_hu = axis
    local = np.full(len(s_mm), lumen_hu)
    wide = radius_mm > WIDE_LUMEN_MM
    shown = np.interp(s_mm, axis_s, axis_hu)
    if narrow_hu is not None:
        shown = np.where(wide, shown, narrow_hu)
    runs, count = label(is_open)
    for run in range(1, count + 1):
        own = runs == run
        s_run = s_mm[own]
        first = s_run[0] + (CAP_CLEARANCE_MM if s_run[0] > s_mm[0] else 0.0)
        last = s_run[-1] - (CAP_CLEARANCE_MM if s_run[-1] < s_mm[-1] else 0.0)
        known = own & (s_mm >= first) & (s_mm <= last) & np.isfinite(shown) & (wide | (narrow_hu is not None))
        on_axis = (axis_s >= first) & (axis_s <= last) & np.isfinite(axis_hu)
        if known.sum() >= FEWEST:
            local[own] = _running_low(s_run, s_mm[known], shown[known])
        elif on_axis.any():
            local[own] = np.percentile(axis_hu[on_axis], 90)
    return np.asarray(np.minimum(local, MAX_OVER_REFERENCE * lumen_hu))


def _running_low(at_mm: FloatArray, s_mm: FloatArray, values: FloatArray) -> FloatArray:
    """A smooth running percentile (n,) at `at_mm` of values known at `s_mm`; of the nearest ones where few are near."""
    low = np.empty(len(at_mm))
    for n, s in enumerate(at_mm):
        far = np.abs(s_mm - s)
        reach = max(LOCAL_MM / 2, np.partition(far, FEWEST - 1)[FEWEST - 1])
        low[n] = np.percentile(values[far <= reach], LOCAL_PERCENTILE)
    step_mm = float(np.median(np.diff(at_mm))) if len(at_mm) > 1 else AXIS_STEP_MM
    return np.asarray(gaussian_filter1d(low, 2.0 / step_mm, mode="nearest"))


def section_sigma_mm(centerline: Centerline, s_mm: FloatArray, physics: ScanPhysics, slice_normal: FloatArray) -> FloatArray:
    """Blur SD (n,) within the section plane, from the in-plane and slice blur of the scan."""
    _, tangent, _, _ = centerline.at(s_mm)
    to_sd = 1.0 / math.sqrt(8 * math.log(2))
    plane, z = (physics.psf_in_plane_fwhm_mm.best * to_sd) ** 2, (physics.psf_z_fwhm_mm.best * to_sd) ** 2
    along = (tangent @ slice_normal) ** 2
    return np.asarray(np.sqrt(0.5 * (plane * (1 + along) + z * (1 - along))))
