"""How is one question answered? A row with three buttons and a place for words, all of it by keyboard too.

Y, N and A answer; Enter opens what is to be written; Delete opens the question again; ↑ and ↓ go to the next. What is
typed is kept when the keyboard leaves the field, and stays in it when it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.domain.intake import Answer, ItemKind
from planner.ui.case.intake_buttons import ANSWER_KEYS, AnswerButtons
from planner.ui.case.intake_remark import RemarkField
from planner.ui.case.intake_scores import ScoresForm
from planner.ui.case.intake_words import day_and_time, remark_of, spoken
from planner.ui.panels.panel import clear_layout
from planner.ui.panels.target_block import BlockForm
from planner.ui.theme.theme import theme
from planner.ui.widgets.labels import ElidedLabel, IconLabel, label, set_tone

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QMouseEvent, QPaintEvent

    from planner.domain.intake import IntakeAnswer, IntakeItem, Scores
    from planner.domain.target import DiagnosticBlock

_BAR_PX, _WHO_PX, _FORM_PX = 3, 116, 520
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_CLEAR = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
_NO_BLOCK_HINT = "Why it is done without a block"


@dataclass(frozen=True, slots=True)
class Given:
    """What a row asks to keep, before it is known by whom and when."""

    item: IntakeItem
    answer: Answer
    text: str = ""
    scores: Scores | None = None
    block: DiagnosticBlock | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """Something recorded elsewhere that can be taken over, or put there, by one press."""

    words: str
    verb: str
    act: Callable[[], object]


class QuestionRow(QFrame):
    """One question. ``cleared(item id)`` to open it again, ``step(±1)`` to go on to another.

    ``lacking`` says in words what is still to be written.

    Parameters
    ----------
    keep
        Keeps an answer and shows it; tells whether it was kept.
    """

    cleared = Signal(str)
    step = Signal(int)
    lacking = Signal(str)

    def __init__(self, item: IntakeItem, *, keep: Callable[[Given], bool]) -> None:
        super().__init__()
        self.item, self._keep = item, keep
        self.answer: IntakeAnswer | None = None
        self.field: RemarkField | None = None
        self.form: ScoresForm | BlockForm | None = None
        self._pending: Answer | None = None
        self._is_passing = False
        self._note = ""
        self._offers: tuple[Offer, ...] = ()
        self.setObjectName("card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.buttons = AnswerButtons(item.question)
        self.buttons.chosen.connect(self._on_button)
        self._icon = IconLabel("circle", "text_3")
        self._question = label(item.question, "name", wrap=True)
        self._hint = label("", "hint", wrap=True)
        self._remark = label("", wrap=True)
        self._write = self._link("Remark", self.open_field)
        self._who, self._when = ElidedLabel("hint"), label("", "hint")
        self._clear = self._link("Clear", lambda: self.cleared.emit(self.item.id))
        self._words = QVBoxLayout()
        self._below = QVBoxLayout()
        self._lay_out()
        self.show_answer(None)

    def _link(self, text: str, act: Callable[[], object]) -> QPushButton:
        made = QPushButton(text)
        made.setProperty("look", "link")
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        made.setAccessibleName(f"{text}: {self.item.question}")
        made.clicked.connect(act)
        return made

    def _lay_out(self) -> None:
        asked = QVBoxLayout()
        asked.setSpacing(1)
        asked.addWidget(self._question)
        asked.addWidget(self._hint)
        asked.addStretch(1)
        self._words.setSpacing(2)
        self._words.addWidget(self._remark)
        self._words.addWidget(self._write, 0, Qt.AlignmentFlag.AlignLeft)
        self._words.addStretch(1)
        by = QVBoxLayout()
        by.setSpacing(0)
        for widget in (self._who, self._when):
            widget.setFixedWidth(_WHO_PX)
            by.addWidget(widget)
        by.addWidget(self._clear, 0, Qt.AlignmentFlag.AlignLeft)
        by.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(asked, 9)
        row.addWidget(self.buttons, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._words, 10)
        row.addLayout(by)
        self._below.setContentsMargins(30, 0, 0, 0)
        self._below.setSpacing(6)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 8, 16, 8)
        whole.setSpacing(4)
        whole.addLayout(row)
        whole.addLayout(self._below)

    # what is shown

    def show_answer(self, answer: IntakeAnswer | None, *, offers: Sequence[Offer] = ()) -> None:
        """Show an answer; a field with words that are not kept yet stays open."""
        is_new = answer != self.answer
        self.answer = answer
        self.buttons.show_answer(None if answer is None else answer.answer)
        self._show_state()
        self._show_hint()
        self._who.show_text("" if answer is None else answer.who)
        self._when.setText("" if answer is None else day_and_time(answer.at))
        self._when.setToolTip("" if answer is None else "UTC")
        if is_new and not self._is_unkept() and not self._is_passing:
            self._close()
        had_offers, self._offers = bool(self._offers), tuple(offers)
        if self.form is None and (had_offers or self._offers):
            self._show_below()
        self._show_words()
        self.setAccessibleName(spoken(self.item, answer))

    def _show_state(self) -> None:
        is_alert = self.item.is_alert and self.answer is None
        name = "check-circle" if self.answer is not None else "warning" if is_alert else "circle"
        self._icon.show_icon(name, "check" if is_alert else "accent" if self.answer is not None else "text_3")
        set_tone(self._question, "check" if is_alert else "")

    def _show_hint(self) -> None:
        """Show what to look for and where that comes from; and the question as it was asked, where it reads anew."""
        parts = [self._note, self.item.hint]
        if self.answer is not None and self.answer.question != self.item.question:
            parts = [f"Answered as “{self.answer.question}”"]
        self._hint.setText(" ".join(part for part in parts if part))
        self._hint.setVisible(bool(self._hint.text()))
        self._question.setToolTip(f"Source: {self.item.origin}")

    def show_note(self, note: str) -> None:
        """Say something before the hint, such as the targets that the question is of."""
        self._note = note
        self._show_hint()

    def give_up(self) -> None:
        """Close what is being written without keeping it."""
        self._close()

    def _show_words(self) -> None:
        remark = remark_of(self.answer)
        is_writing = self.field is not None or self.form is not None
        self._remark.setText(remark)
        self._remark.setVisible(bool(remark) and not is_writing)
        self._write.setText("Change" if remark else "Write" if self.item.kind is not ItemKind.CHECK else "Remark")
        self._write.setVisible(not is_writing)
        self._clear.setVisible(self.answer is not None and bool(self.property("selected")))

    def _show_below(self) -> None:
        clear_layout(self._below)
        for offer in self._offers:
            row = QHBoxLayout()
            row.setSpacing(6)
            row.addWidget(label(offer.words, "secondary", wrap=True), 1)
            button = QPushButton(offer.verb)
            button.setAccessibleName(f"{offer.verb}: {offer.words}")
            button.clicked.connect(offer.act)
            row.addWidget(button)
            self._below.addLayout(row)

    # what is written

    def _is_unkept(self) -> bool:
        """Whether words were typed that the answer does not hold."""
        if self.field is None or not self.field.is_edited:
            return False
        return self.field.words != ("" if self.answer is None else self.answer.text)

    def open_field(self, pending: Answer | None = None) -> None:
        """Open what is to be written: words, scores or the block. ``pending`` is the answer that they complete."""
        kind, answer = self.item.kind, pending or (self.answer.answer if self.answer is not None else None)
        if kind in (ItemKind.SCORES, ItemKind.BLOCK) and answer in (None, Answer.YES):
            self._open_form()
            return
        self._pending = pending
        if self.field is None:
            self._close()
            self.field = self._made_field(answer)
            self._words.insertWidget(0, self.field)
            QWidget.setTabOrder(self, self.field)
        self._show_words()
        QTimer.singleShot(0, self.field, self.field.setFocus)

    def _made_field(self, answer: Answer | None) -> RemarkField:
        is_absence = self.item.kind is ItemKind.BLOCK and answer is not Answer.YES
        hint = _NO_BLOCK_HINT if is_absence else self.item.hint
        text = "" if self.answer is None else self.answer.text
        made = RemarkField(name=f"Remark: {self.item.question}", hint=hint, text=text)
        made.kept.connect(lambda: self._keep_words(goes_on=True))
        made.passed.connect(lambda: self._keep_words(goes_on=False))
        made.paused.connect(self._keep_meanwhile)
        made.left.connect(self._leave)
        return made

    def _open_form(self) -> None:
        if self.form is None:
            self._close()
            answer = self.answer
            if self.item.kind is ItemKind.SCORES:
                self.form = ScoresForm(None if answer is None else answer.scores)
                self.form.kept.connect(lambda scores: self._give(Answer.YES, scores=scores, goes_on=True))
            else:
                self.form = BlockForm(None if answer is None else answer.block)
                self.form.kept.connect(lambda block: self._give(Answer.YES, block=block, goes_on=True))
            self.form.setMaximumWidth(_FORM_PX)
            self.form.left.connect(self._leave)
            self.form.lacking.connect(self.lacking)
            self._below.addWidget(self.form)
            tab_after(self, self.form)
            self._show_words()
        self.form.begin()

    def _keep_words(self, *, goes_on: bool) -> None:
        """Keep what is written and close the field; without an answer to go with it, it stays open."""
        field = self.field
        if field is None:
            return
        answer = self._answer_for(field.words)
        if answer is None and field.words:
            if goes_on:
                self.setFocus()
            self.lacking.emit("Answer Y, N or A as well: then the remark is kept.")
        elif answer is None or not self._is_worth_keeping(field.words, answer):
            self._leave(goes_on=goes_on, takes_keyboard=goes_on)
        else:
            self._give(answer, goes_on=goes_on)

    def _keep_meanwhile(self) -> None:
        """Keep what is written while another window has the keyboard; the field stays open."""
        field = self.field
        answer = None if field is None else self._answer_for(field.words)
        if field is not None and answer is not None and field.words and self._is_worth_keeping(field.words, answer):
            self._is_passing = True
            self._give(answer)
            self._is_passing = False

    def _answer_for(self, words: str) -> Answer | None:
        """Return the answer that written words belong to: the one pressed, the one held, or yes for words asked for."""
        if self._pending is not None:
            return self._pending
        if self.answer is not None:
            return self.answer.answer
        return Answer.YES if self.item.kind is ItemKind.TEXT and words else None

    def _is_worth_keeping(self, words: str, answer: Answer) -> bool:
        held = self.answer
        return bool(words) if held is None else (words, answer) != (held.text, held.answer)

    def _give(
        self,
        answer: Answer,
        *,
        scores: Scores | None = None,
        block: DiagnosticBlock | None = None,
        goes_on: bool = False,
    ) -> None:
        """Keep an answer with the words that are written; a refusal leaves everything as it is typed."""
        text = self.field.words if self.field is not None else ("" if self.answer is None else self.answer.text)
        if block is not None and self.answer is not None and self.answer.block is None:
            text = ""  # the reason why there was none
        if not self._keep(Given(self.item, answer, text, scores, block)):
            return
        if not self._is_passing:
            self._close()
            self._show_words()
        if goes_on:
            self.step.emit(1)

    def _leave(self, *, goes_on: bool = False, takes_keyboard: bool = True) -> None:
        self._close()
        self._show_words()
        if goes_on:
            self.step.emit(1)
        elif takes_keyboard:
            self.setFocus()

    def _close(self) -> None:
        self._pending = None
        field, self.field = self.field, None
        if field is not None:
            field.blockSignals(True)  # a field that goes loses the keyboard, and that keeps nothing more
            field.hide()
            field.deleteLater()
        form, self.form = self.form, None
        if form is not None:
            form.hide()
            form.deleteLater()
            self._show_below()

    # what is pressed

    def _on_button(self, answer: Answer) -> None:
        self.setFocus()
        self.choose(answer)

    def choose(self, answer: Answer) -> None:
        """Give an answer, or open what it needs to be written first."""
        kind, held = self.item.kind, self.answer
        if answer is Answer.YES and kind in (ItemKind.SCORES, ItemKind.BLOCK):
            self._open_form()
        elif kind is ItemKind.TEXT and answer is Answer.YES:
            if self.field is not None and self.field.words:
                self._give(answer)
            elif held is not None and held.text:
                self._give(answer) if held.answer is not answer else self.open_field(answer)
            else:
                self.open_field(answer)
        elif kind is ItemKind.BLOCK and (held is None or held.answer is Answer.YES or not held.text):
            self.open_field(answer)
        elif held is None or held.answer is not answer or self._is_unkept():
            self._give(answer)

    def event(self, event: QEvent) -> bool:
        """Take the row's own keys before the window's actions of the same letters do."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self.hasFocus():
            is_plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if is_plain and event.key() in (*ANSWER_KEYS, *_ENTER, *_CLEAR, *_STEPS):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Answer, write, clear or go on."""
        key = event.key()
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier or not self.hasFocus():
            super().keyPressEvent(event)
        elif key in _STEPS:
            self.step.emit(_STEPS[Qt.Key(key)])
        elif event.isAutoRepeat():
            event.accept()  # a key held down answers one question
        elif key in ANSWER_KEYS:
            self.choose(ANSWER_KEYS[Qt.Key(key)])
        elif key in _ENTER:
            self.open_field()
        elif key in _CLEAR and self.answer is not None:
            self.cleared.emit(self.item.id)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the keyboard."""
        super().mousePressEvent(event)
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    def mark(self, *, has_keyboard: bool) -> None:
        """Show whether the keyboard is in this row."""
        self._clear.setVisible(self.answer is not None and has_keyboard)
        if bool(self.property("selected")) != has_keyboard:
            self.setProperty("selected", has_keyboard)
            self.style().unpolish(self)
            self.style().polish(self)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar at the edge of the row that has the keyboard."""
        super().paintEvent(event)
        if self.property("selected"):
            QPainter(self).fillRect(QRectF(0, 0, _BAR_PX, self.height()), QColor(theme().tokens.accent))


def tab_after(row: QWidget, form: QWidget) -> None:
    """Let Tab go from a row through a form opened in it, and from there to what followed the row."""
    before = row
    for widget in form.findChildren(QWidget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None:
            QWidget.setTabOrder(before, widget)
            before = widget
