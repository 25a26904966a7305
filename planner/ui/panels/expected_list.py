"""Is everything there that the atlas expects near a target? Present, unconfirmed, missing or waived by name (H-28)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.domain.waiver import Waiver
from planner.services.session import utc_now
from planner.services.structure_commands import WaiveExpected, WithdrawWaiver
from planner.ui.panels.panel import SIDE_PX, clear_layout
from planner.ui.panels.reason_form import ReasonForm
from planner.ui.panels.structure_words import capital
from planner.ui.theme.tokens import StateStyle
from planner.ui.widgets.labels import ElidedLabel, IconLabel, label, plain_tip, rule_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.atlas import ExpectedStructure
    from planner.domain.structure import Structure
    from planner.planning.expected import ExpectedRow
    from planner.ui.desk import Desk

PRESENT = StateStyle("present", "check-circle", "good", "good_tint")
UNCONFIRMED = StateStyle("present, unconfirmed", "warning", "check", "check_tint")
MISSING = StateStyle("missing", "warning", "check", "check_tint")
EMPTY = StateStyle("empty, not drawn yet", "warning", "check", "check_tint")
WAIVED = StateStyle("waived", "minus-circle", "not_assessed", "not_assessed_tint")
_ROW_PX = 30


class ExpectedList(QFrame):
    """The expected structures under the name of each target.

    ``new_asked(ExpectedStructure)`` to draw a missing one; ``show_asked(StructureId)`` to see one that is there.
    """

    new_asked = Signal(object)
    show_asked = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("section")
        self.setAccessibleName("Expected near the target")
        self._desk = desk
        self._rows: tuple[ExpectedRow, ...] = ()
        self._empty: tuple[Structure, ...] = ()
        self._waiving: tuple[str, str] | None = None
        self._form: ReasonForm | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(SIDE_PX, 8, SIDE_PX, 8)
        self._column.setSpacing(0)
        self.hide()

    def show_rows(self, rows: Sequence[ExpectedRow], *, empty: Sequence[Structure] = ()) -> None:
        """Show what is expected, unless it is shown already; ``empty`` are structures without a voxel."""
        if (tuple(rows), tuple(empty)) == (self._rows, self._empty):
            return
        self._rows, self._empty = tuple(rows), tuple(empty)
        if self._waiving not in [_key(row) for row in self._rows if self._state_of(row) is MISSING]:
            self._waiving = None
        self._build()

    def _build(self) -> None:
        typed = None if self._form is None else self._form.typed()
        self._form = None
        clear_layout(self._column)
        self.setVisible(bool(self._rows))
        heads: set[str] = set()
        for row in self._rows:
            if row.target_words not in heads:
                self._column.addWidget(_Head(row.target_words, is_first=not heads))
                heads.add(row.target_words)
            self._column.addWidget(self._row_of(row))
            if self._waiving == _key(row) and self._state_of(row) is MISSING and self._form is None:
                self._form = self._waive_form(row.expected)
                self._column.addWidget(self._form)
                if typed is None:
                    self._form.begin()
                else:
                    self._form.resume(typed)
            self._column.addWidget(rule_line())

    def _row_of(self, row: ExpectedRow) -> QWidget:
        state, name = self._state_of(row), capital(row.expected.name)
        made = _Row()
        line = QHBoxLayout(made)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(IconLabel(state.icon, state.colour))
        shown = ElidedLabel()
        shown.show_text(name)
        line.addWidget(shown, 1)
        words = state.word if row.waiver is None or state is not WAIVED else f"waived by {row.waiver.who}"
        said = label(words, "hint")
        line.addWidget(said)
        made.setAccessibleName(f"{name}: {words}")
        begun = self._begun(row.expected) if state is MISSING else None
        if begun is not None:
            said.setText("begun, empty")
            made.setAccessibleName(f"{name}: begun, empty")
            line.addWidget(_link("Show", f"Go to {begun.name}", lambda: self.show_asked.emit(begun.id)))
        elif state is MISSING:
            line.addWidget(_link("New", f"Draw {name.lower()}", lambda: self.new_asked.emit(row.expected)))
        if state is MISSING:
            line.addWidget(_link("Waive…", f"Waive {name.lower()} by name", lambda: self._begin(row.expected)))
        elif state is WAIVED and row.waiver is not None:
            said.setToolTip(plain_tip(f"{row.waiver.words}\n{row.waiver.at}"))
            line.addWidget(_link("Withdraw", f"Withdraw the waiver of {name.lower()}", lambda: self._withdraw(row)))
        else:
            first = next((s for s in row.found if not s.is_confirmed), row.found[0])
            line.addWidget(_link("Show", f"Go to {first.name}", lambda: self.show_asked.emit(first.id)))
        return made

    def _state_of(self, row: ExpectedRow) -> StateStyle:
        if not row.found:
            return MISSING if row.waiver is None else WAIVED
        if all(structure in self._empty for structure in row.found):
            return EMPTY
        return PRESENT if all(structure.is_confirmed for structure in row.found) else UNCONFIRMED

    def _begun(self, expected: ExpectedStructure) -> Structure | None:
        """Return the structure that was begun as this one and holds nothing yet; it is missing all the same (H-28)."""
        wanted = expected.name.lower()
        return next(
            (s for s in self._empty if s.kind.value == expected.kind and s.name.lower().startswith(wanted)), None
        )

    # --- waiving -----------------------------------------------------------------------------------------------------

    def _begin(self, expected: ExpectedStructure) -> None:
        self._waiving = (expected.name, expected.kind)
        self._form = None
        self._build()

    def _end(self) -> None:
        self._waiving = None
        self._build()

    def _waive_form(self, expected: ExpectedStructure) -> ReasonForm:
        form = ReasonForm(
            f"Waive {expected.name}",
            verb="Waive",
            note="It stays NOT ASSESSED in assessment and report, with this name and reason.",
            who=self._desk.who,
            reason_hint="Why it need not be segmented",
        )
        form.given.connect(lambda who, reason: self._waive(expected, who=who, reason=reason))
        form.left.connect(self._end)
        form.lacking.connect(self._desk.say)
        return form

    def _waive(self, expected: ExpectedStructure, *, who: str, reason: str) -> None:
        self._desk.who = who
        self._waiving = None
        self._desk.apply(WaiveExpected(Waiver(expected.name, expected.kind, who, utc_now(), reason)))

    def _withdraw(self, row: ExpectedRow) -> None:
        self._desk.apply(WithdrawWaiver(row.expected.name, row.expected.kind))


class _Row(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(_ROW_PX)


class _Head(QWidget):
    """The heading of one target, and where what follows is from."""

    def __init__(self, words: str, *, is_first: bool) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0 if is_first else 10, 0, 6)
        title = ElidedLabel("heading")
        title.show_text(f"Expected near {words[:1].lower()}{words[1:]}")
        row.addWidget(title, 1)
        row.addWidget(label("nerve atlas", "hint"))


def _key(row: ExpectedRow) -> tuple[str, str]:
    return row.expected.name, row.expected.kind


def _link(text: str, tip: str, act: object) -> QPushButton:
    button = QPushButton(text)
    button.setProperty("look", "link")
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    button.clicked.connect(act)
    return button
