"""What is known of the robustness of the plan on the desk? Told only as of the plan that it was computed of (H-13).

Results are kept by the plan's judged hash, so undo brings one back at once. The last of all goes into the plan's file:
it takes half a minute to make, where a prediction takes a second.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from planner.domain.errors import InputRefused
from planner.services import robustness_kept
from planner.services.robustness_basis import is_of_now

if TYPE_CHECKING:
    from planner.domain.identity import Sha256
    from planner.domain.robustness import Robustness
    from planner.services.session import Session

MOST_KEPT = 12


class RobustnessShelf:
    """The results of one session."""

    def __init__(self) -> None:
        self._by_plan: OrderedDict[Sha256, Robustness] = OrderedDict()

    def current(self, plan_hash: Sha256) -> Robustness | None:
        """Return what was computed of exactly this plan; None when nothing was."""
        return self._by_plan.get(plan_hash)

    def latest(self, plan_hash: Sha256) -> Robustness | None:
        """Return what was computed of this plan, else of the state before it: to be shown as STALE and nothing else."""
        found = self._by_plan.get(plan_hash)
        return found if found is not None else next(reversed(self._by_plan.values()), None)

    def put(self, told: Robustness) -> None:
        """Take a result."""
        self._by_plan[told.plan_hash] = told
        self._by_plan.move_to_end(told.plan_hash)
        while len(self._by_plan) > MOST_KEPT:
            self._by_plan.popitem(last=False)

    def put_back(self, told: Robustness) -> None:
        """Take a result of the plan's file, unless something newer of that plan is here."""
        if told.plan_hash not in self._by_plan:
            self._by_plan[told.plan_hash] = told
            self._by_plan.move_to_end(told.plan_hash, last=False)


_SHELVES: WeakKeyDictionary[Session, RobustnessShelf] = WeakKeyDictionary()


def shelf_of(session: Session) -> RobustnessShelf:
    """Return the one shelf of a session."""
    shelf = _SHELVES.get(session)
    if shelf is None:
        shelf = _SHELVES[session] = RobustnessShelf()
    return shelf


def current_robustness(session: Session) -> Robustness | None:
    """Return what was computed of exactly the plan as it stands, by the rules and probe figures in force."""
    told = shelf_of(session).current(session.judged_hash)
    return told if told is not None and is_of_now(told, session.plan) else None


def keep_in_file(session: Session, told: Robustness) -> None:
    """Keep a result as the last one in the plan's file.

    Raises
    ------
    PlanFileError
        When the disk refuses it; it stays in memory.
    """
    file = session.file
    if file is None or file.is_read_only:
        return
    data = session.blobs.note(robustness_kept.note_name(told.inputs_hash))
    file.keep_result(robustness_kept.FILE_NAME, data if data is not None else robustness_kept.packed(told))


def hash_for_report(session: Session) -> Sha256 | None:
    """Return by which inputs the store keeps what was computed of the plan as it stands; None where nothing was."""
    told = current_robustness(session)
    return None if told is None else told.inputs_hash


def kept_in_file(session: Session) -> Sha256 | None:
    """Have the last result of the plan's file in the store, and return by which inputs it is there.

    None where there is none of the plan as it stands, by the rules and figures in force, or none that this program can
    read: a report then says that it holds no draws.
    """
    data = bytes_in_file(session)
    if data is None:
        return None
    try:
        told = put_into_store(session, data)
    except InputRefused:
        return None
    return told.inputs_hash if is_of_now(told, session.plan) else None


def put_into_store(session: Session, data: bytes) -> Robustness:
    """Return what a plan's file held, and have the same bytes in the store, where the report reads them."""
    told = robustness_kept.unpacked(data)
    session.blobs.keep_note(robustness_kept.note_name(told.inputs_hash), data)
    return told


def bytes_in_file(session: Session) -> bytes | None:
    """Return the last result as the plan's file holds it; reading it takes long enough to be done off the window."""
    return None if session.file is None else session.file.result(robustness_kept.FILE_NAME)
