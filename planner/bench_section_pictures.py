"""Twelve sections with true and measured contours over the image: best, median and worst, patent and occluded."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from planner.bench_section_rows import mistaken_physics, moved_tree
from planner.bench_table import Row
from recon.estimate import FloatArray
from recon.measure import measure_sections
from recon.phantom import render
from recon.phantom_case import Case
from recon.phantom_deposits import Deposit
from recon.phantom_truth import VesselTruth
from recon.reformat import section_view
from recon.sections import VesselSections
from recon.unrolled import filled_calcium
from recon.vessels import Vessel
from recon.volume import Volume

LEAST_MM2 = 0.5
"""Sections with less true calcium show too little to be looked at."""

EACH = 2
RANKS = ("best", "median", "worst")
HALF_WIDTH_MM, PIXEL_MM, TRUTH_PIXEL_MM = 4.5, 0.1, 0.05
WINDOW_HU = (-200, 1100)
TRUE_STYLE = {"linewidths": 1.1, "linestyles": "dashed"}
COLOURS = {"wall": "#CC79A7", "lumen": "#56B4E9", "calcium": "#F0E442"}
"""The same as in the window; dashed is true, full is measured."""

DPI = 72


@dataclass(frozen=True, slots=True)
class Chosen:
    """A row worth a picture and why."""

    title: str
    row: Row


def chosen_rows(rows: list[Row]) -> tuple[Chosen, ...]:
    """Two best, two median and two worst sections by error of the calcium area, patent and occluded; no case twice in a group."""
    chosen: list[Chosen] = []
    for occluded, word in ((False, "patent"), (True, "occluded")):
        group = [r for r in rows if _is_shown(r) and bool(r["occluded"]) is occluded]
        group.sort(key=_error)
        middle = group[len(group) // 2 :] if group else []
        for title, order in zip(RANKS, (group, middle, group[::-1]), strict=True):
            taken = {r["seed"] for c in chosen for r in (c.row,) if c.title.startswith(word)}
            fresh = {r["seed"]: r for r in reversed(order) if r["seed"] not in taken}
            first = sorted(fresh.values(), key=order.index)[:EACH]
            chosen += [Chosen(f"{word}, {title}", row) for row in first]
    return tuple(chosen)


def section_pictures(rows: list[Row], case_of: Callable[[int], Case], path: Path) -> None:
    """Measure the cases of the chosen rows again and draw them as one PNG, smaller than a third of a megabyte."""
    chosen = chosen_rows(rows)
    figure = Figure(figsize=(12.8, 10.4))
    for number, one in enumerate(chosen):
        seed = int(str(one.row["seed"]))
        axes = figure.add_subplot(3, 4, _place(chosen, number))
        _draw(axes, case_of(seed), one)
    figure.suptitle(
        "Sections: dashed true, full measured; pink outer wall, blue lumen, yellow calcium; areas in mm2", fontsize=11
    )
    figure.subplots_adjust(left=0.01, right=0.99, top=0.92, bottom=0.01, wspace=0.03, hspace=0.14)
    path.parent.mkdir(parents=True, exist_ok=True)
    FigureCanvasAgg(figure).print_figure(str(path), dpi=DPI)


def _place(chosen: tuple[Chosen, ...], number: int) -> int:
    """Patent sections in the two columns at the left, occluded ones at the right; best, median and worst in rows."""
    word, rank = chosen[number].title.split(", ")
    earlier = sum(one.title == chosen[number].title for one in chosen[:number])
    return 4 * RANKS.index(rank) + EACH * (word == "occluded") + earlier + 1


def _is_shown(row: Row) -> bool:
    area, got = row.get("area"), row.get("got_area")
    usable = isinstance(area, float) and isinstance(got, float) and math.isfinite(got)
    return usable and not row.get("mouth") and float(str(area)) >= LEAST_MM2


def _error(row: Row) -> float:
    return abs(float(str(row["got_area"])) - float(str(row["area"])))


def _draw(axes: Axes, case: Case, one: Chosen) -> None:
    volume, s_true = render(case), float(str(one.row["s_mm"]))
    true, vessel = case.truth.vessel(str(one.row["vessel"])), moved_tree(case.truth, case.seed).vessel(str(one.row["vessel"]))
    axes.set_axis_off()
    if true is None or vessel is None:
        axes.set_title(f"{one.title}: the vessel is gone")
        return
    sections = measure_sections(volume, vessel, mistaken_physics(case))
    at = np.asarray(true.centerline.locate(sections.point_mm)[0])
    index = int(np.argmin(np.abs(at - s_true)))
    _draw_image(axes, volume, vessel, float(sections.s_mm[index]))
    _draw_truth(axes, true, vessel, float(sections.s_mm[index]))
    _draw_measured(axes, sections, index)
    low, high = sections.calcium_area_mm2.low[index], sections.calcium_area_mm2.high[index]
    axes.set_title(
        f"{one.title}   seed {case.seed}, {s_true:.1f} mm\n"
        f"true {float(str(one.row['area'])):.1f}, measured {sections.calcium_area_mm2.best[index]:.1f} ({low:.1f}-{high:.1f})",
        fontsize=8.5,
    )


def _draw_image(axes: Axes, volume: Volume, vessel: Vessel, s_mm: float) -> None:
    view = section_view(volume, vessel.centerline, s_mm, HALF_WIDTH_MM, PIXEL_MM)
    extent = (-HALF_WIDTH_MM, HALF_WIDTH_MM, -HALF_WIDTH_MM, HALF_WIDTH_MM)
    axes.imshow(view.hu, cmap="gray", vmin=WINDOW_HU[0], vmax=WINDOW_HU[1], extent=extent, interpolation="bilinear")
    axes.plot([-4.2, -2.2], [-4.2, -4.2], color="white", lw=1.6)
    axes.text(-4.2, -4.05, "2 mm", color="white", fontsize=7)


def _draw_truth(axes: Axes, true: VesselTruth, vessel: Vessel, s_mm: float) -> None:
    grid = np.arange(-HALF_WIDTH_MM, HALF_WIDTH_MM + 1e-9, TRUTH_PIXEL_MM)
    right, up = np.meshgrid(grid, grid)
    point, _, normal, binormal = vessel.centerline.at(s_mm)
    masks = true_masks(true, point + up[..., None] * normal + right[..., None] * binormal)
    for name, mask in masks.items():
        if mask.any():
            axes.contour(right, up, mask.astype(float), levels=[0.5], colors=COLOURS[name], **TRUE_STYLE)


def true_masks(true: VesselTruth, points_mm: FloatArray) -> dict[str, npt.NDArray[np.bool_]]:
    """Which LPS positions (rows, columns, 3) near a vessel lie inside its true wall, lumen (without calcium) and calcium."""
    s, theta, r = true.centerline.locate(points_mm)
    at = true.centerline.s_mm
    up, right = (np.interp(s, at, true.wall_offset_mm[:, a]) for a in range(2))
    from_wall_up, from_wall_right = r * np.cos(theta) - up, r * np.sin(theta) - right
    about_wall, turn = np.hypot(from_wall_up, from_wall_right), np.arctan2(from_wall_right, from_wall_up)
    wall = about_wall < np.interp(s, at, true.wall_radius_mm)
    calcium = np.zeros(s.shape, dtype=bool)
    for deposit in true.deposits:
        calcium |= inside_deposit(deposit, s, turn, about_wall)
    calcium &= wall
    return {"wall": wall, "lumen": (r < np.interp(s, at, true.lumen_radius_mm)) & ~calcium, "calcium": calcium}


def inside_deposit(deposit: Deposit, s: FloatArray, theta: FloatArray, r: FloatArray) -> npt.NDArray[np.bool_]:
    """Whether vessel coordinates about the wall's centre lie in a deposit; its ends are rounded."""
    row = deposit.row()
    within = (s > deposit.start_mm) & (s < deposit.end_s_mm)
    if deposit.kind == "nodule":
        half = 0.5 * (deposit.end_s_mm - deposit.start_mm)
        along = (s - deposit.start_mm - half) / half
        radius = 0.5 * (deposit.outer_mm - deposit.inner_mm) * np.sqrt(np.maximum(0.0, 1 - along**2))
        centre = 0.5 * (deposit.inner_mm + deposit.outer_mm)
        return np.asarray(within & (r**2 + centre**2 - 2 * r * centre * np.cos(theta - deposit.theta_rad) < radius**2))
    edge = np.minimum(s - deposit.start_mm, deposit.end_s_mm - s)
    rounded = np.where(edge < row[8], np.sqrt(np.maximum(0.0, 1 - (1 - edge / row[8]) ** 2)), 1.0)
    if deposit.kind == "filled":
        return np.asarray(within & (r < deposit.outer_mm * rounded))
    middle, half_width = 0.5 * (deposit.inner_mm + deposit.outer_mm), 0.5 * (deposit.outer_mm - deposit.inner_mm) * rounded
    within &= np.abs(r - middle) <= half_width
    if row[4] >= 2 * math.pi - 0.001:
        return np.asarray(within)
    turn = np.abs((theta - deposit.theta_rad + math.pi) % (2 * math.pi) - math.pi)
    return np.asarray(within & (turn <= 0.5 * row[4] * rounded))


def _draw_measured(axes: Axes, sections: VesselSections, index: int) -> None:
    contours = {"wall": sections.wall_r_mm[index]}
    if sections.lumen_open[index]:
        contours["lumen"] = sections.lumen_r_mm[index]
    for name, r_mm in contours.items():
        theta = np.linspace(0, 2 * math.pi, len(r_mm) + 1)
        closed = np.append(r_mm, r_mm[0])
        axes.plot(closed * np.sin(theta), closed * np.cos(theta), color=COLOURS[name], lw=1.3)
    inner, outer = (r_mm[index] for r_mm in filled_calcium(sections))
    clock = np.arange(len(inner)) * (2 * math.pi / len(inner))
    for border in (inner, outer):
        axes.plot(border * np.sin(clock), border * np.cos(clock), color=COLOURS["calcium"], lw=1.5)
    known = np.flatnonzero(np.isfinite(inner) & np.isfinite(outer))
    for k in known:
        if not (np.isfinite(outer[k - 1]) and np.isfinite(outer[(k + 1) % len(outer)])):
            edge = np.array([inner[k], outer[k]])
            axes.plot(edge * math.sin(clock[k]), edge * math.cos(clock[k]), color=COLOURS["calcium"], lw=1.5)
