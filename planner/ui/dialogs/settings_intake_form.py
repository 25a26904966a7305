"""How is one question of the intake worded, and of which targets is it asked? The fields beside the list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout

from planner.domain.intake import LONGEST_HINT, LONGEST_QUESTION, ItemKind
from planner.persistence.resources import atlas
from planner.ui.panels.panel import field_row
from planner.ui.widgets.fields import text_field
from planner.ui.widgets.labels import label
from planner.ui.widgets.tick_box import TickBox

if TYPE_CHECKING:
    from planner.domain.intake import IntakeItem

_LABEL_PX = 84
_COLUMNS = 2
KIND_WORDS = {
    ItemKind.CHECK: "Yes, no or not applicable, with a remark",
    ItemKind.TEXT: "Words; yes keeps them",
    ItemKind.SCORES: "Pain, function and opioid dose before treatment",
    ItemKind.BLOCK: "The diagnostic block, or why there is none; READY rests on it",
}


class QuestionForm(QFrame):
    """Fields of one question. ``edited(IntakeItem)`` when one of them was left with something else in it."""

    edited = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._item: IntakeItem | None = None
        self.question = text_field(name="Question")
        self.question.setMaxLength(LONGEST_QUESTION)
        self.hint = text_field(name="Hint", hint="what to write or to look for; may be empty")
        self.hint.setMaxLength(LONGEST_HINT)
        self.alert = TickBox("Stands out until it is answered")
        self.targets: dict[str, TickBox] = {}
        self.kind, self.origin = label("", wrap=True), label("", wrap=True)
        self._said_targets = label("", "secondary", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(field_row("Question", self.question, width_px=_LABEL_PX))
        column.addLayout(field_row("Hint", self.hint, width_px=_LABEL_PX))
        column.addLayout(field_row("Answer", self.kind, width_px=_LABEL_PX))
        column.addLayout(field_row("Source", self.origin, width_px=_LABEL_PX))
        column.addWidget(self.alert)
        column.addWidget(self._said_targets)
        column.addLayout(self._ticks())
        column.addStretch(1)
        self.question.editingFinished.connect(self._tell)
        self.hint.editingFinished.connect(self._tell)
        self.alert.clicked.connect(self._tell)

    def _ticks(self) -> QGridLayout:
        """Return a tick for every target of the atlas, in columns."""
        grid = QGridLayout()
        grid.setVerticalSpacing(0)
        entries = sorted(atlas(), key=lambda entry: entry.name.casefold())
        rows = -(-len(entries) // _COLUMNS)
        for at, entry in enumerate(entries):
            tick = TickBox(entry.name)
            tick.clicked.connect(self._tell)
            self.targets[entry.id] = tick
            grid.addWidget(tick, at % rows, at // rows)
        return grid

    def show_item(self, item: IntakeItem) -> None:
        """Show a question."""
        self._item = None  # what is filled in here is no edit
        for field, text in ((self.question, item.question), (self.hint, item.hint)):
            if field.text() != text:
                field.setText(text)
                field.setCursorPosition(0)
        self.alert.setChecked(item.is_alert)
        self.kind.setText(KIND_WORDS[item.kind])
        self.origin.setText(item.origin)
        for name, tick in self.targets.items():
            tick.setChecked(name in item.only_for)
        always = "Asked of every case; tick targets to ask of these alone."
        self._said_targets.setText("Asked of the ticked targets alone." if item.only_for else always)
        self._item = item

    def item(self) -> IntakeItem | None:
        """Return the question as it is typed; None while none is shown. Words that are deleted stay as they were."""
        if self._item is None:
            return None
        return replace(
            self._item,
            question=self.question.text().strip() or self._item.question,
            hint=self.hint.text().strip(),
            is_alert=self.alert.isChecked(),
            only_for=tuple(name for name, tick in self.targets.items() if tick.isChecked()),
        )

    def _tell(self) -> None:
        typed = self.item()
        if typed is None or self._item is None:
            return
        if set(typed.only_for) == set(self._item.only_for):
            typed = replace(typed, only_for=self._item.only_for)
        if typed != self._item:
            self.edited.emit(typed)
