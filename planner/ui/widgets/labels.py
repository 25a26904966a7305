"""How is text shown? Always as plain text: what a scanner wrote can never become markup."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from planner.ui.theme.icons import ROW_PX, icon_pixmap

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent, QResizeEvent

    from planner.ui.theme.tokens import StateStyle


def label(text: str = "", look: str = "", *, wrap: bool = False) -> QLabel:
    """Return a plain-text label; ``look`` is one of the stylesheet's looks."""
    made = QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(text)
    made.setWordWrap(wrap)
    if look:
        made.setProperty("look", look)
    return made


def plain_tip(text: str) -> str:
    """Return a tooltip that shows exactly ``text``: tooltips guess, and obey what looks like a tag (H-42)."""
    return f"<span>{html.escape(text, quote=False)}</span>" if "<" in text else text


def figure(text: str = "", look: str = "name") -> QLabel:
    """Return a right-aligned label for a number."""
    made = label(text, look)
    made.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return made


def set_tone(made: QLabel, tone: str) -> None:
    """Colour a label by a verdict tone: good, check, fail, not_assessed, or empty for plain text."""
    made.setProperty("tone", tone)
    made.style().unpolish(made)
    made.style().polish(made)


class ElidedLabel(QLabel):
    """One line that ends in an ellipsis when it does not fit; the tooltip and screen reader have the whole text."""

    def __init__(self, look: str = "", *, mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._mode = mode
        self._whole = self._tip = ""
        if look:
            self.setProperty("look", look)

    def show_text(self, text: str, *, tip: str = "") -> None:
        """Show ``text``, shortened to the room there is; ``tip`` is said in its tooltip, also when it fits."""
        self._whole, self._tip = text, tip
        self.setAccessibleName(text)
        self._fit()

    def whole_text(self) -> str:
        """Return the text before shortening."""
        return self._whole

    def minimumSizeHint(self) -> QSize:
        """Allow any width, so a long name never widens the window."""
        return QSize(24, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """Ask for the whole text's width."""
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 4, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten again at the new width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, self._mode, max(0, self.contentsRect().width()))
        self.setToolTip(plain_tip(self._tip or (self._whole if shown != self._whole else "")))
        if shown != self.text():
            self.setText(shown)


class IconLabel(QLabel):
    """An icon in a token's colour, redrawn for the screen it is on. Decoration: the text beside it says the same."""

    def __init__(self, name: str = "", tone: str = "text_2", *, size_px: int = ROW_PX) -> None:
        super().__init__()
        self._name, self._tone, self._size_px = name, tone, size_px
        self.setFixedSize(size_px, size_px)

    def show_icon(self, name: str, tone: str) -> None:
        """Change icon and colour."""
        self._name, self._tone = name, tone
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the icon at the screen's own resolution."""
        del event
        if not self._name:
            return
        painter = QPainter(self)
        ratio = self.devicePixelRatioF()
        painter.drawPixmap(0, 0, icon_pixmap(self._name, self._tone, size_px=self._size_px, ratio=ratio))


class StateBadge(QWidget):
    """Icon and capital word of a verdict or state: shape first, word always, colour third."""

    def __init__(self, style: StateStyle | None = None) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self._icon = IconLabel()
        self._word = label("", "state")
        row.addWidget(self._icon)
        row.addWidget(self._word)
        if style is not None:
            self.show_state(style)

    def show_state(self, style: StateStyle, word: str = "") -> None:
        """Show a state; ``word`` overrides the text, as in ``"1 FAIL"``."""
        self._icon.show_icon(style.icon, style.colour)
        self._word.setText(word or style.word)
        set_tone(self._word, style.colour)
        self.setAccessibleName(word or style.word)


def rule_line() -> QFrame:
    """Return the 1 px line that separates sections."""
    line = QFrame()
    line.setObjectName("rule")
    line.setFixedHeight(1)
    return line


def upright_line(height_px: int = 20) -> QFrame:
    """Return a short vertical line that separates groups in a bar."""
    line = QFrame()
    line.setObjectName("upright")
    line.setFixedSize(1, height_px)
    return line
