"""Images in: any path to one Volume, the most fit series of what lies there."""

from dataclasses import replace
from pathlib import Path

from recon.dicom.read import read_series
from recon.dicom.scan import Paths, Survey, as_paths, nothing_found, survey
from recon.dicom.series import SeriesEntry
from recon.dicom.sharpness import sharpest_first
from recon.dicom.workers import watched
from recon.errors import IntakeError
from recon.report import Report, part_of
from recon.step_artefact import with_steps
from recon.volume import Finding, Volume
from recon.volume_file import is_volume_file, not_hounsfield, read_volume_file

NAMED_FILES = 4
"""So many unreadable files are named one by one."""


def load_volume(
    path: Paths, report: Report, series_uid: str | None = None, index: Path | None = None, phase_rule: str | None = None
) -> Volume:
    """The volume under a folder, file, zip archive, DICOMDIR or several of these; also NIfTI, NRRD and MHA files.

    `series_uid` chooses a series (or a `SeriesEntry.key`, which also names the phase); without it the most fit is taken.
    `index` (see `recon.dicom.index.user_index`) remembers headers between visits; `phase_rule` is as for `survey`.
    Raises IntakeError, in words a user can act on, when nothing usable lies there.
    """
    found = look(path, part_of(report, 0.0, 0.3), index, phase_rule)
    if isinstance(found, Path):
        return read_volume_file(found, report)
    if series_uid is not None:
        of_series = [e for e in found.entries if e.identity.series_uid == named_entry(found, series_uid).identity.series_uid]
        exact = [e for e in of_series if e.key == series_uid]
        found = replace(found, entries=tuple(exact or of_series))
    entry = most_fit_first(found, part_of(report, 0.3, 0.5)).entries[0]
    return open_entry(entry, found, part_of(report, 0.5, 1.0), is_chosen=series_uid is not None)


def look(path: Paths, report: Report, index: Path | None = None, phase_rule: str | None = None) -> Survey | Path:
    """What can be opened under a path: the CT series found, or the one volume file there.

    Raises IntakeError when there is neither, or several volume files.
    """
    paths = as_paths(path)
    if len(paths) == 1 and watched(lambda _: is_volume_file(paths[0]), report):
        return paths[0]
    found = survey(path, report, index, phase_rule)
    if found.entries:
        return found
    inside = _volume_files(paths)
    if len(inside) == 1:
        return inside[0]
    if inside:
        raise IntakeError(
            "There is no DICOM series here, but several volume files.",
            f"{paths[0]} holds {len(inside)}: {', '.join(p.name for p in inside[:NAMED_FILES])}.",
            "Open the one that holds the CT.",
        )
    raise nothing_found(path, found)


def most_fit_first(found: Survey, report: Report) -> Survey:
    """The same with its entries ordered by fitness and, where that is about equal, by the sharpness of small vessels."""
    return replace(found, entries=sharpest_first(found.entries, report))


def open_entry(entry: SeriesEntry, found: Survey, report: Report, *, is_chosen: bool) -> Volume:
    """The volume of one entry of `found` with every finding about it; one that nobody chose tells what else lies there.

    Raises IntakeError when it cannot be read.
    """
    volume = with_steps(read_series(entry, part_of(report, 0.0, 0.7)), part_of(report, 0.7, 1.0))
    others = () if is_chosen else _others(entry, found.entries)
    return replace(volume, findings=(*others, *volume.findings, *not_hounsfield(volume.hu), *_unreadable(found.unreadable)))


def _others(chosen: SeriesEntry, entries: tuple[SeriesEntry, ...]) -> tuple[Finding, ...]:
    """That more could have been opened, above all when it is of another patient."""
    rest = [e for e in entries if e.identity.series_uid != chosen.identity.series_uid and e.problem is None]
    if not rest:
        return ()
    series = len({e.identity.series_uid for e in rest})
    patients = {(e.identity.patient_id, e.identity.patient_name) for e in (chosen, *rest)}
    of_whom = f" of {len(patients)} patients" if len(patients) > 1 else ""
    return (
        Finding(
            "other-series",
            chosen.identity.series_description or chosen.identity.series_uid,
            f"{series} other CT series{of_whom} lie here.",
            f"This one was opened because it is most fit for planning: {chosen.reason}.",
            "Check name and series; choose another from the list if it is not the one you mean.",
        ),
    )


def _unreadable(files: tuple[str, ...]) -> tuple[Finding, ...]:
    if not files:
        return ()
    more = f" and {len(files) - NAMED_FILES} more" if len(files) > NAMED_FILES else ""
    return (
        Finding(
            "unreadable-files",
            "; ".join(files[:NAMED_FILES]) + more,
            f"{len(files)} files beside the series could not be read.",
            "If one was a slice of this series, its place is a gap.",
            "Copy or export the series again.",
        ),
    )


def _volume_files(paths: tuple[Path, ...]) -> list[Path]:
    return [p for folder in paths if folder.is_dir() for p in sorted(folder.iterdir()) if is_volume_file(p)]


def named_entry(found: Survey, name: str) -> SeriesEntry:
    """The entry of a key, or the first of a series UID. Raises IntakeError when there is none."""
    exact = [e for e in found.entries if e.key == name]
    matching = exact or [e for e in found.entries if e.identity.series_uid == name]
    if not matching:
        raise IntakeError(
            "There is no such series here.",
            f"{name} is not among the {len(found.entries)} series found.",
            "Choose one of the listed series.",
        )
    return matching[0]
