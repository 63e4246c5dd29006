"""The search for fluoroscopic views: maps of foreshortening and overlap, ranked views, wiring pairs (docs/clinical.md D.3)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter

from planner.occlusion import Occlusion
from planner.settings import LabProfile
from planner.view_targets import (
    TARGETS,
    Pieces,
    covering_pieces,
    joined,
    pieces_of,
    side_branch_pieces,
    target_range_mm,
)
from planner.views import TargetViews, View, ViewPlan, WiringPair
from recon.carm import angle_between_deg, en_face_view_deg, view_axes
from recon.estimate import FloatArray
from recon.kernels.carm import foreshortening_of_views, overlap_of_views
from recon.sections import VesselSections
from recon.vessels import Tree

STEP_DEG = 2
MAP_PRIMARY_DEG = 120
MAP_SECONDARY_DEG = 60
"""The maps reach at least this far, so that an ideal view out of reach can be seen on them."""

ROBUST_STEPS = 2
"""A view is judged by the worst value within this many grid steps: angles are good to +/- 5 degrees only."""

OVERLAP_WEIGHT = 0.5
DISCOMFORT_POINTS = 10.0
STEEPNESS_POINTS_PER_DEG = 0.02
"""Ranking, program settings: points are percent of foreshortening; among equals the view nearest to AP goes first."""

TOLERANCE_POINTS = 5.0
"""The tolerance region loses at most this much more than the least foreshortened reachable view (docs/clinical.md D.3)."""

APART_DEG = 30.0
MOST_VIEWS = 4
FURTHER_VIEW_LIMIT_PCT = 20.0
"""Beyond two views only comfortable ones with less foreshortening than this are listed."""

PAIR_STEP = 2
"""The wiring pair is searched on every second grid view."""

PAIR_POINTS_PER_DEG = 0.5


@dataclass(frozen=True, eq=False)
class _Maps:
    """Values on the (secondary, primary) grid of one target."""

    primary_deg: FloatArray
    secondary_deg: FloatArray
    foreshortening_pct: FloatArray
    overlap_pct: FloatArray
    reachable: npt.NDArray[np.bool_]
    comfortable: npt.NDArray[np.bool_]
    cost: FloatArray


def view_plan(tree: Tree, occlusions: Sequence[Occlusion], sections: dict[str, VesselSections], lab: LabProfile) -> ViewPlan:
    """Ranked reachable views for every target of every occlusion, and a wiring pair for each occlusion."""
    targets: list[TargetViews] = []
    pairs: list[WiringPair] = []
    for occlusion in occlusions:
        for target in TARGETS:
            seen = _target(tree, occlusion, target, sections, lab)
            if seen is None:
                continue
            views, maps = seen
            targets.append(views)
            if target == "body" and (pair := _wiring_pair(occlusion.id, maps)) is not None:
                pairs.append(pair)
    return ViewPlan(lab.name, tuple(targets), tuple(pairs))


def _target(
    tree: Tree, occlusion: Occlusion, target: str, sections: dict[str, VesselSections], lab: LabProfile
) -> tuple[TargetViews, _Maps] | None:
    vessel = tree.vessel(occlusion.vessel)
    arc = target_range_mm(occlusion, target, vessel.centerline.length_mm) if vessel else None
    if vessel is None or arc is None:
        return None
    part = pieces_of(vessel, *arc, sections.get(vessel.name))
    side = {"proximal_cap": "proximal", "distal_cap": "distal"}.get(target, "")
    shown = joined([part, *side_branch_pieces(tree, occlusion, side)])
    maps = _maps(part, shown, covering_pieces(tree, vessel, arc, sections, part), lab)
    primary, secondary = en_face_view_deg(shown.tangent, shown.length_mm)
    views = TargetViews(
        occlusion=occlusion.id,
        target=target,
        ideal_primary_deg=primary,
        ideal_secondary_deg=secondary,
        ideal_reachable=bool(lab.reachable(primary, secondary)),
        views=_ranked_views(maps),
        primary_deg=maps.primary_deg,
        secondary_deg=maps.secondary_deg,
        foreshortening_pct=maps.foreshortening_pct,
        overlap_pct=maps.overlap_pct,
    )
    return views, maps


def _maps(part: Pieces, shown: Pieces, covering: Pieces, lab: LabProfile) -> _Maps:
    primary = _grid_deg(MAP_PRIMARY_DEG, lab.hard_primary_deg)
    secondary = _grid_deg(MAP_SECONDARY_DEG, lab.hard_secondary_deg)
    a, b = np.meshgrid(primary, secondary)
    axes = view_axes(a.ravel(), b.ravel())
    lost = foreshortening_of_views(shown.tangent, shown.length_mm, axes.detector).reshape(a.shape)
    half = covering.tangent * covering.length_mm[:, None] / 2
    overlap = overlap_of_views(
        part.point_mm,
        part.tangent,
        part.length_mm,
        part.radius_mm,
        covering.point_mm - half,
        covering.point_mm + half,
        covering.radius_mm,
        axes.detector,
        axes.right,
        axes.up,
        part.point_mm.mean(axis=0),
        lab.carm.source_isocenter_mm,
    ).reshape(a.shape)
    comfortable = lab.comfortable(a, b)
    steepness = np.degrees(np.arccos(np.clip(-axes.detector[:, 1], -1.0, 1.0))).reshape(a.shape)
    size = 2 * ROBUST_STEPS + 1
    cost = maximum_filter(lost + OVERLAP_WEIGHT * overlap, size=size, mode="nearest")
    cost = cost + np.where(comfortable, 0.0, DISCOMFORT_POINTS) + STEEPNESS_POINTS_PER_DEG * steepness
    return _Maps(primary, secondary, lost, overlap, lab.reachable(a, b), comfortable, np.asarray(cost))


def _grid_deg(least: float, limits: tuple[float, float]) -> FloatArray:
    """Even whole degrees, symmetric about 0, that reach at least `least` and the limits."""
    steps = int(np.ceil(max(least, -limits[0], limits[1]) / STEP_DEG))
    return np.arange(-steps, steps + 1, dtype=float) * STEP_DEG


def _ranked_views(maps: _Maps) -> tuple[View, ...]:
    """Reachable views from the best on, each at least 30 degrees from those before it."""
    order = np.argsort(np.where(maps.reachable, maps.cost, np.inf), axis=None, kind="stable")
    chosen: list[View] = []
    for index in order[: int(maps.reachable.sum())]:
        row, column = (int(i) for i in np.unravel_index(index, maps.cost.shape))
        angles = (maps.primary_deg[column], maps.secondary_deg[row])
        worth = maps.comfortable[row, column] and maps.foreshortening_pct[row, column] <= FURTHER_VIEW_LIMIT_PCT
        if len(chosen) >= 2 and not worth:
            continue
        if all(angle_between_deg(angles, (v.primary_deg, v.secondary_deg)) >= APART_DEG for v in chosen):
            chosen.append(_view(maps, row, column))
        if len(chosen) == MOST_VIEWS:
            break
    return tuple(chosen)


def _view(maps: _Maps, row: int, column: int) -> View:
    least = maps.foreshortening_pct[maps.reachable].min()
    limit = max(least + TOLERANCE_POINTS, maps.foreshortening_pct[row, column])
    allowed = maps.reachable & (maps.foreshortening_pct <= limit)
    return View(
        primary_deg=float(maps.primary_deg[column]),
        secondary_deg=float(maps.secondary_deg[row]),
        foreshortening_pct=float(maps.foreshortening_pct[row, column]),
        overlap_pct=float(maps.overlap_pct[row, column]),
        reachable=bool(maps.reachable[row, column]),
        comfortable=bool(maps.comfortable[row, column]),
        primary_tolerance_deg=_run(maps.primary_deg, allowed[row], column),
        secondary_tolerance_deg=_run(maps.secondary_deg, allowed[:, column], row),
    )


def _run(angles_deg: FloatArray, allowed: npt.NDArray[np.bool_], at: int) -> tuple[float, float]:
    """The first and last angle of the unbroken allowed run around an index."""
    first = last = at
    while first > 0 and allowed[first - 1]:
        first -= 1
    while last < len(allowed) - 1 and allowed[last + 1]:
        last += 1
    return float(angles_deg[first]), float(angles_deg[last])


def _wiring_pair(occlusion: str, maps: _Maps) -> WiringPair | None:
    """Two reachable views with the least cost and nearest to 90 degrees apart."""
    rows, columns = np.nonzero(maps.reachable[::PAIR_STEP, ::PAIR_STEP])
    if len(rows) < 2:
        return None
    rows, columns = rows * PAIR_STEP, columns * PAIR_STEP
    detector = view_axes(maps.primary_deg[columns], maps.secondary_deg[rows]).detector
    cost = maps.cost[rows, columns]
    between = np.degrees(np.arccos(np.clip(np.abs(detector @ detector.T), 0.0, 1.0)))
    pair_cost = cost[:, None] + cost[None, :] + PAIR_POINTS_PER_DEG * (90.0 - between)
    i, j = (int(k) for k in np.unravel_index(int(np.argmin(pair_cost)), pair_cost.shape))
    i, j = (i, j) if cost[i] <= cost[j] else (j, i)
    first, second = (_view(maps, int(rows[k]), int(columns[k])) for k in (i, j))
    angle = angle_between_deg((first.primary_deg, first.secondary_deg), (second.primary_deg, second.secondary_deg))
    return WiringPair(occlusion, first, second, angle)
