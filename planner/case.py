"""The Analysis: everything computed from one volume and one plan. What the window shows and the exports write."""

from dataclasses import dataclass, field

from planner.calcium_score import NonContrast
from planner.occlusion import Occlusion
from planner.plan import Plan
from planner.scores.score import ScoreSheet
from planner.section_details import VesselDetails
from planner.subtraction_case import Subtraction
from planner.views import ViewPlan
from recon.quality import QualityRow
from recon.sections import ScanPhysics, VesselSections
from recon.vessels import Tree
from recon.volume import Finding, Volume


@dataclass(frozen=True, eq=False)
class Analysis:
    """`sections` is keyed by vessel name; `timings_s` has one row a step; `findings` come from the volume and every step;
    `found_tree` is the automatic tree before a person's edits; `quality` has the rows of the quality panel (clinical.md B.0);
    `measured` are the sections before a reader's changes, `details` what follows from each vessel's sections;
    `noncontrast` are scores of a non-contrast scan, when one was given, `subtraction` what it says of
    each section when that was asked for; `not_excluded_mm` are arc ranges, by vessel, where
    calcium hides the lumen so that an occlusion is not excluded."""

    volume: Volume
    plan: Plan
    tree: Tree
    physics: ScanPhysics | None
    sections: dict[str, VesselSections]
    occlusions: tuple[Occlusion, ...]
    scores: ScoreSheet
    views: ViewPlan
    findings: tuple[Finding, ...]
    timings_s: tuple[tuple[str, float], ...]
    version: str
    found_tree: Tree | None = None
    quality: tuple[QualityRow, ...] = ()
    measured: dict[str, VesselSections] = field(default_factory=dict)
    details: dict[str, VesselDetails] = field(default_factory=dict)
    noncontrast: NonContrast | None = None
    subtraction: Subtraction | None = None
    not_excluded_mm: dict[str, tuple[tuple[float, float], ...]] = field(default_factory=dict)

    @property
    def target(self) -> Occlusion | None:
        """The occlusion on the plan's target vessel, else the longest one."""
        on_target = [o for o in self.occlusions if o.vessel == self.plan.target]
        return max(on_target or self.occlusions, key=lambda o: o.length_mm.best, default=None)
