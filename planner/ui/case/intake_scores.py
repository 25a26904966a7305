"""How bad is it, as the patient tells it? Pain, function and opioids typed in place; what is left empty stays empty."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout

from planner.domain.errors import PlannerError
from planner.domain.intake import Scores
from planner.ui.case.refused_field import mark_refused, refusal_label
from planner.ui.widgets.escape import asks_for_escape
from planner.ui.widgets.fields import text_field
from planner.ui.widgets.labels import label
from planner.ui.widgets.typed_field import number_reader

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QKeyEvent

_NUMBER_PX, _WIDEST_PX = 84, 560
_SPAN = 5
_NOT_ASKED = "not asked"
_NO_SCALE = "score-scale"


class ScoresForm(QFrame):
    """Six fields, none of which must be filled. ``kept(Scores)`` or ``left``; ``lacking`` says what cannot be read.

    ``edited`` when a field that was typed in is left or Enter is pressed in it. What cannot be kept is said below the
    field as soon as it is left.

    Parameters
    ----------
    scale
        Name of the function scale to begin with, such as the baseline's.
    """

    kept = Signal(object)
    left = Signal()
    lacking = Signal(str)
    edited = Signal()

    def __init__(self, scores: Scores | None = None, *, scale: str = "", buttons: bool = True) -> None:
        super().__init__()
        self.setAccessibleName("Scores")
        self.setMaximumWidth(_WIDEST_PX)
        self.average = text_field(name="Average pain, 0 to 10", hint=_NOT_ASKED)
        self.worst = text_field(name="Worst pain, 0 to 10", hint=_NOT_ASKED)
        self.scale = text_field(name="Function scale", hint="your scale, such as ODI")
        self.function = text_field(name="Function score", hint=_NOT_ASKED)
        self.opioid = text_field(name="Opioids", hint="drug and dose in words")
        self.dose = text_field(name="Oral morphine equivalent, mg per day", hint=_NOT_ASKED)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(6)
        self._below: dict[QLineEdit, QLabel] = {}
        column.addLayout(self._fields())
        if buttons:
            column.addLayout(self._foot())
            for field in self._all():
                field.returnPressed.connect(self._keep)
        for field in self._all():
            field.editingFinished.connect(lambda field=field: self._tell(field))
        self._fill(scores or Scores(function_scale=scale))

    def _all(self) -> tuple[QLineEdit, ...]:
        return (self.average, self.worst, self.scale, self.function, self.opioid, self.dose)

    def _fields(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        rows = (
            ("Pain on average", self.average, "at worst", self.worst, "of 10"),
            ("Function scale", self.scale, "score", self.function, ""),
        )
        for at, (first, wide, second, narrow, unit) in enumerate(rows):
            for column, words in ((0, first), (2, second), (4, unit)):
                grid.addWidget(label(words, "secondary"), 2 * at, column)
            narrow.setFixedWidth(_NUMBER_PX)
            grid.addWidget(wide, 2 * at, 1)
            grid.addWidget(narrow, 2 * at, 3)
            self._say_below(grid, 2 * at + 1, wide, narrow)
        at = 2 * len(rows)
        grid.addWidget(label("Opioids", "secondary"), at, 0)
        grid.addWidget(self.opioid, at, 1, 1, _SPAN - 1)
        grid.addWidget(label("as oral morphine", "secondary"), at + 1, 1, 1, 2, Qt.AlignmentFlag.AlignRight)
        self.dose.setFixedWidth(_NUMBER_PX)
        grid.addWidget(self.dose, at + 1, 3)
        grid.addWidget(label("mg/day", "secondary"), at + 1, 4)
        self._say_below(grid, at + 2, self.opioid, self.dose)
        grid.setColumnStretch(1, 1)
        return grid

    def _say_below(self, grid: QGridLayout, row: int, *fields: QLineEdit) -> None:
        """Keep a line below some fields for what is wrong with one of them."""
        below = refusal_label()
        grid.addWidget(below, row, 0, 1, _SPAN)
        for field in fields:
            self._below[field] = below

    def _foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.addStretch(1)
        keep, leave = QPushButton("Keep"), QPushButton("Cancel")
        keep.setAccessibleName("Keep the scores")
        for button in (keep, leave):  # Tab comes to what keeps first
            button.setAutoDefault(False)
            foot.addWidget(button)
        leave.clicked.connect(self.left)
        keep.clicked.connect(self._keep)
        return foot

    def _fill(self, scores: Scores) -> None:
        self.scale.setText(scores.function_scale)
        self.opioid.setText(scores.opioid)
        for field, value in (
            (self.average, scores.average_nrs),
            (self.worst, scores.worst_nrs),
            (self.function, scores.function_score),
            (self.dose, scores.opioid_mg_per_day),
        ):
            field.setText("" if value is None else f"{value:g}")

    def show_scores(self, scores: Scores) -> None:
        """Show other scores; what is typed and not kept yet stays (H-33)."""
        typed = {field: field.text() for field in self._all() if field.isModified()}
        self._fill(scores)
        for field, text in typed.items():
            field.setText(text)
            field.setModified(True)
        if any(field.property("refused") for field in self._all()):
            self.show_refusals()

    def take(self) -> None:
        """Regard what is typed as kept."""
        for field in self._all():
            field.setModified(False)

    def _tell(self, field: QLineEdit) -> None:
        if field.isModified():
            self.show_refusals()
            self.edited.emit()

    def begin(self) -> None:
        """Take the keyboard, once it is laid out."""
        QTimer.singleShot(0, self.average, self.average.setFocus)

    def read(self) -> Scores:
        """Return what is typed; raises PlannerError naming the field that cannot be read or does not fit."""
        made, wrong = self._read()
        if wrong:
            raise next(iter(wrong.values()))
        return made

    def _read(self) -> tuple[Scores, dict[QLineEdit, PlannerError]]:
        """Return the scores of the fields that can be kept, and why each other one cannot."""
        made = Scores(function_scale=self.scale.text().strip(), opioid=self.opioid.text().strip())
        wrong: dict[QLineEdit, PlannerError] = {}
        for field, name, unit, what in (
            (self.average, "average_nrs", "", "the average pain"),
            (self.worst, "worst_nrs", "", "the worst pain"),
            (self.function, "function_score", "", "the function score"),
            (self.dose, "opioid_mg_per_day", "mg/day", "the morphine equivalent"),
        ):
            try:
                changes: dict[str, Any] = {name: _number(field, unit, what)}
                made = replace(made, **changes)
            except PlannerError as error:
                wrong[self.scale if error.code == _NO_SCALE else field] = error
        return made, wrong

    def show_refusals(self) -> bool:
        """Say at each field why it cannot be kept; tell whether all can."""
        _, wrong = self._read()
        for field in self._all():
            mark_refused(field, wrong[field].sentence if field in wrong else "")
        for below in set(self._below.values()):
            said = [error.sentence for field, error in wrong.items() if self._below[field] is below]
            below.setText(" ".join(said))
            below.setVisible(bool(said))
        return not wrong

    def refused(self) -> tuple[QLineEdit, ...]:
        """Return the fields that cannot be kept as they are typed."""
        return tuple(self._read()[1])

    def event(self, event: QEvent) -> bool:
        """Keep Esc from the window's action of that key."""
        if asks_for_escape(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave on Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _keep(self) -> None:
        if not self.show_refusals():
            field, error = next(iter(self._read()[1].items()))
            field.setFocus()
            self.lacking.emit(error.sentence)
            return
        self.kept.emit(self.read())


def _number(field: QLineEdit, unit: str, what: str) -> float | None:
    text = field.text().strip()
    if not text:
        return None
    try:
        return number_reader(unit, what=what)(text)
    except PlannerError as error:
        raise type(error)(f"“{text}” is no number for {what}.", code="score-unreadable") from error
