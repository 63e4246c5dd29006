"""A view with its title, and the way it is enlarged: every sibling on the way up is hidden until Esc."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSplitter, QToolButton, QVBoxLayout, QWidget

from ui.theme import icon


class ViewFrame(QFrame):
    """Title on the left, reading on the right, content below."""

    enlarge_asked = Signal()

    def __init__(self, title: str, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("frame")
        self.content = content
        self._title = QLabel(title)
        self._title.setObjectName("heading")
        self.reading = QLabel("")
        self.reading.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        button = QToolButton()
        button.setObjectName("flat")
        button.setIcon(icon("enlarge"))
        button.setToolTip("Enlarge (double click); Esc goes back")
        button.setAccessibleName(f"Enlarge {title}")
        button.setIconSize(QSize(14, 14))
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(self.enlarge_asked)
        head = QHBoxLayout()
        head.setContentsMargins(8, 0, 2, 0)
        head.addWidget(self._title)
        head.addStretch(1)
        head.addWidget(self.reading)
        head.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(content, 1)
        if hasattr(content, "enlarge_asked"):
            content.enlarge_asked.connect(self.enlarge_asked)

    def set_title(self, title: str) -> None:
        """Change the words at the left."""
        self._title.setText(title)


class Enlarger:
    """Shows one frame alone inside nested splitters and puts everything back."""

    def __init__(self, root: QWidget) -> None:
        self._root = root
        self._hidden: list[QWidget] = []

    @property
    def is_active(self) -> bool:
        """Whether a view is enlarged now."""
        return bool(self._hidden)

    def toggle(self, frame: QWidget) -> None:
        """Enlarge a frame, or go back when one is enlarged."""
        if self._hidden:
            self.back()
            return
        child: QWidget = frame
        while child is not self._root:
            parent = child.parentWidget()
            if parent is None:
                break
            if isinstance(parent, QSplitter):
                siblings = [w for w in (parent.widget(i) for i in range(parent.count())) if w is not None]
                self._hidden += [w for w in siblings if w is not child and w.isVisibleTo(parent)]
            child = parent
        for widget in self._hidden:
            widget.hide()

    def back(self) -> None:
        """Show everything again."""
        for widget in self._hidden:
            widget.show()
        self._hidden = []
