"""What can be begun from the head of the list and from a row? The menus of New, More and of one structure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu

from planner.domain.structure import StructureKind
from planner.ui.panels.structure_words import KIND_GROUPS, kind_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

_BARRIERS = (StructureKind.FLUID_BARRIER, StructureKind.GAS_BARRIER)
Entry = tuple[str, str, "Callable[[], object] | None"]
"""Words, key shown beside them, what is done (None: listed but off). Words ``"-"`` stand for a line."""
LINE: Entry = ("-", "", None)


def new_menu(parent: QWidget, begin: Callable[[StructureKind], object]) -> QMenu:
    """Return the menu of kinds to draw: barriers first, then every group."""
    menu = QMenu(parent)
    for kind in _BARRIERS:
        menu.addAction(kind_words(kind), partial(begin, kind))
    menu.addSeparator()
    for group, kinds in KIND_GROUPS:
        if set(kinds) == set(_BARRIERS):
            continue
        under = menu.addMenu(group)
        for kind in kinds:
            under.addAction(kind_words(kind), partial(begin, kind))
    return menu


def fill_menu(menu: QMenu, entries: Sequence[Entry]) -> None:
    """Put entries into a menu in place of those that are there."""
    menu.clear()
    for words, key, act in entries:
        if words == LINE[0]:
            menu.addSeparator()
            continue
        action = menu.addAction(words)
        if key:
            # Shown only: the list itself takes the key, and never two owners of one.
            action.setShortcut(QKeySequence(key))
            action.setShortcutVisibleInContextMenu(True)
        action.setEnabled(act is not None)
        if act is not None:
            action.triggered.connect(lambda _on=False, act=act: act())


def free_name(wanted: str, taken: Sequence[str]) -> str:
    """Return a name that no structure has yet: ``"Artery"``, then ``"Artery 2"``."""
    used = {name.lower() for name in taken}
    if wanted.lower() not in used:
        return wanted
    return next(name for n in range(2, len(used) + 3) if (name := f"{wanted} {n}").lower() not in used)
