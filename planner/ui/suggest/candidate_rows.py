"""How is a candidate's row drawn? Its letter and a figure for each axis; below, verdicts and the tightest margin.

The best value of a column stands in a frame and in bold, so that it is no matter of colour alone (H-18). Candidates of
a plan that has changed since are grey and have no verdicts (H-13).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem

from planner.domain.suggestion import SuggestAxis
from planner.ui.panels.structure_rows import paint_ground
from planner.ui.panels.what_if_rows import paint_counts
from planner.ui.suggest.suggest_words import SHORT
from planner.ui.theme.fonts import BODY_PX, SMALL_PX, ui_font
from planner.ui.theme.theme import theme
from planner.ui.widgets.accessible import PaintedWidget
from planner.ui.widgets.row_list import ROW_ROLE, RowList, RowListModel
from planner.ui.widgets.row_text import CUT_MIDDLE, RIGHT, write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QPaintEvent

    from planner.domain.rule import Verdict

_Index = QModelIndex | QPersistentModelIndex
ROW_PX, HEADS_PX = 46, 36
_SIDE_PX, _NAME_PX, _CELL_PAD_PX = 8, 30, 5
_AXES = tuple(SuggestAxis)
_HEAD_WORDS = "Candidate, " + ", ".join(f"{axis.value} {axis.unit}".strip() for axis in _AXES)


@dataclass(frozen=True)
class CandidateLine:
    """One row as listed; ``texts`` and ``best`` go by axis, ``below`` is the small text of the second line."""

    key: str
    name: str
    texts: tuple[str, ...]
    spoken: str
    best: frozenset[SuggestAxis] = frozenset()
    counts: Mapping[Verdict, int] = field(default_factory=dict)
    below: str = ""
    is_stale: bool = False

    @property
    def tip(self) -> str:
        """What the pointer is told over it."""
        return self.spoken


class CandidateDelegate(QStyledItemDelegate):
    """Paints a row."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the row's size."""
        del option, index
        return QSize(0, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw ground, letter, figures, verdicts."""
        line: CandidateLine = index.data(ROW_ROLE)
        box = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, box, option)
        upper = QRectF(box.left() + _SIDE_PX, box.top() + 4, box.width() - 2 * _SIDE_PX, 20)
        tone = "text_3" if line.is_stale else "text_1"
        write(painter, line.name, upper, font=ui_font(BODY_PX, 600), tone=tone)
        for axis, place, text in zip(_AXES, cells_of(upper), line.texts, strict=True):
            _paint_cell(painter, place, text, tone=tone, is_best=axis in line.best and not line.is_stale)
        lower = QRectF(upper.left() + _NAME_PX, box.top() + 25, upper.width() - _NAME_PX, 17)
        if not line.is_stale and line.counts:
            lower.setRight(lower.right() - paint_counts(painter, lower, line.counts))
        write(painter, line.below, lower, font=ui_font(SMALL_PX), tone="text_3", cut=CUT_MIDDLE)
        painter.restore()


def cells_of(box: QRectF) -> tuple[QRectF, ...]:
    """Return where the axes' columns stand in a row's width."""
    width = (box.width() - _NAME_PX) / len(_AXES)
    left = box.left() + _NAME_PX
    return tuple(QRectF(left + n * width, box.top(), width, box.height()) for n in range(len(_AXES)))


def _paint_cell(painter: QPainter, place: QRectF, text: str, *, tone: str, is_best: bool) -> None:
    font = ui_font(BODY_PX, 600 if is_best else 400)
    inner = place.adjusted(0, 0, -_CELL_PAD_PX, 0)
    width = write(painter, text, inner, font=font, tone=tone, align=RIGHT)
    if is_best:
        painter.setPen(QPen(QColor(theme().tokens.accent), 1))
        frame = QRectF(inner.right() - width - 4, place.top() + 0.5, width + 8, place.height() - 1)
        painter.drawRoundedRect(frame, 3, 3)


class CandidateList(RowList):
    """The candidates; Enter or a double click looks at one's tip."""

    def __init__(self, model: RowListModel[CandidateLine]) -> None:
        description = "Arrow keys choose, Enter looks at its tip, Ctrl+Enter adopts it."
        super().__init__(model, name="Candidates", description=description)
        self._model = model
        self.setItemDelegate(CandidateDelegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)

    def show_lines(self, lines: Sequence[CandidateLine]) -> None:
        """Show rows in exactly the height they need; the one that is selected stays so."""
        chosen = self.chosen_key()
        self._model.show_rows(tuple(lines))
        self.setFixedHeight(ROW_PX * len(lines) + 2)
        at = self._model.row_of(chosen)
        if at >= 0 and at != self.currentIndex().row():
            self.setCurrentIndex(self._model.index(at))

    def choose(self, key: str) -> None:
        """Select a row."""
        at = self._model.row_of(key)
        if at >= 0:
            self.setCurrentIndex(self._model.index(at))

    def chosen_key(self) -> str | None:
        """Return the key of the selected row."""
        index = self.currentIndex()
        return self._model.rows[index.row()].key if index.isValid() else None


class CandidateHeads(PaintedWidget):
    """The heads over the columns: word over unit."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(HEADS_PX)
        self.setAccessibleName(_HEAD_WORDS)
        self.setToolTip("\n".join(_head_tip(axis) for axis in _AXES))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the words over their columns."""
        del event
        painter = QPainter(self)
        row = QRectF(_SIDE_PX, 3, self.width() - 2 * _SIDE_PX, 15)
        for axis, place in zip(_AXES, cells_of(row), strict=True):
            inner = place.adjusted(-2, 0, -_CELL_PAD_PX + 4, 0)
            write(painter, SHORT[axis], inner, font=ui_font(SMALL_PX), tone="text_2", align=RIGHT)
            below = inner.translated(0, 15)
            write(painter, axis.unit, below, font=ui_font(SMALL_PX), tone="text_3", align=RIGHT)
        painter.setPen(QColor(theme().tokens.line))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
        painter.end()


def _head_tip(axis: SuggestAxis) -> str:
    way = "more" if axis.more_is_better else "less"
    unit = f", {axis.unit}" if axis.unit else ""
    return f"{SHORT[axis]}: {axis.value.lower()}{unit}; {way} is better"
