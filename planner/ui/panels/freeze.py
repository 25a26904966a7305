"""How long is it frozen? A preset with its source, or phases typed one by one, for all probes or for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout

from planner.domain.protocol import Phase, PhaseKind, ends_of
from planner.persistence.protocol_table import PresetGroup
from planner.persistence.resources import presets, sources
from planner.planning.phase_edits import (
    COMMON,
    MOST_PHASES,
    delayed,
    has_own,
    repeated,
    schedule_of,
    with_double,
    with_moved,
    with_phase,
    without_phase,
)
from planner.report.numbers import minutes
from planner.services.protocol_commands import ChooseProtocol, CommonSchedule, OwnSchedule, SetPhases, WarmSkin
from planner.services.session import ChangeKind
from planner.ui.panels.panel import Panel, field_row
from planner.ui.panels.phase_rows import PhaseDeed, PhaseRows
from planner.ui.panels.skin_warming import SkinWarmingFields
from planner.ui.panels.what_if import WhatIfView
from planner.ui.panels.whose_schedule import WhoseSchedule
from planner.ui.theme.icons import set_icon
from planner.ui.widgets.fields import ChoiceField, NumberField
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain.identity import ProbeId
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbePlacement
    from planner.domain.protocol import Protocol
    from planner.persistence.protocol_table import Preset
    from planner.planning.phase_edits import Phases, Whose
    from planner.ui.desk import Desk

_NEW_PHASE = Phase(PhaseKind.FREEZE, 120.0)
_GROUP_WORDS = {PresetGroup.NERVE: "For nerves", PresetGroup.TUMOUR: "Tumour cycles, not for nerves"}
_HEADING = "heading"  # the data of entries that cannot be chosen
_UNKNOWN_WORDS = "Quoted without all minutes"


class FreezePanel(Panel):
    """Preset, phases of all probes or of one, total, warmth for the skin; in their place what if it were otherwise."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "Freeze")
        self._switch = self.add_head_button("What if", "stack", self._turn)
        self._switch.setToolTip("Compare freeze times, schedules, models and depths, Ctrl+I")
        self.what_if = WhatIfView(desk)
        self.what_if.hide()
        self.add_instead(self.what_if)
        column = self.add_section("Protocol")
        self._presets = preset_choice()
        self._presets.activated.connect(self._choose)
        column.addLayout(field_row("Preset", self._presets, width_px=60))
        self._source = label("", "hint", wrap=True)
        column.addWidget(self._source)
        self._make_phases(self.add_section("Phases", "drag an edge in the timeline"))
        self._advice = label("", "secondary", wrap=True)
        self._advice.setContentsMargins(12, 10, 12, 10)
        self._advice.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self.body.addWidget(self._advice)
        self._warming = SkinWarmingFields()
        self._warming.chosen.connect(lambda warming: self.desk.apply(WarmSkin(warming)))
        self._warming.refused.connect(desk.refuse)
        self.add_section("Skin warming", "off unless typed").addWidget(self._warming)
        self.body.addStretch(1)

    def show_what_if(self, *, on: bool = True) -> None:
        """Put the variations in the place of the protocol's fields, or take them away again."""
        self.show_instead(self.what_if, on=on)
        self._switch.setText("Protocol" if on else "What if")
        if on:
            self.what_if.begin()

    def _turn(self) -> None:
        self.show_what_if(on=self.what_if.isHidden())

    def _make_phases(self, column: QVBoxLayout) -> None:
        self._whose = WhoseSchedule()
        self._whose.chosen.connect(self._show_phases)
        self._whose.own_asked.connect(self._give_own)
        self._whose.common_asked.connect(self._back_to_common)
        self._whose.delay_typed.connect(self._delay)
        column.addWidget(self._whose)
        self._rows = PhaseRows()
        self._rows.edited.connect(self.set_phase)
        self._rows.asked.connect(self._do)
        column.addWidget(self._rows)
        foot = QHBoxLayout()
        self._total = label("", "name")
        self._add = QPushButton("Add phase")
        set_icon(self._add, "plus")
        self._add.clicked.connect(self._add_phase)
        foot.addWidget(self._total, 1)
        foot.addWidget(self._add)
        column.addLayout(foot)
        column.addLayout(self._make_cycles())
        for part in (self._whose, self._rows):
            part.refused.connect(self.desk.refuse)

    def _make_cycles(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self._times = NumberField(unit="times", low=2, high=MOST_PHASES, decimals=0)
        self._times.setFixedWidth(76)
        self._times.setAccessibleName("How often the cycle is done in all")
        self._repeat = QPushButton("Repeat")
        self._repeat.setToolTip("Write all phases above one after the other, so often in all")
        self._repeat.clicked.connect(self._repeat_cycle)
        row.addWidget(label("As one cycle", "secondary"), 1)
        row.addWidget(self._times)
        row.addWidget(self._repeat)
        return row

    # --- showing -----------------------------------------------------------------------------------------------------

    def refresh(self, kinds: frozenset[ChangeKind]) -> None:
        """Show the plan's protocol."""
        session = self.desk.session
        if session is None or not kinds & {ChangeKind.PROTOCOL, ChangeKind.PROBES, ChangeKind.VOLUME}:
            return
        protocol = session.plan.protocol
        preset = next((p for p in presets() if p.protocol is not None and p.name == protocol.name), None)
        self._presets.select_data(preset.name if preset else "")
        self._presets.setPlaceholderText(protocol.name if protocol.phases else "Choose a preset")
        words = source_words(protocol, preset)
        self._source.setText(words)
        self._source.setVisible(bool(words))
        self._warming.show_warming(protocol.skin_warming)
        self._advice.setText("\n".join(remarks(protocol, session.plan.probes)))
        self._advice.setVisible(bool(self._advice.text()))
        self._whose.show_plan(session.plan)
        self._show_phases()

    def _show_phases(self) -> None:
        session = self.desk.session
        if session is None:
            return
        self._whose.show_plan(session.plan)
        protocol, phases = session.plan.protocol, self._phases()
        self._rows.show_phases(phases)
        can_edit = self._can_edit(session.plan)
        for part in (self._rows, self._add, self._times, self._repeat):
            part.setEnabled(can_edit)
        total_s = ends_of(phases)[-1] if phases else 0.0
        whole = "" if total_s == protocol.total_s else f" of {minutes(protocol.total_s)}"
        self._total.setText(f"Total {minutes(total_s)}{whole} min" if phases else "No phases yet")

    def _can_edit(self, plan: Plan) -> bool:
        """Whether the phases looked at are edited here; those of a probe that follows the others are edited there."""
        probe_id = self._whose.probe_id
        return probe_id is None or has_own(plan.protocol, probe_id)

    # --- editing -----------------------------------------------------------------------------------------------------

    def set_phase(self, at: int, phase: Phase) -> None:
        """Replace one phase."""
        phases = self._phases()
        if at < len(phases) and phases[at] != phase:
            self._put(lambda: with_phase(phases, at, phase), f"change phase {at + 1}")

    def remove_phase(self, at: int) -> None:
        """Take one phase out."""
        self._do(at, PhaseDeed.REMOVE)

    def _do(self, at: int, deed: PhaseDeed) -> None:
        phases = self._phases()
        makers: dict[PhaseDeed, Callable[[], Phases]] = {
            PhaseDeed.DOUBLE: lambda: with_double(phases, at),
            PhaseDeed.UP: lambda: with_moved(phases, at, at - 1),
            PhaseDeed.DOWN: lambda: with_moved(phases, at, at + 1),
            PhaseDeed.REMOVE: lambda: without_phase(phases, at),
        }
        verb, _, rest = deed.value.lower().partition(" ")
        self._put(makers[deed], f"{verb} phase {at + 1} {rest}".rstrip())

    def _add_phase(self) -> None:
        phases = self._phases()
        self._put(lambda: with_phase(phases, len(phases), _NEW_PHASE), f"add phase {len(phases) + 1}")

    def _repeat_cycle(self) -> None:
        phases, times = self._phases(), round(self._times.value())
        self._put(lambda: repeated(phases, times), f"repeat the cycle {times} times")

    def _delay(self, seconds: float) -> None:
        phases = self._phases()
        self._put(lambda: delayed(phases, seconds), "change the start")

    def _give_own(self) -> None:
        if (chosen := self._probe()) is not None:
            self.desk.apply(OwnSchedule(chosen.id, chosen.label))

    def _back_to_common(self) -> None:
        if (chosen := self._probe()) is not None:
            self.desk.apply(CommonSchedule(chosen.id, chosen.label))

    def _choose(self, index: int) -> None:
        name = self._presets.itemData(index)
        preset = next((p for p in presets() if p.name == name), None)
        if preset is not None and preset.protocol is not None:
            self.desk.apply(ChooseProtocol(preset.protocol))

    def _probe(self) -> ProbePlacement | None:
        session, probe_id = self.desk.session, self._whose.probe_id
        return None if session is None or probe_id is None else session.plan.probe(probe_id)

    def _phases(self) -> Phases:
        session = self.desk.session
        return () if session is None else schedule_of(session.plan.protocol, self._whose.probe_id)

    def _put(self, phases: Callable[[], Phases], what: str) -> None:
        """Give the schedule looked at other phases, or say why that cannot be."""
        probe = self._probe()
        whose: Whose = COMMON if probe is None else (probe.id,)
        verb = what if probe is None else f"{what} of {probe.label}"
        self.desk.attempt(lambda: self.desk.apply(SetPhases(whose, phases(), verb)))


def preset_choice() -> ChoiceField:
    """Return the choice of presets: nerves first, tumours apart, and what cannot be chosen with its reason."""
    choice = ChoiceField()
    choice.setPlaceholderText("Choose a preset")
    for group, words in _GROUP_WORDS.items():
        _add_heading(choice, words)
        for preset in presets():
            if preset.group is group and preset.protocol is not None:
                choice.addItem(preset.name, preset.name)
    _add_heading(choice, _UNKNOWN_WORDS)
    for preset in presets():
        if preset.protocol is None:
            _add_heading(choice, f"{preset.name} — {preset.not_offered}")
    choice.setCurrentIndex(-1)
    return choice


def _add_heading(choice: ChoiceField, words: str) -> None:
    """Add an entry that cannot be chosen."""
    choice.addItem(words, _HEADING)
    model = choice.model()
    if isinstance(model, QStandardItemModel):
        model.item(choice.count() - 1).setEnabled(False)


def source_words(protocol: Protocol, preset: Preset | None) -> str:
    """Say where a protocol comes from: its source and note, or what it was before it was edited."""
    if protocol.based_on:
        return f"Own protocol, based on {protocol.based_on}. No source stands for it as it is now."
    cited = sources().get(protocol.source, protocol.source)
    note = f" {preset.note}" if preset is not None and preset.note else ""
    return f"Source: {cited}.{note}" if cited else ""


def remarks(protocol: Protocol, probes: tuple[ProbePlacement, ...]) -> tuple[str, ...]:
    """Say what the rows of phases do not show: no freeze, freezes that are one, own schedules."""
    labels: dict[ProbeId, str] = {probe.id: probe.label for probe in probes}
    shared: dict[Phases, list[str]] = {}
    for schedule in protocol.exceptions:
        shared.setdefault(schedule.phases, []).append(labels.get(schedule.probe_id, "A probe"))
    own = (
        f"{' and '.join(who)} {'has' if len(who) == 1 else 'have'} a schedule of {'its' if len(who) == 1 else 'their'} "
        "own: " + ", ".join(f"{phase.words} {minutes(phase.duration_s)}" for phase in phases) + " min."
        for phases, who in shared.items()
    )
    joined = (
        f"Phases {at} and {at + 1} freeze without a thaw between them: one freeze of "
        f"{minutes(one.duration_s + other.duration_s)} min."
        for at, (one, other) in enumerate(zip(protocol.phases, protocol.phases[1:], strict=False), start=1)
        if one.kind is other.kind is PhaseKind.FREEZE and one.duty == other.duty
    )
    lost = () if protocol.has_freeze else ("No prediction: the protocol has no freeze phase.",)
    return (*lost, *joined, *own)
