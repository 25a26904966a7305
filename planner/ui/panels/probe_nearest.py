"""Which structures does a shaft pass nearest? The worst three as rows that lead there, the rest on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from planner.rendering.palette import style_for
from planner.report.numbers import mm
from planner.ui.theme.fonts import SECONDARY_PX, ui_font
from planner.ui.theme.theme import theme
from planner.ui.widgets.labels import plain_tip
from planner.ui.widgets.row_text import CUT_MIDDLE, RIGHT, write
from planner.ui.widgets.swatch import SWATCH_H_PX, SWATCH_W_PX, paint_swatch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QKeyEvent

    from planner.domain.geometry import PointLps
    from planner.planning.crossings import ShaftApproach

_Index = QModelIndex | QPersistentModelIndex
_ROW_PX, _FIRST_ROWS, _MOST_ROWS = 26, 3, 10
_ROLE = Qt.ItemDataRole.UserRole
_VALUE_PX = 92


class _RowDelegate(QStyledItemDelegate):
    """Draws swatch, name and distance."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the row's size."""
        del option, index
        return QSize(200, _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one row; a structure that is entered is written in the colour of a failure."""
        near, style = index.data(_ROLE)
        tokens, box = theme().tokens, QRectF(option.rect)
        has_focus = bool(option.state & QStyle.StateFlag.State_HasFocus)
        painter.save()
        if option.state & QStyle.StateFlag.State_MouseOver or has_focus:
            painter.fillRect(box, QColor(tokens.raised))
        if has_focus:
            painter.setPen(QColor(tokens.accent))
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
        swatch = QRectF(box.left() + 2, box.center().y() - SWATCH_H_PX / 2, SWATCH_W_PX, SWATCH_H_PX)
        paint_swatch(painter, swatch, style)
        value = box.adjusted(box.width() - _VALUE_PX, 0, -2, 0)
        tone = "fail" if near.distance_mm <= 0 else "text_1"
        write(painter, _value(near), value, font=ui_font(SECONDARY_PX, 500), tone=tone, align=RIGHT)
        name = box.adjusted(SWATCH_W_PX + 10, 0, -_VALUE_PX - 4, 0)
        write(painter, near.name, name, font=ui_font(SECONDARY_PX, 400), tone="text_1", cut=CUT_MIDDLE)
        painter.restore()


class _Rows(QListWidget):
    """Rows that Enter, Space and a click follow; arrows that lead out of the list are left to the panel."""

    followed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setItemDelegate(_RowDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setStyleSheet("background: transparent")  # the card's ground shows through, chosen or not
        self.setAccessibleName("Nearest structures to stay away from")
        self.setAccessibleDescription("Enter goes to the place")
        self.itemClicked.connect(self._follow)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter or Space goes to the chosen place."""
        item = self.currentItem()
        if item is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._follow(item)
        else:
            super().keyPressEvent(event)

    def _follow(self, item: QListWidgetItem) -> None:
        self.followed.emit(item.data(_ROLE)[0])


class NearestList(QWidget):
    """The structures to stay away from, nearest first. ``place_chosen`` with the shaft's nearest point (LPS mm)."""

    place_chosen = Signal(object)
    grown = Signal()

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.rows = _Rows()
        self.rows.followed.connect(lambda near: self.place_chosen.emit(_place(near)))
        self._more = QPushButton()
        self._more.setProperty("look", "link")
        self._more.clicked.connect(self._turn)
        column.addWidget(self.rows)
        column.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        self._is_open = False
        self._found: tuple[ShaftApproach, ...] = ()
        self._colours: dict[str, str] = {}

    def show_approaches(self, found: Sequence[ShaftApproach], colours: Mapping[str, str]) -> None:
        """Show what was found; ``colours`` are the structures' own by id. The row with the focus stays the same one."""
        self._found, self._colours = tuple(found), dict(colours)
        self._fill()

    def _fill(self) -> None:
        shown = self._found if self._is_open else self._found[:_FIRST_ROWS]
        while self.rows.count() > len(shown):
            self.rows.takeItem(self.rows.count() - 1)
        for at, near in enumerate(shown):
            item = self.rows.item(at) or QListWidgetItem(self.rows)
            item.setData(_ROLE, (near, style_for(near.kind, self._colours.get(near.structure_id, ""))))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken(near))
            item.setToolTip(plain_tip(f"{spoken(near)}\nGo there, Enter"))
        self.rows.setFixedHeight(_ROW_PX * min(len(shown), _MOST_ROWS))
        hidden = len(self._found) - _FIRST_ROWS
        self._more.setVisible(hidden > 0)
        self._more.setText("Fewer" if self._is_open else f"{hidden} more, farther away")
        self._more.setAccessibleName(f"{self._more.text()} of the nearest structures")
        self.setVisible(bool(self._found))

    def _turn(self) -> None:
        self._is_open = not self._is_open
        self._fill()
        self.grown.emit()


def spoken(near: ShaftApproach) -> str:
    """Say one approach whole, such as ``"Lung, right, 4.2 mm from the shaft's axis at 31 mm depth"``."""
    if near.distance_mm <= 0:
        return f"{near.name}, the shaft’s axis is {mm(-near.distance_mm)} inside it at {near.depth_mm:.0f} mm depth"
    return f"{near.name}, {mm(near.distance_mm)} from the shaft’s axis at {near.depth_mm:.0f} mm depth"


def _value(near: ShaftApproach) -> str:
    return mm(near.distance_mm) if near.distance_mm > 0 else f"{mm(-near.distance_mm)} inside"


def _place(near: ShaftApproach) -> PointLps:
    return near.on_structure_lps_mm if near.distance_mm > 0 else near.on_shaft_lps_mm
