"""All files of one analysis, written as one step."""

from datetime import UTC, datetime
from pathlib import Path

from planner.case import Analysis
from planner.plan_json import plan_to_json
from planner.report.angle_card import angle_card_sources
from planner.report.contract import centerlines_object, json_text, occlusions_object, scores_object, views_object
from planner.report.dicom.export import dicom_files, left_out
from planner.report.document import pdf_of, pictures_of, report_sources
from planner.report.identity_fields import identified, identified_csv
from planner.report.log import log_text
from planner.report.noncontrast import noncontrast_object
from planner.report.output_folder import OWN_FILES, staged, write_bytes
from planner.report.subtraction import subtraction_csv, subtraction_object
from planner.report.tables import sections_csv, views_csv
from planner.session import check_same_patient
from recon.report import Report, part_of, silent

LOG = "log.jsonl"
CARD_PPI = 220


def write_outputs(analysis: Analysis, folder: Path, report: Report = silent) -> tuple[Path, ...]:
    """Write every file of docs/outputs.md into `folder`, all or none; returns their paths.

    Raises OutputError when the folder cannot be written or holds results of another patient or series, and PlannerError
    when plan and images are not of one patient.
    """
    check_same_patient(analysis.plan, analysis.volume)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    missing = left_out(analysis)
    with staged(folder, analysis.plan.series) as stage:
        report(0.0, "writing result files")
        for name, text in _result_texts(analysis).items():
            write_bytes(stage / name, text.encode("utf-8"))
        sources = report_sources(analysis, now, part_of(report, 0.1, 0.6), missing)
        report(0.6, "setting the report")
        pdf = pdf_of(sources)
        write_bytes(stage / "report.pdf", pdf)
        for name, content in _card_files(analysis, now).items():
            write_bytes(stage / name, content)
        for name, content in dicom_files(analysis, pdf, pictures_of(sources), now, part_of(report, 0.7, 0.95)).items():
            write_bytes(stage / "dicom" / name, content)
        written = [name for name in OWN_FILES if (stage / name).exists()]
        log = log_text(analysis, tuple((name, stage / name) for name in written), now, missing)
        write_bytes(stage / LOG, log.encode("utf-8"))
        report(1.0, "files written")
    return tuple(folder / name for name in (*written, LOG))


def _card_files(analysis: Analysis, now: str) -> dict[str, bytes]:
    """The angle card of the target occlusion; nothing without one."""
    if analysis.target is None:
        return {}
    card = angle_card_sources(analysis, analysis.target, now)
    return {"angle-card.pdf": pdf_of(card), "angle-card.png": pictures_of(card, 1, CARD_PPI)[0]}


def _result_texts(analysis: Analysis) -> dict[str, str]:
    who = analysis.volume.identity
    return {
        "plan.json": plan_to_json(analysis.plan),
        "centerlines.json": json_text(identified(centerlines_object(analysis), who)),
        "sections.csv": identified_csv(sections_csv(analysis), who),
        "occlusions.json": json_text(identified(occlusions_object(analysis), who)),
        "scores.json": json_text(identified(scores_object(analysis.scores, analysis.occlusions), who)),
        "views.json": json_text(identified(views_object(analysis), who)),
        "views.csv": identified_csv(views_csv(analysis), who),
    } | _noncontrast_text(analysis)


def _noncontrast_text(analysis: Analysis) -> dict[str, str]:
    """calcium-score.json, when a non-contrast scan was scored, and subtraction.csv, when it was subtracted."""
    found = analysis.noncontrast
    if found is None:
        return {}
    who, made = analysis.volume.identity, analysis.subtraction
    score = noncontrast_object(found)
    if made is None:
        return {"calcium-score.json": json_text(identified(score, who))}
    score["subtraction"] = subtraction_object(analysis, made)
    table = identified_csv(subtraction_csv(analysis, made), who)
    return {"calcium-score.json": json_text(identified(score, who)), "subtraction.csv": table}
