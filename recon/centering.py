"""Centring a voxel line to sub-voxel accuracy, with its lumen radius and how sure it is along the way."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.linalg import solveh_banded

from recon.estimate import FloatArray
from recon.kernels.centering import centroid_shifts, disc_means, half_height_radii, rim_shifts, section_contents
from recon.volume import Volume

LINE_STEP_MM = 0.5
ROUNDS = 3
RIM_ROUND = 2
"""From this round on (counted from 0) a cord is centred on its rim; a drag, which makes fewer rounds, does without."""

STIFF_OPEN = 40.0
STIFF_BRIDGED = 400.0
"""Weight of the squared third difference of points 0.5 mm apart against their squared shift."""

WINDOW = 1.1
WINDOW_MM = 0.2
CORD_WINDOW_MM = 2.0
DISC_MM = 0.5
CLOSED_SHARE = 0.3
CLOSED_HU = 105.0
"""The axis is without contrast below this part of the lumen plus 20 HU, and below this in any case."""

CALCIUM_ABOVE_HU = 150.0
CONTENTS_MM = 1.5
CONTENTS_PIXEL_MM = 0.25
LUMEN_SHARE = 0.5
SEEN_LUMEN_MM2 = 0.6
HIDING_MM2 = 0.3
"""In a disc of 1.5 mm: less lumen than this beside more calcium than that, and the calcium hides what is there."""

MIN_CLOSED_MM = 3.0
END_POINTS = 8
"""A line that ends without contrast has faded out and bridges nothing."""

LEAK_SHARE = 0.13
"""Share of rays leaving the lumen at which a section says nothing about the middle."""

MAX_SHIFT_MM = 0.6
FAT_LEVEL_HU = -60.0
CORD_HU = (-60.0, 20.0)
"""Where a cord begins and is full, between fat and soft tissue: dark plaque counts as much as calcium beside it."""

RIM_HU, RIM_CALCIUM_HU = (-80.0, 40.0), 150.0
RIM_PIXEL_MM, RIM_REACH_MM, RIM_HALF_MM = 0.25, 0.9, 0.4
RIM_RADII_MM = np.arange(0.8, 2.5, 0.2)
CLEAR_RIM_HU = 80.0
"""Fall of HU at the rim of a cord all round in fat; a weaker rim is trusted less."""

LEAST_TRUST, CORD_TRUST = 0.01, 0.5

RAYS = 24
RADIUS_REACH_MM = 4.0


@dataclass(frozen=True, eq=False)
class CentredLine:
    """Points (n, 3) near uniform steps, proximal to distal, with radius, confidence 0..1, bridged mask and HU, each (n,)."""

    points_mm: FloatArray
    radius_mm: FloatArray
    confidence: FloatArray
    bridged: npt.NDArray[np.bool_]
    axis_hu: FloatArray


def centred(
    volume: Volume, points_mm: FloatArray, bridged: npt.NDArray[np.bool_], lumen_hu: float, ends_fixed: bool = False
) -> CentredLine:
    """The line moved to the middle of lumen, and of the cord where it is bridged, with what is measured along it.

    `points_mm` (n, 3) is a voxel path; `bridged` (n,) marks where it runs without contrast. With `ends_fixed` the first and
    last point stay where they were put.
    """
    return _measured(volume, *centred_points(volume, points_mm, bridged, lumen_hu, ends_fixed), lumen_hu)


def centred_points(
    volume: Volume,
    points_mm: FloatArray,
    bridged: npt.NDArray[np.bool_],
    lumen_hu: float,
    ends_fixed: bool = False,
    rounds: int = ROUNDS,
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """(points (m, 3), bridged (m,)) of `centred`, without the measures."""
    index_from_lps = np.linalg.inv(volume.geometry.lps_from_index)
    points, mask = resampled_line(points_mm, bridged)
    points = _smooth(points, mask, np.ones(len(points)), ends_fixed)
    for number in range(rounds):
        cord = mask | hidden_by_calcium(volume, points, lumen_hu)
        radius, trust = _lumen(volume, points, cord, lumen_hu)
        tangent = tangents(points)
        axis_hu = disc_means(volume.hu, index_from_lps, points, tangent, DISC_MM, lumen_hu, np.inf)
        low, high = _levels(axis_hu, cord, lumen_hu)
        window = np.where(cord, CORD_WINDOW_MM, WINDOW * np.clip(radius, 0.6, 2.6) + WINDOW_MM)
        ceiling = np.where(cord, np.inf, lumen_hu + CALCIUM_ABOVE_HU)
        shift = centroid_shifts(volume.hu, index_from_lps, points, tangent, window, low, high, ceiling, 0.25)
        if number >= RIM_ROUND:
            shift, trust = _by_rim(volume, points, tangent, cord, shift, trust)
        length = np.linalg.norm(shift, axis=1, keepdims=True)
        moved = points + shift * np.minimum(1.0, MAX_SHIFT_MM / np.maximum(length, 1e-9))
        points = _smooth(moved, cord, trust, ends_fixed)
        if ends_fixed:
            points[0], points[-1] = points_mm[0], points_mm[-1]
        points, mask = resampled_line(points, mask)
    return points, mask


def _by_rim(
    volume: Volume, points: FloatArray, tangent: FloatArray, cord: npt.NDArray[np.bool_], shift: FloatArray, trust: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Shift (n, 3) and trust (n,) with those of cords replaced by where their rim lies.

    The centroid of a cord is drawn towards calcium on one side, whose blur reaches beyond the wall, and towards tissue that
    touches it. Its rim is a circle where fat is, whatever is inside.
    """
    index_from_lps = np.linalg.inv(volume.geometry.lps_from_index)
    rim, fall = rim_shifts(
        volume.hu,
        index_from_lps,
        points,
        tangent,
        cord,
        *RIM_HU,
        RIM_CALCIUM_HU,
        RIM_PIXEL_MM,
        RIM_REACH_MM,
        RIM_RADII_MM,
        RIM_HALF_MM,
    )
    rim_trust = CORD_TRUST * np.clip(fall / CLEAR_RIM_HU, LEAST_TRUST / CORD_TRUST, 1.0)
    return np.where(cord[:, None], rim, shift), np.where(cord, rim_trust, trust)


def measured_line(volume: Volume, points_mm: FloatArray, lumen_hu: float) -> CentredLine:
    """A given line (n, 3), not moved, with what `centred` measures along it."""
    return _measured(volume, points_mm, without_contrast(volume, points_mm, lumen_hu), lumen_hu)


def _measured(volume: Volume, points: FloatArray, mask: npt.NDArray[np.bool_], lumen_hu: float) -> CentredLine:
    index_from_lps = np.linalg.inv(volume.geometry.lps_from_index)
    radius, _ = _lumen(volume, points, mask, lumen_hu)
    axis_hu = disc_means(volume.hu, index_from_lps, points, tangents(points), DISC_MM, lumen_hu, np.inf)
    return CentredLine(points, radius, _confidence(axis_hu, mask, lumen_hu), mask, axis_hu)


def centred_by_profile(
    volume: Volume, points_mm: FloatArray, bridged: npt.NDArray[np.bool_], lumen_hu: float, ends_fixed: bool = False
) -> CentredLine:
    """As `centred`, then once more with the bridged mask read off the centred line itself."""
    line = centred(volume, points_mm, bridged, lumen_hu, ends_fixed)
    mask = without_contrast(volume, line.points_mm, lumen_hu)
    if np.array_equal(mask, line.bridged):
        return line
    return centred(volume, line.points_mm, mask, lumen_hu, ends_fixed)


def hidden_by_calcium(volume: Volume, points_mm: FloatArray, lumen_hu: float) -> npt.NDArray[np.bool_]:
    """Where calcium leaves no lumen to be seen about a line, (n,): only the outer wall can be centred on there."""
    index_from_lps = np.linalg.inv(volume.geometry.lps_from_index)
    lumen_mm2, calcium_mm2 = section_contents(
        volume.hu,
        index_from_lps,
        points_mm,
        tangents(points_mm),
        CONTENTS_MM,
        LUMEN_SHARE * lumen_hu,
        lumen_hu + CALCIUM_ABOVE_HU,
        CONTENTS_PIXEL_MM,
    )
    hidden = (lumen_mm2 < SEEN_LUMEN_MM2) & (calcium_mm2 > HIDING_MM2)
    return np.asarray(ndimage.median_filter(hidden.astype(np.uint8), 3, mode="nearest") > 0)


def without_contrast(volume: Volume, points_mm: FloatArray, lumen_hu: float) -> npt.NDArray[np.bool_]:
    """Where the axis of a line has no contrast for at least `MIN_CLOSED_MM` with contrast again beyond it, (n,).

    A section whose lumen is hidden by calcium tells nothing: such a stretch counts as closed when it adjoins one that is.
    """
    index_from_lps = np.linalg.inv(volume.geometry.lps_from_index)
    calcium_hu = lumen_hu + CALCIUM_ABOVE_HU
    mean = disc_means(volume.hu, index_from_lps, points_mm, tangents(points_mm), DISC_MM, lumen_hu, calcium_hu)
    known = np.flatnonzero(~np.isnan(mean))
    if len(known) < 8:
        return np.zeros(len(points_mm), bool)
    mean[known] = ndimage.median_filter(mean[known], 3, mode="nearest")
    unknown = ndimage.binary_dilation(np.isnan(mean), iterations=2) | hidden_by_calcium(volume, points_mm, lumen_hu)
    closed = mean < max(CLOSED_SHARE * lumen_hu + 20.0, CLOSED_HU)
    is_open = ~closed & ~unknown
    n = np.arange(len(mean))
    sure = np.flatnonzero(~unknown)
    if not len(sure):
        return np.zeros(len(points_mm), bool)
    before = sure[np.clip(np.searchsorted(sure, n, side="right") - 1, 0, len(sure) - 1)]
    after = sure[np.clip(np.searchsorted(sure, n), 0, len(sure) - 1)]
    closed = np.where(unknown, closed[before] | closed[after], closed)
    for start, stop in runs_of(~closed):
        if start > 0 and stop < len(closed) and is_open[start:stop].sum() * LINE_STEP_MM < MIN_CLOSED_MM:
            closed[start:stop] = True
    for start, stop in runs_of(closed):
        if (stop - start) * LINE_STEP_MM < MIN_CLOSED_MM or start < 2 or stop > len(closed) - END_POINTS:
            closed[start:stop] = False
    return np.asarray(closed)


def runs_of(mask: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(start, stop) of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _confidence(axis_hu: FloatArray, bridged: npt.NDArray[np.bool_], lumen_hu: float) -> FloatArray:
    """0..1: how full of contrast the axis is; at most one half where bridged, by how soft-tissue-like the cord is."""
    full = np.clip((axis_hu - FAT_LEVEL_HU) / (0.75 * lumen_hu - FAT_LEVEL_HU), 0.0, 1.0)
    cord = 0.5 * np.clip((axis_hu - CORD_HU[0]) / (CORD_HU[1] - CORD_HU[0]), 0.1, 1.0)
    return np.asarray(ndimage.gaussian_filter1d(np.where(bridged, cord, full), 2.0, mode="nearest"))


def _lumen(volume: Volume, points: FloatArray, bridged: npt.NDArray[np.bool_], lumen_hu: float) -> tuple[FloatArray, FloatArray]:
    """(median half-height radius in mm, 0 where bridged; trust 0..1, low where a branch or a neighbour opens the rim), (n,)."""
    index_from_lps = np.linalg.inv(volume.geometry.lps_from_index)
    tangent = tangents(points)
    axis_hu = disc_means(volume.hu, index_from_lps, points, tangent, DISC_MM, lumen_hu, np.inf)
    axis_hu = ndimage.median_filter(axis_hu, 7, mode="nearest")
    level = np.maximum(0.5 * (np.minimum(axis_hu, lumen_hu) + FAT_LEVEL_HU), 110.0)
    rays = half_height_radii(volume.hu, index_from_lps, points, tangent, level, RADIUS_REACH_MM, RAYS)
    rays = np.where(np.isnan(rays), RADIUS_REACH_MM, rays)
    middle = ndimage.median_filter(np.median(rays, axis=1), 5, mode="nearest")
    leaking = (rays > 1.5 * middle[:, None] + 0.2).mean(axis=1)
    trust = np.clip(1.0 - leaking / LEAK_SHARE, 0.03, 1.0)
    trust = np.where(bridged, CORD_TRUST, ndimage.minimum_filter1d(trust, 3, mode="nearest"))
    return np.where(bridged, 0.0, middle), np.asarray(trust)


def _levels(axis_hu: FloatArray, bridged: npt.NDArray[np.bool_], lumen_hu: float) -> tuple[FloatArray, FloatArray]:
    """HU where a section pixel begins to count and where it counts fully: half height to full height of the local lumen."""
    local = ndimage.median_filter(np.minimum(axis_hu, lumen_hu), 9, mode="nearest")
    local = np.maximum(local, 150.0)
    low = 0.45 * (local + FAT_LEVEL_HU)
    return np.where(bridged, CORD_HU[0], low), np.where(bridged, CORD_HU[1], 0.8 * local)


def tangents(points: FloatArray) -> FloatArray:
    """Unit tangents (n, 3) by central differences."""
    slope = np.gradient(points, axis=0)
    return np.asarray(slope / np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-9))


def resampled_line(points: FloatArray, mask: npt.NDArray[np.bool_]) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Linear resampling near `LINE_STEP_MM`, the mask by the nearest old point."""
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    s = np.linspace(0.0, arc[-1], max(3, round(arc[-1] / LINE_STEP_MM) + 1))
    out = np.stack([np.interp(s, arc, points[:, a]) for a in range(3)], axis=1)
    return out, mask[np.clip(np.rint(np.interp(s, arc, np.arange(len(arc)))).astype(int), 0, len(mask) - 1)]


def _smooth(points: FloatArray, bridged: npt.NDArray[np.bool_], trust: FloatArray, ends_fixed: bool) -> FloatArray:
    """Smoothest line near the points: weighted least squares with a penalty on third differences (Whittaker 1923, Eilers 2003).

    The penalty is nothing for an arc of constant curvature, so that bends are kept where an average would cut them.
    """
    n = len(points)
    if n < 5:
        return points
    weight = np.clip(trust, 1e-3, 1.0)
    if ends_fixed:
        weight = weight.copy()
        weight[[0, -1]] = 1e4
    stiffness = np.where(ndimage.binary_dilation(bridged, iterations=2), STIFF_BRIDGED, STIFF_OPEN)[: n - 3]
    third = np.array([-1.0, 3.0, -3.0, 1.0])
    bands = np.zeros((4, n))
    bands[3] = weight
    for a in range(4):
        for b in range(a, 4):
            bands[3 - (b - a), b : b + n - 3] += stiffness * third[a] * third[b]
    return np.asarray(solveh_banded(bands, weight[:, None] * points))
