"""What can be put right below a record's first row in one click? The operator who records, and days that differ."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.ui.case.record_days import day_doubt, put_on_day
from planner.ui.widgets.labels import label, set_tone

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain.procedure import Procedure
    from planner.ui.case.procedure_edits import ProcedureEdits


class RecordOffers(QWidget):
    """Nothing is filled in by itself: who records need not be the operator, and the clock need not be right."""

    def __init__(self, edits: ProcedureEdits) -> None:
        super().__init__()
        self._edits = edits
        self._day = ""
        self.operator = QPushButton()
        self.operator.setProperty("look", "link")
        self.operator.clicked.connect(self._take_operator)
        self.doubt = label("")
        set_tone(self.doubt, "check")
        self.day = QPushButton()
        self.day.setProperty("look", "link")
        self.day.clicked.connect(self._take_day)
        self.times = QPushButton()
        self.times.setProperty("look", "link")
        self.times.clicked.connect(self._move_times)
        first, second = QHBoxLayout(), QHBoxLayout()
        first.addWidget(self.operator)
        first.addStretch(1)
        second.addWidget(self.doubt)
        second.addWidget(self.day)
        second.addWidget(self.times)
        second.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(first)
        column.addLayout(second)
        edits.case_desk.named.connect(self.look)

    def look(self) -> None:
        """Show what can be taken over into the record as it stands."""
        record = self._edits.procedure
        if record is not None:
            self.show_procedure(record)

    def show_procedure(self, procedure: Procedure) -> None:
        """Show what can be taken over."""
        who = self._edits.who
        is_offered = bool(who) and not procedure.operator.strip()
        self.operator.setText(f"Operator: {who}")
        self.operator.setToolTip("Take the name under “Recorded by” as operator")
        self.operator.setVisible(is_offered)
        told, self._day = day_doubt(procedure)
        self.doubt.setText(told)
        self.doubt.setVisible(bool(told))
        self.day.setText(f"It was {self._day}")
        self.day.setToolTip("Set the day of the record to that of its times")
        self.day.setVisible(bool(self._day))
        self.times.setText(f"It was {procedure.day}")
        self.times.setToolTip("Put every time on the day of the record; the time of day stays")
        # What the timer has timed was then: only what was typed may be of another day than it was typed for.
        self.times.setVisible(bool(self._day) and all(one.planned_number is None for one in procedure.phases))
        self.setVisible(is_offered or bool(told))

    def _take_operator(self) -> None:
        who = self._edits.who
        self._run(lambda one: replace(one, operator=who), "take the operator’s name")

    def _take_day(self) -> None:
        day = self._day
        self._run(lambda one: replace(one, day=day), "set the day to that of the times")

    def _move_times(self) -> None:
        self._run(lambda one: put_on_day(one, one.day), "put the times on the day of the record")

    def _run(self, make: Callable[[Procedure], Procedure], label: str) -> None:
        """Run an edit, and say why it is refused when it is."""
        refusal = self._edits.edit(make, label)
        if refusal:
            self._edits.case_desk.desk.say(refusal)
