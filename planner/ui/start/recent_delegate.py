"""What does one row of the recent plans look like? Picture, name, target, patient, CT, last edit, state, place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from planner.ui.start.plan_picture import SIZE_PX, picture_of
from planner.ui.start.plan_rows import NO_TARGET, PlanRow, last_edit_words
from planner.ui.theme.fonts import BODY_PX, SECONDARY_PX, SMALL_PX, ui_font
from planner.ui.theme.icons import paint_icon
from planner.ui.theme.theme import theme
from planner.ui.widgets.row_text import CUT_END, CUT_MIDDLE, write

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QImage

_Index = QModelIndex | QPersistentModelIndex
HEADS = ("Plan", "Patient and CT", "Last edit", "State", "Where it is")
PLAN, PATIENT, EDITED, STATE, PLACE = range(len(HEADS))
ROW_ROLE = Qt.ItemDataRole.UserRole
_ROW_PX = 72
_SIDE_PX = 8
_HIDDEN = "Name hidden"


class RecentDelegate(QStyledItemDelegate):
    """Draws the rows. ``own_folder`` is called by its name, not by its path."""

    def __init__(self, own_folder: Path) -> None:
        super().__init__()
        self.hides_identity = False
        self._own_folder = own_folder
        self._pictures: dict[bytes, QImage | None] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the height of every row."""
        del option, index
        return QSize(100, _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one cell."""
        tokens, box = theme().tokens, QRectF(option.rect)
        row = row_at(index)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, QColor(tokens.sel))
            if index.column() == PLAN:
                painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), QColor(tokens.accent))
        inner = box.adjusted(_SIDE_PX, 0, -8, 0)
        if row is None:
            pass
        elif index.column() == PLAN:
            self._picture(painter, inner, row)
            words = inner.adjusted(SIZE_PX[0] + 14, 0, 0, 0)
            self._two_lines(painter, words, row.record.name, row.record.target or NO_TARGET)
        elif index.column() == STATE:
            self._state(painter, inner, row)
        else:
            self._two_lines(painter, inner, *self.lines(row, index.column()), strong=False)
        painter.setPen(QColor(tokens.line))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        painter.restore()

    def lines(self, row: PlanRow, column: int) -> tuple[str, str]:
        """Return the two lines of a column; identity and places stay out while names are hidden."""
        record = row.record
        if column == PATIENT:
            return (_HIDDEN if self.hides_identity and record.patient else record.patient or "—"), record.study
        if column == EDITED:
            day, _, clock = last_edit_words(record.edited_at).partition(" ")
            return day.capitalize(), clock
        if row.path.parent == self._own_folder:
            return "Frostline plans", row.path.name if not self.hides_identity else ""
        if self.hides_identity:
            return _HIDDEN, ""
        return str(row.path.parent), row.path.name

    def spoken(self, row: PlanRow) -> str:
        """Return the row as a screen reader says it."""
        record = row.record
        lines = [self.lines(row, column) for column in (PATIENT, EDITED, PLACE)]
        facts = [record.name, record.target or NO_TARGET, *(" ".join(pair) for pair in lines)]
        return ", ".join((*facts[:4], f"{row.state.word}: {row.sentence}", facts[4]))

    def _picture(self, painter: QPainter, box: QRectF, row: PlanRow) -> None:
        frame = QRectF(box.left(), box.center().y() - SIZE_PX[1] / 2, *SIZE_PX)
        painter.fillRect(frame, QColor("#000000"))
        if row.picture not in self._pictures:
            self._pictures[row.picture] = picture_of(row.picture)
        image = self._pictures[row.picture]
        if image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setOpacity(0.4 if row.is_gone else 1.0)
            painter.drawImage(frame, image)
            painter.setOpacity(1.0)
        else:
            place = QRectF(frame.center().x() - 8, frame.center().y() - 8, 16, 16)
            paint_icon(painter, "file-text", colour="#8b949f", box=place)
        painter.setPen(QPen(QColor(theme().tokens.line_strong), 1))
        painter.drawRect(frame)

    def _two_lines(self, painter: QPainter, box: QRectF, first: str, second: str, *, strong: bool = True) -> None:
        top = box.center().y() - (19 if second else 9)
        for text, down, font, tone in (
            (first, 0, ui_font(BODY_PX, 500 if strong else 400), "text_1"),
            (second, 20, ui_font(SECONDARY_PX), "text_2" if strong else "text_3"),
        ):
            line = QRectF(box.left(), top + down, box.width(), 18)
            write(painter, text, line, font=font, tone=tone, cut=CUT_MIDDLE if "/" in text else CUT_END)

    def _state(self, painter: QPainter, box: QRectF, row: PlanRow) -> None:
        tokens = theme().tokens
        colour = getattr(tokens, row.state.colour)
        paint_icon(painter, row.state.icon, colour=colour, box=QRectF(box.left(), box.top() + 10, 15, 15))
        painter.setFont(ui_font(SECONDARY_PX, 600))
        painter.setPen(QColor(colour))
        word = QRectF(box.left() + 20, box.top() + 8, box.width() - 20, 18)
        painter.drawText(word, Qt.AlignmentFlag.AlignVCenter, row.state.word)
        painter.setFont(ui_font(SMALL_PX))
        painter.setPen(QColor(tokens.text_2))
        place = QRectF(box.left(), box.top() + 29, box.width(), box.height() - 31)
        painter.drawText(place, Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop, row.sentence)


def row_at(index: _Index) -> PlanRow | None:
    """Return the plan of a row."""
    found = index.sibling(index.row(), 0).data(ROW_ROLE)
    return found if isinstance(found, PlanRow) else None
