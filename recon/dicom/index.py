"""An index of headers already read, so that a second visit to a folder opens no file.

One SQLite file in the user's cache folder, rows keyed by folder, name, size and time of change. It holds patient names,
as the images do, and is readable by the user alone. Whatever is wrong with it, the files themselves are read.
"""

import dataclasses
import json
import os
import sqlite3
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from recon.dicom.slice_header import FileRef, SliceHeader

MAXIMUM_ROWS = 300_000
"""Older visits are forgotten beyond this."""
Headers = tuple[SliceHeader, ...] | str
Stamp = tuple[int, int]
"""Size in bytes and time of change in ns."""

_FIELDS = tuple(f.name for f in dataclasses.fields(SliceHeader) if f.name != "ref")
_TUPLES = ("image_type", "position_mm", "orientation", "spacing_mm", "padding")
_SCHEMA = ",".join(_FIELDS)


def user_index() -> Path:
    """Where the index of this user lies, by the custom of the system."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return base / "cto-planner" / "headers.sqlite"


def stamp(ref: FileRef) -> Stamp | None:
    """What tells that a file has not changed; None when it cannot be asked."""
    try:
        state = os.stat(ref.path)  # noqa: PTH116 - asked of every file of a folder
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns


def recalled(index: Path, refs: Iterable[FileRef], stamps: Mapping[FileRef, Stamp | None]) -> dict[FileRef, Headers]:
    """What the index knows of unchanged files; empty when there is no usable index."""
    wanted = {(*os.path.split(ref.path), ref.member): ref for ref in refs}
    found: dict[FileRef, Headers] = {}
    if not index.exists():
        return found
    try:
        with _opened(index) as database:
            for folder in {key[0] for key in wanted}:
                query = "SELECT name, member, size, changed, headers FROM files WHERE folder = ?"
                for name, member, size, changed, text in database.execute(query, (folder,)):
                    ref = wanted.get((folder, name, member))
                    if ref is not None and stamps.get(ref) == (size, changed):
                        found[ref] = _from_text(ref, text)
    except (sqlite3.Error, OSError, ValueError, TypeError):
        # A damaged or locked index only costs the time of reading the files.
        return {}
    return found


def remember(index: Path, results: Mapping[FileRef, Headers], stamps: Mapping[FileRef, Stamp | None]) -> None:
    """Adds what was read; an index that cannot be written is left as it is."""
    rows = []
    for ref, headers in results.items():
        state = stamps.get(ref)
        if state is not None:
            rows.append((*os.path.split(ref.path), ref.member, *state, _to_text(headers)))
    try:
        index.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _opened(index) as database:
            database.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)", rows)
            limit = "SELECT rowid FROM files ORDER BY rowid DESC LIMIT -1 OFFSET ?"
            database.execute(f"DELETE FROM files WHERE rowid IN ({limit})", (MAXIMUM_ROWS,))
    except (sqlite3.Error, OSError):
        # Nothing depends on the index: the next visit reads the files again.
        return


class _opened:  # noqa: N801 - reads as a word where it is used
    """The database with its table, committed and closed at the end; an index of other columns is emptied."""

    def __init__(self, index: Path) -> None:
        new = not index.exists()
        self._database = sqlite3.connect(index, timeout=2.0)
        if new:
            index.chmod(0o600)
        self._database.execute("CREATE TABLE IF NOT EXISTS about (columns TEXT)")
        row = self._database.execute("SELECT columns FROM about").fetchone()
        if row is None or row[0] != _SCHEMA:
            self._database.execute("DROP TABLE IF EXISTS files")
            self._database.execute("DELETE FROM about")
            self._database.execute("INSERT INTO about VALUES (?)", (_SCHEMA,))
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS files (folder TEXT, name TEXT, member TEXT, size INTEGER, changed INTEGER, headers TEXT,"
            " UNIQUE (folder, name, member))"
        )

    def __enter__(self) -> sqlite3.Connection:
        return self._database

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._database.commit()
        self._database.close()


def _to_text(headers: Headers) -> str:
    if isinstance(headers, str):
        return json.dumps(headers)
    return json.dumps([[getattr(header, name) for name in _FIELDS] for header in headers])


def _from_text(ref: FileRef, text: str) -> Headers:
    stored: Any = json.loads(text)
    if isinstance(stored, str):
        return stored
    headers = []
    for row in stored:
        values: dict[str, Any] = dict(zip(_FIELDS, row, strict=True))
        for name in _TUPLES:
            values[name] = None if values[name] is None else tuple(values[name])
        headers.append(SliceHeader(ref=ref, **values))
    return tuple(headers)
