"""All keys on one page, and the search over all commands."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from ui.keymap import Command
from ui.panels.text_list import TextList

MOUSE_ROWS = (
    ("Mouse", "wheel", "Along the vessel, in every view"),
    ("", "Shift + wheel", "Turn the curved view about the vessel"),
    ("", "Ctrl + wheel", "Zoom"),
    ("", "click", "Set the cursor; in 3D choose vessel and place"),
    ("", "drag a cap bar", "Move the cap (curved view)"),
    ("", "drag in 3D", "Turn like a C-arm"),
    ("", "right drag", "Brightness: across width, up and down centre"),
    ("", "double click", "Enlarge a view; Esc goes back"),
)


def key_rows(commands: Sequence[Command]) -> list[tuple[str, str, str]]:
    """Heading (once a group), keys, words."""
    rows: list[tuple[str, str, str]] = []
    group = ""
    for command in commands:
        rows.append((command.group if command.group != group else "", "  ".join(command.keys), command.text))
        group = command.group
    return rows + list(MOUSE_ROWS)


class KeysDialog(QDialog):
    """The key map as a table."""

    def __init__(self, commands: Sequence[Command], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.resize(640, 720)
        self.table = TextList(("", "Keys", "What it does"))
        self.table.show_rows(key_rows(commands))
        layout = QVBoxLayout(self)
        layout.addWidget(self.table)


class SearchDialog(QDialog):
    """Type a few letters, Enter runs the first match."""

    def __init__(self, commands: Sequence[Command], run: Callable[[str], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Commands")
        self.resize(520, 420)
        self._commands, self._run = commands, run
        self.line = QLineEdit()
        self.line.setPlaceholderText("Search all commands")
        self.found = QListWidget()
        layout = QVBoxLayout(self)
        layout.addWidget(self.line)
        layout.addWidget(self.found)
        self.line.textChanged.connect(self._filter)
        self.line.returnPressed.connect(self._accept)
        self.found.itemActivated.connect(self._accept)
        self._filter("")

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        self.found.clear()
        for command in self._commands:
            if all(word in f"{command.group} {command.text}".lower() for word in words):
                keys = f"    {command.keys[0]}" if command.keys else ""
                item = QListWidgetItem(f"{command.text}{keys}")
                item.setData(Qt.ItemDataRole.UserRole, command.id)
                self.found.addItem(item)
        self.found.setCurrentRow(0)

    def _accept(self) -> None:
        item = self.found.currentItem()
        self.accept()
        if item is not None:
            self._run(item.data(Qt.ItemDataRole.UserRole))
