"""From named ways to vessels: centred lines with forks, bridged ranges, segments and problems."""


import numpy as np
import numpy.typing as npt

from recon.centering import CentredLine, centred
from recon.centerline import Centerline
from recon.estimate import FloatArray
from recon.label import Way, left_pair, rca_score
from recon.report import Report
from recon.search_field import SearchField
from recon.tree_growth import Forest
from recon.vessels import Aorta, PointMm, Problem, Segment, Tree, Vessel
from recon.volume import Volume

MIN_BRIDGE_MM = 2.0
MERGE_BRIDGES_MM = 3.0


def named_vessels(
    volume: Volume,
    field: SearchField,
    forest: Forest,
    aorta: Aorta,
    left: tuple[Way, ...],
    right: tuple[Way, ...],
    report: Report,
) -> Tree:
    """Name the ways, centre them and tell what is missing."""
    lad, lcx = left_pair(list(left))
    rca = max(right, key=rca_score, default=None)
    vessels: list[Vessel] = []
    problems: list[Problem] = []
    for n, (name, way) in enumerate((("RCA", rca), ("LAD", lad), ("LCx", lcx))):
        report(n / 3, f"Centring {name}")
        if way is None:
            problems.append(Problem("vessel-not-found", name, None, None, f"Mark the {name} with two or more clicks."))
            continue
        vessels.append(_vessel(volume, field, forest, name, way.points_mm, way.cells))
    left_ostium = next((_first(v) for v in vessels if v.name in ("LAD", "LCx")), None)
    right_ostium = next((_first(v) for v in vessels if v.name == "RCA"), None)
    for side, ostium in (("left", left_ostium), ("right", right_ostium)):
        if ostium is None:
            problems.append(Problem("ostium-not-found", side, None, None, f"Mark the {side} ostium."))
    return Tree(tuple(vessels), tuple(problems), aorta, left_ostium, right_ostium)


def _first(vessel: Vessel) -> PointMm:
    x, y, z = vessel.centerline.points_mm[0]
    return float(x), float(y), float(z)


def _vessel(volume: Volume, field: SearchField, forest: Forest, name: str, points: FloatArray, cells: tuple[int, ...]) -> Vessel:
    bridged = np.array([c in forest.bridged for c in cells])
    line = centred(volume, points, bridged, field.lumen_hu)
    centerline = Centerline.through(line.points_mm)
    return Vessel(
        name,
        centerline,
        _on(centerline, line, line.radius_mm),
        _on(centerline, line, line.confidence),
        bridged_mm=bridged_ranges(line),
    )


def _on(centerline: Centerline, line: CentredLine, values: FloatArray) -> FloatArray:
    """Values of the centred line at the points of its resampled centerline."""
    return np.interp(centerline.s_mm, np.linspace(0.0, centerline.length_mm, len(values)), values)


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


__all__ = ["Segment", "bridged_ranges", "named_vessels", "npt"]
