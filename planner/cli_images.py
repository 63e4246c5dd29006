"""Shell commands about the images: which series there are, and copies without identity."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from planner.console import error_console, out_console, plain, progress_report
from recon.dicom.series import SeriesEntry


def series(source: Annotated[Path, typer.Argument(help="A folder, file or archive.")]) -> int:
    """List the CT series with their fitness for planning and the reason; the most fit first."""
    from recon.dicom.scan import scan

    with progress_report("series") as report:
        entries = scan(source, report)
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
        f"   series {who.series_uid}",
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
