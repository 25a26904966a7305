"""Which window, which layout? Two menu buttons that say what is chosen; each bar over the views has its own."""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QToolButton

from planner.rendering.window import PRESETS, window_words
from planner.ui.layouts import LAYOUTS, ONE_UP, layout_of, view_words
from planner.ui.theme.icons import set_icon
from planner.ui.window_keys import KEYS, key_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtGui import QAction

    from planner.ui.view_state import ViewState


def menu_button(icon_name: str, name: str) -> QToolButton:
    """Return a button with a menu; without an icon it has its text alone."""
    button = QToolButton()
    set_up_menu_button(button, icon_name, name)
    return button


def set_up_menu_button(button: QToolButton, icon_name: str, name: str) -> None:
    """Give a button the look, name and icon of one that opens a menu."""
    button.setProperty("look", "menu")
    style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if icon_name else Qt.ToolButtonStyle.ToolButtonTextOnly
    button.setToolButtonStyle(style)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setToolTip(name)
    button.setAccessibleName(name)
    if icon_name:
        set_icon(button, icon_name)


def refilled_menu(button: QToolButton, fill: Callable[[QMenu], None]) -> QMenu:
    """Return a menu that is filled anew whenever it opens, so that its ticks are true."""
    menu = QMenu(button)

    def refill() -> None:
        menu.clear()
        fill(menu)

    menu.aboutToShow.connect(refill)
    return menu


class Room(Enum):
    """How much a button says in the room it has."""

    WORDS = 2
    NUMBERS = 1
    ICON = 0


def _show_words(button: QToolButton, words: str) -> None:
    """Put words beside the icon, or leave the icon alone."""
    beside, alone = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly
    button.setToolButtonStyle(beside if words else alone)
    button.setText(words)


class WindowButton(QToolButton):
    """The window in words; its menu has the presets, and keeps a window on a key."""

    def __init__(self, actions: Mapping[str, QAction], view: ViewState) -> None:
        super().__init__()
        self._actions, self._view, self._room = actions, view, Room.WORDS
        set_up_menu_button(self, "circle-half", "Window and level")
        self.setMenu(refilled_menu(self, self._fill))
        view.changed.connect(self._follow)
        self._name()

    def fit(self, room: Room) -> None:
        """Name a preset, or where room is scarce the numbers alone, or nothing."""
        self._room = room
        self._name()

    def _follow(self, name: str) -> None:
        if name == "window_hu":
            self._name()

    def words_px(self) -> int:
        """Return how much wider the button is with a preset's name than with its numbers."""
        words, numbers = self._texts()
        return self.fontMetrics().horizontalAdvance(words) - self.fontMetrics().horizontalAdvance(numbers)

    def _texts(self) -> tuple[str, str]:
        window_hu = self._view.window_hu
        preset = next((p for p in PRESETS if p.window_hu == window_hu), None)
        numbers = window_words(window_hu)
        return preset.words if preset is not None else numbers, numbers

    def _name(self) -> None:
        words, numbers = self._texts()
        _show_words(self, {Room.WORDS: words, Room.NUMBERS: numbers, Room.ICON: ""}[self._room])
        self.setToolTip(f"Window and level: {words}")

    def _fill(self, menu: QMenu) -> None:
        view = self._view
        for preset in PRESETS:
            if preset.key:
                menu.addAction(self._actions[f"window_{preset.key}"])
            else:
                menu.addAction(preset.words, partial(view.set_window, preset.window_hu))
        menu.addSeparator()
        keep = menu.addMenu("Keep this window on key")
        for key in KEYS:
            own = {**view.own_windows, key: view.window_hu}
            keep.addAction(f"{key}, in place of {key_words(view, key)}", partial(view.bind_windows, own))
        menu.addAction(f"Presets on {KEYS[0]} to {KEYS[-1]} again", partial(view.bind_windows, {})).setEnabled(
            bool(view.own_windows)
        )


class LayoutButton(QToolButton):
    """The layout in words; its menu has the others, and every view alone."""

    def __init__(self, actions: Mapping[str, QAction], view: ViewState) -> None:
        super().__init__()
        self._view, self._room = view, Room.WORDS
        set_up_menu_button(self, "squares-four", "Layout")
        menu = QMenu(self)
        for layout in LAYOUTS:
            menu.addAction(actions[f"layout_{layout.key}"])
        menu.addSeparator()
        for name, words in ONE_UP.items():
            menu.addAction(f"{words} alone", partial(view.set_maximised, name))
        menu.addAction(actions["four_up"])
        self.setMenu(menu)
        view.changed.connect(self._follow)
        self._follow("layout")

    def fit(self, room: Room) -> None:
        """Name the layout where there is room for words."""
        self._room = room
        self._follow("layout")

    def _follow(self, name: str) -> None:
        if name in ("maximised", "layout"):
            alone = self._view.maximised
            words = view_words(alone) if alone else layout_of(self._view.layout).words
            _show_words(self, words if self._room is Room.WORDS else "")
            self.setToolTip(f"Layout: {words}")
