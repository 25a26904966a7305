"""What fills the place of a view? The view, or one sentence and one button while what it shows is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QPushButton, QStackedWidget, QVBoxLayout

from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget


class ViewPane(QStackedWidget):
    """One place of a layout. The view is made once, when it is first needed and there is something to show."""

    def __init__(
        self,
        name: str,
        *,
        make: Callable[[], QWidget],
        missing: Callable[[], str] = str,
        way_out: tuple[str, Callable[[], None]] | None = None,
    ) -> None:
        super().__init__()
        self.name = name
        self.view: QWidget | None = None
        self._make = make
        self._missing = missing
        self._empty = QFrame()
        self._empty.setObjectName("page")
        column = QVBoxLayout(self._empty)
        self._sentence = label("", "sentence", wrap=True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addStretch(1)
        column.addWidget(self._sentence)
        if way_out is not None:
            words, act = way_out
            button = QPushButton(words)
            button.clicked.connect(act)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        self.addWidget(self._empty)

    @property
    def sentence(self) -> str:
        """What is said instead of the view; empty while the view is shown."""
        return self._sentence.text() if self.currentWidget() is self._empty else ""

    def refresh(self) -> None:
        """Show the view when there is something for it, else say what is missing."""
        words = self._missing()
        if words:
            self._sentence.setText(words)
            self.setCurrentWidget(self._empty)
            return
        if self.view is None:
            self.put(self._make())
        elif self.currentWidget() is not self.view:
            self.setCurrentWidget(self.view)

    def put(self, view: QWidget) -> None:
        """Show another widget in place of the one made before."""
        before, self.view = self.view, view
        self.addWidget(view)
        self.setCurrentWidget(view)
        if before is not None:
            self.removeWidget(before)
            before.hide()
            before.deleteLater()
