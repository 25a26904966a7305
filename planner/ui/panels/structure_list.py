"""Which structures are there, and who stands for them? One row each: line, name, role, volume, state, eye."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt, Signal

from planner.ui.panels.structure_rows import EYE_PX, StructureDelegate
from planner.ui.panels.structure_words import volume_words
from planner.ui.widgets.row_list import RowList, RowListModel, key_at

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


class StructureList(RowList):
    """The list. Every signal carries a StructureId.

    ``eye_pressed`` on a click on a row's eye, or Space; ``alone_pressed`` when Alt or Ctrl is held meanwhile, to hide
    all others; ``confirm_pressed`` on Ctrl+Enter.
    """

    eye_pressed = Signal(object)
    alone_pressed = Signal(object)
    confirm_pressed = Signal(object)

    def __init__(self, model: StructureListModel) -> None:
        super().__init__(
            model,
            name="Structures",
            description="Space hides or shows a structure, Enter goes to it, Ctrl+Enter confirms it, Delete removes it",
        )
        self.setItemDelegate(StructureDelegate(self))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a press on an eye; any other selects."""
        index = self.indexAt(event.position().toPoint())
        if not self._is_on_eye(event):
            super().mousePressEvent(event)
        elif event.button() == Qt.MouseButton.LeftButton:
            signal = self.alone_pressed if event.modifiers() & _ALONE else self.eye_pressed
            signal.emit(key_at(index))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go to the structure; on an eye a second click is a click."""
        if self._is_on_eye(event):
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)

    def _is_on_eye(self, event: QMouseEvent) -> bool:
        place = event.position().toPoint()
        index = self.indexAt(place)
        return index.isValid() and eye_box(self.visualRect(index)).contains(place)

    def signal_of(self, event: QKeyEvent) -> SignalInstance | None:
        """Return what a key sends: Space hides or shows, Enter goes there, Ctrl+Enter confirms, Delete removes."""
        if event.key() == Qt.Key.Key_Space:
            return self.alone_pressed if event.modifiers() & _ALONE else self.eye_pressed
        has_ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        return self.confirm_pressed if is_enter and has_ctrl else super().signal_of(event)


def eye_box(row: QRect) -> QRect:
    """Return where the eye of a row is pressed."""
    return row.adjusted(row.width() - EYE_PX, 0, 0, 0)
