"""How long is it frozen? A preset with its source, or phases typed one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.persistence.resources import protocols, sources
from planner.report.numbers import minutes
from planner.services.commands import SetProtocol
from planner.services.session import ChangeKind
from planner.ui.panels.panel import Panel, clear_layout, field_row
from planner.ui.theme.icons import set_icon
from planner.ui.widgets.fields import ChoiceField, NumberField
from planner.ui.widgets.labels import figure, label

if TYPE_CHECKING:
    from planner.domain.probe import ProbePlacement
    from planner.ui.desk import Desk

CUSTOM = "Own protocol"
_NEW_PHASE = Phase(PhaseKind.FREEZE, 120.0)


class PhaseRow(QWidget):
    """One phase: kind, seconds, the same as m:ss, and a button to take it out."""

    def __init__(self, panel: FreezePanel, index: int, phase: Phase) -> None:
        super().__init__()
        self._panel, self._index, self._phase = panel, index, phase
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        number = label(str(index + 1), "hint")
        number.setFixedWidth(14)
        self._kind = ChoiceField()
        self._kind.setAccessibleName(f"Kind of phase {index + 1}")
        for kind in PhaseKind:
            self._kind.addItem(kind.value.capitalize(), kind)
        self._kind.select_data(phase.kind)
        self._seconds = NumberField(unit="s", low=1, high=3600, decimals=0, step=5)
        self._seconds.setAccessibleName(f"Duration of phase {index + 1}")
        self._seconds.show_value(phase.duration_s)
        self._seconds.setFixedWidth(84)
        clock = figure(minutes(phase.duration_s), "secondary")
        clock.setFixedWidth(40)
        remove = QToolButton()
        set_icon(remove, "trash", "text_3")
        remove.setToolTip(f"Remove phase {index + 1}")
        remove.setAccessibleName(f"Remove phase {index + 1}")
        remove.clicked.connect(lambda: panel.remove_phase(index))
        self._kind.activated.connect(self._commit)
        self._seconds.editingFinished.connect(self._commit)
        for widget, stretch in ((number, 0), (self._kind, 1), (self._seconds, 0), (clock, 0), (remove, 0)):
            row.addWidget(widget, stretch)

    def _commit(self) -> None:
        kind = PhaseKind(self._kind.currentData())
        duty = 1.0 if kind is PhaseKind.PASSIVE_THAW else self._phase.duty
        self._panel.set_phase(self._index, Phase(kind, self._seconds.value(), duty))


class FreezePanel(Panel):
    """Preset, phases, total."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "Freeze")
        column = self.add_section("Protocol")
        self._presets = ChoiceField()
        for protocol in protocols():
            self._presets.addItem(protocol.name, protocol.name)
        self._presets.setPlaceholderText("Choose a preset")
        self._presets.activated.connect(self._choose)
        column.addLayout(field_row("Preset", self._presets, width_px=60))
        self._source = label("", "hint", wrap=True)
        column.addWidget(self._source)
        phases = self.add_section("Phases", "drag an edge in the timeline")
        rows = QWidget()
        self._rows = QVBoxLayout(rows)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(6)
        phases.addWidget(rows)
        self._shown: tuple[Phase, ...] | None = None
        foot = QHBoxLayout()
        self._total = label("", "name")
        add = QPushButton("Add phase")
        set_icon(add, "plus")
        add.clicked.connect(self._add_phase)
        foot.addWidget(self._total, 1)
        foot.addWidget(add)
        phases.addLayout(foot)
        self._advice = label("", "secondary", wrap=True)
        self._advice.setContentsMargins(12, 10, 12, 10)
        self._advice.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(self._advice)
        self.body.addStretch(1)

    def refresh(self, kinds: frozenset[ChangeKind]) -> None:
        """Show the plan's protocol."""
        session = self.desk.session
        if session is None or not kinds & {ChangeKind.PROTOCOL, ChangeKind.VOLUME}:
            return
        protocol = session.plan.protocol
        preset = next((p for p in protocols() if replace(p, source=protocol.source) == protocol), None)
        self._presets.select_data(preset.name if preset else None)
        self._presets.setPlaceholderText(protocol.name if protocol.phases else "Choose a preset")
        source = sources().get(protocol.source, protocol.source)
        self._source.setText(f"Source: {source}" if source else "")
        self._source.setVisible(bool(source))
        if protocol.phases != self._shown:
            self._shown = protocol.phases
            clear_layout(self._rows)
            for index, phase in enumerate(protocol.phases):
                self._rows.addWidget(PhaseRow(self, index, phase))
        self._total.setText(f"Total {minutes(protocol.total_s)} min" if protocol.phases else "No phases yet")
        self._advice.setText("\n".join(remarks(protocol, session.plan.probes)))

    def set_phase(self, index: int, phase: Phase) -> None:
        """Replace one phase."""
        phases = self._phases()
        if index < len(phases) and phases[index] != phase:
            self._put((*phases[:index], phase, *phases[index + 1 :]))

    def remove_phase(self, index: int) -> None:
        """Take one phase out."""
        phases = self._phases()
        self._put((*phases[:index], *phases[index + 1 :]))

    def _add_phase(self) -> None:
        self._put((*self._phases(), _NEW_PHASE))

    def _choose(self, index: int) -> None:
        name = self._presets.itemData(index)
        protocol = next(p for p in protocols() if p.name == name)
        session = self.desk.session
        if session is not None:
            self.desk.apply(SetProtocol(replace(protocol, skin_warming=session.plan.protocol.skin_warming)))

    def _phases(self) -> tuple[Phase, ...]:
        return self.desk.session.plan.protocol.phases if self.desk.session else ()

    def _put(self, phases: tuple[Phase, ...]) -> None:
        session = self.desk.session
        if session is not None:
            self.desk.apply(SetProtocol(edited(session.plan.protocol, phases)))


def remarks(protocol: Protocol, probes: tuple[ProbePlacement, ...]) -> tuple[str, ...]:
    """Say what the rows of phases do not show: no freeze, low duty, own schedules, warmed skin."""
    labels = {probe.id: probe.label for probe in probes}
    duties = (f"Phase {n}: {phase.words}." for n, phase in enumerate(protocol.phases, 1) if phase.duty < 1)
    own = (
        f"{labels.get(schedule.probe_id, 'A probe')} has a schedule of its own: "
        + ", ".join(f"{phase.words} {minutes(phase.duration_s)}" for phase in schedule.phases)
        + " min."
        for schedule in protocol.exceptions
    )
    warmth = (protocol.skin_warming.words,) if protocol.skin_warming else ()
    lost = () if protocol.has_freeze else ("No prediction: the protocol has no freeze phase.",)
    return (*lost, *duties, *own, *warmth)


def edited(protocol: Protocol, phases: tuple[Phase, ...]) -> Protocol:
    """Return a protocol with other phases; it no longer carries the preset's name and source."""
    is_own = bool(protocol.exceptions) or protocol.skin_warming is not None
    preset = None if is_own else next((p for p in protocols() if p.phases == phases), None)
    if preset is not None:
        return preset
    return replace(protocol, name=CUSTOM, phases=phases, source="")
