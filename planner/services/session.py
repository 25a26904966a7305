"""What is open right now? One CT, one plan with its history and file, one prediction; the only door for edits."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from planner.domain.errors import PlanInvalid, PlannerError
from planner.persistence.planfile import PlanFile, Step, StepKind, read_only
from planner.services import keeping
from planner.services.history import Entry, History, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from planner.domain.assessment import Assessment
    from planner.domain.identity import BlobRef, PatientIdentity, Sha256, StructureId
    from planner.domain.plan import Plan
    from planner.domain.preview import IcePreview
    from planner.domain.second import SecondSeries
    from planner.domain.simulation import SimulationResult
    from planner.domain.volume import Volume
    from planner.persistence.blobs import BlobStore
    from planner.services.commands import Command
    from planner.services.shared import SharedRange


_MASKS_AT_HAND = 3


class ChangeKind(StrEnum):
    """What kind of thing changed; observers refresh only what they show."""

    VOLUME = "volume"
    STRUCTURES = "structures"
    TARGETS = "targets"
    PROBES = "probes"
    PROTOCOL = "protocol"
    MEASUREMENTS = "measurements"
    PLAN = "plan"
    SECOND = "second"
    RESULT = "result"
    ASSESSMENT = "assessment"
    PREVIEW = "preview"
    GESTURE = "gesture"
    """The hand has let go: what was dragged is now one step."""


_PLAN_FIELDS = {
    ChangeKind.STRUCTURES: "structures",
    ChangeKind.TARGETS: "targets",
    ChangeKind.PROBES: "probes",
    ChangeKind.PROTOCOL: "protocol",
    ChangeKind.MEASUREMENTS: "measurements",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing happened: which kinds changed, who started it, and the plan's hash after it."""

    kinds: frozenset[ChangeKind]
    initiator: str
    plan_hash: Sha256


def utc_now() -> str:
    """Return the time as ISO 8601 UTC to the second; the one clock of the program."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local_day() -> str:
    """Return the calendar day here, ISO: what is due is counted in days that people live."""
    return datetime.now(UTC).astimezone().date().isoformat()


class Session:
    """One open case.

    Observers subscribe and get one :class:`Change` per edit. Edits inside :meth:`gesture` with one merge key become one
    undo step and one step of the file.
    """

    def __init__(self, *, blobs: BlobStore, volume: Volume, identity: PatientIdentity, history: History) -> None:
        self.blobs = blobs
        self.volume = volume
        self.identity = identity
        self.result: SimulationResult | None = None
        self.assessment: Assessment | None = None
        self.preview: IcePreview | None = None
        self.uncertainty: SharedRange | None = None
        self.second: SecondSeries | None = None
        self.saved_at = ""
        self._history = history
        self._file: PlanFile | None = None
        self._listeners: list[Callable[[Change], None]] = []
        self._in_gesture = False
        self._before_gesture: Place | None = None
        self._hashed = _hashes_of(history.plan)
        self._trail: set[Sha256] = set()
        self._unkept: list[Step] = []
        self._kept_here = 0
        self.steps_at_open = 0
        self._unplaced: str | None = None
        self._left_masks: list[BlobRef] = []
        _require_same_volume(history.plan, volume)

    # --- reading -----------------------------------------------------------------------------------------------------

    @property
    def plan(self) -> Plan:
        """The plan as it stands."""
        return self._history.plan

    @property
    def plan_hash(self) -> Sha256:
        """Hash of the plan as it stands; computed once for each plan, however many observers ask."""
        return self._hashes()[1]

    @property
    def judged_hash(self) -> Sha256:
        """Hash of what of it is predicted and judged; computed once for each plan, too."""
        return self._hashes()[2]

    def _hashes(self) -> tuple[Plan, Sha256, Sha256]:
        plan = self._history.plan
        if self._hashed[0] is not plan:
            self._hashed = _hashes_of(plan)
        return self._hashed

    @property
    def file_path(self) -> Path | None:
        """Where the plan is kept; None before the first save."""
        return self._file.path if self._file else None

    @property
    def file(self) -> PlanFile | None:
        """The file that the plan is kept in; None before the first save."""
        return self._file

    @property
    def is_read_only(self) -> bool:
        """Whether another window holds the plan, or its place cannot be written: edits are refused in words (H-37)."""
        return self._file is not None and self._file.is_read_only

    def require_writable(self) -> None:
        """Raise PlanFileError when edits are refused: before work that would be lost."""
        if self.is_read_only and self._file is not None:
            raise read_only(self._file.path)

    @property
    def has_no_home(self) -> bool:
        """Whether the folder that the plan was to be kept in took no file: it is in memory only."""
        return self._unplaced is not None

    @property
    def edits_made(self) -> int:
        """How many edits, undos and redos were made since the plan was opened, kept or not."""
        return self._kept_here + len(self._unkept)

    @property
    def unkept_edits(self) -> int:
        """How many finished edits are in memory only: the disk refused them (H-34). A drag under way is none yet."""
        if self._file is None:
            return 0 if self._unplaced is None else self._history.length
        return len(self._unkept) - (1 if self._in_gesture and self._history.merge_key else 0)

    @property
    def source_folder(self) -> str:
        """Where the CT was read from, as the plan's file says; empty before the first save."""
        return self._file.source_folder() if self._file else ""

    @property
    def undo_label(self) -> str:
        """Verb phrase that undo would take back; empty when nothing can be undone."""
        return self._history.undo_label

    @property
    def redo_label(self) -> str:
        """Verb phrase that redo would repeat; empty when nothing can be redone."""
        return self._history.redo_label

    @property
    def result_is_current(self) -> bool:
        """Whether the prediction and its assessment were made from exactly this plan."""
        return (
            self.result is not None
            and self.assessment is not None
            and self.assessment.plan_hash == self.judged_hash
            and self.assessment.input_hash == self.result.input_hash
        )

    @property
    def is_held(self) -> bool:
        """Whether a hand holds something and has not let go yet."""
        return self._in_gesture

    @property
    def preview_is_current(self) -> bool:
        """Whether the preview was made from exactly this plan."""
        return self.preview is not None and self.preview.plan_hash == self.judged_hash

    @property
    def is_trailed(self) -> bool:
        """Whether nothing but probes moved since the plan had its prediction: a preview may follow them."""
        return bool(self._trail) and not self.result_is_current

    def mask(self, structure_id: StructureId) -> NDArray[np.bool_]:
        """Return a structure's mask, bool (K, J, I), read-only."""
        return self.blobs.get(self.plan.structure(structure_id).mask)

    # --- editing -----------------------------------------------------------------------------------------------------

    def apply(self, command: Command, *, initiator: str) -> None:
        """Run one edit: validate, swap the plan, keep it, tell the observers once.

        Raises PlanInvalid, and changes nothing, when the command refuses.
        """
        self.require_writable()
        before, before_hash = self.plan, self.judged_hash
        after = command.apply(before)
        if after == before:
            return
        _require_same_volume(after, self.volume)
        entry = Entry(after, command.label, command.merge_key if self._in_gesture else "")
        if entry.merge_key and entry.merge_key == self._history.merge_key:
            self._history.replace_top(entry)
            del self._unkept[-1:]
        else:
            self._history.push(entry)
        self._unkept.append(Step(StepKind.EDIT, command.label, initiator, utc_now(), after))
        try:
            if not entry.merge_key:
                self._keep_pending()
        finally:
            self._trail.add(before_hash)
            self._tell_difference(before, after, initiator)

    @contextmanager
    def gesture(self) -> Iterator[None]:
        """Group the edits of one drag: ``with session.gesture(): ...`` or begin_gesture/end_gesture from events."""
        self.begin_gesture()
        try:
            yield
        finally:
            self.end_gesture()

    def begin_gesture(self) -> None:
        """Start grouping edits of equal merge key."""
        self._in_gesture = True
        self._before_gesture = self._history.place

    def cancel_gesture(self) -> None:
        """Stop grouping and put the plan back as the hand found it: no step is left, and what was undone can be redone.

        Where something else was edited meanwhile, that stays, and the gesture ends as if the hand had let go.
        """
        before, found = self.plan, self._before_gesture
        is_alone = found is not None and self._history.place.at == found.at + 1
        if found is not None and is_alone and self._history.merge_key and self._unkept:
            self._history.return_to(found)
            del self._unkept[-1:]
            self._in_gesture = False
            self._tell_difference(before, self.plan, "user")
        self.end_gesture()

    def end_gesture(self) -> None:
        """Stop grouping; the gesture's last state becomes one step of the file."""
        self._in_gesture = False
        if self._history.merge_key:
            self._history.replace_top(Entry(self.plan, self._history.undo_label))
        try:
            self._keep_pending()
        finally:
            self._tell(frozenset((ChangeKind.GESTURE,)), "user")

    def undo(self, *, initiator: str = "user") -> None:
        """Take the last edit back; does nothing at the beginning."""
        self._step_history(StepKind.UNDO, self.undo_label, initiator)

    def redo(self, *, initiator: str = "user") -> None:
        """Repeat the edit taken back last; does nothing at the end."""
        self._step_history(StepKind.REDO, self.redo_label, initiator)

    # --- looking -----------------------------------------------------------------------------------------------------

    def show_second(self, second: SecondSeries | None) -> None:
        """Lay a series over the CT, or take it away: for the eye only, and not part of the plan."""
        self.second = second
        self._tell(frozenset((ChangeKind.SECOND,)), "user")

    # --- prediction --------------------------------------------------------------------------------------------------

    def show_prediction(self, result: SimulationResult, assessment: Assessment) -> bool:
        """Accept a prediction if it was made from the plan as it stands; False drops a late one (H-13)."""
        if assessment.plan_hash != self.judged_hash or assessment.input_hash != result.input_hash:
            return False
        self.result, self.assessment, self.preview = result, assessment, None
        self._trail.clear()
        self._tell(frozenset((ChangeKind.RESULT, ChangeKind.ASSESSMENT)), "prediction")
        return True

    def show_preview(self, preview: IcePreview) -> bool:
        """Show the ice of a preview in place of a stale prediction; False drops one that no longer fits.

        It must be of the plan as it stands, or of one that led there by nothing but moving probes: then it trails the
        hand, and :attr:`preview_is_current` is False. It is never judged.
        """
        if self.result_is_current or preview.plan_hash not in {*self._trail, self.judged_hash}:
            return False
        self.preview = preview
        self._tell(frozenset((ChangeKind.PREVIEW,)), "preview")
        return True

    @property
    def range_is_current(self) -> bool:
        """Whether the range of the prediction was made from exactly this plan, which has its prediction."""
        made_for = None if self.uncertainty is None else self.uncertainty.prediction.plan_hash
        return self.result_is_current and made_for == self.judged_hash

    def show_range(self, uncertainty: SharedRange) -> bool:
        """Accept the smallest and largest ice if they are of the plan as it stands; False drops a late one (H-13)."""
        if uncertainty.prediction.plan_hash != self.judged_hash:
            return False
        self.uncertainty = uncertainty
        self._tell(frozenset((ChangeKind.RESULT,)), "range")
        return True

    def drop_preview(self) -> None:
        """Show no preview any more."""
        if self.preview is not None or self._trail:
            self.preview = None
            self._trail.clear()
            self._tell(frozenset((ChangeKind.PREVIEW,)), "preview")

    # --- keeping -----------------------------------------------------------------------------------------------------

    def keep_in(self, path: Path, *, source_folder: str) -> None:
        """Start a plan file; from here on every step is kept as it happens. One without its masks is not left there."""
        first = Step(StepKind.START, "", "program", utc_now(), self.plan)
        self._unplaced = source_folder
        file = keeping.file_of([first], path, blobs=self.blobs, identity=self.identity, source_folder=source_folder)
        self._unplaced = None
        self.attach(file)

    def attach(self, file: PlanFile) -> None:
        """Continue in an open plan file whose last step is this session's plan."""
        self._file, self._kept_here = file, 0
        self.steps_at_open = file.count_edits()
        if not file.is_read_only:
            keeping.keep_masks_of(self.plan, file, self.blobs)
            self.saved_at = utc_now()

    def keep_now(self) -> None:
        """Write what the disk refused before; raises PlanFileError when it still does."""
        if not self._in_gesture:
            self._keep_pending()

    def save_copy(self, path: Path) -> None:
        """Write a copy of the plan elsewhere, with everything its own disk refused (H-34).

        A plan whose folder took no file has its home there from now on.
        """
        if self._file is None and self._unplaced is None:
            raise PlanInvalid("This plan has no file yet. Save it first.", code="plan-unsaved")
        if self._file is None:
            steps = keeping.steps_of(self._history, utc_now())
            source = self._unplaced or ""
            file = keeping.file_of(steps, path, blobs=self.blobs, identity=self.identity, source_folder=source)
            self._unplaced = None
            self.attach(file)
            return
        try:
            self._keep_pending()
        except PlannerError:
            keeping.copy_with(self._file, path, self._unkept, self.blobs)
        else:
            self._file.save_copy(path)

    def close(self) -> None:
        """Keep what is pending and release the file. Closing never asks: every step is kept."""
        self._listeners.clear()
        try:
            self._keep_pending()
        finally:
            if self._file is not None:
                self._file.close()
                self._file = None

    # --- observing ---------------------------------------------------------------------------------------------------

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call ``listener`` on every change until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    # --- inside ------------------------------------------------------------------------------------------------------

    def _step_history(self, kind: StepKind, label: str, initiator: str) -> None:
        self.require_writable()
        before = self.plan
        there, back = self._history.undo, self._history.redo
        if kind is StepKind.REDO:
            there, back = back, there
        if not there():
            return
        try:
            self._fetch_masks(before)
        except PlannerError:
            back()
            raise
        self._trail.clear()
        self.preview = None
        self._unkept.append(Step(kind, label, initiator, utc_now(), self.plan))
        try:
            self._keep_pending()
        finally:
            self._tell_difference(before, self.plan, initiator)

    def _fetch_masks(self, before: Plan) -> None:
        """Have the masks that come back with an earlier plan unpacked and checked before anybody is shown it."""
        there = {structure.mask for structure in before.structures}
        for structure in self.plan.structures:
            if structure.mask not in there:
                self.blobs.get(structure.mask)

    def _shelve_masks(self, before: Plan) -> None:
        """Keep masks that have left the plan compressed: hundreds of strokes must not fill the disk.

        The last few stay as they are, so that undo of a stroke or two has them at once.
        """
        here = {structure.mask for structure in self.plan.structures}
        self._left_masks += {structure.mask for structure in before.structures} - here
        self._left_masks = [mask for mask in self._left_masks if mask not in here]
        while len(self._left_masks) > _MASKS_AT_HAND:
            self.blobs.shelve(self._left_masks.pop(0))

    def _keep_pending(self) -> None:
        """Write steps that are not in the file yet, in order; one that cannot be written stays for the next time."""
        if self._file is None:
            self._unkept.clear()
            return
        while self._unkept:
            # Each with its own masks: undo may come back to a step that waited for the disk.
            keeping.append_all(self._file, self._unkept[:1], self.blobs)
            self.saved_at = self._unkept.pop(0).at
            self._kept_here += 1

    def _tell_difference(self, before: Plan, after: Plan, initiator: str) -> None:
        kinds = {kind for kind, field in _PLAN_FIELDS.items() if getattr(before, field) != getattr(after, field)}
        if ChangeKind.STRUCTURES in kinds:
            self._shelve_masks(before)
        self._follow_with_preview(kinds)
        self._tell(frozenset(kinds or {ChangeKind.PLAN}), initiator)

    def _follow_with_preview(self, kinds: set[ChangeKind]) -> None:
        """Let a preview trail a probe that moves, and stay while something is measured; any other change ends it."""
        if not kinds or kinds - {ChangeKind.PROBES, ChangeKind.MEASUREMENTS}:
            self._trail.clear()
            self.preview = None

    def _tell(self, kinds: frozenset[ChangeKind], initiator: str) -> None:
        change = Change(kinds, initiator, self.plan_hash)
        for listener in tuple(self._listeners):
            listener(change)


def _hashes_of(plan: Plan) -> tuple[Plan, Sha256, Sha256]:
    """Return a plan with its own and its judged hash; each serialises the plan, so where they are one it is made once.

    This runs at every step of a drag.
    """
    whole, judged = plan.hash, plan.as_judged
    return plan, whole, whole if judged is plan else judged.hash


def _require_same_volume(plan: Plan, volume: Volume) -> None:
    """Refuse a plan on any other CT than its own (H-12)."""
    own, there = plan.volume, volume.ref
    same_pixels = (own.pixel_hash, own.frame_of_reference_uid) == (there.pixel_hash, there.frame_of_reference_uid)
    if not same_pixels or not own.grid.same_as(there.grid):
        raise PlanInvalid(
            "This plan belongs to another CT: pixels, geometry or frame of reference differ. Open its own CT.",
            code="plan-other-volume",
        )
