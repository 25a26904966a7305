"""Which hand moves which way? Three named mouse schemes as tables: what a drag does, and the words for the sheet.

There is no universal standard: left or right button windowing both exist on workstations. The wheel, Shift + move, the
right click and what is taken hold of (handles, crosshair) are the same in all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt

from planner.ui.preferences import MOUSE_SCHEME, WINDOW_DRAG_UP
from planner.ui.slices.tools.navigation import Motion

if TYPE_CHECKING:
    from planner.ui.preferences import Preferences
    from planner.ui.view_state import ViewState

_LEFT, _MIDDLE, _RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
_NONE, _SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
_CTRL, _ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
_BRIGHTER, _DARKER = "brighter", "darker"


class SchemeName(StrEnum):
    """The schemes by what is kept in the preferences."""

    RADIOLOGY = "radiology"
    OHIF = "ohif"
    SLICER = "slicer"


@dataclass(frozen=True)
class MouseScheme:
    """What drags do, by button and keys; ``left`` is a plain left drag where there is nothing to take hold of."""

    name: SchemeName
    title: str
    drags: dict[tuple[Qt.MouseButton, Qt.KeyboardModifier], Motion]
    left: Motion
    words: tuple[tuple[str, str], ...]

    def motion_of(self, button: Qt.MouseButton, modifiers: Qt.KeyboardModifier) -> Motion | None:
        """Return what a drag does; None leaves it to the tool."""
        return self.drags.get((button, modifiers & (_SHIFT | _CTRL | _ALT)))


_SAME_WORDS = (
    ("Wheel", "next slice"),
    ("Ctrl + wheel", "zoom at the cursor"),
    ("Ctrl + Shift + wheel", "thickness of the slab"),
    ("Shift + move", "crosshair follows"),
    ("Left on a line's end", "turn the other planes"),
    ("Left on a line or its middle", "move the crosshair"),
    ("Double click on a line", "standard planes again"),
    ("Double click", "one view, or all"),
    ("Right click", "menu of the view"),
)

SCHEMES: Final[dict[SchemeName, MouseScheme]] = {
    SchemeName.RADIOLOGY: MouseScheme(
        SchemeName.RADIOLOGY,
        "Radiology",
        {(_MIDDLE, _NONE): Motion.PAN, (_RIGHT, _NONE): Motion.WINDOW, (_RIGHT, _CTRL): Motion.ZOOM},
        Motion.CROSSHAIR,
        (
            ("Left", "the tool; on anatomy it moves the crosshair"),
            ("Middle drag", "pan"),
            ("Right drag", "window and level"),
            ("Ctrl + right drag", "zoom"),
            *_SAME_WORDS,
        ),
    ),
    SchemeName.OHIF: MouseScheme(
        SchemeName.OHIF,
        "OHIF-like",
        {(_MIDDLE, _NONE): Motion.PAN, (_RIGHT, _NONE): Motion.ZOOM, (_LEFT, _SHIFT): Motion.CROSSHAIR},
        Motion.WINDOW,
        (
            ("Left drag", "the tool; on anatomy window and level"),
            ("Left click", "crosshair there"),
            ("Shift + left drag", "crosshair follows"),
            ("Middle drag", "pan"),
            ("Right drag", "zoom"),
            *_SAME_WORDS,
        ),
    ),
    SchemeName.SLICER: MouseScheme(
        SchemeName.SLICER,
        "Slicer-like",
        {
            (_MIDDLE, _NONE): Motion.PAN,
            (_LEFT, _SHIFT): Motion.PAN,
            (_RIGHT, _NONE): Motion.ZOOM,
            (_LEFT, _CTRL | _ALT): Motion.TURN,
        },
        Motion.WINDOW,
        (
            ("Left drag", "the tool; on anatomy window and level"),
            ("Left click", "crosshair there"),
            ("Shift + left, middle drag", "pan"),
            ("Right drag", "zoom"),
            ("Ctrl + Alt + left drag", "turn the other planes"),
            *_SAME_WORDS,
        ),
    ),
}


def remember_mouse(view: ViewState, preferences: Preferences) -> None:
    """Take scheme and direction of windowing from the preferences, and keep there what is chosen later."""
    kept = preferences.text(MOUSE_SCHEME)
    view.set_mouse_scheme(SchemeName(kept) if kept in set(SchemeName) else SchemeName.RADIOLOGY)
    view.set_up_is_brighter(on=preferences.text(WINDOW_DRAG_UP, _BRIGHTER) != _DARKER)

    def keep(name: str) -> None:
        if name == "mouse_scheme":
            preferences.set_text(MOUSE_SCHEME, view.mouse_scheme)
        elif name == "up_is_brighter":
            preferences.set_text(WINDOW_DRAG_UP, _BRIGHTER if view.up_is_brighter else _DARKER)

    view.changed.connect(keep)
