"""What a non-contrast scan said of a case, put into an analysis, taken out of it, and carried on to a newer one."""

from dataclasses import replace

import numpy as np

from planner.case import Analysis
from planner.subtraction_case import Subtraction
from recon.subtracted_sections import SubtractedSections
from recon.volume import Finding


def with_subtraction(analysis: Analysis, made: Subtraction) -> Analysis:
    """The analysis with this subtraction and its findings."""
    return replace(analysis, subtraction=made, findings=analysis.findings + made.findings)


def without_other_scan(analysis: Analysis) -> Analysis:
    """The analysis without what an earlier non-contrast scan said."""
    said = [found.findings for found in (analysis.noncontrast, analysis.subtraction) if found is not None]
    kept = tuple(f for f in analysis.findings if not any(f in findings for findings in said))
    return replace(analysis, noncontrast=None, subtraction=None, findings=kept)


def carried(analysis: Analysis, earlier: Analysis | None) -> Analysis:
    """A newer analysis of the same images with what the non-contrast scan said before.

    A vessel whose course was changed since is dropped and told: its sections are other ones now.
    """
    if earlier is None or earlier.noncontrast is None or analysis.noncontrast is not None:
        return analysis
    scores, made = earlier.noncontrast, earlier.subtraction
    analysis = replace(analysis, noncontrast=scores, findings=analysis.findings + scores.findings)
    if made is None:
        return analysis
    same = {name: own for name, own in made.vessels.items() if _is_same(analysis, name, own)}
    findings = tuple(f for f in made.findings if f.where in same or f.where not in made.vessels)
    gone = [name for name in made.vessels if name not in same]
    if gone:
        what, advice = "The course of this vessel was changed after the scans were compared.", "Load the non-contrast scan again."
        stale = Finding("subtraction-outdated", ", ".join(gone), what, "The comparison is left out for it.", advice)
        findings = (*findings, stale)
    ranges = tuple(r for r in made.ranges if r.vessel in same)
    return with_subtraction(analysis, replace(made, vessels=same, ranges=ranges, findings=findings))


def _is_same(analysis: Analysis, name: str, own: SubtractedSections) -> bool:
    vessel, sections = analysis.tree.vessel(name), analysis.sections.get(name)
    if vessel is None or sections is None or len(sections.s_mm) != len(own.s_mm):
        return False
    line = vessel.centerline
    return line is own.contrast_line or np.array_equal(line.points_mm, own.contrast_line.points_mm)
