"""How did each check come out? A table: line, subject, margin bar, signed value, verdict. Enter jumps to the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from planner.domain.rule import Verdict
from planner.report.numbers import judged
from planner.ui.theme.fonts import BODY_PX, SMALL_PX, ui_font
from planner.ui.theme.icons import paint_icon
from planner.ui.theme.theme import theme
from planner.ui.theme.tokens import VERDICT_STYLE
from planner.ui.widgets.margin_bar import BAR_H_PX, BAR_W_PX, bar_scale, paint_margin_bar
from planner.ui.widgets.swatch import SWATCH_H_PX, paint_swatch, style_of_subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from planner.domain.assessment import Check

_Index = QModelIndex | QPersistentModelIndex
_CHECK_ROLE = Qt.ItemDataRole.UserRole
ROW_PX = 38
_NARROW_PX = 340
_HEADS = ("Subject", "Limits", "Value", "Verdict")
_WIDTHS = (0, BAR_W_PX + 4, 66, 88)


def worst_first(checks: Sequence[Check]) -> tuple[Check, ...]:
    """Return the checks by verdict, worst first, otherwise in the assessment's order."""
    return tuple(sorted(checks, key=lambda check: -check.verdict.rank))


def spoken_check(check: Check) -> str:
    """Return a whole row in words."""
    value = judged(check.value, check.unit, limits=(check.pass_limit, check.fail_limit))
    why = check.reason or check.limit
    return f"{check.subject_name}, {check.quantity}: {check.verdict.value}, {value}. {why}".strip()


class CheckModel(QAbstractTableModel):
    """Checks as rows, worst first."""

    def __init__(self) -> None:
        super().__init__()
        self.checks: tuple[Check, ...] = ()

    def show_checks(self, checks: Sequence[Check]) -> None:
        """Replace the rows."""
        self.beginResetModel()
        self.checks = worst_first(checks)
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return the number of checks."""
        return 0 if parent.isValid() else len(self.checks)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns."""
        return 0 if parent.isValid() else len(_HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the column heads."""
        if orientation is Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return _HEADS[section]
            if role == Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignLeft if section == 0 else Qt.AlignmentFlag.AlignRight
                return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return texts, the spoken row, or the check itself."""
        check = self.checks[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            value = judged(check.value, check.unit, limits=(check.pass_limit, check.fail_limit))
            return (check.subject_name, check.limit, value, check.verdict.value)[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken_check(check)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{check.subject_name}, {check.quantity}: {check.limit or check.reason}"
        return check if role == _CHECK_ROLE else None


class CheckDelegate(QStyledItemDelegate):
    """Paints a row; the tint of a FAIL runs through all its cells."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the cell's size."""
        del option
        return QSize(_WIDTHS[index.column()], ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one cell."""
        check: Check = index.data(_CHECK_ROLE)
        tokens = theme().tokens
        box = QRectF(option.rect)
        painter.save()
        if check.verdict is Verdict.FAIL:
            painter.fillRect(box, QColor(tokens.fail_tint))
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, QColor(tokens.sel))
            if index.column() == 0:
                painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), QColor(tokens.accent))
        painter.setPen(QColor(tokens.line))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        (self._paint_name, self._paint_bar, self._paint_value, self._paint_verdict)[index.column()](painter, box, check)
        painter.restore()

    def _paint_name(self, painter: QPainter, box: QRectF, check: Check) -> None:
        tokens = theme().tokens
        swatch = QRectF(box.left() + 12, box.center().y() - SWATCH_H_PX / 2, 14, SWATCH_H_PX)
        paint_swatch(painter, swatch, style_of_subject(check.subject_kind))
        left, width = box.left() + 34, box.width() - 36
        for text, top, size, weight, colour in (
            (check.subject_name, 2, BODY_PX, 500, tokens.text_1),
            (check.quantity, 18, SMALL_PX, 400, tokens.text_3),
        ):
            painter.setFont(ui_font(size, weight))
            painter.setPen(QColor(colour))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(width))
            painter.drawText(QRectF(left, box.top() + top, width, 18), Qt.AlignmentFlag.AlignVCenter, shown)

    def _paint_bar(self, painter: QPainter, box: QRectF, check: Check) -> None:
        if bar_scale(check) is None:
            painter.setFont(ui_font(SMALL_PX))
            painter.setPen(QColor(theme().tokens.text_3))
            words = "no rule" if check.pass_limit is None else ""
            painter.drawText(
                box.adjusted(0, 0, -8, 0), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words
            )
            return
        paint_margin_bar(painter, QRectF(box.left() + 4, box.center().y() - BAR_H_PX / 2, BAR_W_PX, BAR_H_PX), check)

    def _paint_value(self, painter: QPainter, box: QRectF, check: Check) -> None:
        painter.setFont(ui_font(BODY_PX, 500))
        painter.setPen(QColor(theme().tokens.text_1))
        text = judged(check.value, check.unit, limits=(check.pass_limit, check.fail_limit))
        painter.drawText(box.adjusted(0, 0, -6, 0), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_verdict(self, painter: QPainter, box: QRectF, check: Check) -> None:
        style = VERDICT_STYLE[check.verdict]
        colour = getattr(theme().tokens, style.colour)
        painter.setFont(ui_font(SMALL_PX, 600))
        painter.setPen(QColor(colour))
        words = style.word.replace(" ", "\n")  # NOT ASSESSED takes two lines: the number beside it needs its room
        place = box.adjusted(0, 0, -10, 0)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(place, right, words)
        width = max(painter.fontMetrics().horizontalAdvance(line) for line in words.splitlines())
        icon_box = QRectF(place.right() - width - 18, box.center().y() - 7, 14, 14)
        paint_icon(painter, style.icon, colour=colour, box=icon_box)


class CheckTable(QTableView):
    """The table. ``jump_asked(Check)`` on click or Enter."""

    jump_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.checks = CheckModel()
        self.setModel(self.checks)
        self.setItemDelegate(CheckDelegate(self))
        self.setAccessibleName("Assessment")
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_PX)
        self.verticalHeader().setMinimumSectionSize(ROW_PX)
        head = self.horizontalHeader()
        head.setFixedHeight(26)
        head.setHighlightSections(False)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (1, 2, 3):
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            self.setColumnWidth(column, _WIDTHS[column])
        self.clicked.connect(self._ask)
        self.activated.connect(self._ask)

    def show_checks(self, checks: Sequence[Check]) -> None:
        """Show checks and take exactly the height they need."""
        self.checks.show_checks(checks)
        self.setFixedHeight(26 + ROW_PX * len(checks) + 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the bar out of a narrow panel: the name matters more, and the limit is in the details below."""
        super().resizeEvent(event)
        self.setColumnHidden(1, self.width() < _NARROW_PX)

    def select_next(self) -> Check | None:
        """Select the next check that has a place, worst first, and return it; after the last comes the first."""
        start = self.currentIndex().row() + 1 if self.currentIndex().isValid() else 0
        count = len(self.checks.checks)
        for step in range(count):
            row = (start + step) % count
            check = self.checks.checks[row]
            if check.worst_point_lps_mm is not None:
                self.selectRow(row)
                return check
        return None

    def current_check(self) -> Check | None:
        """Return the selected check."""
        index = self.currentIndex()
        return self.checks.checks[index.row()] if index.isValid() else None

    def _ask(self, index: QModelIndex) -> None:
        self.jump_asked.emit(self.checks.checks[index.row()])
