"""A centred line through clicked points, along contrast where there is any and along the cord where there is none."""

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recon.centering import CentredLine, centred_by_profile
from recon.centerline import Centerline, self_crossing_mm
from recon.errors import GeometryError
from recon.estimate import FloatArray
from recon.report import Report, part_of, silent
from recon.search_field import SearchField, field_on
from recon.tree_growth import vessel_cost
from recon.tree_islands import wall_cost
from recon.vessel_evidence import is_vessel_near, unseen_stretch
from recon.vesselness import Float32Array
from recon.vessels import PointMm
from recon.volume import Volume
from recon.ways import Way, likely_ways, part_most
from recon.work_grid import work_grid

STEP_MM = 0.5
MARGIN_MM = 12.0
MARGIN_SHARE = 0.4
MOST_MARGIN_MM = 32.0
"""How far beyond the box of the clicks a vessel may swing: the base, and a share of the farthest step between clicks."""

MAX_VOXELS = 4_000_000
"""A larger region gets larger voxels, up to about 0.75 mm; the line is centred on the images themselves afterwards."""

SURE = 0.7
"""No way less likely than this is returned as the vessel."""

SURE_LED = 0.5
"""The same between points a person put on the way: the ways left then lie close together."""

LEAST_LUMEN_HU = 180.0
USUAL_LUMEN_HU = 350.0
MIN_DISTANCE_MM = 2.0
OPEN_SHARE = 0.45
"""Voxels whose tube contrast exceeds this part of the lumen are on contrast."""

CORD_PENALTY = 2.0
"""A way along a clear cord costs this much more than one along clear contrast."""

CLICK_MM = 2.0
CLICK_COST = 20.0

WHAT = {
    "point-outside": "A point lies outside the images.",
    "points-too-close": "The points are less than 2 mm apart.",
    "no-vessel-at-click": "There is no vessel where this point was put.",
    "no-way": "No way through fat or vessel leads from one point to the next.",
    "ways-alike": "Two ways are about as likely.",
    "no-vessel-seen": "The way would leave every vessel.",
    "crosses-itself": "The way comes back to itself.",
}
"""What each kind of failure says."""


@dataclass(frozen=True, slots=True)
class PathFailure:
    """Why no line was made: where it died (LPS, and mm from the first click where known) and what to do."""

    code: str
    s_mm: float | None
    point_mm: PointMm | None
    advice: str
    ways: tuple[tuple[float, FloatArray], ...] = ()
    """Where two ways are about as likely: the probability and LPS points (n, 3) of each, likeliest first."""

    @property
    def told(self) -> str:
        """Three sentences for the person who clicked: what, where, what to do."""
        along = "" if self.s_mm is None else f", {self.s_mm:.0f} mm from the first point"
        where = "" if self.point_mm is None else "At ({:.0f}, {:.0f}, {:.0f}) mm LPS".format(*self.point_mm) + along + ". "
        return f"{WHAT[self.code]} {where}{self.advice}"


def follow(volume: Volume, points_mm: npt.ArrayLike, report: Report = silent) -> Centerline | PathFailure:
    """The centred line through LPS clicks (n, 3), n >= 2, in their order; a typed failure where no vessel leads on."""
    line = followed_line(volume, points_mm, report)
    return line if isinstance(line, PathFailure) else Centerline.through(line.points_mm)


def followed_line(volume: Volume, points_mm: npt.ArrayLike, report: Report = silent) -> CentredLine | PathFailure:
    """As `follow`, with lumen radius, confidence and the mask of what was followed without contrast."""
    clicks = np.asarray(points_mm, dtype=float)
    refused = _refused(volume, clicks)
    if refused is not None:
        return refused
    span = float(np.linalg.norm(np.diff(clicks, axis=0), axis=1).max())
    margin = MARGIN_MM + min(MARGIN_SHARE * span, MOST_MARGIN_MM)
    size = np.ptp(clicks, axis=0) + 2 * margin
    step = max(STEP_MM, float(np.prod(size) / MAX_VOXELS) ** (1 / 3))
    grid = work_grid(volume, step, clicks.min(axis=0) - margin, clicks.max(axis=0) + margin)
    lumen_hu = _lumen_near(volume, clicks)
    field = field_on(grid, lumen_hu, 0.0, None, part_of(report, 0.05, 0.6))
    missed = _missed(field, clicks)
    if missed is not None:
        return missed
    cost, open_way = path_cost(field)
    _opened_at(field, cost, clicks)
    cells = _joined_legs(field, cost, open_way, clicks)
    if isinstance(cells, PathFailure):
        return cells
    points = np.concatenate([clicks[:1], field.points_mm(cells[1:-1]), clicks[-1:]])
    crossed = _crossed(points)
    if crossed is not None:
        return crossed
    report(0.8, "Centring")
    mask = ~open_way.ravel()[cells]
    return centred_by_profile(volume, points, _closed_runs(mask), lumen_hu, ends_fixed=True)


def path_cost(field: SearchField) -> tuple[Float32Array, npt.NDArray[np.bool_]]:
    """(cost per voxel, where contrast leads): the cheaper of the contrast tube and the cord; 0 deep in muscle and chambers."""
    tube = vessel_cost(field)
    cord = CORD_PENALTY * wall_cost(field)
    cost = np.where(tube <= 0, cord, np.where(cord <= 0, tube, np.minimum(tube, cord)))
    return np.asarray(cost, np.float32), field.lumen.contrast_hu > OPEN_SHARE * 0.8 * field.lumen_hu


def _opened_at(field: SearchField, cost: Float32Array, clicks: FloatArray) -> None:
    """Makes the voxels close about each click passable, in place: a person may click beside the vessel."""
    reach = round(CLICK_MM / field.grid.step_mm)
    for cell in (field.cell(c) for c in clicks):
        k, j, i = (int(v) for v in np.unravel_index(cell, field.shape))
        near = cost[max(k - reach, 0) : k + reach + 1, max(j - reach, 0) : j + reach + 1, max(i - reach, 0) : i + reach + 1]
        near[near <= 0] = CLICK_COST


def _refused(volume: Volume, clicks: FloatArray) -> PathFailure | None:
    if clicks.ndim != 2 or clicks.shape[1:] != (3,) or len(clicks) < 2 or not np.all(np.isfinite(clicks)):
        raise GeometryError("A path needs at least two points in LPS mm.", f"Got shape {clicks.shape}.", "Click its two ends.")
    outside = np.flatnonzero(~volume.geometry.contains(clicks))
    if len(outside):
        return PathFailure("point-outside", None, _point(clicks[outside[0]]), "Click inside the images.")
    if np.linalg.norm(clicks - clicks[0], axis=1).max() < MIN_DISTANCE_MM:
        return PathFailure("points-too-close", 0.0, _point(clicks[0]), "Click two points farther apart.")
    return None


def _missed(field: SearchField, clicks: FloatArray) -> PathFailure | None:
    """A failure when the first or the last click lies on nothing that looks like a vessel, open or occluded.

    A point put between them is a reader's word: it may lead through what the images do not show.
    """
    for click in clicks[[0, -1]]:
        if not is_vessel_near(field, click):
            return PathFailure("no-vessel-at-click", None, _point(click), "Put it on the vessel, within 2 mm of its middle.")
    return None


def _lumen_near(volume: Volume, clicks: FloatArray) -> float:
    """Lumen HU from the brighter clicks: the 80th percentile about each; the usual value when none is on contrast."""
    found = []
    for click in clicks:
        offsets = np.stack(np.meshgrid(*[np.arange(-1.5, 1.6, 0.5)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
        index = np.rint(volume.geometry.index_kji(click + offsets)).astype(int)
        index = np.clip(index, 0, np.array(volume.hu.shape) - 1)
        near = volume.hu[tuple(index.T)].astype(float)
        found.append(float(np.percentile(np.minimum(near, 600.0), 80)))
    brightest = max(found)
    return brightest if brightest >= LEAST_LUMEN_HU else USUAL_LUMEN_HU


def _joined_legs(
    field: SearchField, cost: Float32Array, is_open: npt.NDArray[np.bool_], clicks: FloatArray
) -> npt.NDArray[np.int64] | PathFailure:
    """Cells from the first click through all others, each leg by its likeliest way; a failure where none is likelier."""
    legs: list[npt.NDArray[np.int64]] = []
    for start, end in itertools.pairwise(clicks):
        ways = likely_ways(field, cost, is_open, field.cell(start), field.cell(end))
        if not ways:
            return PathFailure("no-way", None, _point(end), "Add a point between these two clicks.")
        unseen = unseen_stretch(field, ways[0].cells)
        if unseen is not None:
            before_mm = sum(_length_mm(field, leg) for leg in legs)
            advice = "Add a point on the vessel near here."
            return PathFailure("no-vessel-seen", before_mm + unseen[0], _point(unseen[1]), advice)
        if ways[0].probability < (SURE if len(clicks) == 2 else SURE_LED):
            return _alike(field, ways)
        legs.append(ways[0].cells if not legs else ways[0].cells[1:])
    return np.concatenate(legs)


def _alike(field: SearchField, ways: tuple[Way, ...]) -> PathFailure:
    """The failure of a leg whose ways are about as likely: a click on the right one where they part decides."""
    apart = part_most(field, ways[0].cells, ways[1].cells)
    first = field.points_mm(ways[0].cells)
    before = first[: int(np.argmin(np.linalg.norm(first - apart, axis=1))) + 1]
    s_mm = float(np.linalg.norm(np.diff(before, axis=0), axis=1).sum())
    share = " and ".join(f"{100 * w.probability:.0f} %" for w in ways[:2])
    advice = f"They have {share}: add a point on the vessel near here."
    return PathFailure("ways-alike", s_mm, _point(apart), advice, tuple((w.probability, field.points_mm(w.cells)) for w in ways))


def _length_mm(field: SearchField, cells: npt.NDArray[np.int64]) -> float:
    return float(np.linalg.norm(np.diff(field.points_mm(cells), axis=0), axis=1).sum())


def _closed_runs(mask: npt.NDArray[np.bool_], shortest: int = 4) -> npt.NDArray[np.bool_]:
    """The mask without runs shorter than `shortest` cells: noise is no occlusion."""
    out = mask.copy()
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        if stop - start < shortest:
            out[start:stop] = False
    return out


def _crossed(points: FloatArray) -> PathFailure | None:
    """A failure when a way comes back to itself: its clicks are out of order."""
    s_mm = self_crossing_mm(points)
    if s_mm is None:
        return None
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    place = min(int(np.searchsorted(arc, s_mm)), len(points) - 1)
    return PathFailure("crosses-itself", s_mm, _point(points[place]), "Put the points in their order along the vessel.")


def _point(values: FloatArray) -> PointMm:
    return float(values[0]), float(values[1]), float(values[2])
