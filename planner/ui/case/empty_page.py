"""What stands where nothing is yet? One sentence and one button."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from planner.ui.widgets.labels import label

_WIDEST_PX = 560


class EmptyPage(QWidget):
    """Centred words and a button; ``asked`` when it is pressed. Without a verb there is no button."""

    asked = Signal()

    def __init__(self, sentence: str = "", verb: str = "") -> None:
        super().__init__()
        self.words = label("", "sentence", wrap=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words.setMinimumWidth(min(_WIDEST_PX, 480))
        self.words.setMaximumWidth(_WIDEST_PX)
        self.button = QPushButton()
        self.button.clicked.connect(self.asked)
        column = QVBoxLayout(self)
        column.setSpacing(16)
        column.addStretch(2)
        column.addWidget(self.words, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self.show_words(sentence, verb)

    def show_words(self, sentence: str, verb: str = "") -> None:
        """Say why there is nothing, and what helps."""
        self.words.setText(sentence)
        self.button.setText(verb)
        self.button.setVisible(bool(verb))
