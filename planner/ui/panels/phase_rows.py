"""Which phases does a schedule have? One row each: kind, duration, duty, and what can be done with it."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from planner.domain.errors import PlannerError
from planner.domain.protocol import Phase, PhaseKind
from planner.ui.theme.icons import set_icon
from planner.ui.widgets.fields import ChoiceField
from planner.ui.widgets.labels import label
from planner.ui.widgets.typed_field import duration_field, percent_field

HOLD = "hold"
_DURATION_PX, _DUTY_PX = 52, 60
_HOLD_DUTY = 0.5  # where a freeze becomes a hold, until its own share is typed
_KINDS = (
    ("Freeze", PhaseKind.FREEZE),
    ("Hold", HOLD),
    ("Passive thaw", PhaseKind.PASSIVE_THAW),
    ("Active thaw", PhaseKind.ACTIVE_THAW),
)
_KIND_TIP = (
    "Freeze: the gas flows all the time.\nHold: a freeze in which it flows a share of the time, which consoles call "
    "power.\nPassive thaw: no gas.\nActive thaw: the probe warms."
)


class PhaseDeed(StrEnum):
    """What can be done with one phase as a whole."""

    DOUBLE = "Double"
    UP = "Move up"
    DOWN = "Move down"
    REMOVE = "Remove"


class PhaseRow(QWidget):
    """One phase. ``edited(at, phase)``, ``asked(at, deed)``, ``refused(error)``."""

    edited = Signal(int, object)
    asked = Signal(int, object)
    refused = Signal(object)

    def __init__(self, at: int, phase: Phase) -> None:
        super().__init__()
        self._at, self._phase = at, phase
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        number = label(str(at + 1), "hint")
        number.setFixedWidth(10)
        self._kind = ChoiceField()
        self._kind.setAccessibleName(f"Kind of phase {at + 1}")
        self._kind.setToolTip(_KIND_TIP)
        self._kind.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for words, kind in _KINDS:
            self._kind.addItem(words, kind)
        self._duration = duration_field(f"Duration of phase {at + 1}")
        self._duration.setFixedWidth(_DURATION_PX)
        self._duty = percent_field(f"Duty of phase {at + 1}")
        self._duty.setFixedWidth(_DUTY_PX)
        self._kind.activated.connect(self._choose_kind)
        self._duration.typed.connect(lambda seconds: self._put(self._phase.kind, seconds, self._phase.duty))
        self._duty.typed.connect(lambda share: self._put(self._phase.kind, self._phase.duration_s, share / 100))
        self._duration.refused.connect(self.refused)
        self._duty.refused.connect(self.refused)
        for widget, stretch in ((number, 0), (self._kind, 1), (self._duration, 0), (self._duty, 0)):
            row.addWidget(widget, stretch)
        row.addWidget(self._deeds_button())
        self.show_phase(phase)

    def _deeds_button(self) -> QToolButton:
        button = QToolButton()
        set_icon(button, "dots-three", "text_2")
        button.setToolTip(f"Double, move or remove phase {self._at + 1}")
        button.setAccessibleName(f"Phase {self._at + 1}: double, move or remove")
        menu = QMenu(button)
        for deed in PhaseDeed:
            action = menu.addAction(deed.value)
            action.triggered.connect(lambda _checked=False, deed=deed: self.asked.emit(self._at, deed))
        button.clicked.connect(lambda: menu.popup(button.mapToGlobal(button.rect().bottomLeft())))
        return button

    def show_phase(self, phase: Phase) -> None:
        """Show a phase in this row."""
        self._phase = phase
        is_hold = phase.kind is PhaseKind.FREEZE and phase.duty < 1
        with QSignalBlocker(self._kind):
            self._kind.setCurrentIndex(self._kind.findData(HOLD if is_hold else phase.kind))
        self._duration.show_value(phase.duration_s)
        has_gas = phase.kind is not PhaseKind.PASSIVE_THAW
        self._duty.setEnabled(has_gas)
        self._duty.show_value(100 * phase.duty if has_gas else None)
        self._duty.setPlaceholderText("—")
        self._duty.setToolTip("Share of the time in which the gas flows" if has_gas else "A passive thaw has no gas")

    def _choose_kind(self, index: int) -> None:
        chosen = self._kind.itemData(index)
        if chosen == HOLD:
            is_partial = self._phase.kind is not PhaseKind.PASSIVE_THAW and self._phase.duty < 1
            self._put(PhaseKind.FREEZE, self._phase.duration_s, self._phase.duty if is_partial else _HOLD_DUTY)
        else:
            self._put(PhaseKind(chosen), self._phase.duration_s, 1.0)

    def _put(self, kind: PhaseKind, duration_s: float, duty: float) -> None:
        try:
            phase = Phase(kind, duration_s, duty)
        except PlannerError as error:
            self.show_phase(self._phase)
            self.refused.emit(error)
            return
        self.edited.emit(self._at, phase)
        self.show_phase(self._phase)


class PhaseRows(QWidget):
    """The rows of one schedule; a row stays the same widget while its phase is edited, and keeps the focus."""

    edited = Signal(int, object)
    asked = Signal(int, object)
    refused = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._rows: list[PhaseRow] = []

    def show_phases(self, phases: tuple[Phase, ...]) -> None:
        """Show a schedule."""
        for row in self._rows[len(phases) :]:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        del self._rows[len(phases) :]
        for row, phase in zip(self._rows, phases, strict=False):
            row.show_phase(phase)
        for at in range(len(self._rows), len(phases)):
            self._add(PhaseRow(at, phases[at]))

    def _add(self, row: PhaseRow) -> None:
        row.edited.connect(self.edited)
        row.asked.connect(self.asked)
        row.refused.connect(self.refused)
        self._rows.append(row)
        self._column.addWidget(row)
