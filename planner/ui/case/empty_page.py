"""What stands where nothing is yet? One sentence and one button."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from planner.ui.widgets.labels import label


class EmptyPage(QWidget):
    """Centred words and a button; ``asked`` when it is pressed. Without a verb there is no button."""

    asked = Signal()

    def __init__(self, sentence: str = "", verb: str = "") -> None:
        super().__init__()
        self.words = label("", "sentence", wrap=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.button = QPushButton()
        self.button.clicked.connect(self.asked)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(16)
        column.addStretch(2)
        column.addWidget(self.words)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self.show_words(sentence, verb)

    def show_words(self, sentence: str, verb: str = "") -> None:
        """Say why there is nothing, and what helps."""
        self.words.setText(sentence)
        self.button.setText(verb)
        self.button.setVisible(bool(verb))
