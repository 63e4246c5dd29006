"""Zones and lesions of the details as plain objects for occlusions.json (docs/outputs.md)."""

from collections.abc import Mapping
from typing import Any

from planner.calcium_region import CalciumRegion, RemodellingRange
from planner.case import Analysis
from planner.lesions import calcium_lesions, zone_regions
from planner.occlusion import Occlusion
from recon.estimate import Estimate
from recon.free_windows import FreeWindow

DECIMALS = 4


def lesion_objects(analysis: Analysis) -> list[dict[str, Any]]:
    """All calcified lesions, vessel by vessel from its ostium on."""
    found = []
    for vessel in analysis.tree.vessels:
        sections, details = analysis.sections.get(vessel.name), analysis.details.get(vessel.name)
        if sections is not None and details is not None:
            found += [
                {"vessel": lesion.vessel, "number": lesion.number} | region_object(lesion.region)
                for lesion in calcium_lesions(vessel.name, sections, details)
            ]
    return found


def zone_objects(analysis: Analysis, occlusion: Occlusion) -> dict[str, dict[str, Any]]:
    """The further measures of each zone, to stand beside its calcium."""
    sections, details = analysis.sections.get(occlusion.vessel), analysis.details.get(occlusion.vessel)
    if sections is None or details is None:
        return {}
    return {name: region_object(region) for name, region in zone_regions(occlusion, sections, details).items()}


def region_object(region: CalciumRegion) -> dict[str, Any]:
    """One stretch with all its measures and their intervals."""
    return {
        "s_mm": [_number(region.start_mm), _number(region.end_mm)],
        "max_csa_pct": _estimate(region.max_csa_pct),
        "mean_csa_pct": _estimate(region.mean_csa_pct),
        "max_arc_deg": _estimate(region.max_arc_deg),
        "max_thickness_mm": _estimate(region.max_thickness_mm),
        "volume_mm3": _estimate(region.volume_mm3),
        "contrast_scan_density_index": _estimate(region.density_index),
        "length_mm": _estimates(region.length_mm),
        "longest_run_mm": _estimates(region.longest_run_mm),
        "depth_mm": {name: _number(value) for name, value in region.depth_mm.items()},
        "eccentricity": _estimate(region.eccentricity),
        "plaque_mm3": _estimates(region.plaque_mm3) | {"not_classed_edge": _number(region.edge_mm3)},
        "remodelling_index": _remodelling(region.remodelling),
        "calcium_free_windows": [_window(window) for window in region.windows],
        "not_reliable_mm": _number(region.not_reliable_mm),
        "not_measured_mm": _number(region.not_measured_mm),
    }


def _remodelling(found: RemodellingRange | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "smallest": _estimate(found.smallest),
        "smallest_s_mm": _number(found.smallest_s_mm),
        "mean": _number(found.mean),
        "largest": _estimate(found.largest),
        "largest_s_mm": _number(found.largest_s_mm),
    }


def _window(window: FreeWindow) -> dict[str, Any]:
    return {
        "s_mm": [_number(window.start_mm), _number(window.end_mm)],
        "clock_deg": [_number(window.from_deg), _number(window.to_deg)],
        "length_mm": _estimate(window.length_mm),
        "arc_deg": _estimate(window.arc_deg),
    }


def _estimates(values: Mapping[str, Estimate]) -> dict[str, Any]:
    return {name: _estimate(value) for name, value in values.items()}


def _estimate(value: Estimate | None) -> dict[str, float] | None:
    return None if value is None else {edge: _number(getattr(value, edge)) for edge in ("low", "best", "high")}


def _number(value: float) -> float:
    return round(float(value), DECIMALS)
