"""A reader's changes of measured sections: contours moved, calcium taken out or added, stents (docs/sections.md).

Every function takes measured sections and gives new ones; rows it does not touch stay bit for bit as they were.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.ndimage import label

from recon.arc import longest_arc_deg, total_arc_deg
from recon.errors import GeometryError
from recon.estimate import Band, FloatArray
from recon.measure import about_centerline
from recon.sections import WALL_ANGLES, VesselSections
from recon.unrolled import filled_calcium

ALONG_MM, ROUND_RAD = 1.5, 0.55
"""How far a moved contour takes its neighbours with it: along the vessel, and round the clock (SD, 30 degrees)."""

LEAST_MOVE_MM = 0.005
LEAST_WALL_MM = 0.05
"""Outer wall and lumen stay at least this far apart."""

SMALLEST_MM, LARGEST_MM = 0.2, 8.0
PLACE_ERROR_MM = 0.1
"""A place that went through LPS and back is this exact."""

PICK_DEG, PICK_MM = 20.0, 1.0
"""A click this near to a deposit means it."""

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ContourPoint:
    """A contour, `wall` or `lumen`, passes through a place in vessel coordinates (clockwise from 12 o'clock)."""

    contour: str
    s_mm: float
    theta_rad: float
    r_mm: float


def with_contours_moved(sections: VesselSections, points: Sequence[ContourPoint]) -> VesselSections:
    """Contours that pass exactly through all given points, neighbours following smoothly, lumen always inside the wall.

    The change is the smoothest that meets all points at once (kriging with a Gaussian kernel), so that a later point does not
    undo an earlier one. The contour that a reader moved wins: the other gives way. Raises GeometryError for a lumen point where
    no lumen was seen and for radii that no vessel has.
    """
    for point in points:
        _check_point(sections, point)
    wall, lumen = sections.wall_r_mm.copy(), sections.lumen_r_mm.copy()
    wall += _change(sections, wall, [p for p in points if p.contour == "wall"])
    inner = [p for p in points if p.contour == "lumen"]
    lumen += np.where(sections.lumen_open[:, None], _change(sections, lumen, inner), 0.0)
    wall, lumen = np.maximum(wall, SMALLEST_MM), np.maximum(lumen, 0.0)
    if points and points[-1].contour == "lumen":
        wall = np.where(sections.lumen_open[:, None], np.maximum(wall, lumen + LEAST_WALL_MM), wall)
    lumen = np.where(sections.lumen_open[:, None], np.minimum(lumen, wall - LEAST_WALL_MM), lumen)
    rows = (np.abs(wall - sections.wall_r_mm) > LEAST_MOVE_MM).any(axis=1)
    rows |= (np.abs(lumen - sections.lumen_r_mm) > LEAST_MOVE_MM).any(axis=1)
    return _with_contours(sections, np.asarray(rows), wall, lumen)


def calcium_component(sections: VesselSections, s_mm: float, theta_rad: float) -> BoolArray:
    """The connected deposit (n, 360) at or nearest to a place of the unrolled wall; raises GeometryError where there is none."""
    present = np.isfinite(filled_calcium(sections)[1])
    pieces = _round_the_clock(present)
    degree = np.degrees(theta_rad) % 360
    turn = np.abs((np.arange(present.shape[1]) - degree + 180) % 360 - 180)
    far = np.hypot((sections.s_mm[:, None] - s_mm) / PICK_MM, turn[None, :] / PICK_DEG)
    far[~present] = np.inf
    place = np.unravel_index(int(np.argmin(far)), far.shape)
    if not far[place] <= 1.0:
        raise GeometryError("There is no calcium here.", f"At {s_mm:.1f} mm, {degree:.0f} degrees.", "Point at a deposit.")
    return np.asarray(pieces == pieces[place])


def without_calcium_at(sections: VesselSections, s_mm: float, theta_rad: float) -> VesselSections:
    """The sections without the deposit at a place: a reader says it is none."""
    gone = calcium_component(sections, s_mm, theta_rad)
    inner, outer = sections.calcium_inner_r_mm, sections.calcium_outer_r_mm
    before = calcium_area_mm2(inner, outer)
    inner, outer = np.where(gone, np.nan, inner), np.where(gone, np.nan, outer)
    share = calcium_area_mm2(inner, outer) / np.where(before > 0, before, 1.0)
    area = sections.calcium_area_mm2
    new = Band(area.low * share, area.best * share, area.high * share)
    return with_calcium(sections, np.asarray(gone.any(axis=1)), inner, outer, new)


def with_stent(sections: VesselSections, start_mm: float, end_mm: float) -> VesselSections:
    """The sections of a stent: calcium is not measured there, and nothing else is reliable beside metal."""
    first, last = min(start_mm, end_mm) - PLACE_ERROR_MM, max(start_mm, end_mm) + PLACE_ERROR_MM
    rows = (sections.s_mm >= first) & (sections.s_mm <= last)

    def none(values: FloatArray) -> FloatArray:
        return np.where(rows if values.ndim == 1 else rows[:, None], np.nan, values)

    def no_band(band: Band) -> Band:
        return Band(none(band.low), none(band.best), none(band.high))

    return replace(
        sections,
        calcium_area_mm2=no_band(sections.calcium_area_mm2),
        calcium_csa_pct=no_band(sections.calcium_csa_pct),
        calcium_arc_deg=no_band(sections.calcium_arc_deg),
        calcium_longest_arc_deg=none(sections.calcium_longest_arc_deg),
        calcium_max_thickness_mm=none(sections.calcium_max_thickness_mm),
        calcium_inner_r_mm=none(sections.calcium_inner_r_mm),
        calcium_outer_r_mm=none(sections.calcium_outer_r_mm),
        sensitivity_area_mm2={name: none(area) for name, area in sections.sensitivity_area_mm2.items()},
        grade=np.where(rows, "D", sections.grade),
        edited=_marked(sections.edited, rows),
        stent=_marked(sections.stent, rows),
    )


def with_calcium(
    sections: VesselSections, rows: BoolArray, inner_mm: FloatArray, outer_mm: FloatArray, area: Band
) -> VesselSections:
    """Other calcium in some rows: radii about the centerline (n, 360) and areas; arcs, thickness and shares follow."""
    covered = _covered(sections.wall_r_mm[rows], inner_mm[rows], outer_mm[rows])
    arc, longest = (np.zeros(len(rows)) for _ in range(2))
    arc[rows], longest[rows] = total_arc_deg(covered), longest_arc_deg(covered)
    some = np.where(sections.wall_area_mm2 > 0, sections.wall_area_mm2, np.nan)
    shares = [np.clip(100 * edge / some, 0.0, 100.0) for edge in (area.low, area.best, area.high)]
    thickness = np.where(np.isfinite(outer_mm - inner_mm), outer_mm - inner_mm, 0.0).max(axis=1)

    def taken(new: FloatArray, old: FloatArray) -> FloatArray:
        return np.where(rows if old.ndim == 1 else rows[:, None], new, old)

    def band(new: Sequence[FloatArray], old: Band) -> Band:
        low, best, high = (taken(n, o) for n, o in zip(new, (old.low, old.best, old.high), strict=True))
        return Band(np.fmin(low, best), best, np.fmax(high, best))

    old_area, old_arc = sections.calcium_area_mm2, sections.calcium_arc_deg
    reach = [np.abs(edge - old_arc.best) for edge in (old_arc.low, old_arc.high)]
    arcs = [
        np.where(arc > 0, np.clip(arc - reach[0], 0, 360), 0.0),
        arc,
        np.where(area.high > 0, np.minimum(arc + reach[1], 360), 0),
    ]
    return replace(
        sections,
        calcium_area_mm2=band((area.low, area.best, area.high), old_area),
        calcium_csa_pct=band(shares, sections.calcium_csa_pct),
        calcium_arc_deg=band(arcs, old_arc),
        calcium_longest_arc_deg=taken(longest, sections.calcium_longest_arc_deg),
        calcium_max_thickness_mm=taken(thickness, sections.calcium_max_thickness_mm),
        calcium_inner_r_mm=taken(inner_mm, sections.calcium_inner_r_mm),
        calcium_outer_r_mm=taken(outer_mm, sections.calcium_outer_r_mm),
        edited=_marked(sections.edited, rows),
    )


def _covered(wall_mm: FloatArray, inner_mm: FloatArray, outer_mm: FloatArray) -> BoolArray:
    """Degrees (n, 360) that hold calcium about the vessel's own centroid, about which arcs are defined."""
    offset = -wall_centroid_mm(wall_mm)
    return np.asarray(np.isfinite(about_centerline(outer_mm, offset)) & np.isfinite(about_centerline(inner_mm, offset)))


def calcium_area_mm2(inner_mm: FloatArray, outer_mm: FloatArray) -> FloatArray:
    """Area (n,) between calcium radii (n, angles); NaN is no calcium."""
    wedge = np.pi / inner_mm.shape[1]
    return np.asarray(wedge * np.nansum(outer_mm**2 - inner_mm**2, axis=1))


def contour_area_mm2(r_mm: FloatArray) -> FloatArray:
    """Area (n,) inside polar contours (n, angles)."""
    return np.asarray(np.pi / r_mm.shape[1] * (r_mm**2).sum(axis=1))


def wall_centroid_mm(wall_r_mm: FloatArray) -> FloatArray:
    """Centroid (n, 2) of the area inside the wall (n, angles), up and right of the centerline."""
    radii = np.nan_to_num(wall_r_mm)
    theta = np.arange(radii.shape[1]) * (2 * np.pi / radii.shape[1])
    cubed = radii**3 / 3 * (2 * np.pi / radii.shape[1])
    area = np.maximum(contour_area_mm2(radii), 1e-9)
    return np.stack([cubed @ np.cos(theta) / area, cubed @ np.sin(theta) / area], axis=1)


def _check_point(sections: VesselSections, point: ContourPoint) -> None:
    if point.contour not in ("wall", "lumen"):
        raise GeometryError("This contour does not exist.", f"Got {point.contour!r}.", "Use wall or lumen.")
    row = int(np.argmin(np.abs(sections.s_mm - point.s_mm)))
    if point.contour == "lumen" and not sections.lumen_open[row]:
        raise GeometryError(
            "There is no lumen in this section.", f"No contrast was seen at {point.s_mm:.1f} mm.", "Move the cap instead."
        )
    if not SMALLEST_MM <= point.r_mm <= LARGEST_MM:
        raise GeometryError(
            "A contour cannot lie there.",
            f"{point.r_mm:.1f} mm from the centerline; {SMALLEST_MM} to {LARGEST_MM:.0f} mm are possible.",
            "Point nearer to the vessel.",
        )


def _change(sections: VesselSections, r_mm: FloatArray, points: Sequence[ContourPoint]) -> FloatArray:
    """What to add to radii (n, angles) so that they pass through all points."""
    theta = np.arange(r_mm.shape[1]) * (2 * np.pi / r_mm.shape[1])
    if not points:
        return np.zeros_like(r_mm)
    s, turn, wanted = (np.array([getattr(p, name) for p in points]) for name in ("s_mm", "theta_rad", "r_mm"))
    now = np.array([_radius_at(sections.s_mm, r_mm, p.s_mm, p.theta_rad) for p in points])
    kernel = _kernel(s[:, None] - s, turn[:, None] - turn)
    weight = np.linalg.solve(kernel + 1e-6 * np.eye(len(points)), wanted - now)
    spread = _kernel(sections.s_mm[:, None, None] - s, theta[None, :, None] - turn)
    return np.asarray(spread @ weight)


def _kernel(along_mm: FloatArray, turn_rad: FloatArray) -> FloatArray:
    return np.asarray(np.exp(-0.5 * (along_mm / ALONG_MM) ** 2 + (np.cos(turn_rad) - 1) / ROUND_RAD**2))


def _radius_at(s_mm: FloatArray, r_mm: FloatArray, s: float, theta_rad: float) -> float:
    column = (theta_rad % (2 * np.pi)) / (2 * np.pi) * r_mm.shape[1]
    first, part = int(column) % r_mm.shape[1], column - int(column)
    values = (1 - part) * r_mm[:, first] + part * r_mm[:, (first + 1) % r_mm.shape[1]]
    return float(np.interp(s, s_mm, values))


def _with_contours(sections: VesselSections, rows: BoolArray, wall: FloatArray, lumen: FloatArray) -> VesselSections:
    """Other contours in some rows: areas change by what the contours do, and calcium stays inside the wall."""
    wall = np.where(rows[:, None], wall, sections.wall_r_mm)
    lumen = np.where(rows[:, None], lumen, sections.lumen_r_mm)
    wall_area = sections.wall_area_mm2 + contour_area_mm2(wall) - contour_area_mm2(sections.wall_r_mm)
    lumen_area = sections.lumen_area_mm2 + contour_area_mm2(lumen) - contour_area_mm2(sections.lumen_r_mm)
    moved = replace(
        sections,
        wall_r_mm=wall,
        lumen_r_mm=lumen,
        wall_area_mm2=np.where(rows, wall_area, sections.wall_area_mm2),
        lumen_area_mm2=np.where(rows & sections.lumen_open, np.maximum(lumen_area, 0.0), sections.lumen_area_mm2),
        edited=_marked(sections.edited, rows),
    )
    every = sections.calcium_outer_r_mm.shape[1] // WALL_ANGLES
    fine = np.repeat(wall, every, axis=1)
    inner, outer = sections.calcium_inner_r_mm, np.fmin(sections.calcium_outer_r_mm, fine)
    outer = np.where(np.isfinite(sections.calcium_outer_r_mm), outer, np.nan)
    kept = outer > inner
    inner, outer = np.where(kept, inner, np.nan), np.where(kept, outer, np.nan)
    before = calcium_area_mm2(sections.calcium_inner_r_mm, sections.calcium_outer_r_mm)
    share = np.where(before > 0, calcium_area_mm2(inner, outer) / np.where(before > 0, before, 1.0), 1.0)
    area = sections.calcium_area_mm2
    return with_calcium(moved, rows, inner, outer, Band(area.low * share, area.best * share, area.high * share))


def _round_the_clock(present: BoolArray) -> npt.NDArray[np.int_]:
    """Connected pieces of a map whose last column touches its first; 0 = none."""
    pieces, _ = label(present)
    for first, last in zip(pieces[:, 0], pieces[:, -1], strict=True):
        if first and last and first != last:
            pieces[pieces == last] = first
    return np.asarray(pieces)


def _marked(marks: BoolArray, rows: BoolArray) -> BoolArray:
    return rows.copy() if len(marks) != len(rows) else marks | rows
