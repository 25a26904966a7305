"""How is a variation's row drawn? Its name and worst verdict, and below them coverage, worst margin and coldest point.

What is best of a column is marked with a star, not by colour alone; rows of a plan that has changed since are grey and
have no verdicts (H-13).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem

from planner.domain.rule import Verdict
from planner.report.numbers import MISSING
from planner.ui.panels.structure_rows import paint_ground
from planner.ui.theme.fonts import BODY_PX, SMALL_PX, ui_font
from planner.ui.theme.icons import paint_icon
from planner.ui.theme.theme import theme
from planner.ui.theme.tokens import VERDICT_STYLE
from planner.ui.widgets.accessible import PaintedWidget
from planner.ui.widgets.row_list import ROW_ROLE, RowList, RowListModel
from planner.ui.widgets.row_text import CUT_MIDDLE, RIGHT, write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QPaintEvent

_Index = QModelIndex | QPersistentModelIndex
HEAD_PX, ROW_PX, HEADS_PX = 26, 42, 24
_SIDE_PX, _ICON_PX, _GAP_PX = 12, 13, 6
_COVERED_PX, _COLDEST_PX = 70, 64
_BEST = "★"
COLUMNS = ("Treated", "Worst margin", "Coldest")
_SHOWN = (Verdict.FAIL, Verdict.CHECK, Verdict.NOT_ASSESSED)


@dataclass(frozen=True)
class WhatIfLine:
    """One row as listed.

    Parameters
    ----------
    heading
        Of the group that begins here; empty within one.
    figures
        Treated share, worst margin, coldest point, as printed.
    margin_of
        Whose margin it is.
    best
        Columns in which no other row is better.
    reason
        Why there are no figures; empty where there are.
    """

    key: str
    name: str
    figures: tuple[str, str, str] = (MISSING, MISSING, MISSING)
    margin_of: str = ""
    heading: str = ""
    best: frozenset[int] = frozenset()
    counts: Mapping[Verdict, int] = field(default_factory=dict)
    reason: str = ""
    tip: str = ""
    is_stale: bool = False

    @property
    def height_px(self) -> int:
        """How high the row is with the heading over it."""
        return ROW_PX + (HEAD_PX if self.heading else 0)

    @property
    def verdict_words(self) -> str:
        """Every count in words, such as ``"1 FAIL, 2 CHECK"``."""
        counted = [f"{self.counts[v]} {v.value}" for v in _SHOWN if self.counts.get(v)]
        return ", ".join(counted) or ("PASS" if self.counts else "")

    @property
    def spoken(self) -> str:
        """The whole row in words."""
        if self.reason:
            return f"{self.name}: {self.reason}"
        told = zip(COLUMNS, self.figures, strict=True)
        figures = ", ".join(
            f"{name} {value}{', best' if n in self.best else ''}" for n, (name, value) in enumerate(told)
        )
        stale = "STALE. " if self.is_stale else ""
        margin = f" ({self.margin_of})" if self.margin_of else ""
        return f"{stale}{self.name}: {figures}{margin}. {'' if self.is_stale else self.verdict_words}".strip()


class WhatIfDelegate(QStyledItemDelegate):
    """Paints a row."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the row's size."""
        del option
        line: WhatIfLine = index.data(ROW_ROLE)
        return QSize(0, line.height_px)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw heading, ground, name, verdicts and figures."""
        line: WhatIfLine = index.data(ROW_ROLE)
        whole = QRectF(option.rect)
        painter.save()
        if line.heading:
            head = QRectF(whole.left() + _SIDE_PX, whole.top() + 4, whole.width() - 2 * _SIDE_PX, HEAD_PX - 4)
            write(painter, line.heading, head, font=ui_font(SMALL_PX, 600), tone="text_3")
        box = QRectF(whole.left(), whole.bottom() + 1 - ROW_PX, whole.width(), ROW_PX)
        paint_ground(painter, box, option)
        inner = box.adjusted(_SIDE_PX, 0, -_SIDE_PX, 0)
        upper = QRectF(inner.left(), inner.top() + 4, inner.width(), 18)
        lower = QRectF(inner.left(), inner.top() + 22, inner.width(), 16)
        width = 0.0 if line.is_stale or line.reason else paint_counts(painter, upper, line.counts)
        upper.setRight(upper.right() - width)
        name_tone = "text_3" if line.is_stale else "text_1"
        write(painter, line.name, upper, font=ui_font(BODY_PX, 500), tone=name_tone)
        if line.reason:
            write(painter, f"{MISSING} {line.reason}", lower, font=ui_font(SMALL_PX), tone="text_3")
        else:
            _paint_figures(painter, lower, line)
        painter.restore()


def columns_of(box: QRectF) -> tuple[QRectF, QRectF, QRectF]:
    """Return where the three columns stand in a row's width."""
    return (
        QRectF(box.left(), box.top(), _COVERED_PX, box.height()),
        QRectF(box.left() + _COVERED_PX, box.top(), box.width() - _COVERED_PX - _COLDEST_PX, box.height()),
        QRectF(box.right() - _COLDEST_PX, box.top(), _COLDEST_PX, box.height()),
    )


def _paint_figures(painter: QPainter, box: QRectF, line: WhatIfLine) -> None:
    font, tone = ui_font(BODY_PX), "text_3" if line.is_stale else "text_1"
    for column, (place, text) in enumerate(zip(columns_of(box), line.figures, strict=True)):
        marked = f"{text} {_BEST}" if column in line.best and not line.is_stale else text
        if column == len(COLUMNS) - 1:
            write(painter, marked, place, font=font, tone=tone, align=RIGHT)
            continue
        width = write(painter, marked, place, font=font, tone=tone)
        if column == 1 and line.margin_of:
            rest = place.adjusted(width + _GAP_PX, 0, -_GAP_PX, 0)
            # What does not fit goes from the middle: the side stands at the end (H-16).
            write(painter, line.margin_of, rest, font=ui_font(SMALL_PX), tone="text_3", cut=CUT_MIDDLE)


def paint_counts(painter: QPainter, box: QRectF, counts: Mapping[Verdict, int]) -> float:
    """Draw the worst verdict with its count and word, the others with icon and count; return the width taken."""
    shown = [verdict for verdict in _SHOWN if counts.get(verdict)]
    right = box.right()
    for verdict in reversed(shown or [Verdict.PASS]):
        style = VERDICT_STYLE[verdict]
        is_worst = verdict is (shown or [Verdict.PASS])[0]
        number = str(counts.get(verdict, 0)) if shown else ""
        words = f"{number} {style.word}".strip() if is_worst else number
        place = QRectF(box.left(), box.top(), right - box.left(), box.height())
        right -= write(painter, words, place, font=ui_font(SMALL_PX, 600), tone=style.colour, align=RIGHT)
        right -= _ICON_PX + 3
        icon = QRectF(right, box.center().y() - _ICON_PX / 2, _ICON_PX, _ICON_PX)
        paint_icon(painter, style.icon, colour=getattr(theme().tokens, style.colour), box=icon)
        right -= _GAP_PX
    return box.right() - right


class WhatIfList(RowList):
    """The list; Enter or a double click asks for a row at 1 mm, Ctrl+Enter adopts it."""

    def __init__(self, model: RowListModel[WhatIfLine]) -> None:
        super().__init__(model, name="Variations", description="Enter: compute at 1 mm. Ctrl+Enter: adopt.")
        self._model = model
        self.setUniformItemSizes(False)
        self.setItemDelegate(WhatIfDelegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)

    def show_lines(self, lines: Sequence[WhatIfLine]) -> None:
        """Show rows; the one that is selected stays so."""
        chosen = self.chosen_key()
        self._model.show_rows(tuple(lines))
        self.scheduleDelayedItemsLayout()
        at = self._model.row_of(chosen)
        if at >= 0 and at != self.currentIndex().row():
            self.setCurrentIndex(self._model.index(at))

    def chosen_key(self) -> str | None:
        """Return the key of the selected row."""
        index = self.currentIndex()
        return self._model.rows[index.row()].key if index.isValid() else None


class WhatIfHeads(PaintedWidget):
    """The heads over the columns."""

    def __init__(self, rows: WhatIfList) -> None:
        super().__init__()
        self._rows = rows
        self.setFixedHeight(HEADS_PX)
        self.setAccessibleName(", ".join(COLUMNS))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the words over their columns."""
        del event
        painter = QPainter(self)
        box = QRectF(_SIDE_PX, 0, self._rows.viewport().width() - 2 * _SIDE_PX, self.height())
        for column, (place, words) in enumerate(zip(columns_of(box), COLUMNS, strict=True)):
            if column == len(COLUMNS) - 1:
                write(painter, words, place, font=ui_font(SMALL_PX), tone="text_3", align=RIGHT)
            else:
                write(painter, words, place, font=ui_font(SMALL_PX), tone="text_3")
        painter.setPen(QColor(theme().tokens.line))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
        painter.end()
