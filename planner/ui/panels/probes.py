"""Which probes are placed? One card each; the selected one is open and says live what it meets."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.domain.errors import PlannerError
from planner.domain.geometry import PatientPosition
from planner.domain.plan import MAX_PROBES
from planner.persistence.resources import probe_models
from planner.planning.probe_facts import facts_of_probes
from planner.planning.surface_index import SurfaceStore
from planner.planning.table import position_words
from planner.services.probe_commands import OrderProbe, SetPosition
from planner.services.session import ChangeKind
from planner.ui.facts_loop import FactsLoop
from planner.ui.panels.gantry_fields import GantryFields
from planner.ui.panels.panel import SIDE_PX, Panel, field_row
from planner.ui.panels.probe_card import ProbeCard
from planner.ui.panels.probe_words import pair_words
from planner.ui.panels.probes_access import AccessSection
from planner.ui.steps import missing_for_suggestion
from planner.ui.theme.tokens import PANEL_PX
from planner.ui.view_state import Tool
from planner.ui.widgets.fields import ChoiceField
from planner.ui.widgets.labels import label, plain_tip, rule_line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QResizeEvent, QShowEvent

    from planner.domain.identity import ProbeId, StructureId
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbePlacement
    from planner.persistence.blobs import BlobStore
    from planner.planning.probe_facts import ProbeFacts
    from planner.ui.desk import Desk
    from planner.ui.suggest.suggest_view import SuggestView

_SHOWN = frozenset((ChangeKind.PROBES, ChangeKind.VOLUME, ChangeKind.PLAN))
_ASKED = _SHOWN | {ChangeKind.STRUCTURES, ChangeKind.GESTURE}
_ADD_TIP = "Then click the target and the skin in a slice, P"


class ProbesPanel(Panel):
    """Cards in plan order, how near they come to one another, and the bore. ``grown`` when the height may be another.

    Suggestions take the place of all that; ``suggesting`` when they come or go.

    What a shaft meets is worked out in a thread, one question at a time; every answer is shown, also while a hand
    drags.
    """

    grown = Signal()
    suggesting = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "Probes")
        self._switch = self.add_head_button("Suggest…", "magic-wand", self._turn)
        self._switch.setToolTip("Search placements that keep every hard limit, Ctrl+G")
        self.suggestions: SuggestView | None = None
        self._add = self.add_head_button("Add probe  P", "plus", self._begin_probe)
        self._add.setToolTip(_ADD_TIP)
        self._empty = label("No probe yet. Press P, then click the target.", "sentence", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setContentsMargins(12, 24, 12, 24)
        self.body.addWidget(self._empty)
        self._suggest_first = QPushButton("Suggest placements…")
        self._suggest_first.clicked.connect(self.show_suggestions)
        first = self._first = QHBoxLayout()
        first.addWidget(self._suggest_first, 0, Qt.AlignmentFlag.AlignHCenter)
        self.body.addLayout(first)
        cards = self._list = QWidget()
        self._card_column = QVBoxLayout(cards)
        self._card_column.setContentsMargins(0, 0, 0, 0)
        self._card_column.setSpacing(0)
        self.body.addWidget(cards)
        self._here = rule_line()
        self._here.setObjectName("dropLine")
        self._here.setParent(cards)
        self._here.hide()
        self._tips = label("", "secondary", wrap=True)
        self._tips.setContentsMargins(12, 8, 12, 8)
        self.body.addWidget(self._tips)
        self.access = AccessSection(desk)
        self.body.addWidget(rule_line())
        self.body.addWidget(self.access)
        self._make_position()
        self.gantry = GantryFields(desk)
        self.body.addWidget(self.gantry)
        self.body.addStretch(1)
        self._cards: dict[ProbeId, ProbeCard] = {}
        self._surfaces = SurfaceStore()
        self._facts = FactsLoop(self, self._show_facts)
        desk.view.changed.connect(self._on_view)
        desk.opened.connect(self._on_opened)

    def _make_position(self) -> None:
        """Have how the patient lies and the scanner's bore in one place: they are the plan's, not a probe's."""
        head = label("Patient and scanner", "heading")
        head.setContentsMargins(12, 8, 12, 0)
        self.body.addWidget(rule_line())
        self.body.addWidget(head)
        self._lie = ChoiceField()
        self._lie.setAccessibleName("Planned position")
        self._lie.activated.connect(self._set_position)
        row = field_row("Patient", self._lie, width_px=52)
        row.setContentsMargins(12, 6, 12, 4)
        self.body.addLayout(row)
        self._turned = label("", "secondary", wrap=True)
        self._turned.setContentsMargins(12, 0, 12, 8)
        self.body.addWidget(self._turned)

    def refresh(self, kinds: frozenset[ChangeKind]) -> None:
        """Show the plan's probes."""
        session = self.desk.session
        if session is None or not kinds & _ASKED:
            return
        if kinds & _SHOWN:
            self._show_plan(session.plan)
        self.access.refresh()
        self._ask_facts()

    def _show_plan(self, plan: Plan) -> None:
        self._show_position(plan)
        selected = self._selected(plan)
        for gone in set(self._cards) - {probe.id for probe in plan.probes}:
            old = self._cards.pop(gone)
            old.hide()
            old.deleteLater()
        for at, probe in enumerate(plan.probes):
            card = self._cards.get(probe.id) or self._new_card(probe)
            if self._card_column.indexOf(card) != at:
                self._card_column.insertWidget(at, card)
            card.show_probe(probe, selected=probe.id == selected)
        self.set_count(f"{len(plan.probes)} of {MAX_PROBES}")
        missing = missing_for_suggestion(plan)
        self._empty.setVisible(not plan.probes)
        self._suggest_first.setVisible(not plan.probes)
        self._first.setContentsMargins(0, 0, 0, 0 if plan.probes else 16)
        self._suggest_first.setEnabled(not missing)
        self._suggest_first.setToolTip(missing)
        words, whole = pair_words(plan.probes)
        self._tips.setText(words)
        self._tips.setToolTip(plain_tip(whole))
        self._tips.setVisible(len(plan.probes) > 1)
        full = len(plan.probes) >= MAX_PROBES
        self._add.setEnabled(not full)
        self._add.setToolTip(f"A plan holds at most {MAX_PROBES} probes." if full else _ADD_TIP)
        self.gantry.show_gantry(plan.gantry)

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
        session = self.desk.session
        if not self.desk.apply(SetPosition(PatientPosition(self._lie.itemData(index)))) and session is not None:
            self._show_position(session.plan)

    def _new_card(self, probe: ProbePlacement) -> ProbeCard:
        card = self._cards[probe.id] = ProbeCard(self.desk, probe)
        card.chosen.connect(partial(self._choose, probe.id))
        card.grown.connect(self.grown)
        card.head.grip.dragged.connect(self._show_drop)
        card.head.grip.dropped.connect(partial(self._drop, probe.id))
        card.head.grip.given_up.connect(self._here.hide)
        return card

    # --- facts -------------------------------------------------------------------------------------------------------

    def _ask_facts(self) -> None:
        """Have everything worked out again for the plan as it stands; not while nobody can see it."""
        session = self.desk.session
        if session is None or not self.isVisible() or not session.plan.probes:
            return
        plan, blobs, surfaces = session.plan, session.blobs, self._surfaces
        models = {model.id: model for model in probe_models()}
        self._facts.ask(
            lambda: facts_of_probes(plan, _masks_at_hand(plan, blobs), models=models, surfaces=surfaces),
            is_held=session.is_held,
        )

    def _show_facts(self, facts: dict[ProbeId, ProbeFacts]) -> None:
        for probe_id, known in facts.items():
            if probe_id in self._cards:
                self._cards[probe_id].show_facts(known)
        session = self.desk.session
        if session is None or not session.is_held:  # nothing beside the views moves under a hand that drags
            self.grown.emit()

    @property
    def is_waiting(self) -> bool:
        """Whether what the shafts meet is still being worked out."""
        return self._facts.is_busy

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened out of sight."""
        super().showEvent(event)
        QTimer.singleShot(0, self._ask_facts)

    def _on_opened(self) -> None:
        self._facts.drop()
        self._surfaces = SurfaceStore()

    # --- order -------------------------------------------------------------------------------------------------------

    def _show_drop(self, at: QPointF) -> None:
        """Draw the line where a dragged card would go."""
        cards = self._ordered()
        place = self._place_at(at)
        below = cards[place].y() if place < len(cards) else cards[-1].geometry().bottom() + 1
        self._here.setGeometry(0, max(0, below - 1), self.width(), 2)
        self._here.raise_()
        self._here.show()

    def _drop(self, probe_id: ProbeId, at: QPointF) -> None:
        self._here.hide()
        cards = self._ordered()
        before = cards.index(self._cards[probe_id])
        place = self._place_at(at)
        place -= place > before
        if place != before:
            self.desk.apply(OrderProbe(probe_id, self._cards[probe_id].probe.label, place))

    def _place_at(self, at: QPointF) -> int:
        """Return before which card a place on the screen lies."""
        cards = self._ordered()
        y = self._list.mapFromGlobal(at.toPoint()).y()
        return sum(y > card.geometry().center().y() for card in cards)

    def _ordered(self) -> list[ProbeCard]:
        session = self.desk.session
        return [] if session is None else [self._cards[p.id] for p in session.plan.probes if p.id in self._cards]

    # --- suggestions -------------------------------------------------------------------------------------------------

    @property
    def is_suggesting(self) -> bool:
        """Whether suggestions are in the place of the probes."""
        return self.suggestions is not None and not self.suggestions.isHidden()

    def show_suggestions(self, *, on: bool = True) -> None:
        """Put the suggestions in the place of the probes, or take them away; made when they are first wanted."""
        if self.suggestions is None:
            from planner.ui.suggest.suggest_view import SuggestView

            self.suggestions = SuggestView(self.desk)
            self.add_instead(self.suggestions)
        self.show_instead(self.suggestions, on=on)
        self._add.setVisible(not on)
        self._name_switch()
        self.suggesting.emit()
        if on:
            self.suggestions.begin()
        else:
            self._switch.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave room for both buttons of the head."""
        super().resizeEvent(event)
        self._name_switch()

    def _name_switch(self) -> None:
        is_narrow = self.width() < PANEL_PX - SIDE_PX
        words = "Back to probes" if self.is_suggesting else "Suggest…"
        self._switch.setText("" if is_narrow and not self.is_suggesting else words)
        self._switch.setAccessibleName(words)

    def _turn(self) -> None:
        self.show_suggestions(on=not self.is_suggesting)

    # --- choosing ----------------------------------------------------------------------------------------------------

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
        if name in ("selected_probe", "hidden_probes") and self.desk.session is not None:
            self._show_plan(self.desk.session.plan)
            self.grown.emit()


def _masks_at_hand(plan: Plan, blobs: BlobStore) -> dict[StructureId, NDArray[np.bool_]]:
    """Return the masks that can be had now; one that a stroke is just replacing is asked for again after it."""
    masks = {}
    for structure in plan.structures:
        try:
            masks[structure.id] = blobs.get(structure.mask)
        except PlannerError:
            continue
    return masks
