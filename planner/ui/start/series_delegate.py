"""What does one row of the series table look like? Patient and study lines, and series with picture and verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView

from planner.domain.series import SeriesSummary
from planner.ui.start.picture import Picture
from planner.ui.start.series_rows import GROUP_ROLE, HEADS, IDENTITY_ROLE, RIGHT_ALIGNED, SERIES_ROLE
from planner.ui.start.series_words import detail_words, is_still_read, series_words
from planner.ui.theme.fonts import BODY_PX, SECONDARY_PX, SMALL_PX, ui_font
from planner.ui.theme.icons import paint_icon
from planner.ui.theme.theme import theme
from planner.ui.theme.tokens import SERIES_STYLE, StateStyle
from planner.ui.widgets.row_text import write

if TYPE_CHECKING:
    from planner.ui.start.peeks import Peeks

_Index = QModelIndex | QPersistentModelIndex

WIDTHS = (448, 52, 72, 176, 104, 320)
THUMB_PX = (78, 60)
_PATIENT_PX, _STUDY_PX, _SERIES_PX = 36, 30, 72
_SENTENCE_TOP_PX = 28
_SIDE_PX = 12
_VERDICT = len(HEADS) - 1
_READING = StateStyle("READING", "circle-dashed", "not_assessed", "not_assessed_tint")


class SeriesDelegate(QStyledItemDelegate):
    """Draws the rows. Pictures come from ``peeks``, asked for when their row is painted."""

    def __init__(self, parent: QTreeView, peeks: Peeks) -> None:
        super().__init__(parent)
        self._peeks = peeks

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the row's height: the verdict's sentence is never cut off."""
        column = index.column()
        series = series_at(index)
        if series is None:
            is_study = index.sibling(index.row(), 0).data(GROUP_ROLE) == "study"
            return QSize(WIDTHS[column], _STUDY_PX if is_study else _PATIENT_PX)
        if column != _VERDICT:
            return QSize(WIDTHS[column], _SERIES_PX)
        room = QRect(0, 0, max(option.rect.width(), self._verdict_px()) - 20, 1000)
        words = QFontMetrics(ui_font(SMALL_PX)).boundingRect(room, Qt.TextFlag.TextWordWrap, series.sentence)
        return QSize(WIDTHS[column], max(_SERIES_PX, _SENTENCE_TOP_PX + words.height() + 10))

    def _verdict_px(self) -> int:
        tree = self.parent()
        return tree.columnWidth(_VERDICT) if isinstance(tree, QTreeView) else WIDTHS[-1]

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one cell."""
        tokens = theme().tokens
        box = QRectF(option.rect)
        series = series_at(index)
        painter.save()
        if series is None:
            self._group(painter, box, index, is_open=bool(option.state & QStyle.StateFlag.State_Open))
        else:
            if option.state & QStyle.StateFlag.State_Selected:
                painter.fillRect(box, QColor(tokens.sel))
                if index.column() == 0:
                    painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), QColor(tokens.accent))
            self._cell(painter, box, index, series)
        painter.setPen(QColor(tokens.line))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        painter.restore()

    # --- groups ------------------------------------------------------------------------------------------------------

    def _group(self, painter: QPainter, box: QRectF, index: _Index, *, is_open: bool) -> None:
        tokens = theme().tokens
        is_study = index.sibling(index.row(), 0).data(GROUP_ROLE) == "study"
        painter.fillRect(box, QColor(tokens.surface if is_study else tokens.raised))
        if index.column() != 0:
            return
        left = box.left() + _SIDE_PX + (20 if is_study else 0)
        middle = box.center().y()
        caret = "caret-down" if is_open else "caret-right"
        paint_icon(painter, caret, colour=tokens.text_2, box=QRectF(left, middle - 6, 12, 12))
        room = QRectF(left + 20, box.top(), box.right() - left - 28, box.height())
        name = str(index.data())
        font = ui_font(BODY_PX, 500 if is_study else 600)
        used = write(painter, name, room, font=font, tone="text_2" if is_study else "text_1") + 12
        about = str(index.data(IDENTITY_ROLE) or "")
        if about and used < room.width() - 40:
            write(painter, about, room.adjusted(used, 0, 0, 0), font=ui_font(SECONDARY_PX), tone="text_3")

    # --- series ------------------------------------------------------------------------------------------------------

    def _cell(self, painter: QPainter, box: QRectF, index: _Index, series: SeriesSummary) -> None:
        tokens = theme().tokens
        inner = box.adjusted(_SIDE_PX, 0, -8, 0)
        if index.column() == 0:
            thumb = QRectF(inner.left(), box.center().y() - THUMB_PX[1] / 2, *THUMB_PX)
            self._thumb(painter, thumb, series)
            words = inner.adjusted(THUMB_PX[0] + 14, 0, 0, 0)
            self._two_lines(painter, words, series_words(series), detail_words(series))
        elif index.column() == _VERDICT:
            self._verdict(painter, inner, series)
        else:
            side = Qt.AlignmentFlag.AlignRight if index.column() in RIGHT_ALIGNED else Qt.AlignmentFlag.AlignLeft
            painter.setFont(ui_font(BODY_PX))
            painter.setPen(QColor(tokens.text_1))
            painter.drawText(inner, side | Qt.AlignmentFlag.AlignVCenter, str(index.data()))

    def _thumb(self, painter: QPainter, box: QRectF, series: SeriesSummary) -> None:
        tokens = theme().tokens
        painter.fillRect(box, QColor("#000000"))
        found = self._peeks.thumb(series)
        if isinstance(found, Picture):
            across, down = found.spacing_xy_mm or (1.0, 1.0)
            width, height = found.image.width() * across, found.image.height() * down
            # The whole frame is filled; what is cut off at the edges is mostly air.
            scale = max(box.width() / width, box.height() / height)
            if max(width / height, height / width) > 2:  # a scout: show all of it
                scale = min(box.width() / width, box.height() / height)
            place = QRectF(0, 0, width * scale, height * scale)
            place.moveCenter(box.center())
            painter.save()
            painter.setClipRect(box)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, found.image)
            painter.restore()
        elif found is not None:
            icon = QRectF(box.center().x() - 8, box.center().y() - 8, 16, 16)
            paint_icon(painter, "eye-slash", colour="#8b949f", box=icon)
        painter.setPen(QPen(QColor(tokens.line_strong), 1))
        painter.drawRect(box)

    def _two_lines(self, painter: QPainter, box: QRectF, first: str, second: str) -> None:
        top = box.center().y() - (19 if second else 9)
        name = QRectF(box.left(), top, box.width(), 18)
        write(painter, first, name, font=ui_font(BODY_PX, 500), tone="text_1")
        write(painter, second, name.translated(0, 20), font=ui_font(SECONDARY_PX), tone="text_3")

    def _verdict(self, painter: QPainter, box: QRectF, series: SeriesSummary) -> None:
        tokens = theme().tokens
        style = series_style(series)
        colour = getattr(tokens, style.colour)
        paint_icon(painter, style.icon, colour=colour, box=QRectF(box.left(), box.top() + 9, 15, 15))
        painter.setFont(ui_font(SECONDARY_PX, 600))
        painter.setPen(QColor(colour))
        word = QRectF(box.left() + 20, box.top() + 8, box.width() - 20, 18)
        painter.drawText(word, Qt.AlignmentFlag.AlignVCenter, style.word)
        painter.setFont(ui_font(SMALL_PX))
        painter.setPen(QColor(tokens.text_2))
        place = QRectF(box.left(), box.top() + _SENTENCE_TOP_PX, box.width(), box.height() - _SENTENCE_TOP_PX)
        painter.drawText(place, Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop, series.sentence)


def series_at(index: _Index) -> SeriesSummary | None:
    """Return the series of a row; None for patient and study rows."""
    found = index.sibling(index.row(), 0).data(SERIES_ROLE)
    return found if isinstance(found, SeriesSummary) else None


def series_style(series: SeriesSummary) -> StateStyle:
    """Return how a series' verdict is drawn; one that is still being read has none yet."""
    return _READING if is_still_read(series) else SERIES_STYLE[series.verdict]
