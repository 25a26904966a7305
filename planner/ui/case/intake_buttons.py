"""Yes, no, or not applicable? Buttons wide enough for a finger, of which at most one is pressed in.

A question that is answered in words has no yes and no no: there N/A stands alone beside its field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from planner.domain.intake import Answer
from planner.ui.case.intake_words import ANSWER_WORDS, SPOKEN

if TYPE_CHECKING:
    from collections.abc import Collection

_BUTTON_PX, _GAP_PX = 66, 4
ANSWER_KEYS = {Qt.Key.Key_Y: Answer.YES, Qt.Key.Key_N: Answer.NO, Qt.Key.Key_A: Answer.NOT_APPLICABLE}


class AnswerButtons(QWidget):
    """``chosen(Answer)`` on a press. The keyboard stays with the row: its keys do the same."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP_PX)
        self._buttons: dict[Answer, QPushButton] = {}
        keys = {answer: chr(key) for key, answer in ANSWER_KEYS.items()}
        for answer, words in ANSWER_WORDS.items():
            button = QPushButton(words)
            button.setProperty("look", "segment")
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setFixedWidth(_BUTTON_PX)
            button.setToolTip(f"{SPOKEN[answer]} ({keys[answer]})")
            button.clicked.connect(lambda _on=False, answer=answer: self._press(answer))
            self._buttons[answer] = button
            row.addWidget(button)
        self._shown: Answer | None = None
        self._words = dict(SPOKEN)

    def name_for(self, question: str) -> None:
        """Have a screen reader say what each button answers."""
        for answer, button in self._buttons.items():
            button.setAccessibleName(f"{self._words[answer]}: {question}")

    def show_answer(self, answer: Answer | None) -> None:
        """Press in the button of an answer; none while there is none."""
        self._shown = answer
        for one, button in self._buttons.items():
            button.setChecked(one is answer)

    def show_only(self, answers: Collection[Answer]) -> None:
        """Offer some of the answers; the others are out of sight."""
        for one, button in self._buttons.items():
            button.setVisible(one in answers)

    def call_yes(self, words: str) -> None:
        """Have the button for yes say what it opens, where a question has no yes."""
        self._words[Answer.YES] = words
        yes = self._buttons[Answer.YES]
        yes.setText(words)
        yes.setToolTip(f"{words} (Y)")

    def button(self, answer: Answer) -> QPushButton:
        """Return the button of an answer."""
        return self._buttons[answer]

    def _press(self, answer: Answer) -> None:
        self.show_answer(self._shown)  # what is kept is shown, not what was pressed
        self.chosen.emit(answer)
