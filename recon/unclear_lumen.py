"""Where along a vessel lumen is not clearly seen: through occlusions and up to clear lumen, at dim plaque, in hiding calcium."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from recon.centering import CALCIUM_ABOVE_HU, CONTENTS_MM, CONTENTS_PIXEL_MM, DISC_MM, LUMEN_SHARE, runs_of, tangents
from recon.centerline import STEP_MM, Centerline
from recon.estimate import FloatArray
from recon.kernels.centering import disc_means, section_contents
from recon.search_field import SearchField
from recon.tree_ends import ONE_WAY_MM
from recon.vessels import Vessel

DIM_SHARE, DIM_MM = 0.72, 2.0
"""For this long darker than this part of the lumen both before and behind: plaque as bright as contrast in a thin vessel."""

DENSE_SHARE, DENSE_MM, JOINED_MM = 1.2, 2.5, 1.5
"""For this long darker than lumen, or on the axis itself denser than this part of it, with no longer stretch between: calcium
in which the lumen is not seen."""

HIDDEN_MM = 3.0
SEEN_MM2, HIDING_MM2 = 0.6, 0.3
"""Calcium hides a lumen when, for this long, less lumen than this is seen beside more calcium than that."""

LEVEL_MM = (1.5, 20.0)
LEVEL_PERCENTILE = 60.0
FEWEST_MM = 3.0
"""Part of a vessel to either side, and how much of it must show lumen, from which the brightness of its lumen is read."""

CLEAR_SHARES, CLEAR_MM, CLEAR_REACH_MM = (0.75, 1.3), 2.0, 12.0
"""Lumen is clear again where, for this long and not farther off than this, its brightness is between these parts of what it is
farther on, with no calcium near."""

TOUCHING_MM = 3.0
"""Unclear ranges less than this apart are one."""

NEAR_CALCIUM_MM = 1.0
MEDIAN = 5

Mask = npt.NDArray[np.bool_]
Ranges = tuple[tuple[float, float], ...]


def unclear_mm(vessel: Vessel, field: SearchField, every: bool = True) -> Ranges:
    """Arc ranges (from, to) in which the lumen of a vessel is not clearly seen: those that were bridged, and with `every`
    those with dim plaque or hiding calcium between lumen; each up to clear lumen, bridged ones less than 14 mm apart as one."""
    line = vessel.centerline
    bridged = np.zeros(len(line.s_mm), bool)
    for low, high in vessel.bridged_mm:
        bridged |= (line.s_mm >= low) & (line.s_mm <= high)
    if not every and not bridged.any():
        return ()
    profile, near = _profile(line, field)
    before, behind = _levels_hu(np.where(bridged, np.nan, profile))
    seeds = bridged | _dim_or_hidden(line, field, profile, before, behind) if every else bridged
    clear_before, clear_behind = (~bridged & ~near & _is_like(profile, level) for level in (before, behind))
    ends = [_to_clear(clear_before, clear_behind, start, stop) for start, stop in runs_of(seeds)]
    return _merged((float(line.s_mm[a]), float(line.s_mm[b - 1]), bool(bridged[a:b].any())) for a, b in ends)


def _is_like(profile: FloatArray, level: FloatArray) -> Mask:
    """Where the axis is as bright as the lumen farther on; calcium in a distal lumen may be no brighter than the proximal one."""
    part = np.nan_to_num(profile / level, nan=0.0)
    return np.asarray((part > CLEAR_SHARES[0]) & (part < CLEAR_SHARES[1]))


def _profile(line: Centerline, field: SearchField) -> tuple[FloatArray, Mask]:
    """HU on the axis without calcium (NaN where there is some), and where calcium is near, each (n,)."""
    index_from_lps = np.linalg.inv(field.grid.geometry.lps_from_index)
    calcium_hu = field.lumen_hu + CALCIUM_ABOVE_HU
    points, along = line.points_mm, line.tangent
    axis_hu = disc_means(field.grid.hu, index_from_lps, points, along, DISC_MM, field.lumen_hu, calcium_hu)
    wide_hu = disc_means(field.grid.hu, index_from_lps, points, along, NEAR_CALCIUM_MM, field.lumen_hu, calcium_hu)
    known = ~np.isnan(axis_hu)
    if known.any():
        axis_hu[known] = ndimage.median_filter(axis_hu[known], MEDIAN, mode="nearest")
    return axis_hu, ndimage.binary_dilation(np.isnan(wide_hu), iterations=2)


def _levels_hu(profile: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Brightness of the lumen before and behind each place, each (n,); NaN where too little of it is seen."""
    near, far, fewest = (round(mm / STEP_MM) for mm in (*LEVEL_MM, FEWEST_MM))
    found = np.full((2, len(profile)), np.nan)
    for n in range(len(profile)):
        for side, part in enumerate((profile[max(n - far, 0) : max(n - near, 0)], profile[n + near : n + far])):
            known = part[~np.isnan(part)]
            if len(known) >= fewest:
                found[side, n] = np.percentile(known, LEVEL_PERCENTILE)
    return found[0], found[1]


def _dim_or_hidden(line: Centerline, field: SearchField, profile: FloatArray, before: FloatArray, behind: FloatArray) -> Mask:
    """Where plaque or calcium leaves no clear lumen although lumen is seen on both sides, (n,)."""
    between = ~np.isnan(before) & ~np.isnan(behind)
    dim = between & (np.nan_to_num(profile, nan=np.inf) < DIM_SHARE * np.nan_to_num(np.minimum(before, behind)))
    index_from_lps = np.linalg.inv(field.grid.geometry.lps_from_index)
    axis_hu = disc_means(field.grid.hu, index_from_lps, line.points_mm, line.tangent, DISC_MM, np.inf, np.inf)
    most = np.minimum(np.nan_to_num(np.maximum(before, behind), nan=np.inf), field.lumen_hu)
    dense = between & (axis_hu > DENSE_SHARE * most)
    odd = ndimage.binary_closing(dim | dense, iterations=round(JOINED_MM / STEP_MM / 2))
    lumen_mm2, calcium_mm2 = section_contents(
        field.grid.hu,
        index_from_lps,
        line.points_mm,
        tangents(line.points_mm),
        CONTENTS_MM,
        LUMEN_SHARE * field.lumen_hu,
        field.lumen_hu + CALCIUM_ABOVE_HU,
        CONTENTS_PIXEL_MM,
    )
    hidden = between & (lumen_mm2 < SEEN_MM2) & (calcium_mm2 > HIDING_MM2)
    return _longer(dim, DIM_MM) | _longer(odd, DENSE_MM) | _longer(ndimage.binary_closing(hidden, iterations=2), HIDDEN_MM)


def _longer(mask: Mask, least_mm: float) -> Mask:
    """The runs of a mask that are at least that long."""
    kept = np.zeros_like(mask)
    for start, stop in runs_of(mask):
        kept[start:stop] = (stop - start) * STEP_MM >= least_mm
    return kept


def _to_clear(before: Mask, behind: Mask, start: int, stop: int) -> tuple[int, int]:
    """A run of places led on at both ends to where lumen is clear, or as far as is looked."""
    count, reach = round(CLEAR_MM / STEP_MM), round(CLEAR_REACH_MM / STEP_MM)
    first = _first_clear(before[max(start - reach, 0) : start][::-1], count)
    return start - first, stop + _first_clear(behind[stop : stop + reach], count)


def _first_clear(clear: Mask, count: int) -> int:
    """How many places lie before the first `count` clear ones in a row; all when there are none."""
    runs = [start for start, stop in runs_of(clear) if stop - start >= count]
    return runs[0] if runs else len(clear)


def _merged(ranges: Iterable[tuple[float, float, bool]]) -> Ranges:
    """Ranges (from, to, bridged) in one where they touch, and two bridged ones where they are near each other."""
    merged: list[tuple[float, float, bool]] = []
    for low, high, bridged in ranges:
        last = merged[-1] if merged else (-np.inf, -np.inf, False)
        if low - last[1] < (ONE_WAY_MM if bridged and last[2] else TOUCHING_MM):
            merged[-1] = (last[0], max(high, last[1]), bridged or last[2])
        else:
            merged.append((low, high, bridged))
    return tuple((low, high) for low, high, _ in merged)
