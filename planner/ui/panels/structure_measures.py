"""What is known of each structure's mask? Places, sides, HU and distances, counted away from the hand and kept.

Everything is kept by the mask's content: an edit of a name counts nothing again. What is cheap is counted in a thread
for all structures; what is not (surface, HU, distances of masks) is asked of the worker for the one that is shown.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from planner.domain.structure import StructureKind
from planner.domain.structure_numbers import StructuresApart
from planner.domain.target import TargetBody
from planner.planning.clearance import near_field, nearest
from planner.planning.nerve import smooth_curve
from planner.planning.side import TOLERANCE_MM
from planner.services.structure_places import MaskPlace, place_of, side_remark
from planner.services.tasks import ApartStructures, MeasureStructures
from planner.ui.background import Background

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.domain.errors import PlannerError
    from planner.domain.identity import Sha256, StructureId
    from planner.domain.structure import Structure
    from planner.domain.structure_numbers import StructureNumbers
    from planner.domain.target import Target
    from planner.services.session import Session
    from planner.services.tasks import MeasuredStructures
    from planner.ui.desk import Desk

# Arrowing through the list measures only where the hand rests.
_REST_MS = 150
_LEAST_POINTS = 2


@dataclass(frozen=True, slots=True)
class _Told:
    places: dict[Sha256, MaskPlace]
    remarks: dict[StructureId, str]


class StructureMeasures(QObject):
    """Answers what is known, and asks for what is not. ``changed`` when more is known."""

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._places: dict[Sha256, MaskPlace] = {}
        self._remarks: dict[StructureId, str] = {}
        self._numbers: dict[Sha256, StructureNumbers] = {}
        self._refused: set[Sha256] = set()
        self._apart: dict[tuple[Sha256, Sha256 | str], StructuresApart | None] = {}
        self._counting = Background(self, self._take_places)
        self._reaching = Background(self, self._take_reach)
        self._session: Callable[[], Session | None] = lambda: None  # weakly: a closed one goes
        self._wanted: Structure | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._measure)

    # --- places and sides --------------------------------------------------------------------------------------------

    def place_of(self, structure: Structure) -> MaskPlace | None:
        """Return volume and places of a structure's mask; None while they are counted."""
        return self._places.get(structure.mask.sha256)

    def remark_of(self, structure: Structure) -> str:
        """Return the sentence on a side that the mask contradicts (H-16); empty when nothing speaks against it."""
        return self._remarks.get(structure.id, "")

    def follow(self, session: Session) -> None:
        """Count what is new in the plan."""
        if session is not self._session():
            self._begin_with(session)
        plan, known = session.plan, dict(self._places)
        sources = [s for s in plan.structures if s.kind in TOLERANCE_MM]

        def tell() -> _Told:
            new = {s.mask.sha256: s for s in plan.structures if s.mask.sha256 not in known}
            places = {sha: place_of(session.mask(s.id), plan.volume.grid) for sha, s in new.items()}
            held = known | places
            sided = [s for s in plan.structures if s.side is not None]
            masks = {s.id: session.mask(s.id) for s in sources} if sided else {}
            return _Told(places, {s.id: side_remark(s, held[s.mask.sha256], plan, masks) for s in sided})

        self._counting.ask(tell)

    def _begin_with(self, session: Session) -> None:
        """Ask again for what was under way when the plan before was closed: nobody answers for that any more."""
        self._session = weakref.ref(session)
        self._remarks = {}
        self._refused.clear()
        self._apart = {key: found for key, found in self._apart.items() if found is not None}
        self._reaching.drop()

    def _take_places(self, told: _Told) -> None:
        self._places |= told.places
        self._remarks = told.remarks
        self.changed.emit()

    # --- numbers -----------------------------------------------------------------------------------------------------

    def numbers_of(self, structure: Structure) -> StructureNumbers | None:
        """Return surface and HU of a structure; None while they are measured, which begins once the hand rests."""
        sha = structure.mask.sha256
        if sha not in self._numbers and sha not in self._refused:
            self._wanted = structure
            self._rest.start()
        return self._numbers.get(sha)

    def _measure(self) -> None:
        structure, volume, session = self._wanted, self._desk.volume, self._desk.session
        if structure is None or volume is None or session is None:
            return
        sha = structure.mask.sha256

        def take(measured: MeasuredStructures) -> None:
            self._numbers[sha] = measured.numbers[0]
            self.changed.emit()

        def refuse(_error: PlannerError) -> None:
            self._refused.add(sha)  # the plan is judged elsewhere; here a figure stays away

        request = MeasureStructures(volume, (structure.mask,))
        self._refused.add(sha)  # asked once
        self._desk.jobs.start(request, verb="Measuring", on_done=take, on_failed=refuse, is_quiet=True, is_of_plan=True)

    # --- distances ---------------------------------------------------------------------------------------------------

    def apart(self, structure: Structure, other: Structure) -> StructuresApart | None:
        """Return how far two structures are from each other; None while that is measured."""
        key = (structure.mask.sha256, other.mask.sha256)
        volume = self._desk.volume
        if key not in self._apart and volume is not None:
            self._apart[key] = None
            request = ApartStructures(volume, structure.mask, other.mask)

            def take(found: StructuresApart) -> None:
                self._apart[key] = found
                self.changed.emit()

            def refuse(_error: PlannerError) -> None:
                """Leave the figure away."""

            self._desk.jobs.start(
                request, verb="Measuring", on_done=take, on_failed=refuse, is_quiet=True, is_of_plan=True
            )
        return self._apart.get(key)

    def to_target(self, structure: Structure, target: Target) -> StructuresApart | None:
        """Return how far a target's course lies from a structure's surface; None while that is measured."""
        session = self._desk.session
        key: tuple[Sha256, Sha256 | str] = (structure.mask.sha256, f"{target.id} {hash(target.course)}")
        if key not in self._apart and session is not None:
            self._apart[key] = None

            def reach() -> tuple[tuple[Sha256, Sha256 | str], StructuresApart | None]:
                mask, grid = session.mask(structure.id), session.plan.volume.grid
                lps = course_points(target)
                if not len(lps) or not mask.any():
                    return key, None
                is_skin = structure.kind is StructureKind.SKIN  # whose mask is the whole body
                field = near_field(lps, mask, grid)
                found = nearest(lps, field, mask=mask, grid=grid, from_inside=is_skin)
                if found is None:
                    return key, None
                return key, StructuresApart(found.distance_mm, found.at_lps_mm, found.at_lps_mm)

            self._reaching.ask(reach)
        return self._apart.get(key)

    def _take_reach(self, answer: tuple[tuple[Sha256, Sha256 | str], StructuresApart | None]) -> None:
        key, found = answer
        self._apart[key] = found
        self.changed.emit()


def course_points(target: Target) -> NDArray[np.float64]:
    """Return the points, shape (N, 3), LPS mm, from which distances are measured: a body's middle, a nerve's course."""
    course = target.course
    if isinstance(course, TargetBody):
        return np.asarray([course.centre_lps_mm], dtype=np.float64)
    if len(course.points_lps_mm) < _LEAST_POINTS:
        return np.asarray(course.points_lps_mm, dtype=np.float64).reshape(-1, 3)
    return smooth_curve(course).points_lps_mm
