"""How is one lane read from 3 m? What runs, for how long and for how long still, as large as there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QSizePolicy

from planner.report.numbers import MISSING
from planner.ui.theme.fonts import SMALL_PX, ui_font
from planner.ui.theme.icons import paint_icon
from planner.ui.theme.theme import theme
from planner.ui.theme.tokens import TIMER_DIGITS_PX, TIMER_LINE_PX, TIMER_NAME_PX, TIMER_TEXT_PX
from planner.ui.widgets.accessible import PaintedWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from planner.ui.case.timer_words import FaceWords, Figure

_SIDE_PX, _GAP_PX = 24, 48
_TOP_SHARE, _LINE_SHARE = 0.2, 0.12
_STACKED_BELOW = 1.9
"""Narrower than so many heights, a lane has its figures one below the other."""
_CENTRED = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_DIGIT_WEIGHT = 600
_READABLE_PX = 96
"""From 3 m, a figure this high is read: smaller ones stand one alone. Project default."""


class LaneFace(PaintedWidget):
    """The figures of one lane. Nothing moves or blinks: a phase that runs over changes its word, sign and colour."""

    role = QAccessible.Role.StaticText

    def __init__(self) -> None:
        super().__init__()
        self.words: FaceWords | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Timer")

    def show_words(self, words: FaceWords) -> None:
        """Show a lane; painted anew only when it says something else."""
        if words != self.words:
            self.words = words
            self.value_changed()

    def spoken_value(self) -> str:
        """Return everything it shows as a sentence."""
        return self.words.spoken if self.words is not None else ""

    @property
    def digits_px(self) -> int:
        """Font size of the elapsed time as it is drawn, px."""
        if self.words is None:
            return 0
        shown, boxes = self._places(self.words)
        return _digit_font(shown, boxes).pixelSize()

    def sizeHint(self) -> QSize:
        """Ask for a face that can be read."""
        return QSize(320, 240)

    def minimumSizeHint(self) -> QSize:
        """Allow a small one: many lanes on a small screen."""
        return QSize(200, 100)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw name, figures and line."""
        del event
        words = self.words
        if words is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = theme().tokens
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.check_tint if words.is_over else tokens.surface))
        painter.drawRect(self.rect())
        if words.is_over:
            painter.setBrush(QColor(tokens.check))
            painter.drawRect(QRectF(0, 0, 8, self.height()))
        self._paint_name(painter, words)
        shown, boxes = self._places(words)
        font = _digit_font(shown, boxes)
        for figure, box in zip(shown, boxes, strict=True):
            _paint_figure(painter, figure, box, font)
        line = words.line if len(shown) == len(words.figures) else words.lone_line
        _write(painter, line, self._line_box(), largest_px=TIMER_LINE_PX, tone="text_2", weight=400)

    def _paint_name(self, painter: QPainter, words: FaceWords) -> None:
        box = QRectF(_SIDE_PX, 8, self.width() - 2 * _SIDE_PX, self._top_px() - 8)
        name = f"{words.whose} · {words.name}" if words.whose else words.name
        if words.is_over:
            size = min(TIMER_NAME_PX, box.height() * 0.6)
            icon = QRectF(box.left(), box.center().y() - size / 2, size, size)
            paint_icon(painter, "warning", colour=theme().tokens.check, box=icon)
            box.setLeft(icon.right() + 12)
        _write(painter, name, box, largest_px=TIMER_NAME_PX, tone="text_1", weight=600)

    def _top_px(self) -> float:
        return min(float(TIMER_NAME_PX + 28), max(40.0, self.height() * _TOP_SHARE))

    def _line_box(self) -> QRectF:
        height = min(36.0, max(24.0, self.height() * _LINE_SHARE))
        return QRectF(_SIDE_PX, self.height() - height - 6, self.width() - 2 * _SIDE_PX, height)

    def _places(self, words: FaceWords) -> tuple[tuple[Figure, ...], tuple[QRectF, ...]]:
        """Return figures and their places; one alone, with the other in the line, where two could not be read."""
        boxes = self._figure_boxes()
        if _digit_font(words.figures, boxes).pixelSize() >= _READABLE_PX:
            return words.figures, boxes
        top, bottom = self._top_px(), self._line_box().top()
        whole = QRectF(_SIDE_PX, top, self.width() - 2 * _SIDE_PX, bottom - top)
        chosen = words.figures[0] if words.figures[1].text == MISSING else words.figures[1]
        return (chosen,), (whole,)

    def _figure_boxes(self) -> tuple[QRectF, QRectF]:
        """Return the places of both figures: side by side, or in a narrow lane one below the other."""
        top, bottom = self._top_px(), self._line_box().top()
        width, height = self.width() - 2 * _SIDE_PX, bottom - top
        if width < _STACKED_BELOW * height:
            half = height / 2
            return QRectF(_SIDE_PX, top, width, half), QRectF(_SIDE_PX, top + half, width, half)
        half = (width - _GAP_PX) / 2
        return QRectF(_SIDE_PX, top, half, height), QRectF(_SIDE_PX + half + _GAP_PX, top, half, height)


def fitting_font(text: str, room_px: tuple[float, float], *, largest_px: int, weight: int = 600) -> QFont:
    """Return the largest font, up to ``largest_px``, in which a text fits into a width and a line height."""
    wide, high = room_px
    size = min(largest_px, int(high / 1.2))
    measured = QFontMetricsF(ui_font(100, weight)).horizontalAdvance(text) / 100
    if measured > 0:
        size = min(size, int(wide / measured))
    return ui_font(max(SMALL_PX, size), weight)


def _caption_px(box: QRectF) -> float:
    return min(28.0, max(18.0, box.height() * 0.14))


def _digit_font(figures: tuple[Figure, ...], boxes: tuple[QRectF, ...]) -> QFont:
    """Return one font for the figures: as wide as the longer needs, so that it does not jump from second to second."""
    texts = ["0" * len(figure.text.replace(":", "")) + ":" * (":" in figure.text) for figure in figures]
    longest = max([*texts, "00:00"], key=len)
    box = min(boxes, key=lambda one: one.width())
    return fitting_font(
        longest, (box.width(), box.height() - _caption_px(box)), largest_px=TIMER_DIGITS_PX, weight=_DIGIT_WEIGHT
    )


def _paint_figure(painter: QPainter, figure: Figure, box: QRectF, font: QFont) -> None:
    caption = _caption_px(box)
    digits = QFontMetricsF(font).height()
    top = box.top() + max(0.0, (box.height() - caption - digits) / 2)
    # A value that is not there is no beam across the screen.
    painter.setFont(ui_font(max(TIMER_NAME_PX, font.pixelSize() // 3)) if figure.text == MISSING else font)
    painter.setPen(QColor(getattr(theme().tokens, figure.tone)))
    # Inter's line box is a fifth higher than its figures need: the caption stands close above them.
    painter.drawText(QRectF(box.left(), top + caption * 0.8, box.width(), digits), _LEFT, figure.text)
    painter.setFont(ui_font(max(TIMER_TEXT_PX - 2, round(caption * 0.7)), 600))
    painter.setPen(QColor(theme().tokens.check if figure.tone == "check" else theme().tokens.text_2))
    painter.drawText(QRectF(box.left(), top, box.width(), caption), _LEFT, figure.caption)


def _write(painter: QPainter, text: str, box: QRectF, *, largest_px: int, tone: str, weight: int) -> None:
    font = fitting_font(text, (box.width(), box.height()), largest_px=largest_px, weight=weight)
    if font.pixelSize() < TIMER_TEXT_PX:
        font = ui_font(min(largest_px, TIMER_TEXT_PX), weight)
    painter.setFont(font)
    painter.setPen(QColor(getattr(theme().tokens, tone)))
    painter.drawText(box, _LEFT, painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(box.width())))
