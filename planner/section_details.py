"""What follows from the measured sections of one vessel: unrolled maps, place and depth of calcium, plaque, volumes."""

from dataclasses import dataclass

from recon.bend_volume import calcium_volume_factor
from recon.calcium_shape import CalciumShape, calcium_shape
from recon.estimate import FloatArray
from recon.plaque import PlaqueSections, plaque_sections
from recon.sections import ScanPhysics, VesselSections
from recon.unrolled import UnrolledMaps, unrolled_maps, vessel_image
from recon.vessels import Vessel
from recon.volume import Volume


@dataclass(frozen=True, eq=False)
class VesselDetails:
    """Details of one vessel, n rows as its sections; `volume_factor` (n,) is the calcium volume over area times step."""

    maps: UnrolledMaps
    shape: CalciumShape
    plaque: PlaqueSections
    volume_factor: FloatArray


def vessel_details(volume: Volume, vessel: Vessel, sections: VesselSections, physics: ScanPhysics) -> VesselDetails:
    """Details of one measured vessel."""
    image = vessel_image(volume, vessel.centerline, sections)
    return VesselDetails(
        unrolled_maps(image, sections),
        calcium_shape(sections),
        plaque_sections(image, sections, physics),
        calcium_volume_factor(vessel.centerline, sections),
    )
