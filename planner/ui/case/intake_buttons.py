"""Yes, no, or not applicable? Three buttons wide enough for a finger, of which at most one is pressed in."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from planner.domain.intake import Answer
from planner.ui.case.intake_words import ANSWER_WORDS, SPOKEN

_BUTTON_PX = 66
ANSWER_KEYS = {Qt.Key.Key_Y: Answer.YES, Qt.Key.Key_N: Answer.NO, Qt.Key.Key_A: Answer.NOT_APPLICABLE}


class AnswerButtons(QWidget):
    """``chosen(Answer)`` on a press. The keyboard stays with the row: its keys do the same."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
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

    def name_for(self, question: str) -> None:
        """Have a screen reader say what each button answers."""
        for answer, button in self._buttons.items():
            button.setAccessibleName(f"{SPOKEN[answer]}: {question}")

    def show_answer(self, answer: Answer | None) -> None:
        """Press in the button of an answer; none while there is none."""
        self._shown = answer
        for one, button in self._buttons.items():
            button.setChecked(one is answer)

    def button(self, answer: Answer) -> QPushButton:
        """Return the button of an answer."""
        return self._buttons[answer]

    def _press(self, answer: Answer) -> None:
        self.show_answer(self._shown)  # what is kept is shown, not what was pressed
        self.chosen.emit(answer)
