"""The pipeline (Volume, Plan) -> Analysis, as named steps; a step whose inputs an edit did not touch keeps its value."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from planner.case import Analysis
from planner.hidden_lumen import hidden_findings, not_excluded
from planner.line_edits import edited_lines
from planner.occlusion_search import find_occlusions
from planner.plan import Plan, VesselPath
from planner.quality_effects import measuring_blocked_by, with_image_quality
from planner.scores import score_sheet
from planner.section_details import VesselDetails, vessel_details
from planner.section_edits import edited_sections, edits_on
from planner.settings import lab_profile
from planner.version import VERSION
from planner.view_search import view_plan
from recon.centerline import Centerline
from recon.errors import PlannerError
from recon.measure import measure_sections
from recon.path import PathFailure, follow
from recon.physics import scan_physics
from recon.quality import QualityRow, quality_panel
from recon.quality_track import with_slice_quality
from recon.report import Report, part_of, silent
from recon.sections import ScanPhysics, VesselSections
from recon.tree import Seeds, coronary_tree
from recon.tree_edit import replace_course
from recon.tree_vessels import OnVessel, untold
from recon.vessels import Problem, Tree, Vessel
from recon.volume import Finding, Volume

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Span:
    """Where a step lies in the whole work, as fractions of its usual time."""

    start: float
    end: float


SPANS = {
    "tree": _Span(0.0, 0.62),
    "paths": _Span(0.62, 0.66),
    "scan physics": _Span(0.66, 0.70),
    "sections": _Span(0.70, 0.90),
    "section edits": _Span(0.90, 0.905),
    "section details": _Span(0.905, 0.92),
    "occlusions": _Span(0.92, 0.94),
    "views": _Span(0.94, 0.98),
    "scores": _Span(0.98, 0.99),
    "quality": _Span(0.99, 1.0),
}


class _Steps:
    """Runs steps under one progress report and keeps their times."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self.timings_s: list[tuple[str, float]] = []

    def run(self, name: str, step: Callable[[Report], Value]) -> Value:
        span = SPANS[name]
        started = time.perf_counter()
        report = part_of(self._report, span.start, span.end)
        report(0.0, name)
        value = step(report)
        self.timings_s.append((name, time.perf_counter() - started))
        return value


def analyze(
    volume: Volume, plan: Plan, report: Report = silent, previous: Analysis | None = None, on_vessel: OnVessel = untold
) -> Analysis:
    """Everything that follows from a volume and a plan.

    `previous` is an analysis of the same volume: its steps are reused where the plan's parts they read are unchanged.
    `on_vessel` is told of each automatic vessel as soon as it is seen, on the thread of the caller (recon.tree.coronary_tree).
    Raises PlannerError when the plan belongs to another series, Cancelled when the report says so. A vessel that could
    not be followed or measured is a problem or finding of the result, not an error.
    """
    _check_same_series(volume, plan)
    kept = previous if previous is not None and previous.volume is volume else None
    steps = _Steps(report)
    found = steps.run("tree", lambda r: _found_tree(volume, plan, r, kept, on_vessel))
    tree = steps.run("paths", lambda r: _edited_tree(volume, found, plan, r, kept))
    physics = steps.run("scan physics", lambda r: _physics(volume, found, plan, r, kept))
    measured, findings = steps.run("sections", lambda r: _all_sections(volume, tree, physics, r, kept))
    sections, not_applied = steps.run("section edits", lambda _: _edited_sections(volume, tree, measured, plan))
    details = steps.run("section details", lambda r: _all_details(volume, tree, sections, physics, r, kept))
    occlusions = steps.run("occlusions", lambda _: with_image_quality(find_occlusions(tree, sections, physics, plan), sections))
    doubtful = not_excluded(tree, sections, physics, occlusions)
    views = steps.run("views", lambda _: view_plan(tree, occlusions, sections, lab_profile(plan.lab)))
    scores = steps.run("scores", lambda _: score_sheet(occlusions, sections, tree, plan))
    quality = steps.run("quality", lambda r: _quality(volume, found, plan, r, kept))
    return Analysis(
        volume=volume,
        plan=plan,
        tree=tree,
        physics=physics,
        sections=sections,
        occlusions=occlusions,
        scores=scores,
        views=views,
        findings=volume.findings + findings + hidden_findings(doubtful) + not_applied + _overrides(plan),
        timings_s=tuple(steps.timings_s),
        version=VERSION,
        found_tree=found,
        quality=quality,
        measured=measured,
        details=details,
        not_excluded_mm=doubtful,
    )


def _check_same_series(volume: Volume, plan: Plan) -> None:
    stated, loaded = plan.series.series_uid, volume.identity.series_uid
    if stated != loaded:
        raise PlannerError(
            "This plan belongs to another series.",
            f"The plan names series {stated or '(none)'}, the images are {loaded or '(none)'}.",
            "Open the images the plan was made for, or start a new plan.",
        )


def _found_tree(volume: Volume, plan: Plan, report: Report, kept: Analysis | None, on_vessel: OnVessel) -> Tree:
    """The automatic tree; it depends on the stated ostia only."""
    if kept is not None and kept.found_tree is not None and _ostia(kept.plan) == _ostia(plan):
        return kept.found_tree
    return coronary_tree(volume, Seeds(plan.left_ostium_mm, plan.right_ostium_mm), report, on_vessel)


def _ostia(plan: Plan) -> tuple[object, object]:
    return plan.left_ostium_mm, plan.right_ostium_mm


def _edited_tree(volume: Volume, found: Tree, plan: Plan, report: Report, kept: Analysis | None) -> Tree:
    """The automatic tree with a person's courses, names and removals on top."""
    if kept is not None and kept.found_tree is found and _tree_edits(kept.plan) == _tree_edits(plan):
        return kept.tree
    tree = found
    for number, path in enumerate(plan.paths):
        report(number / max(1, len(plan.paths)), f"following {path.name}")
        tree = _with_path(volume, tree, path, kept)
    names = dict(plan.renamed)
    vessels = tuple(_renamed(v, names) for v in tree.vessels if v.name not in plan.removed)
    return _with_line_edits(volume, replace(tree, vessels=vessels), found, plan, kept)


def _with_line_edits(volume: Volume, tree: Tree, found: Tree, plan: Plan, kept: Analysis | None) -> Tree:
    """The tree with a reader's changes of lines; a vessel whose changes stayed the same keeps its line and what was measured."""
    made = edited_lines(volume, tree, plan.line_edits)
    if kept is None or kept.found_tree is not found or kept.plan.paths != plan.paths:
        return made
    touched = {e.vessel for e in {*plan.line_edits, *kept.plan.line_edits}}
    same = {
        name
        for name in touched
        if _edits_of(plan, name) == _edits_of(kept.plan, name) and kept.tree.vessel(name) and tree.vessel(name)
    }
    vessels = tuple((kept.tree.vessel(v.name) or v) if v.name in same else v for v in made.vessels)
    return replace(made, vessels=vessels)


def _edits_of(plan: Plan, name: str) -> tuple[object, ...]:
    """Every decision that shapes one vessel."""
    return tuple(e for e in plan.line_edits if name in (e.vessel, e.other)), plan.renamed, plan.removed


def _tree_edits(plan: Plan) -> tuple[object, ...]:
    return plan.paths, plan.renamed, plan.removed, plan.line_edits


def _with_path(volume: Volume, tree: Tree, path: VesselPath, kept: Analysis | None) -> Tree:
    course = _followed_before(path, kept) or follow(volume, path.control_points_mm)
    if isinstance(course, PathFailure):
        problem = Problem(course.code, path.name, course.s_mm, course.point_mm, course.told)
        return replace(tree, problems=(*tree.problems, problem))
    return replace_course(volume, tree, path.name, course, path.said.state)


def _followed_before(path: VesselPath, kept: Analysis | None) -> Centerline | None:
    """The same centerline object for the same drawn path, so that its sections are kept as well."""
    if kept is None or path not in kept.plan.paths:
        return None
    name = dict(kept.plan.renamed).get(path.name, path.name)
    vessel = kept.tree.vessel(name)
    return vessel.centerline if vessel is not None and vessel.state == path.said.state else None


def _renamed(vessel: Vessel, names: dict[str, str]) -> Vessel:
    parent = names.get(vessel.parent, vessel.parent) if vessel.parent else None
    name = names.get(vessel.name, vessel.name)
    return vessel if (name, parent) == (vessel.name, vessel.parent) else replace(vessel, name=name, parent=parent)


def _physics(volume: Volume, found: Tree, plan: Plan, report: Report, kept: Analysis | None) -> ScanPhysics | None:
    """None when there is nothing to measure, or when the values are no Hounsfield units and no reader overrode that."""
    if not found.vessels or measuring_blocked_by(volume, plan):
        return None
    if kept is not None and kept.found_tree is found and kept.physics is not None:
        return kept.physics
    return scan_physics(volume, found, report)


def _all_sections(
    volume: Volume, tree: Tree, physics: ScanPhysics | None, report: Report, kept: Analysis | None
) -> tuple[dict[str, VesselSections], tuple[Finding, ...]]:
    """Sections of every vessel; a vessel that cannot be measured becomes a finding."""
    sections: dict[str, VesselSections] = {}
    findings: list[Finding] = []
    if physics is None:
        return sections, ()
    for number, vessel in enumerate(tree.vessels):
        part = part_of(report, number / len(tree.vessels), (number + 1) / len(tree.vessels))
        part(0.0, f"measuring {vessel.name}")
        before = _measured_before(vessel, physics, kept)
        if before is not None:
            sections[vessel.name] = before
            continue
        try:
            measured = measure_sections(volume, vessel, physics, part, tree.lines_beside(vessel))
            sections[vessel.name] = with_slice_quality(measured, volume, vessel.centerline)
        except PlannerError as error:
            findings.append(
                Finding("vessel-not-measured", f"{vessel.name}: {error.where}", error.what, "No sections.", error.advice)
            )
    return sections, tuple(findings)


def _quality(volume: Volume, found: Tree, plan: Plan, report: Report, kept: Analysis | None) -> tuple[QualityRow, ...]:
    """The quality panel; only the reader's tags change while the tree stays the same."""
    if kept is not None and kept.quality and kept.found_tree is found and kept.plan.implants == plan.implants:
        return kept.quality
    return quality_panel(volume, found, implants_text(plan), report)


def implants_text(plan: Plan) -> str | None:
    """Stents and grafts as tagged; "" = a reader saw none, None = nobody looked."""
    if not plan.implants:
        return None
    seen = [t for t in plan.implants if t.kind != "none"]
    return ", ".join(f"{t.kind} in the {t.vessel}" if t.vessel else t.kind for t in seen)


def _overrides(plan: Plan) -> tuple[Finding, ...]:
    """Each override as a finding, so that it stands wherever findings do."""
    return tuple(
        Finding(
            "override",
            o.subject.removeprefix("finding:"),
            f"Overridden by {o.said.reader}: {o.text}",
            "The program would have decided otherwise.",
            "Undo it, or withdraw it on the series page.",
        )
        for o in plan.overrides
    )


def _measured_before(vessel: Vessel, physics: ScanPhysics, kept: Analysis | None) -> VesselSections | None:
    if kept is None or kept.physics is not physics:
        return None
    same = next((v for v in kept.tree.vessels if v.centerline is vessel.centerline), None)
    return kept.measured.get(same.name) if same else None


def _edited_sections(
    volume: Volume, tree: Tree, measured: dict[str, VesselSections], plan: Plan
) -> tuple[dict[str, VesselSections], tuple[Finding, ...]]:
    """The measured sections with a reader's changes; vessels without any keep their own."""
    sections, findings = dict(measured), list[Finding]()
    for vessel in tree.vessels:
        if vessel.name in measured and edits_on(plan, vessel.name):
            sections[vessel.name], not_applied = edited_sections(volume, vessel, measured[vessel.name], plan)
            findings += not_applied
    return sections, tuple(findings)


def _all_details(
    volume: Volume,
    tree: Tree,
    sections: dict[str, VesselSections],
    physics: ScanPhysics | None,
    report: Report,
    kept: Analysis | None,
) -> dict[str, VesselDetails]:
    """Details of every measured vessel; those of unchanged sections are kept."""
    details: dict[str, VesselDetails] = {}
    before = {id(s): kept.details.get(name) for name, s in kept.sections.items()} if kept is not None else {}
    for number, vessel in enumerate(v for v in tree.vessels if v.name in sections and physics is not None):
        report(number / len(tree.vessels), f"unrolling {vessel.name}")
        own = sections[vessel.name]
        known = before.get(id(own))
        if physics is not None:
            details[vessel.name] = known if known is not None else vessel_details(volume, vessel, own, physics)
    return details
