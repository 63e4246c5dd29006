"""The wall of the occluded vessel cut open at 12 o'clock and laid flat: HU, calcium and wall thickness over the clock."""

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from planner.case import Analysis
from planner.lesions import zone_regions
from planner.occlusion import Occlusion
from planner.report.figure_style import DIM, INK, OCCLUSION, axes_mm, drawing, svg_bytes
from planner.report.vessel_figure import LEFT_MM, shown_range
from recon.estimate import FloatArray
from recon.free_windows import FreeWindow

ROW_MM, GAP_MM, BAR_MM = 17.0, 5.5, 2.0
RIGHT_MM = 14.0
HU_RANGE, CALCIUM_RANGE, WALL_RANGE = (-50.0, 800.0), (0.0, 2.0), (0.0, 2.5)
COLOURS = "cividis"
"""Even in brightness and the same to colour-blind readers."""

CLOCK_TICKS = {0: "12", 90: "3", 180: "6", 270: "9", 360: "12"}


def unrolled_figure(analysis: Analysis, occlusion: Occlusion, width_mm: float = 186.0) -> bytes | None:
    """SVG: three maps on the scale of the occlusion figure, caps and calcium-free windows marked; None without sections."""
    vessel = analysis.tree.vessel(occlusion.vessel)
    sections, details = analysis.sections.get(occlusion.vessel), analysis.details.get(occlusion.vessel)
    if vessel is None or sections is None or details is None:
        return None
    start, end = shown_range(occlusion, vessel)
    maps, inner = details.maps, width_mm - LEFT_MM - RIGHT_MM
    rows = (
        (maps.wall_hu, "mean HU of the wall, lumen edge to outer wall", HU_RANGE, "HU"),
        (maps.calcium_mm, "calcium thickness; dashed: largest calcium-free windows of the zones", CALCIUM_RANGE, "mm"),
        (maps.wall_mm, "wall thickness; without contrast it reaches to the middle", WALL_RANGE, "mm"),
    )
    windows = [w for region in zone_regions(occlusion, sections, details).values() for w in region.windows[:1]]
    height = 9.0 + len(rows) * (ROW_MM + GAP_MM)
    with drawing(width_mm, height) as figure:
        for number, (values, title, limits, unit) in enumerate(rows):
            bottom = 9.0 + (len(rows) - 1 - number) * (ROW_MM + GAP_MM)
            axes = axes_mm(figure, LEFT_MM, bottom, inner, ROW_MM)
            image = _draw_map(axes, maps.s_mm, values, limits)
            axes.set_title(title, loc="left", pad=2)
            axes.set_xlim(start, end)
            _draw_caps(axes, occlusion)
            _draw_stent(axes, maps.s_mm, sections.stent)
            if values is maps.calcium_mm:
                _draw_windows(axes, windows)
            if number + 1 < len(rows):
                axes.set_xticklabels([])
            _draw_bar(figure, image, (LEFT_MM + inner + 1.5, bottom), unit)
        axes.set_xlabel(f"mm along the {vessel.name} from its ostium", labelpad=1)
        return svg_bytes(figure)


def _draw_map(axes: Axes, s_mm: FloatArray, values: FloatArray, limits: tuple[float, float]) -> object:
    half = 0.5 * float(np.median(np.diff(s_mm)))
    extent = (float(s_mm[0]) - half, float(s_mm[-1]) + half, 360.0, 0.0)
    axes.set_facecolor("#E3E7EB")
    image = axes.imshow(
        values.T, cmap=COLOURS, vmin=limits[0], vmax=limits[1], extent=extent, aspect="auto", interpolation="nearest"
    )
    axes.set_yticks(list(CLOCK_TICKS), list(CLOCK_TICKS.values()))
    axes.set_ylim(360.0, 0.0)
    axes.set_ylabel("o'clock", labelpad=1)
    return image


def _draw_bar(figure: Figure, image: object, corner_mm: tuple[float, float], unit: str) -> None:
    axes = axes_mm(figure, corner_mm[0], corner_mm[1], BAR_MM, ROW_MM)
    figure.colorbar(image, cax=axes)  # type: ignore[arg-type]
    axes.set_title(unit, loc="left", pad=2, fontweight="normal", color=DIM)


def _draw_caps(axes: Axes, occlusion: Occlusion) -> None:
    for cap in (occlusion.proximal_cap, occlusion.distal_cap):
        axes.axvspan(cap.s_mm.low, cap.s_mm.high, color=OCCLUSION, alpha=0.25, lw=0)
        axes.axvline(cap.s_mm.best, color=OCCLUSION, lw=1.4)


def _draw_stent(axes: Axes, s_mm: FloatArray, stent: npt.NDArray[np.bool_]) -> None:
    """Hatching where calcium is not measured because of a stent."""
    if len(stent) and stent.any():
        inside = s_mm[stent]
        axes.axvspan(float(inside[0]), float(inside[-1]), facecolor="white", edgecolor=INK, hatch="////", lw=0.5)
        axes.text(float(inside.mean()), 180.0, "stent, not measured", ha="center", va="center", fontsize=7)


def _draw_windows(axes: Axes, windows: list[FreeWindow]) -> None:
    for window in windows:
        start, width = window.start_mm - 0.25, window.end_mm - window.start_mm + 0.5
        arc = window.arc_deg.best
        parts = [(window.from_deg, min(arc, 360.0 - window.from_deg))]
        if window.from_deg + arc > 360.0:
            parts.append((0.0, window.from_deg + arc - 360.0))
        for top, tall in parts:
            axes.add_patch(Rectangle((start, top), width, tall, fill=False, edgecolor="white", lw=1.2, ls=(0, (4, 2))))
