"""What does the program remember of its user between starts? A few choices; never a patient's text.

Folders of CT are remembered only when the user allows it, since a hospital's folder names often hold a patient's name
(H-43).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtCore import QSettings

MOUSE_SCHEME: Final = "views/mouse_scheme"
LAYOUT: Final = "views/layout"
WINDOW_DRAG_UP: Final = "views/window_drag_up"
WINDOW_KEYS: Final = "views/window_keys"
ICE_LEVELS: Final = "views/ice_levels"
OWN_ICE_LEVEL: Final = "views/own_ice_level"
WHOLE_BAND: Final = "views/whole_band"
ROBUSTNESS_TECHNIQUE: Final = "robustness/technique"
ROBUSTNESS_TISSUE: Final = "robustness/tissue"
RECORDED_BY: Final = "cases/recorded_by"
KEEP_RECENT: Final = "import/keep_recent_folders"
RECENT_FOLDERS: Final = "import/recent_folders"


class Preferences(QObject):
    """Choices by key, kept in the user's settings as they are made; ``changed`` carries the key."""

    changed = Signal(str)

    def __init__(self, settings: QSettings) -> None:
        super().__init__()
        self._settings = settings

    def text(self, key: str, default: str = "") -> str:
        """Return a choice; what another program wrote there and is no text reads as the default."""
        kept = self._settings.value(key, default)
        return kept if isinstance(kept, str) else default

    def set_text(self, key: str, value: str) -> None:
        """Keep a choice."""
        self._keep(key, value, is_new=self.text(key) != value)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return whether something is switched on."""
        return self.text(key, "yes" if default else "no") == "yes"

    def set_flag(self, key: str, *, on: bool) -> None:
        """Switch something on or off for good."""
        self.set_text(key, "yes" if on else "no")

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of choices, in order."""
        kept = self._settings.value(key)
        if isinstance(kept, str):  # a settings file writes a list of one as plain text
            return (kept,) if kept else ()
        return tuple(str(item) for item in kept) if isinstance(kept, (list, tuple)) else ()

    def set_texts(self, key: str, values: Iterable[str]) -> None:
        """Keep a list of choices; an empty one is forgotten."""
        kept = list(values)
        if not kept:
            self._settings.remove(key)
            self._settings.sync()  # what is to be forgotten must not wait on the disk for the program's end
            self.changed.emit(key)
            return
        self._keep(key, kept, is_new=self.texts(key) != tuple(kept))

    def _keep(self, key: str, value: object, *, is_new: bool) -> None:
        if is_new:
            self._settings.setValue(key, value)
            self._settings.sync()
            self.changed.emit(key)
