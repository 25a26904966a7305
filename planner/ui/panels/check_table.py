"""How did each check come out? Rows of subject and verdict over quantity, margin bar and value; Enter jumps."""

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

    from planner.domain.assessment import Check

_Index = QModelIndex | QPersistentModelIndex
_CHECK_ROLE = Qt.ItemDataRole.UserRole
ROW_PX = 42
_NARROW_PX = 340
_HEADS = ("Subject, limits", "Verdict, value")
_VERDICT_PX = 122  # the longest word, NOT ASSESSED, with its icon on one line
_LINES_PX = (4, 20)
_LINE_PX = 18


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
            return (check.subject_name, f"{check.verdict.value}, {value}")[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken_check(check)
        if role == Qt.ItemDataRole.ToolTipRole:
            return spoken_check(check)
        return check if role == _CHECK_ROLE else None


class CheckDelegate(QStyledItemDelegate):
    """Paints a row; the tint of a FAIL runs through all its cells."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the cell's size."""
        del option
        return QSize(_VERDICT_PX if index.column() else 0, ROW_PX)

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
        (self._paint_subject, self._paint_verdict)[index.column()](painter, box, check)
        painter.restore()

    def _paint_subject(self, painter: QPainter, box: QRectF, check: Check) -> None:
        """Draw line and name; under the name what was measured, and where its value stands between the limits."""
        tokens = theme().tokens
        upper, lower = _lines(box.adjusted(34, 0, 0, 0))
        paint_swatch(
            painter,
            QRectF(box.left() + 12, upper.center().y() - SWATCH_H_PX / 2, 14, SWATCH_H_PX),
            style_of_subject(check.subject_kind),
        )
        _paint_words(painter, upper, check.subject_name, size=BODY_PX, weight=500, colour=tokens.text_1)
        if bar_scale(check) is not None and box.width() + _VERDICT_PX >= _NARROW_PX:
            bar = QRectF(lower.right() - BAR_W_PX, lower.center().y() - BAR_H_PX / 2, BAR_W_PX, BAR_H_PX)
            paint_margin_bar(painter, bar, check)
            lower.setRight(bar.left() - 6)
        _paint_words(painter, lower, _measured(check), size=SMALL_PX, weight=400, colour=tokens.text_3)

    def _paint_verdict(self, painter: QPainter, box: QRectF, check: Check) -> None:
        """Draw the verdict's icon and word, and the value under it."""
        style = VERDICT_STYLE[check.verdict]
        colour = getattr(theme().tokens, style.colour)
        upper, lower = _lines(box.adjusted(0, 0, -12, 0))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(ui_font(SMALL_PX, 600))
        painter.setPen(QColor(colour))
        painter.drawText(upper, right, style.word)
        left = upper.right() - painter.fontMetrics().horizontalAdvance(style.word) - 18
        paint_icon(painter, style.icon, colour=colour, box=QRectF(left, upper.center().y() - 7, 14, 14))
        painter.setFont(ui_font(BODY_PX, 500))
        painter.setPen(QColor(theme().tokens.text_1))
        painter.drawText(lower, right, judged(check.value, check.unit, limits=(check.pass_limit, check.fail_limit)))


def _measured(check: Check) -> str:
    """Return what was measured; what was not, with the reason."""
    if check.verdict is not Verdict.NOT_ASSESSED or not check.reason:
        return check.quantity
    is_said = check.reason.lower().startswith(check.quantity.lower())
    return check.reason if is_said else f"{check.quantity}: {check.reason}"


def _lines(box: QRectF) -> tuple[QRectF, QRectF]:
    """Return the two lines of a cell."""
    upper, lower = (QRectF(box.left(), box.top() + top, box.width(), _LINE_PX) for top in _LINES_PX)
    return upper, lower


def _paint_words(painter: QPainter, box: QRectF, words: str, *, size: int, weight: int, colour: str) -> None:
    painter.setFont(ui_font(size, weight))
    painter.setPen(QColor(colour))
    shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(box.width()))
    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, shown)


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
        head.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        self.setColumnWidth(1, _VERDICT_PX)
        self.clicked.connect(self._ask)
        self.activated.connect(self._ask)

    def show_checks(self, checks: Sequence[Check]) -> None:
        """Show checks and take exactly the height they need."""
        self.checks.show_checks(checks)
        self.setFixedHeight(26 + ROW_PX * len(checks) + 2)

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
