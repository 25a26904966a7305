"""Which keys are there? The sheet behind F1, made from the action table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QHBoxLayout, QVBoxLayout

from planner.ui.actions import ACTIONS, STRUCTURES
from planner.ui.slices.schemes import SCHEMES
from planner.ui.widgets.labels import label
from planner.ui.window_keys import KEYS, key_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from planner.ui.view_state import ViewState

_COLUMNS = (
    ("Window", "Plan", "Pictures"),
    ("Tools", "Probe", "On probe and nerve", STRUCTURES),
    ("View",),
    ("Mouse in a slice", "Keys in a view"),
)
# Two ways of one thing are one row.
_PAIRS = {
    "slide_in": ("slide_out", "Slide 1 mm in, out"),
    "slide_in_fine": ("slide_out_fine", "Slide 0.1 mm in, out"),
    "turn_clockwise": ("turn_back", "Turn 1° in axial, clockwise, back"),
    "tilt_head": ("tilt_feet", "Tilt hub 1° to head, feet"),
    "slab_thicker": ("slab_thinner", "Thicker, thinner slab"),
    "size_larger": ("size_smaller", "Larger, smaller brush"),
}
_SECOND = frozenset(second for second, _ in _PAIRS.values())
# What has no use in the step that is shown: a sheet of everything fits no low screen.
_NOT_IN_STRUCTURES, _NOT_ELSEWHERE = frozenset(("Probe", "On probe and nerve")), frozenset((STRUCTURES,))
_Block = tuple[str, "Sequence[tuple[str, str]]"]

IN_VIEWS = (
    ("↑ ↓", "slice by slice"),
    ("Arrows on a handle", "1 mm; Shift 0.1 mm, Ctrl 5 mm"),
    ("Ctrl+arrows", "crosshair 1 mm in the view; Shift 10 mm"),
    ("Ctrl+Enter", "what a click at the crosshair does"),
    ("Page Up, Page Down", "10 slices"),
    ("Home, End", "first and last slice"),
    ("Tab, Shift+Tab", "next and previous probe"),
    ("Space", "whole slice; in the list of structures: hide, show"),
    ("Shift+Space", "standard planes"),
    ("+  −  =", "zoom in, out, whole slice"),
    ("Home, End, Page Down", "in 3-D: from the head, front, left; Shift: opposite"),
)

ON_PROBE_AND_NERVE = (
    ("Shift + drag a probe", "along the shaft"),
    ("Alt + drag, click an entry", "off the skin"),
    ("Ctrl + drag a shaft", "turn about the tip"),
    ("Wheel along a probe", "turn about the shaft, 5°"),
    ("Wheel, [ ] across it", "1 mm along the shaft"),
    ("Wheel, ← → in the strip", "1 mm along the nerve"),
    ("Shift + wheel", "the strip from another side"),
)

WITH_STRUCTURES = (
    ("Shift held", "brush, lasso: erase"),
    ("Enter", "lasso, tube: finish"),
)


class ShortcutSheet(QDialog):
    """Keys by group in columns, mouse and views at the right."""

    def __init__(self, parent: QWidget, *, view: ViewState) -> None:
        super().__init__(parent)
        scheme = SCHEMES[view.mouse_scheme]
        self.setWindowTitle("Shortcuts")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(16)
        column.addWidget(label(f"Shortcuts: {scheme.title} mouse", "title"))
        row = QHBoxLayout()
        row.setSpacing(40)
        blocks_of_views: list[_Block] = [
            ("Mouse in a slice", scheme.words),
            ("Keys in a view", IN_VIEWS),
            ("On probe and nerve", ON_PROBE_AND_NERVE),
        ]
        unused = _NOT_IN_STRUCTURES if view.is_structuring else _NOT_ELSEWHERE
        shown = [block for block in (*_groups(view), *blocks_of_views) if block[0] not in unused]
        for blocks in _columns(shown):
            stack = QVBoxLayout()
            stack.setSpacing(16)
            for title, pairs in blocks:
                stack.addLayout(_block(title, pairs))
            stack.addStretch(1)
            row.addLayout(stack)
        column.addLayout(row)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)


def _groups(view: ViewState) -> list[_Block]:
    """Return the keys of all actions by group; a window key with what it sets now."""
    groups: dict[str, list[tuple[str, str]]] = {}
    own = {f"window_{key}": key_words(view, key) for key in KEYS}
    by_id = {spec.id: spec for spec in ACTIONS}
    for spec in ACTIONS:
        if not spec.keys or spec.id in _SECOND:
            continue
        keys, words = ", ".join(spec.keys), own.get(spec.id, spec.text)
        if spec.id in _PAIRS:
            second, words = _PAIRS[spec.id]
            keys = f"{keys}  {by_id[second].keys[0]}"
        groups.setdefault(spec.group, []).append((keys, words))
    groups[STRUCTURES] += WITH_STRUCTURES
    return list(groups.items())


def _columns(blocks: list[_Block]) -> list[list[_Block]]:
    """Share blocks among columns of about one height, so that the sheet fits a low screen; a new group comes first."""
    named = dict(blocks)
    placed = {title for column in _COLUMNS for title in column}
    columns = [[(title, named[title]) for title in column if title in named] for column in _COLUMNS]
    columns[0] += [block for block in blocks if block[0] not in placed]
    return columns


def _block(title: str, pairs: Sequence[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(4)
    grid.addWidget(label(title, "heading"), 0, 0, 1, 2)
    for at, (key, words) in enumerate(pairs, start=1):
        grid.addWidget(label(key, "name"), at, 0)
        grid.addWidget(label(words, "secondary"), at, 1)
    grid.setColumnStretch(1, 1)
    return grid
