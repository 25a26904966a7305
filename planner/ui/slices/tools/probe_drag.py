"""How is a probe held in a slice? One drag: its edits, its words beside the hand, and what is said at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from planner.ui.models.probe_grip import GripKeys, ProbeGrip
from planner.ui.models.skin_line import skin_line
from planner.ui.slices.handles import Part
from planner.ui.slices.tools.tool import lines_beside

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from planner.domain.identity import ProbeId
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbePlacement
    from planner.rendering.primitives import Primitive
    from planner.services.probe_commands import MoveProbe
    from planner.services.session import Session
    from planner.ui.slices.handles import Handle


class ProbeDrag:
    """One hold of a probe, in a slice or in 3-D; the view that makes it runs its edits."""

    def __init__(self, handle: Handle, session: Session) -> None:
        self._session = session
        self._grip = ProbeGrip(probe_of(handle, session.plan), handle.part, handle.lps_mm, skin_line(session))
        self._keys = GripKeys()
        self.has_moved = False

    @property
    def probe_id(self) -> ProbeId:
        """Whose it is."""
        return self._grip.start.id

    @property
    def is_locked(self) -> bool:
        """Whether it may not be moved; the plan itself says so in words."""
        return self._session.plan.is_locked(self.probe_id)

    @property
    def lock_words(self) -> str:
        """What stands beside the hand on a locked probe."""
        return f"{self._grip.start.label} is locked"

    def press_keys(self, keys: GripKeys) -> None:
        """Note the keys held while nothing has moved yet."""
        self._keys = keys

    def command(self, shift_lps_mm: ArrayLike, keys: GripKeys) -> MoveProbe:
        """Return the edit for a hand that has come this far."""
        self._keys = keys
        return self._grip.command(shift_lps_mm, keys)

    def said(self) -> str:
        """Return what to say when the hand lets go."""
        return self._grip.said(self._now(), self._keys)

    def marks(self, at_px: tuple[float, float], *, size_px: tuple[int, int]) -> list[Primitive]:
        """Write the numbers beside the hand, and which keys there are."""
        if self.is_locked:
            return [*lines_beside((self.lock_words,), at_px, size_px=size_px)]
        numbers = self._grip.words(self._now(), self._session.plan.position)
        return [*lines_beside((*numbers, self._grip.hint(self._keys)), at_px, size_px=size_px)]

    def _now(self) -> ProbePlacement:
        plan = self._session.plan
        return next((probe for probe in plan.probes if probe.id == self.probe_id), self._grip.start)


def over_words(over: Handle, plan: Plan) -> str:
    """Return what stands beside the hand over a probe."""
    probe = probe_of(over, plan)
    if plan.is_locked(probe.id):
        return f"{probe.label} is locked"
    return f"{probe.label} shaft: aim" if over.part is Part.AIM else f"{probe.label} {over.part.value}"


def probe_cursor(*, is_locked: bool, is_held: bool) -> Qt.CursorShape:
    """Return the mouse pointer over a probe's handle."""
    if is_locked:
        return Qt.CursorShape.ForbiddenCursor
    return Qt.CursorShape.ClosedHandCursor if is_held else Qt.CursorShape.OpenHandCursor


def probe_of(handle: Handle, plan: Plan) -> ProbePlacement:
    """Return the probe that a handle belongs to."""
    return next(probe for probe in plan.probes if probe.id == handle.owner_id)
