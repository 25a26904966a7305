"""How do masks change in the window? The one door: strokes under the hand, and edits of whole masks in the worker.

A stroke changes a working copy at once and is kept in a thread, in order; the next one may begin meanwhile. Undo, redo,
edits of whole masks and closing wait for what is on its way; all but closing also for the hand that is drawing.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal

from planner.domain.bit_packing import NOWHERE, Box
from planner.domain.errors import InputRefused, PlannerError
from planner.domain.identity import BlobRef, StructureId
from planner.domain.mask_edit import EditLimit
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.services.mask_draft import NO_LIMIT, DraftLimit, MaskDraft, Stroke
from planner.services.session import ChangeKind
from planner.services.strokes import StrokeKeeper
from planner.services.structure_commands import AddStructures, ReplaceMask
from planner.services.tasks import EditedMask, EditMask
from planner.ui.draft_maker import DraftMaker
from planner.ui.slices.layers import layers_of
from planner.ui.view_state import Tool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from planner.domain.geometry import PointLps
    from planner.domain.mask_edit import MaskEdit
    from planner.services.session import Change, Session
    from planner.ui.desk import Desk
    from planner.ui.jobs import RunningJob

_BY_DABS = frozenset((Tool.BRUSH, Tool.ERASE, Tool.LASSO))
_NONE_SELECTED = "Select a structure in the list first, or add one: an edit changes the selected one."


@dataclass(eq=False)
class _Hand:
    """A structure that is being drawn: its working copy, and what of it is in the plan."""

    structure_id: StructureId
    draft: MaskDraft
    keeper: StrokeKeeper
    kept: BlobRef
    limit: DraftLimit = NO_LIMIT
    pending: int = 0
    is_lost: bool = False


@dataclass(frozen=True, eq=False)
class _Kept:
    """A stroke whose thread is done: the mask after it, or why there is none."""

    hand: _Hand
    words: str
    result: BlobRef | PlannerError


class _Keeping(QRunnable):
    """Keeps one stroke; no Qt object but the signal is touched."""

    def __init__(self, owner: Painting, hand: _Hand, stroke: Stroke, words: str) -> None:
        super().__init__()
        self._owner, self._hand, self._stroke, self._words = owner, hand, stroke, words

    def run(self) -> None:
        result: BlobRef | PlannerError = InputRefused(
            "The stroke could not be kept: memory ran out. Close other programs, then draw it again.",
            code="stroke-lost",
        )
        try:
            result = self._hand.keeper.keep(self._stroke)
        except PlannerError as error:
            result = error
        except MemoryError:
            pass  # said above
        finally:  # whatever happened, it is on its way no more: undo, closing and every edit wait for it
            self._owner.done.append(_Kept(self._hand, self._words, result))
            self._owner.kept.emit()


class Painting(QObject):
    """Everything that draws. ``changed`` when the mask under the hand, or the threshold preview, has changed."""

    changed = Signal()
    kept = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._preview_hu: tuple[float, float] | None = None
        self._hand: _Hand | None = None
        self._is_drawing = False
        self.touched: Box | None = None
        """Where the last change lies; None: anywhere."""
        self.done: deque[_Kept] = deque()
        self._on_the_way = 0
        self._empty: BlobRef | None = None
        self._job: RunningJob | None = None
        self._waiting: list[Callable[[], object]] = []
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._maker = DraftMaker(self)
        self.kept.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        desk.changed.connect(self._on_change)
        desk.view.changed.connect(self._on_view)

    # --- edits of a whole mask ---------------------------------------------------------------------------------------

    def run(self, edit: MaskEdit, *, limit: EditLimit | None = None) -> None:
        """Do an edit to the selected structure in the worker; ``limit`` None takes that of the options bar."""
        self.when_settled(lambda: self._run(edit, limit))

    @property
    def may_run(self) -> bool:
        """Whether :meth:`run` would begin now: a structure that is seen is selected, and no edit is under way."""
        view, session = self._desk.view, self._desk.session
        structures = () if session is None or not view.show_structures else session.plan.structures
        is_seen = view.selected_structure in {s.id for s in structures} - view.hidden_structures
        return is_seen and not self._is_editing

    @property
    def _is_editing(self) -> bool:
        return self._job is not None and self._job in self._desk.jobs.running

    def _run(self, edit: MaskEdit, limit: EditLimit | None) -> None:
        desk, session = self._desk, self._desk.session
        structure = self.editable()
        if structure is None or session is None or desk.volume is None:
            return
        if self._is_editing:
            desk.say("An edit is still under way. Wait for it, or cancel it at the bottom of the window.")
            return
        within = self.limit() if limit is None else limit
        if within is None:
            return
        asked = EditMask(desk.volume, structure.mask, edit, within)

        def put(edited: EditedMask) -> None:
            self.when_settled(lambda: self._put_edited(session, structure, edited, edit.words))

        self._job = desk.jobs.start(asked, verb=_capital(edit.words), on_done=put, is_of_plan=True)

    def _put_edited(self, session: Session, structure: Structure, edited: EditedMask, words: str) -> None:
        """Put what the worker made into the plan, unless the structure has become another one meanwhile."""
        if self._desk.session is not session:
            return
        now = session.plan.find_structure(structure.id)
        if now is None or now.mask != structure.mask:
            self._desk.say(f"{structure.name} changed meanwhile: it was not {words}. Do it again.")
        elif edited.mask == structure.mask:
            self._desk.say(f"Nothing of {structure.name} changed: {words}.")
        else:
            self._replace(now, edited.mask, words)

    def new_structure(self, name: str, kind: StructureKind) -> StructureId:
        """Add an empty structure and select it."""
        session = self._desk.session
        if session is None:
            raise RuntimeError("A structure is added to an open plan.")
        new_id = StructureId(uuid4().hex)
        mask = self._empty_mask(session.volume.grid.shape_kji)
        if self._desk.apply(AddStructures((Structure(new_id, name, kind, mask, StructureOrigin.DRAWN),))):
            self._desk.view.select_structure(new_id)
        return new_id

    def _empty_mask(self, shape: tuple[int, int, int]) -> BlobRef:
        """Return the address of a mask of nothing; hashing it takes as long as any, so it is made once."""
        if self._empty is None or self._empty.shape != shape:
            self._empty = self._desk.blobs.put(np.zeros(shape, dtype=np.bool_))
            self._desk.blobs.packed(self._empty)
        return self._empty

    def editable(self) -> Structure | None:
        """Return the selected structure; None, said in words, when there is none, or it is not seen, or is not ours."""
        desk, view = self._desk, self._desk.view
        if desk.session is not None and not desk.attempt(desk.session.require_writable):
            return None
        structures = () if desk.session is None else desk.session.plan.structures
        chosen = next((structure for structure in structures if structure.id == view.selected_structure), None)
        if chosen is None:
            desk.say(_NONE_SELECTED)
            return None
        if chosen.id in view.hidden_structures or not view.show_structures:
            desk.say(f"{chosen.name} is hidden. Show it first: what is drawn must be seen.")
            return None
        return chosen

    def limit(self) -> EditLimit | None:
        """Return where voxels may change, as the options bar says; None, said in words, when it says what cannot be."""
        paint, session = self._desk.view.paint, self._desk.session
        inside = None
        if session is not None and paint.inside is not None:
            inside = next((s.mask for s in session.plan.structures if s.id == paint.inside), None)
            if inside is None:
                self._desk.say("The structure to stay inside is not in the plan any more. Choose another, or none.")
                return None
        try:
            return EditLimit(inside, paint.low_hu, paint.high_hu)
        except PlannerError as error:
            self._desk.refuse(error)
            return None

    # --- strokes -----------------------------------------------------------------------------------------------------

    @property
    def is_drawing(self) -> bool:
        """Whether a hand is drawing right now."""
        return self._is_drawing

    def begin_stroke(self) -> bool:
        """Take the selected structure under the hand; False, said in words, when it cannot be drawn."""
        if self._hand is None or self._hand.structure_id != self._desk.view.selected_structure:
            self._wait()  # strokes of this very structure may still be on their way, from before another was drawn
        structure, session = self.editable(), self._desk.session
        if structure is None or session is None:
            return False
        within = self.limit()
        if within is None:
            return False
        try:
            hand = self._hand_on(structure, session)
        except PlannerError as error:
            self._desk.refuse(error)
            return False
        inside = None if within.inside is None else session.blobs.get(within.inside)
        hand.limit = DraftLimit(inside, within.low_hu, within.high_hu)
        self._is_drawing = True
        return True

    def stamp(self, points_lps_mm: Sequence[PointLps], *, plane_normal: PointLps, erase: bool) -> None:
        """Draw or erase with the brush at a point, or along the way through points."""
        if self._hand is None or not self._is_drawing:
            return
        paint = self._desk.view.paint
        normal = None if paint.is_sphere else plane_normal
        draft, limit = self._hand.draft, self._hand.limit
        self._tell(draft.stamp(points_lps_mm, paint.radius_mm, plane_normal=normal, erase=erase, limit=limit))

    def fill_outline(self, outline_lps_mm: Sequence[PointLps], *, plane_normal: PointLps, erase: bool) -> None:
        """Draw or erase what a closed line in a slice goes around."""
        if self._hand is not None and self._is_drawing:
            draft, limit = self._hand.draft, self._hand.limit
            self._tell(draft.fill_outline(outline_lps_mm, plane_normal=plane_normal, erase=erase, limit=limit))

    def end_stroke(self, words: str) -> None:
        """Close the stroke: it is kept in a thread, and becomes one step of the plan named by ``words``."""
        hand, self._is_drawing = self._hand if self._is_drawing else None, False
        stroke = None if hand is None else hand.draft.take_stroke()
        if hand is None:
            return
        self.touched = None
        self.changed.emit()  # the outline is drawn in full again
        if stroke is None:
            self._go_on_later()
            return
        hand.pending += 1
        self._on_the_way += 1
        self._pool.start(_Keeping(self, hand, stroke, words))

    def cancel_stroke(self) -> bool:
        """Put back what the stroke has changed; False when none is under way."""
        if self._hand is None or not self._is_drawing:
            return False
        self._is_drawing = False
        self._tell(self._hand.draft.cancel_stroke())
        self._go_on_later()
        return True

    def mask_under_hand(self, structure_id: StructureId) -> NDArray[np.bool_] | None:
        """Return the working copy of a structure, read-only, shape (K, J, I); None when none is under the hand."""
        hand = self._hand
        return hand.draft.mask if hand is not None and hand.structure_id == structure_id else None

    @property
    def is_pending(self) -> bool:
        """Whether a stroke is not in the plan yet."""
        return self._on_the_way > 0

    def when_settled(self, act: Callable[[], object]) -> None:
        """Run ``act`` once every stroke is in the plan: at once when none is under the hand or on its way.

        What changes or copies a mask goes through here: a stroke it overtook would be lost.
        """
        if self.is_pending or self._is_drawing:
            self._waiting.append(act)
        else:
            act()

    def settle(self) -> None:
        """Wait until every stroke is in the plan: before it is closed. A stroke under the hand ends here."""
        self.end_stroke("brush")
        self._wait()

    def forget(self) -> None:
        """Let go of the case that is being closed."""
        self._waiting.clear()
        self._drop_hand()
        self._maker.forget()
        self._preview_hu = None

    # --- preview -----------------------------------------------------------------------------------------------------

    @property
    def preview_hu(self) -> tuple[float, float] | None:
        """The HU range tinted in the slices; None when none is."""
        return self._preview_hu

    def show_preview(self, threshold_hu: tuple[float, float] | None) -> None:
        """Tint the voxels of a HU range in the slices, or take the tint away; the plan is not touched."""
        if threshold_hu != self._preview_hu:
            self._preview_hu = threshold_hu
            self.touched = None
            self.changed.emit()

    # --- inside ------------------------------------------------------------------------------------------------------

    def _hand_on(self, structure: Structure, session: Session) -> _Hand:
        """Return the working copy of a structure: the one that is there, or a new one of what the plan has."""
        hand = self._hand
        if hand is None or hand.structure_id != structure.id:
            blobs = session.blobs
            draft = self._maker.take(session, structure.mask)
            hand = self._hand = _Hand(structure.id, draft, StrokeKeeper(blobs, structure.mask), structure.mask)
            layers_of(session).hold(structure.id, draft)
        return hand

    def _wait(self) -> None:
        if self.is_pending:
            self._pool.waitForDone()
        self._deliver()

    def _go_on_later(self) -> None:
        """Do what waits for the hand once this event is over: it may itself be an edit of the plan."""
        if self._waiting:
            self.kept.emit()

    def _tell(self, box: Box) -> None:
        if box != NOWHERE:
            self.touched = box
            self.changed.emit()

    def _deliver(self) -> None:
        """Put the masks that the thread has kept into the plan, in order."""
        while self.done:
            kept = self.done.popleft()
            self._on_the_way -= 1
            kept.hand.pending -= 1
            if not kept.hand.is_lost:
                self._put(kept)
        while self._waiting and not self.is_pending and not self._is_drawing:
            self._waiting.pop(0)()

    def _put(self, kept: _Kept) -> None:
        hand, session = kept.hand, self._desk.session
        structure = session and session.plan.find_structure(hand.structure_id)
        if isinstance(kept.result, PlannerError):
            self._desk.refuse(kept.result)
            self._lose(hand)
        elif not structure:
            self._lose(hand)
        else:
            hand.kept = kept.result
            if not self._replace(structure, kept.result, kept.words):
                self._lose(hand)

    def _replace(self, structure: Structure, mask: BlobRef, words: str) -> bool:
        """Put a mask into the plan and say so, and that a confirmation is withdrawn by it (H-28)."""
        if not self._desk.apply(ReplaceMask(structure.id, mask, words, structure.name)):
            return False
        again = f" {structure.name} is unconfirmed again." if structure.is_confirmed else ""
        self._desk.say(f"{_capital(words)}: {structure.name}.{again}")
        return True

    def _lose(self, hand: _Hand) -> None:
        """Give up a working copy whose strokes cannot be kept: the views show the plan again."""
        hand.is_lost = True
        if hand is self._hand:
            self._drop_hand()

    def _drop_hand(self) -> None:
        session, self._hand, self._is_drawing = self._desk.session, None, False
        if session is not None:
            layers_of(session).hold(None, None)
        self.touched = None
        self.changed.emit()
        self._go_on_later()

    def _on_change(self, change: Change) -> None:
        """Let go of a working copy that is not what the plan has: after undo, or an edit of the whole mask."""
        hand, session = self._hand, self._desk.session
        if hand is None or session is None or not change.kinds & {ChangeKind.STRUCTURES}:
            return
        structure = session.plan.find_structure(hand.structure_id)
        if structure is None or (structure.mask != hand.kept and not hand.pending):
            self._drop_hand()
            self._prepare()

    def _on_view(self, name: str) -> None:
        if name in ("tool", "selected_structure"):
            self.cancel_stroke()  # Esc, or another tool by its key, with the button still held
            self.when_settled(self._put_down)

    def _put_down(self) -> None:
        """Let go of a working copy that nobody draws on any more: it takes as much memory as the CT's mask."""
        view, hand = self._desk.view, self._hand
        is_idle = hand is not None and not self._is_drawing and not hand.pending
        if is_idle and (view.tool not in _BY_DABS or hand is None or view.selected_structure != hand.structure_id):
            self._drop_hand()
        self._prepare()

    def _prepare(self) -> None:
        """Make the working copy ahead while a brush or lasso is in the hand and a structure selected."""
        session, view, hand = self._desk.session, self._desk.view, self._hand
        if session is None or view.tool not in _BY_DABS:
            return
        chosen = session.plan.find_structure(view.selected_structure)
        if chosen is not None and (hand is None or hand.structure_id != chosen.id):
            self._maker.want(session, chosen.mask)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
