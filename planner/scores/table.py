"""What a score's table file is made of: conditions, levels, items, bins and published outcomes (docs/clinical.md A)."""

import operator
from collections.abc import Callable
from dataclasses import dataclass

COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
"""Numeric operators exactly as published; words use `is`."""

STRATEGIES = ("wire", "adr", "retrograde")
"""Crossing strategies a PLAN item is shown for, side by side."""

SOURCE_CLASSES = ("AUTO", "SEMI", "OPER", "PLAN")
"""Measured; proposed for a reader to confirm; stated by the operator; set by the strategy."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`fact operator threshold`; for `is` the threshold is the tuple of words (or booleans) that count."""

    fact: str
    operator: str
    threshold: float | tuple[str | bool, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """Points given when all conditions hold."""

    points: float
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One item: the first of its levels that holds gives the points, none of them gives 0.

    `mark` is the confidence mark of the definition (docs/clinical.md, first section). `unknown_points` is what the paper itself
    gives for a blank; `note` is printed beside the item.
    """

    id: str
    label: str
    source_class: str
    levels: tuple[Level, ...]
    mark: str
    unit: str = ""
    unknown_points: float | None = None
    note: str = ""

    @property
    def max_points(self) -> float:
        """Points of the highest level."""
        return max(level.points for level in self.levels)


@dataclass(frozen=True, slots=True)
class Bin:
    """A named category for totals low..high, both included."""

    low: float
    high: float
    name: str


@dataclass(frozen=True, slots=True)
class Rate:
    """A published percentage for totals low..high; `percent` None = published but not verified, so not shown."""

    low: float
    high: float
    percent: float | None
    mark: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One published end point with its cohort and the rate of each total."""

    outcome: str
    cohort: str
    rates: tuple[Rate, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """One published score as data. `withheld_if` names a fact and the word that takes the patient out of the cohort."""

    id: str
    name: str
    variant: str
    order: int
    items: tuple[Item, ...]
    source: str
    bins: tuple[Bin, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    c_statistic: str = ""
    caution: str = ""
    withheld_if: tuple[str, bool, str] | None = None
    maximum: float | None = None

    @property
    def highest(self) -> float:
        """The largest total."""
        return self.maximum if self.maximum is not None else sum(item.max_points for item in self.items)

    @property
    def strategies(self) -> tuple[str | None, ...]:
        """One value a strategy where an item depends on it, else one value."""
        return STRATEGIES if any(item.source_class == "PLAN" for item in self.items) else (None,)


def over(fact: str, sign: str, threshold: float) -> Condition:
    """A numeric condition."""
    return Condition(fact, sign, threshold)


def is_one_of(fact: str, *words: str | bool) -> Condition:
    """A condition on a word or on yes/no."""
    return Condition(fact, "is", words)


def one_level(points: float, *conditions: Condition) -> tuple[Level, ...]:
    """The levels of an item that gives these points or none."""
    return (Level(points, conditions),)
