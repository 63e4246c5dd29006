"""Start of the window: one application, a splash while modules load, then the window and the case."""

import logging
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QSplashScreen

from resources import resource_path
from ui import theme
from ui.garbage import GuiCollector

if TYPE_CHECKING:
    from ui.window import MainWindow

_log = logging.getLogger(__name__)


def run(source: Path | None, demo: bool) -> int:
    """Show the window, open `source` or the demonstration series, and return the exit status when it is closed."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("cto-planner")
    app.setApplicationDisplayName("CTO Planner")
    app.setWindowIcon(QIcon(str(resource_path("icons", "cto-planner.svg"))))
    theme.apply(app)
    splash = _splash(app)

    from ui.window import MainWindow

    window = MainWindow()
    sys.excepthook = lambda kind, value, trace: _on_defect(window, kind, value, trace)
    screen = QGuiApplication.primaryScreen().availableGeometry()
    window.resize(min(1920, screen.width()), min(1080, screen.height()))
    window.show()
    splash.finish(window)
    collector = GuiCollector()
    collector.start()
    window.work.warm_up()
    if demo:
        window.open_demo()
    elif source is not None:
        window.open(source)
    status = app.exec()
    collector.stop()
    sys.excepthook = sys.__excepthook__
    return status


def _splash(app: QApplication) -> QSplashScreen:
    """Name and purpose while the modules load."""
    picture = QPixmap(420, 180)
    picture.fill(theme.colour("panel"))
    painter = QPainter(picture)
    QIcon(str(resource_path("icons", "cto-planner.svg"))).paint(painter, 28, 42, 96, 96)
    painter.setPen(theme.colour("text"))
    painter.setFont(theme.font(28, bold=True))
    left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    painter.drawText(QRectF(148, 44, 260, 40), left, "CTO Planner")
    painter.setPen(theme.colour("dim"))
    painter.setFont(theme.font())
    painter.drawText(QRectF(148, 88, 260, 24), left, "research use, not a medical device")
    painter.drawText(QRectF(148, 112, 260, 24), left, "loading …")
    painter.end()
    splash = QSplashScreen(picture)
    splash.show()
    app.processEvents()
    return splash


def _on_defect(window: "MainWindow", kind: type[BaseException], value: BaseException, trace: TracebackType | None) -> None:
    """An exception that nobody expected: logged, shown with its details, and the window lives on."""
    text = "".join(traceback.format_exception(kind, value, trace))
    _log.error("defect in the window:\n%s", text)
    window.show_defect(text)
