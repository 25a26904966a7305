"""Which signs were there, what came back, and is the treatment to be repeated? Each open until it is answered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from planner.domain.follow_up import Sign, SignSeen
from planner.domain.intake import Answer
from planner.persistence.follow_up_table import follow_up_rules
from planner.ui.case.follow_up_choice import ChoiceBar
from planner.ui.case.follow_up_words import ANSWER_LETTERS, ANSWERS, RECOVERIES
from planner.ui.panels.target_words import citation_of
from planner.ui.widgets.fields import text_field
from planner.ui.widgets.labels import label, plain_tip

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLabel, QLineEdit

    from planner.domain.follow_up import FollowUp, Recovered

_NAME_PX = 128


class Findings(QWidget):
    """Signs with a remark each, recovery against what is expected, and repeat treatment. ``edited(what)``."""

    edited = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        column.addWidget(label("Signs", "heading"))
        self.signs: dict[Sign, ChoiceBar[Answer]] = {}
        self.remarks: dict[Sign, QLineEdit] = {}
        self._hints: dict[Sign, QLabel] = {}
        for sign in Sign:
            self._add_sign(column, sign)
        column.addSpacing(4)
        column.addWidget(label("Recovery of feeling and strength", "heading"))
        self.recovered: ChoiceBar[Recovered] = ChoiceBar("Recovery", RECOVERIES)
        self.recovered.chosen.connect(lambda _value: self.edited.emit("recovery at"))
        column.addWidget(self.recovered)
        self._recovery = label("", "hint", wrap=True)
        column.addWidget(self._recovery)
        self.recovered_text = self._remark("Remark on recovery", "Remark, such as what is still numb")
        column.addWidget(self.recovered_text)
        column.addSpacing(4)
        column.addWidget(label("Repeat the treatment", "heading"))
        self.repeat: ChoiceBar[Answer] = ChoiceBar("Repeat the treatment", ANSWERS, letters=ANSWER_LETTERS)
        self.repeat.chosen.connect(lambda _value: self.edited.emit("repeat treatment at"))
        column.addWidget(self.repeat)
        self.repeat_text = self._remark("When to repeat, or why not", "When, or why not")
        column.addWidget(self.repeat_text)

    def _add_sign(self, column: QVBoxLayout, sign: Sign) -> None:
        note = follow_up_rules().note(sign)
        name = sign.value[0].upper() + sign.value[1:]
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        caption = label(name, "name")
        caption.setFixedWidth(_NAME_PX)
        bar: ChoiceBar[Answer] = ChoiceBar(name, ANSWERS, letters=ANSWER_LETTERS)
        bar.chosen.connect(lambda _value: self._choose_sign(sign))
        remark = self._remark(f"Remark on {sign.value}", "Remark")
        hint = label(note.text, "hint", wrap=True)
        hint.setToolTip(plain_tip(f"Source: {citation_of(note.source) or note.status.value}"))
        grid.addWidget(caption, 0, 0)
        grid.addWidget(bar, 0, 1)
        grid.addWidget(hint, 1, 0, 1, 2)
        grid.addWidget(remark, 2, 0, 1, 2)
        column.addLayout(grid)
        self.signs[sign], self.remarks[sign], self._hints[sign] = bar, remark, hint

    def _remark(self, name: str, hint: str) -> QLineEdit:
        field = text_field(name=name, hint=hint)
        field.editingFinished.connect(lambda: self.edited.emit("remark on") if field.isModified() else None)
        return field

    def _choose_sign(self, sign: Sign) -> None:
        self._show_remark(sign)
        self.edited.emit(f"{sign.value} at")

    def _show_remark(self, sign: Sign) -> None:
        """Offer a remark where a sign was there, or where one is written already."""
        is_there = self.signs[sign].value is Answer.YES
        self.remarks[sign].setVisible(is_there or bool(self.remarks[sign].text()))

    def show_follow_up(self, one: FollowUp) -> None:
        """Show what is recorded; a remark that is being typed stays."""
        for sign, bar in self.signs.items():
            seen = one.sign(sign)
            bar.show_value(None if seen is None else seen.answer)
            self._show_text(self.remarks[sign], "" if seen is None else seen.text)
            self._show_remark(sign)
        self.recovered.show_value(one.recovered)
        self._show_text(self.recovered_text, one.recovered_text)
        self.repeat.show_value(one.repeat)
        self._show_text(self.repeat_text, one.repeat_text)

    def show_standing(self, *, recovery: str, neuritis: str) -> None:
        """Say how recovery stands, and until when neuritis is expected."""
        self._recovery.setText(recovery)
        self._hints[Sign.NEURITIS].setText(neuritis)

    def read(self, one: FollowUp) -> FollowUp:
        """Return the record with what is answered here; what is open is not among it."""
        signs = tuple(
            SignSeen(sign, bar.value, self.remarks[sign].text().strip())
            for sign, bar in self.signs.items()
            if bar.value is not None
        )
        return replace(
            one,
            signs=signs,
            recovered=self.recovered.value,
            recovered_text=self.recovered_text.text().strip(),
            repeat=self.repeat.value,
            repeat_text=self.repeat_text.text().strip(),
        )

    def take(self) -> None:
        """Regard what is typed as kept; a remark on a sign that is open waits for its answer."""
        for sign, field in self.remarks.items():
            if self.signs[sign].value is not None:
                field.setModified(False)
        for field in (self.recovered_text, self.repeat_text):
            field.setModified(False)

    def forget(self) -> None:
        """Let go of what is typed."""
        for field in (*self.remarks.values(), self.recovered_text, self.repeat_text):
            field.setModified(False)

    def _show_text(self, field: QLineEdit, text: str) -> None:
        if not field.isModified():
            field.setText(text)
