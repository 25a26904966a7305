"""How does a target get its place? Drawn point by point, by landmarks, along a structure, or as a copy elsewhere.

What is to be marked is decided in the panel and kept here while the hand clicks in the slices; nothing is in the plan
before it has a place. A course along a structure is found away from the hand, and only then handed on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import uuid4

from PySide6.QtCore import QObject, QTimer, Signal

from planner.domain.atlas import TargetForm
from planner.domain.errors import PlannerError
from planner.domain.identity import TargetId
from planner.domain.target import NerveCurve, Target, TargetBody
from planner.planning.landmarks import landmark_course
from planner.planning.nerve_path import path_along
from planner.planning.target_copies import moved_target
from planner.ui.background import Background
from planner.ui.panels.target_measures import atlas_source
from planner.ui.view_state import Tool

if TYPE_CHECKING:
    from planner.domain.atlas import AtlasEntry
    from planner.domain.geometry import PointLps, Side
    from planner.domain.identity import PlanId
    from planner.domain.structure import Structure
    from planner.ui.desk import Desk

HEAD_LPS: PointLps = (0.0, 0.0, 1.0)
MARKING_TOOLS = frozenset({Tool.NERVE, Tool.BODY, Tool.LANDMARKS, Tool.PATH})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be marked: a new target of an atlas entry, or another place for one that is there (``redrawn``)."""

    entry: AtlasEntry | None
    side: Side
    level: str = ""
    length_mm: float = 0.0
    width_mm: float = 0.0
    redrawn: Target | None = None

    @property
    def is_body(self) -> bool:
        """Whether one place is marked, and not a course."""
        if self.redrawn is not None:
            return self.redrawn.is_body
        return self.entry is not None and self.entry.form is TargetForm.BODY

    def placed(self, points_lps_mm: tuple[PointLps, ...]) -> Target:
        """Return the target with its place: a course through the points, or a body at the first of them.

        Raises PlanInvalid for sizes out of range.
        """
        course = self._course(points_lps_mm)
        if self.redrawn is not None:
            return replace(self.redrawn, course=course)
        if self.entry is None:
            raise TypeError("A new target needs its atlas entry.")
        diameter_mm, source = _diameter_of(self.entry)
        return Target(
            id=TargetId(uuid4().hex),
            name=self.entry.name,
            atlas_id=self.entry.id,
            side=self.side,
            course=course,
            level=self.level,
            diameter_mm=diameter_mm,
            diameter_source=source,
        )

    def _course(self, points_lps_mm: tuple[PointLps, ...]) -> NerveCurve | TargetBody:
        if self.redrawn is not None and isinstance(self.redrawn.course, TargetBody):
            return replace(self.redrawn.course, centre_lps_mm=points_lps_mm[0])
        if self.is_body:
            return TargetBody(points_lps_mm[0], HEAD_LPS, self.length_mm, self.width_mm)
        return NerveCurve(points_lps_mm)


def _diameter_of(entry: AtlasEntry) -> tuple[float | None, str]:
    """Return diameter and source of a nerve from the atlas; nothing when it has none, so nothing is assumed."""
    datum = entry.diameter_mm
    if entry.form is not TargetForm.NERVE or datum.value is None:
        return None, ""
    return datum.value, atlas_source(datum)


@dataclass(frozen=True, slots=True)
class Along:
    """Which structure a course follows, and at what distance from its surface, mm."""

    structure: Structure
    offset_mm: float


class Marking(QObject):
    """Takes the tools for what is wanted, and hands on the target with its place. ``marked(Target, what)``.

    ``changed`` when something else is wanted or found.
    """

    marked = Signal(object, str)
    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._along: Along | None = None
        self._copied: tuple[Target, str] | None = None
        self.wanted: Wanted | None = None
        self._finding = Background(self, self._take_course)
        self._found_for: Wanted | None = None
        desk.view.changed.connect(self._on_view)

    @property
    def is_finding(self) -> bool:
        """Whether a course is being sought."""
        return self._finding.is_busy

    @property
    def way(self) -> Along | None:
        """The structure that the course under way follows."""
        return self._along

    # --- beginning ---------------------------------------------------------------------------------------------------

    def draw(self, wanted: Wanted) -> None:
        """Take the tool that marks it point by point."""
        self._begin(wanted)
        self._desk.view.set_tool(Tool.BODY if wanted.is_body else Tool.NERVE)
        self._desk.say(
            "Click the middle of the target in a slice. Esc cancels."
            if wanted.is_body
            else "Click along the nerve, then Enter or a double click. Esc cancels."
        )

    def by_landmarks(self, wanted: Wanted, prompts: tuple[str, ...]) -> None:
        """Ask for the atlas's landmarks one after the other."""
        self._begin(wanted)
        self._ask(Tool.LANDMARKS, prompts)
        self._desk.say(f"Click the {len(prompts)} landmarks in any slice, in the order given. Esc begins anew.")

    def along(self, wanted: Wanted, along: Along) -> None:
        """Ask for the two ends of a course that follows a structure."""
        self._begin(wanted)
        self._along = along
        name = along.structure.name
        self._ask(Tool.PATH, (f"where the course begins, beside {name}", f"where it ends, beside {name}"))
        self._desk.say(f"Click both ends of the course; it follows {name} in between. Esc begins anew.")

    def copy(self, target: Target, level: str) -> None:
        """Ask where the copy at another level begins."""
        self._begin(None)
        self._copied = (target, level)
        what = "the middle" if target.is_body else "the first point of the course"
        self._ask(Tool.LANDMARKS, (f"{what} at {level}",))
        self._desk.say(f"Click where {what} lies at {level}; the copy keeps the shape. Esc cancels.")

    def _begin(self, wanted: Wanted | None) -> None:
        self._finding.drop()  # a course still sought would take the next tool out of the hand
        self._desk.view.set_tool(Tool.POINTER)
        self.wanted, self._along, self._copied = wanted, None, None

    def _ask(self, tool: Tool, prompts: tuple[str, ...]) -> None:
        self._desk.view.set_prompts(prompts)
        self._desk.view.set_tool(tool)
        self.changed.emit()

    # --- ending ------------------------------------------------------------------------------------------------------

    def take_points(self, points_lps_mm: tuple[PointLps, ...], wanted: Wanted) -> None:
        """Hand on a course, or the middle of a body, that was clicked; say in words why not."""
        what = "mark"
        if wanted.redrawn is not None:
            what = "move" if wanted.is_body else "redraw"

        def act() -> None:
            target = self._as_it_is(wanted).placed(points_lps_mm)
            self._desk.view.set_tool(Tool.POINTER)
            self.marked.emit(target, what)

        self._desk.attempt(act)
        self.wanted = None
        self.changed.emit()

    def _as_it_is(self, wanted: Wanted) -> Wanted:
        """Return what is wanted with the target as the plan has it now: it may have been edited meanwhile."""
        if wanted.redrawn is None or self._desk.session is None:
            return wanted
        return replace(wanted, redrawn=self._desk.session.plan.target(wanted.redrawn.id))

    def take_marks(self, tool: Tool, points_lps_mm: tuple[PointLps, ...]) -> None:
        """Make a course of what the guided tools have asked for."""
        copied, wanted = self._copied, self.wanted
        self._copied = None
        if copied is not None:
            self._desk.attempt(
                lambda: self.marked.emit(moved_target(copied[0], copied[1], first_lps_mm=points_lps_mm[0]), "copy")
            )
            self.changed.emit()
        elif wanted is not None and tool is Tool.PATH and self._along is not None:
            self._find_course(wanted, self._along, points_lps_mm)
        elif wanted is not None and tool is Tool.LANDMARKS:
            self._take_landmarks(wanted, points_lps_mm)

    def _take_landmarks(self, wanted: Wanted, points_lps_mm: tuple[PointLps, ...]) -> None:
        entry = wanted.entry
        if entry is None:
            return

        def act() -> None:
            self.take_points(landmark_course(entry, points_lps_mm, wanted.side), wanted)
            self._desk.say("A template between your landmarks, not what the CT shows: drag it onto the target.")

        self._desk.attempt(act)

    def _find_course(self, wanted: Wanted, along: Along, ends_lps_mm: tuple[PointLps, ...]) -> None:
        session = self._desk.session
        if session is None:
            return
        mask, grid = session.mask(along.structure.id), session.plan.volume.grid
        start, end = ends_lps_mm[0], ends_lps_mm[-1]
        self._found_for = wanted

        def find() -> tuple[PointLps, ...] | PlannerError:
            try:
                return path_along(mask, grid, start, end, offset_mm=along.offset_mm)
            except PlannerError as error:
                return error  # the user waits for an answer: a refusal is one

        self._desk.say(f"Finding the course along {along.structure.name} …")
        plan_id = session.plan.id
        self._finding.ask(lambda: (plan_id, find()))
        self.changed.emit()

    def _take_course(self, answer: tuple[PlanId, tuple[PointLps, ...] | PlannerError]) -> None:
        wanted, self._found_for = self._found_for, None
        plan_id, found = answer
        if self._desk.session is None or self._desk.session.plan.id != plan_id:
            pass  # another plan is on the desk: what was sought is no part of it
        elif isinstance(found, PlannerError):
            self._desk.refuse(found)
        elif wanted is not None:
            self.take_points(found, wanted)
            self._desk.say(f"{len(found)} points, drawn from the structure's outline: drag them onto the nerve.")
        self.changed.emit()

    def _on_view(self, name: str) -> None:
        """Forget what was wanted once the hand has another tool; a tool that is done hands its points on first."""
        if name == "tool" and self._desk.view.tool not in MARKING_TOOLS:
            QTimer.singleShot(0, self, self._forget)

    def _forget(self) -> None:
        if self._desk.view.tool not in MARKING_TOOLS and self.wanted is not None:
            self.wanted, self._along = None, None
            self.changed.emit()
        if self._desk.view.tool not in MARKING_TOOLS:
            self._copied = None
