"""How do masks change in the window? The one door: strokes under the hand, and edits of whole masks in the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
from PySide6.QtCore import QObject, Signal

from planner.domain.identity import BlobRef, StructureId
from planner.domain.mask_edit import EditLimit
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.services.structure_commands import AddStructures
from planner.services.tasks import EditedMask, EditMask

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.domain.mask_edit import MaskEdit
    from planner.ui.desk import Desk


class Painting(QObject):
    """Everything that draws. ``changed`` when the mask under the hand, or the threshold preview, has changed."""

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._preview_hu: tuple[float, float] | None = None

    # --- edits of a whole mask ---------------------------------------------------------------------------------------

    def run(self, edit: MaskEdit, *, limit: EditLimit | None = None) -> None:
        """Do an edit to the selected structure in the worker; ``limit`` None takes that of the options bar."""
        desk, session = self._desk, self._desk.session
        structure = self.editable()
        if structure is None or session is None or desk.volume is None:
            return
        asked = EditMask(desk.volume, structure.mask, edit, self.limit() if limit is None else limit)

        def put(edited: EditedMask) -> None:
            if desk.session is session:
                self._replace(structure, edited.mask, edit.words)

        desk.jobs.start(asked, verb=edit.words.capitalize(), on_done=put, is_of_plan=True)

    def new_structure(self, name: str, kind: StructureKind) -> StructureId:
        """Add an empty structure and select it."""
        session = self._desk.session
        if session is None:
            raise RuntimeError("A structure is added to an open plan.")
        new_id = StructureId(uuid4().hex)
        mask = self._put_empty(session.volume.grid.shape_kji)
        self._desk.apply(AddStructures((Structure(new_id, name, kind, mask, StructureOrigin.DRAWN),)))
        self._desk.view.select_structure(new_id)
        return new_id

    def editable(self) -> Structure | None:
        """Return the selected structure; None, said in words, when there is none or it is hidden."""
        session, chosen = self._desk.session, self._desk.view.selected_structure
        structure = next((s for s in session.plan.structures if s.id == chosen), None) if session else None
        if structure is None:
            self._desk.say("Select a structure in the list first, or add one: an edit changes the selected one.")
        elif structure.id in self._desk.view.hidden_structures:
            self._desk.say(f"{structure.name} is hidden. Show it first: what is drawn must be seen.")
            return None
        return structure

    def limit(self) -> EditLimit:
        """Return where voxels may change, as the options bar says."""
        paint, session = self._desk.view.paint, self._desk.session
        inside = None
        if session is not None and paint.inside is not None:
            inside = next((s.mask for s in session.plan.structures if s.id == paint.inside), None)
        return EditLimit(inside, paint.low_hu, paint.high_hu)

    # --- strokes -----------------------------------------------------------------------------------------------------

    def mask_under_hand(self, structure_id: StructureId) -> NDArray[np.bool_] | None:
        """Return the working copy of a structure, read-only, shape (K, J, I); None when none is under the hand."""
        del structure_id
        return None

    @property
    def is_pending(self) -> bool:
        """Whether a stroke is not in the plan yet."""
        return False

    def when_settled(self, act: Callable[[], object]) -> None:
        """Run ``act`` once every stroke is in the plan: at once when none is on its way."""
        act()

    def settle(self) -> None:
        """Wait until every stroke is in the plan: before it is closed."""

    # --- preview -----------------------------------------------------------------------------------------------------

    @property
    def preview_hu(self) -> tuple[float, float] | None:
        """The HU range tinted in the slices; None when none is."""
        return self._preview_hu

    def show_preview(self, threshold_hu: tuple[float, float] | None) -> None:
        """Tint the voxels of a HU range in the slices, or take the tint away; the plan is not touched."""
        if threshold_hu != self._preview_hu:
            self._preview_hu = threshold_hu
            self.changed.emit()

    # --- inside ------------------------------------------------------------------------------------------------------

    def _replace(self, structure: Structure, mask: BlobRef, words: str) -> None:
        from planner.services.structure_commands import ReplaceMask

        if self._desk.apply(ReplaceMask(structure.id, mask, words)):
            self._desk.say(f"{words.capitalize()}: {structure.name}.")

    def _put_empty(self, shape: tuple[int, int, int]) -> BlobRef:
        blobs = self._desk.blobs
        ref = blobs.put(np.zeros(shape, dtype=np.bool_))
        blobs.packed(ref)
        return ref
