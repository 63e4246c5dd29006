"""A straight vessel of known lumen, wall and calcium on a small turned grid, blurred by a known Gaussian."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from recon.centerline import Centerline
from recon.estimate import Estimate
from recon.geometry import Geometry
from recon.sections import ScanPhysics
from recon.vessels import Vessel
from recon.volume import Volume

SPACING_MM = 0.4
FINER = 3
FWHM_MM = 0.7
LUMEN_HU, PLAQUE_HU, FAT_HU = 400.0, 55.0, -90.0
SHAPE = (64, 34, 34)


@dataclass(frozen=True)
class Sector:
    """Calcium between two radii and two arc positions; `middle_deg` clockwise from 12 o'clock."""

    inner: float
    outer: float
    arc_deg: float
    start: float = 8.0
    end: float = 16.0
    middle_deg: float = 70.0
    hu: float = 1000.0


def turned_geometry(shape=SHAPE, spacing=SPACING_MM):
    """A grid whose axes are not those of the patient."""
    a, b = math.radians(25.0), math.radians(-15.0)
    turn = np.array([[1, 0, 0], [0, math.cos(a), -math.sin(a)], [0, math.sin(a), math.cos(a)]]) @ np.array(
        [[math.cos(b), 0, math.sin(b)], [0, 1, 0], [-math.sin(b), 0, math.cos(b)]]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = turn * spacing
    matrix[:3, 3] = (12.0, -31.0, 7.0)
    return Geometry(shape, matrix)


def tube(wall, lumen, sector=None, noise=0.0, closed=False, seed=0, fwhm=FWHM_MM):
    """(volume, vessel, physics) of a straight vessel along the slice axis; `lumen` 0 or `closed` = occluded throughout."""
    geometry = turned_geometry()
    middle = (SHAPE[1] - 1) / 2
    ends = geometry.points_mm([[2.0, middle, middle], [SHAPE[0] - 3.0, middle, middle]])
    line = Centerline.through(np.linspace(*ends, 20))
    fine = tuple(n * FINER for n in SHAPE)
    k, j, i = ((np.arange(n) - (FINER - 1) / 2) / FINER for n in fine)
    rows, columns = np.meshgrid(j - middle, i - middle, indexing="ij")
    offset = (rows[..., None] * geometry.direction[:, 1] + columns[..., None] * geometry.direction[:, 2]) * SPACING_MM
    up, right = offset @ line.normal[0], offset @ line.binormal[0]
    radius, theta = np.hypot(up, right), np.arctan2(right, up)
    section = np.where(radius < wall, PLAQUE_HU, FAT_HU)
    if lumen and not closed:
        section = np.where(radius < lumen, LUMEN_HU, section)
    object_hu = np.broadcast_to(section, fine).astype(np.float32)
    if sector is not None:
        turn = np.abs((theta - math.radians(sector.middle_deg) + math.pi) % (2 * math.pi) - math.pi)
        inside = (radius >= sector.inner) & (radius < sector.outer) & (turn <= math.radians(sector.arc_deg) / 2)
        s = (k - 2.0) * SPACING_MM
        object_hu = np.where(((s >= sector.start) & (s < sector.end))[:, None, None] & inside, sector.hu, object_hu)
    sigma = fwhm / 2.3548 / SPACING_MM * FINER
    blurred = gaussian_filter(object_hu, sigma, mode="nearest", truncate=3.5)[1::FINER, 1::FINER, 1::FINER]
    if noise:
        rough = gaussian_filter(np.random.default_rng(seed).normal(size=SHAPE), 0.6)
        blurred = blurred + rough * (noise / rough.std())
    volume = Volume(np.round(blurred).astype(np.int16), geometry)
    vessel = Vessel("RCA", line, np.full(len(line.s_mm), 0.0 if closed else float(lumen)), np.ones(len(line.s_mm)))
    physics = ScanPhysics(LUMEN_HU, 15.0, max(noise, 3.0), Estimate.exact(fwhm), Estimate.exact(fwhm))
    return volume, vessel, physics


def middle_rows(sections, start=10.0, end=14.0):
    """Which sections lie well inside the default sector."""
    return (sections.s_mm >= start) & (sections.s_mm <= end)
