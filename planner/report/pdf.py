"""The report as PDF/A-3 with the plan inside, and the plan out of such a report again."""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pikepdf
import typst

from planner.case import Analysis
from planner.occlusion import Occlusion
from planner.plan import Plan, SeriesRef
from planner.plan_json import PlanFileError, plan_from_json, plan_to_json
from planner.report.detail_pages import detail_pages
from planner.report.front_page import front_page, targets_of
from planner.report.log import plan_sha256
from planner.report.section_figure import sections_figure
from planner.report.vessel_figure import occlusion_figure, strip_figure
from planner.report.view_figure import map_figure, projection_figure
from planner.settings import lab_profile
from recon.report import Report, part_of
from resources import resource_path

PLAN_NAME = "plan.json"
HASH_KEYWORD = "plan-sha256:"
SERIES_KEYWORD = "series:"
MAIN_VESSELS = ("RCA", "LM", "LAD", "LCx")
_ADVICE = "Open a report.pdf as this program wrote it."

Files = dict[str, bytes]


def report_pdf(analysis: Analysis, now: str, report: Report, left_out: tuple[str, ...] = ()) -> bytes:
    """The report of an analysis as a PDF file. `now` is ISO 8601, `left_out` says what was not written and why."""
    figures, files = _figures(analysis, part_of(report, 0.0, 0.8))
    report(0.8, "setting the report")
    data = {
        "title": f"CTO plan, {analysis.volume.identity.patient_id or 'no ID'}",
        "keywords": ["CTO Planner", SERIES_KEYWORD + analysis.plan.series.series_uid, HASH_KEYWORD + plan_sha256(analysis)],
        "date": _date_parts(now),
        "made": now.replace("T", " ").replace("+00:00", " UTC"),
        "version": analysis.version,
        "reader": f"Reader: {analysis.plan.reader}." if analysis.plan.reader else "No reader named.",
        "front": front_page(analysis),
        "details": detail_pages(analysis),
        "figures": figures,
        "options": None,
        "left_out": list(left_out),
    }
    return compiled("report.typ", data, files | {PLAN_NAME: plan_to_json(analysis.plan).encode("utf-8")})


def compiled(template: str, data: dict[str, Any], files: Files) -> bytes:
    """A shipped template filled with `data` and figure files, as PDF/A-3; fonts are the shipped ones."""
    sources: Any = {
        "main.typ": resource_path("report", template).read_bytes(),
        "data.json": json.dumps(data, ensure_ascii=False, allow_nan=False).encode("utf-8"),
    }
    return typst.compile(
        sources | files,
        format="pdf",
        font_paths=[str(resource_path("fonts"))],
        ignore_system_fonts=True,
        pdf_standards=["a-3b"],
    )


def plan_from_pdf(path: Path, series: SeriesRef | None = None) -> Plan:
    """The plan inside a report.

    Raises PlanFileError when the file is no report of this program, when the plan inside is not the one the report was
    made from, or (with `series`) when it belongs to another patient or series.
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
    if series is not None:
        _check_same_patient(path, plan.series, series)
    return plan


def _check_untouched(path: Path, content: bytes, keywords: str, plan: Plan) -> None:
    stated = dict.fromkeys(word.strip() for word in keywords.split(","))
    if HASH_KEYWORD + hashlib.sha256(content).hexdigest() not in stated:
        raise PlanFileError("The plan in this PDF was changed after the report was made.", f"{path}.", _ADVICE)
    if SERIES_KEYWORD + plan.series.series_uid not in stated:
        raise PlanFileError("The plan in this PDF is of another series than the report.", f"{path}.", _ADVICE)


def _check_same_patient(path: Path, stated: SeriesRef, wanted: SeriesRef) -> None:
    for name in ("series_uid", "patient_id", "patient_name", "birth_date"):
        theirs, ours = getattr(stated, name), getattr(wanted, name)
        if theirs != ours:
            raise PlanFileError(
                "This report belongs to another patient or series.",
                f"{path} has {name} {theirs or '(empty)'}, wanted {ours or '(empty)'}.",
                "Open the images the report was made for; nothing was changed.",
            )


def _date_parts(now: str) -> dict[str, int]:
    moment = datetime.fromisoformat(now)
    names = ("year", "month", "day", "hour", "minute", "second")
    return {name: int(getattr(moment, name)) for name in names}


def _figures(analysis: Analysis, report: Report) -> tuple[dict[str, Any], Files]:
    """Figure references for the template, and their files."""
    files: Files = {}

    def add(name: str, content: bytes, alt: str) -> dict[str, str]:
        files[f"{name}.svg"] = content
        return {"file": f"{name}.svg", "alt": alt}

    shown: dict[str, Any] = {"front": [], "sections": None, "projection": None, "maps": {}}
    target = analysis.target
    if target is None:
        for vessel in [v for v in analysis.tree.vessels if v.name in MAIN_VESSELS]:
            report(0.5, f"drawing {vessel.name}")
            shown["front"].append(add(f"strip-{vessel.name}", strip_figure(analysis, vessel), f"{vessel.name} straightened."))
        return shown, files
    report(0.0, "drawing the occlusion")
    shown["front"].append(add("vessel", occlusion_figure(analysis, target), _vessel_alt(target)))
    report(0.4, "drawing sections")
    shown["sections"] = add("sections", sections_figure(analysis, target), "Sections at the caps and at most calcium.")
    report(0.6, "drawing views")
    lab = lab_profile(analysis.views.lab)
    body = next((t for t in targets_of(analysis, target) if t.target == "body" and t.views), None)
    if body is not None:
        picture = projection_figure(analysis, target, body.views[0], lab.carm)
        shown["projection"] = add("projection", picture, "The vessels in the best view of the occlusion.")
    for found in analysis.views.targets:
        key = f"{found.occlusion}-{found.target}"
        shown["maps"][key] = add(f"map-{len(files)}", map_figure(found, lab), f"Foreshortening over all angles, {found.target}.")
    return shown, files


def _vessel_alt(target: Occlusion) -> str:
    return f"{target.vessel} straightened with both caps, calcium share and arc along it."
