"""How far is the intake, and who answers? The bar over the questions, and the one question for a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout

from planner.ui.theme.tokens import TOOLBAR_PX
from planner.ui.widgets.fields import text_field
from planner.ui.widgets.labels import ElidedLabel, IconLabel, label

if TYPE_CHECKING:
    from planner.casebook.readiness import Readiness

_KEYS = "Y yes · N no · A not applicable · Enter write · ↑ ↓ question · Del clear"
_NAME_PX = 220


class IntakeHead(QFrame):
    """Title, progress and keys. ``next_asked`` goes to the next open question."""

    next_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panelHead")
        self.setAccessibleName("Intake")
        self.progress = label("", "hint")
        self.alerts = label("", "state")
        self.alerts.setProperty("tone", "check")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Answered questions")
        self.next = QPushButton("Next open question")
        self.next.setAutoDefault(False)
        self.next.clicked.connect(self.next_asked)
        keys = ElidedLabel("hint")
        keys.show_text(_KEYS)
        bar = QFrame()
        bar.setFixedHeight(TOOLBAR_PX)
        row = QHBoxLayout(bar)
        row.setContentsMargins(24, 0, 16, 0)
        row.setSpacing(10)
        row.addWidget(label("Intake", "heading"))
        row.addWidget(self.progress)
        row.addWidget(self.alerts)
        row.addStretch(1)
        row.addWidget(keys, 10)
        row.addWidget(self.next)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(bar)
        column.addWidget(self._bar)

    def show_progress(self, state: Readiness) -> None:
        """Show how many questions are answered, and the alerts among those that are not."""
        self.progress.setText(state.progress)
        self._bar.setRange(0, max(1, state.asked))
        self._bar.setValue(state.answered)
        count = len(state.open_alerts)
        self.alerts.setText("" if not count else "1 ALERT OPEN" if count == 1 else f"{count} ALERTS OPEN")
        self.next.setEnabled(bool(state.missing))


class WhoBar(QFrame):
    """Asks for a name once, when an answer waits for it. ``named(str)`` when it is written."""

    named = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setProperty("tone", "check")
        self.setAccessibleName("Who answers")
        self.name = text_field(name="Your name", hint="Your name")
        self.name.setFixedWidth(_NAME_PX)
        self.name.returnPressed.connect(self._give)
        button = QPushButton("Keep the answer")
        button.clicked.connect(self._give)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 8, 16, 8)
        row.setSpacing(10)
        row.addWidget(IconLabel("users", "check"))
        row.addWidget(label("Every answer carries who gave it. Who are you?"))
        row.addWidget(self.name)
        row.addWidget(button)
        row.addStretch(1)
        self.hide()

    def ask(self) -> None:
        """Show itself and take the keyboard."""
        self.show()
        QTimer.singleShot(0, self.name, self.name.setFocus)

    def _give(self) -> None:
        if self.name.text().strip():
            self.named.emit(self.name.text().strip())
