"""Does each target lie on the side that was typed, and where a nerve can run? Asked of the anatomy, away from the hand.

The side is typed and derived; where they disagree it is said at once, and the assessment refuses it (H-16).
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from planner.domain.geometry import Side
from planner.domain.structure import StructureKind
from planner.planning.side import TOLERANCE_MM, SideAnswer, derived_side
from planner.planning.target_place import NO_NERVE_RUNS_IN, Misplaced, misplaced
from planner.report.numbers import number
from planner.ui.background import Background
from planner.ui.panels.target_words import has_course

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.identity import StructureId, TargetId
    from planner.domain.structure import Structure
    from planner.domain.target import Target
    from planner.services.session import Session
    from planner.ui.desk import Desk

_REST_MS = 150
_ASKED = NO_NERVE_RUNS_IN | {StructureKind.SKIN} | set(TOLERANCE_MM)


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
        It lies in the midline's uncertainty, or beside a midline that was typed.
    misplaced
        Parts of the target that lie in lung, gut or air, or outside the body.
    """

    sentence: str
    short: str
    is_wrong: bool = False
    is_open: bool = False
    misplaced: tuple[Misplaced, ...] = ()

    @property
    def place_sentence(self) -> str:
        """Where the target lies that no nerve runs; empty when nowhere."""
        parts = [f"{number(part.amount, decimals=1)} {part.unit} {part.where}" for part in self.misplaced]
        return f"Lies {', '.join(parts)}: move its points." if parts else ""


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


def _ask(
    target: Target,
    *,
    structures: Sequence[Structure],
    masks: Mapping[StructureId, NDArray[np.bool_]],
    grid: Grid,
) -> SideWords:
    words = side_words(target.side, derived_side(target, structures=structures, masks=masks, grid=grid))
    return replace(words, misplaced=misplaced(target, structures=structures, masks=masks, grid=grid))


class SideWatch(QObject):
    """Asks for the sides of all targets when targets or midline change. ``changed`` when the answers are other ones."""

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._answers: dict[TargetId, tuple[Target, SideWords]] = {}
        self._asked: tuple[object, object] = ((), ())
        self._session: Callable[[], Session | None] = lambda: None
        self._background = Background(self, self._take)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._ask)

    def words_of(self, target: Target) -> SideWords | None:
        """Return the answer for a target; None while it is sought.

        While points are dragged the last answer for the same side stays, until the hand rests and it is asked again.
        """
        known = self._answers.get(target.id)
        if known is None or known[0].side is not target.side:
            return None
        return known[1]

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._rest.isActive() or self._background.is_busy

    def follow(self, session: Session) -> None:
        """Ask again when a target or a structure that shows the midline is another one."""
        plan = session.plan
        asked = (plan.targets, tuple(s for s in plan.structures if s.kind in _ASKED))
        if self._session() is session and asked == self._asked:
            return
        if self._session() is not session:
            self._answers = {}
            self._session = weakref.ref(session)
        self._asked = asked
        # While a point is dragged the thread would take the hand's own time: it is asked once the hand rests.
        self._rest.start(_REST_MS if session.is_held else 0)

    def _ask(self) -> None:
        session = self._session()
        if session is None:
            return
        plan = session.plan

        def tell() -> dict[TargetId, tuple[Target, SideWords]]:
            structures = [s for s in plan.structures if s.kind in _ASKED]
            masks = {s.id: session.blobs.get(s.mask) for s in structures} if plan.targets else {}
            asking = partial(_ask, structures=structures, masks=masks, grid=plan.volume.grid)
            return {target.id: (target, asking(target)) for target in plan.targets if has_course(target)}

        self._background.ask(tell)

    def _take(self, answers: dict[TargetId, tuple[Target, SideWords]]) -> None:
        self._answers = answers
        self.changed.emit()
