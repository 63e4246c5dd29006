"""A cap close up: two cuts along the vessel at right angles, and the sections before, at and behind it."""

import numpy as np
from matplotlib.axes import Axes

from planner.case import Analysis
from planner.occlusion import Cap, Occlusion
from planner.report.cut_picture import CUT_PIXEL_MM, cut_picture
from planner.report.figure_style import (
    LUMEN_ON_CT,
    OCCLUSION,
    WALL_ON_CT,
    WINDOW_HU,
    axes_mm,
    drawing,
    svg_bytes,
)
from planner.report.section_figure import draw_section
from planner.report.vessel_figure import calcium_plane_deg
from recon.sections import VesselSections
from recon.vessels import Vessel

REACH_MM = 8.0
HALF_WIDTH_MM = 4.5
CUT_WIDTH_MM = 53.0
SECTION_SIDE_MM = 23.5
SECTION_STEP_MM = 2.0


def cap_figure(analysis: Analysis, occlusion: Occlusion, cap: Cap, title: str, width_mm: float = 186.0) -> bytes:
    """SVG of one cap; the first cut goes through most calcium of the occlusion, the second square to it."""
    vessel = analysis.tree.vessel(occlusion.vessel)
    if vessel is None:
        raise ValueError(f"{occlusion.vessel} is not in the tree")
    sections = analysis.sections.get(vessel.name)
    plane = calcium_plane_deg(occlusion, sections)
    height = CUT_WIDTH_MM * HALF_WIDTH_MM / REACH_MM
    with drawing(width_mm, height + 11.0) as figure:
        for number, angle in enumerate((plane, (plane + 90.0) % 180.0)):
            axes = axes_mm(figure, number * (CUT_WIDTH_MM + 2.0), 5.0, CUT_WIDTH_MM, height)
            _draw_cut(axes, analysis, vessel, cap, angle)
            if sections is not None:
                _draw_walls(axes, sections, angle)
            axes.set_title(
                f"{title}, cut {_clock_text(angle)}" if number == 0 else f"cut {_clock_text(angle)}", loc="left", pad=3
            )
        left = 2 * (CUT_WIDTH_MM + 2.0) + 1.0
        for number, offset in enumerate((-SECTION_STEP_MM, 0.0, SECTION_STEP_MM)):
            s_mm = float(np.clip(cap.s_mm.best + offset, 0.0, vessel.centerline.length_mm))
            axes = axes_mm(
                figure, left + number * (SECTION_SIDE_MM + 1.0), 5.0 + height - SECTION_SIDE_MM, *[SECTION_SIDE_MM] * 2
            )
            draw_section(axes, analysis, vessel, sections, s_mm)
            axes.set_title(f"s {s_mm:.1f} mm", loc="left", pad=3, fontweight="normal")
        return svg_bytes(figure)


def _draw_cut(axes: Axes, analysis: Analysis, vessel: Vessel, cap: Cap, angle_deg: float) -> None:
    picture = cut_picture(analysis.volume, vessel.centerline, angle_deg, HALF_WIDTH_MM)
    first = max(0, round((cap.s_mm.best - REACH_MM) / CUT_PIXEL_MM))
    last = min(picture.shape[1], round((cap.s_mm.best + REACH_MM) / CUT_PIXEL_MM))
    extent = (first * CUT_PIXEL_MM, last * CUT_PIXEL_MM, -HALF_WIDTH_MM, HALF_WIDTH_MM)
    low, high = WINDOW_HU
    shown = picture[:, first:last]
    axes.imshow(shown, cmap="gray", vmin=low, vmax=high, extent=extent, origin="lower", interpolation="bilinear")
    axes.axvspan(cap.s_mm.low, cap.s_mm.high, color=OCCLUSION, alpha=0.22, lw=0)
    axes.axvline(cap.s_mm.best, color=OCCLUSION, lw=1.2)
    axes.set_xlim(cap.s_mm.best - REACH_MM, cap.s_mm.best + REACH_MM)
    axes.set_ylim(-HALF_WIDTH_MM, HALF_WIDTH_MM)
    axes.set_yticks([])
    axes.set_aspect("auto")


def _draw_walls(axes: Axes, sections: VesselSections, angle_deg: float) -> None:
    columns = sections.wall_r_mm.shape[1]
    for side, angle in ((1.0, angle_deg), (-1.0, angle_deg + 180.0)):
        column = round(angle / 360.0 * columns) % columns
        axes.plot(sections.s_mm, side * sections.wall_r_mm[:, column], color=WALL_ON_CT, lw=0.7)
        lumen = np.where(sections.lumen_open, sections.lumen_r_mm[:, column], np.nan)
        axes.plot(sections.s_mm, side * lumen, color=LUMEN_ON_CT, lw=0.7)


def _clock_text(angle_deg: float) -> str:
    """`12 to 6 o'clock`: upper edge of the picture to its lower edge."""
    hour = round(angle_deg / 30.0) % 12
    return f"{hour or 12} to {(hour + 6) % 12 or 12} o'clock"
