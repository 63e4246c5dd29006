"""What is shown while no case is open: how to open one, and what the program is for."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from planner.version import VERSION
from resources import resource_path
from ui.theme import icon

INTENDED = (
    "For planning studies of chronic total occlusions on coronary CT angiography in adults.\n"
    "Research use: not a medical device, not cleared by any authority. Read every contour and cap against the images."
)


class StartPage(QWidget):
    """`open_asked` and `demo_asked`; a folder can also be dropped on the window."""

    open_asked = Signal()
    demo_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.setSpacing(14)
        picture = QLabel()
        picture.setPixmap(QIcon(str(resource_path("icons", "cto-planner.svg"))).pixmap(112, 112))
        name = QLabel(f"CTO Planner {VERSION}")
        name.setObjectName("answer")
        self.state = QLabel("Drop a folder with a CT series here, or")
        use = QLabel(INTENDED)
        use.setObjectName("dim")
        use.setAlignment(Qt.AlignmentFlag.AlignCenter)
        buttons = QHBoxLayout()
        self.open = QPushButton(icon("open", "background"), "  Open a folder …  Ctrl+O")
        self.open.setObjectName("primary")
        self.demo = QPushButton("Open the demonstration  Ctrl+D")
        self.open.clicked.connect(self.open_asked)
        self.demo.clicked.connect(self.demo_asked)
        for button in (self.open, self.demo):
            button.setMinimumHeight(36)
            buttons.addWidget(button)
        for widget in (picture, name, self.state):
            column.addWidget(widget, alignment=Qt.AlignmentFlag.AlignCenter)
        column.addLayout(buttons)
        column.addSpacing(20)
        column.addWidget(use, alignment=Qt.AlignmentFlag.AlignCenter)
