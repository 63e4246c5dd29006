"""Scores: one row a score with its items as chips; the items of the chosen score below."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QScrollArea, QSplitter, QTabWidget, QVBoxLayout, QWidget

from planner.scores.score import ItemValue, Score, ScoreItem
from planner.scores.text import by_strategy, chance_text, flip_rows, totals_text
from planner.text import interval_text, points_text
from recon.estimate import Estimate
from ui.model import CaseModel
from ui.panels.item_chips import ITEMS_ROLE, LEGEND, ItemChips
from ui.panels.page import Page, titled
from ui.panels.text_list import TextList

MARKS = {"K": "unverified", "E": "app setting", "C": "computed"}


class ScoresPage(Page):
    """The score sheet of the target occlusion."""

    def __init__(self, model: CaseModel, parent: QWidget | None = None) -> None:
        super().__init__(model, parent=parent)
        self.scores = TextList(("Score", "Points", "of", "Items", "Group"), right=(1, 2))
        self.scores.setItemDelegateForColumn(3, ItemChips(self))
        self.scores.currentItemChanged.connect(lambda *_: self._show_items())
        self.items = TextList(("Item", "Value", "Cut-off", "Points", "Margin", "From"), right=(1, 3, 4))
        self.items.itemClicked.connect(lambda item: self._go(item.data(0, Qt.ItemDataRole.UserRole)))
        self.flips = TextList(("Would change it", "Change", "Points", "Total becomes"), right=(2,))
        self.chances = QLabel()
        self.chances.setObjectName("dim")
        self.chances.setWordWrap(True)
        self.chances.setContentsMargins(8, 4, 8, 4)
        self.source = QLabel()
        self.source.setObjectName("dim")
        self.source.setWordWrap(True)
        self.source.setContentsMargins(8, 4, 8, 6)
        self.source.setAlignment(Qt.AlignmentFlag.AlignTop)
        notes = QScrollArea()
        notes.setWidgetResizable(True)
        notes.setWidget(self.source)
        below = QSplitter(Qt.Orientation.Horizontal)
        below.addWidget(titled("ITEMS   click: go to the evidence", self.items))
        margins = QWidget()
        column = QVBoxLayout(margins)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.chances)
        column.addWidget(self.flips, 1)
        self.margins = QTabWidget()
        self.margins.addTab(margins, "What would flip it")
        self.margins.addTab(notes, "Source and published outcomes")
        below.addWidget(self.margins)
        below.setSizes([660, 420])
        self.addWidget(titled(f"SCORES   {LEGEND}", self.scores))
        self.addWidget(below)
        self.setSizes([330, 230])

    def fill(self) -> None:
        """Show the current state of the model."""
        analysis = self._model.analysis
        if analysis is None:
            return
        chosen = self._chosen()
        target = analysis.target
        scores = [s for s in analysis.scores.scores if target is None or s.occlusion == target.id]
        groups = by_strategy(scores)
        rows = self.scores.show_rows([_score_row(g) for g in groups], groups)
        for row, group in zip(rows, groups, strict=True):
            row.setData(3, ITEMS_ROLE, group[0].items)
            row.setToolTip(3, "\n".join(f"{items[0].label}: {_by_strategy(items, _points)}" for items in _items(group)))
            if chosen and group[0].id == chosen[0].id:
                self.scores.setCurrentItem(row)
        self.scores.show_more([(name, "not available", "", "", why) for name, why in analysis.scores.not_available])
        if self.scores.currentItem() is None and rows:
            self.scores.setCurrentItem(rows[0])
        self._show_items()

    def _chosen(self) -> tuple[Score, ...]:
        """The chosen score, once for each strategy; empty when none is."""
        item = self.scores.currentItem()
        value = item.data(0, Qt.ItemDataRole.UserRole) if item else None
        return tuple(value) if isinstance(value, (tuple, list)) else ()

    def _show_items(self) -> None:
        group = self._chosen()
        if not group:
            self.items.show_rows([])
            self.flips.show_rows([])
            self.chances.setText("")
            self.source.setText("")
            return
        first = group[0]
        self.items.show_rows([_item_row(items) for items in _items(group)], list(first.items))
        self.flips.show_rows(flip_rows(group) or [("Nothing that was measured", "", "", "")])
        chances = [f"{score.strategy or ''} {chance_text(score)}".strip() for score in group if score.total_probabilities]
        self.chances.setText(
            f"Probability of each total   {';   '.join(chances)}" if chances else "Totals wait for unknown items."
        )
        published = dict.fromkeys(line for score in group for line in _published(score))
        notes = [first.withheld, first.caution, *published, f"c {first.c_statistic}" if first.c_statistic else ""]
        self.source.setText("\n".join(text for text in (*notes, first.source) if text))

    def _go(self, item: object) -> None:
        target = self._model.analysis.target if self._model.analysis else None
        if isinstance(item, ScoreItem) and item.evidence_s_mm is not None and target is not None:
            self._model.select_vessel(target.vessel)
            self._model.go_to(sum(item.evidence_s_mm) / 2)


def _score_row(group: tuple[Score, ...]) -> tuple[str, ...]:
    score = group[0]
    name = " ".join(part for part in (score.name, f"({score.variant})" if score.variant else "") if part)
    bins = ", ".join(dict.fromkeys(s.bin or "" for s in group if s.bin))
    doubt = "borderline" if any(s.borderline for s in group) else ""
    return name, totals_text(group), f"{score.maximum:g}", "", score.withheld or " ".join((bins, doubt)).strip()


def _items(group: tuple[Score, ...]) -> list[tuple[ScoreItem, ...]]:
    """The items of a score, each once for every strategy."""
    return list(zip(*(score.items for score in group), strict=True))


def _by_strategy(items: tuple[ScoreItem, ...], text: Callable[[ScoreItem], str]) -> str:
    return " / ".join(dict.fromkeys(text(item) for item in items))


def _item_row(items: tuple[ScoreItem, ...]) -> tuple[str, ...]:
    item = items[0]
    mark = MARKS.get(item.mark.strip("[]"), "")
    source = ", ".join(part for part in (item.source_class, item.state, mark) if part)
    margin = f"{item.margin:+.1f}" if item.margin is not None else ""
    value = _by_strategy(items, lambda one: _value_text(one.value, one.unit))
    return item.label, value, _by_strategy(items, _threshold), _by_strategy(items, _points), margin, source


def _threshold(item: ScoreItem) -> str:
    if item.threshold is None:
        return ""
    limit = f"{item.threshold:g}" if isinstance(item.threshold, int | float) else str(item.threshold)
    return f"{item.operator} {limit} {item.unit}".strip()


def _points(item: ScoreItem) -> str:
    return f"unknown ({points_text(item.low_points, item.high_points)})" if item.points is None else f"{item.points:g}"


def _value_text(value: ItemValue, unit: str) -> str:
    if isinstance(value, Estimate):
        return interval_text(value, 1, unit)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "unknown"
    return f"{value:g} {unit}".strip() if isinstance(value, int | float) else str(value)


def _published(score: Score) -> list[str]:
    """Published outcomes of this total; a number that was not checked is not shown as checked."""
    lines = []
    for outcome in score.published:
        rate = "published value not verified" if outcome.probability_pct is None else f"{outcome.probability_pct:g} %"
        lines.append(f"{outcome.outcome}: {rate}{'' if outcome.verified else ' (unverified)'}, {outcome.cohort}")
    return lines
