"""Which window does each key set? The presets, until the user keeps a window of their own on a key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planner.rendering.window import PRESETS, signed
from planner.ui.preferences import WINDOW_KEYS

if TYPE_CHECKING:
    from planner.rendering.window import WindowHu
    from planner.ui.preferences import Preferences
    from planner.ui.view_state import ViewState

KEYS = tuple(preset.key for preset in PRESETS if preset.key)
_KEPT = re.compile(r"(\d)=(\d{1,4})/(-?\d{1,4})")


def key_words(view: ViewState, key: str) -> str:
    """Return what a key sets, in words: ``"Soft tissue 400 / 40"``, or ``"Own 220 / 30"``."""
    width_hu, level_hu = window_hu = view.window_of(key)
    preset = next((p for p in PRESETS if p.window_hu == window_hu), None)
    return preset.words if preset is not None else f"Own {width_hu:.0f} / {signed(level_hu)}"


def remember_windows(view: ViewState, preferences: Preferences) -> None:
    """Take the user's own windows from the preferences, and keep there what is put on a key later."""
    own: dict[str, WindowHu] = {}
    for text in preferences.texts(WINDOW_KEYS):
        found = _KEPT.fullmatch(text)
        if found is not None and found[1] in KEYS and float(found[2]) >= 1:
            own[found[1]] = (float(found[2]), float(found[3]))
    view.bind_windows(own)

    def keep(name: str) -> None:
        if name == "own_windows":
            texts = (f"{key}={width:.0f}/{level:.0f}" for key, (width, level) in sorted(view.own_windows.items()))
            preferences.set_texts(WINDOW_KEYS, texts)

    view.changed.connect(keep)
