"""One look through folders, files and archives: every CT series found, with phases, geometry and defects, headers only."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from recon.dicom.files import FileReader, files_under
from recon.dicom.fitness import ranked
from recon.dicom.headers import read_headers
from recon.dicom.index import Headers, Stamp, recalled, remember, stamp
from recon.dicom.series import SeriesEntry, is_ct, series_entries
from recon.dicom.slice_header import FileRef, SliceHeader
from recon.dicom.workers import mapped, watched
from recon.errors import IntakeError
from recon.report import Report, part_of

STAMPS_A_REPORT = 200
Paths = Path | str | Iterable[Path | str]


@dataclass(frozen=True, eq=False)
class Survey:
    """Everything found: CT series (most fit first), other images by modality, and files that could not be read (with why)."""

    entries: tuple[SeriesEntry, ...]
    other_images: tuple[tuple[str, int], ...]
    unreadable: tuple[str, ...]
    files: int


def as_paths(source: Paths) -> tuple[Path, ...]:
    """One path or several dropped together, as a tuple."""
    if isinstance(source, (str, Path)):
        return (Path(source),)
    return tuple(Path(path) for path in source)


def survey(source: Paths, report: Report, index: Path | None = None, phase_rule: str | None = None) -> Survey:
    """What lies under a path or several.

    `index` (see `recon.dicom.index.user_index`) remembers headers between visits; `phase_rule` (an id of the table in
    `recon.dicom.phases`) is used instead of the first rule that fits. Raises IntakeError when a path does not exist or the
    drive stalls.
    """
    # A drive that stalls does so already when it is asked what it holds.
    (refs, unreadable), stamps = watched(
        lambda beat: _listed(as_paths(source), index is not None, beat), part_of(report, 0.0, 0.1)
    )
    results = _headers(refs, index, stamps, part_of(report, 0.1, 0.9))
    images: list[SliceHeader] = []
    for ref in refs:
        result = results[ref]
        if isinstance(result, tuple):
            images.extend(result)
        elif result:
            unreadable.append(f"{ref} ({result})")
    report(0.9, "Sorting slices")
    others = Counter(h.modality or "unknown" for h in images if not is_ct(h))
    entries = ranked(series_entries(images, phase_rule))
    return Survey(entries, tuple(others.most_common()), tuple(sorted(unreadable)), len(refs))


def _listed(
    paths: tuple[Path, ...], is_stamped: bool, report: Report
) -> tuple[tuple[list[FileRef], list[str]], dict[FileRef, Stamp | None]]:
    """Every file under the paths, the places that could not be entered, and what tells that a file has not changed."""
    refs, unreadable = files_under(paths, report)
    stamps: dict[FileRef, Stamp | None] = {}
    for number, ref in enumerate(refs if is_stamped else ()):
        if number % STAMPS_A_REPORT == 0:
            report(number / len(refs), f"Looking at {len(refs)} files")
        stamps[ref] = stamp(ref)
    return (refs, unreadable), stamps


def _headers(
    refs: list[FileRef], index: Path | None, stamps: dict[FileRef, Stamp | None], report: Report
) -> dict[FileRef, Headers]:
    results = {} if index is None else recalled(index, refs, stamps)
    unknown = [ref for ref in refs if ref not in results]
    read: dict[FileRef, Headers] = {}
    with FileReader() as reader:
        text = f"Reading {len(unknown)} headers"
        for i, result in mapped(lambda ref: read_headers(ref, reader), unknown, report, text):
            read[unknown[i]] = result
    if index is not None and read:
        remember(index, read, stamps)
    return results | read


def scan(source: Paths, report: Report, index: Path | None = None, phase_rule: str | None = None) -> tuple[SeriesEntry, ...]:
    """The CT series under a path, most fit for planning first; arguments as for `survey`.

    Raises IntakeError when there is none, saying what there is.
    """
    found = survey(source, report, index, phase_rule)
    if not found.entries:
        raise nothing_found(source, found)
    return found.entries


def nothing_found(source: Paths, found: Survey) -> IntakeError:
    """Why there is no CT series under a path."""
    where = ", ".join(str(path) for path in as_paths(source)[:3])
    if found.other_images:
        kinds = ", ".join(f"{count} of modality {modality}" for modality, count in found.other_images)
        return IntakeError("This is not a CT.", f"{where} holds images ({kinds}) but no CT slice.", "Choose the CT angiogram.")
    if found.unreadable:
        return IntakeError(
            "No CT image could be read.",
            f"{where}: {len(found.unreadable)} of {found.files} files could not be read, first {found.unreadable[0]}.",
            "Copy or export the series again.",
        )
    return IntakeError(
        "There is no DICOM image here.",
        f"{where} holds {found.files} files, none of them DICOM.",
        "Choose the folder of the series.",
    )
