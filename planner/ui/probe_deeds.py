"""What do the actions on a probe do? Place it, point it, turn it about its tip, slide it, lock and hide it.

Each says in the status line what it set; what moves an entry onto the skin says so.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np

from planner.domain.errors import PlannerError
from planner.domain.geometry import PointLps, distance_mm, operator_pose, point
from planner.domain.identity import ProbeId
from planner.domain.probe import ProbePlacement
from planner.persistence.resources import probe_models
from planner.report.numbers import degrees, mm
from planner.services.depiction import focus_lps_mm
from planner.services.probe_commands import AddProbe, LockProbe, MoveProbe
from planner.ui.models.pose import tilted_hub, turned_hub
from planner.ui.models.probe_grip import placed_words
from planner.ui.models.skin_line import skin_line
from planner.ui.view_state import Tool

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain.plan import Plan
    from planner.domain.target import Target
    from planner.services.session import Session
    from planner.ui.desk import Desk

_SLIDE_MM, _FINE_MM = 1.0, 0.1
_TURN_DEG = 1.0


class ProbeDeeds:
    """Acts on the selected probe, else on the first."""

    def __init__(self, desk: Desk, *, show_probes: Callable[[], None]) -> None:
        self._desk = desk
        self._show_probes = show_probes
        self.table: dict[str, Callable[[], object]] = {
            "tool_probe": self._begin,
            "tip_here": partial(self._put_end, "tip"),
            "entry_here": partial(self._put_end, "entry"),
            "entry_to_skin": self._entry_to_skin,
            "point_at_target": self._point_at_target,
            "slide_in": partial(self._slide, _SLIDE_MM),
            "slide_out": partial(self._slide, -_SLIDE_MM),
            "slide_in_fine": partial(self._slide, _FINE_MM),
            "slide_out_fine": partial(self._slide, -_FINE_MM),
            "turn_clockwise": partial(self._turn, _TURN_DEG, 0.0),
            "turn_back": partial(self._turn, -_TURN_DEG, 0.0),
            "tilt_head": partial(self._turn, 0.0, _TURN_DEG),
            "tilt_feet": partial(self._turn, 0.0, -_TURN_DEG),
            "lock_probe": self._lock,
            "hide_probe": self._hide,
            "next_probe": self._next,
        }

    def _begin(self) -> None:
        self._desk.view.set_tool(Tool.PROBE)
        self._desk.say("Click the target for the tip, then the skin for the entry, in any view. Esc cancels.")

    def add(self, tip_lps_mm: PointLps, entry_lps_mm: PointLps, *, is_off_skin: bool = False) -> None:
        """Add the probe that was clicked: the entry goes to the skin along the shaft, and that is said."""
        session = self._desk.session
        if session is None:
            return
        find = None if is_off_skin else skin_line(session)
        on_skin = None if find is None else find(tip_lps_mm, entry_lps_mm)
        try:
            probe = ProbePlacement(
                id=ProbeId(uuid4().hex),
                label=session.plan.next_probe_label(),
                model_id=model_for(session.plan),
                entry_lps_mm=on_skin or entry_lps_mm,
                tip_lps_mm=tip_lps_mm,
            )
        except PlannerError as error:
            self._desk.refuse(error)
            return
        if self._desk.apply(AddProbe(probe)):
            self._desk.view.select_probe(probe.id)
            self._desk.look_at(probe.tip_lps_mm)
            self._show_probes()
            self._desk.say(
                f"{probe.label} added, {mm(probe.depth_mm)} deep; {_entry_words(on_skin, is_unasked=find is None)}."
            )

    def selected(self) -> ProbePlacement | None:
        """Return the probe that is acted on; None when the plan has none."""
        session = self._desk.session
        if session is None or not session.plan.probes:
            return None
        chosen = self._desk.view.selected_probe
        return next((p for p in session.plan.probes if p.id == chosen), session.plan.probes[0])

    # --- moving it ---------------------------------------------------------------------------------------------------

    def _put(self, probe: ProbePlacement, entry: PointLps, tip: PointLps, *, part: str) -> ProbePlacement | None:
        """Move it and return it as it is then; None when the plan refused, which the desk has said."""
        session = self._desk.session
        if session is None or not self._desk.apply(MoveProbe(probe.id, probe.label, entry, tip, part)):
            return None
        return session.plan.probe(probe.id)

    def _put_end(self, part: str) -> None:
        probe, here = self.selected(), self._desk.view.crosshair_lps_mm
        if probe is not None:
            entry, tip = (probe.entry_lps_mm, here) if part == "tip" else (here, probe.tip_lps_mm)
            self._tell(self._put(probe, entry, tip, part=part))

    def _slide(self, inward_mm: float) -> None:
        """Push the tip in along the shaft, or draw it back; the entry stays where it is."""
        probe = self.selected()
        if probe is not None:
            tip = point(np.asarray(probe.tip_lps_mm) + inward_mm * np.asarray(probe.direction_lps))
            self._tell(self._put(probe, probe.entry_lps_mm, tip, part="tip"))

    def _entry_to_skin(self) -> None:
        probe, session = self.selected(), self._desk.session
        if probe is None or session is None:
            return
        find = skin_line(session)
        on_skin = None if find is None else find(probe.tip_lps_mm, probe.entry_lps_mm)
        if on_skin is None:
            why = "the plan has no skin" if find is None else "its shaft meets no skin beyond the tip"
            self._desk.say(f"{probe.label}: {why}, so its entry stays.")
        elif moved := self._put(probe, on_skin, probe.tip_lps_mm, part="entry"):
            self._desk.say(f"{moved.label}: {mm(moved.depth_mm)} deep. Entry put on the skin along the shaft.")

    def _point_at_target(self) -> None:
        """Put the tip into the middle of the target, from the entry that there is."""
        probe, session = self.selected(), self._desk.session
        target = None if probe is None or session is None else _target_for(probe, session.plan, self._desk)
        if probe is None or session is None or target is None:
            return
        if moved := self._put(probe, probe.entry_lps_mm, middle_of(target, session.plan), part="tip"):
            self._desk.look_at(moved.tip_lps_mm)
            self._desk.say(
                f"{moved.label}: {mm(moved.depth_mm)} deep. Tip in the middle of {target.words}, entry kept."
            )

    def _turn(self, clockwise_deg: float, to_head_deg: float) -> None:
        """Turn about the tip, in the axial plane or out of it; the entry goes along on the skin."""
        probe, session = self.selected(), self._desk.session
        if probe is None or session is None:
            return
        hub = turned_hub(probe, clockwise_deg) if clockwise_deg else tilted_hub(probe, to_head_deg)
        as_deep = point(np.asarray(probe.tip_lps_mm) + probe.depth_mm * np.asarray(hub))
        find = skin_line(session)
        on_skin = None if find is None else find(probe.tip_lps_mm, as_deep)
        if moved := self._put(probe, on_skin or as_deep, probe.tip_lps_mm, part="entry"):
            where = "entry put on the skin" if on_skin else "as deep as before: no skin this way"
            self._desk.say(f"{moved.label}: {_angle_words(moved, session)}; tip kept, {where}.")

    def _tell(self, moved: ProbePlacement | None) -> None:
        """Say how deep it is now, and whether its entry has left the skin."""
        if moved is not None and self._desk.session is not None:
            self._desk.say(placed_words(moved, self._desk.session))

    # --- keeping and seeing it ---------------------------------------------------------------------------------------

    def _lock(self) -> None:
        probe, session = self.selected(), self._desk.session
        if probe is None or session is None:
            return
        is_locked = not session.plan.is_locked(probe.id)
        if self._desk.apply(LockProbe(probe.id, probe.label, is_locked)):
            words = "locked: no hand moves it" if is_locked else "unlocked"
            self._desk.say(f"{probe.label} is {words}.")

    def _hide(self) -> None:
        probe, view = self.selected(), self._desk.view
        if probe is None:
            return
        is_hidden = probe.id in view.hidden_probes
        view.show_probe(probe.id, on=is_hidden)
        self._desk.say(f"{probe.label} is {'shown' if is_hidden else 'hidden in all views; it freezes all the same'}.")

    def _next(self) -> None:
        session, probe = self._desk.session, self.selected()
        if session is None or probe is None:
            return
        probes = session.plan.probes
        following = probes[(probes.index(probe) + 1) % len(probes)]
        self._desk.view.select_probe(following.id)
        self._desk.look_at(following.tip_lps_mm)


def model_for(plan: Plan) -> str:
    """Return the model of a new probe: that of the last one, else the first that can be predicted."""
    return plan.probes[-1].model_id if plan.probes else next(m.id for m in probe_models() if m.can_simulate)


def _entry_words(on_skin: PointLps | None, *, is_unasked: bool) -> str:
    if on_skin is not None:
        return "its entry is put on the skin along the shaft"
    return "its entry is where you clicked" if is_unasked else "no skin there: its entry is where you clicked"


def _angle_words(probe: ProbePlacement, session: Session) -> str:
    pose = operator_pose(probe.entry_lps_mm, probe.tip_lps_mm, session.plan.position)
    in_plane, tilt = degrees(pose.in_plane_deg, pose.hub_leans), degrees(pose.tilt_deg, pose.hub_toward)
    return f"in-plane {in_plane}, tilt {tilt}, {mm(pose.depth_mm)} deep"


def middle_of(target: Target, plan: Plan) -> PointLps:
    """Return the middle of what is to be treated: of a nerve's segment on its smooth curve, or of a body."""
    return focus_lps_mm(replace(plan, targets=(target,)))


def _target_for(probe: ProbePlacement, plan: Plan, desk: Desk) -> Target | None:
    """Return the target to point at: the selected one, else the one nearest to the tip."""
    chosen = next((target for target in plan.targets if target.id == desk.view.selected_target), None)
    if chosen is not None or not plan.targets:
        return chosen
    return min(plan.targets, key=lambda target: distance_mm(middle_of(target, plan), probe.tip_lps_mm))
