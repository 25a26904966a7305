"""What of the timer is not in the record yet? Said in words with two buttons, while it is so (H-34)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from planner.ui.case.timer_button import BigButton
from planner.ui.case.timer_rows import timer_label
from planner.ui.theme.tokens import TIMER_KEY_PX, TIMER_LINE_PX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.ui.case.timer_record import Press

_KEY_PX = 180


class NotKeptStrip(QFrame):
    """Presses that the library refused: they count here, and are lost with the window until they are kept."""

    keep_asked = Signal()
    drop_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setProperty("tone", "fail")
        self.setFixedHeight(TIMER_KEY_PX + 16)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(12)
        word = timer_label("NOT KEPT", weight=600, tone="fail")
        self.sentence = timer_label(size_px=TIMER_LINE_PX - 2, weight=400)
        self.sentence.setWordWrap(True)
        self.keep = BigButton("Keep it now", width_px=_KEY_PX)
        self.keep.clicked.connect(self.keep_asked)
        self.drop = BigButton("Drop it", width_px=_KEY_PX)
        self.drop.clicked.connect(self.drop_asked)
        row.addWidget(word)
        row.addWidget(self.sentence, 4)
        row.addWidget(self.keep, 1)
        row.addWidget(self.drop, 1)
        self.hide()

    def show_presses(self, presses: Sequence[Press]) -> None:
        """Say what is not kept, or go away."""
        self.setVisible(bool(presses))
        if presses:
            said = " and ".join(press.label for press in presses)
            text = f"{said[:1].upper()}{said[1:]}: the timer goes on with it, but the record does not have it yet."
            self.sentence.setText(text)
            self.setAccessibleName(f"NOT KEPT. {text}")
