"""Which structures are there, and who stands for them? One row each: line, name, role, volume, state, eye."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QAbstractItemView, QListView

from planner.ui.models.row_list import ROW_ROLE, RowListModel
from planner.ui.panels.structure_rows import EYE_PX, StructureDelegate
from planner.ui.panels.structure_words import volume_words

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance
    from PySide6.QtGui import QKeyEvent, QMouseEvent

    from planner.domain.identity import StructureId
    from planner.domain.structure import Structure

_Index = QModelIndex | QPersistentModelIndex
_ALONE = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ControlModifier


@dataclass(frozen=True, slots=True)
class StructureRow:
    """One structure as listed; ``role_line`` its role and margin in words, ``volume_ml`` None until it is counted."""

    structure: Structure
    role_line: str
    volume_ml: float | None
    is_hidden: bool = False
    side_remark: str = ""

    @property
    def key(self) -> StructureId:
        """Id of the structure."""
        return self.structure.id

    @property
    def name(self) -> str:
        """Its name."""
        return self.structure.name

    @property
    def tip(self) -> str:
        """The whole row in words, and how it was made."""
        return f"{self.spoken}\n{self.structure.method}".strip()

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been drawn yet."""
        return self.volume_ml == 0.0

    @property
    def second_line(self) -> str:
        """What stands under the name: what is wrong with it, else role and margin."""
        if self.is_empty:
            return "Empty: draw it"
        return "Check the side" if self.side_remark else self.role_line

    @property
    def spoken(self) -> str:
        """The whole row in words."""
        structure = self.structure
        state = f"confirmed by {structure.confirmed_by}" if structure.is_confirmed else "unconfirmed"
        volume = "empty" if self.is_empty else volume_words(self.volume_ml)
        parts = [structure.name, structure.kind.value, self.role_line, volume, state]
        return ", ".join(parts + ["hidden"] * self.is_hidden + [self.side_remark] * bool(self.side_remark))


class StructureListModel(RowListModel[StructureRow]):
    """Structures in plan order."""


class StructureList(QListView):
    """The list. Every signal carries a StructureId.

    ``eye_pressed`` on a click on a row's eye, or Space; ``alone_pressed`` when Alt or Ctrl is held meanwhile, to hide
    all others; ``go_pressed`` on a double click or Enter; ``confirm_pressed`` on Ctrl+Enter; ``remove_pressed`` on
    Delete; ``menu_asked`` (with the place on the screen) on a right click or the menu key.
    """

    eye_pressed = Signal(object)
    alone_pressed = Signal(object)
    go_pressed = Signal(object)
    confirm_pressed = Signal(object)
    remove_pressed = Signal(object)
    menu_asked = Signal(object, QPoint)

    def __init__(self, model: StructureListModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setItemDelegate(StructureDelegate(self))
        self.setUniformItemSizes(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setAccessibleName("Structures")
        self.setAccessibleDescription(
            "Space hides or shows a structure, Enter goes to it, Ctrl+Enter confirms it, Delete removes it"
        )
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a press on an eye; any other selects."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and eye_box(self.visualRect(index)).contains(event.position().toPoint()):
            if event.button() == Qt.MouseButton.LeftButton:
                signal = self.alone_pressed if event.modifiers() & _ALONE else self.eye_pressed
                signal.emit(_id_at(index))
            return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go to the structure; on an eye a second click is a click."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and eye_box(self.visualRect(index)).contains(event.position().toPoint()):
            self.mousePressEvent(event)
        elif index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self.go_pressed.emit(_id_at(index))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space hides or shows, Enter goes there, Ctrl+Enter confirms, Delete removes."""
        index = self.currentIndex()
        signal = self._signal_of(event)
        if signal is None or not index.isValid():
            super().keyPressEvent(event)
        else:
            signal.emit(_id_at(index))

    def _signal_of(self, event: QKeyEvent) -> SignalInstance | None:
        is_alone = bool(event.modifiers() & _ALONE)
        if event.key() == Qt.Key.Key_Space:
            return self.alone_pressed if is_alone else self.eye_pressed
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return self.confirm_pressed if event.modifiers() & Qt.KeyboardModifier.ControlModifier else self.go_pressed
        return self.remove_pressed if event.key() == Qt.Key.Key_Delete else None

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the row under the mouse, or of the chosen row."""
        is_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if is_key else self.indexAt(event.pos())
        if not index.isValid():
            return
        self.setCurrentIndex(index)
        at = self.viewport().mapToGlobal(self.visualRect(index).center()) if is_key else event.globalPos()
        self.menu_asked.emit(_id_at(index), at)


def _id_at(index: QModelIndex) -> StructureId:
    row: StructureRow = index.data(ROW_ROLE)
    return row.structure.id


def eye_box(row: QRect) -> QRect:
    """Return where the eye of a row is pressed."""
    return row.adjusted(row.width() - EYE_PX, 0, 0, 0)
