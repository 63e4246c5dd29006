"""Values of the coronary tree: named vessels, courses through an occlusion, typed problems."""

from dataclasses import dataclass

from recon.centerline import Centerline
from recon.estimate import FloatArray

PointMm = tuple[float, float, float]
"""One LPS position."""


@dataclass(frozen=True, slots=True)
class Segment:
    """An SCCT segment (docs/clinical.md E) and the arc it spans."""

    scct: int
    start_mm: float
    end_mm: float


@dataclass(frozen=True, eq=False)
class Course:
    """One way through an occlusion, or where lumen is not clearly seen: `points_mm` (n, 3) between clear lumen at both ends,
    with a radius of uncertainty (n,).

    `way_mm` is the arc range of the vessel it leads through; the probabilities of the courses of one range sum to 1.
    """

    probability: float
    points_mm: FloatArray
    radius_of_uncertainty_mm: FloatArray
    way_mm: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """A typed result of a search that did not arrive: where it died and what to do."""

    code: str
    vessel: str
    s_mm: float | None
    point_mm: PointMm | None
    advice: str


@dataclass(frozen=True, eq=False)
class Vessel:
    """A followed vessel. `confidence` (0..1) and `lumen_radius_mm` (0 where bridged) have one value per centerline point.

    `bridged_mm` are the arc ranges that were followed without contrast, before any cap was measured.
    """

    name: str
    centerline: Centerline
    lumen_radius_mm: FloatArray
    confidence: FloatArray
    parent: str | None = None
    parent_s_mm: float | None = None
    segments: tuple[Segment, ...] = ()
    bridged_mm: tuple[tuple[float, float], ...] = ()
    courses: tuple[Course, ...] = ()
    state: str = "auto"


@dataclass(frozen=True, eq=False)
class Aorta:
    """The ascending aorta and root: axis points (n, 3) from the root upwards and radii (n,)."""

    axis_mm: FloatArray
    radius_mm: FloatArray
    mean_hu: float
    sd_hu: float


@dataclass(frozen=True, eq=False)
class Tree:
    """All vessels found in one volume and the problems met."""

    vessels: tuple[Vessel, ...]
    problems: tuple[Problem, ...]
    aorta: Aorta | None
    left_ostium_mm: PointMm | None
    right_ostium_mm: PointMm | None
    dominance: str = "unknown"

    def vessel(self, name: str) -> Vessel | None:
        """The vessel of that name, if it was found."""
        return next((v for v in self.vessels if v.name == name), None)

    def lines_beside(self, vessel: Vessel) -> tuple[Centerline, ...]:
        """The centerlines of all other vessels."""
        return tuple(v.centerline for v in self.vessels if v.name != vessel.name)
