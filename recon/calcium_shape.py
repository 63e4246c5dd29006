"""Where on the clock calcium lies, how deep and how eccentric (docs/clinical.md B.7)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recon.estimate import Band, FloatArray
from recon.sections import CALCIUM_ANGLES, WALL_ANGLES, VesselSections
from recon.unrolled import filled_calcium, measured, open_lumen_r

HOURS = 12
BINS_PER_HOUR = CALCIUM_ANGLES // HOURS
HOUR_PART = 0.5
"""An hour of the clock holds calcium when at least this part of it does (app setting)."""

NEAR_MM = 1.0
"""A section that may hold calcium takes its place on the clock from a calcified one this near."""

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Cover:
    """Degrees of the clock (n, 360) that hold calcium surely (`low`), by the best estimate, and possibly (`high`).

    `known` (n,) says which sections were measured.
    """

    low: BoolArray
    best: BoolArray
    high: BoolArray
    known: BoolArray


@dataclass(frozen=True, eq=False)
class CalciumShape:
    """Per section (n,): place, depth and eccentricity of its calcium.

    `depth` is the place of the inner edge in the wall band, 0 at the lumen, 1 at the outer wall; `depth_class` is superficial
    (inner half), deep, uncertain (the interval holds both) or empty. `eccentricity` is the distance of the calcium's centroid
    from the vessel's over the mean vessel radius. `hours` hold the clock as text, `3-7` from 3 to 7 o'clock, for each of low,
    best and high.
    """

    cover: Cover
    depth: Band
    depth_class: npt.NDArray[np.str_]
    eccentricity: Band
    hours: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


def calcium_shape(sections: VesselSections) -> CalciumShape:
    """Clock, depth and eccentricity of every section, each with its interval."""
    cover = calcium_cover(sections)
    depth = _depth(sections, cover.best)
    parts = [_eccentricity(sections, mask) for mask in (cover.low, cover.best, cover.high)]
    best = parts[1]
    low, high = np.fmin(np.fmin(parts[0], best), parts[2]), np.fmax(np.fmax(parts[0], best), parts[2])
    return CalciumShape(
        cover,
        depth,
        depth_classes(depth),
        Band(np.where(np.isfinite(best), low, np.nan), best, np.where(np.isfinite(best), high, np.nan)),
        (hour_texts(cover.low), hour_texts(cover.best), hour_texts(cover.high)),
    )


def calcium_cover(sections: VesselSections) -> Cover:
    """The clock of the calcium; each run is shortened or lengthened at both ends by its share of the arc interval.

    A section that is not reliable (grade D), or was not measured, possibly holds calcium all round.
    """
    inner, outer = filled_calcium(sections)
    best = np.asarray(np.isfinite(inner) & np.isfinite(outer))
    arc = sections.calcium_arc_deg
    low, high = best.copy(), best.copy()
    nearest = _nearest_calcified(sections.s_mm, best)
    for k in np.flatnonzero(np.nan_to_num(arc.high) > 0):
        less, more = float(arc.best[k] - arc.low[k]), float(arc.high[k] - arc.best[k])
        if best[k].any():
            ends = 2 * max(1, _run_count(best[k]))
            low[k] = ~_widened(~best[k], less / ends)
            high[k] = _widened(best[k], more / ends)
        elif nearest[k] >= 0:
            high[k] = best[nearest[k]]
        else:
            high[k] = True
    low[np.nan_to_num(sections.calcium_area_mm2.low) <= 0] = False
    high[~measured(sections) | (sections.grade == "D")] = True
    return Cover(low, best, high, measured(sections))


def depth_classes(depth: Band) -> npt.NDArray[np.str_]:
    """Superficial, deep or uncertain (n,), empty without calcium."""
    classes = np.full(len(depth.best), "", dtype="<U11")
    known = np.isfinite(depth.best)
    classes[known] = "uncertain"
    classes[known & (np.nan_to_num(depth.high, nan=1.0) < 0.5)] = "superficial"
    classes[known & (np.nan_to_num(depth.low) >= 0.5)] = "deep"
    return classes


def hour_texts(cover: BoolArray) -> tuple[str, ...]:
    """The clock of each section as text: `3-7`, `11-1;5-6`, `all`, or empty; an hour runs from itself to the next one."""
    hours = cover.reshape(len(cover), HOURS, BINS_PER_HOUR).mean(axis=2) >= HOUR_PART
    return tuple(_hours_text(row) for row in hours)


def _hours_text(hours: BoolArray) -> str:
    if hours.all():
        return "all"
    starts = [h for h in range(HOURS) if hours[h] and not hours[h - 1]]
    parts = []
    for start in starts:
        length = next(n for n in range(1, HOURS + 1) if not hours[(start + n) % HOURS])
        parts.append(f"{start or HOURS}-{(start + length) % HOURS or HOURS}")
    return ";".join(parts)


def _run_count(mask: BoolArray) -> int:
    return int((mask & ~np.roll(mask, 1)).sum())


def _widened(mask: BoolArray, by_deg: float) -> BoolArray:
    """The runs of a cyclic mask lengthened by whole degrees at both ends."""
    reach = min(int(np.ceil(by_deg)), CALCIUM_ANGLES // 2)
    if reach <= 0 or not mask.any():
        return mask.copy()
    total = np.concatenate([[0], np.cumsum(np.tile(mask, 3))])
    at = np.arange(CALCIUM_ANGLES) + CALCIUM_ANGLES
    return np.asarray(total[at + reach + 1] - total[at - reach] > 0)


def _nearest_calcified(s_mm: FloatArray, best: BoolArray) -> npt.NDArray[np.intp]:
    """Index (n,) of the nearest section with calcium, -1 where none is near."""
    found = np.flatnonzero(best.any(axis=1))
    if not len(found):
        return np.full(len(s_mm), -1)
    distance = np.abs(s_mm[:, None] - s_mm[found])
    nearest = distance.argmin(axis=1)
    return np.where(distance[np.arange(len(s_mm)), nearest] <= NEAR_MM, found[nearest], -1)


def _depth(sections: VesselSections, cover: BoolArray) -> Band:
    """Median place of the inner edge in the wall band; the interval is that of the thickness, from the area's."""
    every = CALCIUM_ANGLES // WALL_ANGLES
    inner = np.where(cover, filled_calcium(sections)[0], np.nan)
    lumen, wall = (np.repeat(r, every, axis=1) for r in (open_lumen_r(sections), sections.wall_r_mm))
    band = np.maximum(wall - lumen, 0.1)
    has = np.asarray(cover.any(axis=1))
    best = np.full(len(has), np.nan)
    width = np.zeros(len(has))
    area = sections.calcium_area_mm2
    for k in np.flatnonzero(has):
        best[k] = float(np.nanmedian((inner[k] - lumen[k]) / band[k]))
        length_mm = np.radians(1.0) * float(np.nansum(inner[k] + sections.calcium_max_thickness_mm[k] / 2))
        uncertain_mm = 0.25 * float(area.high[k] - area.low[k]) / max(length_mm, 0.2)
        width[k] = uncertain_mm / float(np.median(band[k, cover[k]]))
    best = np.clip(best, 0.0, 1.0)
    return Band(np.clip(best - width, 0.0, 1.0), best, np.clip(best + width, 0.0, 1.0))


def _eccentricity(sections: VesselSections, cover: BoolArray) -> FloatArray:
    """Distance of the centroids of calcium and vessel over the mean radius (n,); NaN without calcium."""
    inner, outer = filled_calcium(sections)
    wall = sections.wall_r_mm
    result = np.full(len(wall), np.nan)
    for k in np.flatnonzero(cover.any(axis=1) & np.isfinite(inner).any(axis=1) & np.isfinite(wall).all(axis=1)):
        near, far = (_everywhere(r[k]) for r in (inner, outer))
        calcium = _centroid(np.where(cover[k], near, 0.0), np.where(cover[k], far, 0.0))
        vessel = _centroid(np.zeros(WALL_ANGLES), wall[k])
        result[k] = float(np.hypot(*(calcium - vessel))) / float(wall[k].mean())
    return result


def _everywhere(radii: FloatArray) -> FloatArray:
    known, bins = np.isfinite(radii), np.arange(len(radii))
    return np.interp(bins, bins[known], radii[known], period=len(bins))


def _centroid(inner: FloatArray, outer: FloatArray) -> FloatArray:
    """Centroid (up, right) of the area between two polar contours."""
    theta = np.arange(len(inner)) * (2 * np.pi / len(inner))
    moment, area = (outer**3 - inner**3) / 3, (outer**2 - inner**2) / 2
    return np.array([(moment * np.cos(theta)).sum(), (moment * np.sin(theta)).sum()]) / max(float(area.sum()), 1e-12)
