"""The plan out of a report again, if it is the plan the report was made from."""

import hashlib
from pathlib import Path

import pikepdf

from planner.plan import Plan
from planner.plan_json import PlanFileError, plan_from_json

PLAN_NAME = "plan.json"
HASH_KEYWORD = "plan-sha256:"
SERIES_KEYWORD = "series:"
_ADVICE = "Open a report.pdf as this program wrote it."


def plan_from_pdf(path: Path) -> Plan:
    """The plan inside a report.

    Raises PlanFileError when the file is no report of this program, or when the plan inside is not the one the report was
    made from. Whether it is of the open images is for `planner.session.check_same_patient`.
    """
    try:
        with pikepdf.open(path) as document:
            attached = document.attachments.get(PLAN_NAME)
            content = attached.get_file().read_bytes() if attached is not None else None
            keywords = str(document.docinfo.get("/Keywords", ""))
    except (OSError, pikepdf.PdfError) as error:
        raise PlanFileError("The report cannot be opened.", f"{path}: {error}.", _ADVICE) from error
    if content is None:
        raise PlanFileError("There is no plan in this PDF.", f"{path}.", _ADVICE)
    plan = plan_from_json(content.decode("utf-8"))
    _check_untouched(path, content, keywords, plan)
    return plan


def _check_untouched(path: Path, content: bytes, keywords: str, plan: Plan) -> None:
    stated = dict.fromkeys(word.strip() for word in keywords.split(","))
    if HASH_KEYWORD + hashlib.sha256(content).hexdigest() not in stated:
        raise PlanFileError("The plan in this PDF was changed after the report was made.", f"{path}.", _ADVICE)
    if SERIES_KEYWORD + plan.series.series_uid not in stated:
        raise PlanFileError("The plan in this PDF is of another series than the report.", f"{path}.", _ADVICE)
