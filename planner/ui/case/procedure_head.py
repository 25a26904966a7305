"""Which record is it, is it finished, and what can be done with it? The bar over a procedure record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QMenu, QPushButton

from planner.casebook.record_gaps import not_recorded
from planner.ui.case.clock_texts import minute_words
from planner.ui.theme.icons import set_icon
from planner.ui.theme.tokens import TOOLBAR_PX
from planner.ui.widgets.fields import ChoiceField
from planner.ui.widgets.labels import ElidedLabel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.procedure import Procedure

_CHOICE_PX = 300
_HEAD_PX = TOOLBAR_PX + 12


class ProcedureHead(QFrame):
    """Choice of the record, what to look at on a narrow window, timer and end of the record.

    ``chosen(procedure_id)``, ``new_asked``, ``timer_asked``, ``finish_asked``, ``remove_asked``; ``table_asked(bool)``
    when on a narrow window the table or the record is to be seen.
    """

    chosen = Signal(object)
    new_asked = Signal()
    timer_asked = Signal()
    finish_asked = Signal()
    remove_asked = Signal()
    table_asked = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panelHead")
        self.setAccessibleName("Procedure record")
        self.setFixedHeight(_HEAD_PX)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        self.choice = ChoiceField()
        self.choice.setFixedWidth(_CHOICE_PX)
        self.choice.setAccessibleName("Which procedure")
        self.choice.activated.connect(lambda index: self.chosen.emit(self.choice.itemData(index)))
        self.new = QPushButton("New record")
        set_icon(self.new, "plus")
        self.new.clicked.connect(self.new_asked)
        self.state = ElidedLabel("secondary")
        self._make_switch()
        self._make_deeds()
        for widget in (self.choice, self.new):
            row.addWidget(widget)
        row.addWidget(self.state, 1)
        for widget in (self.record, self.table, self.finish, self.timer, self.more):
            row.addWidget(widget)

    def _make_switch(self) -> None:
        """Two buttons for a narrow window, of which one is pressed."""
        self.record, self.table = QPushButton("Record"), QPushButton("Planned and done")
        group = QButtonGroup(self)
        for button in (self.record, self.table):
            button.setCheckable(True)
            button.setProperty("look", "segment")
            button.setMinimumWidth(80 if button is self.record else 130)
            group.addButton(button)
        self.record.setChecked(True)
        self.table.toggled.connect(self.table_asked)

    def _make_deeds(self) -> None:
        self.timer = QPushButton("Timer")
        self.timer.setProperty("look", "primary")
        self.timer.setMinimumWidth(120)
        self.timer.setToolTip("Time the freeze against the plan, full page")
        set_icon(self.timer, "clock-counter-clockwise", "on_accent")
        self.timer.clicked.connect(self.timer_asked)
        self.finish = QPushButton("Finish")
        self.finish.setToolTip("Close the record by your name; later edits are possible and marked")
        self.finish.clicked.connect(self.finish_asked)
        self.more = QPushButton()
        set_icon(self.more, "dots-three")
        self.more.setProperty("look", "iconMenu")
        self.more.setAccessibleName("More for the record")
        self.more.setToolTip("More for the record")
        self.menu = QMenu(self)
        self.menu.addAction("Remove this record").triggered.connect(lambda _checked=False: self.remove_asked.emit())
        self.more.setMenu(self.menu)

    def show_records(self, procedures: Sequence[Procedure], current: Procedure) -> None:
        """Show which records there are, and what is to be said of the one looked at."""
        self.choice.blockSignals(True)
        self.choice.clear()
        for one in procedures:
            self.choice.addItem(record_words(one), one.id)
        self.choice.blockSignals(False)
        self.choice.select_data(current.id)
        self.state.show_text(state_words(current))
        self.finish.setVisible(not current.is_finished)
        self._show_timer_first(is_first=not current.is_finished)
        running = current.running
        self.timer.setText("Timer" if running is None else f"Timer: {running.kind.value} runs")

    def _show_timer_first(self, *, is_first: bool) -> None:
        """Have the timer as the main deed while the record is open; afterwards it is one among others."""
        look = "primary" if is_first else ""
        if self.timer.property("look") != look:
            self.timer.setProperty("look", look)
            set_icon(self.timer, "clock-counter-clockwise", "on_accent" if is_first else "text_1")
            self.timer.style().unpolish(self.timer)
            self.timer.style().polish(self.timer)

    def show_switch(self, *, is_narrow: bool) -> None:
        """Offer the choice of record or table only where there is no room for both."""
        self.record.setVisible(is_narrow)
        self.table.setVisible(is_narrow)


def record_words(procedure: Procedure) -> str:
    """Return a record in a list: ``"2026-03-02 · T8 right, open"``."""
    plan = "without a plan" if procedure.planned is None else procedure.planned.plan_name
    return f"{procedure.day} · {plan}{'' if procedure.is_finished else ', open'}"


def state_words(procedure: Procedure) -> str:
    """Return whether a record is finished, by whom and when, and whether it was edited afterwards."""
    if not procedure.is_finished:
        return "Open. Every entry is kept at once."
    count = len(not_recorded(procedure))
    missing = f" with {count} not recorded," if count else ""
    told = f"Finished{missing} {minute_words(procedure.finished_at)} by {procedure.finished_by}."
    if procedure.amended_at:
        told += f" Edited afterwards, last {minute_words(procedure.amended_at)} by {procedure.amended_by}."
    return told
