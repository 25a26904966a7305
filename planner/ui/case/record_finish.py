"""May this record be finished? What stands in the way is said, what is missing is named, and one press accepts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from planner.ui.widgets.accessible import announce
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from collections.abc import Sequence

_NOT_FINISHED = "NOT FINISHED"


class FinishStrip(QFrame):
    """A strip over the record. ``accepted`` finishes with what is missing; ``shown_asked`` looks at what is refused."""

    accepted = Signal()
    shown_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.word = label(_NOT_FINISHED, "bannerWord")
        self.sentence = label("", wrap=True)
        self.show_it = QPushButton("Show it")
        self.show_it.clicked.connect(self.shown_asked)
        self.accept = QPushButton()
        self.accept.setProperty("look", "primary")
        self.accept.clicked.connect(self._on_accept)
        self.back = QPushButton("Go on recording")
        self.back.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(12)
        row.addWidget(self.word)
        row.addWidget(self.sentence, 1)
        for button in (self.show_it, self.accept, self.back):
            row.addWidget(button)
        self.hide()

    def refuse(self, sentence: str, *, is_in_a_field: bool = False) -> None:
        """Say why the record cannot be finished yet."""
        self._show(sentence, tone="fail")
        self.show_it.setVisible(is_in_a_field)
        self.accept.hide()

    def ask(self, missing: Sequence[str]) -> None:
        """Name what is not recorded, and offer to finish with it."""
        self._show(f"Not recorded: {'; '.join(missing)}.", tone="check")
        self.show_it.hide()
        self.accept.setText(f"Finish with {len(missing)} not recorded")
        self.accept.show()

    def _show(self, sentence: str, *, tone: str) -> None:
        self.sentence.setText(sentence)
        self.setProperty("tone", tone)
        for widget in (self, self.word):
            widget.style().unpolish(widget)
            widget.style().polish(widget)
        self.show()
        announce(self, f"{_NOT_FINISHED}. {sentence}")

    def _on_accept(self) -> None:
        self.hide()
        self.accepted.emit()
