"""Scores: one row a score with its items as chips; the items of the chosen score below."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QScrollArea, QSplitter, QWidget

from planner.scores.score import ItemValue, Score, ScoreItem
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
        below.addWidget(titled("SOURCE AND PUBLISHED OUTCOMES", notes))
        below.setSizes([700, 380])
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
        rows = self.scores.show_rows([_score_row(s) for s in scores], scores)
        for row, score in zip(rows, scores, strict=True):
            row.setData(3, ITEMS_ROLE, score.items)
            row.setToolTip(3, "\n".join(f"{item.label}: {_points(item)}" for item in score.items))
            if chosen is not None and (score.id, score.strategy) == (chosen.id, chosen.strategy):
                self.scores.setCurrentItem(row)
        self.scores.show_more([(name, "not available", "", "", why) for name, why in analysis.scores.not_available])
        if self.scores.currentItem() is None and rows:
            self.scores.setCurrentItem(rows[0])
        self._show_items()

    def _chosen(self) -> Score | None:
        item = self.scores.currentItem()
        value = item.data(0, Qt.ItemDataRole.UserRole) if item else None
        return value if isinstance(value, Score) else None

    def _show_items(self) -> None:
        score = self._chosen()
        if score is None:
            self.items.show_rows([])
            self.source.setText("")
            return
        self.items.show_rows([_item_row(item) for item in score.items], list(score.items))
        notes = [score.withheld, score.caution, *(_published(score)), f"c {score.c_statistic}" if score.c_statistic else ""]
        self.source.setText("\n".join(text for text in (*notes, score.source) if text))

    def _go(self, item: object) -> None:
        target = self._model.analysis.target if self._model.analysis else None
        if isinstance(item, ScoreItem) and item.evidence_s_mm is not None and target is not None:
            self._model.select_vessel(target.vessel)
            self._model.go_to(sum(item.evidence_s_mm) / 2)


def _score_row(score: Score) -> tuple[str, ...]:
    name = " ".join(part for part in (score.name, f"({score.variant})" if score.variant else "") if part)
    if score.strategy:
        name = f"{name}, {score.strategy}"
    group = score.withheld or " ".join((score.bin or "", "borderline" if score.borderline else "")).strip()
    return name, "withheld" if score.withheld else points_text(score.low, score.high), f"{score.maximum:g}", "", group


def _item_row(item: ScoreItem) -> tuple[str, ...]:
    threshold = _threshold(item)
    mark = MARKS.get(item.mark.strip("[]"), "")
    source = ", ".join(part for part in (item.source_class, item.state, mark) if part)
    margin = f"{item.margin:+.1f}" if item.margin is not None else ""
    return item.label, _value_text(item.value, item.unit), threshold, _points(item), margin, source


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
