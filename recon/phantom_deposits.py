"""Calcium of a test object in vessel coordinates, and its exact measure per section (docs/clinical.md B.7)."""

import math
from dataclasses import dataclass

import numpy as np

from recon.estimate import FloatArray
from recon.kernels.phantom import FILLED, NODULE, SECTOR, section_measures

DEPOSIT_KINDS = {"sector": SECTOR, "ring": SECTOR, "filled": FILLED, "nodule": NODULE, "stent": SECTOR}
"""Names of deposit shapes; a ring is a sector of 360 degrees, a stent a metal ring that is no calcium."""

DEPOSIT_COLUMNS = 10


@dataclass(frozen=True, slots=True)
class Deposit:
    """One deposit between two arc positions; `theta_rad` is its middle, clockwise from 12 o'clock about the wall's centre.

    A sector or ring lies between two radii; a filled deposit reaches from the centre to `outer_mm`; a nodule is an
    ellipsoid whose section is the circle that touches both radii. `end_mm` is the length over which its ends round off.
    """

    kind: str
    start_mm: float
    end_s_mm: float
    theta_rad: float
    arc_rad: float
    inner_mm: float
    outer_mm: float
    hu: float
    end_mm: float = 0.5

    def row(self) -> FloatArray:
        """The deposit as a kernel row."""
        metal = 1.0 if self.kind == "stent" else 0.0
        arc = 2 * math.pi if self.kind in ("ring", "filled", "stent") else self.arc_rad
        return np.array(
            [
                DEPOSIT_KINDS[self.kind],
                self.start_mm,
                self.end_s_mm,
                self.theta_rad,
                arc,
                self.inner_mm,
                self.outer_mm,
                self.hu,
                min(self.end_mm, 0.5 * (self.end_s_mm - self.start_mm)),
                metal,
            ]
        )


def deposit_rows(deposits: tuple[Deposit, ...]) -> FloatArray:
    """Kernel rows (m, DEPOSIT_COLUMNS) of all deposits of a vessel."""
    return np.array([d.row() for d in deposits]) if deposits else np.empty((0, DEPOSIT_COLUMNS))


@dataclass(frozen=True, eq=False)
class SectionTruth:
    """Exact measures per section (n,); angles are about the wall's centre."""

    s_mm: FloatArray
    wall_area_mm2: FloatArray
    lumen_area_mm2: FloatArray
    calcium_area_mm2: FloatArray
    calcium_csa_pct: FloatArray
    calcium_arc_deg: FloatArray
    calcium_longest_arc_deg: FloatArray
    calcium_max_thickness_mm: FloatArray
    calcium_hu: FloatArray


def section_truth(
    s_mm: FloatArray, wall_r_mm: FloatArray, lumen_r_mm: FloatArray, offset_mm: FloatArray, deposits: tuple[Deposit, ...]
) -> SectionTruth:
    """Exact measures of sections (n,) with circular wall and lumen; `offset_mm` (n, 2) is wall centre minus centerline."""
    out = np.zeros((len(s_mm), 7))
    wall_area = math.pi * wall_r_mm**2
    rows = deposit_rows(deposits)
    touched = np.zeros(len(s_mm), bool)
    for deposit in deposits:
        touched |= (s_mm > deposit.start_mm) & (s_mm < deposit.end_s_mm)
    measured = np.zeros((int(touched.sum()), 7))
    section_measures(
        s_mm[touched],
        wall_r_mm[touched],
        lumen_r_mm[touched],
        np.ascontiguousarray(offset_mm[touched, 0]),
        np.ascontiguousarray(offset_mm[touched, 1]),
        rows,
        measured,
    )
    out[touched] = measured
    lumen_area = np.where(touched, out[:, 5], math.pi * lumen_r_mm**2)
    return SectionTruth(
        s_mm, wall_area, lumen_area, out[:, 0], 100 * out[:, 0] / wall_area, out[:, 1], out[:, 2], out[:, 3], out[:, 4]
    )
