"""What does a question look like with its answer? Its words, buttons, the remark, and who said it when.

One that is answered in words has its field where the others have their buttons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from planner.domain.intake import Answer, ItemKind
from planner.ui.case.intake_buttons import AnswerButtons
from planner.ui.case.intake_words import day_and_time, origin_tip, remark_of, spoken
from planner.ui.panels.panel import clear_layout
from planner.ui.theme.icons import set_icon
from planner.ui.theme.theme import theme
from planner.ui.widgets.labels import ElidedLabel, IconLabel, label, plain_tip, set_tone

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QPaintEvent

    from planner.domain.intake import IntakeAnswer, IntakeItem

_BAR_PX, _WHO_PX, _INDENT_PX = 3, 140, 30
_SIDE_PX, _SPACING_PX = 16, 14
_ASKED_SHARE, _ANSWERED_SHARE = 3, 5
_ENTER = "Enter"
_TOP = Qt.AlignmentFlag.AlignTop


@dataclass(frozen=True, slots=True)
class Offer:
    """Something recorded elsewhere that can be taken over, or put there, by one press."""

    words: str
    verb: str
    act: Callable[[], object]


class AskedRow(QFrame):
    """One question as it is shown. ``cleared(item id)`` when its answer is to go, ``write_asked`` for its words."""

    cleared = Signal(str)
    write_asked = Signal()

    def __init__(self, item: IntakeItem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.item, self._note = item, ""
        self.answer: IntakeAnswer | None = None
        self.offers: tuple[Offer, ...] = ()
        self.setObjectName("card")
        self.setProperty("selected", False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.buttons = AnswerButtons()
        if item.kind is ItemKind.SCORES:
            self.buttons.call_yes(_ENTER)
        self._icon = IconLabel("circle", "text_3")
        self._question = label("", "name", wrap=True)
        self._hint = label("", "hint", wrap=True)
        self._remark = label("", wrap=True)
        self._who, self._when = ElidedLabel("hint"), label("", "hint")
        self._when.setToolTip("UTC")
        self._write, self._clear = self._made_link(), self._made_clear()
        self._place = QWidget()
        self.written, self.below = QVBoxLayout(self._place), QVBoxLayout()
        self._lay_out()

    def _made_link(self) -> QPushButton:
        made = QPushButton()
        made.setProperty("look", "link")
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        made.clicked.connect(self.write_asked)
        return made

    def _made_clear(self) -> QToolButton:
        made = QToolButton()
        set_icon(made, "x")
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        made.setToolTip("Open the question again (Del)")
        keeps_room = made.sizePolicy()
        keeps_room.setRetainSizeWhenHidden(True)
        made.setSizePolicy(keeps_room)
        made.clicked.connect(lambda: self.cleared.emit(self.item.id))
        return made

    def _lay_out(self) -> None:
        asked, by, row, answered = QVBoxLayout(), QVBoxLayout(), QHBoxLayout(), QHBoxLayout()
        asked.setSpacing(1)
        asked.addWidget(self._question)
        asked.addWidget(self._hint)
        asked.addStretch(1)
        by.setSpacing(0)
        for widget in (self._who, self._when):
            widget.setFixedWidth(_WHO_PX)
            by.addWidget(widget)
        by.addStretch(1)
        row.setSpacing(_SPACING_PX)
        row.addWidget(self._icon, 0, _TOP)
        row.addLayout(asked, _ASKED_SHARE)
        answered.setSpacing(_SPACING_PX)
        place = self._made_place()
        if self.item.kind is ItemKind.TEXT:
            answered.addWidget(place, 1)
            answered.addWidget(self.buttons, 0, _TOP)
        else:
            answered.addWidget(self.buttons, 0, _TOP)
            answered.addWidget(place, 1)
        row.addLayout(answered, _ANSWERED_SHARE)
        row.addLayout(by)
        row.addWidget(self._clear, 0, _TOP)
        self.below.setContentsMargins(_INDENT_PX, 0, 0, 0)
        self.below.setSpacing(6)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(_SIDE_PX, 8, _SIDE_PX, 8)
        whole.setSpacing(4)
        whole.addLayout(row)
        whole.addLayout(self.below)

    def _made_place(self) -> QWidget:
        """Return where the remark stands, or the field that it is written in."""
        said = QHBoxLayout()
        said.setSpacing(4)
        said.addWidget(self._remark, 1)
        said.addWidget(self._write, 0, _TOP)
        said.addStretch(0)
        self.written.setContentsMargins(0, 0, 0, 0)
        self.written.setSpacing(0)
        self.written.addLayout(said)
        self.written.addStretch(1)
        return self._place

    @property
    def is_writing(self) -> bool:
        """Whether a field or a form is open in it."""
        return False

    def ask(self, item: IntakeItem, *, note: str = "") -> None:
        """Ask in these words.

        Parameters
        ----------
        note
            Said before the hint, such as the targets that the question is of; it is not asked of this case then.
        """
        self.item, self._note = item, note
        self._question.setText(item.question)
        self._question.setToolTip(plain_tip(origin_tip(item)))
        self._write.setAccessibleName(f"Write: {item.question}")
        self._clear.setAccessibleName(f"Clear: {item.question}")
        self.buttons.name_for(item.question)
        self.show_facts(self.answer, self.offers)

    def show_facts(self, answer: IntakeAnswer | None, offers: Sequence[Offer]) -> None:
        """Show an answer, and what can be taken over."""
        self.answer = answer
        self.buttons.show_answer(None if answer is None else answer.answer)
        self.buttons.show_only(self._offered())
        is_alert = self.item.is_alert and answer is None and not self._note
        name = "check-circle" if answer is not None else "warning" if is_alert else "circle"
        self._icon.show_icon(name, "check" if is_alert else "accent" if answer is not None else "text_3")
        set_tone(self._question, "check" if is_alert else "")
        self._show_hint()
        self._who.show_text("" if answer is None else answer.who)
        self._when.setText("" if answer is None else day_and_time(answer.at))
        self.setAccessibleName(spoken(self.item, answer))
        had_offers, self.offers = bool(self.offers), tuple(offers)
        if had_offers or self.offers:
            self.show_below()
        self.show_words()

    def _offered(self) -> tuple[Answer, ...]:
        """Return the answers that have a button: no question in words or scores has a no, unless one is held of it."""
        held = None if self.answer is None else self.answer.answer
        offered = {
            ItemKind.TEXT: (Answer.NOT_APPLICABLE,),
            ItemKind.SCORES: (Answer.YES, Answer.NOT_APPLICABLE),
        }.get(self.item.kind, tuple(Answer))
        return (*offered, Answer.NO) if held is Answer.NO and Answer.NO not in offered else offered

    def _show_hint(self) -> None:
        """Say what to look for; and the question as it was asked, where it reads anew since."""
        words = " ".join(part for part in (self._note, self.item.hint) if part)
        if self.answer is not None and self.answer.question != self.item.question:
            words = f"Answered as “{self.answer.question}”"
        self._hint.setText(words)
        self._hint.setVisible(bool(words))

    def show_words(self) -> None:
        """Show the remark, unless it is being written."""
        remark = remark_of(self.answer)
        self._remark.setText(remark)
        self._remark.setVisible(bool(remark) and not self.is_writing)
        self._write.setText("Change" if remark else "Remark" if self.item.kind is ItemKind.CHECK else "Write")
        self._write.setVisible(not self.is_writing)
        self._clear.setVisible(self.answer is not None and bool(self.property("selected")))

    def show_below(self) -> None:
        """Show what can be taken over, unless a form is open there."""
        if self.is_writing:
            return
        clear_layout(self.below)
        for offer in self.offers:
            row = QHBoxLayout()
            row.setSpacing(10)
            button = QPushButton(offer.verb)
            button.setAccessibleName(f"{offer.verb}: {offer.words}")
            button.clicked.connect(offer.act)
            row.addWidget(button)
            row.addWidget(label(offer.words, "secondary", wrap=True), 1)
            self.below.addLayout(row)

    def mark(self, *, has_keyboard: bool) -> None:
        """Show whether the keyboard is in this row."""
        self._clear.setVisible(self.answer is not None and has_keyboard)
        if bool(self.property("selected")) != has_keyboard:
            self.setProperty("selected", has_keyboard)
            self.style().unpolish(self)
            self.style().polish(self)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line below the row, and the bar at the edge of the one that has the keyboard."""
        super().paintEvent(event)
        painter, tokens = QPainter(self), theme().tokens
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), QColor(tokens.line))
        if self.property("selected"):
            painter.fillRect(QRectF(0, 0, _BAR_PX, self.height()), QColor(tokens.accent))
        painter.end()
