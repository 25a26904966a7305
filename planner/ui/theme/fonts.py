"""Which letters? Inter from the program's own files, with figures of equal width."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QFont, QFontDatabase

if TYPE_CHECKING:
    from pathlib import Path

FAMILIES = ("Inter", "Noto Sans")
BODY_PX = 13
SECONDARY_PX = 12
SMALL_PX = 11

_WEIGHTS = {400: QFont.Weight.Normal, 500: QFont.Weight.Medium, 600: QFont.Weight.DemiBold}


def load_fonts(folder: Path) -> tuple[str, ...]:
    """Register every face in ``folder``; return the names of the files that could not be read."""
    faces = sorted(folder.glob("*.otf"))
    return tuple(face.name for face in faces if QFontDatabase.addApplicationFont(str(face)) < 0)


def ui_font(size_px: int = BODY_PX, weight: int = 400) -> QFont:
    """Return the interface font at ``size_px`` (never below 11) with tabular figures."""
    font = QFont(list(FAMILIES))
    font.setPixelSize(max(SMALL_PX, size_px))
    font.setWeight(_WEIGHTS[weight])
    font.setFeature(QFont.Tag("tnum"), 1)
    return font
