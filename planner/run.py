"""One series from files to files: what `analyze` and `demo` do, and the window's export."""

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from planner.analysis import analyze
from planner.answers import four_answers
from planner.case import Analysis
from planner.edits import choose_lab, choose_target
from planner.plan import Plan
from planner.plan_json import plan_from_json
from planner.report import plan_from_pdf, write_outputs
from planner.session import check_same_patient, new_plan
from recon.errors import CallError
from recon.intake import load_volume
from recon.report import Report, part_of, silent
from recon.volume import Volume
from resources import resource_path

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
) -> Outcome:
    """Load, analyze and write all files of the output contract into `out`; raises PlannerError with nothing half-written."""
    report(0.0, "reading images")
    volume = load_volume(source, part_of(report, 0.0, 0.1), series_uid)
    plan = _starting_plan(volume, plan_file)
    if target is not None:
        plan = choose_target(plan, vessel=TARGETS.get(target.upper(), target))
    if lab:
        plan = choose_lab(plan, lab=lab)
    if reader:
        plan = replace(plan, reader=reader)
    analysis = analyze(volume, plan, part_of(report, 0.1, 0.9))
    write_outputs(analysis, out, part_of(report, 0.9, 1.0))
    report(1.0, "done")
    return Outcome(analysis, _answer_lines(analysis), _problem_lines(analysis))


def _starting_plan(volume: Volume, plan_file: Path | None) -> Plan:
    if plan_file is None:
        return new_plan(volume)
    plan = plan_from_pdf(plan_file) if plan_file.suffix.lower() == ".pdf" else plan_from_json(_text_of(plan_file))
    check_same_patient(plan, volume)
    return plan


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CallError("The plan cannot be read.", f"{file}: {error}.", "Name a plan.json or report.pdf.") from error


def _answer_lines(analysis: Analysis) -> tuple[str, ...]:
    return tuple(f"{a.question:<8} {a.headline}  [{a.detail}]" for a in four_answers(analysis))


def _problem_lines(analysis: Analysis) -> tuple[str, ...]:
    """Typed problems of the tree, and findings that block a measurement."""
    tree = [f"{p.vessel}: {p.code.replace('-', ' ')}. {p.advice}" for p in analysis.tree.problems]
    target = analysis.plan.target
    if target is not None and analysis.tree.vessel(target) is None:
        tree.append(f"{target}: the target vessel was not found. Mark its two ends.")
    blocked = [f"{f.where}: {f.what} {f.consequence} {f.advice}" for f in analysis.findings if f.blocks_measurement]
    return (*tree, *blocked)


def demo_folder() -> Path:
    """The shipped series."""
    return resource_path("demo")


def has_display() -> bool:
    """Whether a window can be shown here."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
