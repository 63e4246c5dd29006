"""One vessel straightened in the contrast scan, in the non-contrast scan and in their difference, one below the other."""

import numpy as np
from matplotlib.axes import Axes

from planner.case import Analysis
from planner.report.cut_picture import CUT_PIXEL_MM, cut_picture
from planner.report.figure_style import DIM, OCCLUSION, WINDOW_HU, axes_mm, drawing, svg_bytes
from planner.report.subtraction import measured_vessels
from planner.zones import runs
from recon.subtracted_sections import SubtractedSections
from recon.subtraction_picture import difference_cut

HALF_MM, ROW_MM, GAP_MM, LEFT_MM = 5.0, 15.0, 5.5, 12.0
BARE_WINDOW_HU, DIFFERENCE_WINDOW_HU = (-150.0, 650.0), (-100.0, 600.0)


def shown_vessel(analysis: Analysis) -> str | None:
    """The vessel of the target occlusion, else the one with most calcium in the non-contrast scan; None without any."""
    made = analysis.subtraction
    shown = {} if made is None or analysis.physics is None else measured_vessels(analysis, made)
    if not shown:
        return None
    if analysis.target is not None and analysis.target.vessel in shown:
        return analysis.target.vessel
    return max(shown, key=lambda name: float(np.nansum(shown[name].calcium_area_mm2.best)))


def subtraction_figure(analysis: Analysis, name: str, width_mm: float = 186.0) -> bytes:
    """SVG: the vessel in both scans and in the difference, the last two marked where the match is not used."""
    made, vessel = analysis.subtraction, analysis.tree.vessel(name)
    assert made is not None and vessel is not None
    own = made.vessels[name]
    bare = cut_picture(made.volume, own.line, 0.0, HALF_MM)
    assert analysis.physics is not None
    gap = difference_cut(
        analysis.volume, made.volume, vessel.centerline, own.line, analysis.physics, -90.0, CUT_PIXEL_MM, HALF_MM
    ).T
    rows = (
        ("contrast scan", cut_picture(analysis.volume, vessel.centerline, 0.0, HALF_MM), WINDOW_HU),
        ("non-contrast scan, matched", bare, BARE_WINDOW_HU),
        ("DIFFERENCE at equal blur: contrast without calcium", gap, DIFFERENCE_WINDOW_HU),
    )
    inner, length = width_mm - LEFT_MM - 4.0, float(own.s_mm[-1])
    with drawing(width_mm, 9.0 + len(rows) * (ROW_MM + GAP_MM)) as figure:
        for number, (title, hu, window) in enumerate(rows):
            axes = axes_mm(figure, LEFT_MM, 9.0 + (len(rows) - 1 - number) * (ROW_MM + GAP_MM), inner, ROW_MM)
            extent = (0.0, hu.shape[1] * CUT_PIXEL_MM, -HALF_MM, HALF_MM)
            axes.imshow(hu, cmap="gray", vmin=window[0], vmax=window[1], extent=extent, origin="lower", aspect="auto")
            axes.set_title(f"{title} (window {window[0]:.0f} to {window[1]:.0f} HU)", loc="left", pad=2)
            axes.set_xlim(0.0, length)
            axes.set_yticks([-HALF_MM, 0.0, HALF_MM])
            if number > 0:
                _mark_unused(axes, own)
            if number + 1 < len(rows):
                axes.set_xticklabels([])
            for cap in _caps(analysis, name):
                axes.axvline(cap, color=OCCLUSION, lw=1.0)
        axes.set_xlabel(
            f"mm along the {name} from its ostium; hatched: the scans do not match, nothing is read there", labelpad=1
        )
        return svg_bytes(figure)


def _mark_unused(axes: Axes, own: SubtractedSections) -> None:
    for a, b in runs(~own.is_matched):
        axes.axvspan(own.s_mm[a], own.s_mm[b - 1], facecolor="none", edgecolor=DIM, hatch="////", lw=0.4)


def _caps(analysis: Analysis, name: str) -> list[float]:
    return [cap.s_mm.best for o in analysis.occlusions if o.vessel == name for cap in (o.proximal_cap, o.distal_cap)]
