"""How is a structure's row drawn? 46 px: swatch, name over role, volume, state, eye; in a narrow panel two lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from planner.rendering.palette import style_for
from planner.ui.panels.structure_words import volume_words
from planner.ui.theme.fonts import BODY_PX, SECONDARY_PX, SMALL_PX, ui_font
from planner.ui.theme.icons import paint_icon
from planner.ui.theme.theme import theme
from planner.ui.theme.tokens import CONFIRMED, UNCONFIRMED
from planner.ui.widgets.accessible import PaintedWidget
from planner.ui.widgets.row_list import ROW_ROLE
from planner.ui.widgets.row_text import RIGHT, write
from planner.ui.widgets.swatch import SWATCH_H_PX, SWATCH_W_PX, paint_swatch

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QAbstractScrollArea

    from planner.ui.panels.structure_list import StructureRow

_Index = QModelIndex | QPersistentModelIndex
ROW_PX = 46
EYE_PX = 30
HEADS_PX = 28
# From here on volume and state have columns of their own; below, they stand over each other.
WIDE_ROW_PX = 388
_TEXT_PX = 46
_STATE_PX = 108
_VOLUME_PX = 70


class StructureDelegate(QStyledItemDelegate):
    """Draws a row."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the row's size."""
        del option, index
        return QSize(280, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw selection, swatch, texts, state and eye."""
        row: StructureRow = index.data(ROW_ROLE)
        box = QRectF(option.rect)
        painter.save()
        paint_ground(painter, box, option)
        swatch = QRectF(box.left() + 12, box.center().y() - SWATCH_H_PX / 2, SWATCH_W_PX, SWATCH_H_PX)
        paint_swatch(painter, swatch, style_for(row.structure.kind, row.structure.colour))
        eye, tone = ("eye-slash", "text_3") if row.is_hidden else ("eye", "text_2")
        place = QRectF(box.right() - EYE_PX + 6, box.center().y() - 8, 16, 16)
        paint_icon(painter, eye, colour=getattr(theme().tokens, tone), box=place)
        inner = box.adjusted(_TEXT_PX, 0, -EYE_PX, 0)
        (_paint_columns if box.width() >= WIDE_ROW_PX else _paint_pairs)(painter, inner, row)
        painter.restore()


def paint_ground(painter: QPainter, box: QRectF, option: QStyleOptionViewItem) -> None:
    """Draw what a list's row stands on: selection with its bar, hover, hairline, focus ring."""
    tokens, flags = theme().tokens, option.state
    if flags & QStyle.StateFlag.State_Selected:
        painter.fillRect(box, QColor(tokens.sel))
        painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), QColor(tokens.accent))
    elif flags & QStyle.StateFlag.State_MouseOver:
        painter.fillRect(box, QColor(tokens.raised))
    painter.setPen(QColor(tokens.line))
    painter.drawLine(box.bottomLeft(), box.bottomRight())
    if flags & QStyle.StateFlag.State_HasFocus and flags & QStyle.StateFlag.State_KeyboardFocusChange:
        painter.setPen(QColor(tokens.accent))
        painter.drawRect(box.adjusted(1, 1, -2, -2))


def _paint_columns(painter: QPainter, box: QRectF, row: StructureRow) -> None:
    """Name over role, then volume, then state, each centred on the row."""
    _paint_state(painter, QRectF(box.right() - _STATE_PX, box.top(), _STATE_PX, box.height()), row)
    right = box.right() - _STATE_PX
    volume = "" if row.is_empty else volume_words(row.volume_ml)
    place = QRectF(right - _VOLUME_PX, box.top(), _VOLUME_PX, box.height())
    write(painter, volume, place, font=ui_font(BODY_PX), tone=_tone(row, "text_1"), align=RIGHT)
    texts = QRectF(box.left(), box.top(), right - _VOLUME_PX - 2 - box.left(), box.height())
    _paint_texts(painter, texts, row, role_width_px=texts.width())


def _paint_pairs(painter: QPainter, box: QRectF, row: StructureRow) -> None:
    """Name and state over role and volume."""
    _paint_state(painter, QRectF(box.right() - _STATE_PX, box.top() + 5, _STATE_PX, 18), row)
    volume = "" if row.is_empty else volume_words(row.volume_ml)
    place = QRectF(box.right() - _VOLUME_PX, box.top() + 23, _VOLUME_PX, 17)
    write(painter, volume, place, font=ui_font(SECONDARY_PX), tone=_tone(row, "text_2"), align=RIGHT)
    texts = QRectF(box.left(), box.top(), box.width() - _STATE_PX + 4, box.height())
    _paint_texts(painter, texts, row, role_width_px=box.width() - _VOLUME_PX - 4)


def _paint_texts(painter: QPainter, box: QRectF, row: StructureRow, *, role_width_px: float) -> None:
    name = QRectF(box.left(), box.top() + 5, box.width(), 18)
    write(painter, row.structure.name, name, font=ui_font(BODY_PX, 500), tone=_tone(row, "text_1"))
    second = QRectF(box.left(), box.top() + 23, role_width_px, 17)
    tone = "check" if row.side_remark or row.is_empty else "text_3"
    write(painter, row.second_line, second, font=ui_font(SECONDARY_PX), tone=tone)


def _paint_state(painter: QPainter, box: QRectF, row: StructureRow) -> None:
    style = CONFIRMED if row.structure.is_confirmed else UNCONFIRMED
    write(painter, style.word, box, font=ui_font(SMALL_PX, 600), tone=style.colour, align=RIGHT)
    width = painter.fontMetrics().horizontalAdvance(style.word)
    icon = QRectF(box.right() - width - 18, box.center().y() - 7, 14, 14)
    paint_icon(painter, style.icon, colour=getattr(theme().tokens, style.colour), box=icon)


def _tone(row: StructureRow, shown: str) -> str:
    return "text_3" if row.is_hidden else shown


class ColumnHeads(PaintedWidget):
    """The heads over the rows, where rows have columns."""

    def __init__(self, rows: QAbstractScrollArea) -> None:
        super().__init__()
        self._rows = rows
        self.setFixedHeight(HEADS_PX)
        self.setAccessibleName("Name and role, volume, state")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the words over their columns."""
        del event
        # Rows are narrower while they scroll.
        painter, box = QPainter(self), QRectF(0, 0, self._rows.viewport().width(), self.height())
        font, inner = ui_font(SMALL_PX), box.adjusted(12, 0, -EYE_PX, 0)
        write(painter, "Name and role", inner, font=font, tone="text_3")
        if box.width() >= WIDE_ROW_PX:
            write(painter, "Volume", inner.adjusted(0, 0, -_STATE_PX, 0), font=font, tone="text_3", align=RIGHT)
        state = "State" if box.width() >= WIDE_ROW_PX else "State, volume"
        write(painter, state, inner, font=font, tone="text_3", align=RIGHT)
        painter.setPen(QColor(theme().tokens.line))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
        painter.end()
