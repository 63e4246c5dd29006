"""What would flip a total: the smallest change of each known item, and the probability of each total (docs/clinical.md 0.3)."""

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from planner.fact_rules import FACT_RULES
from planner.scores.engine import bin_of, item_points, total_points
from planner.scores.fact import UNKNOWN, Fact, Facts
from planner.scores.score import Flip, Score
from planner.scores.table import Condition, Item, Level, ScoreTable
from recon.estimate import Estimate, FloatArray

SAMPLES = 4000
SEED = 20260101
COVERAGE_Z = 1.645
"""An interval is taken as 90 % of a normal spread, each side on its own."""
FREE_CLASSES = ("AUTO", "SEMI")
"""Source classes whose value can move by measurement."""
ARRAY_COMPARE = {">": np.greater, ">=": np.greater_equal, "<": np.less, "<=": np.less_equal}

Draws = npt.NDArray[np.float64] | npt.NDArray[np.object_]
"""Samples (SAMPLES,) of one fact."""


def flips(table: ScoreTable, facts: Facts) -> tuple[Flip, ...]:
    """The smallest change of each measured or proposed item that changes its points, nearest first."""
    found = [flip for item in table.items if item.source_class in FREE_CLASSES for flip in _item_flips(table, item, facts)]
    return tuple(sorted(found, key=lambda f: (f.change is None, abs(f.change or 0.0))))


def total_probabilities(table: ScoreTable, facts: Facts, score: Score) -> tuple[tuple[float, float], ...]:
    """(total, probability) under the uncertainty of the measured facts, seeded; empty when an item is unknown.

    A fact that several items share is drawn once a sample.
    """
    if score.total is None:
        return ()
    rng = np.random.default_rng(SEED)
    keys = sorted({c.fact for item in table.items for level in item.levels for c in level.conditions})
    drawn = {key: _draws(facts.get(key, UNKNOWN), rng) for key in keys}
    total = sum((_points(item, drawn) for item in table.items), np.zeros(SAMPLES))
    values, counts = np.unique(total, return_counts=True)
    return tuple((float(v), float(n) / SAMPLES) for v, n in zip(values, counts, strict=True))


def _item_flips(table: ScoreTable, item: Item, facts: Facts) -> list[Flip]:
    found = []
    for condition in dict.fromkeys(c for level in item.levels for c in level.conditions):
        fact = facts.get(condition.fact, UNKNOWN)
        if not fact.is_known:
            continue
        options = [_flip(table, item, facts, condition, value) for value in _other_values(condition, fact)]
        changed = [o for o in options if o is not None]
        found += sorted(changed, key=lambda f: abs(f.change or 0.0))[:1]
    return found


def _other_values(condition: Condition, fact: Fact) -> list[Estimate | bool | str]:
    """Values just on the other side of the cut, or the words of the other side."""
    if isinstance(fact.value, Estimate) and isinstance(condition.threshold, float | int):
        cut = float(condition.threshold)
        return [Estimate.exact(v) for v in (math.nextafter(cut, -math.inf), cut, math.nextafter(cut, math.inf))]
    if isinstance(fact.value, bool):
        return [not fact.value]
    return [word for word in FACT_RULES[condition.fact].words if word != fact.value]


def _flip(table: ScoreTable, item: Item, facts: Facts, condition: Condition, value: Estimate | bool | str) -> Flip | None:
    changed = {**facts, condition.fact: Fact(value)}
    old_points, new_points = item_points(item, facts)[0], item_points(item, changed)[0]
    if old_points is None or new_points is None or old_points == new_points:
        return None
    total = total_points(table, changed)
    before = facts[condition.fact].value
    change = (
        condition.threshold - before.best if isinstance(before, Estimate) and isinstance(condition.threshold, float) else None
    )
    category = None if total is None else bin_of(table, total, total)
    return Flip(item.id, condition.fact, change, _told(condition, value), new_points - old_points, total, category)


def _told(condition: Condition, value: Estimate | bool | str) -> str:
    if isinstance(value, Estimate):
        return f"{condition.threshold:g}"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def _draws(fact: Fact, rng: np.random.Generator) -> Draws | None:
    if isinstance(fact.value, Estimate):
        value, spread = fact.value, rng.standard_normal(SAMPLES)
        side = np.where(spread < 0, value.best - value.low, value.high - value.best) / COVERAGE_Z
        return value.best + spread * side
    if fact.value is None:
        return None
    words, chances = fact.words, _chances(fact)
    return np.array(words, dtype=object)[rng.choice(len(words), SAMPLES, p=chances)]


def _chances(fact: Fact) -> list[float]:
    if len(fact.words) == 1:
        return [1.0]
    of_value = fact.chance if fact.chance is not None else 1 / len(fact.words)
    return [of_value if word == fact.value else (1 - of_value) / (len(fact.words) - 1) for word in fact.words]


def _points(item: Item, drawn: dict[str, Draws | None]) -> FloatArray:
    points, open_rows = np.zeros(SAMPLES), np.ones(SAMPLES, bool)
    if item.unknown_points is not None and all(drawn[c.fact] is None for level in item.levels for c in level.conditions):
        return points + item.unknown_points
    for level in sorted(item.levels, key=lambda one: -one.points):
        holds = open_rows & _holds(level, drawn)
        points[holds] = level.points
        open_rows &= ~holds
    return points


def _holds(level: Level, drawn: dict[str, Draws | None]) -> npt.NDArray[np.bool_]:
    result = np.ones(SAMPLES, bool)
    for condition in level.conditions:
        values = drawn[condition.fact]
        if values is None:
            return np.zeros(SAMPLES, bool)
        result &= _compared(values, condition)
    return result


def _compared(values: Draws, condition: Condition) -> npt.NDArray[np.bool_]:
    if isinstance(condition.threshold, tuple):
        return np.array([value in condition.threshold for value in values])
    return np.asarray(ARRAY_COMPARE[condition.operator](values, condition.threshold))


def with_margins(table: ScoreTable, facts: Facts, score: Score) -> Score:
    """The score with its flips and the probability of each total."""
    return replace(score, flips=flips(table, facts), total_probabilities=total_probabilities(table, facts, score))
