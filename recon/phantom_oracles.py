"""Small test objects with one vessel in fat, and the calcium oracles P1 to P7 (docs/clinical.md G.2)."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recon.centerline import Centerline
from recon.estimate import FloatArray
from recon.geometry import Geometry
from recon.phantom_case import Case, Scan
from recon.phantom_chambers import Tissue, plain_scene
from recon.phantom_deposits import Deposit
from recon.phantom_vessel import PhantomVessel, PlannedOcclusion


@dataclass(frozen=True, slots=True)
class CalciumOracle:
    """A sector of calcium in a round vessel with its exact measures."""

    name: str
    radius_mm: float
    inner_mm: float
    outer_mm: float
    arc_deg: float

    @property
    def wall_area_mm2(self) -> float:
        """Area inside the outer wall."""
        return math.pi * self.radius_mm**2

    @property
    def area_mm2(self) -> float:
        """Area of calcium."""
        return self.arc_deg / 360 * math.pi * (self.outer_mm**2 - self.inner_mm**2)

    @property
    def csa_pct(self) -> float:
        """Share of the vessel's section."""
        return 100 * self.area_mm2 / self.wall_area_mm2

    def deposit(self, start_mm: float, end_mm: float, hu: float = 1000.0, theta_rad: float = 0.7) -> Deposit:
        """The oracle as a deposit with square ends."""
        arc = math.radians(self.arc_deg)
        return Deposit("sector", start_mm, end_mm, theta_rad, arc, self.inner_mm, self.outer_mm, hu, 1e-3)


ORACLES = (
    CalciumOracle("P1", 1.5, 1.0, 1.5, 180),
    CalciumOracle("P2", 1.5, 0.0, 1.5, 180),
    CalciumOracle("P3", 1.5, 1.5 / math.sqrt(2), 1.5, 360),
    CalciumOracle("P4", 1.5, 0.5, 1.5, 270),
    CalciumOracle("P5", 1.5, 0.0, 1.5, 360),
    CalciumOracle("P6", 2.0, 1.0, 1.5, 90),
    CalciumOracle("P7", 1.75, 0.0, 1.75, 179.9),
)


def tube_vessel(
    points_mm: npt.ArrayLike,
    lumen_mm: float = 1.4,
    wall_mm: float = 1.8,
    lumen_hu: float = 400.0,
    wall_hu: float = 60.0,
    occlusions: tuple[PlannedOcclusion, ...] = (),
    deposits: tuple[Deposit, ...] = (),
    name: str = "RCA",
) -> PhantomVessel:
    """A vessel of constant radii through LPS points."""
    line = Centerline.through(points_mm)
    count = len(line.s_mm)
    s = line.s_mm
    contrast = np.full(count, lumen_hu)
    for occlusion in occlusions:
        contrast[s > 0.5 * (occlusion.start_mm + occlusion.end_mm)] = lumen_hu * occlusion.distal_fill
    return PhantomVessel(
        name,
        "artery",
        line,
        np.full(count, lumen_mm),
        np.full(count, wall_mm),
        contrast,
        np.full(count, wall_hu),
        np.zeros((count, 2)),
        np.zeros(count),
        occlusions,
        deposits,
    )


def tube_case(
    vessels: tuple[PhantomVessel, ...],
    scan: Scan,
    spacing_mm: tuple[float, float, float] = (0.4, 0.35, 0.35),
    margin_mm: float = 8.0,
) -> Case:
    """The vessels alone in fat, on an axial grid (z, y, x spacing) around them."""
    points = np.vstack([v.centerline.points_mm for v in vessels])
    low, high = points.min(axis=0) - margin_mm, points.max(axis=0) + margin_mm
    step: FloatArray = np.array(spacing_mm)
    size = np.ceil((high - low)[::-1] / step).astype(int) + 1
    shape = (int(size[0]), int(size[1]), int(size[2]))
    geometry = Geometry.axial(shape, spacing_mm, (float(low[0]), float(low[1]), float(low[2])))
    return Case("tube", 1, geometry, scan, vessels, plain_scene(Tissue()))


OBLIQUE_LINE = ((0.0, 0.0, 0.0), (14.0, 9.0, 25.0))
"""A straight course of 30 mm that lies along no grid axis."""


ORACLE_FWHM_MM = 0.4
ORACLE_LINE = ((0.0, 0.0, 0.0), (9.4, 6.0, 16.6))
ORACLE_DEPOSIT_MM = (6.0, 14.0)
ORACLE_MIDDLE_MM = 10.0
"""Course of the calcium oracles (20 mm, along no grid axis), where their deposit lies and the section that is judged."""


def oracle_case(
    oracle: CalciumOracle, scan: Scan | None = None, spacing_mm: tuple[float, float, float] = (0.25, 0.25, 0.25)
) -> Case:
    """The oracle inside an occlusion of a straight vessel that is open at both ends; noiseless and sharp unless told.

    The blur is that of the first rows of docs/clinical.md B.8, the only one at which the thinnest oracle is not below it.
    """
    occlusion = PlannedOcclusion(3.5, 16.5, plaque_hu=60.0, distal_fill=1.0)
    deposit = oracle.deposit(*ORACLE_DEPOSIT_MM)
    vessel = tube_vessel(ORACLE_LINE, 0.75 * oracle.radius_mm, oracle.radius_mm, occlusions=(occlusion,), deposits=(deposit,))
    return tube_case((vessel,), scan or Scan(ORACLE_FWHM_MM, ORACLE_FWHM_MM, 0.0, 400.0), spacing_mm)
