"""The key map: which keys run which command, read from resources/keymap.toml."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from recon.errors import CallError
from resources import resource_path


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the key map: what it is called, under which heading, and its keys in Qt notation."""

    id: str
    keys: tuple[str, ...]
    group: str
    text: str


def read_keymap(path: Path | None = None) -> tuple[Command, ...]:
    """All commands in the order of the file. Raises CallError when two commands share a key or an id."""
    rows = tomllib.loads((path or resource_path("keymap.toml")).read_text(encoding="utf-8"))["command"]
    commands = tuple(Command(row["id"], tuple(row["keys"]), row["group"], row["text"]) for row in rows)
    _refuse_twice("command", [c.id for c in commands])
    _refuse_twice("key", [key.lower() for c in commands for key in c.keys])
    return commands


def _refuse_twice(what: str, values: list[str]) -> None:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise CallError(f"The key map gives a {what} twice.", f"Twice: {', '.join(twice)}.", "Correct resources/keymap.toml.")
