"""Sections drawn from radii, and a straight vessel in a volume painted from the same radii: truths are formulas."""

import math

import numpy as np

from recon.centerline import Centerline
from recon.estimate import Band, Estimate
from recon.geometry import Geometry
from recon.sections import CALCIUM_ANGLES, SECTION_STEP_MM, WALL_ANGLES, ScanPhysics, VesselSections
from recon.volume import Volume

LUMEN_HU, PLAQUE_HU, CALCIUM_HU, FAT_HU = 400.0, 80.0, 1100.0, -90.0
PHYSICS = ScanPhysics(LUMEN_HU, 15.0, 5.0, Estimate(0.3, 0.4, 0.5), Estimate(0.3, 0.4, 0.5))
SPACING_MM = 0.25


def line(length_mm=20.0):
    """A straight vessel towards the feet: 12 o'clock is anterior, 3 o'clock the patient's right."""
    points = np.zeros((41, 3))
    points[:, 2] = np.linspace(length_mm, 0.0, 41)
    return Centerline.through(points)


def drawn_sections(lumen_mm=1.2, wall_mm=2.0, length_mm=20.0, sector=None, inner_mm=1.3, outer_mm=1.8, rows=None, slack=0.0):
    """Round contours; calcium from `sector[0]` to `sector[1]` degrees (clockwise) in the sections `rows` (slice).

    `slack` is the half width of the calcium intervals as a part of the value.
    """
    s = np.arange(0.0, length_mm + 1e-9, SECTION_STEP_MM)
    n = len(s)
    hit = np.zeros((n, CALCIUM_ANGLES), dtype=bool)
    if sector is not None:
        turn = (np.arange(CALCIUM_ANGLES) - sector[0]) % 360 < (sector[1] - sector[0])
        hit[rows if rows is not None else slice(None)] = turn
    arc = hit.sum(axis=1).astype(float)
    area = np.radians(arc) * (outer_mm**2 - inner_mm**2) / 2
    wall_area = np.full(n, math.pi * wall_mm**2)

    def band(value, top=math.inf):
        return Band(value * (1 - slack), value, np.minimum(value * (1 + slack), top))

    return VesselSections(
        s_mm=s,
        point_mm=line(length_mm).at(s)[0],
        lumen_area_mm2=np.full(n, math.pi * lumen_mm**2),
        wall_area_mm2=wall_area,
        calcium_area_mm2=band(area),
        calcium_csa_pct=band(100 * area / wall_area, 100.0),
        calcium_arc_deg=band(arc, 360.0),
        calcium_longest_arc_deg=arc,
        calcium_max_thickness_mm=np.where(arc > 0, outer_mm - inner_mm, 0.0),
        mean_lumen_hu=np.full(n, LUMEN_HU),
        quality=np.ones(n),
        grade=np.full(n, "A"),
        lumen_open=np.full(n, lumen_mm > 0),
        lumen_r_mm=np.full((n, WALL_ANGLES), lumen_mm),
        wall_r_mm=np.full((n, WALL_ANGLES), wall_mm),
        calcium_inner_r_mm=np.where(hit, inner_mm, np.nan),
        calcium_outer_r_mm=np.where(hit, outer_mm, np.nan),
        axis_s_mm=s,
        axis_hu=np.full(n, LUMEN_HU),
        sensitivity_area_mm2={},
        calcium_method="drawn",
    )


def painted_volume(hu_of, length_mm=20.0, half_mm=4.0):
    """`hu_of(s_mm, theta_deg, r_mm)` sampled on voxels about the straight vessel of `line`."""
    rows = round(2 * half_mm / SPACING_MM) + 1
    slices = round((length_mm + 2.0) / SPACING_MM) + 1
    origin = (-half_mm, -half_mm, -1.0)
    geometry = Geometry.axial((slices, rows, rows), (SPACING_MM,) * 3, origin)
    k, j, i = np.indices((slices, rows, rows))
    points = geometry.points_mm(np.stack([k, j, i], axis=-1).reshape(-1, 3))
    s, theta, r = line(length_mm).locate(points)
    hu = hu_of(s, np.degrees(theta), r).reshape(slices, rows, rows)
    return Volume(np.round(hu).astype(np.int16), geometry)
