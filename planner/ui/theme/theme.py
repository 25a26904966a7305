"""Which theme is on? One palette and one stylesheet from the tokens; painters read the same object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette

from planner.ui.theme.fonts import BODY_PX, ui_font
from planner.ui.theme.stylesheet import stylesheet
from planner.ui.theme.tokens import DARK, LIGHT, Tokens

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication


class Theme(QObject):
    """The tokens in force. ``changed`` is sent after palette and stylesheet have been swapped."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.tokens = DARK

    def colour(self, token: str) -> QColor:
        """Return a token as a colour."""
        return QColor(getattr(self.tokens, token))

    def apply(self, app: QApplication, tokens: Tokens) -> None:
        """Put a theme on the whole application."""
        self.tokens = tokens
        app.styleHints().setColorScheme(Qt.ColorScheme.Dark if tokens.dark else Qt.ColorScheme.Light)
        app.setPalette(_palette(tokens))
        app.setFont(ui_font(BODY_PX))
        app.setStyleSheet(stylesheet(tokens))
        self.changed.emit()

    def toggle(self, app: QApplication) -> None:
        """Switch between dark and light."""
        self.apply(app, LIGHT if self.tokens.dark else DARK)


_theme: list[Theme] = []


def theme() -> Theme:
    """Return the application's one theme; dark until applied otherwise."""
    if not _theme:
        _theme.append(Theme())
    return _theme[0]


def _palette(tokens: Tokens) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for target, token in {
        role.Window: tokens.surface,
        role.Base: tokens.field,
        role.AlternateBase: tokens.raised,
        role.Button: tokens.raised,
        role.WindowText: tokens.text_1,
        role.Text: tokens.text_1,
        role.ButtonText: tokens.text_1,
        role.PlaceholderText: tokens.text_3,
        role.ToolTipBase: tokens.raised,
        role.ToolTipText: tokens.text_1,
        role.Highlight: tokens.sel,
        role.HighlightedText: tokens.text_1,
        role.Link: tokens.accent,
        role.Mid: tokens.line_strong,
        role.Dark: tokens.line,
        role.Accent: tokens.accent,
    }.items():
        palette.setColor(target, QColor(token))
    for target in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, target, QColor(tokens.text_3))
    return palette
