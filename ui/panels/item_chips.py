"""A score's items as chips: filled = point, outline = no point, hatched = borderline, crossed = unknown."""

from PySide6.QtCore import QLineF, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from planner.scores.score import ScoreItem
from ui.canvases.painting import pen
from ui.theme import colour

CHIP_PX, GAP_PX = 14.0, 5.0
ITEMS_ROLE = int(Qt.ItemDataRole.UserRole) + 1
LEGEND = "■ point   □ no point   ▨ borderline   ⊠ unknown"


class ItemChips(QStyledItemDelegate):
    """Paints the items found in `ITEMS_ROLE`; the shape tells the state, not the colour."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """Draw the chips from left to right."""
        super().paint(painter, option, index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = option.rect
        x, y = box.left() + 6.0, box.center().y() - CHIP_PX / 2
        for item in index.data(ITEMS_ROLE) or ():
            draw_chip(painter, QRectF(x, y, CHIP_PX, CHIP_PX), item)
            x += CHIP_PX + GAP_PX
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Room for all chips."""
        count = len(index.data(ITEMS_ROLE) or ())
        return QSize(round(count * (CHIP_PX + GAP_PX) + 12), 28)


def draw_chip(painter: QPainter, box: QRectF, item: ScoreItem) -> None:
    """One chip."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if item.points is None:
        painter.setPen(pen("disabled", 1.2))
        painter.drawRect(box)
        painter.drawLines([QLineF(box.topLeft(), box.bottomRight()), QLineF(box.topRight(), box.bottomLeft())])
        return
    painter.setPen(pen("text", 1.2))
    if item.low_points != item.high_points:
        painter.setPen(pen("problem", 1.2))
        painter.fillRect(box, colour("problem", 60))
        steps = [box.width() * part for part in (0.33, 0.66, 1.0)]
        painter.drawLines([QLineF(box.left(), box.top() + d, box.left() + d, box.top()) for d in steps])
        painter.drawLine(QLineF(box.left() + steps[1], box.bottom(), box.right(), box.top() + steps[1]))
    elif item.points > 0:
        painter.setBrush(colour("text"))
    painter.drawRect(box)
