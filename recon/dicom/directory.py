"""DICOMDIR: which files a CD's directory names, and which of them are not there."""

from collections.abc import Iterator
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

_READ_LIMIT_BYTES = 256 << 20


def is_directory_file(path: Path) -> bool:
    """Whether this is a DICOM directory by its name (PS3.10 section 8.6); variants keep the name as their beginning."""
    return path.is_file() and path.name.upper().startswith("DICOMDIR")


def named_files(path: Path) -> tuple[list[Path], list[str]]:
    """The image files a DICOMDIR names that exist, and the names of those that are missing or outside its folder.

    Empty when the directory itself cannot be read.
    """
    if path.stat().st_size > _READ_LIMIT_BYTES:
        return [], [f"{path} (too large for a directory)"]
    try:
        records = list(_file_records(pydicom.dcmread(path, force=False)))
    except (InvalidDicomError, OSError, ValueError, AttributeError, KeyError, TypeError, EOFError) as error:
        return [], [f"{path} (the directory cannot be read: {error})"]
    there: list[Path] = []
    missing: list[str] = []
    root = path.parent.resolve()
    for parts in records:
        target = _real_path(path.parent, parts)
        # A name may only lead into the medium's own folders.
        if target is None or root not in target.resolve().parents:
            missing.append(f"{path.parent.joinpath(*parts)} (named in the {path.name} but missing)")
        else:
            there.append(target)
    return there, missing


def _file_records(directory: Dataset) -> Iterator[list[str]]:
    """Path components of each record with a file, Referenced File ID (0004,1500)."""
    for record in directory.get("DirectoryRecordSequence") or []:
        name = record.get("ReferencedFileID")
        if name:
            yield [name] if isinstance(name, str) else [str(part) for part in name]


def _real_path(folder: Path, parts: list[str]) -> Path | None:
    """The file whatever case the copy of the CD gave its names."""
    found = folder
    for part in parts:
        for variant in (part, part.lower(), part.upper()):
            if (found / variant).exists():
                found = found / variant
                break
        else:
            return None
    return found if found.is_file() else None
