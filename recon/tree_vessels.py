"""Named ways made into vessels: centred lines that share trunks and begin on their parents, bridged ranges, problems."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy import ndimage

from recon.centering import LINE_STEP_MM, CentredLine, centred_by_profile, hidden_by_calcium, measured_line
from recon.centerline import Centerline
from recon.estimate import FloatArray
from recon.report import Report
from recon.search_field import SearchField
from recon.tree_ends import ends_before_plaque
from recon.tree_growth import Forest
from recon.tree_name import Named
from recon.vessels import PointMm, Vessel
from recon.volume import Volume

MIN_BRIDGE_MM = 2.0
MERGE_BRIDGES_MM = 3.0
BLEND_MM = 4.0
LEAST_MM = 8.0
"""A main vessel is not cut shorter than this."""

PACKED_MM = 14.0
"""Calcium that hides the lumen of an open vessel does not do so for this long."""


OnVessel = Callable[[Vessel], None]
"""Told of each vessel as soon as it is centred; a later one of the same name takes the place of an earlier one."""


def untold(_vessel: Vessel) -> None:
    """Nobody waits for single vessels."""


def vessels_of(
    volume: Volume,
    field: SearchField,
    forest: Forest,
    named: tuple[Named, ...],
    report: Report,
    on_vessel: OnVessel = untold,
) -> tuple[Vessel, ...]:
    """All named ways as vessels, parents first."""
    done: dict[str, Vessel] = {}
    waiting = list(named)
    total = len(waiting)
    while waiting:
        ready = [n for n in waiting if n.parent is None or n.parent in done]
        for item in ready or waiting[:1]:
            report(len(done) / total, f"Centring {item.name}")
            vessel = (
                _main(volume, field, forest, item, done) if item.parent is None else _branch(volume, field, forest, item, done)
            )
            if vessel is not None:
                done[item.name] = vessel
                on_vessel(vessel)
            waiting.remove(item)
    return tuple(done.values())


def _main(volume: Volume, field: SearchField, forest: Forest, item: Named, done: dict[str, Vessel]) -> Vessel:
    points = _from_aorta(field, item.way.points_mm)
    extra = len(points) - len(item.way.points_mm)
    bridged = np.array([False] * extra + [c in forest.bridged for c in item.way.cells])
    line = _bridged_in_calcium(volume, centred_by_profile(volume, points, bridged, field.lumen_hu), field.lumen_hu)
    line = _cut_at_ostium(field, line)
    end = ends_before_plaque(line, field.lumen_hu)
    if end is not None and end * LINE_STEP_MM >= LEAST_MM:
        line = _part(line, 0, end)
    if item.name == "LCx" and "LAD" in done:
        line = _sharing_trunk(line, done["LAD"].centerline)
    return as_vessel(item.name, line)


def _bridged_in_calcium(volume: Volume, line: CentredLine, lumen_hu: float) -> CentredLine:
    """The line with long stretches noted as bridged in which calcium leaves no lumen to be seen: an occlusion may be packed
    with it from cap to cap."""
    hidden = hidden_by_calcium(volume, line.points_mm, lumen_hu)
    hidden = ndimage.binary_closing(hidden, iterations=int(MERGE_BRIDGES_MM / LINE_STEP_MM / 2))
    labels, count = ndimage.label(hidden)
    for n in range(1, count + 1):
        if (labels == n).sum() * LINE_STEP_MM < PACKED_MM:
            hidden[labels == n] = False
    if not hidden.any():
        return line
    mask = line.bridged | hidden
    return replace(line, bridged=mask, radius_mm=np.where(mask, 0.0, line.radius_mm))


def _from_aorta(field: SearchField, points: FloatArray) -> FloatArray:
    """The way led back straight into the aorta, so that its ostium can be cut on the surface."""
    back = points[0] - points[min(len(points) - 1, 8)]
    back /= max(float(np.linalg.norm(back)), 1e-6)
    lead = points[0] + back * np.arange(4.0, 0.0, -0.5)[:, None]
    depth = np.array([field.aorta_mm.ravel()[field.cell(p)] for p in lead])
    return np.concatenate([lead[depth > -3.0], points])


def _cut_at_ostium(field: SearchField, line: CentredLine) -> CentredLine:
    """The line from the aorta's surface on."""
    depth = np.array([field.aorta_mm.ravel()[field.cell(p)] for p in line.points_mm[:24]])
    inside = np.flatnonzero(depth < 0.0)
    start = int(inside[-1]) + 1 if len(inside) else 0
    return _part(line, start)


def _part(line: CentredLine, start: int, stop: int | None = None) -> CentredLine:
    """The line from an index on, up to another."""
    kept = slice(start, stop)
    return CentredLine(line.points_mm[kept], line.radius_mm[kept], line.confidence[kept], line.bridged[kept], line.axis_hu[kept])


def _sharing_trunk(line: CentredLine, trunk: Centerline) -> CentredLine:
    """The line put on the trunk as long as both run in one lumen, then led over smoothly."""
    s, _, apart = trunk.locate(line.points_mm)
    leaving = np.flatnonzero(apart > 1.0)
    fork = int(leaving[0]) if len(leaving) else len(apart)
    weight = np.clip((fork - np.arange(len(apart))) * 0.5 / BLEND_MM + 0.5, 0.0, 1.0)
    on_trunk = trunk.at(s)[0]
    points = weight[:, None] * on_trunk + (1 - weight[:, None]) * line.points_mm
    points[0] = trunk.points_mm[0]
    return replace(line, points_mm=points)


def _branch(volume: Volume, field: SearchField, forest: Forest, item: Named, done: dict[str, Vessel]) -> Vessel | None:
    """A branch from the parent's line on; None when nothing is left beyond the parent's lumen."""
    parent = done.get(item.parent or "")
    cells = item.way.cells[max(item.shared - 1, 0) :]
    if parent is None or len(cells) < 6:
        return None
    line = centred_by_profile(volume, item.own_mm, np.array([c in forest.bridged for c in cells]), field.lumen_hu)
    s, _, apart = parent.centerline.locate(line.points_mm)
    width = np.interp(s, parent.centerline.s_mm, np.maximum(parent.lumen_radius_mm, 0.8))
    outside = np.flatnonzero(apart > width)
    if not len(outside) or len(line.points_mm) - outside[0] < 6:
        return None
    first = int(outside[0])
    origin_s = float(np.clip(s[first] - 0.5 * width[first], 0.0, parent.centerline.length_mm))
    origin = parent.centerline.at(origin_s)[0]
    lead = origin + (line.points_mm[first] - origin) * np.linspace(0, 1, 4)[:-1, None]
    kept = _led_from(lead, _part(line, first))
    return replace(as_vessel(item.name, kept), parent=parent.name, parent_s_mm=origin_s)


def _led_from(lead: FloatArray, line: CentredLine) -> CentredLine:
    """The line with points put before it that take the values of its first."""
    n = len(lead)
    return CentredLine(
        np.concatenate([lead, line.points_mm]),
        np.concatenate([line.radius_mm[:1].repeat(n), line.radius_mm]),
        np.concatenate([line.confidence[:1].repeat(n), line.confidence]),
        np.concatenate([line.bridged[:1].repeat(n), line.bridged]),
        np.concatenate([line.axis_hu[:1].repeat(n), line.axis_hu]),
    )


def as_vessel(name: str, line: CentredLine, centerline: Centerline | None = None) -> Vessel:
    """A centred line as a vessel without parent and segments, on its own smooth line unless one is given."""
    if centerline is None:
        centerline = Centerline.through(line.points_mm)

    def on(values: FloatArray) -> FloatArray:
        return np.asarray(np.interp(centerline.s_mm, np.linspace(0.0, centerline.length_mm, len(values)), values))

    return Vessel(name, centerline, on(line.radius_mm), on(line.confidence), bridged_mm=bridged_ranges(line))


def line_on(volume: Volume, name: str, centerline: Centerline, lumen_hu: float) -> Vessel:
    """A vessel on a given line, which is not moved: lumen radius, confidence and bridged ranges measured on it."""
    return as_vessel(name, measured_line(volume, centerline.points_mm, lumen_hu), centerline)


def bridged_ranges(line: CentredLine) -> tuple[tuple[float, float], ...]:
    """Arc ranges of the bridged mask, near ones merged, scraps left out."""
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line.points_mm, axis=0), axis=1))])
    edges = np.flatnonzero(np.diff(np.concatenate([[0], line.bridged.astype(np.int8), [0]])))
    ranges: list[tuple[float, float]] = []
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        low, high = float(arc[start]), float(arc[stop - 1])
        if ranges and low - ranges[-1][1] < MERGE_BRIDGES_MM:
            ranges[-1] = (ranges[-1][0], high)
        else:
            ranges.append((low, high))
    return tuple(r for r in ranges if r[1] - r[0] >= MIN_BRIDGE_MM)


def first_point(vessels: tuple[Vessel, ...], names: tuple[str, ...]) -> PointMm | None:
    """Where the first of the named vessels begins."""
    return next((_point(v.centerline.points_mm[0]) for n in names for v in vessels if v.name == n), None)


def _point(values: FloatArray) -> PointMm:
    return float(values[0]), float(values[1]), float(values[2])
