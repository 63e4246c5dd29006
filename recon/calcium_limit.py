"""How much calcium a section in which none was found may still hold (docs/sections.md).

Calcium is looked for where the smoothed image is brighter than the lumen (in an occlusion, than plaque). A small or faint deposit
in the wall, mixed with fat by the blur, stays below that: none found is not none there.
"""

import math
from dataclasses import replace

import numpy as np
from scipy.special import chndtr

from recon.calcium_block import PIXEL_MM
from recon.calcium_search import MIN_EXCESS_HU, SMOOTHING, seed_hu
from recon.contours import FIT_ANGLES, Walls
from recon.estimate import Band, FloatArray
from recon.hidden_calcium import HIDDEN_HU_PRIOR
from recon.sections import VesselSections

DARK_PART = 25.0
"""Percentile over the angles of the wall's HU without calcium: where it is dark, calcium is brightest mixed away [E]."""

CLOSED_DEPTH = 0.6
"""Where between centre and wall calcium is supposed in a section without lumen [E]."""

MOST_FILL = 0.95
THICKNESS_MM = 0.4
"""Thickness with which unseen calcium would reach round the vessel [E]."""

FULL_CIRCLE_DEG = 360.0


def unseen_area_mm2(walls: Walls, noise_sd_hu: float) -> FloatArray:
    """Area (n,) of the largest long deposit, of the density of calcium that hides, which the search would not find.

    A deposit of area A raises the smoothed image by its contrast times 1 - exp(-A / 2 pi sigma^2).
    """
    without = np.percentile(_wall_hu(walls), DARK_PART, axis=1)
    step_mm = float(np.median(np.diff(walls.s_mm))) if len(walls.s_mm) > 1 else 0.5
    needed = seed_hu(walls.s_mm, step_mm, walls, noise_sd_hu) - without
    needed = np.maximum(needed, max(MIN_EXCESS_HU, 3 * noise_sd_hu))
    fill = np.clip(needed / np.maximum(HIDDEN_HU_PRIOR[0] - without, 1.0), 0.0, MOST_FILL)
    spread = walls.sigma_mm**2 + (SMOOTHING[1] * PIXEL_MM) ** 2
    whole = math.pi * walls.wall_modes[:, 0] ** 2
    return np.minimum(-2 * math.pi * spread * np.log(1 - fill), whole)


def _wall_hu(walls: Walls) -> FloatArray:
    """Blurred HU (n, angles) without calcium in the middle of the wall; in an occlusion between its centre and its wall."""
    wall, lumen = walls.wall_r(FIT_ANGLES), walls.lumen_r(FIT_ANGLES)
    sigma = walls.sigma_mm[:, None]
    middle = np.where(walls.is_open[:, None], 0.5 * (wall + lumen), CLOSED_DEPTH * wall)

    def inside(radius: FloatArray) -> FloatArray:
        return np.asarray(np.nan_to_num(chndtr((radius / sigma) ** 2, 2.0, (middle / sigma) ** 2)))

    tissue = walls.outside_hu + (walls.plaque_hu[:, None] - walls.outside_hu) * inside(wall)
    return np.asarray(tissue + (walls.lumen_hu - walls.plaque_hu)[:, None] * inside(lumen))


def stated(sections: VesselSections) -> VesselSections:
    """The sections with intervals of calcium that reach up to what could be there unseen, for whoever reads them.

    Only sections in which none was found, and no reader said so, change. Decisions keep the intervals as measured, or every
    vessel would perhaps be calcified.
    """
    limit = sections.calcium_limit_mm2
    if not len(limit):
        return sections
    none = sections.calcium_area_mm2.best == 0
    if len(sections.edited):
        none &= ~sections.edited
    radius = np.sqrt(np.maximum(sections.wall_area_mm2, 1e-6) / math.pi)
    arc = np.minimum(np.degrees(limit / (THICKNESS_MM * radius)), FULL_CIRCLE_DEG)
    share = np.minimum(100 * limit / np.maximum(sections.wall_area_mm2, 1e-6), 100.0)

    def widened(band: Band, top: FloatArray) -> Band:
        return Band(band.low, band.best, np.where(none, np.fmax(band.high, top), band.high))

    return replace(
        sections,
        calcium_area_mm2=widened(sections.calcium_area_mm2, limit),
        calcium_csa_pct=widened(sections.calcium_csa_pct, share),
        calcium_arc_deg=widened(sections.calcium_arc_deg, arc),
    )
