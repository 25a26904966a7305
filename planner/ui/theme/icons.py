"""Where do the icons come from? Vendored SVGs, recoloured by theme tone and drawn sharp at any scale."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QToolButton

from planner.domain.errors import ResourceInvalid
from planner.persistence.resources import resources_dir
from planner.ui.theme.theme import theme

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from planner.ui.theme.tokens import Tokens

ROW_PX = 16
TOOLBAR_PX = 17

_NAME = re.compile(r"[a-z0-9-]+")
_SCREEN_RATIOS = (1.0, 1.5, 2.0, 3.0)
_ICON_PROPERTY, _TONE_PROPERTY = "iconName", "iconTone"


@cache
def _svg_text(name: str) -> str:
    path = resources_dir() / "icons" / f"{name}.svg"
    if not _NAME.fullmatch(name) or not path.is_file():
        raise ResourceInvalid(f"The icon “{name}” is not in {path.parent.name}/.", code="icon-missing")
    text = path.read_text(encoding="utf-8")
    return text if "currentColor" in text else text.replace("<svg ", '<svg fill="currentColor" ', 1)


@cache
def _renderer(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_svg_text(name).replace("currentColor", colour).encode()))


def paint_icon(painter: QPainter, name: str, *, colour: str, box: QRectF) -> None:
    """Draw an icon in ``colour`` (``#rrggbb``) into ``box``, logical px."""
    _renderer(name, colour).render(painter, box)


def icon_pixmap(name: str, tone: str, *, size_px: int = ROW_PX, ratio: float = 1.0) -> QPixmap:
    """Return an icon as pixels for a label; ``ratio`` is the screen's device pixel ratio."""
    return _pixmap(name, getattr(theme().tokens, tone), size_px, ratio)


def _pixmap(name: str, colour: str, size_px: int, ratio: float) -> QPixmap:
    image = QPixmap(QSize(size_px, size_px) * ratio)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    paint_icon(painter, name, colour=colour, box=QRectF(0, 0, size_px, size_px))
    painter.end()
    return image


def icon(name: str, tone: str = "text_2", *, size_px: int = TOOLBAR_PX) -> QIcon:
    """Return the icon in a token's colour, greyed when disabled; raise ResourceInvalid when there is no such file."""
    return _icon(name, tone, size_px, theme().tokens)


@cache
def _icon(name: str, tone: str, size_px: int, tokens: Tokens) -> QIcon:
    made = QIcon()
    for ratio in _SCREEN_RATIOS:
        made.addPixmap(_pixmap(name, getattr(tokens, tone), size_px, ratio), QIcon.Mode.Normal)
        made.addPixmap(_pixmap(name, tokens.line_strong, size_px, ratio), QIcon.Mode.Disabled)
    return made


def set_icon(button: QAbstractButton, name: str, tone: str = "text_2") -> None:
    """Give a button an icon that :func:`refresh_icons` can redraw after a theme switch."""
    button.setProperty(_ICON_PROPERTY, name)
    button.setProperty(_TONE_PROPERTY, tone)
    _put_icon(button, icon(name, tone))
    button.setIconSize(QSize(TOOLBAR_PX, TOOLBAR_PX))


def refresh_icons(root: QWidget) -> None:
    """Redraw every icon set by :func:`set_icon` under ``root`` in the colours of the current theme."""
    for button in root.findChildren(QAbstractButton):
        name = button.property(_ICON_PROPERTY)
        if name:
            _put_icon(button, icon(name, button.property(_TONE_PROPERTY)))


def _put_icon(button: QAbstractButton, made: QIcon) -> None:
    """Set an icon where the button keeps it: a button that shows an action takes the action's."""
    action = button.defaultAction() if isinstance(button, QToolButton) else None
    if action is not None:
        action.setIcon(made)
    else:
        button.setIcon(made)
