"""How did each check come out? Rows under their subjects, those with the worst verdict first; Enter jumps.

While a probe moves the rows stay where they are and hold the preview's numbers, with no verdict in any (H-13). A
structure unfolds its figures, painted under its last row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPointF, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from planner.report.numbers import judged
from planner.ui.panels.check_delegate import HEAD_PX, ROW_ROLE, CheckDelegate, CheckRow, row_height_px
from planner.ui.widgets.labels import plain_tip

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from PySide6.QtGui import QKeyEvent, QMouseEvent

    from planner.domain.assessment import Check
    from planner.services.live_checks import LiveCheck
    from planner.ui.panels.structure_figures import FigureBlock

_Index = QModelIndex | QPersistentModelIndex
_CHECK_ROLE = Qt.ItemDataRole.UserRole
_HEAD = "Check"


def worst_first(checks: Sequence[Check]) -> tuple[Check, ...]:
    """Return the checks by subject: the subject with the worst verdict first, and in it the worst of its rows."""
    worst: dict[str, int] = {}
    for check in checks:
        worst[check.subject_id] = max(worst.get(check.subject_id, 0), check.verdict.rank)
    place = {subject_id: n for n, subject_id in enumerate(sorted(worst, key=lambda each: -worst[each]))}
    return tuple(sorted(checks, key=lambda check: (place[check.subject_id], -check.verdict.rank)))


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


def _key(row: CheckRow) -> RowKey:
    return row.check.subject_id, row.check.quantity


class CheckModel(QAbstractTableModel):
    """Checks as rows, worst subject first; or the rows of a preview, in the order in which they were."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[CheckRow, ...] = ()
        self._blocks: dict[str, FigureBlock] = {}
        self._unfolded: set[str] = set()

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks as shown."""
        return tuple(row.check for row in self._rows)

    @property
    def rows(self) -> tuple[CheckRow, ...]:
        """The rows as shown."""
        return self._rows

    def show_checks(
        self,
        checks: Sequence[Check],
        *,
        pessimistic: Mapping[RowKey, float] | None = None,
        blocks: Mapping[str, FigureBlock] | None = None,
    ) -> None:
        """Replace the rows; ``pessimistic`` is the unfavourable end of the band of some, ``blocks`` what unfolds."""
        ends = pessimistic or {}
        self._blocks = dict(blocks or {})
        self._replace(CheckRow(c, None, ends.get((c.subject_id, c.quantity))) for c in worst_first(checks))

    def show_live(self, rows: Sequence[LiveCheck]) -> None:
        """Replace the rows by those of a preview."""
        self._blocks = {subject_id: block.waiting() for subject_id, block in self._blocks.items()}
        self._replace(CheckRow(row.check, row) for row in rows)

    def fold(self, subject_id: str) -> bool:
        """Unfold the figures of a subject, or fold them again; False where there are none."""
        if subject_id not in self._blocks:
            return False
        self._unfolded ^= {subject_id}
        self._replace(self._rows)
        return True

    def _replace(self, rows: Iterable[CheckRow]) -> None:
        """Put rows in place; the same checks as before keep their places, and with them what is selected."""
        before, after = self._rows, self._grouped(tuple(rows))
        if after and [_key(row) for row in before] == [_key(row) for row in after]:
            self._rows = after
            for number, (old, new) in enumerate(zip(before, after, strict=True)):
                if old != new:  # a row that stays is not painted again
                    self.dataChanged.emit(self.index(number, 0), self.index(number, 0))
            return
        self.beginResetModel()
        self._rows = after
        self.endResetModel()

    def _grouped(self, rows: tuple[CheckRow, ...]) -> tuple[CheckRow, ...]:
        """Mark where each subject begins, and lay its figures under its last row where they are unfolded."""
        ids = [row.check.subject_id for row in rows]
        marked = []
        for n, row in enumerate(rows):
            is_first, is_last = n == 0 or ids[n - 1] != ids[n], n + 1 == len(ids) or ids[n + 1] != ids[n]
            block = self._blocks.get(ids[n])
            is_unfolded = block is not None and ids[n] in self._unfolded
            marked.append(
                row._replace(
                    is_first=is_first,
                    can_unfold=is_first and block is not None,
                    is_unfolded=is_unfolded,
                    block=block if is_last and is_unfolded else None,
                )
            )
        return tuple(marked)

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
            spoken = row.spoken(spoken_check(check)) if live is None else spoken_live(live)
            return plain_tip(spoken) if role == Qt.ItemDataRole.ToolTipRole else spoken
        return {_CHECK_ROLE: check, ROW_ROLE: row}.get(role)


class CheckTable(QTableView):
    """The table. ``jump_asked(Check)`` on click or Enter, ``place_asked(point)`` on a line of unfolded figures."""

    jump_asked = Signal(object)
    place_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.checks = CheckModel()
        self._pressed_at: QPointF | None = None
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
        self.verticalHeader().setMinimumSectionSize(1)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.clicked.connect(self._on_click)
        self.activated.connect(self._ask)

    def show_checks(
        self,
        checks: Sequence[Check],
        *,
        pessimistic: Mapping[RowKey, float] | None = None,
        blocks: Mapping[str, FigureBlock] | None = None,
    ) -> None:
        """Show checks and take exactly the height they need; ``blocks`` are the figures that subjects unfold."""
        self.checks.show_checks(checks, pessimistic=pessimistic, blocks=blocks)
        self._fit()

    def show_live(self, rows: Sequence[LiveCheck]) -> None:
        """Show the rows of a preview in the same places."""
        self.checks.show_live(rows)
        self._fit()

    def unfold(self, row: int) -> None:
        """Unfold the figures of a row's subject, or fold them again."""
        if self.checks.fold(self.checks.checks[row].subject_id):
            self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Unfold with Space; everything else as usual."""
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self.unfold(self.currentIndex().row())
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Keep where in a row the press is: its head unfolds, figures under it have places of their own."""
        self._pressed_at = event.position()
        super().mousePressEvent(event)

    def _fit(self) -> None:
        heights = [row_height_px(row) for row in self.checks.rows]
        for number, height in enumerate(heights):
            if self.rowHeight(number) != height:
                self.setRowHeight(number, height)
        if self.height() != sum(heights) + 2:
            self.setFixedHeight(sum(heights) + 2)

    def select_next(self) -> Check | None:
        """Select the next check that has a place, worst first, and return it; after the last comes the first."""
        checks = self.checks.checks
        order = sorted(range(len(checks)), key=lambda row: -checks[row].verdict.rank)
        current = self.currentIndex().row() if self.currentIndex().isValid() else None
        start = order.index(current) + 1 if current is not None else 0
        for row in (*order[start:], *order[:start]):
            if checks[row].worst_point_lps_mm is not None:
                self.selectRow(row)
                return checks[row]
        return None

    def _on_click(self, index: QModelIndex) -> None:
        row, pressed = self.checks.rows[index.row()], self._pressed_at
        box = self.visualRect(index)
        y_px = 0.0 if pressed is None else pressed.y() - box.top()
        if row.can_unfold and y_px < HEAD_PX:
            self.unfold(index.row())
        elif row.block is not None and y_px >= box.height() - row.block.height_px:
            place = row.block.place_at(y_px - (box.height() - row.block.height_px))
            if place is not None:
                self.place_asked.emit(place)
        else:
            self._ask(index)

    def _ask(self, index: QModelIndex) -> None:
        self.jump_asked.emit(self.checks.checks[index.row()])
