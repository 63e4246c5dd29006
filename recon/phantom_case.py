"""One test object: anatomy, scan and what is true about it, without voxels."""

from dataclasses import dataclass, field
from functools import cached_property

from recon.geometry import Geometry
from recon.phantom_arteries import Root
from recon.phantom_chambers import Scene
from recon.phantom_truth import Truth, truth_of
from recon.phantom_vessel import PhantomVessel
from recon.volume import Identity


@dataclass(frozen=True, slots=True)
class Scan:
    """How the test object is imaged."""

    psf_in_plane_fwhm_mm: float = 0.7
    psf_z_fwhm_mm: float = 0.7
    noise_sd_hu: float = 30.0
    lumen_hu: float = 400.0
    phase_pct: float = 75.0
    kvp: float = 120.0
    kernel: str = "Bv40"
    motion_steps: tuple[tuple[float, float, float], ...] = ()
    streak_hu: float = 0.0


@dataclass(frozen=True, eq=False)
class Case:
    """A test object and its scan; `motion_steps` rows are (above z LPS mm, shift x mm, shift y mm).

    `hazards` names what makes the case hard (motion, stent, low-contrast, bright-veins, bridging, pacemaker).
    """

    name: str
    seed: int
    geometry: Geometry
    scan: Scan
    vessels: tuple[PhantomVessel, ...]
    scene: Scene
    root: Root | None = None
    dominance: str = "right"
    hazards: tuple[str, ...] = ()
    identity: Identity = field(default_factory=Identity)

    def vessel(self, name: str) -> PhantomVessel:
        """The vessel of that name; raises KeyError when the case has none."""
        for vessel in self.vessels:
            if vessel.name == name:
                return vessel
        raise KeyError(name)

    @cached_property
    def truth(self) -> Truth:
        """Everything that is exactly known about the case."""
        return truth_of(self.vessels, self.root, self.dominance)
