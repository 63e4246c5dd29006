"""A pacemaker lead in the right heart and the streaks it throws over the slices it crosses."""

import numpy as np
import numpy.typing as npt

from recon.centerline import Centerline
from recon.estimate import FloatArray
from recon.geometry import Geometry
from recon.phantom_arteries import Root
from recon.phantom_heart import HeartFrame
from recon.phantom_vessel import PhantomVessel

LEAD_MM, LEAD_HU = 0.8, 3071.0
LOBES = (3, 5, 8)
"""Number of bright lobes around the metal of each part of the pattern."""

FALL_MM = 12.0
"""Distance at which streaks have half their height."""


def pacemaker_lead(frame: HeartFrame, root: Root) -> PhantomVessel:
    """A lead from the superior vena cava through the right atrium to the tip of the right ventricle."""
    p, q, apex, base = frame.half_mm
    atrium = frame.lps([[-0.2 * p, 0.55 * q, -0.6 * base], [-0.3 * p, 0.55 * q, -0.2 * base]])
    ventricle = frame.lps([[-0.3 * p, 0.45 * q, 0.2 * apex], [-0.25 * p, 0.36 * q, 0.55 * apex]])
    cava = root.axis_mm[[9, 6]] + np.array([-31.0, 14.0, 0.0])
    line = Centerline.through(np.vstack([cava, atrium, ventricle]))
    count = len(line.s_mm)
    radius = np.full(count, LEAD_MM)
    metal = np.full(count, LEAD_HU)
    return PhantomVessel("lead", "lead", line, radius, radius, metal, metal, np.zeros((count, 2)), np.zeros(count))


def add_streaks(hu: npt.NDArray[np.float32], geometry: Geometry, lead: Centerline, height_hu: float, seed: int) -> None:
    """Add streaks in place to every slice the lead crosses; their lobes turn slowly from slice to slice."""
    rng = np.random.default_rng([seed, 41])
    start, turn = rng.uniform(0, 2 * np.pi, len(LOBES)), rng.normal(0, 0.12, len(LOBES))
    index = geometry.index_kji(lead.points_mm)
    j, i = np.ogrid[: hu.shape[1], : hu.shape[2]]
    for k in range(len(hu)):
        for row, column in _crossings(index, k):
            down, right = (j - row) * geometry.spacing_mm[1], (i - column) * geometry.spacing_mm[2]
            angle, distance = np.arctan2(down, right), np.hypot(down, right)
            waves = sum(np.cos(m * angle + start[n] + turn[n] * k) for n, m in enumerate(LOBES)) / len(LOBES)
            hu[k] += (height_hu * waves * (distance > 1.5) / (1 + distance / FALL_MM)).astype(np.float32)


def _crossings(index: FloatArray, k: int) -> list[tuple[float, float]]:
    """Rows and columns at which the lead passes slice k."""
    before, after = index[:-1], index[1:]
    passes = (before[:, 0] - k) * (after[:, 0] - k) < 0
    part = (k - before[passes, 0]) / (after[passes, 0] - before[passes, 0])
    places = before[passes] + part[:, None] * (after[passes] - before[passes])
    return [(float(p[1]), float(p[2])) for p in places[:3]]
