"""How is a sentence shown where two lines are all there is? Broken at a word, and ended by an ellipsis beyond them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QSizePolicy

from planner.ui.widgets.labels import plain_tip

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

_LINES = 2


class TwoLines(QLabel):
    """At most two lines; tooltip and screen reader have the whole text."""

    def __init__(self, look: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._whole = ""
        if look:
            self.setProperty("look", look)

    def show_text(self, text: str) -> None:
        """Show ``text``, shortened to the room there is."""
        self._whole = text
        self.setAccessibleName(text)
        self._fit()

    def whole_text(self) -> str:
        """Return the text before shortening."""
        return self._whole

    def minimumSizeHint(self) -> QSize:
        """Allow any width, so a long sentence never widens the window."""
        return QSize(24, self.fontMetrics().lineSpacing())

    def sizeHint(self) -> QSize:
        """Ask for as many lines as are shown."""
        lines = self.text().count("\n") + 1
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 4, lines * self.fontMetrics().lineSpacing())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break anew at the new width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        shown = "\n".join(self._lines(max(0, self.contentsRect().width())))
        self.setToolTip(plain_tip(self._whole if shown.replace("\n", " ") != self._whole else ""))
        if shown != self.text():
            self.setText(shown)
            self.updateGeometry()

    def _lines(self, width_px: int) -> list[str]:
        """Return the text in at most two lines; the last takes the rest, shortened."""
        lines: list[str] = []
        rest = self._whole
        while rest and len(lines) < _LINES - 1 and self._width_of(rest) > width_px:
            words = rest.split(" ")
            count = len(words)
            while count > 1 and self._width_of(" ".join(words[:count])) > width_px:
                count -= 1
            lines.append(" ".join(words[:count]))
            rest = " ".join(words[count:])
        return [*lines, self.fontMetrics().elidedText(rest, Qt.TextElideMode.ElideRight, width_px)]

    def _width_of(self, text: str) -> int:
        return self.fontMetrics().horizontalAdvance(text)
