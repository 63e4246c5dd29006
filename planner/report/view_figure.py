"""The tree as a view shows it, and the map of foreshortening over all C-arm angles."""

import numpy as np
from matplotlib.axes import Axes

from planner.case import Analysis
from planner.occlusion import Occlusion
from planner.report.figure_style import (
    CALCIUM_ON_CT,
    DIM,
    INK,
    LINE,
    OCCLUSION,
    UNCERTAIN,
    axes_mm,
    drawing,
    svg_bytes,
)
from planner.settings import LabProfile
from planner.view_picture import CALCIUM_SHOWN_PCT, MAIN_VESSELS, NOTE, angiogram, view_frame
from planner.views import TargetViews, View
from recon.carm import CArm, view_text
from recon.drr import Frame
from recon.vessels import Vessel

NAME_GAP_PX = 18.0


def projection_figure(
    analysis: Analysis, occlusion: Occlusion, view: View, carm: CArm, side_mm: float = 54.0, captions: bool = True
) -> bytes:
    """SVG: a simulated angiogram of the tree in one view; the occlusion vermilion, its calcium dotted."""
    frame = view_frame(analysis, occlusion, (view.primary_deg, view.secondary_deg), carm)
    with drawing(side_mm, side_mm) as figure:
        axes = axes_mm(figure, 0, 0, side_mm, side_mm)
        axes.imshow(angiogram(analysis, frame), cmap="gray", vmin=0.0, vmax=1.06, interpolation="bilinear")
        for found in analysis.occlusions:
            _draw_occlusion(axes, analysis, found, frame)
        named = {*MAIN_VESSELS, occlusion.vessel, *(b.name for b in occlusion.side_branches)}
        for other in (v for v in analysis.tree.vessels if v.name in named):
            _name_end(axes, frame, other)
        axes.set_xlim(-0.5, frame.shape[1] - 0.5)
        axes.set_ylim(frame.shape[0] - 0.5, -0.5)
        axes.set_axis_off()
        if captions:
            _corner_texts(axes, view)
        return svg_bytes(figure)


def map_figure(target: TargetViews, lab: LabProfile, width_mm: float = 90.0, height_mm: float = 41.0) -> bytes:
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


def _name_end(axes: Axes, frame: Frame, vessel: Vessel) -> None:
    """The vessel's name a little beyond its end, where that is in the picture."""
    rows, columns, _ = frame.pixels(vessel.centerline.points_mm)
    line = np.stack([columns, rows], axis=1)
    ahead = line[-1] - line[max(0, len(line) - 20)]
    place = line[-1] + NAME_GAP_PX * ahead / max(float(np.hypot(*ahead)), 1e-6)
    if np.all((place > 0.03 * frame.shape[0]) & (place < 0.92 * frame.shape[0])):
        axes.text(float(place[0]), float(place[1]), vessel.name, fontsize=6.5, color=DIM, ha="center", va="center")


def _draw_occlusion(axes: Axes, analysis: Analysis, occlusion: Occlusion, frame: Frame) -> None:
    vessel, sections = analysis.tree.vessel(occlusion.vessel), analysis.sections.get(occlusion.vessel)
    if vessel is None:
        return
    course = vessel.centerline.between(occlusion.proximal_cap.s_mm.best, occlusion.distal_cap.s_mm.best)
    rows, columns, _ = frame.pixels(course)
    axes.plot(columns, rows, color=OCCLUSION, lw=1.8, solid_capstyle="butt")
    if sections is not None:
        dense = np.nan_to_num(sections.calcium_csa_pct.best) >= CALCIUM_SHOWN_PCT
        rows, columns, _ = frame.pixels(sections.point_mm[dense])
        size = 1.5 + sections.calcium_csa_pct.best[dense] / 10.0
        axes.scatter(columns, rows, s=size, color=CALCIUM_ON_CT, edgecolors=INK, linewidths=0.25, zorder=5)


def _corner_texts(axes: Axes, view: View) -> None:
    axes.text(
        0.03, 0.97, view_text(view.primary_deg, view.secondary_deg), transform=axes.transAxes, va="top", fontweight="semibold",
        fontsize=8.5, bbox={"fc": "white", "ec": "none", "alpha": 0.7, "pad": 1.2},
    )  # fmt: skip
    axes.text(0.03, 0.03, NOTE, transform=axes.transAxes, fontsize=5.5, color=DIM)
