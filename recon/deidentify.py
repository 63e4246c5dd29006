"""De-identified copies of a CT for export (PS3.15): one project key, one pseudonym and one set of UIDs; nothing half-written."""

import os
import shutil
from collections import Counter
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pydicom
from pydicom.dataset import FileDataset

from recon.dicom.cleaning import Row, clean, replaced_uid, traces_left, traces_of
from recon.dicom.files import FileReader, files_under
from recon.dicom.headers import read_headers
from recon.dicom.series import is_ct
from recon.dicom.slice_header import FileRef, SliceHeader
from recon.errors import IntakeError, OutputError
from recon.report import Report, part_of


@dataclass(frozen=True, slots=True)
class TagAction:
    """One row of the listing: what is done with an attribute, in how many files. Values are not shown."""

    tag: str
    name: str
    action: str
    files: int


@dataclass(frozen=True, slots=True)
class Deidentified:
    """What was done, or would be: files written (empty in a dry run), files left out with the reason, and the actions."""

    written: tuple[Path, ...]
    left_out: tuple[tuple[str, str], ...]
    actions: tuple[TagAction, ...]
    images: int


def deidentify(folder: Path, out: Path, key: str, dry_run: bool, report: Report) -> Deidentified:
    """Copies the CT images under `folder` to `out` without identity; a dry run only lists what would be done.

    `key` is the project's secret: the same key gives the same pseudonym and UIDs, another key unrelated ones. Only CT images
    are copied; reports, screen pictures and images marked as burned-in are left out and named. Raises IntakeError when there
    is nothing to copy, OutputError when `out` is not empty, lies in `folder`, or a trace of the input is found in the output.
    """
    if not key:
        raise OutputError("De-identification needs a project key.", "The key is empty.", "Choose a secret text and keep it.")
    images, left_out = _images(folder, part_of(report, 0.0, 0.2))
    if not images:
        raise IntakeError("There is no CT image to export.", f"{folder}", "Choose the folder of the series.")
    counts: Counter[Row] = Counter()
    if dry_run:
        for i, (ref, _) in enumerate(images):
            report(0.2 + 0.8 * i / len(images), "Listing what would be done")
            counts.update(clean(_dataset(ref, pixels=False), key))
        return Deidentified((), tuple(left_out), _listing(counts), len(images))
    beside = _prepared(folder, out)
    try:
        for i, (ref, header) in enumerate(images):
            report(0.2 + 0.8 * i / len(images), "Writing de-identified images")
            _copy(ref, header, beside, key, counts, i)
        beside.rename(out)
    except OSError as error:
        raise OutputError(
            "The copies cannot be written.", f"{out}: {error.strerror}.", "Make room or choose another folder."
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return Deidentified(tuple(sorted(p for p in out.rglob("*") if p.is_file())), tuple(left_out), _listing(counts), len(images))


def _images(folder: Path, report: Report) -> tuple[list[tuple[FileRef, SliceHeader]], list[tuple[str, str]]]:
    """CT images that may be copied, and everything else with the reason."""
    refs, unreadable = files_under([folder], report)
    images: list[tuple[FileRef, SliceHeader]] = []
    left_out = [(text, "cannot be entered or read") for text in unreadable]
    with FileReader() as reader:
        for i, ref in enumerate(refs):
            report(i / len(refs), "Looking for CT images")
            found = read_headers(ref, reader)
            why = found or "not DICOM" if isinstance(found, str) else _objection(found[0])
            if why:
                left_out.append((str(ref), why))
            else:
                images.append((ref, found[0]))  # type: ignore[arg-type]
    return images, left_out


def _objection(header: SliceHeader) -> str:
    if not is_ct(header):
        return f"not a CT image ({header.modality or 'no modality'})"
    if header.burned_in:
        return "marked as having a name or other text burned into the picture"
    if header.samples != 1 or ({"SCREEN SAVE", "SECONDARY"} & set(header.image_type) and header.position_mm is None):
        return "a screen picture, which may show a name"
    return ""


def _dataset(ref: FileRef, pixels: bool) -> FileDataset:
    with FileReader() as reader:
        data = reader.part(ref, 0, None)
    try:
        return pydicom.dcmread(BytesIO(data), force=True, stop_before_pixels=not pixels)
    except Exception as error:  # the general parser raises almost anything on damaged bytes; it becomes a named refusal
        raise IntakeError("An image cannot be taken apart.", f"{ref}: {error}.", "Leave the file out and try again.") from error


def _copy(ref: FileRef, header: SliceHeader, out: Path, key: str, counts: Counter[Row], number: int) -> None:
    dataset = _dataset(ref, pixels=True)
    traces = traces_of(dataset)
    counts.update(clean(dataset, key))
    path = out / str(dataset.PatientID) / replaced_uid(header.series_uid, key)[-8:] / f"IM{number + 1:05d}.dcm"
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    if traces_left(dataset, buffer.getvalue(), traces):
        raise OutputError(
            "A trace of the patient is left in an image.",
            f"A name, number or date of {ref} was found again in its copy; nothing was written.",
            "Report this as a defect; do not export the series.",
        )
    path.write_bytes(buffer.getvalue())


def _prepared(folder: Path, out: Path) -> Path:
    inside = folder.resolve() in out.resolve().parents or folder.resolve() == out.resolve()
    if inside or (out.exists() and (not out.is_dir() or any(out.iterdir()))):
        raise OutputError(
            "The copies need an empty folder of their own.", f"{out} lies in the original or is not empty.", "Choose another."
        )
    beside = out.with_name(f"{out.name}.part-{os.getpid()}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.exists():
            out.rmdir()
        beside.mkdir()
    except OSError as error:
        raise OutputError("The folder cannot be made.", f"{out}: {error.strerror}.", "Choose another folder.") from error
    return beside


def _listing(counts: Counter[Row]) -> tuple[TagAction, ...]:
    rows = sorted(counts.items())
    return tuple(TagAction(f"({tag >> 16:04X},{tag & 0xFFFF:04X})", name, action, files) for (tag, name, action), files in rows)
