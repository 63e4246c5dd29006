"""Opens the store: SQLite in a file by default, any SQLAlchemy URL otherwise; brings its tables up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from recon.errors import PlannerError

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
BUSY_SECONDS = 30
"""How long a writer waits for another program that writes."""


class StoreError(PlannerError):
    """The store cannot be opened, read or written."""


@dataclass(frozen=True, eq=False)
class Store:
    """An open store; `close` it when done."""

    engine: Engine
    where: str

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All of the statements inside or none; a failure is a StoreError."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise _failure(self.where, error) from error

    def close(self) -> None:
        """Let the file go."""
        self.engine.dispose()


def open_store(place: Path | str) -> Store:
    """The store in a file, or at a database URL; made when it is missing.

    Raises StoreError for a file that is no store, one of a newer program version, or a place that cannot be written.
    """
    url, where = _url(place)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS} if url.startswith("sqlite") else {})
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    try:
        with engine.begin() as connection:
            _upgrade(connection, where)
    except SQLAlchemyError as error:
        engine.dispose()
        raise _failure(where, error) from error
    except StoreError:
        engine.dispose()
        raise
    return Store(engine, where)


def _url(place: Path | str) -> tuple[str, str]:
    if isinstance(place, str) and "://" in place:
        return place, place.rsplit("@", 1)[-1]
    path = Path(place)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _failure(str(path), error) from error
    return f"sqlite:///{path}", str(path)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Write-ahead log: readers do not wait, and a crash loses nothing that was committed."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _upgrade(connection: Connection, where: str) -> None:
    config = Config()
    config.set_main_option("script_location", MIGRATIONS.as_posix().replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in known:
        raise StoreError(
            "The store was written by a newer version of the program.", f"{where}.", "Update the program; nothing was changed."
        )
    command.upgrade(config, "head")


def _failure(where: str, error: Exception) -> StoreError:
    reason = str(getattr(error, "orig", None) or error).splitlines()[0]
    return StoreError(
        "The store cannot be used.", f"{where}: {reason}.", "Free disk space, close other programs that use it, or name another."
    )
