"""Which keys are there? The sheet behind F1, made from the action table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QHBoxLayout, QVBoxLayout

from planner.ui.actions import ACTIONS
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from planner.ui.slices.schemes import MouseScheme

IN_VIEWS = (
    ("↑ ↓", "slice by slice"),
    ("Arrows on a handle", "1 mm; Shift 0.1 mm, Ctrl 5 mm"),
    ("Page Up, Page Down", "10 slices"),
    ("Home, End", "first and last slice"),
    ("Tab, Shift+Tab", "next and previous probe"),
    ("Space", "whole slice; in the list of structures: hide, show"),
    ("Shift+Space", "standard planes"),
    ("+  −  =", "zoom in, out, whole slice"),
    ("1 to 6", "window presets"),
    ("Home, End, Page Down", "in 3-D: from the head, front, left; Shift: opposite"),
)


class ShortcutSheet(QDialog):
    """Keys by group in columns, mouse and views at the right."""

    def __init__(self, parent: QWidget, *, scheme: MouseScheme) -> None:
        super().__init__(parent)
        self.setWindowTitle("Shortcuts")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(16)
        column.addWidget(label(f"Shortcuts: {scheme.title} mouse", "title"))
        row = QHBoxLayout()
        row.setSpacing(40)
        groups: dict[str, list[tuple[str, str]]] = {}
        for spec in ACTIONS:
            if spec.keys:
                groups.setdefault(spec.group, []).append((", ".join(spec.keys), spec.text))
        blocks = [*groups.items(), ("Mouse in a slice", list(scheme.words)), ("Keys in a view", list(IN_VIEWS))]
        for start in range(0, len(blocks), 2):
            stack = QVBoxLayout()
            stack.setSpacing(16)
            for title, pairs in blocks[start : start + 2]:
                stack.addLayout(_block(title, pairs))
            stack.addStretch(1)
            row.addLayout(stack)
        column.addLayout(row)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)


def _block(title: str, pairs: list[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(4)
    grid.addWidget(label(title, "heading"), 0, 0, 1, 2)
    for at, (key, words) in enumerate(pairs, start=1):
        grid.addWidget(label(key, "name"), at, 0)
        grid.addWidget(label(words, "secondary"), at, 1)
    grid.setColumnStretch(1, 1)
    return grid
