"""What an algorithm's table file is made of: options with conditions, reasons and cautions (docs/clinical.md C)."""

from dataclasses import dataclass

from planner.scores.table import Condition

Group = tuple[Condition, ...]
"""Conditions that must all hold."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason that is given when its conditions hold."""

    text: str
    when: Group


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One option: it applies when any group of `when` holds; no group = always. `condition` says so in words."""

    id: str
    condition: str
    text: str
    when: tuple[Group, ...] = ()
    reasons_for: tuple[Reason, ...] = ()
    reasons_against: tuple[Reason, ...] = ()
    caution: str = ""
    source: str = ""
    year: int | None = None
    mark: str = "P"


@dataclass(frozen=True, slots=True)
class AlgorithmTable:
    """A published algorithm as data; `source` and `year` hold for options that name none."""

    id: str
    name: str
    order: int
    source: str
    year: int | None
    mark: str
    options: tuple[OptionRow, ...]
    note: str = ""
