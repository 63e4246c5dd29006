"""A straight vessel in fat beside muscle, drawn with contrast and, moved, without; calcium and an occlusion where wanted."""

from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter

from recon.centerline import Centerline
from recon.estimate import Band, Estimate
from recon.geometry import Geometry
from recon.sections import ScanPhysics
from recon.vessels import Vessel
from recon.volume import Acquisition, Volume
from tests.planner.made_sections import constant, made_sections

SPACING_MM, SIGMA_MM = 0.5, 0.36
LENGTH_MM, WALL_MM, LUMEN_MM = 24.0, 2.0, 1.4
CALCIUM_MM, CALCIUM_HU = (8.0, 17.0), 1000.0
CONTRAST_HU, FAT_HU = 400.0, -90.0
FWHM = Estimate(0.75, 0.85, 0.95)
PHYSICS = ScanPhysics(CONTRAST_HU, 15.0, 15.0, FWHM, FWHM)
SHAPE = (64, 40, 40)


def drawn(contrast: bool, shift_mm=(0.0, 0.0, 0.0), calcium=True, closed=False, seed=1, kvp=120.0, noise_hu=10.0, hidden=False):
    """One of the two scans; `closed` = no lumen where the calcium is, `hidden` = that calcium is as bright as contrast."""
    geometry = Geometry.axial(SHAPE, (SPACING_MM,) * 3, (-10.0, -10.0, -4.0))
    points = geometry.points_mm(np.stack(np.indices(SHAPE), axis=-1)) - np.array(shift_mm)
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    radius = np.hypot(x, y)
    hu = np.full(SHAPE, FAT_HU)
    hu[y > 4.5 + 0.8 * np.sin(z / 3.0)] = 105.0 if contrast else 50.0
    for place in ((-4.0, 0.0, 4.0), (0.0, -4.5, 14.0), (-3.5, -2.0, 20.0)):
        hu[((points - np.array(place)) ** 2).sum(axis=-1) < 1.0] = 45.0
    soft = np.clip((WALL_MM - radius) / SPACING_MM + 0.5, 0.0, 1.0)
    hu = hu * (1 - soft) + 45.0 * soft
    along = np.clip(np.minimum(z - CALCIUM_MM[0], CALCIUM_MM[1] - z) / SPACING_MM + 0.5, 0.0, 1.0)
    lumen = np.clip((LUMEN_MM - radius) / SPACING_MM + 0.5, 0.0, 1.0) * ((1 - along) if closed else 1.0)
    if contrast:
        hu = hu + (CONTRAST_HU - 45.0) * lumen
    if calcium:
        ring = (
            np.clip((radius - LUMEN_MM + 0.1) / SPACING_MM + 0.5, 0.0, 1.0)
            * soft
            * np.clip(x / SPACING_MM + 0.5, 0.0, 1.0)
            * along
        )
        hu = hu * (1 - ring) + (CONTRAST_HU if hidden else CALCIUM_HU) * ring
    hu = gaussian_filter(hu, SIGMA_MM / SPACING_MM) + np.random.default_rng(seed).normal(0, noise_hu, SHAPE)
    return Volume(hu.astype(np.int16), geometry, acquisition=Acquisition(kvp=kvp, slice_thickness_mm=SPACING_MM))


def vessel():
    line = Centerline.through([[0.0, 0.0, 24.0 * t] for t in (0.0, 0.25, 0.5, 0.75, 1.0)])
    ones = np.ones(len(line.s_mm))
    return Vessel("RCA", line, LUMEN_MM * ones, ones)


def sections(closed=False, calcium_mm2=0.0):
    """Sections as measured on the contrast scan; with `closed` the lumen was not seen where the calcium is."""
    own = vessel()

    def lumen(s):
        inside = (s > CALCIUM_MM[0]) & (s < CALCIUM_MM[1])
        return np.where(inside & closed, 0.0, LUMEN_MM)

    made = made_sections(lumen, LENGTH_MM, wall_mm=constant(WALL_MM))
    s = made.s_mm
    area = np.where((s > CALCIUM_MM[0]) & (s < CALCIUM_MM[1]), calcium_mm2, 0.0)
    share = 100 * area / made.wall_area_mm2
    hu = np.where(made.lumen_open, CONTRAST_HU, np.nan)
    return replace(
        made, point_mm=own.centerline.at(s)[0], mean_lumen_hu=hu, calcium_area_mm2=Band(0.7 * area, area, 1.3 * area),
        calcium_csa_pct=Band(0.7 * share, share, np.minimum(1.3 * share, 100.0)),
    )  # fmt: skip
