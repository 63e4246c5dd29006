"""The ascending aorta and root: a bright round tube of 20 to 50 mm followed through axial slices."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from recon.estimate import FloatArray
from recon.report import Report, silent
from recon.vessels import Aorta
from recon.work_grid import WorkGrid

THRESHOLDS_HU = (150.0, 190.0, 240.0, 300.0, 370.0, 460.0)
"""Cuts tried, because the blood level is not known beforehand; each disc is judged at the cut near half its contrast."""

INSCRIBED_RADIUS_MM = (8.0, 27.0)
MIN_CLOSED_FRACTION = 0.7
"""Share of the circle just outside a disc that must be darker than the cut: chambers are open, great vessels are closed."""

RIM_SHARE = 1.25
"""A vessel is no brighter along its rim than in its middle; a bone is."""

UNEVEN_SHARE, UNEVEN_HU = 0.18, 45.0
"""Contrast in blood is even: a standard deviation above the larger of this part of the mean and this is no vessel."""

MIN_TRACK_MM = 8.0
MAX_DRIFT = 1.2
"""Largest sideways step of the axis per mm along the head direction."""


@dataclass(frozen=True, slots=True)
class _Disc:
    """A round bright patch of one axial slice, index units in-plane."""

    slice_k: int
    y: float
    x: float
    radius_mm: float
    closed: float
    mean_hu: float
    sd_hu: float


def aorta_candidates(grid: WorkGrid, report: Report = silent) -> tuple[Aorta, ...]:
    """Round bright tubes of aortic size, the most likely ascending aorta first; empty when there is none.

    `grid` is a coarse (1.5 to 2 mm) grid of the whole volume.
    """
    tracks: list[list[_Disc]] = []
    for n, cut in enumerate(THRESHOLDS_HU):
        report(n / len(THRESHOLDS_HU), "Looking for the aorta")
        tracks += _tracks(_discs(grid, cut), grid.step_mm)
    tracks = [t for t in tracks if (len(t) - 1) * grid.step_mm >= MIN_TRACK_MM]
    kept: list[list[_Disc]] = []
    for track in sorted(tracks, key=lambda t: -_support(t)):
        if not any(_same(track, other, grid.step_mm) for other in kept):
            kept.append(track)
    ranked = sorted(kept, key=lambda t: -_ascending_odds(t, kept, grid))
    return tuple(_as_aorta(track, grid) for track in ranked[:4])


def _discs(grid: WorkGrid, cut_hu: float) -> list[list[_Disc]]:
    """Round patches per slice at one cut."""
    step = grid.step_mm
    found: list[list[_Disc]] = []
    for k in range(grid.hu.shape[0]):
        plane = ndimage.uniform_filter(grid.hu[k], 3, mode="nearest")
        bright = ndimage.binary_fill_holes(plane > cut_hu)
        inside = ndimage.distance_transform_edt(np.pad(bright, 1, constant_values=True))[1:-1, 1:-1] * step
        peaks = (inside >= INSCRIBED_RADIUS_MM[0]) & (inside == ndimage.maximum_filter(inside, 9))
        row: list[_Disc] = []
        for y, x in np.argwhere(peaks):
            disc = _disc(plane, k, float(y), float(x), float(inside[y, x]), cut_hu, step)
            if disc is not None and all(np.hypot(d.y - disc.y, d.x - disc.x) * step > 5 for d in row):
                row.append(disc)
        found.append(row)
    return found


def _disc(plane: npt.NDArray[np.float32], k: int, y: float, x: float, radius: float, cut: float, step: float) -> _Disc | None:
    """The circle through the half-contrast edge around a peak of the inscribed radius, if it is one."""
    if radius > INSCRIBED_RADIUS_MM[1]:
        return None
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    for _ in range(2):
        reach = np.arange(radius * 0.6, radius * 1.45 + 4.0, step * 0.5)
        yy = y + np.sin(turn)[:, None] * reach / step
        xx = x + np.cos(turn)[:, None] * reach / step
        rays = ndimage.map_coordinates(plane, [yy, xx], order=1, mode="nearest")
        dark = rays < cut
        hit = dark.any(axis=1)
        edge = reach[np.argmax(dark, axis=1)]
        if hit.mean() < MIN_CLOSED_FRACTION:
            return None
        rim_y, rim_x = np.sin(turn[hit]) * edge[hit], np.cos(turn[hit]) * edge[hit]
        fit, *_ = np.linalg.lstsq(np.c_[2 * rim_y, 2 * rim_x, np.ones(hit.sum())], rim_y**2 + rim_x**2, rcond=None)
        y, x = y + float(fit[0]) / step, x + float(fit[1]) / step
        radius = float(np.sqrt(max(fit[2] + fit[0] ** 2 + fit[1] ** 2, 1.0)))
        if not INSCRIBED_RADIUS_MM[0] <= radius <= INSCRIBED_RADIUS_MM[1]:
            return None
    margin = radius / step
    if not (margin <= y < plane.shape[0] - margin and margin <= x < plane.shape[1] - margin):
        return None
    grid_y, grid_x = np.ogrid[: plane.shape[0], : plane.shape[1]]
    apart = np.hypot(grid_y - y, grid_x - x) * step
    core, rim = plane[apart < 0.75 * radius], plane[(apart >= 0.75 * radius) & (apart < radius)]
    if not core.size:
        return None
    mean = float(core.mean())
    if not 0.4 * mean < cut < 0.85 * mean or (rim.size and float(rim.mean()) > RIM_SHARE * mean):
        return None
    if float(core.std()) > max(UNEVEN_SHARE * mean, UNEVEN_HU):
        return None
    closed = float(np.mean(hit & (np.abs(edge - radius) < 0.2 * radius)))
    return _Disc(k, y, x, radius, closed, mean, float(core.std())) if closed >= MIN_CLOSED_FRACTION else None


def _tracks(rows: list[list[_Disc]], step: float) -> list[list[_Disc]]:
    """Discs chained from slice to slice, each with the nearest of like radius; one missing slice is allowed."""
    open_tracks: list[list[_Disc]] = []
    closed_tracks: list[list[_Disc]] = []
    for row in rows:
        free = list(row)
        still: list[list[_Disc]] = []
        for track in sorted(open_tracks, key=len, reverse=True):
            last = track[-1]
            near = [d for d in free if _follows(last, d, step)]
            if near:
                best = min(near, key=lambda d: np.hypot(d.y - last.y, d.x - last.x) + abs(d.radius_mm - last.radius_mm))
                track.append(best)
                free.remove(best)
                still.append(track)
            elif row and row[0].slice_k - last.slice_k < 3:
                still.append(track)
            else:
                closed_tracks.append(track)
        open_tracks = still + [[d] for d in free]
    return closed_tracks + open_tracks


def _follows(last: _Disc, disc: _Disc, step: float) -> bool:
    gap = disc.slice_k - last.slice_k
    return (
        gap <= 3
        and np.hypot(disc.y - last.y, disc.x - last.x) <= MAX_DRIFT * gap + 0.5
        and abs(disc.radius_mm - last.radius_mm) < 0.22 * last.radius_mm
        and abs(disc.mean_hu - last.mean_hu) < 0.2 * last.mean_hu
    )


def _support(track: list[_Disc]) -> float:
    return float(sum(d.closed for d in track))


def _same(one: list[_Disc], other: list[_Disc], step: float) -> bool:
    """Whether two tracks follow one tube, so that only the better supported is kept."""
    by_slice = {d.slice_k: d for d in other}
    shared = [(d, by_slice[d.slice_k]) for d in one if d.slice_k in by_slice]
    close = [np.hypot(a.y - b.y, a.x - b.x) * step < 0.6 * max(a.radius_mm, b.radius_mm) for a, b in shared]
    return bool(close) and float(np.mean(close)) > 0.5


def _ascending_odds(track: list[_Disc], others: list[list[_Disc]], grid: WorkGrid) -> float:
    """Larger for the ascending aorta than for the pulmonary artery, the descending aorta and the cavae.

    It is long, closed, as bright as the brightest tube, and in front of the descending aorta.
    """
    mean = np.median([d.mean_hu for d in track])
    brightest = max(np.median([d.mean_hu for d in t]) for t in others)
    y_mm = np.median([d.y for d in track]) * grid.step_mm
    foremost = min(np.median([d.y for d in t]) for t in others) * grid.step_mm
    radius = float(np.median([d.radius_mm for d in track]))
    length = min(_support(track) * grid.step_mm, 60.0)
    wide = -20.0 * max(0.0, 12.0 - radius) / 4.0
    return float(length + 60.0 * min(mean / brightest, 0.9) - 1.2 * max(0.0, y_mm - foremost - 25.0) + wide)


def _as_aorta(track: list[_Disc], grid: WorkGrid) -> Aorta:
    """The track as an axis from the root upwards, smoothed over some slices."""
    index = np.array([[d.slice_k, d.y, d.x] for d in track])
    radius = np.array([d.radius_mm for d in track])
    k = np.arange(index[0, 0], index[-1, 0] + 1)
    dense = np.stack([k, np.interp(k, index[:, 0], index[:, 1]), np.interp(k, index[:, 0], index[:, 2])], axis=1)
    dense[:, 1:] = ndimage.gaussian_filter1d(dense[:, 1:], 1.5, axis=0, mode="nearest")
    dense_radius = ndimage.median_filter(np.interp(k, index[:, 0], radius), 5, mode="nearest")
    points: FloatArray = grid.geometry.points_mm(dense)
    return Aorta(
        points, np.asarray(dense_radius), float(np.median([d.mean_hu for d in track])), float(np.median([d.sd_hu for d in track]))
    )
