"""What does the intake still lack, at one look? The block, what has to be settled first, and the open questions.

Beside the questions where the window is wide; every row leads to its question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QVBoxLayout

from planner.casebook.next_step import before_procedure
from planner.ui.case.case_stage import stage_style
from planner.ui.theme.icons import icon
from planner.ui.theme.theme import theme
from planner.ui.widgets.labels import StateBadge, label, plain_tip, rule_line

if TYPE_CHECKING:
    from planner.casebook.readiness import Readiness

SIDE_PX = 340
_ROW_PX, _ICON_PX, _MARGIN_PX = 28, 14, 16
_ROLE = Qt.ItemDataRole.UserRole
_DONE = "Every question is answered."


class IntakeSide(QFrame):
    """``item_asked(item id)`` when one of the open questions is chosen by Enter or a click."""

    item_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAccessibleName("What the intake lacks")
        self.setFixedWidth(SIDE_PX)
        self._shown: Readiness | None = None
        self.badge = StateBadge()
        self.reason = label("", "secondary", wrap=True)
        self.count = label("", "heading")
        self.list = QListWidget()
        self.list.setAccessibleName("Questions without an answer")
        self.list.setAccessibleDescription("Enter goes to the question")
        self.list.setIconSize(QSize(_ICON_PX, _ICON_PX))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        for chosen in (self.list.itemClicked, self.list.itemActivated):
            chosen.connect(lambda row: self.item_asked.emit(str(row.data(_ROLE))))
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN_PX, 14, _MARGIN_PX, 14)
        column.setSpacing(8)
        column.addWidget(label("Before the procedure", "heading"))
        column.addWidget(self.badge)
        column.addWidget(self.reason)
        column.addSpacing(4)
        column.addWidget(rule_line())
        column.addSpacing(4)
        column.addWidget(self.count)
        column.addWidget(self.list, 1)
        theme().changed.connect(self._draw_anew)

    def show_readiness(self, state: Readiness) -> None:
        """Say how far it is, and list what is open; what stands out comes first."""
        self._shown = state
        step = before_procedure(state)
        self.badge.show_state(stage_style(step))
        self.reason.setText(step.reason)
        missing = state.missing
        self.count.setText(f"{len(missing)} not answered" if missing else _DONE)
        self.list.setVisible(bool(missing))
        chosen = self.list.currentRow()
        self.list.clear()
        for item in sorted(missing, key=lambda one: not one.is_alert):
            row = QListWidgetItem(item.question)
            row.setIcon(icon("warning", "check") if item.is_alert else icon("circle", "text_3"))
            row.setData(_ROLE, item.id)
            row.setSizeHint(QSize(0, _ROW_PX))
            row.setToolTip(plain_tip(f"{item.question}\nGo to this question"))
            self.list.addItem(row)
        self.list.setCurrentRow(min(chosen, self.list.count() - 1))

    def _draw_anew(self) -> None:
        """Take the icons of the other theme."""
        if self._shown is not None:
            self.show_readiness(self._shown)
