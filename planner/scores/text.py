"""A score's margins in words: what would flip it, how likely each total is, strategies side by side."""

from planner.scores.score import Flip, Score
from planner.text import points_text

FlipRow = tuple[str, str, str, str]
"""Item, change, points, what the total becomes."""


def by_strategy(scores: list[Score]) -> list[tuple[Score, ...]]:
    """Scores that differ by strategy only, together, in their first order."""
    groups: dict[tuple[str, str], list[Score]] = {}
    for score in scores:
        groups.setdefault((score.id, score.occlusion), []).append(score)
    return [tuple(group) for group in groups.values()]


def totals_text(group: tuple[Score, ...]) -> str:
    """`3-4`, or one total a strategy: `wire 1, adr 2, retrograde 3`."""
    texts = ["withheld" if s.withheld else points_text(s.low, s.high) for s in group]
    if len(group) == 1:
        return texts[0]
    return ", ".join(f"{score.strategy} {text}" for score, text in zip(group, texts, strict=True))


def flip_rows(group: tuple[Score, ...]) -> list[FlipRow]:
    """The smallest change of each measured or proposed item that changes its points, nearest first; a flip that does not
    depend on the strategy is listed once, with what the total becomes for each."""
    rows: dict[tuple[str, str], list[tuple[Score, Flip]]] = {}
    for score in group:
        for flip in score.flips:
            rows.setdefault((flip.item, flip.to_value), []).append((score, flip))
    return [_flip_row(found) for found in rows.values()]


def chance_text(score: Score) -> str:
    """`3: 82 %, 4: 18 %`: the probability of each total under the measured uncertainties; empty while an item is unknown."""
    return ", ".join(f"{total:g}: {100 * chance:.0f} %" for total, chance in score.total_probabilities if chance >= 0.005)


def _flip_row(found: list[tuple[Score, Flip]]) -> FlipRow:
    score, flip = found[0]
    item = next(i for i in score.items if i.id == flip.item)
    change = f"if {flip.to_value}" if flip.change is None else f"by {flip.change:+.1f} {item.unit}".rstrip()
    ends = [_end_text(s, f, len(found) > 1) for s, f in found]
    return item.label, change, f"{flip.points_change:+g}", "; ".join(ends)


def _end_text(score: Score, flip: Flip, is_named: bool) -> str:
    named = f" ({flip.to_bin})" if flip.to_bin else ""
    end = "open" if flip.to_total is None else f"{flip.to_total:g}{named}"
    return f"{score.strategy} {end}" if is_named and score.strategy else end
