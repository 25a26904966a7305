"""Which tool draws? The strip at the left of the views in the Structures step: icon over caption, one chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QSizePolicy, QToolButton, QVBoxLayout

from planner.ui.structure_tools import STRUCTURE_TOOLS
from planner.ui.theme.icons import set_icon
from planner.ui.widgets.labels import rule_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QAction

STRIP_PX = 64
_TALL_PX, _LOW_PX, _SIDE_PX = 54, 36, 4


class ToolStrip(QFrame):
    """The pointer, then every tool of structures; as tall as there is room for, down to a low window with banners."""

    def __init__(self, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self.setObjectName("toolStrip")
        self.setFixedWidth(STRIP_PX)
        self.setAccessibleName("Tools of structures")
        column = QVBoxLayout(self)
        column.setContentsMargins(_SIDE_PX, 4, _SIDE_PX, 4)
        column.setSpacing(0)
        column.addWidget(_StripButton(actions["tool_pointer"], caption="Pointer", icon_name="cursor"))
        group = 0
        for entry in STRUCTURE_TOOLS:
            if entry.group != group:
                column.addWidget(rule_line())
                group = entry.group
            button = _StripButton(
                actions[entry.action_id], caption=entry.caption, icon_name=entry.icon, words=entry.words
            )
            column.addWidget(button)
        column.addStretch(1)


class _StripButton(QToolButton):
    """Icon over caption; the tooltip says name, key and what it does, and why it is off."""

    def __init__(self, action: QAction, *, caption: str, icon_name: str, words: str = "") -> None:
        super().__init__()
        self._words = words
        self.setProperty("look", "strip")
        self.setCheckable(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setText(caption)
        self.setAccessibleName(caption)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.setMinimumHeight(_LOW_PX)
        set_icon(self, icon_name)
        self._action = action
        self.clicked.connect(self._press)
        action.changed.connect(self._follow)
        self._follow()

    def sizeHint(self) -> QSize:
        """Ask for a tall button; a low window gives less."""
        return QSize(STRIP_PX - 2 * _SIDE_PX, _TALL_PX)

    def minimumSizeHint(self) -> QSize:
        """Be content with icon and caption."""
        return QSize(STRIP_PX - 2 * _SIDE_PX, _LOW_PX)

    def _press(self) -> None:
        """Choose the tool; a second press changes nothing."""
        self._action.trigger()
        self._follow()

    def _follow(self) -> None:
        """Be what the action is, with a caption of its own: a button that shows an action takes its long text."""
        self.setEnabled(self._action.isEnabled())
        self.setChecked(self._action.isChecked())
        name, *reason = self._action.toolTip().split("\n")
        self.setToolTip("\n".join((name, *((self._words,) if self._words else ()), *reason)))
        self.setAccessibleDescription("\n".join((self._words, *reason)).strip())
