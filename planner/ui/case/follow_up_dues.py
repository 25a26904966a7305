"""When is the patient to be asked again? The chosen intervals after the last procedure, each with its button."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout

from planner.casebook.course import DueState, due_dates, interval_words, last_procedure
from planner.domain.case import DEFAULT_INTERVALS_DAYS
from planner.domain.errors import CaseInvalid
from planner.ui.case.follow_up_words import DUE_STYLES, NOT_ALL_ASKED, gaps_words
from planner.ui.case.refused_field import refusal_label, show_refusal
from planner.ui.panels.panel import clear_layout
from planner.ui.theme.icons import set_icon
from planner.ui.widgets.fields import text_field
from planner.ui.widgets.labels import StateBadge, label, rule_line

if TYPE_CHECKING:
    from planner.casebook.course import Due
    from planner.domain.case import Case

LONGEST_INTERVAL_DAYS = 3650
_SIDE_PX, _ROW_PX = 16, 40
_NO_PROCEDURE = "Follow-ups are due from the day of the procedure. No procedure is recorded yet."
_RECORD = "Record"
_INTERVAL = re.compile(r"(\d{1,4})\s*(d|days?|w|weeks?|m|months?|y|years?)?")
_UNIT_DAYS = {"": 1, "d": 1, "w": 7, "m": 30, "y": 365}


def intervals_of(text: str) -> tuple[int, ...]:
    """Read intervals as they are written: ``1 week, 6 weeks, 3 months`` or days as ``7, 42, 90``; in any order.

    Raises
    ------
    CaseInvalid
        When one cannot be read or is out of range, or there is none.
    """
    days: set[int] = set()
    for part in filter(None, (piece.strip().lower() for piece in re.split(r"[,;]", text))):
        found = _INTERVAL.fullmatch(part)
        if found is None:
            raise CaseInvalid(
                f"“{part[:30]}” is no interval. Write days, or 6 weeks, 3 months, 1 year.", code="interval-unreadable"
            )
        days.add(int(found[1]) * _UNIT_DAYS[(found[2] or "")[:1]])
    if any(not 1 <= one <= LONGEST_INTERVAL_DAYS for one in days):
        raise CaseInvalid(
            f"An interval is 1 to {LONGEST_INTERVAL_DAYS} days, not {min(days) if min(days) < 1 else max(days)}.",
            code="interval-range",
        )
    if not days:
        raise CaseInvalid("Write at least one interval, such as 6 weeks.", code="interval-none")
    return tuple(sorted(days))


def intervals_words(days: tuple[int, ...]) -> str:
    """Write intervals as :func:`intervals_of` reads them."""
    return ", ".join(interval_words(one) for one in days)


class DuePanel(QFrame):
    """``record_asked(interval_days or None)``, ``open_asked(FollowUpId)``, ``intervals_set(days)``."""

    record_asked = Signal(object)
    open_asked = Signal(object)
    intervals_set = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Due follow-ups")
        self._case: Case | None = None
        self.buttons: dict[int, QPushButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(_SIDE_PX, 14, _SIDE_PX, 14)
        column.setSpacing(8)
        column.addWidget(label("Due", "heading"))
        self.since = label("", "hint", wrap=True)
        column.addWidget(self.since)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(1, 1)
        column.addLayout(self._grid)
        self.other = QPushButton("Record another day")
        set_icon(self.other, "plus")
        self.other.clicked.connect(lambda: self.record_asked.emit(None))
        row = QHBoxLayout()
        row.addWidget(self.other)
        row.addStretch(1)
        column.addLayout(row)
        column.addSpacing(8)
        column.addWidget(rule_line())
        column.addSpacing(4)
        self._add_intervals(column)
        column.addStretch(1)

    def _add_intervals(self, column: QVBoxLayout) -> None:
        head = QHBoxLayout()
        head.addWidget(label("Intervals", "heading"))
        self.default = label("PROJECT DEFAULT", "tag")
        head.addWidget(self.default)
        head.addStretch(1)
        self.restore = QPushButton("Restore default")
        self.restore.setProperty("look", "link")
        self.restore.clicked.connect(lambda: self._set(DEFAULT_INTERVALS_DAYS))
        head.addWidget(self.restore)
        column.addLayout(head)
        self.intervals = text_field(name="Intervals after the procedure", hint="such as 1 week, 6 weeks, 3 months")
        self.intervals.editingFinished.connect(self._read)
        column.addWidget(self.intervals)
        self.error = refusal_label()
        column.addWidget(self.error)
        column.addWidget(
            label("Days, weeks, months of 30 or years of 365 days after the procedure.", "hint", wrap=True)
        )

    def show_case(self, case: Case, *, today: str) -> None:
        """Show what is due, and how each interval stands."""
        self._case = case
        procedure = last_procedure(case)
        self.since.setText(_NO_PROCEDURE if procedure is None else f"Counted from the procedure on {procedure.day}.")
        is_default = case.intervals_days == DEFAULT_INTERVALS_DAYS
        self.default.setVisible(is_default)
        self.restore.setVisible(not is_default)
        if not self.intervals.isModified():
            self.intervals.setText(intervals_words(case.intervals_days))
        self.other.setText("Record a follow-up" if procedure is None else "Record another day")
        self._show_dues(due_dates(case, today=today))

    def _show_dues(self, dues: tuple[Due, ...]) -> None:
        holder = next((days for days, button in self.buttons.items() if button.hasFocus()), None)
        clear_layout(self._grid)
        self.buttons = {}
        first = next((due for due in dues if due.is_waiting), None)
        for at, due in enumerate(dues):
            self._add_due(2 * at, due, is_first=due is first)
        if holder in self.buttons:
            self.buttons[holder].setFocus()

    def focus_first(self) -> None:
        """Take the keyboard at the follow-up that waits, else at the first still to come."""
        buttons = [*self.buttons.values()]
        waiting = next((button for button in buttons if button.property("look") == "primary"), None)
        coming = next((button for button in buttons if button.text() == _RECORD), None)
        (waiting or coming or self.other).setFocus()

    def _add_due(self, row: int, due: Due, *, is_first: bool) -> None:
        badge = StateBadge(NOT_ALL_ASKED if due.gaps else DUE_STYLES[due.state])
        name = label(due.name, "name")
        name.setFixedHeight(_ROW_PX)
        when = label(_when(due), "secondary")
        is_done = due.follow_up_id is not None
        button = QPushButton("Open" if is_done else _RECORD)
        button.setProperty("look", "primary" if is_first else "link" if is_done else "")
        button.setAccessibleName(f"{button.text()} {due.name}, {due.words}")
        if is_done:
            button.clicked.connect(lambda: self.open_asked.emit(due.follow_up_id))
        else:
            button.clicked.connect(lambda: self.record_asked.emit(due.interval_days))
        self.buttons[due.interval_days] = button
        for at, widget in enumerate((name, when, badge, button)):
            self._grid.addWidget(widget, row, at)
        if due.gaps:
            said = gaps_words(due.gaps)
            gaps = label(f"{said[0].upper()}{said[1:]}.", "hint", wrap=True)
            gaps.setContentsMargins(0, 0, 0, 6)
            self._grid.addWidget(gaps, row + 1, 0, 1, 4)

    def _read(self) -> None:
        if not self.intervals.isModified():
            return
        try:
            days = intervals_of(self.intervals.text())
        except CaseInvalid as error:
            self.show_error(error.sentence)
            return
        self._set(days)

    def _set(self, days: tuple[int, ...]) -> None:
        """Ask for other intervals; where they are refused, what is typed stays (H-33)."""
        self.show_error("")
        typed = self.intervals.text()
        self.intervals.setModified(False)
        self.intervals_set.emit(days)
        if self._case is not None:
            is_set = self._case.intervals_days == days
            self.intervals.setText(intervals_words(days) if is_set else typed)
            self.intervals.setModified(not is_set)

    def show_error(self, sentence: str) -> None:
        """Say what is wrong with the intervals; nothing when it is empty. What is typed stays."""
        show_refusal(self.intervals, self.error, sentence)


def _when(due: Due) -> str:
    """Return the day of an interval, or since when it waits; nothing for one that is done."""
    if due.state is DueState.LATER:
        return due.day
    return "" if due.state is DueState.DONE else due.words.partition(" ")[2]
