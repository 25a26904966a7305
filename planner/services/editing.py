"""What do edits of a whole mask and numbers of structures look like as work of their own? Tasks of the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.errors import InputRefused

if TYPE_CHECKING:
    from planner.domain.progress import Progress
    from planner.domain.structure_numbers import StructuresApart
    from planner.persistence.blobs import BlobStore
    from planner.services.tasks import ApartStructures, EditedMask, EditMask, MeasuredStructures, MeasureStructures


def edit_mask(request: EditMask, *, blobs: BlobStore, progress: Progress) -> EditedMask:
    """Task: do one edit to a mask."""
    del blobs, progress
    raise InputRefused(f"“{request.edit.words}” is not available.", code="edit-unknown")


def measure_structures(request: MeasureStructures, *, blobs: BlobStore, progress: Progress) -> MeasuredStructures:
    """Task: measure masks."""
    del request, blobs, progress
    raise InputRefused("Measuring structures is not available.", code="measure-unknown")


def apart_structures(request: ApartStructures, *, blobs: BlobStore, progress: Progress) -> StructuresApart:
    """Task: measure how far two masks are from each other."""
    del request, blobs, progress
    raise InputRefused("Measuring distances is not available.", code="measure-unknown")
