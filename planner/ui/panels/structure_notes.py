"""What must be known of all structures? How many are unconfirmed, and that a real barrier must be imaged again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from planner.planning.structure_rules import barrier_words
from planner.ui.panels.panel import SIDE_PX
from planner.ui.widgets.labels import ElidedLabel, IconLabel, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.structure import Structure

_BAR_PX = 36


class UnconfirmedBar(QFrame):
    """Says that 4 structures are unconfirmed, with the way to each; gone when every one has a name under it (H-28)."""

    review_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setProperty("tone", "check")
        self.setFixedHeight(_BAR_PX)
        row = QHBoxLayout(self)
        row.setContentsMargins(SIDE_PX, 0, 6, 0)
        row.setSpacing(8)
        row.addWidget(IconLabel("warning", "check"))
        self.sentence = ElidedLabel()
        row.addWidget(self.sentence, 1)
        self.review = QPushButton("Review each")
        self.review.setProperty("look", "link")
        self.review.setToolTip("Go to the next unconfirmed structure, in its largest slice")
        self.review.clicked.connect(self.review_asked)
        row.addWidget(self.review)
        self.hide()

    def show_count(self, unconfirmed: int) -> None:
        """Say how many are unconfirmed; with none the bar goes."""
        self.setVisible(bool(unconfirmed))
        words = "structure is" if unconfirmed == 1 else "structures are"
        self.sentence.show_text(f"{unconfirmed} {words} unconfirmed.")


class BarrierNote(QFrame):
    """Reminds, while a barrier is in the plan, that what is drawn is not what will be there."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("section")
        row = QHBoxLayout(self)
        row.setContentsMargins(SIDE_PX, 8, SIDE_PX, 8)
        row.setSpacing(8)
        row.addWidget(IconLabel("warning", "check"), 0, Qt.AlignmentFlag.AlignTop)
        self.sentence = label("", "sentence", wrap=True)
        row.addWidget(self.sentence, 1)
        self.hide()

    def show_barriers(self, barriers: Sequence[Structure]) -> None:
        """Name the barriers of the plan."""
        said = [f"{structure.name}. {words}" for structure in barriers if (words := barrier_words(structure))]
        self.setVisible(bool(said))
        self.sentence.setText("\n".join(said))
