"""The occluded vessel straightened, with its caps, above the calcium along it on the same axis."""

from typing import Literal

import numpy as np
from matplotlib.axes import Axes

from planner.case import Analysis
from planner.occlusion import Cap, Occlusion
from planner.report.cut_picture import CUT_PIXEL_MM, cut_picture
from planner.report.figure_style import (
    CALCIUM,
    CALCIUM_ON_CT,
    DIM,
    INK,
    LUMEN_ON_CT,
    OCCLUSION,
    OCCLUSION_SHADE,
    WALL_ON_CT,
    WINDOW_HU,
    axes_mm,
    drawing,
    svg_bytes,
)
from recon.estimate import Band, FloatArray
from recon.sections import VesselSections
from recon.vessels import Vessel

DOUBTFUL = "hatched: occlusion not excluded"
BEFORE_MM = 25.0
AFTER_MM = 32.0
HALF_WIDTH_MM = 5.0
TALLEST_MM = 22.0
"""The straightened view takes no more height on the page."""

LEFT_MM = 13.0
RIGHT_MM = 3.0
CSA_CUTS = ((50.0, "50 %: CT-derived J-CTO, CT-RECTOR, KCCT"),)
ARC_CUTS = ((180.0, "180 deg: KCCT"),)


def occlusion_figure(analysis: Analysis, occlusion: Occlusion, width_mm: float = 186.0) -> bytes:
    """SVG: straightened vessel, calcium share of the section, calcium arc; caps and cut-offs in all."""
    vessel = analysis.tree.vessel(occlusion.vessel)
    if vessel is None:
        raise ValueError(f"{occlusion.vessel} is not in the tree")
    sections = analysis.sections.get(vessel.name)
    start, end = shown_range(occlusion, vessel)
    inner = width_mm - LEFT_MM - RIGHT_MM
    half_width_mm = min(HALF_WIDTH_MM, TALLEST_MM * (end - start) / (2 * inner))
    image_mm = inner * 2 * half_width_mm / (end - start)
    with drawing(width_mm, image_mm + 55.0) as figure:
        picture = axes_mm(figure, LEFT_MM, 49.0, inner, image_mm)
        _draw_straightened(picture, analysis, vessel, sections, (start, end), calcium_plane_deg(occlusion, sections))
        csa = axes_mm(figure, LEFT_MM, 29.0, inner, 17.0)
        arc = axes_mm(figure, LEFT_MM, 9.0, inner, 17.0)
        if sections is None:
            csa.text(0.5, 0.5, "sections were not measured", transform=csa.transAxes, ha="center")
        else:
            _draw_band(csa, sections.s_mm, sections.calcium_csa_pct, CSA_CUTS, 100.0, "calcium, %")
            _draw_band(arc, sections.s_mm, sections.calcium_arc_deg, ARC_CUTS, 360.0, "arc, deg")
        for axes in (picture, csa, arc):
            _mark_caps(axes, occlusion, on_image=axes is picture)
            axes.set_xlim(start, end)
        picture.set_ylim(-half_width_mm, half_width_mm)
        _label_caps(picture, occlusion)
        csa.set_xticklabels([])
        arc.set_xlabel(f"mm along the {vessel.name} from its ostium", labelpad=1.5)
        return svg_bytes(figure)


def strip_figure(analysis: Analysis, vessel: Vessel, width_mm: float = 186.0) -> bytes:
    """SVG: one whole vessel straightened above its calcium, for a case without an occlusion."""
    length = vessel.centerline.length_mm
    inner = width_mm - LEFT_MM - RIGHT_MM
    sections = analysis.sections.get(vessel.name)
    with drawing(width_mm, 42.0) as figure:
        picture = axes_mm(figure, LEFT_MM, 25.0, inner, 13.0)
        _draw_straightened(picture, analysis, vessel, sections, (0.0, length), 0.0, aspect="auto")
        picture.set_title(f"{vessel.name}, {length:.0f} mm followed", loc="left", pad=3)
        csa = axes_mm(figure, LEFT_MM, 9.0, inner, 14.0)
        if sections is None:
            csa.text(0.5, 0.5, "sections were not measured", transform=csa.transAxes, ha="center")
        else:
            _draw_band(csa, sections.s_mm, sections.calcium_csa_pct, (), 100.0, "calcium, %")
            _mark_doubtful(picture, csa, analysis.not_excluded_mm.get(vessel.name, ()))
        for axes in (picture, csa):
            axes.set_xlim(0.0, length)
        csa.set_xlabel(f"mm along the {vessel.name} from its ostium", labelpad=1)
        return svg_bytes(figure)


def calcium_plane_deg(occlusion: Occlusion, sections: VesselSections | None) -> float:
    """The clock angle, 0 to 180 degrees, of the cut through most calcium of the occlusion."""
    if sections is None:
        return 0.0
    near = (sections.s_mm >= occlusion.proximal_cap.s_mm.low) & (sections.s_mm <= occlusion.distal_cap.s_mm.high)
    thickness = np.nansum(sections.calcium_outer_r_mm[near] - sections.calcium_inner_r_mm[near], axis=0)
    half = len(thickness) // 2
    return float(np.argmax(thickness[:half] + thickness[half:]) * 180.0 / half)


def shown_range(occlusion: Occlusion, vessel: Vessel) -> tuple[float, float]:
    """The arc range that figures of an occlusion show."""
    start = max(0.0, occlusion.proximal_cap.s_mm.best - BEFORE_MM)
    return start, min(vessel.centerline.length_mm, occlusion.distal_cap.s_mm.best + AFTER_MM)


def _draw_straightened(
    axes: Axes,
    analysis: Analysis,
    vessel: Vessel,
    sections: VesselSections | None,
    shown_mm: tuple[float, float],
    plane_deg: float,
    aspect: Literal["equal", "auto"] = "equal",
) -> None:
    cut = cut_picture(analysis.volume, vessel.centerline, plane_deg, HALF_WIDTH_MM)
    first, last = (round(s / CUT_PIXEL_MM) for s in shown_mm)
    extent = (first * CUT_PIXEL_MM, last * CUT_PIXEL_MM, -HALF_WIDTH_MM, HALF_WIDTH_MM)
    low, high = WINDOW_HU
    shown = cut[:, first:last]
    axes.imshow(shown, cmap="gray", vmin=low, vmax=high, extent=extent, aspect=aspect, origin="lower", interpolation="bilinear")
    if sections is not None:
        _draw_edges(axes, sections, plane_deg)
    axes.set_yticks([-3, 0, 3])
    axes.set_ylim(-HALF_WIDTH_MM, HALF_WIDTH_MM)
    axes.set_xticklabels([])
    axes.set_ylabel("mm", labelpad=0)


def _draw_edges(axes: Axes, sections: VesselSections, plane_deg: float) -> None:
    for side, angle in ((1.0, plane_deg), (-1.0, plane_deg + 180.0)):
        column = round(angle / 360.0 * sections.wall_r_mm.shape[1]) % sections.wall_r_mm.shape[1]
        axes.plot(sections.s_mm, side * sections.wall_r_mm[:, column], color=WALL_ON_CT, lw=0.6, alpha=0.9)
        lumen = np.where(sections.lumen_open, sections.lumen_r_mm[:, column], np.nan)
        axes.plot(sections.s_mm, side * lumen, color=LUMEN_ON_CT, lw=0.6, alpha=0.9)
        bin_ = round(angle) % sections.calcium_outer_r_mm.shape[1]
        for edge in (sections.calcium_inner_r_mm, sections.calcium_outer_r_mm):
            axes.plot(sections.s_mm, side * edge[:, bin_], color=CALCIUM_ON_CT, lw=0.7)


def _draw_band(axes: Axes, s_mm: FloatArray, band: Band, cuts: tuple[tuple[float, str], ...], top: float, label: str) -> None:
    axes.fill_between(s_mm, band.low, band.high, color=CALCIUM, alpha=0.30, lw=0)
    axes.plot(s_mm, band.best, color=CALCIUM, lw=1.2)
    for cut, text in cuts:
        axes.axhline(cut, color=INK, lw=0.7, ls=(0, (4, 3)))
        paper = {"fc": "white", "ec": "none", "alpha": 0.75, "pad": 0.6}
        place = axes.get_yaxis_transform()
        axes.text(0.997, cut + top * 0.06, text, transform=place, fontsize=6.5, color=INK, ha="right", bbox=paper)
    axes.set_ylim(0, top * 1.02)
    axes.set_yticks([0, top / 2, top])
    axes.set_ylabel(label, labelpad=2)


def _mark_caps(axes: Axes, occlusion: Occlusion, on_image: bool) -> None:
    if not on_image:
        axes.axvspan(occlusion.proximal_cap.s_mm.best, occlusion.distal_cap.s_mm.best, color=OCCLUSION_SHADE, lw=0, zorder=0)
    for cap in (occlusion.proximal_cap, occlusion.distal_cap):
        axes.axvspan(cap.s_mm.low, cap.s_mm.high, color=OCCLUSION, alpha=0.25, lw=0)
        axes.axvline(cap.s_mm.best, color=OCCLUSION, lw=1.6 if on_image else 1.0)


def _mark_doubtful(picture: Axes, below: Axes, ranges_mm: tuple[tuple[float, float], ...]) -> None:
    """Where calcium hides the lumen so that an occlusion is not excluded."""
    for start, end in ranges_mm:
        for axes in (picture, below):
            axes.axvspan(start, end, facecolor="none", edgecolor=OCCLUSION, hatch="////", lw=1.0)
    if ranges_mm:
        picture.set_title(DOUBTFUL, loc="right", pad=3, color=OCCLUSION)


def _label_caps(axes: Axes, occlusion: Occlusion) -> None:
    top = axes.get_xaxis_transform()

    def name(cap: Cap, side: str) -> str:
        return f"{side} cap, {cap.morphology}"

    pairs = ((occlusion.proximal_cap, "proximal", "right"), (occlusion.distal_cap, "distal", "left"))
    for cap, side, align in pairs:
        axes.text(
            cap.s_mm.best, 1.06, name(cap, side), transform=top, color=OCCLUSION, ha=align, va="bottom", fontweight="semibold"
        )
    middle = (occlusion.proximal_cap.s_mm.best + occlusion.distal_cap.s_mm.best) / 2
    axes.text(middle, 1.06, f"{occlusion.length_mm.best:.1f} mm", transform=top, color=OCCLUSION, ha="center", va="bottom")
    for branch in occlusion.side_branches:
        near = occlusion.proximal_cap if branch.at == "proximal" else occlusion.distal_cap
        place = near.s_mm.best + (-branch.distance_to_cap_mm if branch.at == "proximal" else branch.distance_to_cap_mm)
        axes.annotate(
            branch.name, (place, 0.86), xytext=(place, 0.97), xycoords=top, textcoords=top, color="white", ha="center", va="top",
            fontsize=6.5, arrowprops={"arrowstyle": "-", "color": "white", "lw": 0.6},
        )  # fmt: skip
    axes.tick_params(axis="x", color=DIM)
