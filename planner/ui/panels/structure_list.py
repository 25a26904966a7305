"""Which structures are there, and who stands for them? One row each: line, name, origin, volume, state, eye."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from planner.rendering.palette import style_of
from planner.report.numbers import millilitres
from planner.ui.theme.fonts import BODY_PX, SECONDARY_PX, SMALL_PX, ui_font
from planner.ui.theme.icons import paint_icon
from planner.ui.theme.theme import theme
from planner.ui.theme.tokens import CONFIRMED, UNCONFIRMED
from planner.ui.widgets.swatch import SWATCH_H_PX, SWATCH_W_PX, paint_swatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QKeyEvent, QMouseEvent

    from planner.domain.identity import StructureId
    from planner.domain.structure import Structure

_Index = QModelIndex | QPersistentModelIndex
ROW_ROLE = Qt.ItemDataRole.UserRole
ROW_PX = 46
_EYE_PX = 36
_STATE_PX = 108


@dataclass(frozen=True, slots=True)
class StructureRow:
    """One structure as listed; ``volume_ml`` is None until it is counted."""

    structure: Structure
    volume_ml: float | None
    is_hidden: bool = False

    @property
    def origin_words(self) -> str:
        """Volume and origin in one line."""
        volume = "" if self.volume_ml is None else f"{millilitres(self.volume_ml)} · "
        return f"{volume}{self.structure.origin.value}"

    @property
    def spoken(self) -> str:
        """The whole row in words."""
        state = f"confirmed by {self.structure.confirmed_by}" if self.structure.is_confirmed else "unconfirmed"
        hidden = ", hidden" if self.is_hidden else ""
        return f"{self.structure.name}, {self.structure.kind.value}, {self.origin_words}, {state}{hidden}"


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
            return f"{row.spoken}\n{row.structure.method}".strip()
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
        self._paint_eye(painter, box, row)
        inner = box.adjusted(48, 0, -_EYE_PX, 0)
        self._paint_state(painter, inner, row)
        self._paint_text(painter, inner, row)
        painter.restore()

    def _paint_eye(self, painter: QPainter, box: QRectF, row: StructureRow) -> None:
        tokens = theme().tokens
        place = QRectF(box.right() - _EYE_PX + 8, box.center().y() - 8, 16, 16)
        name, colour = ("eye-slash", tokens.text_3) if row.is_hidden else ("eye", tokens.text_2)
        paint_icon(painter, name, colour=colour, box=place)

    def _paint_state(self, painter: QPainter, box: QRectF, row: StructureRow) -> None:
        style = CONFIRMED if row.structure.is_confirmed else UNCONFIRMED
        colour = getattr(theme().tokens, style.colour)
        painter.setFont(ui_font(SMALL_PX, 600))
        painter.setPen(QColor(colour))
        place = QRectF(box.left(), box.top() + 23, box.width(), 16)
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, style.word)
        width = painter.fontMetrics().horizontalAdvance(style.word)
        paint_icon(
            painter, style.icon, colour=colour, box=QRectF(place.right() - width - 18, place.center().y() - 7, 14, 14)
        )

    def _paint_text(self, painter: QPainter, box: QRectF, row: StructureRow) -> None:
        tokens = theme().tokens
        name_colour = tokens.text_3 if row.is_hidden else tokens.text_1
        for text, top, width, font, colour in (
            (row.structure.name, 6, box.width(), ui_font(BODY_PX, 500), name_colour),
            (row.origin_words, 23, box.width() - _STATE_PX, ui_font(SECONDARY_PX), tokens.text_3),
        ):
            painter.setFont(font)
            painter.setPen(QColor(colour))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(width))
            painter.drawText(QRectF(box.left(), box.top() + top, width, 17), Qt.AlignmentFlag.AlignVCenter, shown)


class StructureList(QListView):
    """The list. ``eye_pressed(StructureId)`` on a click on a row's eye, or Space."""

    eye_pressed = Signal(object)

    def __init__(self, model: StructureListModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setItemDelegate(StructureDelegate(self))
        self.setAccessibleName("Structures")
        self.setAccessibleDescription("Space hides or shows a structure in the views")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a press on an eye; any other selects."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and eye_box(self.visualRect(index)).contains(event.position().toPoint()):
            self._press(index)
            return
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space hides or shows."""
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self._press(self.currentIndex())
            return
        super().keyPressEvent(event)

    def _press(self, index: QModelIndex) -> None:
        row: StructureRow = index.data(ROW_ROLE)
        chosen: StructureId = row.structure.id
        self.eye_pressed.emit(chosen)


def eye_box(row: QRect) -> QRect:
    """Return where the eye of a row is pressed."""
    return row.adjusted(row.width() - _EYE_PX, 0, 0, 0)
