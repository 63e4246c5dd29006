"""Sections of the occluded vessel with lumen, outer wall, calcium and the clock."""

import math
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from planner.case import Analysis
from planner.occlusion import Occlusion
from planner.report.figure_style import (
    CALCIUM_ON_CT,
    LUMEN_ON_CT,
    WALL_ON_CT,
    WINDOW_HU,
    axes_mm,
    drawing,
    svg_bytes,
)
from planner.text import interval_text
from recon.calcium_limit import stated
from recon.estimate import FloatArray
from recon.reformat import section_view
from recon.sections import VesselSections
from recon.vessels import Vessel

HALF_WIDTH_MM = 4.5
PIXEL_MM = 0.075
MIN_APART_MM = 1.0


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A section worth a picture."""

    title: str
    s_mm: float


def shown_sections(occlusion: Occlusion, sections: VesselSections | None) -> tuple[ShownSection, ...]:
    """Proximal cap, densest and widest calcium, distal cap, and further ones to fill up; none twice."""
    proximal, distal = occlusion.proximal_cap.s_mm.best, occlusion.distal_cap.s_mm.best
    wanted = [ShownSection("Proximal cap", proximal)]
    if sections is not None:
        share, arc = sections.calcium_csa_pct.best, sections.calcium_arc_deg.best
        wanted += _highest("Most calcium", sections, share, proximal - 2.0, distal + 2.0)
        wanted += _highest("Widest calcium arc", sections, arc, proximal - 2.0, distal + 2.0)
    wanted += [ShownSection("Distal cap", distal)]
    if sections is not None:
        wanted += _highest("Most calcium in the body", sections, share, proximal + 2.0, distal - 2.0)
    wanted += [ShownSection("Middle of the occlusion", (proximal + distal) / 2), ShownSection("Landing zone", distal + 5.0)]
    chosen: list[ShownSection] = []
    for section in wanted:
        if all(abs(section.s_mm - other.s_mm) >= MIN_APART_MM for other in chosen):
            chosen.append(section)
    return tuple(chosen)


def _highest(title: str, sections: VesselSections, values: FloatArray, start_mm: float, end_mm: float) -> list[ShownSection]:
    """The section with the largest value in a range; none where nothing was found."""
    known = np.where((sections.s_mm >= start_mm) & (sections.s_mm <= end_mm) & np.isfinite(values), values, -1.0)
    return [ShownSection(title, float(sections.s_mm[int(np.argmax(known))]))] if known.max() > 0 else []


def sections_figure(analysis: Analysis, occlusion: Occlusion, width_mm: float = 130.0, most: int = 3) -> bytes:
    """SVG: up to `most` sections in a row, 12 o'clock up, looking distally."""
    vessel = analysis.tree.vessel(occlusion.vessel)
    if vessel is None:
        raise ValueError(f"{occlusion.vessel} is not in the tree")
    sections = analysis.sections.get(vessel.name)
    shown = sorted(shown_sections(occlusion, sections)[:most], key=lambda section: section.s_mm)
    cell = width_mm / most
    side = cell - 3.0
    with drawing(width_mm, side + 15.0) as figure:
        for number, section in enumerate(shown):
            axes = axes_mm(figure, number * cell, 10.0, side, side)
            draw_section(axes, analysis, vessel, sections, section.s_mm)
            axes.set_title(section.title, loc="left", pad=3)
            for line, text in enumerate(_caption(sections, section.s_mm)):
                axes.text(0.0, -0.04 - 0.085 * line, text, transform=axes.transAxes, va="top", fontsize=7)
        return svg_bytes(figure)


def draw_section(axes: Axes, analysis: Analysis, vessel: Vessel, sections: VesselSections | None, s_mm: float) -> None:
    """The section at `s_mm` with clock, scale bar and contours, on square axes."""
    view = section_view(analysis.volume, vessel.centerline, s_mm, HALF_WIDTH_MM, PIXEL_MM)
    extent = (-HALF_WIDTH_MM, HALF_WIDTH_MM, -HALF_WIDTH_MM, HALF_WIDTH_MM)
    axes.imshow(view.hu, cmap="gray", vmin=WINDOW_HU[0], vmax=WINDOW_HU[1], extent=extent, interpolation="bilinear")
    axes.set_axis_off()
    for hour in range(0, 12, 3):
        angle = math.radians(hour * 30)
        x, y = (HALF_WIDTH_MM - 0.35) * math.sin(angle), (HALF_WIDTH_MM - 0.35) * math.cos(angle)
        axes.text(x, y, str(hour or 12), color="#9AA7B4", fontsize=6, ha="center", va="center")
    axes.plot([-HALF_WIDTH_MM + 0.3, -HALF_WIDTH_MM + 2.3], [-HALF_WIDTH_MM + 0.3] * 2, color="white", lw=1.4)
    axes.text(-HALF_WIDTH_MM + 0.3, -HALF_WIDTH_MM + 0.45, "2 mm", color="white", fontsize=6, va="bottom")
    if sections is None:
        return
    i = int(np.argmin(np.abs(sections.s_mm - s_mm)))
    _draw_ring(axes, sections.wall_r_mm[i], WALL_ON_CT)
    if sections.lumen_open[i]:
        _draw_ring(axes, sections.lumen_r_mm[i], LUMEN_ON_CT)
    _draw_calcium(axes, sections, i)


def _draw_ring(axes: Axes, radius_mm: FloatArray, colour: str) -> None:
    angle = np.linspace(0, 2 * math.pi, len(radius_mm) + 1)
    radius = np.append(radius_mm, radius_mm[0])
    axes.plot(radius * np.sin(angle), radius * np.cos(angle), color=colour, lw=0.9)


def _draw_calcium(axes: Axes, sections: VesselSections, i: int) -> None:
    """The calcium's edges, and its arc once more as a band outside the wall."""
    inner, outer = sections.calcium_inner_r_mm[i], sections.calcium_outer_r_mm[i]
    present = np.isfinite(outer)
    if not present.any():
        return
    angle = np.radians(np.arange(len(outer)) * 360.0 / len(outer))
    band = np.where(present, np.nanmax(sections.wall_r_mm[i]) + 0.5, np.nan)
    for radius, width in ((inner, 0.7), (outer, 0.7), (band, 2.2)):
        closed, around = np.append(radius, radius[0]), np.append(angle, angle[0])
        axes.plot(closed * np.sin(around), closed * np.cos(around), color=CALCIUM_ON_CT, lw=width, solid_capstyle="butt")


def _caption(sections: VesselSections | None, s_mm: float) -> tuple[str, ...]:
    if sections is None:
        return (f"s {s_mm:.1f} mm", "not measured")
    i = int(np.argmin(np.abs(sections.s_mm - s_mm)))
    known = stated(sections)
    csa, arc = known.calcium_csa_pct.at(i), known.calcium_arc_deg.at(i)
    return (f"s {s_mm:.1f} mm, calcium {interval_text(csa, 0, '%')}", f"arc {interval_text(arc, 0, 'deg')}")
