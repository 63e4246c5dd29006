"""Small analytic volumes for the tree tests: curved tubes in fat, open, occluded or cut short."""

import numpy as np
from scipy.spatial import cKDTree

from recon.geometry import Geometry
from recon.volume import Volume

FAT_HU, PLAQUE_HU, LUMEN_HU = -90.0, 50.0, 400.0
SPACING_MM = (0.6, 0.45, 0.45)


def arc_points(length_mm: float = 60.0, radius_mm: float = 45.0) -> np.ndarray:
    """Dense points (n, 3) of a tilted circular arc in LPS, starting at the origin."""
    t = np.linspace(0, length_mm / radius_mm, 601)
    plane = radius_mm * np.stack([np.sin(t), 1 - np.cos(t)], axis=1)
    return np.stack([plane[:, 0], 0.9 * plane[:, 1], -np.sqrt(0.19) * plane[:, 1]], axis=1)


def tube_volume(
    line: np.ndarray, occluded_mm: tuple[float, float] | None = None, ends_at_mm: float | None = None, noise_hu: float = 20.0
) -> Volume:
    """Fat with a wall (2.1 mm) and lumen (1.5 mm) about a line; no contrast in `occluded_mm`, nothing after `ends_at_mm`."""
    low, high = line.min(axis=0) - 12, line.max(axis=0) + 12
    shape = tuple(int((b - a) / s) + 1 for a, b, s in zip(low[::-1], high[::-1], SPACING_MM, strict=True))
    geometry = Geometry.axial(shape, SPACING_MM, tuple(low))
    index = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), axis=-1).reshape(-1, 3)
    distance, nearest = cKDTree(line).query(geometry.points_mm(index))
    s = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])[nearest]
    is_vessel = s <= (np.inf if ends_at_mm is None else ends_at_mm)
    is_open = is_vessel if occluded_mm is None else is_vessel & ((s < occluded_mm[0]) | (s > occluded_mm[1]))
    wall = np.clip((2.1 - distance) / 0.5 + 0.5, 0, 1) * is_vessel
    lumen = np.clip((1.5 - distance) / 0.5 + 0.5, 0, 1) * is_open
    hu = FAT_HU + (PLAQUE_HU - FAT_HU) * wall
    hu = hu + (LUMEN_HU - hu) * lumen
    hu = hu + np.random.default_rng(3).normal(0, noise_hu, len(hu))
    return Volume(hu.reshape(shape).astype(np.int16), geometry)
