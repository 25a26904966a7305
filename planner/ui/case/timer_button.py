"""What is pressed with a glove? A button at least 72 px high with a verb, and below it what exactly it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy

from planner.ui.case.timer_face import fitting_font
from planner.ui.theme.fonts import ui_font
from planner.ui.theme.theme import theme
from planner.ui.theme.tokens import TIMER_KEY_PX, TIMER_LINE_PX, TIMER_TEXT_PX
from planner.ui.widgets.labels import plain_tip

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QPaintEvent

_RADIUS, _SIDE_PX = 4, 16
_KEY_TEXT_PX = 12
_VERB_SHARE, _LARGEST_VERB_PX = 0.34, 34


class BigButton(QPushButton):
    """Painted whole: the verb, and a line below it. Enter presses it; Space is the page's, whatever has the focus.

    ``key`` is the page's key for it, shown in its corner.
    """

    def __init__(self, verb: str = "", *, primary: bool = False, width_px: int = 0, key: str = "") -> None:
        super().__init__()
        self._verb, self._line, self._is_primary = verb, "", primary
        self._is_asking, self.key_words = False, key
        self._width_px = width_px
        self.setAutoDefault(False)
        self.setProperty("look", "timer")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.show_words(verb)

    def show_words(self, verb: str, line: str = "", *, reason: str = "") -> None:
        """Say what it does; with a reason it cannot be pressed now, and the line says why."""
        self._is_asking = False
        self._verb, self._line = verb, reason or line
        self.setEnabled(not reason)
        said = f"{verb}. {self._line}" if self._line else verb
        self.setAccessibleName(said)
        self.setToolTip(plain_tip(f"{said} ({self.key_words})" if self.key_words else said))
        self.update()

    def ask_again(self, verb: str, line: str) -> None:
        """Ask for a second press: in words, and in the colour of what needs a look."""
        self.show_words(verb, line)
        self._is_asking = True

    @property
    def is_asking(self) -> bool:
        """Whether a second press is asked for."""
        return self._is_asking

    @property
    def words(self) -> tuple[str, str]:
        """The verb and the line below it."""
        return self._verb, self._line

    def sizeHint(self) -> QSize:
        """Ask for the room of the verb, at least 72 px high."""
        width_px = self._width_px or 2 * self.fontMetrics().horizontalAdvance(self._verb) + 2 * _SIDE_PX
        return QSize(width_px, TIMER_KEY_PX)

    def minimumSizeHint(self) -> QSize:
        """Allow a narrow button: the verb ends in an ellipsis, and the tooltip has it whole."""
        return QSize(min(self._width_px or TIMER_KEY_PX, self.sizeHint().width()), TIMER_KEY_PX)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press by Enter; leave every other key to the page."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the button in its state."""
        del event
        tokens = theme().tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_filled = self._is_primary and self.isEnabled() and not self._is_asking
        fill, text, line = tokens.raised, tokens.text_1, tokens.text_2
        edge, edge_px = tokens.accent if is_filled else tokens.line_strong, 1
        if self._is_asking:
            fill, text, line, edge, edge_px = tokens.check_tint, tokens.text_1, tokens.text_1, tokens.check, 3
        elif is_filled:
            fill, text, line = tokens.accent, tokens.on_accent, tokens.on_accent
        elif not self.isEnabled():
            fill, text, line = tokens.surface, tokens.text_3, tokens.text_3
        if self.isDown() and not is_filled:
            fill = tokens.accent_bg
        inset = edge_px / 2
        box = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        painter.setPen(QPen(QColor(edge), edge_px))
        painter.setBrush(QColor(fill))
        painter.drawRoundedRect(box, _RADIUS, _RADIUS)
        if is_filled and self.isDown():
            painter.setPen(QPen(QColor(tokens.text_1), 4))
            painter.drawRoundedRect(box.adjusted(3, 3, -3, -3), _RADIUS, _RADIUS)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(tokens.text_1 if is_filled else tokens.accent), 2))
            painter.drawRoundedRect(box.adjusted(2, 2, -2, -2), _RADIUS, _RADIUS)
        self._paint_words(painter, text, line)
        self._paint_key(painter, line)

    def _paint_key(self, painter: QPainter, tone: str) -> None:
        """Draw the key's name in the corner, in a frame as it stands on the keyboard."""
        if not self.key_words:
            return
        painter.setFont(ui_font(_KEY_TEXT_PX, 500))
        width = painter.fontMetrics().horizontalAdvance(self.key_words) + 10
        cap = QRectF(self.width() - width - 7.5, 6.5, width, _KEY_TEXT_PX + 6)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(tone), 1))
        painter.drawRoundedRect(cap, 3, 3)
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, self.key_words)

    def _paint_words(self, painter: QPainter, text: str, line: str) -> None:
        inner = QRectF(self.rect()).adjusted(_SIDE_PX / 2, 0, -_SIDE_PX / 2, 0)
        verb_px = TIMER_LINE_PX
        if self._is_primary:
            verb_px = min(_LARGEST_VERB_PX, max(TIMER_LINE_PX, round(self.height() * _VERB_SHARE)))
        painter.setFont(fitting_font(self._verb, (inner.width(), verb_px * 1.3), largest_px=verb_px))
        metrics = painter.fontMetrics()
        verb = metrics.elidedText(self._verb, Qt.TextElideMode.ElideRight, int(inner.width()))
        gap, below = (4, TIMER_TEXT_PX + 4) if self._line else (0, 0)
        top = (self.height() - metrics.height() - gap - below) / 2
        painter.setPen(QColor(text))
        centred = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(inner.left(), top, inner.width(), metrics.height()), centred, verb)
        if self._line:
            painter.setFont(ui_font(TIMER_TEXT_PX - 2))
            painter.setPen(QColor(line))
            shown = painter.fontMetrics().elidedText(self._line, Qt.TextElideMode.ElideRight, int(inner.width()))
            box = QRectF(inner.left(), top + metrics.height() + gap, inner.width(), below)
            painter.drawText(box, centred, shown)
