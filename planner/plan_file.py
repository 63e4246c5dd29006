"""A plan from a file a person names: a plan.json or a report with its plan inside."""

from pathlib import Path

from planner.plan import Plan
from planner.plan_json import plan_from_json
from planner.report import plan_from_pdf
from recon.errors import CallError


def plan_in(file: Path) -> Plan:
    """The plan of a plan.json or report.pdf; raises PlannerError when the file cannot be read or holds no sound plan."""
    return plan_from_pdf(file) if file.suffix.lower() == ".pdf" else plan_from_json(_text_of(file))


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CallError("The plan cannot be read.", f"{file}: {error}.", "Name a plan.json or report.pdf.") from error
