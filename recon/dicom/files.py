"""Where images may be: which files a dropped path stands for, and their bytes.

A path may be a folder (nested, mixed with anything), a file, a zip archive, or several of these dropped together.
"""

import os
import threading
import zipfile
import zlib
from collections.abc import Iterable
from io import RawIOBase
from pathlib import Path

from recon.dicom.directory import is_directory_file, named_files
from recon.dicom.slice_header import FileRef
from recon.errors import IntakeError
from recon.report import Report

MAXIMUM_FILES = 500_000
MEMBER_LIMIT_BYTES = 1 << 30
"""One archive member that unpacks to more than this is refused (zip bomb)."""
ARCHIVE_LIMIT_BYTES = 20 << 30
"""All members of an archive together."""
RATIO_LIMIT = 200
"""Largest ratio of unpacked to packed size of a member above 1 MB: CT packs at most 5 : 1, zeros 1000 : 1."""


def files_under(paths: Iterable[Path], report: Report) -> tuple[list[FileRef], list[str]]:
    """Every file that `paths` stand for, in a stable order, and the places that could not be entered.

    Links are followed, each folder once, so that a loop ends. Raises IntakeError when a path does not exist.
    """
    refs: list[FileRef] = []
    unreadable: list[str] = []
    seen: set[str] = set()
    waiting = list(reversed(_given(paths, unreadable)))
    while waiting:
        path = waiting.pop()
        if not Path(path).is_dir():
            _add_file(path, refs, unreadable)
            continue
        real = os.path.realpath(path)
        if real in seen:
            continue
        seen.add(real)
        report(0.0, f"Looking through folders: {len(refs)} files")
        try:
            with os.scandir(path) as listing:
                inside = sorted(listing, key=lambda item: item.name)
        except OSError as error:
            unreadable.append(f"{path} ({error.strerror})")
            continue
        for item in inside:
            if _is_folder(item):
                waiting.append(item.path)
            else:
                _add_file(item.path, refs, unreadable)
        if len(refs) > MAXIMUM_FILES:
            raise IntakeError(
                "The folder holds too many files.",
                f"More than {MAXIMUM_FILES} files lie under {path}.",
                "Choose the folder of the examination itself.",
            )
    return refs, unreadable


def _given(paths: Iterable[Path], unreadable: list[str]) -> list[str]:
    """The paths as given; a DICOMDIR stands for the files it names, or for its folder when it names none."""
    given: list[str] = []
    for path in paths:
        if not path.exists():
            raise IntakeError("There is no such file or folder.", f"{path} does not exist.", "Check the path and the drive.")
        if is_directory_file(path):
            named, missing = named_files(path)
            unreadable.extend(missing)
            given.extend(str(target) for target in named or [path.parent])
        else:
            given.append(str(path))
    return given


def _is_folder(item: "os.DirEntry[str]") -> bool:
    try:
        return item.is_dir()
    except OSError:
        return False


def _add_file(path: str, refs: list[FileRef], unreadable: list[str]) -> None:
    if not path.lower().endswith(".zip"):
        refs.append(FileRef(path))
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir()]
    except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
        unreadable.append(f"{path} (not a readable zip archive: {error})")
        return
    refuse_bomb(path, members)
    refs.extend(FileRef(path, member.filename) for member in members)


def refuse_bomb(path: str, members: list[zipfile.ZipInfo]) -> None:
    """Raises IntakeError when an archive promises to unpack to an amount no examination has."""
    worst = [
        m
        for m in members
        if m.file_size > MEMBER_LIMIT_BYTES or (m.file_size > 1 << 20 and m.file_size > RATIO_LIMIT * max(m.compress_size, 1))
    ]
    if worst or sum(m.file_size for m in members) > ARCHIVE_LIMIT_BYTES or len(members) > MAXIMUM_FILES:
        name = worst[0].filename if worst else f"{len(members)} members"
        raise IntakeError(
            "The zip archive unpacks to an amount of data no examination has.",
            f"{path}: {name}.",
            "Unpack it with a tool you trust and open the folder.",
        )


class FileReader:
    """Reads bytes of files and archive members; keeps archives open and is safe in threads."""

    def __init__(self) -> None:
        self._archives: dict[str, zipfile.ZipFile] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> "FileReader":
        return self

    def __exit__(self, *_: object) -> None:
        for archive in self._archives.values():
            archive.close()

    def first(self, ref: FileRef, count: int) -> tuple[bytes, int]:
        """The first `count` bytes and the whole size."""
        if not ref.member:
            with open(ref.path, "rb", buffering=0) as file:  # noqa: PTH123 - unbuffered: half the cost per file
                return _up_to(file, count), os.fstat(file.fileno()).st_size
        return self._member(ref, 0, count), self._archive(ref.path).getinfo(ref.member).file_size

    def part(self, ref: FileRef, offset: int, count: int | None) -> bytes:
        """`count` bytes from `offset` on, to the end when None; fewer when the file is short."""
        if not ref.member:
            with open(ref.path, "rb", buffering=0) as file:  # noqa: PTH123 - as above
                if offset:
                    file.seek(offset)
                # A broken length must not make Python reserve gigabytes before it reads.
                left = max(os.fstat(file.fileno()).st_size - offset, 0)
                return _up_to(file, left if count is None else min(count, left))
        return self._member(ref, offset, MEMBER_LIMIT_BYTES if count is None else count)

    def _member(self, ref: FileRef, offset: int, count: int) -> bytes:
        """A part of an archive member; whatever is wrong with the archive is an OSError, as with a file."""
        try:
            with self._archive(ref.path).open(ref.member) as member:
                if offset:
                    member.seek(offset)
                return member.read(count)
        except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
            raise OSError(f"the archive is damaged, locked or packed in an unknown way ({error})") from error

    def _archive(self, path: str) -> zipfile.ZipFile:
        with self._lock:
            if path not in self._archives:
                self._archives[path] = zipfile.ZipFile(path)
            return self._archives[path]


def _up_to(file: RawIOBase, count: int) -> bytes:
    """One unbuffered read may return less than asked for."""
    parts: list[bytes] = []
    while count > 0:
        data = file.read(count)
        if not data:
            break
        parts.append(data)
        count -= len(data)
    return parts[0] if len(parts) == 1 else b"".join(parts)
