"""Whether device lengths reach from the ostium to the caps, and the diameters for sizing (docs/clinical.md C.13)."""

from dataclasses import dataclass

from planner.devices import Device
from planner.occlusion import Occlusion
from recon.vessels import Tree

CONNECTOR_MM = 100.0
"""Length lost in the connector behind the guide (app setting)."""
BEYOND_CAP_MM = 20.0
"""A device should reach this far beyond the distal cap (app setting: the landing zone)."""
REACHING = ("microcatheter", "balloon", "guide extension")
GUIDE = "guide"
GRAFTS = ("LIMA", "RIMA", "SVG")


@dataclass(frozen=True, slots=True)
class Reach:
    """One device class on one route: the length needed beyond the guide's tip and the length there is."""

    device: Device
    guide: Device
    route: str
    needed_mm: float
    available_mm: float

    @property
    def margin_mm(self) -> float:
        """What is left over; negative = does not reach."""
        return self.available_mm - self.needed_mm


@dataclass(frozen=True, slots=True)
class SizingContext:
    """Reference diameters of one occlusion: lumen and outer wall before it, outer wall beyond it; None = not measured."""

    lumen_proximal_mm: float | None
    wall_proximal_mm: float | None
    lumen_distal_mm: float | None
    wall_distal_mm: float | None
    note: str = "The distal lumen is under-filled in an occlusion: the outer wall is nearer to its size. IVUS decides."


def routes_mm(occlusion: Occlusion, tree: Tree) -> dict[str, float]:
    """Length from each guide position to 20 mm beyond the distal cap: antegrade, and by each traced graft to the distal cap."""
    antegrade = occlusion.distal_cap.s_mm.best + BEYOND_CAP_MM
    found = {"antegrade": antegrade}
    for graft in tree.vessels:
        if graft.name.startswith(GRAFTS) and graft.parent == occlusion.vessel and graft.parent_s_mm is not None:
            found[f"retrograde by {graft.name}"] = graft.centerline.length_mm + abs(
                graft.parent_s_mm - occlusion.distal_cap.s_mm.best
            )
    return found


def reach(occlusion: Occlusion, tree: Tree, catalogue: tuple[Device, ...]) -> tuple[Reach, ...]:
    """Every class with a working length against every guide and route."""
    guides = [d for d in catalogue if d.kind == GUIDE and d.working_length_mm]
    devices = [d for d in catalogue if d.kind in REACHING and d.working_length_mm]
    return tuple(
        Reach(device, guide, route, needed, (device.working_length_mm or 0.0) - (guide.working_length_mm or 0.0) - CONNECTOR_MM)
        for route, needed in routes_mm(occlusion, tree).items()
        for guide in guides
        for device in devices
    )


def sizing_context(occlusion: Occlusion) -> SizingContext:
    """The reference diameters balloons and stents are thought about with."""
    return SizingContext(
        occlusion.reference_diameter_proximal_mm,
        occlusion.reference_wall_diameter_proximal_mm,
        occlusion.reference_diameter_distal_mm,
        occlusion.reference_wall_diameter_distal_mm,
    )
