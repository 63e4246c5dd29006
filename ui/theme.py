"""Colours, fonts and the style sheet of the window: a dark reading room (tokens as in docs/window.md)."""

from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from resources import resource_path

BASE_PX = 13
SMALL_PX = 11
ANSWER_PX = 20
COMPACT_ANSWER_PX = 16
GRID_PX = 4
ICON_PX = 20


@dataclass(frozen=True, slots=True)
class Tokens:
    """Named colours; images always sit on pure black. No pair relies on red against green."""

    background: str = "#0E1116"
    panel: str = "#161B22"
    raised: str = "#1E252E"
    selected: str = "#173449"
    line: str = "#2B333D"
    text: str = "#E8ECF1"
    dim: str = "#9AA7B4"
    disabled: str = "#5B6672"
    accent: str = "#4CC2FF"
    lumen: str = "#56B4E9"
    wall: str = "#CC79A7"
    calcium: str = "#F0E442"
    occlusion: str = "#D55E00"
    alternative: str = "#009E73"
    problem: str = "#E69F00"
    image: str = "#000000"


DARK = Tokens()


def colour(name: str, alpha: int = 255) -> QColor:
    """The token's colour with an opacity of 0 to 255."""
    value = QColor(getattr(DARK, name))
    value.setAlpha(alpha)
    return value


def font(px: int = BASE_PX, bold: bool = False) -> QFont:
    """The window's font with tabular figures, so that numbers do not jump while they change."""
    result = QFont(QApplication.font())
    result.setPixelSize(px)
    result.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    result.setFeature(QFont.Tag("tnum"), 1)
    return result


def icon(name: str, token: str = "dim") -> QIcon:
    """An icon of resources/icons painted in a token's colour, sharp at twice its size."""
    path = resource_path("icons") / f"{name}.svg"
    if not path.exists():
        return QIcon()
    text = path.read_text(encoding="utf-8").replace("currentColor", getattr(DARK, token))
    renderer = QSvgRenderer(QByteArray(text.encode()))
    pixmap = QPixmap(2 * ICON_PX, 2 * ICON_PX)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, 2 * ICON_PX, 2 * ICON_PX))
    painter.end()
    pixmap.setDevicePixelRatio(2.0)
    return QIcon(pixmap)


def apply(app: QApplication) -> None:
    """Give the application its font, palette and style sheet."""
    app.setStyle("Fusion")
    app.setFont(_bundled_font())
    app.setPalette(_palette())
    app.setStyleSheet(_style_sheet())


def _bundled_font() -> QFont:
    families: list[str] = []
    for path in sorted(resource_path("fonts").glob("**/*.[ot]tf")):
        number = QFontDatabase.addApplicationFont(str(path))
        families.extend(QFontDatabase.applicationFontFamilies(number) if number >= 0 else [])
    result = QFont()
    if families:
        result.setFamilies([families[0], *result.families()])
    result.setPixelSize(BASE_PX)
    result.setFeature(QFont.Tag("tnum"), 1)
    return result


def _palette() -> QPalette:
    role, palette = QPalette.ColorRole, QPalette()
    for part, token in (
        (role.Window, "background"),
        (role.Base, "panel"),
        (role.AlternateBase, "raised"),
        (role.Button, "raised"),
        (role.ToolTipBase, "raised"),
        (role.Text, "text"),
        (role.WindowText, "text"),
        (role.ButtonText, "text"),
        (role.ToolTipText, "text"),
        (role.PlaceholderText, "dim"),
        (role.Highlight, "accent"),
        (role.HighlightedText, "background"),
        (role.Link, "accent"),
        (role.Mid, "line"),
    ):
        palette.setColor(part, colour(token))
    for part in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, part, colour("disabled"))
    return palette


def _style_sheet() -> str:
    t = DARK
    return f"""
    QWidget {{ color: {t.text}; }}
    QMainWindow, QDialog, #page {{ background: {t.background}; }}
    QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.line}; padding: 4px; }}
    QDialog {{ border: 1px solid {t.line}; }}
    #bar, #status, #rail {{ background: {t.panel}; }}
    #bar {{ border-bottom: 1px solid {t.line}; }}
    #status {{ border-top: 1px solid {t.line}; }}
    #rail {{ border-right: 1px solid {t.line}; }}
    #frame {{ background: {t.panel}; border: 1px solid {t.line}; }}
    #frame[current="true"] {{ border: 1px solid {t.accent}; }}
    #dim {{ color: {t.dim}; }}
    #heading {{ color: {t.dim}; font-weight: 600; }}
    #name {{ font-size: 15px; font-weight: 600; }}
    #answer {{ font-size: {ANSWER_PX}px; }}
    #answer[compact="true"] {{ font-size: {COMPACT_ANSWER_PX}px; }}
    #problem {{ color: {t.problem}; }}
    QPushButton, QToolButton {{ background: {t.raised}; border: 1px solid {t.line}; border-radius: 3px; padding: 4px 10px; }}
    QToolButton {{ padding: 3px 6px; }}
    QPushButton:hover, QToolButton:hover {{ border-color: {t.dim}; }}
    QPushButton:focus, QToolButton:focus {{ border: 2px solid {t.accent}; padding: 3px 9px; }}
    QPushButton:disabled {{ color: {t.disabled}; }}
    QPushButton:checked, QToolButton:checked {{ border-color: {t.accent}; color: {t.accent}; }}
    QPushButton#primary {{ background: {t.accent}; color: {t.background}; border-color: {t.accent}; font-weight: 600; }}
    #frame > QToolButton#flat {{ padding: 1px 3px; }}
    QPushButton#flat, QToolButton#flat {{ background: transparent; border: 1px solid transparent; text-align: left; }}
    QPushButton#flat:hover, QToolButton#flat:hover {{ background: {t.raised}; }}
    QPushButton#flat:focus {{ border: 1px solid {t.accent}; padding: 4px 10px; }}
    QListWidget, QTreeWidget, QTableWidget, QPlainTextEdit, QTextEdit {{
        background: {t.panel}; border: 1px solid {t.line}; outline: 0; gridline-color: {t.line}; }}
    QListWidget#plain {{ background: transparent; border: 0; }}
    QListWidget::item, QTreeWidget::item {{ padding: 3px 4px; }}
    QListWidget::item:selected, QTreeWidget::item:selected, QTableWidget::item:selected {{
        background: {t.selected}; color: {t.text}; }}
    QListWidget:focus, QTreeWidget:focus, QTableWidget:focus {{ border-color: {t.accent}; }}
    QListWidget#plain:focus {{ border: 0; }}
    QHeaderView::section {{ background: {t.panel}; color: {t.dim}; border: 0; border-bottom: 1px solid {t.line}; padding: 4px; }}
    QLineEdit, QComboBox, QDoubleSpinBox, QSpinBox {{
        background: {t.raised}; border: 1px solid {t.line}; border-radius: 3px; padding: 3px 6px; min-height: 20px; }}
    QLineEdit:focus, QComboBox:focus, QDoubleSpinBox:focus, QSpinBox:focus {{ border: 1px solid {t.accent}; }}
    QComboBox QAbstractItemView {{ background: {t.raised}; selection-background-color: {t.line}; }}
    QProgressBar {{ background: {t.raised}; border: 1px solid {t.line}; border-radius: 3px; height: 12px; text-align: center; }}
    QProgressBar::chunk {{ background: {t.accent}; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; }}
    QScrollBar::handle {{ background: {t.line}; border-radius: 4px; min-height: 24px; min-width: 24px; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QSplitter::handle {{ background: {t.background}; }}
    QScrollArea {{ border: 0; background: transparent; }}
    QMenu {{ background: {t.raised}; border: 1px solid {t.line}; }}
    QMenu::item {{ padding: 5px 24px; }}
    QMenu::item:selected {{ background: {t.line}; }}
    """
