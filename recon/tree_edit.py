"""Editing a tree: pure functions from a tree and a gesture to a new tree, so that undo is an older value."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from recon.centering import CALCIUM_ABOVE_HU, LINE_STEP_MM, centred_points
from recon.centerline import Centerline
from recon.errors import GeometryError
from recon.estimate import FloatArray
from recon.path import PathFailure, follow
from recon.tree_vessels import line_on
from recon.vessels import Tree, Vessel
from recon.volume import Volume

REFIT_MM = 12.0
"""Arc to each side of a moved point that is led over to the old line."""

DRAG_ROUNDS = 2
"""A line that was centred before needs no more near the moved point, and more would not be felt at once."""

DARK_SHARE = 0.35
FOLLOW_MM = 3.0
FOLLOW_REACH_MM = 20.0
LED_OVER_MM = 4.0
THROUGH_MM = 2.5
"""How far to each side a line is bent to run through a point that was put where there is no contrast."""

ATTACH_MM = 6.0
"""A line that begins this near another vessel is its branch."""


def replace_course(volume: Volume, tree: Tree, name: str, course: Centerline, state: str = "edited") -> Tree:
    """The tree with a vessel's course replaced, or a vessel of that name added; branches keep their origins in space."""
    old = tree.vessel(name)
    lumen_hu = lumen_of(volume, tree, course)
    made = replace(line_on(volume, name, course, lumen_hu), state=state)
    if old is not None and old.parent is not None:
        made = _attached(made, tree, old.parent)
    elif old is None:
        made = _attached(made, tree, _nearest_parent(tree, course, name))
    others = tuple(v for v in tree.vessels if v.name != name)
    moved = tuple(_reattached(v, made) if v.parent == name else v for v in others)
    problems = tuple(p for p in tree.problems if p.vessel != name)
    place = next((n for n, v in enumerate(tree.vessels) if v.name == name), len(moved))
    return replace(tree, vessels=(*moved[:place], made, *moved[place:]), problems=problems)


def moved_point(
    volume: Volume, vessel: Vessel, s_mm: float, to_mm: npt.ArrayLike, lumen_hu: float, kept_mm: tuple[float, ...] = ()
) -> Vessel:
    """The vessel with the line at `s_mm` drawn to an LPS point, centred again near it; the rest stays as it is.

    Where there is contrast the line is centred on it; in an occlusion, on calcium and in the dark it runs through the point as
    it was put. Nothing beyond the neighbouring arc positions `kept_mm` moves. Raises GeometryError when the point is not finite.
    """
    target = np.asarray(to_mm, dtype=float)
    if target.shape != (3,) or not np.all(np.isfinite(target)):
        raise GeometryError("The new place of a point must be finite.", f"Got {target.tolist()}.", "Drag it inside the images.")
    line = vessel.centerline
    at = float(np.clip(s_mm, 0.0, line.length_mm))
    low = max(0.0, at - REFIT_MM, *(k for k in kept_mm if k < at - LINE_STEP_MM))
    high = min(line.length_mm, at + REFIT_MM, *(k for k in kept_mm if k > at + LINE_STEP_MM))
    s = np.linspace(low, high, max(5, round((high - low) / LINE_STEP_MM) + 1))
    part = _points_at(line, s) + _pull(s, at, low, high)[:, None] * (target - _points_at(line, np.array([at])))
    near, _ = centred_points(volume, part, _bridged_at(vessel, s), lumen_hu, ends_fixed=True, rounds=DRAG_ROUNDS)
    near = _led_over(part, near)
    if bool(_bridged_at(vessel, np.array([at]))[0]) or not _is_lumen(volume, target, lumen_hu):
        near = _through(near, target)
    points = np.concatenate([line.points_mm[line.s_mm < low - 1e-6], near, line.points_mm[line.s_mm > high + 1e-6]])
    return _with_part(vessel, Centerline.through(points), low, high)


def _led_over(drawn: FloatArray, centred: FloatArray) -> FloatArray:
    """The centred points, led over to the drawn ones near both ends so that no corner is left where the old line goes on."""
    along = np.linspace(0.0, 1.0, len(drawn))
    same = np.stack([np.interp(along, np.linspace(0.0, 1.0, len(centred)), centred[:, a]) for a in range(3)], axis=1)
    inner = np.minimum(np.arange(len(drawn)), np.arange(len(drawn))[::-1]) * LINE_STEP_MM
    weight = 0.5 - 0.5 * np.cos(np.pi * np.clip(inner / LED_OVER_MM, 0.0, 1.0))
    return np.asarray(drawn + weight[:, None] * (same - drawn))


def _pull(s_mm: FloatArray, at_mm: float, low_mm: float, high_mm: float) -> FloatArray:
    """1 at the moved place, 0 where the line goes over into the old one; full up to an end of the vessel that is moved itself."""
    reach = np.where(s_mm < at_mm, at_mm - low_mm, high_mm - at_mm)
    return np.asarray(np.cos(0.5 * np.pi * np.clip((s_mm - at_mm) / np.maximum(reach, 1e-6), -1.0, 1.0)) ** 2)


def _is_lumen(volume: Volume, point: FloatArray, lumen_hu: float) -> bool:
    """Whether a point is on contrast that a line can be centred on, neither dark nor calcium."""
    index = np.clip(np.rint(volume.geometry.index_kji(point)).astype(int), 1, np.array(volume.hu.shape) - 2)
    k, j, i = (int(v) for v in index)
    mean = volume.hu[k - 1 : k + 2, j - 1 : j + 2, i - 1 : i + 2].mean()
    return bool(DARK_SHARE * lumen_hu < mean < lumen_hu + CALCIUM_ABOVE_HU)


def _through(points: FloatArray, target: FloatArray) -> FloatArray:
    """The points bent so that their line runs through a target, the ends kept."""
    nearest = int(np.argmin(np.linalg.norm(points - target, axis=1)))
    s = LINE_STEP_MM * (np.arange(len(points)) - nearest)
    room = min(nearest, len(points) - 1 - nearest) * LINE_STEP_MM
    weight = np.exp(-0.5 * (s / max(min(THROUGH_MM, room / 3), LINE_STEP_MM)) ** 2)
    if nearest not in (0, len(points) - 1):
        weight[[0, -1]] = 0.0
    return np.asarray(points + weight[:, None] * (target - points[nearest]))


def _points_at(line: Centerline, s_mm: FloatArray) -> FloatArray:
    """Points only, which is much faster than `Centerline.at`."""
    return np.stack([np.interp(s_mm, line.s_mm, line.points_mm[:, a]) for a in range(3)], axis=1)


def led_through(
    volume: Volume,
    vessel: Vessel,
    point_mm: npt.ArrayLike,
    lumen_hu: float,
    kept_mm: tuple[float, ...] = (),
    may_follow: bool = True,
) -> Vessel:
    """The vessel led through an LPS point, from the place of its line nearest to it.

    A point farther from the line than `FOLLOW_MM` is another course: with `may_follow` the way there and back is searched in the
    images; without, or where nothing leads there, the line is drawn.
    """
    line = vessel.centerline
    target = np.asarray(point_mm, dtype=float)
    nearest, _, apart = line.locate(target)
    at = float(nearest)
    if may_follow and float(apart) > FOLLOW_MM and LINE_STEP_MM < at < line.length_mm - LINE_STEP_MM:
        low = max(0.0, at - FOLLOW_REACH_MM, *(k for k in kept_mm if k < at - LINE_STEP_MM))
        high = min(line.length_mm, at + FOLLOW_REACH_MM, *(k for k in kept_mm if k > at + LINE_STEP_MM))
        course = follow(volume, np.stack([line.at(low)[0], target, line.at(high)[0]]))
        if isinstance(course, Centerline):
            points = np.concatenate([line.points_mm[line.s_mm < low], course.points_mm, line.points_mm[line.s_mm > high]])
            return _with_part(vessel, Centerline.through(points), low, high)
    return moved_point(volume, vessel, at, target, lumen_hu, kept_mm)


def deleted_point(volume: Volume, vessel: Vessel, before_mm: float, after_mm: float) -> Vessel | PathFailure:
    """The vessel with its line between two arc positions searched anew in the images; a typed failure where nothing leads on."""
    line = vessel.centerline
    low, high = max(before_mm, 0.0), min(after_mm, line.length_mm)
    course = follow(volume, line.at(np.array([low, high]))[0])
    if isinstance(course, PathFailure):
        return course
    points = np.concatenate([line.points_mm[line.s_mm < low], course.points_mm, line.points_mm[line.s_mm > high]])
    return _with_part(vessel, Centerline.through(points), low, high)


def inserted_point(volume: Volume, vessel: Vessel, at_mm: npt.ArrayLike, lumen_hu: float) -> Vessel:
    """The vessel led through an LPS point at the place of its line nearest to it."""
    s, _, _ = vessel.centerline.locate(np.asarray(at_mm, dtype=float))
    return moved_point(volume, vessel, float(s), at_mm, lumen_hu)


def with_vessel(tree: Tree, made: Vessel) -> Tree:
    """The tree with a vessel of the same name replaced; its branches keep their places in space, what lay beyond a cut stays."""
    _must(tree, made.name)
    return replace(
        tree,
        vessels=tuple(
            made if v.name == made.name else _reattached(v, made) if v.parent == made.name else v for v in tree.vessels
        ),
    )


def smoothed_range(vessel: Vessel, start_mm: float, end_mm: float, window_mm: float = 4.0) -> Vessel:
    """The vessel with its line averaged between two arc positions, its ends kept."""
    line = vessel.centerline
    count = max(3, round(window_mm / (line.s_mm[1] - line.s_mm[0])) | 1)
    padded = np.pad(line.points_mm, ((count // 2, count // 2), (0, 0)), mode="reflect", reflect_type="odd")
    mean = np.stack([np.convolve(padded[:, a], np.ones(count) / count, mode="valid") for a in range(3)], axis=1)
    inside = (line.s_mm >= start_mm) & (line.s_mm <= end_mm)
    weight = np.clip(np.minimum(line.s_mm - start_mm, end_mm - line.s_mm) / 2.0, 0.0, 1.0) * inside
    return _with_line(vessel, Centerline.through(line.points_mm + weight[:, None] * (mean - line.points_mm)))


def cut(vessel: Vessel, s_mm: float) -> Vessel:
    """The vessel up to an arc position; raises GeometryError when less than 1 mm would be left."""
    return _with_line(vessel, Centerline.through(vessel.centerline.between(0.0, min(s_mm, vessel.centerline.length_mm))))


def extended(vessel: Vessel, beyond: Centerline) -> Vessel:
    """The vessel with another line joined to its distal end, whichever end of that line is nearer."""
    return _with_line(vessel, _joined_line(vessel.centerline, beyond))


def joined_vessels(tree: Tree, first: str, second: str) -> Tree:
    """The tree with the second vessel appended to the first; its branches become the first's."""
    one, other = _must(tree, first), _must(tree, second)
    made = _with_line(one, _joined_line(one.centerline, other.centerline))
    kept = [made if v.name == first else v for v in tree.vessels if v.name != second]
    return replace(tree, vessels=tuple(_reattached(replace(v, parent=first), made) if v.parent == second else v for v in kept))


def without(tree: Tree, name: str) -> Tree:
    """The tree without a vessel and all that branches from it."""
    _must(tree, name)
    gone = {name}
    while True:
        more = {v.name for v in tree.vessels if v.parent in gone} - gone
        if not more:
            return replace(tree, vessels=tuple(v for v in tree.vessels if v.name not in gone))
        gone |= more


def relabelled(tree: Tree, name: str, new_name: str) -> Tree:
    """The tree with a vessel renamed; raises GeometryError when the new name is taken."""
    _must(tree, name)
    if tree.vessel(new_name) is not None:
        raise GeometryError("The name is taken.", f"There is a {new_name} already.", "Rename or delete that one first.")
    return replace(
        tree,
        vessels=tuple(
            replace(v, name=new_name if v.name == name else v.name, parent=new_name if v.parent == name else v.parent)
            for v in tree.vessels
        ),
    )


def rerooted(tree: Tree, name: str, parent: str | None) -> Tree:
    """The tree with a vessel attached to another parent (None = to the aorta), its line begun at the parent's line."""
    vessel = _must(tree, name)
    if parent is None:
        made = replace(vessel, parent=None, parent_s_mm=None)
    else:
        ancestor: str | None = parent
        while ancestor is not None:
            if ancestor == name:
                raise GeometryError("A vessel cannot branch from itself.", f"{parent} branches from {name}.", "Choose another.")
            ancestor = _must(tree, ancestor).parent
        made = _reattached(replace(vessel, parent=parent), _must(tree, parent))
    return replace(tree, vessels=tuple(made if v.name == name else v for v in tree.vessels))


def _must(tree: Tree, name: str) -> Vessel:
    vessel = tree.vessel(name)
    if vessel is None:
        known = ", ".join(v.name for v in tree.vessels) or "none"
        raise GeometryError("There is no such vessel.", f"{name} is not among: {known}.", "Choose one of these.")
    return vessel


def _bridged_at(vessel: Vessel, s_mm: FloatArray) -> npt.NDArray[np.bool_]:
    mask = np.zeros(len(s_mm), bool)
    for start, end in vessel.bridged_mm:
        mask |= (s_mm >= start) & (s_mm <= end)
    return mask


def _with_part(vessel: Vessel, line: Centerline, low_mm: float, high_mm: float) -> Vessel:
    """The vessel on a line that differs from its own between two arc positions only, its values carried over by arc."""
    longer = line.length_mm - vessel.centerline.length_mm
    new = np.array([0.0, low_mm, high_mm + longer, line.length_mm]) + np.arange(4) * 1e-9
    old = np.array([0.0, low_mm, high_mm, vessel.centerline.length_mm]) + np.arange(4) * 1e-9
    s = np.interp(line.s_mm, new, old)
    bridged = np.interp(np.array(vessel.bridged_mm).reshape(-1, 2), old, new)
    return replace(
        vessel,
        centerline=line,
        lumen_radius_mm=np.interp(s, vessel.centerline.s_mm, vessel.lumen_radius_mm),
        confidence=np.interp(s, vessel.centerline.s_mm, vessel.confidence),
        bridged_mm=tuple((float(a), float(b)) for a, b in bridged),
        segments=tuple(g for g in vessel.segments if g.start_mm < line.length_mm),
        courses=() if any(a < high_mm and b > low_mm for a, b in vessel.bridged_mm) else vessel.courses,
        state="edited",
    )


def _with_line(vessel: Vessel, line: Centerline) -> Vessel:
    """The vessel on another line, its values carried over by place."""
    s, _, _ = vessel.centerline.locate(line.points_mm)
    old = vessel.centerline.s_mm
    ends = [
        (float(line.locate(vessel.centerline.at(a)[0])[0]), float(line.locate(vessel.centerline.at(b)[0])[0]))
        for a, b in vessel.bridged_mm
    ]
    return replace(
        vessel,
        centerline=line,
        lumen_radius_mm=np.interp(s, old, vessel.lumen_radius_mm),
        confidence=np.interp(s, old, vessel.confidence),
        bridged_mm=tuple((a, b) for a, b in ends if b - a > LINE_STEP_MM),
        segments=tuple(g for g in vessel.segments if g.start_mm < line.length_mm),
        courses=(),
        state="edited",
    )


def _joined_line(line: Centerline, beyond: Centerline) -> Centerline:
    end = line.points_mm[-1]
    points = beyond.points_mm
    if np.linalg.norm(points[-1] - end) < np.linalg.norm(points[0] - end):
        points = points[::-1]
    start = int(np.argmin(np.linalg.norm(points - end, axis=1)))
    rest = points[start:]
    rest = rest[np.linalg.norm(rest - end, axis=1) > 0.5]
    if len(rest) < 2 or float(np.linalg.norm(line.points_mm - rest[-1], axis=1).min()) < 0.5:
        raise GeometryError("There is nothing to add.", "The added line does not reach beyond the vessel.", "Draw it farther.")
    return Centerline.through(np.concatenate([line.points_mm, rest]))


def _nearest_parent(tree: Tree, course: Centerline, name: str) -> str | None:
    """The vessel a new line begins on, if it begins near one."""
    best: tuple[float, str | None] = (ATTACH_MM, None)
    for vessel in tree.vessels:
        distance = float(np.linalg.norm(vessel.centerline.points_mm - course.points_mm[0], axis=1).min())
        if vessel.name != name and distance < best[0] and name not in ("RCA", "LAD", "LCx"):
            best = (distance, vessel.name)
    return best[1]


def _attached(vessel: Vessel, tree: Tree, parent: str | None) -> Vessel:
    found = tree.vessel(parent) if parent else None
    return vessel if found is None else _reattached(replace(vessel, parent=found.name), found)


def _reattached(vessel: Vessel, parent: Vessel) -> Vessel:
    """The branch with its origin looked up on the parent's new line."""
    s, _, _ = parent.centerline.locate(vessel.centerline.points_mm[0])
    return replace(vessel, parent=parent.name, parent_s_mm=float(s))


def lumen_of(volume: Volume, tree: Tree, course: Centerline) -> float:
    """Lumen HU of a tree: that of its aorta, else of the brighter part of a line."""
    if tree.aorta is not None and np.isfinite(tree.aorta.mean_hu):
        return tree.aorta.mean_hu
    index = np.rint(volume.geometry.index_kji(course.points_mm)).astype(int)
    index = np.clip(index, 0, np.array(volume.hu.shape) - 1)
    return float(max(np.percentile(volume.hu[tuple(index.T)], 70), 200.0))
