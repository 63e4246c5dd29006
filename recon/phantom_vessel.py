"""A vessel of a test object: centerline, wall, lumen, occlusions and deposits, all analytic."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from recon.centerline import Centerline
from recon.estimate import FloatArray
from recon.phantom_deposits import Deposit, SectionTruth, section_truth
from recon.sections import SECTION_STEP_MM


@dataclass(frozen=True, slots=True)
class CapShape:
    """How the lumen ends: blunt, tapered (radius ~ distance**power over `length_mm`) or flush (no stump)."""

    kind: str = "blunt"
    length_mm: float = 4.0
    power: float = 0.5


@dataclass(frozen=True, slots=True)
class PlannedOcclusion:
    """A total occlusion between two arc positions. `distal_fill` is the distal contrast as a part of the proximal one.

    `distal`: filled (by collaterals), dark (the vessel goes on without contrast) or absent (it ends at the occlusion).
    """

    start_mm: float
    end_mm: float
    proximal: CapShape = CapShape()
    distal_cap: CapShape = CapShape()
    plaque_hu: float = 60.0
    distal_fill: float = 0.7
    distal: str = "filled"

    @property
    def length_mm(self) -> float:
        """Arc length from cap to cap."""
        return self.end_mm - self.start_mm


@dataclass(frozen=True, eq=False)
class PhantomVessel:
    """A vessel with profiles per centerline point; radii are before any occlusion (`open_lumen_mm` ignores it).

    `offset_mm` (n, 2) is the wall's centre minus the centerline, along normal and binormal; `kind` is artery or vein.
    `buried_mm` is the first part of a branch that lies inside an occluded parent; `fat_mm` is the fat kept around the wall.
    """

    name: str
    kind: str
    centerline: Centerline
    open_lumen_mm: FloatArray
    wall_mm: FloatArray
    lumen_hu: FloatArray
    wall_hu: FloatArray
    offset_mm: FloatArray
    fat_mm: FloatArray
    occlusions: tuple[PlannedOcclusion, ...] = ()
    deposits: tuple[Deposit, ...] = ()
    parent: str | None = None
    parent_s_mm: float | None = None
    own_from_mm: float = 0.0
    ostial: bool = False
    buried_mm: float = 0.0
    plaques_mm: tuple[tuple[float, float], ...] = field(default=())

    def is_open(self, s_mm: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Whether contrast lumen exists at each arc position."""
        s = np.asarray(s_mm, dtype=float)
        inside = s < self.buried_mm
        for occlusion in self.occlusions:
            inside |= (s >= occlusion.start_mm) & (s <= self.dark_until_mm(occlusion))
        return ~inside

    def dark_until_mm(self, occlusion: PlannedOcclusion) -> float:
        """Where contrast begins again after an occlusion; beyond the end when it never does."""
        return occlusion.end_mm if occlusion.distal == "filled" else self.centerline.length_mm + 1.0

    def lumen_mm(self, s_mm: npt.ArrayLike) -> FloatArray:
        """Lumen radius at arc positions, caps and occlusions included (0 where occluded)."""
        s = np.asarray(s_mm, dtype=float)
        return np.where(self.is_open(s), self.capped_lumen_mm(s), 0.0)

    def capped_lumen_mm(self, s_mm: npt.ArrayLike) -> FloatArray:
        """Lumen radius with the taper of caps, not yet zero inside occlusions."""
        s = np.asarray(s_mm, dtype=float)
        radius = np.interp(s, self.centerline.s_mm, self.open_lumen_mm)
        for occlusion in self.occlusions:
            for cap, distance in ((occlusion.proximal, occlusion.start_mm - s), (occlusion.distal_cap, s - occlusion.end_mm)):
                if cap.kind == "tapered":
                    near = (distance >= 0) & (distance < cap.length_mm)
                    radius = np.where(near, radius * np.maximum(distance / cap.length_mm, 0.0) ** cap.power, radius)
        return np.asarray(radius)

    def sections(self, step_mm: float = SECTION_STEP_MM) -> SectionTruth:
        """Exact section measures every `step_mm` from s = 0."""
        s = np.arange(0.0, self.centerline.length_mm + 1e-6, step_mm)
        known = self.centerline.s_mm
        offset = np.stack([np.interp(s, known, self.offset_mm[:, a]) for a in range(2)], axis=1)
        return section_truth(s, np.interp(s, known, self.wall_mm), self.lumen_mm(s), offset, self.deposits)
