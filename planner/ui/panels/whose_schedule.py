"""Whose phases are shown? Those of all probes, or of one that has its own, with its way there and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.domain.identity import ProbeId
from planner.planning.phase_edits import delay_s, has_own
from planner.ui.panels.panel import field_row
from planner.ui.widgets.fields import ChoiceField
from planner.ui.widgets.labels import label
from planner.ui.widgets.typed_field import duration_field

if TYPE_CHECKING:
    from planner.domain.plan import Plan

_ALL = ""


class WhoseSchedule(QWidget):
    """The choice above the phases.

    ``chosen`` when another schedule is looked at; ``own_asked`` and ``common_asked`` for the probe looked at;
    ``delay_typed(s)`` when it is to start later; ``refused(error)``.
    """

    chosen = Signal()
    own_asked = Signal()
    common_asked = Signal()
    delay_typed = Signal(float)
    refused = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self._choice = ChoiceField()
        self._choice.setAccessibleName("Schedule of")
        self._choice.activated.connect(lambda _index: self.chosen.emit())
        column.addLayout(field_row("Schedule of", self._choice, width_px=80))
        self._delay_row = QWidget()
        self._delay = duration_field("Starts after")
        self._delay.typed.connect(self.delay_typed)
        self._delay.refused.connect(self.refused)
        row = field_row("Starts after", self._delay, width_px=80)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label("a passive thaw before all else", "hint"))
        self._delay.setFixedWidth(64)
        self._delay_row.setLayout(row)
        column.addWidget(self._delay_row)
        foot = QHBoxLayout()
        self._state = label("", "secondary", wrap=True)
        self._turn = QPushButton("")
        self._turn.clicked.connect(self._ask)
        foot.addWidget(self._state, 1)
        foot.addWidget(self._turn)
        column.addLayout(foot)
        self._is_own = False

    @property
    def probe_id(self) -> ProbeId | None:
        """The probe looked at; None for the schedule of all probes."""
        return ProbeId(self._choice.currentData()) if self._choice.currentData() else None

    def show_plan(self, plan: Plan) -> None:
        """Show whose schedules there are; with a single probe and nothing of its own there is no choice."""
        protocol, kept = plan.protocol, self._choice.currentData()
        with QSignalBlocker(self._choice):
            self._choice.clear()
            self._choice.addItem("All probes" if not protocol.exceptions else "All others", _ALL)
            for probe in plan.probes:
                what = "its own" if has_own(protocol, probe.id) else "as all"
                self._choice.addItem(f"{probe.label}, {what}", probe.id)
            self._choice.setCurrentIndex(max(0, self._choice.findData(kept)))
        self.setVisible(len(plan.probes) > 1 or bool(protocol.exceptions))
        self._show_state(plan)

    def _show_state(self, plan: Plan) -> None:
        looked_at = self.probe_id
        self._is_own = looked_at is not None and has_own(plan.protocol, looked_at)
        self._delay_row.setVisible(self._is_own)
        self._turn.setVisible(looked_at is not None)
        self._state.setVisible(looked_at is not None)
        if looked_at is None:
            return
        name = plan.probe(looked_at).label
        self._delay.show_value(delay_s(plan.protocol.phases_of(looked_at)))
        self._state.setText(f"{name} follows these phases alone." if self._is_own else f"{name} follows the others.")
        self._turn.setText("Back to common" if self._is_own else f"Give {name} its own")

    def _ask(self) -> None:
        (self.common_asked if self._is_own else self.own_asked).emit()
