"""Files into a folder as one step: all built beside, then moved in; a failure leaves the folder as it was."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from planner.plan import SeriesRef
from planner.plan_json import PlanFileError, plan_from_json
from recon.errors import OutputError

OWN_FILES = (
    "plan.json",
    "centerlines.json",
    "sections.csv",
    "occlusions.json",
    "scores.json",
    "views.json",
    "views.csv",
    "calcium-score.json",
    "subtraction.csv",
    "report.pdf",
    "angle-card.pdf",
    "angle-card.png",
    "log.jsonl",
    "dicom/report.dcm",
    "dicom/measurements.dcm",
    "dicom/segmentation.dcm",
    "dicom/picture-1.dcm",
    "dicom/picture-2.dcm",
    "dicom/picture-3.dcm",
)
"""All files this program writes; only these are ever replaced or removed in a folder that exists."""

PLAN_FILE = "plan.json"


def write_bytes(path: Path, content: bytes) -> None:
    """Write and flush to the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def write_one(path: Path, content: bytes) -> None:
    """Write one file beside and rename it, so that it is whole or absent; raises OutputError when it cannot be written."""
    beside = path.with_name(f".{path.name}.part")
    try:
        write_bytes(beside, content)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise _cannot_write(path, error) from error


@contextlib.contextmanager
def staged(folder: Path, series: SeriesRef) -> Iterator[Path]:
    """A temporary folder to build in; on leaving in order its files go to `folder`, on any failure nothing does.

    Other people's files in `folder` stay. Results of this program that the new set no longer has are removed, so that
    none of an earlier run is taken for one of this. Raises OutputError when the folder holds results of another patient
    or series, is a file, or cannot be written.
    """
    _check_same_series(folder, series)
    made = _make_parents(folder)
    try:
        stage = _stage_beside(folder)
        try:
            yield stage
            _swap_in(stage, folder)
        except OSError as error:
            raise _cannot_write(folder, error) from error
        finally:
            shutil.rmtree(stage, ignore_errors=True)
    except BaseException:
        for path in made:
            with contextlib.suppress(OSError):
                path.rmdir()
        raise


def _check_same_series(folder: Path, series: SeriesRef) -> None:
    if folder.exists() and not folder.is_dir():
        raise OutputError("The results need a folder.", f"{folder} is a file.", "Name another folder.")
    plan_file = folder / PLAN_FILE
    if not plan_file.exists():
        return
    try:
        there = plan_from_json(plan_file.read_text(encoding="utf-8")).series
    except (OSError, UnicodeDecodeError, PlanFileError) as error:
        raise OutputError(
            "The folder holds a plan that cannot be read.", f"{plan_file}: {error}", "Name another folder, or move the file away."
        ) from error
    if (there.series_uid, there.patient_id) != (series.series_uid, series.patient_id):
        raise OutputError(
            "The folder holds the results of another patient or series.",
            f"{plan_file} is of series {there.series_uid or '(none)'}.",
            "Name another folder; nothing was changed.",
        )


def _make_parents(folder: Path) -> list[Path]:
    """Make the folders above; returns those that were missing, deepest first."""
    missing = [path for path in folder.parents if not path.exists()]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    return missing


def _stage_beside(folder: Path) -> Path:
    """On the same file system: inside the folder when it exists, else next to it."""
    inside = folder.is_dir()
    try:
        return Path(tempfile.mkdtemp(prefix=".cto-planner-", dir=folder if inside else folder.parent))
    except OSError as error:
        raise _cannot_write(folder, error) from error


def _cannot_write(folder: Path, error: OSError) -> OutputError:
    return OutputError(
        "The results cannot be written.",
        f"{folder}: {error.strerror or error}.",
        "Free disk space or choose a folder you may write to; nothing was written.",
    )


def _swap_in(stage: Path, folder: Path) -> None:
    """Move each new file in; put the old ones back if a move fails."""
    if not folder.exists():
        stage.chmod(0o755)
        stage.replace(folder)
        return
    old = stage / "replaced"
    moved: list[tuple[Path, Path]] = []
    try:
        for name in OWN_FILES:
            for source, destination in ((folder / name, old / name), (stage / name, folder / name)):
                if source.exists():
                    destination.parent.mkdir(parents=True, exist_ok=True)
                    source.replace(destination)
                    moved.append((source, destination))
    except OSError:
        for source, destination in reversed(moved):
            destination.replace(source)
        raise
    with contextlib.suppress(OSError):
        (folder / "dicom").rmdir()
