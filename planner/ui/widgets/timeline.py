"""What happens over time, and which moment is shown? Head with name and play, and the painted plot."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout

from planner.domain.simulation import RESULT_SPACING_MM
from planner.persistence.resources import rule_set
from planner.planning.phase_edits import schedule_of, with_phase
from planner.planning.timeline import Curves, temperature_curves, watched_lines
from planner.report.numbers import minutes
from planner.services.protocol_commands import SetPhases
from planner.services.session import ChangeKind
from planner.ui.background import Background
from planner.ui.theme.icons import set_icon
from planner.ui.theme.tokens import TIMELINE_FOLDED_PX
from planner.ui.widgets.labels import ElidedLabel, label
from planner.ui.widgets.timeline_plot import TimelinePlot
from planner.ui.widgets.watch_list import WatchList

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtGui import QAction

    from planner.domain.simulation import SimulationResult
    from planner.planning.phase_edits import Whose
    from planner.planning.timeline import CurveLine
    from planner.services.session import Change
    from planner.ui.desk import Desk

    _Made = tuple[SimulationResult, Curves]

_TIME_ICONS = (("coldest", "thermometer-cold"), ("play", "play"))
_FRAME_MS = 100
_FRAMES = 60
_ANY_HEIGHT_PX = 16_777_215  # Qt's own "no limit"


class FreezeTimeline(QFrame):
    """Connects plot, protocol, prediction and the time the views show. ``folded(bool)`` when it takes other room."""

    folded = Signal(bool)

    def __init__(self, desk: Desk, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self.setObjectName("timeline")
        self.setAccessibleName("Freeze timeline")
        self._desk = desk
        self._was_held = False
        self._play_action = actions["play"]
        self._curves: Curves | None = None
        self._all: Curves | None = None
        self._asked_of: SimulationResult | None = None
        self._curves_of: SimulationResult | None = None
        self._watched_of: SimulationResult | None = None
        self._whole: Callable[[], _Made] | None = None
        self._working = Background(self, self._curves_ready)
        self._watched: tuple[CurveLine, ...] = ()
        self._watching = Background(self, self._watched_ready)
        self.plot = TimelinePlot()
        self.plot.time_chosen.connect(desk.view.set_time)
        self.plot.phase_dragged.connect(self._drag_phase)
        self.plot.drag_began.connect(self._begin_drag)
        self.plot.drag_ended.connect(self._end_drag)
        self.plot.drag_given_up.connect(self._give_up_drag)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._make_head(actions))
        column.addWidget(self.plot, 1)
        self._clock = QTimer(self)
        self._clock.setInterval(_FRAME_MS)
        self._clock.timeout.connect(self._advance)
        self._play_action.toggled.connect(self._set_playing)
        desk.changed.connect(self._on_change)
        desk.opened.connect(self._on_opened)
        desk.view.changed.connect(self._on_view)

    def _make_head(self, actions: Mapping[str, QAction]) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setContentsMargins(12, 4, 8, 0)
        head.setSpacing(8)
        self._name = ElidedLabel("hint")
        head.addWidget(label("Freeze", "heading"))
        head.addWidget(self._name, 1)
        head.addWidget(WatchList(self._desk))
        for action_id, icon_name in (("tool_watch", "crosshair-simple"), *_TIME_ICONS):
            button = QToolButton()
            button.setDefaultAction(actions[action_id])
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            set_icon(button, icon_name)
            head.addWidget(button)
        self._fold = QToolButton()
        set_icon(self._fold, "caret-down")
        self._fold.setToolTip("Fold the timeline")
        self._fold.setAccessibleName("Fold the timeline")
        self._fold.clicked.connect(lambda: self.set_folded(folded=self.plot.isVisible()))
        head.addWidget(self._fold)
        return head

    def set_folded(self, *, folded: bool) -> None:
        """Keep only the head, or show the plot."""
        self.plot.setVisible(not folded)
        set_icon(self._fold, "caret-up" if folded else "caret-down")
        self.setMaximumHeight(TIMELINE_FOLDED_PX if folded else _ANY_HEIGHT_PX)
        self.folded.emit(folded)

    @property
    def is_waiting(self) -> bool:
        """Whether curves are still being worked out."""
        return self._working.is_busy or self._watching.is_busy

    # --- following ---------------------------------------------------------------------------------------------------

    def _on_opened(self) -> None:
        self._curves = self._whole = self._asked_of = None
        self._working.drop()
        self._show_protocol()
        self._ask_curves()
        self._ask_watched()

    def _on_change(self, change: Change) -> None:
        session = self._desk.session
        is_held = session is not None and session.is_held
        is_step_of_drag = is_held and self._was_held and change.kinds == {ChangeKind.PROBES}
        self._was_held = is_held
        if is_step_of_drag:  # the curves are stale since its first step, and the protocol is what it was
            return
        if change.kinds & {ChangeKind.PROTOCOL, ChangeKind.PROBES}:
            self._show_protocol()
            if session is not None and (self._desk.view.time_s or 0) > session.plan.protocol.total_s:
                self._desk.view.set_time(None)
        if ChangeKind.RESULT in change.kinds and session is not None and session.result is not self._asked_of:
            self._ask_curves()
            self._ask_watched()
        elif change.kinds != {ChangeKind.PREVIEW}:
            self._show_curves()

    def _on_view(self, name: str) -> None:
        if name == "time_s":
            self.plot.show_time(self._desk.view.time_s)
        elif name == "watched":
            self._ask_watched()

    def _show_protocol(self) -> None:
        session = self._desk.session
        if session is None:
            return
        protocol = session.plan.protocol
        self.plot.show_protocol(protocol, session.plan.probes)
        self.plot.show_time(self._desk.view.time_s)
        self._name.show_text(f"{protocol.title} · {minutes(protocol.total_s)} min total" if protocol.total_s else "")
        self._show_curves()

    def _show_curves(self) -> None:
        session = self._desk.session
        stale = session is None or not session.result_is_current or session.result is not self._curves_of
        self.plot.show_curves(self._all, stale=stale, waiting=self.is_waiting)

    def _gather(self) -> None:
        """Put all curves of one prediction together: targets, then watched points, then structures (H-13)."""
        self._all = self._curves
        if self._curves is not None and self._watched and self._watched_of is self._curves_of:
            lines = self._curves.lines
            targets = sum(line.subject_kind.startswith("target") for line in lines)
            self._all = replace(self._curves, lines=(*lines[:targets], *self._watched, *lines[targets:]))
        self._show_curves()

    def _ask_curves(self) -> None:
        """Have the target's curves worked out first; those of the structures follow, and not for a preview."""
        self._whole = None
        session = self._desk.session
        self._asked_of = session.result if session is not None else None
        if session is None or session.result is None:
            self._curves = None
            self._gather()
            return
        plan, result = session.plan, session.result
        isotherm_c = rule_set(plan.rule_set_id).treatment_isotherm_c
        if result.grid.spacing_ijk_mm[0] <= RESULT_SPACING_MM:
            masks = {structure.id: session.mask(structure.id) for structure in plan.structures}
            self._whole = lambda: (result, temperature_curves(plan, result, masks, isotherm_c=isotherm_c))
        targets = replace(plan, structures=())
        self._working.ask(lambda: (result, temperature_curves(targets, result, {}, isotherm_c=isotherm_c)))
        self._show_curves()

    def _curves_ready(self, made: _Made) -> None:
        self._curves_of, self._curves = made
        whole, self._whole = self._whole, None
        if whole is not None:
            self._working.ask(whole)
        self._gather()

    def _ask_watched(self) -> None:
        """Read the watched points again; until then none is shown: W2 may be another point by now."""
        session, points = self._desk.session, self._desk.view.watched_lps_mm
        self._watched = ()
        self._gather()
        if session is None or session.result is None or not points:
            self._watching.drop()
            return
        result = session.result
        self._watching.ask(lambda: (result, watched_lines(result, points)))

    def _watched_ready(self, made: tuple[SimulationResult, tuple[CurveLine, ...]]) -> None:
        self._watched_of, self._watched = made
        self._gather()

    # --- acting ------------------------------------------------------------------------------------------------------

    def _begin_drag(self) -> None:
        if self._desk.session is not None:
            self._desk.session.begin_gesture()

    def _end_drag(self) -> None:
        if self._desk.session is not None:
            self._desk.attempt(self._desk.session.end_gesture)

    def _give_up_drag(self) -> None:
        if self._desk.session is not None:
            self._desk.attempt(self._desk.session.cancel_gesture)

    def cancel_hand(self) -> bool:
        """Put back a phase that is dragged; False when none is."""
        return self.plot.give_up()

    def _drag_phase(self, whose: Whose, at: int, duration_s: float) -> None:
        session = self._desk.session
        if session is None:
            return
        phases = schedule_of(session.plan.protocol, whose[0])
        if at >= len(phases):  # taken back while it was held
            return
        changed = with_phase(phases, at, replace(phases[at], duration_s=duration_s))
        name = " and ".join(session.plan.probe(i).label for i in whose if i is not None)
        what = f"change phase {at + 1}" + (f" of {name}" if name and None not in whose else "")
        if self._desk.apply(SetPhases(whose, changed, what, merge_key=f"phase {at} {whose}")):
            self._desk.say(f"Phase {at + 1}: {minutes(duration_s)} min, in steps of 5 s. Type other seconds in Freeze.")

    def _set_playing(self, playing: bool) -> None:
        session = self._desk.session
        if playing and session is not None:
            if self._desk.view.time_s is None or self._desk.view.time_s >= session.plan.protocol.total_s:
                self._desk.view.set_time(0.0)
            self._clock.start()
        else:
            self._clock.stop()

    def _advance(self) -> None:
        session = self._desk.session
        if session is None or not session.result_is_current:
            self._play_action.setChecked(False)
            return
        total = session.plan.protocol.total_s
        time_s = (self._desk.view.time_s or 0.0) + max(1.0, total / _FRAMES)
        self._desk.view.set_time(min(time_s, total))
        if time_s >= total:
            self._play_action.setChecked(False)
