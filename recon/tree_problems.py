"""What is missing in a tree, as typed problems: vessels not found, and vessels lost at an occlusion with nothing seen beyond."""

import numpy as np
import numpy.typing as npt

from recon.centerline import STEP_MM
from recon.estimate import FloatArray
from recon.kernels.path import mark_tube, minimal_cost, walk_back
from recon.search_field import SearchField
from recon.tree_islands import cord_speed
from recon.vessels import PointMm, Problem, Vessel

MAIN = ("RCA", "LAD", "LCx")

SHORTEST_MM = {"RCA": 40.0, "LAD": 70.0, "LCx": 30.0}
"""No main vessel, the left main included, is shorter by nature: what is has been lost, or is another vessel (app setting)."""

STUMP_RADIUS_MM = 0.9
"""A line that ends narrower than this has tapered to its natural end."""

PIECE_RADIUS_MM = 1.05
"""A piece taken for a side branch that ends wider than this is the stump of the vessel it seems to leave."""

CUT_OFF_RADIUS_MM = 1.6
"""A main vessel that ends wider than this has been lost even when no cord is seen beyond."""

CORD_MM = 5.0
CORD_SPEED = 0.7
"""A stump is followed by a cord this clear (recon.tree_islands.cord_speed) for at least this far; a natural end is not."""

LOST_SHARE = 0.45
LOST_CORD_SPEED = 0.8
"""No fork takes more than this part of the calibre; a place that loses more, with a cord straight on, has lost the vessel."""

SLOW_LOST_SHARE, CLEAR_CORD_SPEED, CLEAR_PLACES = 0.34, 0.95, 3
"""Where a side branch takes the name of a lost vessel less calibre ends, but a very clear cord leads on at so many places in a
row: along an open vessel it does so at single places."""

REGAINED_SHARE = 0.75
"""A vessel that is this wide again farther on, in parts of what it was, was narrowed by plaque and not lost."""

CLEAR_REACH_MM, FEWEST_CLEAR_MM = 25.0, 2.0
"""How far back clear lumen is looked for to read a radius, and how much of it is needed: calcium makes a lumen look wide."""

WIDENING = 1.25
"""What widens by more than this towards its end is a vein."""

NEAR_BRIDGE_MM = 12.0
SCAN_MM = 1.5
LEFT_MAIN_MM = 25.0
"""Where the left main parts and tapers, a loss of calibre tells nothing."""

BESIDE_MM = 3.0
CRUX_BRANCHES = ("R-PDA", "R-PLB")

BOX_MM = 9.0
OWN_MM = 1.8
NEAR_END_MM = 3.5
AHEAD_COSINE = 0.2
BEHIND_MM = 4.0
END_MM = (2.0, 8.0)
"""Part of a line, from its end back, over which its final radius is read."""

LEFT_BRANCHES = ("L-PDA",)
"""Where the circumflex gives this, the right coronary artery is short by nature."""

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
    branches = [v for v in vessels if v.parent == name and v.parent_s_mm is not None]
    is_short = name == "RCA" and any(v.name in LEFT_BRANCHES for v in vessels)
    if main.centerline.length_mm < SHORTEST_MM[name] or _ends_as_stump(field, main, vessels, is_short):
        return main.centerline.length_mm, _point(main.centerline.points_mm[-1])
    if is_short:
        return None
    for piece in _pieces(main, branches, vessels):
        if cord_ahead(field, piece, piece.centerline.length_mm, vessels) > CORD_SPEED:
            s_mm = float(main.centerline.locate(piece.centerline.points_mm[:1])[0][0])
            return s_mm, _point(piece.centerline.points_mm[-1])
    s_lost = _lost_place_mm(field, main, branches, vessels)
    return None if s_lost is None else (s_lost, _point(main.centerline.at(np.array([s_lost]))[0][0]))


def _ends_as_stump(field: SearchField, main: Vessel, vessels: tuple[Vessel, ...], is_short: bool) -> bool:
    """Whether a main vessel ends wide with a cord straight on, or so wide that no cord is needed; one that is short by nature
    only with both."""
    branches = [v for v in vessels if v.parent == main.name]
    if main.name == "RCA" and any(v.name in CRUX_BRANCHES for v in branches):
        return False
    length = main.centerline.length_mm
    radius = _radius_mm(main, length - END_MM[1], length - END_MM[0])
    if radius > CUT_OFF_RADIUS_MM and not is_short:
        return True
    least = CUT_OFF_RADIUS_MM if is_short else STUMP_RADIUS_MM
    return radius > least and cord_ahead(field, main, length, vessels) > CORD_SPEED


def _pieces(main: Vessel, branches: list[Vessel], vessels: tuple[Vessel, ...]) -> list[Vessel]:
    """Branches that end as wide as a stump. One that widens is a vein; one at the left main belongs to the other main vessel
    when that is missing."""
    own = {main.name, *(b.name for b in branches)}
    names = {v.name for v in vessels}
    other = {"LAD": "LCx", "LCx": "LAD"}.get(main.name)
    found = []
    for piece in (v for v in vessels if v.parent in own):
        if other is not None and other not in names and piece.parent == main.name and (piece.parent_s_mm or 0.0) < LEFT_MAIN_MM:
            continue
        end = piece.centerline.length_mm
        radius = _radius_mm(piece, end - END_MM[1], end - END_MM[0])
        if PIECE_RADIUS_MM < radius < WIDENING * max(_radius_mm(piece, *END_MM), PIECE_RADIUS_MM):
            found.append(piece)
    return found


def _lost_place_mm(field: SearchField, main: Vessel, branches: list[Vessel], vessels: tuple[Vessel, ...]) -> float | None:
    """Where along a main vessel most calibre ends before a cord straight on, or less of it before a clear cord for some way."""
    length, in_row = main.centerline.length_mm, 0
    for s_mm in np.arange(END_MM[1] if main.name == "RCA" else LEFT_MAIN_MM, length - END_MM[1], SCAN_MM):
        in_row += 1
        is_near = any(
            low - NEAR_BRIDGE_MM < s_mm < high + NEAR_BRIDGE_MM for low, high in main.bridged_mm if high - low > CORD_MM
        )
        before = _before_mm(main, s_mm)
        lost = 0.0 if is_near else _lost_at(main, s_mm, branches, before)
        if lost <= SLOW_LOST_SHARE or _widest_after_mm(main, s_mm) > REGAINED_SHARE * before:
            in_row = 0
            continue
        cord = cord_ahead(field, main, s_mm, vessels)
        if lost > LOST_SHARE and cord > LOST_CORD_SPEED:
            return float(s_mm)
        in_row = in_row if cord > CLEAR_CORD_SPEED else 0
        if in_row >= CLEAR_PLACES:
            return float(s_mm)
    return None


def _lost_at(main: Vessel, s_mm: float, branches: list[Vessel], before_mm: float) -> float:
    """Part of the calibre that neither the vessel nor its branches carry on beyond a place."""
    beside = [b for b in branches if abs((b.parent_s_mm or 0.0) - s_mm) < BESIDE_MM]
    after = max([_radius_mm(b, *END_MM) for b in beside] + [_radius_mm(main, s_mm + END_MM[0], s_mm + END_MM[1])])
    return 1.0 - after / before_mm if before_mm > 0 else 0.0


def _before_mm(main: Vessel, s_mm: float) -> float:
    """Radius of a main vessel before a place, from where its lumen is clear if that is not far."""
    s = main.centerline.s_mm
    clear = (s >= s_mm - CLEAR_REACH_MM) & (s <= s_mm - END_MM[0]) & (main.lumen_radius_mm > 0)
    for course in main.courses:
        if course.way_mm is not None:
            clear &= (s < course.way_mm[0]) | (s > course.way_mm[1])
    last = np.flatnonzero(clear)[-round((END_MM[1] - END_MM[0]) / STEP_MM) :]
    if len(last) * STEP_MM < FEWEST_CLEAR_MM:
        return _radius_mm(main, s_mm - END_MM[1], s_mm - END_MM[0])
    return float(np.median(main.lumen_radius_mm[last]))


def _widest_after_mm(main: Vessel, s_mm: float) -> float:
    """Largest radius that a main vessel has again for some way beyond a place."""
    wide = END_MM[1] - END_MM[0]
    starts = np.arange(s_mm + END_MM[0], main.centerline.length_mm - wide, wide / 2)
    return max((_radius_mm(main, float(s), float(s) + wide) for s in starts), default=0.0)


def _radius_mm(vessel: Vessel, low_mm: float, high_mm: float) -> float:
    """Median lumen radius where there is lumen in an arc range; 0 where there is none."""
    s = vessel.centerline.s_mm
    radius = vessel.lumen_radius_mm[(s >= low_mm) & (s <= high_mm)]
    radius = radius[radius > 0]
    return float(np.median(radius)) if len(radius) else 0.0


def cord_ahead(field: SearchField, vessel: Vessel, s_mm: float, vessels: tuple[Vessel, ...]) -> float:
    """Evidence, 0 to 1, of the clearest cord that leads `CORD_MM` on from a place on a vessel, straight on, off all vessels."""
    behind, end = vessel.centerline.at(np.array([max(s_mm - BEHIND_MM, 0.0), s_mm]))[0]
    heading = (end - behind) / max(float(np.linalg.norm(end - behind)), 1e-6)
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
