"""What can be taken into a record's first row in one click? The operator who records, and the day that was timed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.ui.case.record_days import day_doubt
from planner.ui.widgets.labels import label, set_tone

if TYPE_CHECKING:
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
        first, second = QHBoxLayout(), QHBoxLayout()
        first.addWidget(self.operator)
        first.addStretch(1)
        second.addWidget(self.doubt)
        second.addWidget(self.day)
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
        self.day.setText(f"The day was {self._day}")
        self.day.setToolTip("Set the day of the record to that of its phases")
        self.day.setVisible(bool(self._day))
        self.setVisible(is_offered or bool(told))

    def _take_operator(self) -> None:
        who = self._edits.who
        self._edits.edit(lambda one: replace(one, operator=who), "take the operator’s name")

    def _take_day(self) -> None:
        day = self._day
        self._edits.edit(lambda one: replace(one, day=day), "set the day to that of freeze and thaw")
