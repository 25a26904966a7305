"""Which isotherms are drawn at the next start? Those chosen last, the own one, and as much of their band."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from planner.rendering.palette import ALL_ICE_LEVELS
from planner.ui.preferences import ICE_LEVELS, OWN_ICE_LEVEL, WHOLE_BAND
from planner.ui.view_choice import COLDEST_LEVEL_C, OWN_LEVEL_C, WARMEST_LEVEL_C

if TYPE_CHECKING:
    from planner.ui.preferences import Preferences
    from planner.ui.view_state import ViewState

KNOWN_LEVELS_C = frozenset(level.level_c for level in ALL_ICE_LEVELS)


def remember_levels(view: ViewState, preferences: Preferences) -> None:
    """Take isotherms from the preferences, and keep there what is chosen later; what is none of ours is left out."""
    own_c = _number(preferences.text(OWN_ICE_LEVEL))
    view.set_own_level(OWN_LEVEL_C if own_c is None or own_c in KNOWN_LEVELS_C else own_c)
    kept = (_number(text) for text in preferences.texts(ICE_LEVELS))
    view.set_levels(tuple(c for c in kept if c is not None and (c in KNOWN_LEVELS_C or c == view.own_level_c)))

    view.set_flag("whole_band", on=preferences.flag(WHOLE_BAND))

    def keep(name: str) -> None:
        if name == "whole_band":
            preferences.set_flag(WHOLE_BAND, on=view.whole_band)
        if name in ("levels_c", "own_level_c"):
            preferences.set_texts(ICE_LEVELS, (f"{level_c:g}" for level_c in view.levels_c))
            preferences.set_text(OWN_ICE_LEVEL, f"{view.own_level_c:g}")

    view.changed.connect(keep)


def _number(text: str) -> float | None:
    """Return a temperature as kept, °C; None for what is no number in range."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and COLDEST_LEVEL_C <= value <= WARMEST_LEVEL_C else None
