"""Shell commands about the images: which series there are, and copies without identity."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from planner.console import error_console, out_console, plain, progress_report
from recon.dicom.series import SeriesEntry


def series(
    source: Annotated[Path, typer.Argument(help="A folder, file or archive.")],
    phases_by: Annotated[
        str, typer.Option("--phases-by", help="Rule that tells phases apart, against the program's choice.")
    ] = "",
) -> int:
    """List the CT series with their fitness for planning and the reason; the most fit first."""
    from planner.series_choice import check_rule
    from recon.dicom.index import user_index
    from recon.intake import look, most_fit_first
    from recon.report import part_of

    check_rule(phases_by)
    with progress_report("series") as report:
        found = look(source, part_of(report, 0.0, 0.7), user_index(), phases_by or None)
        if isinstance(found, Path):
            out_console.print(plain(f"One volume file: {found}"))
            return 0
        entries = most_fit_first(found, part_of(report, 0.7, 1.0)).entries
    for number, entry in enumerate(entries, start=1):
        for line in _lines(number, entry):
            out_console.print(plain(line))
    return 0


def _lines(number: int, entry: SeriesEntry) -> tuple[str, ...]:
    who = entry.identity
    name = f"{who.series_description} {entry.label}".strip() or "no description"
    spacing = " x ".join(f"{v:.2f}" for v in entry.spacing_mm) + " mm" if entry.spacing_mm else "no volume"
    patient = ", ".join(
        text for text in (who.patient_name, who.patient_id, f"born {who.birth_date}", f"CT {who.study_date}") if text
    )
    reason = str(entry.problem) if entry.problem else entry.reason
    return (
        f"{number}. {name}: {entry.slices} images, {spacing}",
        f"   {patient}",
        f"   series {entry.key}",
        f"   {reason}",
        *(f"   {finding.where}: {finding.what}" for finding in entry.findings),
    )


def deidentify(
    source: Annotated[Path, typer.Argument(help="Folder with CT images.")],
    out: Annotated[Path, typer.Option("--out", help="New folder for the copies.")],
    key: Annotated[str, typer.Option("--key", help="The project's secret; the same key gives the same pseudonyms.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would be done.")] = False,
) -> int:
    """Copy CT images without identity (DICOM PS3.15 basic profile, age and sex kept)."""
    from recon.deidentify import deidentify as copy_without_identity

    with progress_report("deidentify") as report:
        done = copy_without_identity(source, out, key, dry_run, report)
    table = Table("tag", "attribute", "action", "files")
    for action in done.actions:
        table.add_row(action.tag, action.name, action.action, str(action.files))
    out_console.print(table)
    for file, reason in done.left_out:
        error_console.print(plain(f"Left out: {file}: {reason}"))
    out_console.print(f"{done.images} images, {len(done.written)} written")
    return 0


COMMANDS: dict[str, Callable[..., int]] = {"series": series, "deidentify": deidentify}
"""Command names as typed."""
