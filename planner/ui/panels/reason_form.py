"""Who answers for this, and why? A reason and a name typed in place, below the row they are about."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from planner.ui.panels.panel import field_row
from planner.ui.widgets.fields import text_field
from planner.ui.widgets.labels import label


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form held when it had to go."""

    reason: str
    who: str
    has_keyboard: bool


class ReasonForm(QFrame):
    """Two fields and a verb. ``given(who, reason)`` once both are typed; ``left`` when the user thinks better of it.

    Where the rows round it are built anew, the new form resumes what was typed into the old one.

    Parameters
    ----------
    name
        What it is about, in words: the accessible name, such as ``"Waive aorta"``.
    verb
        On the button that gives, such as ``"Waive"``.
    note
        What giving means, below the fields.
    """

    given = Signal(str, str)
    left = Signal()
    lacking = Signal(str)
    """A sentence: which of the two is still to be typed."""

    def __init__(self, name: str, *, verb: str, note: str, who: str, reason_hint: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._verb = verb
        self._is_beginning = False
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 2, 0, 10)
        column.setSpacing(6)
        self._reason = text_field(name=f"Reason: {name}", hint=reason_hint)
        self._who = text_field(name=f"Your name: {name}", hint="Your name")
        self._who.setText(who)
        column.addLayout(field_row("Reason", self._reason, width_px=64))
        column.addLayout(field_row("Your name", self._who, width_px=64))
        column.addWidget(label(note, "hint", wrap=True))
        foot = QHBoxLayout()
        foot.addStretch(1)
        leave, give = QPushButton("Cancel"), QPushButton(verb)
        leave.clicked.connect(self.left)
        give.clicked.connect(self._give)
        for field in (self._reason, self._who):
            field.returnPressed.connect(self._give)
        foot.addWidget(leave)
        foot.addWidget(give)
        column.addLayout(foot)

    def typed(self) -> Typed:
        """Return what was typed so far, for a form that takes this one's place."""
        holder = self.window().focusWidget()
        has_keyboard = self._is_beginning or (holder is not None and self.isAncestorOf(holder))
        return Typed(self._reason.text(), self._who.text(), has_keyboard)

    def resume(self, typed: Typed) -> None:
        """Go on with what was typed into a form that is gone, and with the keyboard if it had it."""
        self._reason.setText(typed.reason)
        self._who.setText(typed.who)
        if typed.has_keyboard:
            self.begin()

    def begin(self) -> None:
        """Take the keyboard and scroll into sight, once it is laid out."""
        self._is_beginning = True
        QTimer.singleShot(0, self, self._come_into_sight)

    def _come_into_sight(self) -> None:
        self._is_beginning = False
        self._reason.setFocus()
        above: QWidget | None = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        if above is not None:
            above.ensureWidgetVisible(self, 0, 8)

    def _give(self) -> None:
        reason, who = self._reason.text().strip(), self._who.text().strip()
        if reason and who:
            self.given.emit(who, reason)
        else:
            self.lacking.emit(f"To {self._verb.lower()}, write {'why' if not reason else 'your name'}.")
