"""Which probes are placed? One card each; the selected one is open."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from planner.domain.geometry import PatientPosition, distance_mm
from planner.domain.plan import MAX_PROBES
from planner.persistence.resources import probe_models
from planner.planning.crowding import closest_approach, crowding_findings
from planner.planning.table import position_words, table_findings
from planner.planning.trajectory import shaft_findings
from planner.report.numbers import mm
from planner.services.probe_commands import SetPosition
from planner.services.session import ChangeKind
from planner.ui.background import Background
from planner.ui.panels.panel import Panel, field_row
from planner.ui.panels.probe_card import ProbeCard
from planner.ui.view_state import Tool
from planner.ui.widgets.fields import ChoiceField
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from planner.domain.identity import ProbeId
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbePlacement
    from planner.domain.review import Finding
    from planner.ui.desk import Desk


class ProbesPanel(Panel):
    """Cards in plan order and the distance between neighbouring tips. ``grown`` when their height may be another."""

    grown = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "Probes")
        self._add = self.add_head_button("Add probe  P", "plus", self._begin_probe)
        self._add.setToolTip("Then click the target and the skin in a slice, P")
        self._lie = ChoiceField()
        self._lie.setAccessibleName("Planned position")
        self._lie.activated.connect(self._set_position)
        row = field_row("Patient lies", self._lie)
        row.setContentsMargins(12, 8, 12, 8)
        self.body.addLayout(row)
        self._turned = label("", "secondary", wrap=True)
        self._turned.setContentsMargins(12, 0, 12, 8)
        self.body.addWidget(self._turned)
        self._empty = label("No probe yet. Press P, then click the target.", "sentence", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setContentsMargins(12, 24, 12, 24)
        self.body.addWidget(self._empty)
        cards = QWidget()
        self._column = QVBoxLayout(cards)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.body.addWidget(cards)
        self._tips = label("", "secondary", wrap=True)
        self._tips.setContentsMargins(12, 8, 12, 8)
        self.body.addWidget(self._tips)
        self.body.addStretch(1)
        self._cards: dict[ProbeId, ProbeCard] = {}
        self._checking = Background(self, self._show_findings)
        desk.view.changed.connect(self._on_view)

    def refresh(self, kinds: frozenset[ChangeKind]) -> None:
        """Show the plan's probes."""
        session = self.desk.session
        if session is None or not kinds & {ChangeKind.PROBES, ChangeKind.VOLUME, ChangeKind.PLAN}:
            return
        plan = session.plan
        self._show_position(plan)
        selected = self._selected(plan)
        for gone in set(self._cards) - {probe.id for probe in plan.probes}:
            old = self._cards.pop(gone)
            old.hide()
            old.deleteLater()
        for at, probe in enumerate(plan.probes):
            card = self._cards.get(probe.id) or self._new_card(probe)
            if self._column.indexOf(card) != at:
                self._column.insertWidget(at, card)
            card.show_probe(probe, selected=probe.id == selected)
        self._check_shafts(plan)
        self.set_count(f"{len(plan.probes)} of {MAX_PROBES}")
        self._empty.setVisible(not plan.probes)
        self._tips.setText(_tip_distances(plan))
        self._tips.setVisible(len(plan.probes) > 1)
        full = len(plan.probes) >= MAX_PROBES
        self._add.setEnabled(not full)
        self._add.setToolTip(
            f"A plan holds at most {MAX_PROBES} probes." if full else "Then click the target and the skin in a slice, P"
        )

    def _show_position(self, plan: Plan) -> None:
        scanned = plan.volume.patient_position
        if self._lie.itemData(0) != scanned:  # another CT; Qt keeps a plain text
            self._lie.clear()
            # Who was scanned head first is turned over, not end for end.
            others = [p for p in PatientPosition if p.value[:2] == scanned.value[:2] and p is not scanned]
            for position in (scanned, *others):
                words = position.words.partition(", ")[2].capitalize()
                self._lie.addItem(f"{words}, as scanned" if position is scanned else words, position)
        self._lie.select_data(plan.position)
        words = position_words(plan)
        self._turned.setText(words)
        self._turned.setVisible(bool(words))

    def _set_position(self, index: int) -> None:
        self.desk.apply(SetPosition(PatientPosition(self._lie.itemData(index))))

    def _new_card(self, probe: ProbePlacement) -> ProbeCard:
        card = self._cards[probe.id] = ProbeCard(self.desk, probe)
        card.chosen.connect(partial(self._choose, probe.id))
        return card

    def _check_shafts(self, plan: Plan) -> None:
        session = self.desk.session
        if session is None or not plan.probes:
            return
        skin = plan.skin
        body = session.mask(skin.id) if skin is not None else None
        models = {model.id: model for model in probe_models()}
        grid = plan.volume.grid

        def findings() -> dict[ProbeId, tuple[Finding, ...]]:
            crowded = crowding_findings(plan.probes, models)
            return {
                p.id: (
                    shaft_findings(p, models.get(p.model_id), body=body, grid=grid)
                    + crowded[p.id]
                    + table_findings(p, plan.position)
                )
                for p in plan.probes
            }

        self._checking.ask(findings)

    def _show_findings(self, findings: dict[ProbeId, tuple[Finding, ...]]) -> None:
        for probe_id, found in findings.items():
            if probe_id in self._cards:
                self._cards[probe_id].show_findings(found)
        self.grown.emit()

    def _selected(self, plan: Plan) -> ProbeId | None:
        chosen = self.desk.view.selected_probe
        if any(probe.id == chosen for probe in plan.probes):
            return chosen
        return plan.probes[0].id if plan.probes else None

    def _choose(self, probe_id: ProbeId) -> None:
        self.desk.view.select_probe(probe_id)
        if self.desk.session is not None:
            self.desk.look_at(self.desk.session.plan.probe(probe_id).tip_lps_mm)

    def _begin_probe(self) -> None:
        self.desk.view.set_tool(Tool.PROBE)
        self.desk.say("Click the target for the tip, then the skin for the entry. Esc cancels.")

    def _on_view(self, name: str) -> None:
        if name == "selected_probe":
            self.refresh(frozenset((ChangeKind.PROBES,)))


def _tip_distances(plan: Plan) -> str:
    """Say how far each two neighbours in the list are apart: at their tips, and where their shafts come nearest."""
    return "\n".join(
        f"{one.label}–{other.label}: tips {mm(distance_mm(one.tip_lps_mm, other.tip_lps_mm))}, "
        f"shafts {mm(closest_approach(one, other).distance_mm)} apart"
        for one, other in pairwise(plan.probes)
    )
