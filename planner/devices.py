"""The open device catalogue: classes with numbers, source and date; a person's own file replaces rows by id."""

import tomllib
from dataclasses import dataclass, fields
from importlib.resources import files
from typing import Any

from planner.settings import config_folder
from recon.errors import PlannerError

CATALOGUE = "devices.toml"
MARKS = ("S002", "S003", "P", "K", "own")
"""Where a number comes from; K is shown as unverified, own = the laboratory's own entry."""


@dataclass(frozen=True, slots=True)
class Device:
    """One device class; a number that is not known is None. `mark` is the confidence mark of its numbers."""

    id: str
    kind: str
    name: str
    source: str
    date: str
    mark: str
    working_length_mm: float | None = None
    outer_diameter_mm: float | None = None
    min_diameter_mm: float | None = None
    max_diameter_mm: float | None = None
    min_vessel_diameter_mm: float | None = None
    sizing_ratio: float | None = None
    min_pressure_atm: float | None = None
    max_pressure_atm: float | None = None

    @property
    def is_verified(self) -> bool:
        """Whether its numbers were read in a source."""
        return self.mark != "K"


NUMBERS = tuple(f.name for f in fields(Device) if f.default is None)


def device_catalogue() -> tuple[Device, ...]:
    """All devices: the shipped rows in file order, a person's own rows in their place or after them.

    Raises PlannerError, naming file and row, for a catalogue that makes no sense.
    """
    shipped = _devices(CATALOGUE, files("resources").joinpath(CATALOGUE).read_text(encoding="utf-8"))
    own_file = config_folder() / CATALOGUE
    own = _devices(str(own_file), own_file.read_text(encoding="utf-8")) if own_file.is_file() else ()
    return tuple(({d.id: d for d in shipped} | {d.id: d for d in own}).values())


def _devices(where: str, text: str) -> tuple[Device, ...]:
    try:
        rows = tomllib.loads(text).get("device", [])
        return tuple(_device(row) for row in rows)
    except (KeyError, TypeError, ValueError) as error:
        raise PlannerError(
            "The device catalogue cannot be used.", f"{where}: {error!s}.", "Correct the row or remove it."
        ) from error


def _device(row: dict[str, Any]) -> Device:
    unknown = set(row) - {"id", "class", "name", "source", "date", "mark", *NUMBERS}
    if unknown:
        raise ValueError(f"row {row.get('id')!r} has unknown keys {sorted(unknown)}")
    if row["mark"] not in MARKS:
        raise ValueError(f"row {row['id']!r}: mark must be one of {', '.join(MARKS)}, got {row['mark']!r}")
    numbers: dict[str, Any] = {key: float(row[key]) for key in NUMBERS if key in row}
    if any(value <= 0 for value in numbers.values()):
        raise ValueError(f"row {row['id']!r}: every number must be positive")
    values: dict[str, Any] = {key: str(row[key]) for key in ("id", "name", "source", "date", "mark")} | {
        "kind": str(row["class"])
    }
    if not all(values.values()):
        raise ValueError(f"row {row['id']!r}: id, class, name, source, date and mark must not be empty")
    return Device(**values, **numbers)
