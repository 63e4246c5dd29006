"""The series that lie in a folder: patient, study, series, phase, slices, spacing, kernel and a picture; one is chosen."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSlider,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from planner.series_choice import Choice
from recon.dicom.phases import ORDER_RULE, PHASE_RULES
from recon.dicom.series import SeriesEntry
from recon.dicom.thumbnail import thumbnail
from recon.report import Report
from recon.volume import Identity
from ui.jobs import Jobs
from ui.panels.page import titled
from ui.panels.text_list import keep_navigation_keys
from ui.text import SEXES, date_text, person_text
from ui.theme import colour

HEADERS = ("Series", "Phase", "Slices", "Step × pixel, mm", "Thickness", "Kernel", "For planning")
WIDTHS_PX = (300, 64, 56, 112, 76, 76, 112)
RIGHT_ALIGNED = (1, 2, 3, 4)
THUMBNAIL_PX, PREVIEW_PX = 56, 384
THUMBNAILS, PREVIEW = "thumbnails", "preview"
RULE_CHOICES = (("", "the first rule that fits"), *((rule.id, rule.text) for rule in (*PHASE_RULES, ORDER_RULE)))

Picture = npt.NDArray[np.uint8] | None


class SeriesTree(QTreeWidget):
    """Keeps the arrow keys."""

    def event(self, event):  # type: ignore[no-untyped-def]
        """Keys that move within the list stay in it."""
        return keep_navigation_keys(event) or super().event(event)


class SeriesBrowser(QWidget):
    """`chosen(entry)` when one is to be opened; `split_asked(rule)` when the phases are to be told apart otherwise."""

    chosen = Signal(object)
    split_asked = Signal(str)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._rows: list[QTreeWidgetItem] = []
        self.tree = _tree()
        self.preview = QLabel()
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.preview.setMinimumSize(PREVIEW_PX, PREVIEW_PX)
        self.preview.setStyleSheet("background: #000000;")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Slice")
        self.place = QLabel()
        self.place.setObjectName("dim")
        self.reason = QLabel()
        self.reason.setWordWrap(True)
        self.reason.setTextFormat(Qt.TextFormat.PlainText)
        self.findings = QPlainTextEdit()
        self.findings.setReadOnly(True)
        self.findings.setAccessibleName("Findings")
        self.rules = QComboBox()
        for rule_id, text in RULE_CHOICES:
            self.rules.addItem(text, rule_id)
        self.open = QPushButton("Open this series")
        self.open.setObjectName("primary")
        self.cancel = QPushButton("Cancel")
        self._lay_out()
        self.tree.currentItemChanged.connect(lambda now, _: self._show_entry(self._entry_of(now)))
        self.tree.itemActivated.connect(lambda _item, _column: self._choose())
        self.slider.valueChanged.connect(lambda _: self._ask_preview())
        self.rules.activated.connect(lambda _: self.split_asked.emit(self.rules.currentData()))
        self.open.clicked.connect(self._choose)

    def _lay_out(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(titled("SERIES   the most fit for planning is marked ★", self.tree), 3)
        column.addWidget(titled("FINDINGS of the chosen series", self.findings), 2)
        right = QWidget()
        side = QVBoxLayout(right)
        side.setContentsMargins(8, 0, 0, 0)
        for widget in (self.preview, self.slider, self.place, self.reason):
            side.addWidget(widget)
        side.setStretch(0, 1)
        both = QSplitter(Qt.Orientation.Horizontal)
        both.addWidget(left)
        both.addWidget(right)
        both.setSizes([800, 400])
        bottom = QHBoxLayout()
        bottom.addWidget(QLabel("Phases are told apart by"))
        bottom.addWidget(self.rules)
        bottom.addStretch(1)
        bottom.addWidget(self.cancel)
        bottom.addWidget(self.open)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(8, 8, 8, 8)
        rows.addWidget(both, 1)
        rows.addLayout(bottom)

    def show_choice(self, choice: Choice, open_key: str = "") -> None:
        """List the entries; `open_key` is that of the open case, which is marked."""
        self.rules.setCurrentIndex(max(0, self.rules.findData(choice.rule)))
        self.rules.setEnabled(bool(choice.rule) or any(e.phase and e.label for e in choice.found.entries))
        self.tree.clear()
        self._rows.clear()
        proposed = choice.openable[0].key if choice.openable else ""
        heads: dict[tuple[str, ...], QTreeWidgetItem] = {}
        for entry in choice.found.entries:
            head = heads.setdefault(_study_key(entry.identity), QTreeWidgetItem([study_text(entry)]))
            item = _row(entry, entry.key == proposed, bool(open_key) and entry.key == open_key)
            head.addChild(item)
            self._rows.append(item)
        self.tree.addTopLevelItems(list(heads.values()))
        self.tree.expandAll()
        for head in heads.values():
            head.setFirstColumnSpanned(True)
            head.setFlags(Qt.ItemFlag.ItemIsEnabled)
        if self._rows:
            self.tree.setCurrentItem(self._rows[0])
        entries = choice.found.entries
        self._jobs.store(THUMBNAILS, "pictures of the series", lambda r: _thumbnails(entries, r), self._show_thumbnails)

    @property
    def entry(self) -> SeriesEntry | None:
        """The chosen entry."""
        return self._entry_of(self.tree.currentItem())

    def _entry_of(self, item: QTreeWidgetItem | None) -> SeriesEntry | None:
        return item.data(0, Qt.ItemDataRole.UserRole) if item is not None else None

    def _show_thumbnails(self, pictures: dict[str, Picture]) -> None:
        for item in self._rows:
            entry = self._entry_of(item)
            picture = pictures.get(entry.key) if entry else None
            if picture is not None:
                item.setIcon(0, QIcon(_pixmap(picture)))

    def _show_entry(self, entry: SeriesEntry | None) -> None:
        self.open.setEnabled(entry is not None and entry.problem is None)
        if entry is None:
            return
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, entry.slices - 1))
        self.slider.setValue(entry.slices // 2)
        self.slider.blockSignals(False)
        self.reason.setText(reason_text(entry))
        texts = [f"{'△' if f.blocks_measurement else '·'} {f.what} {f.consequence}\n    {f.where}" for f in entry.findings]
        self.findings.setPlainText("\n".join(texts) or "Nothing found in the headers.")
        self._ask_preview()

    def _ask_preview(self) -> None:
        entry, number = self.entry, self.slider.value()
        if entry is None:
            return
        position = entry.headers[number].position_mm if number < len(entry.headers) else None
        z = f", z {position[2]:.1f} mm" if position else ""
        self.place.setText(f"slice {number + 1} of {entry.slices}{z}   as stored, not turned")
        self._jobs.store(PREVIEW, "picture of a slice", lambda _: thumbnail(entry, 2 * PREVIEW_PX, number), self._show_preview)

    def _show_preview(self, picture: Picture) -> None:
        if picture is None:
            self.preview.setText("This slice cannot be read.")
            return
        wanted = QSize(max(64, self.preview.width()), max(64, self.preview.height()))
        smooth = Qt.TransformationMode.SmoothTransformation
        self.preview.setPixmap(_pixmap(picture).scaled(wanted, Qt.AspectRatioMode.KeepAspectRatio, smooth))

    def _choose(self) -> None:
        entry = self.entry
        if entry is not None and entry.problem is None:
            self.chosen.emit(entry)


def _tree() -> SeriesTree:
    tree = SeriesTree()
    tree.setHeaderLabels(list(HEADERS))
    tree.setIconSize(QSize(THUMBNAIL_PX, THUMBNAIL_PX))
    tree.setAccessibleName("Series")
    tree.setIndentation(12)
    tree.setWordWrap(True)
    for column in RIGHT_ALIGNED:
        tree.headerItem().setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    for column, width in enumerate(WIDTHS_PX):
        tree.setColumnWidth(column, width)
    tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    tree.header().setStretchLastSection(False)
    return tree


def _row(entry: SeriesEntry, is_proposed: bool, is_open: bool) -> QTreeWidgetItem:
    seen = f"{entry.fitness:+.0f} points" if entry.sharpness_hu is None else f"sharp {entry.sharpness_hu:.0f} HU"
    state = "★ most fit" if is_proposed else "refused" if entry.problem is not None else seen
    spacing = entry.spacing_mm
    first = entry.headers[0]
    cells = (
        (entry.identity.series_description or "no description") + ("\nopen now" if is_open else ""),
        entry.label or "single",
        str(entry.slices),
        f"{spacing[0]:.2f} × {spacing[2]:.2f}" if spacing else "no volume",
        f"{first.thickness_mm:g} mm" if first.thickness_mm else "not told",
        first.kernel.replace("\\", " ") or "not told",
        state,
    )
    item = QTreeWidgetItem(list(cells))
    item.setData(0, Qt.ItemDataRole.UserRole, entry)
    for column in RIGHT_ALIGNED:
        item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    item.setToolTip(0, reason_text(entry))
    if entry.problem is not None:
        for column in range(len(cells)):
            item.setForeground(column, colour("disabled"))
    elif is_proposed:
        item.setForeground(len(cells) - 1, colour("accent"))
    return item


def reason_text(entry: SeriesEntry) -> str:
    """Why the series is fit, less fit, or refused."""
    if entry.problem is not None:
        return f"{entry.problem.what} {entry.problem.where} {entry.problem.advice}"
    return f"Why: {entry.reason}."


def study_text(entry: SeriesEntry) -> str:
    """Whose images these are, and of which examination."""
    who = entry.identity
    name = person_text(who.patient_name) or "name not stated"
    sex = SEXES.get(who.sex.upper(), who.sex) or "sex not stated"
    parts = (
        name,
        f"ID {who.patient_id or 'not stated'}",
        f"born {date_text(who.birth_date)}, {sex}",
        f"CT {date_text(who.study_date)}",
    )
    return "   ".join((*parts, entry.study_description))


def _study_key(who: Identity) -> tuple[str, ...]:
    return who.patient_id, who.patient_name, who.birth_date, who.study_uid


def _thumbnails(entries: Sequence[SeriesEntry], report: Report) -> dict[str, Picture]:
    pictures: dict[str, Picture] = {}
    for number, entry in enumerate(entries):
        report(number / len(entries), "pictures of the series")
        pictures[entry.key] = thumbnail(entry, 2 * THUMBNAIL_PX)
    return pictures


def _pixmap(grey: npt.NDArray[np.uint8]) -> QPixmap:
    rows, columns = grey.shape
    data = np.ascontiguousarray(grey)
    return QPixmap.fromImage(QImage(data.data, columns, rows, columns, QImage.Format.Format_Grayscale8).copy())
