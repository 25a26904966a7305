"""How is one question answered? By three buttons and a place for words, all of it by keyboard too.

Y, N and A answer; Enter opens what is to be written; Delete opens the question again; ↑ and ↓ go to the next. One that
is answered in words has its field open from the start, and the keyboard goes there. What is typed is kept when the
keyboard leaves the field, and stays in it when it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from planner.domain.intake import Answer, ItemKind
from planner.ui.case.intake_asked import AskedRow
from planner.ui.case.intake_buttons import ANSWER_KEYS
from planner.ui.case.intake_remark import RemarkField
from planner.ui.case.intake_scores import ScoresForm
from planner.ui.case.refused_field import refusal_label
from planner.ui.panels.target_block import BlockForm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QMouseEvent

    from planner.domain.intake import IntakeAnswer, IntakeItem, Scores
    from planner.domain.target import DiagnosticBlock
    from planner.ui.case.intake_asked import Offer

_FORM_PX = 520
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_CLEAR = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
_NO_BLOCK_HINT = "Why it is done without a block"
_TEXT_HINT = "Write the answer"
_FORMS = (ItemKind.SCORES, ItemKind.BLOCK)


@dataclass(frozen=True, slots=True)
class Given:
    """What a row asks to keep, before it is known by whom and when."""

    item: IntakeItem
    answer: Answer
    text: str = ""
    scores: Scores | None = None
    block: DiagnosticBlock | None = None


class QuestionRow(AskedRow):
    """One question and its answer. ``step(±1)`` to go on to another.

    ``lacking`` says in words what is still to be written.

    Parameters
    ----------
    keep
        Keeps an answer and shows it; tells whether it was kept.
    """

    step = Signal(int)
    lacking = Signal(str)

    def __init__(self, item: IntakeItem, parent: QWidget | None = None, *, keep: Callable[[Given], bool]) -> None:
        super().__init__(item, parent)
        self._keep = keep
        self.field: RemarkField | None = None
        self.form: ScoresForm | BlockForm | None = None
        self._pending: Answer | None = None
        self._is_passing = False
        self.buttons.chosen.connect(self._on_button)
        self.write_asked.connect(self.open_field)

    @property
    def is_writing(self) -> bool:
        """Whether a field or a form is open in it."""
        return self.field is not None or self.form is not None

    @property
    def is_busy(self) -> bool:
        """Whether something is being written that would be lost with the row."""
        field = self.field
        return self.form is not None or (field is not None and (field.is_edited or not self._waits_for_words()))

    @property
    def _answered(self) -> Answer | None:
        return None if self.answer is None else self.answer.answer

    def show_answer(self, answer: IntakeAnswer | None, *, offers: Sequence[Offer] = ()) -> None:
        """Show an answer; a field with words that are not kept yet stays open."""
        is_new = answer != self.answer
        if not is_new and not offers and not self.offers:
            self._rest()
            return
        self.answer = answer
        if is_new and not self._is_unkept() and not self._is_passing:
            self._close()
        self.show_facts(answer, offers)
        self._rest()

    def _waits_for_words(self) -> bool:
        return self.item.kind is ItemKind.TEXT and self.answer is None

    def _rest(self) -> None:
        """Have the field of a question in words open while it has no answer, and the keyboard go to it."""
        if self._waits_for_words() and self.field is None:
            self.setFocusProxy(self._open_field(None))

    # what is written

    def _is_unkept(self) -> bool:
        """Whether words were typed that the answer does not hold."""
        if self.field is None or not self.field.is_edited:
            return False
        return self.field.words != ("" if self.answer is None else self.answer.text)

    def give_up(self) -> None:
        """Close what is being written without keeping it."""
        self._close()

    def tab_through(self) -> None:
        """Let Tab go through what is open in the row, and from there to what follows it."""
        open_here: QWidget | None = self.form or self.field
        if open_here is not None:
            _tab_after(self, open_here)

    def open_field(self, pending: Answer | None = None) -> None:
        """Open what is to be written: words, scores or the block. ``pending`` is the answer that they complete."""
        if self.item.kind in _FORMS and (pending or self._answered) in (None, Answer.YES):
            self._open_form().begin()
            return
        field = self._open_field(pending)
        QTimer.singleShot(0, field, field.setFocus)

    def _open_field(self, pending: Answer | None) -> RemarkField:
        answer = pending or self._answered
        if self.field is None:
            self._close()
            self.field = self._made_field(answer)
            self.written.insertWidget(0, self.field)
            self.tab_through()
        self._pending = pending
        self.show_words()
        return self.field

    def _made_field(self, answer: Answer | None) -> RemarkField:
        is_absence = self.item.kind is ItemKind.BLOCK and answer is not Answer.YES
        text = "" if self.answer is None else self.answer.text
        is_text = self.item.kind is ItemKind.TEXT
        hint = _NO_BLOCK_HINT if is_absence else _TEXT_HINT if is_text else self.item.hint
        made = RemarkField(name=f"{'Answer' if is_text else 'Remark'}: {self.item.question}", hint=hint, text=text)
        made.kept.connect(lambda: self._keep_words(goes_on=True))
        made.passed.connect(lambda: self._keep_words(goes_on=False))
        made.paused.connect(self._keep_meanwhile)
        made.left.connect(self._leave)
        made.step.connect(self.step)
        return made

    def _open_form(self) -> ScoresForm | BlockForm:
        if self.form is None:
            self._close()
            self.form = self._made_form()
            self.form.setMaximumWidth(_FORM_PX)
            self.form.left.connect(self._leave)
            self.form.lacking.connect(self.lacking)
            self.below.addWidget(self.form)
            if isinstance(self.form, BlockForm):  # the scores say it at their fields themselves
                self._add_refusal(self.form)
            self.tab_through()
            self.show_words()
        return self.form

    def _add_refusal(self, form: BlockForm) -> None:
        """Say below the form what it lacks."""
        below = refusal_label()
        self.below.addWidget(below)
        form.lacking.connect(below.setText)
        form.lacking.connect(below.show)

    def _made_form(self) -> ScoresForm | BlockForm:
        held = self.answer
        if self.item.kind is ItemKind.SCORES:
            scores = ScoresForm(None if held is None else held.scores)
            scores.kept.connect(lambda typed: self._give(Answer.YES, scores=typed, goes_on=True))
            return scores
        block = BlockForm(None if held is None else held.block)
        block.kept.connect(lambda typed: self._give(Answer.YES, block=typed, goes_on=True))
        return block

    def _keep_words(self, *, goes_on: bool) -> None:
        """Keep what is written and close the field; without an answer to go with it, it stays open."""
        field = self.field
        if field is None:
            return
        answer = self._answer_for(field.words)
        if self._waits_for_words() and self._pending is None and not field.words:
            if goes_on:  # its field stays open
                self.step.emit(1)
        elif answer is None and field.words:
            if goes_on:
                self.setFocus()
            self.lacking.emit("Answer Y, N or A as well: then the remark is kept.")
        elif answer is None or not self._is_worth_keeping(field, answer):
            self._leave(goes_on=goes_on, takes_keyboard=goes_on)
        else:
            self._give(answer, goes_on=goes_on)

    def _keep_meanwhile(self) -> None:
        """Keep what is written while another window has the keyboard; the field stays open."""
        field = self.field
        answer = None if field is None else self._answer_for(field.words)
        if field is not None and answer is not None and field.words and self._is_worth_keeping(field, answer):
            self._is_passing = True
            self._give(answer)
            self._is_passing = False

    def _answer_for(self, words: str) -> Answer | None:
        """Return the answer that written words belong to: the one pressed, the one held, or yes for words asked for."""
        if self._pending is not None or self.answer is not None:
            return self._pending or self._answered
        return Answer.YES if self.item.kind is ItemKind.TEXT and words else None

    def _is_worth_keeping(self, field: RemarkField, answer: Answer) -> bool:
        """Whether words or answer are others than those held: looking at them is no answer anew."""
        held = self.answer
        if held is None:
            return bool(field.words)
        return answer is not held.answer or (field.is_edited and field.words != held.text)

    def _give(
        self,
        answer: Answer,
        *,
        scores: Scores | None = None,
        block: DiagnosticBlock | None = None,
        goes_on: bool = False,
    ) -> None:
        """Keep an answer with the words that are written; a refusal leaves everything as it is typed."""
        held = self.answer
        text = self.field.words if self.field is not None else ("" if held is None else held.text)
        if block is not None and held is not None and held.block is None:
            text = ""  # the reason why there was none
        if not self._keep(Given(self.item, answer, text, scores, block)):
            return
        if not self._is_passing:
            self._close()
            self.show_words()
        if goes_on:
            self.step.emit(1)

    def _leave(self, *, goes_on: bool = False, takes_keyboard: bool = True) -> None:
        self._close()
        self.show_words()
        self._rest()
        if goes_on:
            self.step.emit(1)
        elif takes_keyboard:
            self.setFocus()

    def _close(self) -> None:
        self._pending = None
        self.setFocusProxy(None)  # type: ignore[arg-type]  # the stubs know no taking away
        gone, self.field, self.form = (self.field, self.form), None, None
        for widget in gone:
            if widget is not None:
                widget.blockSignals(True)  # what goes loses the keyboard, and that keeps nothing more
                widget.hide()
                widget.deleteLater()
        if gone[1] is not None:
            self.show_below()

    # what is pressed

    def _on_button(self, answer: Answer) -> None:
        self.setFocus()
        self.choose(answer)

    def choose(self, answer: Answer) -> None:
        """Give an answer, or open what it needs to be written first."""
        kind, held = self.item.kind, self.answer
        if kind in (ItemKind.TEXT, ItemKind.SCORES) and answer is Answer.NO:
            return  # it asks for words, or for scores
        is_same = held is not None and held.answer is answer
        needs_form = answer is Answer.YES and kind in _FORMS
        needs_words = answer is Answer.YES and kind is ItemKind.TEXT and (is_same or not self._has_words())
        needs_reason = kind is ItemKind.BLOCK and (held is None or held.answer is Answer.YES)
        if needs_form or needs_words or needs_reason:
            self.open_field(answer)
        elif not is_same or self._is_unkept():
            self._give(answer)

    def _has_words(self) -> bool:
        if self.field is not None:
            return bool(self.field.words)
        return self.answer is not None and bool(self.answer.text)

    def _has_keyboard(self) -> bool:
        """Whether keys come to the row itself, not to a field in it."""
        return QApplication.focusWidget() is self

    def event(self, event: QEvent) -> bool:
        """Take the row's own keys before the window's actions of the same letters do."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._has_keyboard():
            is_plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if is_plain and event.key() in (*ANSWER_KEYS, *_ENTER, *_CLEAR, *_STEPS):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Answer, write, clear or go on."""
        key = event.key()
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier or not self._has_keyboard():
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


def _tab_after(row: QWidget, form: QWidget) -> None:
    """Let Tab go from a row through a form opened in it, and from there to what followed the row."""
    before = row
    for widget in (form, *form.findChildren(QWidget)):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None:
            QWidget.setTabOrder(before, widget)
            before = widget
