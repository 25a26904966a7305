"""What do edits of a whole mask and numbers of structures look like as work of their own? Tasks of the worker.

The new mask is hashed, stored and packed for the plan file here, so that the window only takes its address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import GeometryRefused
from planner.domain.mask_edit import Boolean, Grow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.identity import BlobRef
    from planner.domain.mask_edit import EditLimit, MaskEdit
    from planner.domain.progress import Progress
    from planner.domain.structure_numbers import StructuresApart
    from planner.persistence.blobs import BlobStore
    from planner.services.tasks import ApartStructures, EditedMask, EditMask, MeasuredStructures, MeasureStructures


def edit_mask(request: EditMask, *, blobs: BlobStore, progress: Progress) -> EditedMask:
    """Task: do one edit to a mask; when nothing changed the reply says so, with the mask as it was."""
    from planner.segmentation.edit_scene import STEPS
    from planner.segmentation.edits import apply_edit, changed_voxels
    from planner.services.tasks import EditedMask

    volume = request.volume.open(blobs)
    before = np.zeros(volume.hu.shape, np.bool_) if request.mask is None else blobs.get(request.mask)
    named = {ref: blobs.get(ref) for ref in _named(request.edit, request.limit)}
    after = apply_edit(before, request.edit, volume=volume, masks=named, limit=request.limit, progress=progress)
    changed = changed_voxels(before, after)
    if changed == 0 and request.mask is not None:
        return EditedMask(request.mask, 0)
    progress(STEPS - 1, STEPS, "Keeping the result")
    ref = blobs.put(after)
    blobs.packed(ref)
    progress(STEPS, STEPS, "Keeping the result")
    return EditedMask(ref, changed)


def _named(edit: MaskEdit, limit: EditLimit) -> set[BlobRef]:
    """Return the masks that an edit and its limit name."""
    named = set(edit.others) if isinstance(edit, Grow) else set()
    if isinstance(edit, Boolean):
        named.add(edit.other)
    if limit.inside is not None:
        named.add(limit.inside)
    return named


def measure_structures(request: MeasureStructures, *, blobs: BlobStore, progress: Progress) -> MeasuredStructures:
    """Task: measure masks one by one."""
    from planner.segmentation.numbers import structure_numbers
    from planner.services.tasks import MeasuredStructures

    volume = request.volume.open(blobs)
    numbers = []
    for done, ref in enumerate(request.masks):
        progress(done, len(request.masks), "Measuring structures")
        numbers.append(structure_numbers(_mask(ref, blobs, volume.grid), volume))
    return MeasuredStructures(tuple(numbers))


def apart_structures(request: ApartStructures, *, blobs: BlobStore, progress: Progress) -> StructuresApart:
    """Task: measure how far two masks are from each other."""
    from planner.spatial.apart import surfaces_apart

    progress(0, 1, "Measuring the distance")
    grid = request.volume.ref.grid
    return surfaces_apart(_mask(request.a, blobs, grid), _mask(request.b, blobs, grid), grid)


def _mask(ref: BlobRef, blobs: BlobStore, grid: Grid) -> NDArray[np.bool_]:
    """Return a mask from the store; refuse one of another CT."""
    mask: NDArray[np.bool_] = blobs.get(ref)
    if mask.shape != grid.shape_kji:
        raise GeometryRefused(
            f"The mask is {mask.shape} but the CT is {grid.shape_kji}; they do not belong together.",
            code="measure-shape",
        )
    return mask
