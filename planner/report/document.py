"""The report: its texts, figures and plan put into the shipped template, as PDF/A-3 or as pictures."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import typst

from planner.case import Analysis
from planner.occlusion import Occlusion
from planner.plan_json import plan_to_json
from planner.report.cap_figure import cap_figure
from planner.report.detail_pages import detail_pages
from planner.report.front_page import front_page, targets_of
from planner.report.log import plan_sha256
from planner.report.option_pages import option_pages
from planner.report.plan_in_pdf import HASH_KEYWORD, PLAN_NAME, SERIES_KEYWORD
from planner.report.printable import missing_characters, printable, substituted
from planner.report.section_figure import sections_figure
from planner.report.subtraction_figure import shown_vessel, subtraction_figure
from planner.report.unrolled_figure import unrolled_figure
from planner.report.vessel_figure import occlusion_figure, strip_figure
from planner.report.view_figure import map_figure, projection_figure
from planner.settings import lab_profile
from recon.report import Report
from resources import resource_path

MAIN_VESSELS = ("RCA", "LM", "LAD", "LCx")
PICTURE_PPI = 110

Files = dict[str, bytes]


def report_sources(analysis: Analysis, now: str, report: Report, left_out: tuple[str, ...] = ()) -> Files:
    """Template, texts, figures and plan of the report. `now` is ISO 8601, `left_out` says what was not written and why."""
    figures, files = _figures(analysis, report)
    data = {
        "title": f"CTO plan, {analysis.volume.identity.patient_id or 'no ID'}",
        "keywords": ["CTO Planner", SERIES_KEYWORD + analysis.plan.series.series_uid, HASH_KEYWORD + plan_sha256(analysis)],
        "date": date_parts(now),
        "made": made_text(now),
        "version": analysis.version,
        "reader": f"Reader: {analysis.plan.reader}." if analysis.plan.reader else "No reader named.",
        "front": front_page(analysis),
        "details": detail_pages(analysis),
        "figures": figures,
        "options": option_pages(analysis),
        "left_out": list(left_out),
    }
    sources = template_sources("report.typ", data)
    return sources | files | {PLAN_NAME: plan_to_json(analysis.plan).encode("utf-8")}


def template_sources(template: str, data: dict[str, Any]) -> Files:
    """A shipped template with its texts."""
    return {
        "main.typ": resource_path("report", template).read_bytes(),
        "data.json": json.dumps(printable(data), ensure_ascii=False, allow_nan=False).encode("utf-8"),
    }


def pdf_of(sources: Files) -> bytes:
    """The typeset document as PDF/A-3 with the shipped fonts.

    A character they lack is taken from a font of the system, and printed as a question mark where none has it.
    """
    lacking = _lacks_characters(sources)
    try:
        return bytes(_compiled(sources, own_fonts_only=not lacking, format="pdf", pdf_standards=["a-3b"]))
    except typst.TypstError:
        if not lacking:
            raise
    plain = {name: substituted(c.decode("utf-8")).encode("utf-8") if _is_text(name) else c for name, c in sources.items()}
    return bytes(_compiled(plain, own_fonts_only=True, format="pdf", pdf_standards=["a-3b"]))


def pictures_of(sources: Files, most: int = 3, ppi: float = PICTURE_PPI) -> list[bytes]:
    """The first pages as PNG."""
    made = _compiled(sources, own_fonts_only=not _lacks_characters(sources), format="png", ppi=ppi)
    return [made] if isinstance(made, bytes) else list(made)[:most]


def _compiled(sources: Files, own_fonts_only: bool, **options: Any) -> Any:
    given: Any = sources
    fonts = [str(resource_path("fonts"))]
    return typst.compile(given, font_paths=fonts, ignore_system_fonts=own_fonts_only, **options)


def _lacks_characters(sources: Files) -> bool:
    return any(missing_characters(content.decode("utf-8")) for name, content in sources.items() if _is_text(name))


def _is_text(name: str) -> bool:
    return name == "data.json" or name.endswith(".svg")


def made_text(now: str) -> str:
    """A moment as a reader reads it."""
    return now.replace("T", " ").replace("+00:00", " UTC")


def date_parts(now: str) -> dict[str, int]:
    """A moment as typst takes it."""
    moment = datetime.fromisoformat(now)
    names = ("year", "month", "day", "hour", "minute", "second")
    return {name: int(getattr(moment, name)) for name in names}


def _figures(analysis: Analysis, report: Report) -> tuple[dict[str, Any], Files]:
    """Figure references for the template, and their files."""
    files: Files = {}

    def add(name: str, content: bytes, alt: str) -> dict[str, str]:
        files[f"{name}.svg"] = content
        return {"file": f"{name}.svg", "alt": alt}

    shown: dict[str, Any] = {"front": [], "sections": None, "projection": None, "maps": {}, "caps": {}, "unrolled": {}}
    shown["subtraction"] = _subtraction(analysis, add)
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
    for found in analysis.occlusions:
        caps = (("Proximal cap", found.proximal_cap), ("Distal cap", found.distal_cap))
        shown["caps"][found.id] = [
            add(f"cap-{len(files)}", cap_figure(analysis, found, cap, title), f"{title} close up.") for title, cap in caps
        ]
        unrolled = unrolled_figure(analysis, found)
        if unrolled is not None:
            shown["unrolled"][found.id] = add(f"unrolled-{len(files)}", unrolled, f"The wall of the {found.vessel} laid flat.")
    report(0.6, "drawing views")
    lab = lab_profile(analysis.views.lab)
    body = next((t for t in targets_of(analysis, target) if t.target == "body" and t.views), None)
    if body is not None:
        picture = projection_figure(analysis, target, body.views[0], lab.carm)
        shown["projection"] = add("projection", picture, "The vessels in the best view of the occlusion.")
    for views in analysis.views.targets:
        picture = map_figure(views, lab)
        alt = f"Foreshortening over all angles, {views.target}."
        shown["maps"][f"{views.occlusion}-{views.target}"] = add(f"map-{len(files)}", picture, alt)
    return shown, files


def _subtraction(analysis: Analysis, add: Callable[[str, bytes, str], dict[str, str]]) -> dict[str, str] | None:
    """The figure of a subtraction; None without one."""
    name = shown_vessel(analysis)
    if name is None:
        return None
    alt = f"{name} straightened in the contrast scan, the non-contrast scan and their difference."
    return add("subtraction", subtraction_figure(analysis, name), alt)


def _vessel_alt(target: Occlusion) -> str:
    return f"{target.vessel} straightened with both caps, calcium share and arc along it."
