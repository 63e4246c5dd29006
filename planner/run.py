"""One series from files to files: what `analyze` and `demo` do, and the window's export."""

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from planner.analysis import analyze
from planner.answers import four_answers
from planner.case import Analysis
from planner.edits import choose_lab, choose_target
from planner.noncontrast import noncontrast_scores, with_noncontrast
from planner.other_scan import with_subtraction, without_other_scan
from planner.plan_file import plan_in
from planner.report import write_outputs
from planner.report.quality_table import quality_lines
from planner.report.subtraction import subtraction_notes
from planner.series_choice import Choice, check_rule, with_choices
from planner.session import check_same_patient, new_plan
from planner.subtraction import subtraction_of
from planner.text import interval_text
from recon.dicom.index import user_index
from recon.errors import CallError
from recon.intake import load_volume, look, most_fit_first, named_entry, open_entry
from recon.report import Report, part_of, silent
from recon.volume import Volume
from resources import resource_path

OTHER_SERIES = "other-series"
TARGETS = {"RCA": "RCA", "LAD": "LAD", "LCX": "LCx", "LM": "LM"}
"""Main vessels as typed, in capitals, and as named in the output contract."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run tells: the answers in lines, and what a reader must look at."""

    analysis: Analysis
    lines: tuple[str, ...]
    problems: tuple[str, ...]


def analyze_series(
    source: Path,
    out: Path,
    report: Report = silent,
    *,
    plan_file: Path | None = None,
    target: str | None = None,
    lab: str = "",
    reader: str = "",
    series_uid: str | None = None,
    phase_rule: str = "",
    noncontrast: Path | None = None,
    calibration_mg_per_mm3_hu: float | None = None,
    subtract: bool = False,
) -> Outcome:
    """Load, analyze and write all files of the output contract into `out`; raises PlannerError with nothing half-written.

    `series_uid` is a series UID or the key of a stack (`SeriesEntry.key`), `phase_rule` a row of the table of phase rules; a
    plan file brings both along. `noncontrast` is a non-contrast scan of the same patient to be scored, the calibration factor
    that of its mass score; with `subtract` it is also held against the contrast scan section by section.
    """
    check_rule(phase_rule)
    if subtract and noncontrast is None:
        raise CallError("There is nothing to subtract.", "No non-contrast scan was named.", "Name one with --noncontrast.")
    stated = None if plan_file is None else plan_in(plan_file)
    if stated is not None:
        series_uid, phase_rule = series_uid or stated.stack.key or None, phase_rule or stated.stack.phase_rule
    report(0.0, "reading images")
    volume, against = _loaded(source, series_uid, phase_rule, part_of(report, 0.0, 0.1))
    if stated is None:
        plan = with_choices(new_plan(volume), against, reader)
    else:
        plan = stated
        check_same_patient(plan, volume)
    if target is not None:
        plan = choose_target(plan, vessel=TARGETS.get(target.upper(), target))
    if lab:
        plan = choose_lab(plan, lab=lab)
    if reader:
        plan = replace(plan, reader=reader)
    other = None if noncontrast is None else load_volume(noncontrast, silent)
    analysis = analyze(volume, plan, part_of(report, 0.1, 0.9 if other is None else 0.82))
    if other is not None:
        analysis = with_other_scan(analysis, other, calibration_mg_per_mm3_hu, subtract, part_of(report, 0.82, 0.9))
    write_outputs(analysis, out, part_of(report, 0.9, 1.0))
    report(1.0, "done")
    lines = (*_answer_lines(analysis), *_noncontrast_lines(analysis), *_subtraction_lines(analysis), *quality_lines(analysis))
    return Outcome(analysis, lines, _problem_lines(analysis))


def with_other_scan(
    analysis: Analysis, other: Volume, calibration_mg_per_mm3_hu: float | None, subtract: bool, report: Report = silent
) -> Analysis:
    """The analysis with what a non-contrast scan says: its scores, and with `subtract` the sections of both scans compared.

    Raises PlannerError for another patient, a scan with contrast, or one that shows another part of the body.
    """
    report(0.0, "scoring the non-contrast scan")
    analysis = without_other_scan(analysis)
    scores = noncontrast_scores(analysis, other, calibration_mg_per_mm3_hu, part_of(report, 0.0, 0.4 if subtract else 1.0))
    analysis = with_noncontrast(analysis, scores)
    if not subtract:
        return analysis
    return with_subtraction(analysis, subtraction_of(analysis, other, scores.registration, part_of(report, 0.4, 1.0)))


def _loaded(source: Path, series_uid: str | None, phase_rule: str, report: Report) -> tuple[Volume, tuple[tuple[str, str], ...]]:
    """The volume, and each decision against the program's proposal that lies in choosing it."""
    found = look(source, part_of(report, 0.0, 0.2), user_index(), phase_rule or None)
    if isinstance(found, Path):
        return load_volume(found, report), ()
    choice = Choice(source, most_fit_first(found, part_of(report, 0.2, 0.4)), phase_rule)
    entry = choice.found.entries[0] if series_uid is None else named_entry(choice.found, series_uid)
    volume = open_entry(entry, choice.found, part_of(report, 0.4, 1.0), is_chosen=series_uid is not None)
    return volume, choice.overridden_by(entry)


def _answer_lines(analysis: Analysis) -> tuple[str, ...]:
    return tuple(f"{a.question:<8} {a.headline}  [{a.detail}]" for a in four_answers(analysis))


def _noncontrast_lines(analysis: Analysis) -> tuple[str, ...]:
    found = analysis.noncontrast
    if found is None or found.total is None:
        return ()
    by_artery = ", ".join(f"{s.artery} {interval_text(s.agatston, 0)}" for s in found.arteries)
    return (f"Agatston score of the non-contrast scan {interval_text(found.total.agatston, 0)}  [{by_artery}]",)


def _subtraction_lines(analysis: Analysis) -> tuple[str, ...]:
    return tuple(f"Subtraction: {note}" for note in subtraction_notes(analysis))


def _problem_lines(analysis: Analysis) -> tuple[str, ...]:
    """Findings about the choice of the images, findings that block a measurement, and typed problems of the tree."""
    tree = [f"{p.vessel}: {p.code.replace('-', ' ')}. {p.advice}" for p in analysis.tree.problems]
    target = analysis.plan.target
    if target is not None and analysis.tree.vessel(target) is None:
        tree.append(f"{target}: the target vessel was not found. Mark its two ends.")
    found = sorted(analysis.findings, key=lambda f: f.code != OTHER_SERIES)
    told = [f"{f.what} {f.consequence} {f.advice} ({f.where})" for f in found if f.blocks_measurement or f.code == OTHER_SERIES]
    return (*told, *tree)


def demo_folder() -> Path:
    """The shipped series."""
    return resource_path("demo")


def has_display() -> bool:
    """Whether a window can be shown here."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
