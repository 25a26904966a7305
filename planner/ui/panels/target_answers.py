"""What stands against freezing this target, and who answers for it? Asked once, in place, by name and reason (H-19)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.planning.permission import NO_BLOCK
from planner.services.session import utc_now
from planner.services.target_commands import Acknowledge, WithdrawAcknowledgement
from planner.ui.panels.panel import clear_layout
from planner.ui.panels.reason_form import ReasonForm
from planner.ui.panels.target_words import ANSWER
from planner.ui.widgets.labels import IconLabel, label, set_tone

if TYPE_CHECKING:
    from planner.domain.target import Target
    from planner.planning.permission import TargetFinding
    from planner.ui.desk import Desk

_NOTE = "Kept in the plan with your name and printed in the report."
_QUESTIONS = {NO_BLOCK: "Was a diagnostic block done?"}
_VERBS = {NO_BLOCK: "Not done"}
_HINTS = {NO_BLOCK: "Why it is frozen without a block"}


class FindingAnswer(QWidget):
    """One finding: its words, and the answer, or what to press to give one. ``record_asked`` to record the block."""

    record_asked = Signal()
    opened = Signal()
    """The form for name and reason is open."""

    def __init__(self, desk: Desk, target: Target, found: TargetFinding) -> None:
        super().__init__()
        self._desk, self._target, self.found = desk, target, found
        self.form: ReasonForm | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._rebuild()

    def _rebuild(self) -> None:
        clear_layout(self._column)
        self.form = None
        self._add_title()
        if self.found.acknowledgement is None:
            self._add_question()
        else:
            self._add_answer()

    def _add_title(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(IconLabel(ANSWER.icon, ANSWER.colour))
        word = label(self.found.title, "state")
        set_tone(word, ANSWER.colour)
        row.addWidget(word)
        row.addStretch(1)
        self._column.addLayout(row)
        sentence = self.found.finding.sentence.removeprefix(f"{self._target.words}: ")
        self._column.addWidget(label(f"{sentence[:1].upper()}{sentence[1:]}", "secondary", wrap=True))

    def _add_question(self) -> None:
        code = self.found.finding.code
        row = QHBoxLayout()
        row.setSpacing(6)
        if code in _QUESTIONS:
            self._column.addWidget(label(_QUESTIONS[code]))
        row.addStretch(1)
        refuse = QPushButton(_VERBS.get(code, "Acknowledge"))
        refuse.setToolTip("Answer for it by name and reason")
        refuse.clicked.connect(self._open_form)
        row.addWidget(refuse)
        if code in _QUESTIONS:
            row.addWidget(_button("Record it", "Write down when, with what, and how much it helped", self.record_asked))
        self._column.addLayout(row)

    def _open_form(self) -> None:
        if self.form is not None:
            self.form.begin()
            return
        name = f"{self.found.title.lower()}, {self._target.words}"
        hint = _HINTS.get(self.found.finding.code, "Why it is frozen off label")
        self.form = ReasonForm(name, verb="Acknowledge", note=_NOTE, who=self._desk.who, reason_hint=hint)
        inner = self.form.layout()
        if inner is not None:
            inner.setContentsMargins(0, 2, 0, 0)
        self.form.given.connect(self._accept)
        self.form.left.connect(self._rebuild)
        self.form.lacking.connect(self._desk.say)
        self._column.addWidget(self.form)
        self.form.begin()
        self.opened.emit()

    def close_form(self) -> None:
        """Put the form away: another answer is being given."""
        if self.form is not None:
            self._rebuild()

    def _accept(self, who: str, reason: str) -> None:
        self._desk.who = who
        self._desk.apply(Acknowledge(self.found.accepted(who=who, reason=reason, when=utc_now())))

    def _add_answer(self) -> None:
        answer = self.found.acknowledgement
        if answer is None:
            return
        day = answer.when.partition("T")[0]
        self._column.addWidget(label(f"Acknowledged by {answer.who}, {day}: {answer.reason}", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addStretch(1)
        if self.found.finding.code == NO_BLOCK:
            row.addWidget(_link("Record it", "Record a block after all", self.record_asked))
        withdraw = _link("Withdraw", "Take the acknowledgement back", None)
        withdraw.clicked.connect(self._withdraw)
        row.addWidget(withdraw)
        self._column.addLayout(row)

    def _withdraw(self) -> None:
        self._desk.apply(WithdrawAcknowledgement(self.found.finding.code, self._target.id))


def _button(text: str, tip: str, signal: object) -> QPushButton:
    made = QPushButton(text)
    made.setToolTip(tip)
    if signal is not None:
        made.clicked.connect(signal)
    return made


def _link(text: str, tip: str, signal: object) -> QPushButton:
    made = _button(text, tip, signal)
    made.setProperty("look", "link")
    return made
