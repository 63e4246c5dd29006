"""The cap sheet: the pictures and numbers behind "where does the wire go first" (docs/clinical.md B.1, B.2)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.occlusion import Cap, Occlusion, SideBranch
from planner.zones import runs
from recon.arc import closed_gaps
from recon.estimate import FloatArray
from recon.reformat import View, oblique_view, section_view
from recon.sections import CALCIUM_ANGLES, VesselSections
from recon.vessels import Vessel
from recon.volume import Volume

PIXEL_MM = 0.1
HALF_WIDTH_MM = 7.5
SLAB_MM = 1.5
NEAR_CAP_MM = 2.0
PROFILE_MM = 8.0
SMALLEST_SECTOR_DEG = 15
DEG_PER_HOUR = 30.0


@dataclass(frozen=True, slots=True)
class FreeSector:
    """A sector without calcium within 2 mm of the cap, clockwise from `start_clock` to `end_clock` (hours, 0 to 12)."""

    start_clock: float
    end_clock: float
    width_deg: float


@dataclass(frozen=True, eq=False)
class CapSheet:
    """One cap. `slabs` are 1.5 mm thick through the cap: along the vessel 12 to 6 o'clock, along it 3 to 9, and across it.

    `profile_mm` (n,) is the distance into the lumen, `lumen_radius_mm` (n,) the measured radius there (NaN = hidden).
    """

    occlusion: str
    which: str
    cap: Cap
    slabs: tuple[tuple[str, View], ...]
    section: View
    profile_mm: FloatArray
    lumen_radius_mm: FloatArray
    branches: tuple[SideBranch, ...]
    max_calcium_csa_pct: float | None
    max_calcium_arc_deg: float | None
    calcium_free: tuple[FreeSector, ...]


def cap_sheet(volume: Volume, vessel: Vessel, occlusion: Occlusion, sections: VesselSections, which: str) -> CapSheet:
    """Slabs and section on a 0.1 mm grid, the end of the lumen, branches, calcium and the clock free of it at one cap."""
    cap = occlusion.proximal_cap if which == "proximal" else occlusion.distal_cap
    point, tangent, normal, binormal = vessel.centerline.at(cap.s_mm.best)
    count = 2 * round(HALF_WIDTH_MM / PIXEL_MM) + 1

    def slab(right: FloatArray, up: FloatArray) -> View:
        return oblique_view(volume, point, right, up, (count, count), PIXEL_MM, SLAB_MM, "mean")

    near = np.abs(sections.s_mm - cap.s_mm.best) <= NEAR_CAP_MM
    distance, radius = _lumen_end(sections, cap, which)
    return CapSheet(
        occlusion=occlusion.id,
        which=which,
        cap=cap,
        slabs=(
            ("along 12 to 6", slab(tangent, normal)),
            ("along 3 to 9", slab(tangent, binormal)),
            ("across", slab(binormal, normal)),
        ),
        section=section_view(volume, vessel.centerline, cap.s_mm.best, HALF_WIDTH_MM, PIXEL_MM),
        profile_mm=distance,
        lumen_radius_mm=radius,
        branches=tuple(b for b in occlusion.side_branches if b.at == which),
        max_calcium_csa_pct=_largest(sections.calcium_csa_pct.best[near]),
        max_calcium_arc_deg=_largest(sections.calcium_arc_deg.best[near]),
        calcium_free=calcium_free_sectors(sections, near),
    )


def calcium_free_sectors(sections: VesselSections, rows: npt.NDArray[np.bool_]) -> tuple[FreeSector, ...]:
    """Sectors of at least 15 degrees without calcium in any of the sections marked, widest first; the clock looks distally."""
    covered = np.asarray(np.isfinite(sections.calcium_outer_r_mm[rows]).any(axis=0))
    if not covered.any():
        return (FreeSector(0.0, 12.0, 360.0),)
    start = int(np.argmax(covered))
    free = ~np.roll(closed_gaps(covered.reshape(1, -1))[0], -start)
    step = 360.0 / CALCIUM_ANGLES
    found = [
        FreeSector(_clock((a + start) * step), _clock((b + start) * step), (b - a) * step)
        for a, b in runs(free)
        if (b - a) * step >= SMALLEST_SECTOR_DEG
    ]
    return tuple(sorted(found, key=lambda sector: -sector.width_deg))


def _clock(theta_deg: float) -> float:
    return theta_deg % 360.0 / DEG_PER_HOUR


def _lumen_end(sections: VesselSections, cap: Cap, which: str) -> tuple[FloatArray, FloatArray]:
    sign = 1.0 if which == "proximal" else -1.0
    distance = sign * (cap.s_mm.best - sections.s_mm)
    rows = (distance >= -NEAR_CAP_MM) & (distance <= PROFILE_MM)
    order = np.argsort(distance[rows])
    radius = np.sqrt(np.maximum(sections.lumen_area_mm2[rows], 0.0) / np.pi)
    return distance[rows][order], radius[order]


def _largest(values: FloatArray) -> float | None:
    return float(np.nanmax(values)) if np.isfinite(values).any() else None
