"""Which step is next? A rail: one row per step with its state, and the way on at the foot of the workflow's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from planner.ui.steps import STEP_ICONS, StepState, WorkStep
from planner.ui.theme.fonts import BODY_PX, SECONDARY_PX, SMALL_PX, ui_font
from planner.ui.theme.icons import paint_icon
from planner.ui.theme.theme import theme
from planner.ui.theme.tokens import RAIL_FOLDED_PX, RAIL_PX, RAIL_ROW_PX
from planner.ui.widgets.labels import label, rule_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from enum import StrEnum

    from planner.ui.theme.tokens import StateStyle

_Index = QModelIndex | QPersistentModelIndex
_STATE_ROLE = Qt.ItemDataRole.UserRole


class RailRow(Protocol):
    """One row: the step it is about, its state, one line on what is there or missing, and a longer sentence."""

    @property
    def step(self) -> StrEnum:
        """The step; its value is its name."""

    @property
    def style(self) -> StateStyle:
        """Icon and colour of its state."""

    @property
    def line(self) -> str:
        """What is there or missing."""

    @property
    def note(self) -> str:
        """A longer sentence; may be empty."""


class StepModel(QAbstractListModel):
    """The rows of a rail."""

    def __init__(self) -> None:
        super().__init__()
        self._states: tuple[RailRow, ...] = ()

    def show_states(self, states: Sequence[RailRow]) -> None:
        """Refresh the rows; the chosen one stays chosen."""
        new = tuple(states)
        if new == self._states:
            return
        if len(new) == len(self._states):
            self._states = new
            self.dataChanged.emit(self.index(0), self.index(len(new) - 1))
            return
        self.beginResetModel()
        self._states = new
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return the number of steps."""
        return 0 if parent.isValid() else len(self._states)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return name, spoken row, tooltip or the row itself."""
        state = self._states[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return state.step.value
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{state.step.value}, {state.style.word}: {state.line}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(part for part in (f"{state.step.value}: {state.line}", state.note) if part)
        return state if role == _STATE_ROLE else None


class StepDelegate(QStyledItemDelegate):
    """Draws a step: selection bar, state icon, name and line; when folded, step icon over state icon."""

    folded = False

    def __init__(self, icons: Mapping[StrEnum, str]) -> None:
        super().__init__()
        self._icons = icons

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the height of every row."""
        del option, index
        return QSize(RAIL_FOLDED_PX, RAIL_ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one row."""
        state: RailRow = index.data(_STATE_ROLE)
        tokens = theme().tokens
        box = QRectF(option.rect)
        flags = option.state
        painter.save()
        if flags & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, QColor(tokens.sel))
            painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), QColor(tokens.accent))
        elif flags & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, QColor(tokens.raised))
        colour = getattr(tokens, state.style.colour)
        if self.folded:
            paint_icon(
                painter,
                self._icons[state.step],
                colour=tokens.text_1,
                box=QRectF(box.left() + 18, box.top() + 8, 20, 20),
            )
            paint_icon(painter, state.style.icon, colour=colour, box=QRectF(box.left() + 21, box.top() + 31, 14, 14))
        else:
            paint_icon(painter, state.style.icon, colour=colour, box=QRectF(box.left() + 18, box.top() + 10, 16, 16))
            self._paint_text(painter, box, state)
        if flags & QStyle.StateFlag.State_HasFocus and flags & QStyle.StateFlag.State_KeyboardFocusChange:
            painter.setPen(QColor(tokens.accent))
            painter.drawRect(box.adjusted(1, 1, -2, -2))
        painter.restore()

    def _paint_text(self, painter: QPainter, box: QRectF, state: RailRow) -> None:
        tokens = theme().tokens
        left, width = box.left() + 46, box.width() - 48
        painter.setFont(ui_font(BODY_PX, 500))
        painter.setPen(QColor(tokens.text_1))
        painter.drawText(QRectF(left, box.top() + 8, width, 18), Qt.AlignmentFlag.AlignVCenter, state.step.value)
        painter.setFont(ui_font(SECONDARY_PX))
        if painter.fontMetrics().horizontalAdvance(state.line) > width:
            painter.setFont(ui_font(SMALL_PX))
        painter.setPen(QColor(tokens.text_2))
        line = painter.fontMetrics().elidedText(state.line, Qt.TextElideMode.ElideRight, int(width))
        painter.drawText(QRectF(left, box.top() + 26, width, 16), Qt.AlignmentFlag.AlignVCenter, line)


class WorkflowRail(QFrame):
    """The rail. ``step_chosen`` is sent when the user goes to another step."""

    step_chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("rail")
        self._model = StepModel()
        self._delegate = StepDelegate(STEP_ICONS)
        self.list = step_list(self._model, self._delegate, name="Workflow")
        self.list.selectionModel().currentChanged.connect(self._on_current)
        self._caption = label("WORKFLOW", "caption")
        self._caption.setContentsMargins(16, 14, 8, 8)
        self._note = label("", "secondary", wrap=True)
        self._next = QPushButton("Next")
        self._next.clicked.connect(self._go_next)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._caption)
        column.addWidget(self.list, 1)
        column.addWidget(rule_line())
        self._foot = self._make_foot()
        column.addWidget(self._foot)
        self._states: tuple[StepState, ...] = ()
        self.set_folded(folded=False)

    def _make_foot(self) -> QWidget:
        foot = QWidget()
        column = QVBoxLayout(foot)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(8)
        column.addWidget(self._note)
        column.addWidget(self._next)
        return foot

    @property
    def current(self) -> WorkStep:
        """The step being worked on."""
        row = max(0, self.list.currentIndex().row())
        return list(WorkStep)[row]

    @property
    def is_folded(self) -> bool:
        """Whether only icons are shown."""
        return self._delegate.folded

    def show_states(self, states: Sequence[StepState]) -> None:
        """Refresh every row; keeps the selection."""
        self._states = tuple(states)
        self._model.show_states(states)
        if not self.list.currentIndex().isValid():
            self.go_to(WorkStep.STUDY)
        self._show_foot()

    def go_to(self, step: WorkStep) -> None:
        """Select a step."""
        self.list.setCurrentIndex(self._model.index(list(WorkStep).index(step)))

    def set_folded(self, *, folded: bool) -> None:
        """Show icons only, or icons and words."""
        self._delegate.folded = folded
        self.setFixedWidth(RAIL_FOLDED_PX if folded else RAIL_PX)
        self._caption.setVisible(not folded)
        self._foot.setVisible(not folded)
        self.list.doItemsLayout()

    def _go_next(self) -> None:
        following = self.current.next
        if following is not None:
            self.go_to(following)

    def _on_current(self, current: QModelIndex) -> None:
        if current.isValid():
            self._show_foot()
            self.step_chosen.emit(self.current)

    def _show_foot(self) -> None:
        if not self._states:
            return
        following = self.current.next
        note = self._states[list(WorkStep).index(self.current)].note
        self._note.setText(note if note or following is None else f"Next: {following.value.lower()}")
        self._next.setVisible(following is not None)
        if following is not None:
            self._next.setText(f"Next: {following.value}")


def step_list(model: StepModel, delegate: StepDelegate, *, name: str) -> QListView:
    """Return the list of a rail's steps."""
    made = QListView()
    made.setModel(model)
    made.setItemDelegate(delegate)
    made.setUniformItemSizes(True)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setMouseTracking(True)
    made.setAccessibleName(name)
    return made
