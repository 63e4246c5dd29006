"""What is missing in a tree, as typed problems: vessels not found, and vessels lost at an occlusion with nothing seen beyond."""

import numpy as np
import numpy.typing as npt

from recon.estimate import FloatArray
from recon.kernels.path import mark_tube, minimal_cost, walk_back
from recon.search_field import SearchField
from recon.tree_islands import cord_speed
from recon.vessels import PointMm, Problem, Vessel

MAIN = ("RCA", "LAD", "LCx")

STUMP_RADIUS_MM = 0.85
"""A line that ends narrower than this has tapered to its natural end."""

CUT_OFF_RADIUS_MM = 1.6
"""A main vessel that ends wider than this has been lost even when no cord is seen beyond."""

CORD_MM = 5.0
CORD_SPEED = 0.62
"""A stump is followed by a cord this clear (recon.tree_islands.cord_speed) for at least this far; a natural end is not."""

BOX_MM = 9.0
OWN_MM = 1.8
NEAR_END_MM = 3.5
AHEAD_COSINE = 0.2
BEHIND_MM = 4.0
END_MM = (2.0, 8.0)
"""Part of a line, from its end back, over which its final radius is read."""

LEFT_BRANCHES = ("L-PDA", "L-PLB")
"""Where the circumflex gives these, the right coronary artery is short by nature."""

_NO_MARKS = np.zeros((0, 0, 0), np.uint8)


def problems_of(field: SearchField, vessels: tuple[Vessel, ...]) -> tuple[Problem, ...]:
    """Main vessels not found at all, ostia not found, and main vessels lost at a stump."""
    found = {v.name: v for v in vessels}
    problems: list[Problem] = []
    for name in MAIN:
        if name not in found:
            problems.append(Problem("vessel-not-found", name, None, None, f"Mark the {name} with two or more clicks."))
            continue
        stump = _stump(field, name, vessels)
        if stump is not None:
            s_mm, point = stump
            advice = f"The {name} stops here and is not seen again; click its distal part if you can see it."
            problems.append(Problem("distal-vessel-not-found", name, s_mm, point, advice))
    for side, names in (("left", ("LAD", "LCx")), ("right", ("RCA",))):
        if not any(n in found for n in names):
            problems.append(Problem("ostium-not-found", side, None, None, f"Mark the {side} ostium."))
    return tuple(problems)


def _stump(field: SearchField, name: str, vessels: tuple[Vessel, ...]) -> tuple[float, PointMm] | None:
    """Arc (mm on the main vessel) and place where a main vessel, or a short piece taken for its branch, ends as a stump."""
    main = next(v for v in vessels if v.name == name)
    if name == "RCA" and any(v.name in LEFT_BRANCHES for v in vessels):
        return None
    if _ends_as_stump(field, main, vessels, CUT_OFF_RADIUS_MM):
        return main.centerline.length_mm, _point(main.centerline.points_mm[-1])
    for piece in (v for v in vessels if v.parent == name and v.parent_s_mm is not None):
        if _ends_as_stump(field, piece, vessels, np.inf):
            return piece.parent_s_mm or 0.0, _point(piece.centerline.points_mm[-1])
    return None


def _ends_as_stump(field: SearchField, vessel: Vessel, vessels: tuple[Vessel, ...], cut_off_mm: float) -> bool:
    length = vessel.centerline.length_mm
    if any(v.parent == vessel.name and (v.parent_s_mm or 0.0) > length - BEHIND_MM for v in vessels):
        return False
    if any(high > length - END_MM[1] for _, high in vessel.bridged_mm):
        return False
    s = vessel.centerline.s_mm
    end = vessel.lumen_radius_mm[(s > length - END_MM[1]) & (s < length - END_MM[0])]
    radius = float(np.median(end)) if len(end) else 0.0
    if radius < STUMP_RADIUS_MM:
        return False
    return radius > cut_off_mm or cord_ahead(field, vessel, vessels) >= CORD_SPEED


def cord_ahead(field: SearchField, vessel: Vessel, vessels: tuple[Vessel, ...]) -> float:
    """Mean evidence, 0 to 1, of the clearest cord that leads `CORD_MM` on from the end of a vessel, off all other vessels."""
    end = vessel.centerline.points_mm[-1]
    heading = end - vessel.centerline.at(np.array([max(vessel.centerline.length_mm - BEHIND_MM, 0.0)]))[0][0]
    heading /= max(float(np.linalg.norm(heading)), 1e-6)
    step_mm = field.grid.step_mm
    middle = np.rint(field.grid.geometry.index_kji(end)).astype(int)
    low = np.clip(middle - int(BOX_MM / step_mm), 0, np.array(field.shape) - 1)
    high = np.clip(middle + int(BOX_MM / step_mm) + 1, 0, np.array(field.shape))
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    speed = cord_speed(field, box)
    cost = (1.0 / (speed * speed)).astype(np.float32)
    cost[_own(field, vessels, end, low, speed.shape) | (field.aorta_mm[box] < 1.0)] = 0.0
    source = np.ravel_multi_index(tuple(np.clip(middle - low, 0, np.array(speed.shape) - 1)), speed.shape)
    start = np.array([source], np.int64)
    arrival, step, _ = minimal_cost(cost, start, np.zeros(1, np.float32), np.float32(np.inf), _NO_MARKS)
    cells = np.argwhere(np.isfinite(arrival))
    away = field.grid.geometry.points_mm(cells + low) - end
    distance = np.linalg.norm(away, axis=1)
    rim = (np.abs(distance - CORD_MM) < step_mm) & (away @ heading > AHEAD_COSINE * distance)
    if not rim.any():
        return 0.0
    best = cells[rim][np.argmin(arrival[tuple(cells[rim].T)])]
    way = walk_back(step, np.ravel_multi_index(tuple(best), speed.shape), _NO_MARKS)
    return float(np.median(speed.ravel()[way[: -int(1.0 / step_mm) or None]]))


def _own(
    field: SearchField, vessels: tuple[Vessel, ...], end: FloatArray, low: npt.NDArray[np.int64], shape: tuple[int, ...]
) -> npt.NDArray[np.bool_]:
    """Voxels of a box that lie on followed vessels, except about the end looked at."""
    mask = np.zeros(shape, np.int32)
    points = np.concatenate([v.centerline.points_mm for v in vessels])
    distance = np.linalg.norm(points - end, axis=1)
    points = points[(distance > NEAR_END_MM) & (distance < 2.0 * BOX_MM)]
    index = np.rint(field.grid.geometry.index_kji(points)).astype(int) - low
    inside = np.all((index >= 0) & (index < np.array(shape)), axis=1)
    cells = np.unique(np.ravel_multi_index(tuple(index[inside].T), shape)).astype(np.int64)
    mark_tube(mask, cells, np.full(len(cells), OWN_MM / field.grid.step_mm), 1)
    return np.asarray(mask > 0)


def _point(values: FloatArray) -> PointMm:
    return float(values[0]), float(values[1]), float(values[2])
