"""A table of plain text rows, as the pages use it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget


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
        self.header().setStretchLastSection(len(headers) - 1 not in self._right)

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
