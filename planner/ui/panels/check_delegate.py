"""How is a check painted? The subject once, above its rows; in each what was measured, verdict, bar and both values.

A row has two lines: what was measured and the verdict; then the pessimistic value (or the reason), where the value
stands between the limits, and the value. Its height depends on its place alone, so that nothing jumps under the hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from planner.domain.rule import Verdict
from planner.report.numbers import MISSING, judged
from planner.ui.theme.fonts import BODY_PX, SMALL_PX, ui_font
from planner.ui.theme.icons import paint_icon
from planner.ui.theme.theme import theme
from planner.ui.theme.tokens import VERDICT_STYLE
from planner.ui.widgets.margin_bar import BAR_H_PX, BAR_W_PX, bar_scale, paint_margin_bar
from planner.ui.widgets.row_text import CUT_MIDDLE, RIGHT, write
from planner.ui.widgets.swatch import SWATCH_H_PX, paint_swatch, style_of_subject

if TYPE_CHECKING:
    from planner.domain.assessment import Check
    from planner.services.live_checks import LiveCheck
    from planner.ui.panels.structure_figures import FigureBlock

_Index = QModelIndex | QPersistentModelIndex
ROW_ROLE = Qt.ItemDataRole.UserRole + 1
HEAD_PX, ROW_PX = 28, 38
_LEFT_PX, _RIGHT_PX, _GAP_PX, _ICON_PX, _VALUE_PX = 34, 12, 8, 14, 64
_UPPER_PX, _LOWER_PX, _LINE_PX = 2, 18, 17
_UNFOLD = "Figures"


class CheckRow(NamedTuple):
    """What a row shows: a check; while a probe moves its preview; the unfavourable end of its band, where known.

    ``is_first`` of its subject: its name stands above. ``block`` are the figures unfolded under the subject's last row.
    """

    check: Check
    live: LiveCheck | None = None
    pessimistic: float | None = None
    is_first: bool = True
    can_unfold: bool = False
    is_unfolded: bool = False
    block: FigureBlock | None = None

    @property
    def pessimistic_words(self) -> str:
        """The unfavourable end as printed; empty without one."""
        if self.pessimistic is None:
            return ""
        return judged(self.pessimistic, self.check.unit, limits=(self.check.pass_limit, self.check.fail_limit))

    def spoken(self, words: str) -> str:
        """Return a row in words with its pessimistic value and what is unfolded under it."""
        pessimistic = f" Pessimistic {self.pessimistic_words}." if self.pessimistic_words else ""
        return f"{words}{pessimistic}{'' if self.block is None else f' {self.block.spoken()}.'}"


def row_height_px(row: CheckRow) -> int:
    """Return the height of a row with its subject's head and what is unfolded under it."""
    return ROW_PX + (HEAD_PX if row.is_first else 0) + (0 if row.block is None else row.block.height_px)


class CheckDelegate(QStyledItemDelegate):
    """Paints a row: what stands at the right takes its own width, what stands at the left has all the rest."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the row's height."""
        del option
        return QSize(0, row_height_px(index.data(ROW_ROLE)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one row."""
        row: CheckRow = index.data(ROW_ROLE)
        tokens = theme().tokens
        whole = QRectF(option.rect)
        box = QRectF(whole.left(), whole.top() + (HEAD_PX if row.is_first else 0), whole.width(), ROW_PX)
        painter.save()
        if row.is_first:
            painter.setPen(QColor(tokens.line))
            painter.drawLine(whole.topLeft(), whole.topRight())
            _paint_head(painter, QRectF(whole.left(), whole.top(), whole.width(), HEAD_PX), row)
        if row.check.verdict is Verdict.FAIL:
            painter.fillRect(box, QColor(tokens.fail_tint))
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, QColor(tokens.sel))
            painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), QColor(tokens.accent))
        inner = box.adjusted(_LEFT_PX, 0, -_RIGHT_PX, 0)
        _paint_upper(painter, QRectF(inner.left(), inner.top() + _UPPER_PX, inner.width(), _LINE_PX), row)
        _paint_lower(painter, QRectF(inner.left(), inner.top() + _LOWER_PX, inner.width(), _LINE_PX), row)
        if row.block is not None:
            painter.setPen(QColor(tokens.line))
            row.block.paint(painter, QRectF(inner.left(), box.bottom(), inner.width(), row.block.height_px))
        painter.restore()


def _paint_head(painter: QPainter, box: QRectF, row: CheckRow) -> None:
    """Draw the subject's swatch and name, and at the right what unfolds its figures."""
    check, tokens = row.check, theme().tokens
    swatch = QRectF(box.left() + 12, box.center().y() - SWATCH_H_PX / 2, 14, SWATCH_H_PX)
    paint_swatch(painter, swatch, style_of_subject(check.subject_kind))
    line = box.adjusted(_LEFT_PX, 0, -_RIGHT_PX, 0)
    if row.can_unfold:
        icon = QRectF(line.right() - _ICON_PX, line.center().y() - _ICON_PX / 2, _ICON_PX, _ICON_PX)
        paint_icon(painter, "caret-up" if row.is_unfolded else "caret-down", colour=tokens.text_3, box=icon)
        line.setRight(icon.left() - 4)
        width = write(painter, _UNFOLD, line, font=ui_font(SMALL_PX), tone="text_3", align=RIGHT)
        line.setRight(line.right() - width - _GAP_PX)
    # What does not fit goes from the middle: side and level stand at the end (H-16).
    write(painter, check.subject_name, line, font=ui_font(BODY_PX, 500), tone="text_1", cut=CUT_MIDDLE)


def _paint_upper(painter: QPainter, line: QRectF, row: CheckRow) -> None:
    """Draw what was measured, and the verdict's icon and word; a dash where a verdict will stand."""
    style = VERDICT_STYLE[row.check.verdict]
    is_live = row.live is not None
    tone, words = ("not_assessed", MISSING) if is_live else (style.colour, style.word)
    left = line.right() - write(painter, words, line, font=ui_font(SMALL_PX, 600), tone=tone, align=RIGHT)
    if not is_live:
        left -= _ICON_PX + 4
        icon = QRectF(left, line.center().y() - _ICON_PX / 2, _ICON_PX, _ICON_PX)
        paint_icon(painter, style.icon, colour=getattr(theme().tokens, tone), box=icon)
    line.setRight(left - _GAP_PX)
    write(painter, row.check.quantity, line, font=ui_font(SMALL_PX), tone="text_2")


def _paint_lower(painter: QPainter, line: QRectF, row: CheckRow) -> None:
    """Draw the pessimistic value or what else is to be said, where the value stands, and the value."""
    check, live = row.check, row.live
    value = judged(check.value, check.unit, limits=(check.pass_limit, check.fail_limit))
    value = value if live is None else live.value_words
    left = line.right() - write(painter, value, line, font=ui_font(BODY_PX, 500), tone="text_1", align=RIGHT) - _GAP_PX
    if bar_scale(check) is not None and (check.value is not None or live is not None):
        left = min(left, line.right() - _VALUE_PX) - BAR_W_PX  # bars stand under each other
        bar = QRectF(left, line.center().y() - BAR_H_PX / 2, BAR_W_PX, BAR_H_PX)
        paint_margin_bar(painter, bar, check, is_live=live is not None, pessimistic=row.pessimistic)
        left -= _GAP_PX
    line.setRight(left)
    if row.pessimistic_words:
        write(painter, f"pessimistic {row.pessimistic_words}", line, font=ui_font(SMALL_PX), tone="text_2")
    elif live is None:
        write(painter, _remark(check), line, font=ui_font(SMALL_PX), tone="text_3")


def _remark(check: Check) -> str:
    """Return why a row is no PASS; of a PASS, the limit it keeps."""
    if check.verdict is Verdict.PASS:
        return check.limit
    is_said = check.reason.lower().startswith(check.quantity.lower() + ":")
    return check.reason[len(check.quantity) + 1 :].strip() if is_said else check.reason or check.limit
