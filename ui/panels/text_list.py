"""A table of plain text rows, as the pages use it."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

NAVIGATION = {
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
}


MARGIN_PX, MOST_PX, NARROWEST_PX = 8, 400, 130
WIDEST_PX = 420
"""A wider column breaks its text into lines."""


def keep_navigation_keys(event: QEvent) -> bool:
    """Claim plain arrow and page keys for the focused list before they become shortcuts of the window."""
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    if event.key() in NAVIGATION and event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier):
        event.accept()
        return True
    return False


class WrappedText(QStyledItemDelegate):
    """Rows as high as their text is when it is broken at the width its column has."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """The usual size, higher where the text needs more lines."""
        usual = super().sizeHint(option, index)
        text = index.data(Qt.ItemDataRole.DisplayRole)
        view = option.widget
        if not isinstance(view, QTreeWidget) or not isinstance(text, str) or not text:
            return usual
        is_spanned = index.column() == 0 and view.isFirstColumnSpanned(index.row(), index.parent())
        width = view.viewport().width() if is_spanned else view.columnWidth(index.column())
        room = QRect(0, 0, max(width - MARGIN_PX, NARROWEST_PX), MOST_PX)
        needed = view.fontMetrics().boundingRect(room, int(Qt.TextFlag.TextWordWrap), text).height()
        return QSize(usual.width(), max(usual.height(), needed + MARGIN_PX))


class TextList(QTreeWidget):
    """Columns with a header; `right` names the columns whose numbers stand right-aligned."""

    def __init__(self, headers: Sequence[str], right: Sequence[int] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._right = set(right)
        self.setHeaderLabels(list(headers))
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(False)
        self.setWordWrap(True)
        self.setAlternatingRowColors(False)
        for column in self._right:
            self.headerItem().setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.header().setMaximumSectionSize(WIDEST_PX)
        self.header().setStretchLastSection(len(headers) - 1 not in self._right)
        self.header().sectionResized.connect(lambda *_: self.scheduleDelayedItemsLayout())
        self.setItemDelegate(WrappedText(self))

    def event(self, event: QEvent) -> bool:
        """Keys that move within the table stay in it."""
        return keep_navigation_keys(event) or super().event(event)

    def show_rows(self, rows: Sequence[Sequence[str]], data: Sequence[object] = ()) -> list[QTreeWidgetItem]:
        """Replace all rows; `data` is kept per row for a selection."""
        self.clear()
        return self.show_more(rows, data)

    def show_more(self, rows: Sequence[Sequence[str]], data: Sequence[object] = ()) -> list[QTreeWidgetItem]:
        """Add rows after the present ones."""
        items: list[QTreeWidgetItem] = []
        for number, row in enumerate(rows):
            item = QTreeWidgetItem(list(row))
            for column in range(len(row)):
                if column in self._right:
                    item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                item.setToolTip(column, row[column])
            if number < len(data):
                item.setData(0, Qt.ItemDataRole.UserRole, data[number])
            items.append(item)
        self.addTopLevelItems(items)
        return items
