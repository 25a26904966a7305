"""What do all panels have in common? A head with title, count and buttons, and a body that scrolls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from planner.services.session import ChangeKind
from planner.ui.theme.icons import set_icon
from planner.ui.theme.tokens import TOOLBAR_PX
from planner.ui.widgets.labels import label, rule_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.ui.desk import Desk

ALL_KINDS = frozenset(ChangeKind)
SIDE_PX = 12


class Panel(QFrame):
    """One panel of the right side. Subclasses fill ``self.body`` and implement :meth:`refresh`."""

    def __init__(self, desk: Desk, title: str) -> None:
        super().__init__()
        self.desk = desk
        self.setAccessibleName(title)
        self.setObjectName("panelPage")
        head = QFrame()
        head.setObjectName("panelHead")
        head.setFixedHeight(TOOLBAR_PX)
        self._head = QHBoxLayout(head)
        self._head.setContentsMargins(SIDE_PX, 0, SIDE_PX, 0)
        self._head.setSpacing(6)
        self._count = label("", "hint")
        self._head.addWidget(label(title, "heading"))
        self._head.addWidget(self._count)
        self._head.addStretch(1)
        scrolled = QWidget()
        scrolled.setObjectName("scrolled")
        scrolled.setMinimumWidth(1)  # never wider than the panel: rows elide instead of hiding behind its edge
        self.body = QVBoxLayout(scrolled)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        self._scroll = QScrollArea()
        self._scroll.setWidget(scrolled)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(head)
        self._column.addWidget(self._scroll, 1)

    def refresh(self, kinds: frozenset[ChangeKind]) -> None:
        """Show the session anew; ``kinds`` says what changed."""
        raise NotImplementedError

    def content_height(self) -> int:
        """Return the height that shows everything without scrolling, px."""
        wrapped = self.body.heightForWidth(self.width()) if self.body.hasHeightForWidth() else 0
        return TOOLBAR_PX + max(wrapped, self.body.sizeHint().height())

    def set_count(self, text: str) -> None:
        """Write the count beside the title."""
        self._count.setText(text)

    def add_above(self, widget: QWidget) -> None:
        """Put a widget under the head, above what scrolls."""
        self._column.insertWidget(self._column.indexOf(self._scroll), widget)

    def add_instead(self, widget: QWidget) -> None:
        """Keep a widget, hidden, that can take the place of what scrolls."""
        self._column.addWidget(widget, 1)

    def show_instead(self, widget: QWidget, *, on: bool) -> None:
        """Show a widget in the place of what scrolls, or that again."""
        widget.setVisible(on)
        self._scroll.setVisible(not on)

    def add_head_button(self, text: str, icon_name: str, action: Callable[[], None]) -> QPushButton:
        """Put a button at the right of the head."""
        button = QPushButton(text)
        set_icon(button, icon_name)
        button.clicked.connect(action)
        self._head.addWidget(button)
        return button

    def add_section(self, title: str = "", hint: str = "") -> QVBoxLayout:
        """Add a section under a 1 px line and return its column."""
        section = QFrame()
        section.setObjectName("section")
        column = QVBoxLayout(section)
        column.setContentsMargins(SIDE_PX, 10, SIDE_PX, 12)
        column.setSpacing(8)
        if title:
            row = QHBoxLayout()
            row.addWidget(label(title, "heading"))
            row.addStretch(1)
            row.addWidget(label(hint, "hint"))
            column.addLayout(row)
        self.body.addWidget(section)
        return column


class FactTable(QWidget):
    """Names at the left, values at the right, a hairline between rows."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnMinimumWidth(0, 96)
        self._grid.setColumnStretch(1, 1)

    def show_facts(self, facts: list[tuple[str, str]]) -> None:
        """Show pairs of name and value; an empty value is an em dash."""
        clear_layout(self._grid)
        for row, (name, value) in enumerate(facts):
            key = label(name, "secondary")
            key.setFixedHeight(28)
            shown = label(value or "—", "name", wrap=True)
            shown.setMinimumHeight(28)
            self._grid.addWidget(key, 2 * row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(shown, 2 * row, 1)
            self._grid.addWidget(rule_line(), 2 * row + 1, 0, 1, 2)


class SentenceList(QWidget):
    """Short sentences under each other."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)

    def show_sentences(self, sentences: Sequence[str]) -> None:
        """Replace what is shown."""
        clear_layout(self._column)
        for sentence in sentences:
            self._column.addWidget(label(sentence, "secondary", wrap=True))


def clear_layout(layout: QVBoxLayout | QHBoxLayout | QGridLayout) -> None:
    """Remove and delete everything in a layout."""
    while (item := layout.takeAt(0)) is not None:
        widget, nested = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif isinstance(nested, (QVBoxLayout, QHBoxLayout, QGridLayout)):
            clear_layout(nested)


def field_row(name: str, field: QWidget, *, width_px: int = 96) -> QHBoxLayout:
    """Return a form row: label, then the field over the rest of the width."""
    row = QHBoxLayout()
    row.setSpacing(8)
    caption: QLabel = label(name, "secondary")
    caption.setFixedWidth(width_px)
    caption.setBuddy(field)
    field.setAccessibleName(field.accessibleName() or name)
    row.addWidget(caption)
    row.addWidget(field, 1)
    return row
