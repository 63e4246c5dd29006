"""Rows of the report on zones and lesions: depth, plaque, remodelling and calcium-free windows."""

from planner.calcium_region import CalciumRegion
from planner.case import Analysis
from planner.lesions import calcium_lesions, zone_regions
from planner.occlusion import Occlusion
from planner.text import clock_text, interval_text
from recon.estimate import Estimate
from recon.free_windows import FreeWindow

MOST_SHOWN = 2
"""Windows listed for a zone."""


def zone_detail_rows(analysis: Analysis, found: Occlusion, names: dict[str, str]) -> list[list[str]]:
    """One row a zone: depth, eccentricity, density index, plaque, remodelling, windows."""
    sections, details = analysis.sections.get(found.vessel), analysis.details.get(found.vessel)
    if sections is None or details is None:
        return []
    regions = zone_regions(found, sections, details)
    return [[names[name], *_detail_cells(region)] for name, region in regions.items() if name in names]


def lesion_rows(analysis: Analysis) -> list[list[str]]:
    """One row a calcified lesion of any vessel."""
    rows = []
    for vessel in analysis.tree.vessels:
        sections, details = analysis.sections.get(vessel.name), analysis.details.get(vessel.name)
        if sections is None or details is None:
            continue
        for lesion in calcium_lesions(vessel.name, sections, details):
            region = lesion.region
            rows.append(
                [
                    f"{lesion.vessel} {lesion.number}",
                    f"{region.start_mm:.1f}-{region.end_mm:.1f}",
                    interval_text(region.max_csa_pct, 0),
                    interval_text(region.max_arc_deg, 0),
                    interval_text(region.max_thickness_mm, 1),
                    interval_text(region.volume_mm3, 0),
                    interval_text(region.density_index, 0),
                    interval_text(region.length_mm["csa_50"], 1),
                ]
            )
    return rows


def window_text(window: FreeWindow) -> str:
    """Where a calcium-free window lies and how large it is, with both intervals."""
    where = "all round" if window.arc_deg.best >= 360.0 else f"{clock_text(window.from_deg)} to {clock_text(window.to_deg)}"
    return (
        f"{window.start_mm:.1f}-{window.end_mm:.1f} mm, {where}: length {interval_text(window.length_mm, 1, 'mm')}, "
        f"arc {interval_text(window.arc_deg, 0, 'deg')}"
    )


def _detail_cells(region: CalciumRegion) -> list[str]:
    depth = ", ".join(f"{name} {length:.1f} mm" for name, length in region.depth_mm.items() if length > 0)
    windows = "; ".join(window_text(window) for window in region.windows[:MOST_SHOWN])
    return [
        depth or "no calcium",
        "-" if region.eccentricity is None else interval_text(region.eccentricity, 2),
        interval_text(region.density_index, 0),
        f"{_volume(region.plaque_mm3['low'])} / {_volume(region.plaque_mm3['middle'])} / {region.edge_mm3:.0f}",
        _remodelling(region),
        windows or "none of 60 deg and 2 mm",
    ]


def _volume(value: Estimate) -> str:
    return interval_text(value, 1)


def _remodelling(region: CalciumRegion) -> str:
    found = region.remodelling
    if found is None:
        return "no reference"
    return f"{interval_text(found.smallest, 2)} to {interval_text(found.largest, 2)}"
