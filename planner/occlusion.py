"""The occlusion in numbers: caps, length, bend, stump, side branches, calcium by zone, landing zone (docs/clinical.md B)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recon.estimate import Estimate
from recon.vessels import PointMm


@dataclass(frozen=True, slots=True)
class Cap:
    """Where the contrast lumen ends (proximal) or begins again (distal). `morphology`: blunt, tapered, flush, unknown."""

    s_mm: Estimate
    point_mm: PointMm
    morphology: str
    morphology_state: str
    taper_index: float | None
    ambiguous_on_ct: bool
    hidden_by_calcium: bool = False
    tapered_probability: float | None = None
    position_state: str = "auto"


@dataclass(frozen=True, slots=True)
class SideBranch:
    """A branch whose origin lies near a cap. `at`: proximal or distal.

    `origin_s_mm` is its origin on the occluded vessel; `is_beyond` says it leaves the open vessel, not the occlusion.
    """

    name: str
    distance_to_cap_mm: float
    angle_deg: float | None
    diameter_mm: float | None
    at: str
    origin_s_mm: float | None = None
    is_beyond: bool = True


@dataclass(frozen=True, slots=True)
class ZoneCalcium:
    """Calcium of one zone (docs/clinical.md B.7). Lengths are totals; `longest_run_mm` has the longest contiguous runs."""

    max_csa_pct: Estimate | None
    mean_csa_pct: float | None
    max_arc_deg: Estimate | None
    max_thickness_mm: float | None
    volume_mm3: Estimate | None
    length_csa_50_mm: float
    length_arc_180_mm: float
    length_arc_270_mm: float
    length_arc_360_mm: float
    calcium_length_mm: float
    max_csa_s_mm: float | None = None
    max_arc_s_mm: float | None = None
    sensitivity_max_csa_pct: tuple[tuple[str, float], ...] = ()
    longest_run_mm: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class LandingZone:
    """The first opacified 20 mm distal to the distal cap (docs/clinical.md B.5)."""

    start_mm: float
    length_mm: float
    mean_lumen_diameter_mm: float | None
    min_lumen_diameter_mm: float | None
    calcium_free_runs_mm: tuple[tuple[float, float], ...]
    first_branch: str | None = None
    first_branch_distance_mm: float | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """A proposal for the reader with the place that supports it."""

    code: str
    text: str
    s_mm: tuple[float, float]
    state: str = "auto"


@dataclass(frozen=True, eq=False)
class Occlusion:
    """One total occlusion on CT; a CTO only once the operator says so (`confirmed_cto`).

    `interruptions` counts the occlusions of this vessel with at least 5 mm of contrast between them; `total_length_mm` is then
    from the first proximal to the last distal cap. `bends_before_mm_deg` lists (s_mm, angle_deg) of bends over 70 deg proximal
    to the cap.
    """

    id: str
    vessel: str
    scct_segment: int | None
    proximal_cap: Cap
    distal_cap: Cap
    length_mm: Estimate
    chord_mm: float
    max_bend_deg: Estimate
    bend_s_mm: float
    side_branches: tuple[SideBranch, ...]
    calcium: dict[str, ZoneCalcium]
    landing_zone: LandingZone | None
    reference_diameter_proximal_mm: float | None
    reference_diameter_distal_mm: float | None
    flags: tuple[Flag, ...]
    confirmed_cto: bool | None = None
    bend_by_arm_deg: tuple[tuple[float, float], ...] = ()
    interruptions: int = 1
    course_probabilities: tuple[float, ...] = ()
    total_length_mm: Estimate | None = None
    reference_wall_diameter_proximal_mm: float | None = None
    reference_wall_diameter_distal_mm: float | None = None
    attenuation_gradient_hu_per_10_mm: float | None = None
    bends_before_mm_deg: tuple[tuple[float, float], ...] = ()
    is_ostial: bool = False


ZONES = ("proximal", "proximal_cap", "body", "distal_cap", "landing", "distal")


def zone_of(occlusion: Occlusion, s_mm: npt.NDArray[np.float64]) -> npt.NDArray[np.str_]:
    """The zone name of each arc position on the occluded vessel (docs/clinical.md B.7: caps +/- 2 mm, landing 20 mm)."""
    proximal, distal = occlusion.proximal_cap.s_mm.best, occlusion.distal_cap.s_mm.best
    zone = np.full(len(s_mm), "distal", dtype="<U12")
    zone[s_mm < distal + 20.0] = "landing"
    zone[s_mm <= distal + 2.0] = "distal_cap"
    zone[s_mm < distal - 2.0] = "body"
    zone[s_mm <= proximal + 2.0] = "proximal_cap"
    zone[s_mm < proximal - 2.0] = "proximal"
    return zone
