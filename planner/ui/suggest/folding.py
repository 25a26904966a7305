"""What is wanted now and then only? A heading that opens what is under it, by mouse and by key."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from planner.ui.theme.icons import set_icon
from planner.ui.widgets.labels import rule_line


class Folding(QWidget):
    """A hairline, a heading as a button, and ``body`` under it while it is open."""

    def __init__(self, title: str, *, is_open: bool = False) -> None:
        super().__init__()
        self.setAccessibleName(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(rule_line())
        self.head = QPushButton(title)
        self.head.setProperty("look", "fold")
        self.head.setCheckable(True)
        self.head.toggled.connect(lambda _on: self._arrange())
        column.addWidget(self.head)
        self._inside = QWidget()
        self.body = QVBoxLayout(self._inside)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(6)
        column.addWidget(self._inside)
        self.set_open(is_open=is_open)
        self._arrange()

    def set_title(self, title: str) -> None:
        """Write another heading."""
        self.head.setText(title)

    def set_open(self, *, is_open: bool) -> None:
        """Open or fold it."""
        self.head.setChecked(is_open)

    def _arrange(self) -> None:
        is_open = self.head.isChecked()
        self._inside.setVisible(is_open)
        set_icon(self.head, "caret-down" if is_open else "caret-right")
