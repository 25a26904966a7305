"""How did each check come out? Rows of subject and verdict over quantity, margin bar and value; Enter jumps.

While a probe moves the rows stay where they are and hold the preview's numbers, with no verdict in any (H-13).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

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
from planner.report.numbers import MISSING, judged
from planner.ui.theme.fonts import BODY_PX, SMALL_PX, ui_font
from planner.ui.theme.icons import paint_icon
from planner.ui.theme.theme import theme
from planner.ui.theme.tokens import VERDICT_STYLE
from planner.ui.widgets.margin_bar import BAR_H_PX, BAR_W_PX, bar_scale, paint_margin_bar
from planner.ui.widgets.swatch import SWATCH_H_PX, paint_swatch, style_of_subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from planner.domain.assessment import Check
    from planner.services.live_checks import LiveCheck

_Index = QModelIndex | QPersistentModelIndex
_CHECK_ROLE = Qt.ItemDataRole.UserRole
_ROW_ROLE = Qt.ItemDataRole.UserRole + 1
ROW_PX = 42
_NARROW_PX = 340
_HEAD = "Check"
_LEFT_PX, _RIGHT_PX, _GAP_PX, _ICON_PX, _VALUE_PX = 34, 12, 8, 14, 76
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


def spoken_live(row: LiveCheck) -> str:
    """Return a whole row of a preview in words."""
    check = row.check
    return f"{check.subject_name}, {check.quantity}: {row.value_words}. {check.reason}".strip()


RowKey = tuple[str, str]
"""A check by its subject and quantity."""


class _Row(NamedTuple):
    """What a row shows: a check; while a probe moves its preview; the unfavourable end of its band, where known."""

    check: Check
    live: LiveCheck | None = None
    pessimistic: float | None = None


def _key(row: _Row) -> RowKey:
    return row.check.subject_id, row.check.quantity


class CheckModel(QAbstractTableModel):
    """Checks as rows, worst first; or the rows of a preview, in the order in which they were."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[_Row, ...] = ()

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks as shown."""
        return tuple(row.check for row in self._rows)

    def show_checks(self, checks: Sequence[Check], *, pessimistic: Mapping[RowKey, float] | None = None) -> None:
        """Replace the rows; ``pessimistic`` is the unfavourable end of the band of some."""
        ends = pessimistic or {}
        self._replace(_Row(c, None, ends.get((c.subject_id, c.quantity))) for c in worst_first(checks))

    def show_live(self, rows: Sequence[LiveCheck]) -> None:
        """Replace the rows by those of a preview."""
        self._replace(_Row(row.check, row) for row in rows)

    def _replace(self, rows: Iterable[_Row]) -> None:
        """Put rows in place; the same checks as before keep their places, and with them what is selected."""
        before, after = self._rows, tuple(rows)
        if after and [_key(row) for row in before] == [_key(row) for row in after]:
            self._rows = after
            for number, (old, new) in enumerate(zip(before, after, strict=True)):
                if old != new:  # a row that stays is not painted again
                    self.dataChanged.emit(self.index(number, 0), self.index(number, 0))
            return
        self.beginResetModel()
        self._rows = after
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return the number of checks."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns."""
        return 0 if parent.isValid() else 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the column's name, for screen readers; the rows explain themselves."""
        if orientation is Qt.Orientation.Horizontal and section == 0 and role == Qt.ItemDataRole.DisplayRole:
            return _HEAD
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the subject, the spoken row, or the check itself."""
        row = self._rows[index.row()]
        check, live = row.check, row.live
        if role == Qt.ItemDataRole.DisplayRole:
            return check.subject_name
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return spoken_check(check) if live is None else spoken_live(live)
        return {_CHECK_ROLE: check, _ROW_ROLE: row}.get(role)


class CheckDelegate(QStyledItemDelegate):
    """Paints a row: what stands at the right takes its own width, what stands at the left has all the rest."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the row's height."""
        del option, index
        return QSize(0, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one row."""
        row: _Row = index.data(_ROW_ROLE)
        check, live = row.check, row.live
        tokens = theme().tokens
        box = QRectF(option.rect)
        painter.save()
        if check.verdict is Verdict.FAIL:
            painter.fillRect(box, QColor(tokens.fail_tint))
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, QColor(tokens.sel))
            painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), QColor(tokens.accent))
        painter.setPen(QColor(tokens.line))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        upper, lower = _lines(box.adjusted(_LEFT_PX, 0, -_RIGHT_PX, 0))
        swatch = QRectF(box.left() + 12, upper.center().y() - SWATCH_H_PX / 2, 14, SWATCH_H_PX)
        paint_swatch(painter, swatch, style_of_subject(check.subject_kind))
        if live is None:
            self._paint_upper(painter, upper, check)
        else:
            self._paint_live_upper(painter, upper, check)
        self._paint_lower(painter, lower, row)
        painter.restore()

    def _paint_live_upper(self, painter: QPainter, line: QRectF, check: Check) -> None:
        """Draw the name, and a dash where the verdict will stand."""
        colour = theme().tokens.not_assessed
        left = _paint_at_right(painter, line, MISSING, size=SMALL_PX, weight=600, colour=colour)
        line.setRight(left - _GAP_PX)
        _paint_name(painter, line, check.subject_name)

    def _paint_upper(self, painter: QPainter, line: QRectF, check: Check) -> None:
        """Draw the name, and the verdict's icon and word."""
        style = VERDICT_STYLE[check.verdict]
        colour = getattr(theme().tokens, style.colour)
        left = _paint_at_right(painter, line, style.word, size=SMALL_PX, weight=600, colour=colour) - _ICON_PX - 4
        icon = QRectF(left, line.center().y() - _ICON_PX / 2, _ICON_PX, _ICON_PX)
        paint_icon(painter, style.icon, colour=colour, box=icon)
        line.setRight(left - _GAP_PX)
        _paint_name(painter, line, check.subject_name)

    def _paint_lower(self, painter: QPainter, line: QRectF, row: _Row) -> None:
        """Draw what was measured, where the value stands between the limits, and the value."""
        check, live = row.check, row.live
        tokens = theme().tokens
        value = judged(check.value, check.unit, limits=(check.pass_limit, check.fail_limit))
        if live is not None:
            value = live.value_words
        left = _paint_at_right(painter, line, value, size=BODY_PX, weight=500, colour=tokens.text_1) - _GAP_PX
        has_bar = bar_scale(check) is not None and (check.value is not None or live is not None)
        if has_bar and line.width() + _LEFT_PX + _RIGHT_PX >= _NARROW_PX:
            left = min(left, line.right() - _VALUE_PX) - BAR_W_PX  # bars stand under each other
            bar = QRectF(left, line.center().y() - BAR_H_PX / 2, BAR_W_PX, BAR_H_PX)
            paint_margin_bar(painter, bar, check, is_live=live is not None, pessimistic=row.pessimistic)
            left -= _GAP_PX
        line.setRight(left)
        _paint_words(
            painter,
            line,
            check.quantity if live is not None else _measured(check),
            size=SMALL_PX,
            weight=400,
            colour=tokens.text_3,
        )


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


def _paint_at_right(painter: QPainter, box: QRectF, words: str, *, size: int, weight: int, colour: str) -> float:
    """Draw words at the right end and return where they begin."""
    painter.setFont(ui_font(size, weight))
    painter.setPen(QColor(colour))
    painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
    return box.right() - painter.fontMetrics().horizontalAdvance(words)


def _paint_name(painter: QPainter, box: QRectF, name: str) -> None:
    """Draw a subject; what does not fit goes from its middle: side and level stand at the end (H-16)."""
    painter.setFont(ui_font(BODY_PX, 500))
    painter.setPen(QColor(theme().tokens.text_1))
    shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, int(box.width()))
    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, shown)


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
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.clicked.connect(self._ask)
        self.activated.connect(self._ask)

    def show_checks(self, checks: Sequence[Check], *, pessimistic: Mapping[RowKey, float] | None = None) -> None:
        """Show checks and take exactly the height they need."""
        self.checks.show_checks(checks, pessimistic=pessimistic)
        self.setFixedHeight(ROW_PX * len(checks) + 2)

    def show_live(self, rows: Sequence[LiveCheck]) -> None:
        """Show the rows of a preview in the same places."""
        self.checks.show_live(rows)
        self.setFixedHeight(ROW_PX * len(rows) + 2)

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

    def _ask(self, index: QModelIndex) -> None:
        self.jump_asked.emit(self.checks.checks[index.row()])
