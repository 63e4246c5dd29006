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
    """The first opacified 20 mm distal to the distal cap (docs/clinical.md B.5).

    `calcium_per_mm` lists (s_mm, share of the section %, arc deg) of the most calcified section of each mm; None = not measured.
    """

    start_mm: float
    length_mm: float
    mean_lumen_diameter_mm: float | None
    min_lumen_diameter_mm: float | None
    calcium_free_runs_mm: tuple[tuple[float, float], ...]
    first_branch: str | None = None
    first_branch_distance_mm: float | None = None
    min_lumen_s_mm: float | None = None
    calcium_per_mm: tuple[tuple[float, float | None, float | None], ...] = ()

    @property
    def longest_calcium_free_mm(self) -> float:
        """Length of the longest run without calcium."""
        return max((end - start for start, end in self.calcium_free_runs_mm), default=0.0)


@dataclass(frozen=True, slots=True)
class Tortuosity:
    """Bends over 70 deg from the ostium to the cap and of the whole vessel, and how much longer than straight they are.

    Bends are (s_mm, angle_deg); an index is arc / chord - 1, for context only. `grade_before` is the PROGRESS-CTO word.
    """

    grade_before: str
    bends_before_mm_deg: tuple[tuple[float, float], ...]
    bends_vessel_mm_deg: tuple[tuple[float, float], ...]
    index_before: float | None
    index_inside: float | None
    index_vessel: float


@dataclass(frozen=True, slots=True)
class Remodelling:
    """Outer wall area inside the occlusion over that of the proximal reference: least and largest, and where (B.4)."""

    reference_wall_area_mm2: float
    least_ratio: float
    least_s_mm: float
    largest_ratio: float
    largest_s_mm: float
    shrunk_mm: float
    enlarged_mm: float


@dataclass(frozen=True, slots=True)
class Enhancement:
    """Contrast along the axis inside the occlusion, (s_mm, share of full contrast), every mm; hidden places are left out.

    `enhanced_share` is the part of it between 15 and 60 % of full contrast (B.4).
    """

    profile: tuple[tuple[float, float], ...]
    enhanced_share: float


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign for total or subtotal: its value, the published cut, which it favours (total, subtotal) and where it was seen."""

    name: str
    value: float
    unit: str
    operator: str
    cut: float
    favours: str
    s_mm: tuple[float, float]


@dataclass(frozen=True, slots=True)
class TotalOrSubtotal:
    """What the signs favour together: `chronic total`, `subtotal` or `neither`; a leaning, never a diagnosis (B.6)."""

    favours: str
    signs: tuple[Sign, ...]
    is_gradient_reversed: bool | None


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
    to the cap. `reference_s_mm` is where the proximal and the distal reference diameters were taken. `in_stent` is stated.
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
    reference_s_mm: tuple[tuple[float, float] | None, tuple[float, float] | None] = (None, None)
    tortuosity: Tortuosity | None = None
    remodelling: Remodelling | None = None
    enhancement: Enhancement | None = None
    total_or_subtotal: TotalOrSubtotal | None = None
    in_stent: bool | None = None


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
