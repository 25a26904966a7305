"""Does each target lie on the side that was typed? Asked of the anatomy at every edit, away from the hand (H-16)."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from planner.domain.geometry import Side
from planner.planning.side import TOLERANCE_MM, SideAnswer, derived_side
from planner.report.numbers import number
from planner.ui.background import Background
from planner.ui.panels.target_words import has_course

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain.identity import TargetId
    from planner.domain.target import Target
    from planner.services.session import Session
    from planner.ui.desk import Desk


@dataclass(frozen=True, slots=True)
class SideWords:
    """What the anatomy says of a typed side.

    Parameters
    ----------
    sentence
        The whole answer, such as ``"Lies 83.0 mm to the left of the midline (Spinal cord), as typed."``.
    short
        The same for a row, such as ``"Typed right, lies left"``.
    is_wrong
        The opposite side: nothing is to be trusted before this is put right.
    is_open
        No side can be told, or it lies in the midline's uncertainty.
    """

    sentence: str
    short: str
    is_wrong: bool = False
    is_open: bool = False


def side_words(typed: Side, answer: SideAnswer | None) -> SideWords:
    """Return the words on a typed side and what the anatomy answers; None = the midline cannot be told."""
    if answer is None:
        return SideWords("The patient’s midline cannot be told from this scan: check the side yourself.", "")
    midline = answer.midline
    source = midline.source if midline.is_confirmed else f"{midline.source}, unconfirmed"
    away = f"{number(abs(answer.offset_mm), decimals=1)} mm"
    hand = Side.LEFT if answer.offset_mm > 0 else Side.RIGHT
    where = f"{away} to the patient’s {hand.value} of the midline ({source})"
    if typed is answer.derived:
        return SideWords(f"Lies {where}: {typed.value}, as typed.", "")
    if Side.MIDLINE in (typed, answer.derived):
        told = f"within its ± {midline.tolerance_mm:g} mm" if answer.derived is Side.MIDLINE else "not in the midline"
        sentence = f"Typed {typed.value}, but it lies {where}, {told}. Check the side."
        return SideWords(sentence, f"Typed {typed.value}: check the side", is_open=True)
    sentence = f"Typed {typed.value}, but it lies {where}. Correct the side or the points before anything else."
    return SideWords(sentence, f"Typed {typed.value}, lies {hand.value}", is_wrong=True)


class SideWatch(QObject):
    """Asks for the sides of all targets when targets or midline change. ``changed`` when the answers are other ones."""

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._answers: dict[TargetId, tuple[Target, SideWords]] = {}
        self._asked: tuple[object, object] = ((), ())
        self._session: Callable[[], Session | None] = lambda: None
        self._background = Background(self, self._take)

    def words_of(self, target: Target) -> SideWords | None:
        """Return the answer for a target as it stands; None while it is sought."""
        known = self._answers.get(target.id)
        if known is None or (known[0].course, known[0].side) != (target.course, target.side):
            return None
        return known[1]

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._background.is_busy

    def follow(self, session: Session) -> None:
        """Ask again when a target or a structure that shows the midline is another one."""
        plan = session.plan
        asked = (plan.targets, tuple(s for s in plan.structures if s.kind in TOLERANCE_MM))
        if self._session() is session and asked == self._asked:
            return
        if self._session() is not session:
            self._answers = {}
            self._session = weakref.ref(session)
        self._asked = asked

        def tell() -> dict[TargetId, tuple[Target, SideWords]]:
            sources = [s for s in plan.structures if s.kind in TOLERANCE_MM]
            masks = {s.id: session.blobs.get(s.mask) for s in sources} if plan.targets else {}
            grid = plan.volume.grid
            return {
                target.id: (
                    target,
                    side_words(target.side, derived_side(target, structures=sources, masks=masks, grid=grid)),
                )
                for target in plan.targets
                if has_course(target)
            }

        self._background.ask(tell)

    def _take(self, answers: dict[TargetId, tuple[Target, SideWords]]) -> None:
        self._answers = answers
        self.changed.emit()
