"""What else can be done at the timer? Rows below the large buttons: other deeds, a note, a phase not planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from planner.domain.protocol import PhaseKind
from planner.ui.case.timer_button import BigButton
from planner.ui.theme.fonts import ui_font
from planner.ui.theme.tokens import TIMER_KEY_PX, TIMER_LINE_PX
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLabel

    from planner.casebook.freeze_clock import Lane

GAP_PX = 8
_NARROW_KEY_PX = 140
_LONGEST_NOTE = 200
_KINDS = (
    (PhaseKind.FREEZE, "Freeze"),
    (PhaseKind.PASSIVE_THAW, "Passive thaw"),
    (PhaseKind.ACTIVE_THAW, "Active thaw"),
)


def timer_label(text: str = "", *, size_px: int = TIMER_LINE_PX, weight: int = 500, tone: str = "") -> QLabel:
    """Return a plain-text label in one of the timer's sizes."""
    made = label(text, wrap=False)
    made.setFont(ui_font(size_px, weight))
    if tone:
        made.setProperty("tone", tone)
    return made


class TimerRow(QWidget):
    """One row of large things, side by side."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFixedHeight(TIMER_KEY_PX)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(GAP_PX)

    def put(self, *widgets: QWidget) -> None:
        """Put things at the end of the row."""
        for widget in widgets:
            self.row.addWidget(widget)


class OtherDeeds(TimerRow):
    """What is pressed less often."""

    other_asked = Signal()
    mark_asked = Signal()
    correct_asked = Signal()
    back_asked = Signal()

    def __init__(self) -> None:
        super().__init__("Other deeds")
        self.back = BigButton("Back to the record", key="Esc")
        self.other = BigButton("Another phase")
        self.mark = BigButton("Mark a moment", key="M")
        self.correct = BigButton("Correct a time")
        self.back.clicked.connect(self.back_asked)
        self.other.clicked.connect(self.other_asked)
        self.mark.clicked.connect(self.mark_asked)
        self.correct.clicked.connect(self.correct_asked)
        self.put(self.back, self.other, self.mark, self.correct)


class NoteRow(TimerRow):
    """A note with the time at which it was asked for. ``kept(words)``; nothing is noted by ``given_up``."""

    kept = Signal(str)
    given_up = Signal()

    def __init__(self) -> None:
        super().__init__("Note")
        self.at = timer_label()
        self.field = QLineEdit()
        self.field.setProperty("look", "timer")
        self.field.setMaxLength(_LONGEST_NOTE)
        self.field.setPlaceholderText("What happened, such as: patient coughed")
        self.field.setAccessibleName("Note")
        self.field.returnPressed.connect(self._keep)
        self.keep = BigButton("Keep", width_px=_NARROW_KEY_PX)
        self.keep.clicked.connect(self._keep)
        cancel = BigButton("Cancel", width_px=_NARROW_KEY_PX)
        cancel.clicked.connect(self.given_up)
        self.row.addWidget(self.at)
        self.row.addWidget(self.field, 4)
        self.row.addWidget(self.keep, 1)
        self.row.addWidget(cancel, 1)

    def begin(self, at: str) -> None:
        """Ask for the words of a moment."""
        self.at.setText(f"At {at}")
        self.field.clear()
        self.field.setFocus()

    def _keep(self) -> None:
        self.kept.emit(self.field.text().strip() or "Marked")


class OtherPhase(TimerRow):
    """A phase that the plan does not have: for whom, and which. ``chosen(lanes, kind)``."""

    chosen = Signal(object, object)
    given_up = Signal()

    def __init__(self) -> None:
        super().__init__("Another phase")
        self._lanes: tuple[Lane, ...] = ()
        self._at = 0
        self.whose = BigButton("All probes", width_px=_NARROW_KEY_PX)
        self.whose.clicked.connect(self._next_whose)
        self.put(self.whose)
        self.kinds: dict[PhaseKind, BigButton] = {}
        for kind, words in _KINDS:
            self.kinds[kind] = BigButton(words)
            self.kinds[kind].clicked.connect(lambda _checked=False, kind=kind: self.chosen.emit(self.lanes, kind))
            self.put(self.kinds[kind])
        cancel = BigButton("Cancel", width_px=_NARROW_KEY_PX)
        cancel.clicked.connect(self.given_up)
        self.put(cancel)

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """The lanes it is for."""
        return self._lanes if self._at == 0 else (self._lanes[self._at - 1],)

    def begin(self, lanes: tuple[Lane, ...], *, is_running: bool) -> None:
        """Ask which phase begins; it ends what runs."""
        self._lanes, self._at = lanes, 0
        self.whose.setVisible(len(lanes) > 1)
        for button in self.kinds.values():
            button.show_words(button.words[0], "ends what runs" if is_running else "begins now")
        self._show_whose()
        self.kinds[PhaseKind.FREEZE].setFocus()

    def _next_whose(self) -> None:
        self._at = (self._at + 1) % (len(self._lanes) + 1)
        self._show_whose()

    def _show_whose(self) -> None:
        words = "All probes" if self._at == 0 else self._lanes[self._at - 1].words
        self.whose.show_words(words, "press to change")
