"""How bad is it, as the patient tells it? Pain, function and opioids typed in place; what is left empty stays empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout

from planner.domain.errors import PlannerError
from planner.domain.intake import Scores
from planner.ui.widgets.escape import asks_for_escape
from planner.ui.widgets.fields import text_field
from planner.ui.widgets.labels import label
from planner.ui.widgets.typed_field import number_reader

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QKeyEvent

_NUMBER_PX, _WIDEST_PX = 84, 560
_NOT_ASKED = "not asked"


class ScoresForm(QFrame):
    """Six fields, none of which must be filled. ``kept(Scores)`` or ``left``; ``lacking`` says what cannot be read.

    ``edited`` when a field that was typed in is left or Enter is pressed in it.

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
        column.addLayout(self._fields())
        self.error = label("", wrap=True)
        self.error.setObjectName("fieldError")
        self.error.hide()
        column.addWidget(self.error)
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
            ("Opioids", self.opioid, "morphine", self.dose, "mg/day"),
        )
        for row, (first, wide, second, narrow, unit) in enumerate(rows):
            for column, words in ((0, first), (2, second), (4, unit)):
                grid.addWidget(label(words, "secondary"), row, column)
            narrow.setFixedWidth(_NUMBER_PX)
            grid.addWidget(wide, row, 1)
            grid.addWidget(narrow, row, 3)
        grid.setColumnStretch(1, 1)
        return grid

    def _foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.addStretch(1)
        leave, keep = QPushButton("Cancel"), QPushButton("Keep")
        keep.setAccessibleName("Keep the scores")
        for button in (leave, keep):
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

    def take(self) -> None:
        """Regard what is typed as kept."""
        for field in self._all():
            field.setModified(False)

    def _tell(self, field: QLineEdit) -> None:
        if field.isModified():
            self.edited.emit()

    def begin(self) -> None:
        """Take the keyboard, once it is laid out."""
        QTimer.singleShot(0, self.average, self.average.setFocus)

    def read(self) -> Scores:
        """Return what is typed; raises PlannerError naming the field that cannot be read or does not fit."""
        score = _number(self.function, "", "the function score")
        return Scores(
            average_nrs=_number(self.average, "", "the average pain"),
            worst_nrs=_number(self.worst, "", "the worst pain"),
            function_scale=self.scale.text().strip(),
            function_score=score,
            opioid=self.opioid.text().strip(),
            opioid_mg_per_day=_number(self.dose, "mg/day", "the morphine equivalent"),
        )

    def show_error(self, sentence: str) -> None:
        """Say what is wrong with what was typed; nothing when it is empty."""
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))

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
        try:
            scores = self.read()
        except PlannerError as error:
            self.show_error(error.sentence)
            self.lacking.emit(error.sentence)
            return
        self.show_error("")
        self.kept.emit(scores)


def _number(field: QLineEdit, unit: str, what: str) -> float | None:
    text = field.text().strip()
    if not text:
        return None
    try:
        return number_reader(unit, what=what)(text)
    except PlannerError as error:
        field.setFocus()
        raise type(error)(f"“{text}” is no number for {what}.", code="score-unreadable") from error
