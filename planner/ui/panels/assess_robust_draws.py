"""Which draws fail, and why? The smallest error first; choosing one shows it as a ghost beside the plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from planner.services.robustness_words import broken_words, off_words
from planner.ui.panels.structure_rows import paint_ground
from planner.ui.theme.fonts import BODY_PX, SECONDARY_PX, ui_font
from planner.ui.widgets.row_list import ROW_ROLE, RowList, RowListModel
from planner.ui.widgets.row_text import CUT_MIDDLE, RIGHT, write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtCore import SignalInstance
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter

    from planner.domain.identity import ProbeId
    from planner.domain.robustness import DrawOutcome, Robustness

_Index = QModelIndex | QPersistentModelIndex
ROW_PX = 44
_SIDE_PX = 4


@dataclass(frozen=True, slots=True)
class DrawRow:
    """One failing draw as listed."""

    outcome: DrawOutcome
    off: str
    broken: str
    is_shown: bool = False

    @property
    def key(self) -> str:
        """Its number."""
        return str(self.outcome.draw.number)

    @property
    def name(self) -> str:
        """What it is called."""
        return f"Draw {self.outcome.draw.number}"

    @property
    def spoken(self) -> str:
        """The whole row in words."""
        return f"{self.name}, {self.off}. Fails: {self.broken}."

    @property
    def tip(self) -> str:
        """The whole row in words, and what a press does."""
        return f"{self.spoken} Press to show it as a ghost."


def draw_rows(
    told: Robustness, outcomes: tuple[DrawOutcome, ...], *, labels: Mapping[ProbeId, str], shown: int | None
) -> tuple[DrawRow, ...]:
    """Return the rows of some draws; ``shown`` is the number of the one that is a ghost now."""
    return tuple(
        DrawRow(each, off_words(each, labels), broken_words(told, each, most=1), each.draw.number == shown)
        for each in outcomes
    )


class DrawListModel(RowListModel[DrawRow]):
    """Draws, the smallest error first."""


class DrawList(RowList):
    """The list; ``chosen`` with the number (text) of a draw on a click, Enter or Space, ``left`` on Esc."""

    chosen = Signal(object)
    left = Signal(object)

    def __init__(self, model: DrawListModel) -> None:
        super().__init__(
            model, name="Failing draws", description="Enter shows a draw as a ghost beside the plan, Delete hides it"
        )
        self.setItemDelegate(_Delegate(self))
        self.clicked.connect(lambda index: self.chosen.emit(index.data(ROW_ROLE).key))

    def fit(self) -> None:
        """Be as high as the rows are: the panel scrolls, not the list."""
        self.setFixedHeight(self.model().rowCount() * ROW_PX)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show it, as the first of the two clicks did."""
        del event

    def signal_of(self, event: QKeyEvent) -> SignalInstance | None:
        """Return what a key sends: Enter and Space show a draw, Delete takes its ghost away."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            return self.chosen
        return self.left if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) else None


class _Delegate(QStyledItemDelegate):
    """Draws a row: number and error over what fails."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the row's size."""
        del option, index
        return QSize(240, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw ground and texts; the one that is a ghost now says so."""
        row: DrawRow = index.data(ROW_ROLE)
        box = QRectF(option.rect)
        painter.save()
        paint_ground(painter, box, option)
        inner = box.adjusted(_SIDE_PX, 0, -_SIDE_PX, 0)
        first = QRectF(inner.left(), box.top() + 4, inner.width(), 18)
        words = "shown" if row.is_shown else row.off
        tone = "accent" if row.is_shown else "text_2"
        taken = write(painter, words, first, font=ui_font(SECONDARY_PX), tone=tone, align=RIGHT)
        name = QRectF(first.left(), first.top(), first.width() - taken - 8, 18)
        write(painter, row.name, name, font=ui_font(BODY_PX, 500), tone="text_1")
        second = QRectF(inner.left(), box.top() + 22, inner.width(), 17)
        # The figure stands at the end: what does not fit goes from the middle (H-17).
        write(painter, row.broken, second, font=ui_font(SECONDARY_PX), tone="text_3", cut=CUT_MIDDLE)
        painter.restore()
