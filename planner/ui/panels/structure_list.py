"""Which structures are there, and who stands for them? One row each: line, name, origin, volume, state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from planner.rendering.palette import style_of
from planner.report.numbers import millilitres
from planner.ui.theme.fonts import BODY_PX, SECONDARY_PX, SMALL_PX, ui_font
from planner.ui.theme.icons import paint_icon
from planner.ui.theme.theme import theme
from planner.ui.theme.tokens import CONFIRMED, UNCONFIRMED
from planner.ui.widgets.swatch import SWATCH_H_PX, SWATCH_W_PX, paint_swatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.structure import Structure

_Index = QModelIndex | QPersistentModelIndex
ROW_ROLE = Qt.ItemDataRole.UserRole
ROW_PX = 46


@dataclass(frozen=True, slots=True)
class StructureRow:
    """One structure as listed; ``volume_ml`` is None until it is counted."""

    structure: Structure
    volume_ml: float | None

    @property
    def origin_words(self) -> str:
        """Kind and origin in one line."""
        return f"{self.structure.kind.value.capitalize()} · {self.structure.origin.value}"

    @property
    def spoken(self) -> str:
        """The whole row in words."""
        state = f"confirmed by {self.structure.confirmed_by}" if self.structure.is_confirmed else "unconfirmed"
        volume = "" if self.volume_ml is None else f", {millilitres(self.volume_ml)}"
        return f"{self.structure.name}, {self.origin_words}{volume}, {state}"


class StructureListModel(QAbstractListModel):
    """Rows in plan order."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[StructureRow, ...] = ()

    def show_rows(self, rows: Sequence[StructureRow]) -> None:
        """Replace the rows; the selection stays when the structures are the same."""
        new = tuple(rows)
        same = [row.structure.id for row in new] == [row.structure.id for row in self.rows]
        if same and new:
            self.rows = new
            self.dataChanged.emit(self.index(0), self.index(len(new) - 1))
            return
        self.beginResetModel()
        self.rows = new
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return the number of structures."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return name, spoken row, tooltip or the row itself."""
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.structure.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.spoken
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.structure.method or row.origin_words
        return row if role == ROW_ROLE else None


class StructureDelegate(QStyledItemDelegate):
    """Draws a 46 px row."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the row's size."""
        del option, index
        return QSize(280, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw selection, swatch, texts and state."""
        row: StructureRow = index.data(ROW_ROLE)
        tokens = theme().tokens
        box = QRectF(option.rect)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, QColor(tokens.sel))
            painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), QColor(tokens.accent))
        painter.setPen(QColor(tokens.line))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        swatch = QRectF(box.left() + 12, box.center().y() - SWATCH_H_PX / 2, SWATCH_W_PX, SWATCH_H_PX)
        paint_swatch(painter, swatch, style_of(row.structure.kind))
        self._paint_state(painter, box, row)
        self._paint_text(painter, box, row)
        painter.restore()

    def _paint_state(self, painter: QPainter, box: QRectF, row: StructureRow) -> None:
        style = CONFIRMED if row.structure.is_confirmed else UNCONFIRMED
        colour = getattr(theme().tokens, style.colour)
        painter.setFont(ui_font(SMALL_PX, 600))
        painter.setPen(QColor(colour))
        place = QRectF(box.right() - 100, box.top(), 88, box.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, style.word)
        width = painter.fontMetrics().horizontalAdvance(style.word)
        paint_icon(
            painter, style.icon, colour=colour, box=QRectF(place.right() - width - 18, box.center().y() - 7, 14, 14)
        )

    def _paint_text(self, painter: QPainter, box: QRectF, row: StructureRow) -> None:
        tokens = theme().tokens
        left, right = box.left() + 48, box.right() - 116
        volume = "" if row.volume_ml is None else millilitres(row.volume_ml)
        painter.setFont(ui_font(SECONDARY_PX))
        painter.setPen(QColor(tokens.text_1))
        room = painter.fontMetrics().horizontalAdvance(volume) + 8 if volume else 0
        place = QRectF(left, box.top(), right - left, box.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, volume)
        width = right - left - room
        elide = Qt.TextElideMode.ElideRight
        painter.setFont(ui_font(BODY_PX, 500))
        name = painter.fontMetrics().elidedText(row.structure.name, elide, int(width))
        painter.drawText(QRectF(left, box.top() + 6, width, 18), Qt.AlignmentFlag.AlignVCenter, name)
        painter.setFont(ui_font(SECONDARY_PX))
        painter.setPen(QColor(tokens.text_3))
        words = painter.fontMetrics().elidedText(row.origin_words, elide, int(width))
        painter.drawText(QRectF(left, box.top() + 23, width, 16), Qt.AlignmentFlag.AlignVCenter, words)
