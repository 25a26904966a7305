"""Into which case does the plan go? A list of the open cases with a field to find one; Enter chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from planner.ui.dialogs.question import QuestionDialog
from planner.ui.widgets.fields import text_field
from planner.ui.widgets.labels import plain_tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QObject
    from PySide6.QtWidgets import QWidget

    from planner.domain.case import Case

_WIDTH_PX, _LIST_PX, _ROW_PX = 600, 320, 32
_ROLE = Qt.ItemDataRole.UserRole


class ChooseCaseDialog(QuestionDialog):
    """Offers cases, the last edited first; ``chosen`` is the one."""

    def __init__(self, parent: QWidget, plan_name: str, cases: Sequence[Case]) -> None:
        said = f"“{plan_name}” is added to the case. The plan's file stays where it is."
        super().__init__(parent, "Add the plan to a case", said, verb="Add", width_px=_WIDTH_PX)
        self._cases = tuple(cases)
        self.search = text_field(name="Find a case", hint="Find by problem, pseudonym or target")
        self.search.textChanged.connect(self._list_cases)
        self.search.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName("Cases")
        self.list.setMinimumHeight(_LIST_PX)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.itemActivated.connect(lambda _item: self.accept())
        self.list.currentItemChanged.connect(lambda *_: self.answer.setEnabled(self.chosen is not None))
        self.fields.addWidget(self.search)
        self.fields.addWidget(self.list)
        self._list_cases("")
        self.search.setFocus()

    @property
    def chosen(self) -> Case | None:
        """The case that the row under the cursor is of."""
        item = self.list.currentItem()
        return None if item is None else self._cases[int(item.data(_ROLE))]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let ↑ and ↓ in the field walk the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
            if step and self.list.count():
                self.list.setCurrentRow(min(max(self.list.currentRow() + step, 0), self.list.count() - 1))
                return True
        return super().eventFilter(watched, event)

    def _list_cases(self, text: str) -> None:
        words = text.casefold().split()
        self.list.clear()
        for at, case in enumerate(self._cases):
            targets = " ".join(name for plan in case.plans for name in plan.targets)
            if all(word in f"{case.problem} {case.pseudonym} {targets}".casefold() for word in words):
                item = QListWidgetItem(f"{case.pseudonym}   ·   {case.problem}")
                item.setToolTip(plain_tip("\n".join(part for part in (case.problem, targets) if part)))
                item.setData(_ROLE, at)
                item.setSizeHint(QSize(0, _ROW_PX))
                self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.answer.setEnabled(self.chosen is not None)
