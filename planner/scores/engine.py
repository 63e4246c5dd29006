"""From a score's table and the facts to a Score: points, ranges, bins, published outcomes."""

from planner.scores.fact import UNKNOWN, Fact, Facts
from planner.scores.score import ItemValue, Published, Score, ScoreItem
from planner.scores.table import COMPARE, Bin, Condition, Item, Level, Outcome, Rate, ScoreTable
from recon.estimate import Estimate

Tri = tuple[bool | None, bool, bool]
"""(holds for the best value, may hold, may fail)."""

MEASURED_KINDS = ("_mm", "_deg", "_pct")
"""Facts by these endings are measurements, where a value exactly on the cut is borderline; ages and ejection fraction are not."""

NOT_MEASURED = ("lvef_pct",)


def with_strategy(facts: Facts, strategy: str | None) -> Facts:
    """The facts with the strategy that PLAN items read."""
    return {**facts, "strategy": Fact(strategy)} if strategy else facts


def total_points(table: ScoreTable, facts: Facts) -> float | None:
    """The total for the best values; None when an item is unknown."""
    points = [item_points(item, facts)[0] for item in table.items]
    return None if None in points else float(sum(p for p in points if p is not None))


def item_points(item: Item, facts: Facts) -> tuple[float | None, frozenset[float]]:
    """Points for the best values (None = unknown) and all points the facts allow."""
    reachable: set[float] = set()
    best: float | None = 0.0
    decided = open_end = True
    for level in sorted(item.levels, key=lambda one: -one.points):
        holds, may_hold, may_fail = _level(level, facts)
        if decided and holds is not False:
            best, decided = (level.points if holds else None), False
        if open_end and may_hold:
            reachable.add(level.points)
        open_end = open_end and may_fail
    if open_end:
        reachable.add(0.0)
    if best is None and len(reachable) == 1:
        best = next(iter(reachable))
    if best is None and item.unknown_points is not None and _is_blank(item, facts):
        best = item.unknown_points
    return best, frozenset(reachable)


def holds(conditions: tuple[Condition, ...], facts: Facts) -> bool | None:
    """Whether all conditions hold for the best values; None where an unknown fact decides."""
    return _level(Level(0.0, conditions), facts)[0]


def is_borderline(item: Item, facts: Facts) -> bool:
    """Whether a known value leaves the decision open, or lies exactly on the cut."""
    if any(not facts.get(c.fact, UNKNOWN).is_known for c in _conditions(item)):
        return any(_on_cut(c, facts) for c in _conditions(item))
    return len(item_points(item, facts)[1]) > 1 or any(_on_cut(c, facts) and _matters(item, c, facts) for c in _conditions(item))


def bin_of(table: ScoreTable, low: float, high: float) -> str | None:
    """The one bin that holds both totals; None when they fall in different bins or the score has none."""
    row = _row(table.bins, low, high)
    return row.name if isinstance(row, Bin) else None


def score_of(table: ScoreTable, facts: Facts, occlusion: str, strategy: str | None = None) -> Score:
    """The score of one occlusion from facts that hold the strategy where an item depends on it."""
    items = tuple(_item(item, facts) for item in table.items)
    total = total_points(table, facts)
    low, high = sum(i.low_points for i in items), min(table.highest, sum(i.high_points for i in items))
    withheld = _withheld(table, facts)
    if withheld:
        total, low, high = None, 0.0, table.highest
    span = (low, high) if total is None else (total, total)
    return Score(
        id=table.id,
        name=table.name,
        variant=table.variant,
        occlusion=occlusion,
        strategy=strategy,
        total=total,
        low=float(low),
        high=float(high),
        maximum=float(table.highest),
        bin=None if withheld else bin_of(table, *span),
        borderline=not withheld and any(is_borderline(item, facts) for item in table.items),
        items=items,
        published=() if withheld else tuple(_published(o, *span) for o in table.outcomes),
        source=table.source,
        caution=table.caution,
        c_statistic=table.c_statistic,
        withheld=withheld,
    )


def _item(item: Item, facts: Facts) -> ScoreItem:
    best, reachable = item_points(item, facts)
    shown = _shown_condition(item, best)
    fact = facts.get(shown.fact, UNKNOWN)
    blank = best is not None and item.unknown_points is not None and _is_blank(item, facts)
    said = dict.fromkeys(facts.get(c.fact, UNKNOWN).note for c in _conditions(item))
    notes = (item.note, *said, "Unknown: the paper counts a blank as a point." if blank else "")
    return ScoreItem(
        id=item.id,
        label=item.label,
        value=_value(fact),
        unit=item.unit,
        operator=shown.operator,
        threshold=shown.threshold if isinstance(shown.threshold, float | int) else " or ".join(_word(w) for w in shown.threshold),
        points=None if best is None else float(best),
        low_points=float(min(reachable)),
        high_points=float(max(reachable)),
        max_points=float(item.max_points),
        margin=_margin(shown, fact),
        source_class=item.source_class,
        state=fact.state if fact.is_known else "unknown",
        evidence_s_mm=fact.evidence_s_mm,
        note=" ".join(n for n in notes if n),
        mark=item.mark,
        conditions=tuple((c.fact, c.operator, c.threshold, _value(facts.get(c.fact, UNKNOWN))) for c in _conditions(item)),
        is_borderline=is_borderline(item, facts),
    )


def _level(level: Level, facts: Facts) -> Tri:
    parts = [_condition(c, facts.get(c.fact, UNKNOWN)) for c in level.conditions]
    holds: bool | None = None
    if any(p[0] is False for p in parts):
        holds = False
    elif all(p[0] for p in parts):
        holds = True
    return holds, all(p[1] for p in parts), any(p[2] for p in parts)


def _condition(condition: Condition, fact: Fact) -> Tri:
    if fact.value is None:
        return None, True, True
    if isinstance(fact.value, Estimate) and isinstance(condition.threshold, float | int):
        compare, cut = COMPARE[condition.operator], condition.threshold
        ends = (compare(fact.value.low, cut), compare(fact.value.high, cut))
        return compare(fact.value.best, cut), any(ends), not all(ends)
    words = condition.threshold if isinstance(condition.threshold, tuple) else ()
    seen = [word in words for word in fact.words]
    return fact.value in words, any(seen), not all(seen)


def _conditions(item: Item) -> tuple[Condition, ...]:
    return tuple(c for level in item.levels for c in level.conditions)


def _is_blank(item: Item, facts: Facts) -> bool:
    return all(not facts.get(c.fact, UNKNOWN).is_known for c in _conditions(item))


def _on_cut(condition: Condition, facts: Facts) -> bool:
    """A measured value that reaches its cut; an interval that merely ends on it counts."""
    value = facts.get(condition.fact, UNKNOWN).value
    measured = condition.fact.endswith(MEASURED_KINDS) and condition.fact not in NOT_MEASURED
    return (
        measured
        and isinstance(value, Estimate)
        and isinstance(condition.threshold, float | int)
        and value.straddles(condition.threshold)
    )


def _matters(item: Item, condition: Condition, facts: Facts) -> bool:
    """Whether this condition, decided one way or the other, changes the points."""
    value = facts[condition.fact].value
    if not isinstance(value, Estimate) or not isinstance(condition.threshold, float | int):
        return False
    either = [Estimate.exact(condition.threshold + step) for step in (-1e-6, 0.0, 1e-6)]
    return len({item_points(item, {**facts, condition.fact: Fact(e)})[0] for e in either}) > 1


def _shown_condition(item: Item, best: float | None) -> Condition:
    """The condition printed in the row: that of the level reached, else of the lowest level."""
    levels = sorted(item.levels, key=lambda one: one.points)
    reached = next((level for level in levels if level.points == best), levels[0])
    return reached.conditions[-1]


def _margin(condition: Condition, fact: Fact) -> float | None:
    """How far the best value is inside (+) or outside (-) of the condition, in the item's unit."""
    if not isinstance(fact.value, Estimate) or not isinstance(condition.threshold, float | int):
        return None
    distance = fact.value.best - condition.threshold
    return distance if condition.operator in (">", ">=") else -distance


def _value(fact: Fact) -> ItemValue:
    return fact.value


def _word(word: str | bool) -> str:
    return {True: "yes", False: "no"}[word] if isinstance(word, bool) else word


def _withheld(table: ScoreTable, facts: Facts) -> str:
    if table.withheld_if is None:
        return ""
    key, word, why = table.withheld_if
    return why if facts.get(key, UNKNOWN).value is word else ""


def _published(outcome: Outcome, low: float, high: float) -> Published:
    row = _row(outcome.rates, low, high)
    if not isinstance(row, Rate) or row.percent is None or row.mark == "?":
        return Published(outcome.outcome, None, outcome.cohort, False, "?")
    return Published(outcome.outcome, row.percent, outcome.cohort, row.mark in ("P", "S"), row.mark)


def _row(rows: tuple[Bin, ...] | tuple[Rate, ...], low: float, high: float) -> Bin | Rate | None:
    return next((row for row in rows if row.low <= low and high <= row.high), None)
