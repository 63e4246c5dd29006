"""The tree as a view shows it, and the map of foreshortening over all C-arm angles."""

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from planner.case import Analysis
from planner.occlusion import Occlusion
from planner.report.figure_style import (
    CALCIUM_ON_CT,
    DIM,
    INK,
    LINE,
    LUMEN,
    OCCLUSION,
    UNCERTAIN,
    axes_mm,
    drawing,
    svg_bytes,
)
from planner.settings import LabProfile
from planner.views import TargetViews, View
from recon.carm import CArm, projected_mm, view_text
from recon.estimate import FloatArray

MARGIN_MM = 8.0
POINTS_PER_MM = 72 / 25.4
LEAST_RADIUS_MM = 0.5
CALCIUM_SHOWN_PCT = 10.0


def projection_figure(
    analysis: Analysis, occlusion: Occlusion, view: View, carm: CArm, width_mm: float = 54.0, height_mm: float = 54.0
) -> bytes:
    """SVG: the vessels projected as the detector sees them; occlusion vermilion, its calcium dotted."""
    vessel = analysis.tree.vessel(occlusion.vessel)
    if vessel is None:
        raise ValueError(f"{occlusion.vessel} is not in the tree")
    start, end = occlusion.proximal_cap.s_mm.best, occlusion.distal_cap.s_mm.best
    center = vessel.centerline.at((start + end) / 2)[0]
    angles = (view.primary_deg, view.secondary_deg)
    with drawing(width_mm, height_mm) as figure:
        axes = axes_mm(figure, 0, 0, width_mm, height_mm)
        lines = [(v, projected_mm(v.centerline.points_mm, center, *angles, carm)[0]) for v in analysis.tree.vessels]
        scale = _frame(axes, np.concatenate([line for _, line in lines]), width_mm, height_mm)
        for other, line in lines:
            radius = np.fmax(np.nan_to_num(other.lumen_radius_mm), LEAST_RADIUS_MM)
            colour = LUMEN if other.name == vessel.name else "#9DB4C8"
            shut = (other.centerline.s_mm >= start) & (other.centerline.s_mm <= end) & (other.name == vessel.name)
            _tube(axes, line, radius * scale, shut, colour)
            _name_end(axes, line, other.name)
        _calcium_dots(axes, analysis, occlusion, center, angles, carm)
        _corner_texts(axes, view)
        return svg_bytes(figure)


def map_figure(target: TargetViews, lab: LabProfile, width_mm: float = 90.0, height_mm: float = 46.0) -> bytes:
    """SVG: foreshortening over (primary, secondary); out of reach hatched, covered views dotted, chosen views numbered."""
    with drawing(width_mm, height_mm) as figure:
        axes = axes_mm(figure, 12.0, 6.0, width_mm - 27.0, height_mm - 8.0)
        a, b = np.meshgrid(target.primary_deg, target.secondary_deg)
        shades = axes.pcolormesh(
            a, b, target.foreshortening_pct, cmap="cividis_r", vmin=0, vmax=50, shading="nearest", rasterized=True
        )
        lines = axes.contour(a, b, target.foreshortening_pct, levels=[5, 10, 20], colors=INK, linewidths=0.5)
        axes.clabel(lines, fmt="%d %%", fontsize=6)
        reach = lab.reachable(a, b).astype(float)
        axes.contourf(a, b, reach, levels=[-0.5, 0.5], colors=["#FFFFFF"], alpha=0.62)
        axes.contour(a, b, reach, levels=[0.5], colors=[INK], linewidths=0.9)
        axes.contour(a, b, target.overlap_pct, levels=[20.0], colors=[OCCLUSION], linewidths=0.7, linestyles=[":"])
        for number, view in enumerate(target.views, start=1):
            box = {"boxstyle": "circle,pad=0.18", "fc": "white", "ec": INK, "lw": 0.7}
            axes.text(
                view.primary_deg, view.secondary_deg, str(number), fontsize=6.5, ha="center", va="center", bbox=box,
                fontweight="semibold",
            )  # fmt: skip
        if not target.ideal_reachable:
            axes.plot(target.ideal_primary_deg, target.ideal_secondary_deg, "x", color=UNCERTAIN, ms=5, mew=1.4)
        _angle_axes(axes)
        bar = figure.colorbar(shades, cax=axes_mm(figure, width_mm - 13.0, 6.0, 2.5, height_mm - 8.0), extend="max")
        bar.set_label("foreshortening, %", labelpad=2)
        return svg_bytes(figure)


def _angle_axes(axes: Axes) -> None:
    axes.set_xticks([-90, -60, -30, 0, 30, 60, 90], ["RAO 90", "60", "30", "0", "30", "60", "LAO 90"])
    axes.set_yticks([-40, -20, 0, 20, 40], ["CAU 40", "20", "0", "20", "CRA 40"])
    axes.grid(color=LINE, lw=0.3)


def _frame(axes: Axes, points: FloatArray, width_mm: float, height_mm: float) -> float:
    """Set the limits and return paper points per detector mm."""
    low, high = points.min(axis=0) - MARGIN_MM, points.max(axis=0) + MARGIN_MM
    middle = (low + high) / 2
    span = max((high[0] - low[0]) / width_mm, (high[1] - low[1]) / height_mm)
    half = span * np.array([width_mm, height_mm]) / 2
    axes.set_xlim(middle[0] - half[0], middle[0] + half[0])
    axes.set_ylim(middle[1] - half[1], middle[1] + half[1])
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_visible(True)
        side.set_color(LINE)
    return float(POINTS_PER_MM / span)


def _tube(axes: Axes, line: FloatArray, radius_pt: FloatArray, shut: npt.NDArray[np.bool_], colour: str) -> None:
    pieces = np.stack([line[:-1], line[1:]], axis=1)
    colours = [OCCLUSION if s else colour for s in shut[:-1]]
    widths = np.where(shut[:-1], np.maximum(1.8, 1.2 * radius_pt[:-1]), np.maximum(0.8, 2 * radius_pt[:-1]))
    axes.add_collection(LineCollection(list(pieces), colors=colours, linewidths=list(widths), capstyle="round"))


def _name_end(axes: Axes, line: FloatArray, name: str) -> None:
    """The vessel's name a little beyond its end."""
    ahead = line[-1] - line[max(0, len(line) - 20)]
    place = line[-1] + 3.5 * ahead / max(float(np.hypot(*ahead)), 1e-6)
    axes.text(float(place[0]), float(place[1]), name, fontsize=6.5, color=DIM, ha="center", va="center")


def _calcium_dots(
    axes: Axes, analysis: Analysis, occlusion: Occlusion, center: FloatArray, angles: tuple[float, float], carm: CArm
) -> None:
    sections = analysis.sections.get(occlusion.vessel)
    if sections is None:
        return
    dense = np.nan_to_num(sections.calcium_csa_pct.best) >= CALCIUM_SHOWN_PCT
    if dense.any():
        dots = projected_mm(sections.point_mm[dense], center, *angles, carm)[0]
        size = 1.0 + sections.calcium_csa_pct.best[dense] / 12.0
        axes.scatter(dots[:, 0], dots[:, 1], s=size, color=CALCIUM_ON_CT, edgecolors=INK, linewidths=0.2, zorder=5)


def _corner_texts(axes: Axes, view: View) -> None:
    axes.text(
        0.03, 0.97, view_text(view.primary_deg, view.secondary_deg), transform=axes.transAxes, va="top", fontweight="semibold",
        fontsize=8.5,
    )  # fmt: skip
    axes.text(0.03, 0.03, "as on the detector, not a fluoroscopic image", transform=axes.transAxes, fontsize=5.5, color=DIM)
