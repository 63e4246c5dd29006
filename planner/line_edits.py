"""A reader's changes of followed lines, applied in their order: led through points, extended, cut, joined, smoothed."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from planner.plan import LineEdit, Said
from recon.errors import CallError, PlannerError
from recon.estimate import FloatArray
from recon.path import PathFailure, follow
from recon.tree_edit import (
    cut,
    extended,
    joined_vessels,
    led_through,
    lumen_of,
    smoothed_range,
    with_vessel,
)
from recon.vessels import PointMm, Problem, Tree, Vessel
from recon.volume import Volume

LINE_EDITS = ("point", "extend", "cut", "join", "smooth")
SMOOTHED_MM = 6.0
"""Arc to each side of the place that is smoothed."""

SAME_PLACE_MM = 8.0


def edited_lines(volume: Volume, tree: Tree, edits: tuple[LineEdit, ...]) -> Tree:
    """The tree with a reader's changes; one that cannot be made any more is a problem of the tree, not an error.

    The same tree when there are no edits; vessels that no edit names keep their objects.
    """
    for number, edit in enumerate(edits):
        try:
            tree = _STEPS[edit.kind](volume, tree, edit, edits[:number])
        except PlannerError as error:
            problem = Problem(f"line-{edit.kind}-not-made", edit.vessel, None, edit.point_mm, f"{error.what} {error.advice}")
            tree = replace(tree, problems=(*tree.problems, problem))
    return tree


def dragged(volume: Volume, tree: Tree, name: str, to_mm: PointMm, edits: tuple[LineEdit, ...]) -> Vessel:
    """What a vessel looks like while a place of its line is dragged: the quick form of the same change."""
    vessel = _vessel(tree, name)
    return led_through(volume, vessel, to_mm, lumen_of(volume, tree, vessel.centerline), _kept(vessel, edits), False)


def with_edit(edits: tuple[LineEdit, ...], edit: LineEdit, dragged_from: PointMm | None = None) -> tuple[LineEdit, ...]:
    """The edits with one more; a control point that was dragged from its place gives way to the new one."""
    kept = tuple(
        e for e in edits if dragged_from is None or (e.kind, e.vessel, e.point_mm) != ("point", edit.vessel, dragged_from)
    )
    return (*kept, edit)


def without_point(edits: tuple[LineEdit, ...], vessel: str, near_mm: PointMm) -> tuple[LineEdit, ...]:
    """The edits without the control point of a vessel nearest to a place; the line there is the automatic one again.

    Raises CallError when there is none within `SAME_PLACE_MM`.
    """
    points = [e for e in edits if (e.kind, e.vessel) == ("point", vessel)]
    apart = [float(np.linalg.norm(np.subtract(e.point_mm, near_mm))) for e in points]
    if not apart or min(apart) > SAME_PLACE_MM:
        raise CallError("There is no control point here.", f"None of {vessel} lies within 8 mm.", "Go to a control point first.")
    gone = points[int(np.argmin(apart))]
    return tuple(e for e in edits if e is not gone)


def renamed_edits(edits: tuple[LineEdit, ...], name: str, new_name: str) -> tuple[LineEdit, ...]:
    """The edits of a vessel that got another name."""
    return tuple(
        replace(e, vessel=new_name if e.vessel == name else e.vessel, other=new_name if e.other == name and e.other else e.other)
        for e in edits
    )


def line_edit(kind: str, vessel: str, point_mm: PointMm, said: Said, other: str = "") -> LineEdit:
    """One change, checked; raises CallError for a kind that is not known or values that are no numbers."""
    if kind not in LINE_EDITS:
        raise CallError("The change of a line is not known.", f"Got {kind!r}.", f"Use one of: {', '.join(LINE_EDITS)}.")
    if len(point_mm) != 3 or not np.all(np.isfinite(point_mm)):
        raise CallError("A position needs three finite numbers.", f"Got {point_mm}.", "Click inside the image.")
    return LineEdit(vessel, kind, (float(point_mm[0]), float(point_mm[1]), float(point_mm[2])), other, said)


def _point(volume: Volume, tree: Tree, edit: LineEdit, before: tuple[LineEdit, ...]) -> Tree:
    vessel = _vessel(tree, edit.vessel)
    kept = _kept(vessel, before)
    lumen_hu = lumen_of(volume, tree, vessel.centerline)
    return with_vessel(tree, led_through(volume, vessel, edit.point_mm, lumen_hu, kept))


def _extend(volume: Volume, tree: Tree, edit: LineEdit, _before: tuple[LineEdit, ...]) -> Tree:
    vessel = _vessel(tree, edit.vessel)
    course = follow(volume, np.array([vessel.centerline.points_mm[-1], edit.point_mm]))
    if isinstance(course, PathFailure):
        problem = Problem(course.code, vessel.name, course.s_mm, course.point_mm, course.told)
        return replace(tree, problems=(*tree.problems, problem))
    return with_vessel(tree, extended(vessel, course))


def _cut(_volume: Volume, tree: Tree, edit: LineEdit, _before: tuple[LineEdit, ...]) -> Tree:
    vessel = _vessel(tree, edit.vessel)
    return with_vessel(tree, cut(vessel, float(vessel.centerline.locate(_array(edit))[0])))


def _join(_volume: Volume, tree: Tree, edit: LineEdit, _before: tuple[LineEdit, ...]) -> Tree:
    return joined_vessels(tree, edit.vessel, edit.other)


def _smooth(_volume: Volume, tree: Tree, edit: LineEdit, _before: tuple[LineEdit, ...]) -> Tree:
    vessel = _vessel(tree, edit.vessel)
    at = float(vessel.centerline.locate(_array(edit))[0])
    return with_vessel(tree, smoothed_range(vessel, at - SMOOTHED_MM, at + SMOOTHED_MM))


_STEPS: dict[str, Callable[[Volume, Tree, LineEdit, tuple[LineEdit, ...]], Tree]] = {
    "point": _point,
    "extend": _extend,
    "cut": _cut,
    "join": _join,
    "smooth": _smooth,
}


def _kept(vessel: Vessel, edits: tuple[LineEdit, ...]) -> tuple[float, ...]:
    """Where on the line its earlier control points are."""
    points = [_array(e) for e in edits if (e.kind, e.vessel) == ("point", vessel.name)]
    return tuple(float(vessel.centerline.locate(p)[0]) for p in points)


def _array(edit: LineEdit) -> FloatArray:
    return np.asarray(edit.point_mm, dtype=float)


def _vessel(tree: Tree, name: str) -> Vessel:
    found = tree.vessel(name)
    if found is None:
        raise CallError("There is no such vessel.", f"{name or 'No name'} is not in the tree.", "Choose a vessel of the list.")
    return found
