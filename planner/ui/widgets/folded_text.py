"""How does a long sentence stay short until it is wanted? One line with an ellipsis, and a press that opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from planner.ui.widgets.labels import ElidedLabel, label

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent


class FoldedText(QWidget):
    """A text in one line; where it is longer, "More" opens it in place and "Less" folds it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._is_open = False
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self._line = ElidedLabel()
        self._whole = label("", wrap=True)
        self._more = QPushButton("More")
        self._more.setProperty("look", "link")
        self._more.setMaximumHeight(20)
        self._more.clicked.connect(self._turn)
        row.addWidget(self._line, 1)
        row.addWidget(self._whole, 1)
        row.addWidget(self._more, 0, Qt.AlignmentFlag.AlignTop)
        self._arrange()

    def show_text(self, text: str) -> None:
        """Show another text, folded; the same one stays as it is."""
        if text == self.text():
            return
        self._is_open = False
        self._line.show_text(text)
        self._whole.setText(text)
        self._arrange()

    def text(self) -> str:
        """Return the whole text."""
        return self._line.whole_text()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Offer "More" only where the line does not hold the text."""
        super().resizeEvent(event)
        self._arrange()

    def _turn(self) -> None:
        self._is_open = not self._is_open
        self._arrange()

    def _arrange(self) -> None:
        fits = self.fontMetrics().horizontalAdvance(self.text()) + 4 <= self.width()
        self._line.setVisible(not self._is_open)
        self._whole.setVisible(self._is_open)
        self._more.setVisible(not fits)
        self._more.setText("Less" if self._is_open else "More")
        self._more.setAccessibleName(f"{self._more.text()} of {self.accessibleName().lower()}")
