"""Whose follow-up waits? A list over all cases, the longest waiting first; Enter or a double click records one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QFrame, QHBoxLayout, QTreeView, QVBoxLayout

from planner.casebook.course import DueState, counted
from planner.ui.theme.icons import icon
from planner.ui.theme.theme import theme
from planner.ui.widgets.labels import label, plain_tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QModelIndex

    from planner.casebook.course import Reminder

_ROLE = Qt.ItemDataRole.UserRole
_ROW_PX, _HEAD_PX = 30, 34
_HEADS = ("Follow-up", "Waits since", "Case", "Problem")
_WIDTHS = (150, 200, 250)


class ReminderList(QFrame):
    """Head with the count, and the rows. ``asked(Reminder)`` to record one."""

    asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Follow-ups that wait")
        self._found: tuple[Reminder, ...] = ()
        self._count = label("", "hint")
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label("Follow-ups that wait", "heading"))
        head.addWidget(self._count)
        head.addStretch(1)
        head.addWidget(label("Enter records it. Nothing reminds outside this list.", "hint"))
        self._rows = QStandardItemModel()
        self.list = QTreeView()
        self.list.setModel(self._rows)
        self.list.setAccessibleName("Follow-ups that wait")
        self.list.setIndentation(0)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setIconSize(QSize(14, 14))
        self.list.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.list.setSelectionBehavior(QTreeView.SelectionBehavior.SelectRows)
        self.list.setExpandsOnDoubleClick(False)
        self.list.activated.connect(self._ask)
        theme().changed.connect(self._draw_anew)
        self._rows.setHorizontalHeaderLabels(list(_HEADS))
        self.list.header().setFixedHeight(26)
        self.list.header().setStretchLastSection(True)
        for at, width in enumerate(_WIDTHS):
            self.list.setColumnWidth(at, width)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.list, 1)

    def show_reminders(self, found: Sequence[Reminder]) -> None:
        """List what waits."""
        self._found = tuple(found)
        self._count.setText(str(len(found)))
        self._rows.removeRows(0, self._rows.rowCount())
        for reminder in found:
            self._rows.appendRow(_items(reminder))
        if found:
            self.list.setCurrentIndex(self._rows.index(0, 0))

    def _draw_anew(self) -> None:
        """Take the icons of the other theme."""
        self.show_reminders(self._found)

    def texts(self) -> list[tuple[str, ...]]:
        """Return the rows shown."""
        return [
            tuple(self._rows.item(row, column).text() for column in range(len(_HEADS)))
            for row in range(self._rows.rowCount())
        ]

    def wanted_height(self) -> int:
        """Return the height that shows every row, px."""
        return _HEAD_PX + 26 + _ROW_PX * self._rows.rowCount() + 4

    def _ask(self, index: QModelIndex) -> None:
        found = index.siblingAtColumn(0).data(_ROLE)
        if found is not None:
            self.asked.emit(found)


def _items(reminder: Reminder) -> list[QStandardItem]:
    due = reminder.due
    late = counted(-due.days_ahead, "day") if due.days_ahead else "today"
    case = f"{reminder.pseudonym}  ·  TRAINING" if reminder.is_training else reminder.pseudonym
    texts = (due.name, f"{due.day}  ·  {late}", case, reminder.problem)
    items = [QStandardItem(text) for text in texts]
    is_overdue = due.state is DueState.OVERDUE
    items[0].setIcon(icon("warning" if is_overdue else "clock-counter-clockwise", "check" if is_overdue else "text_2"))
    items[0].setData(reminder, _ROLE)
    items[0].setData(f"{due.name} {due.words}, {case}, {reminder.problem}", Qt.ItemDataRole.AccessibleTextRole)
    for item, text in zip(items, texts, strict=True):
        item.setSizeHint(QSize(0, _ROW_PX))
        item.setToolTip(plain_tip(f"{due.name} {due.words}" if item is items[0] else text))
    return items
