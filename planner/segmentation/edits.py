"""What does a mask look like after an edit as a whole? Every way of drawing but the brush, each within its limits.

Each edit works in the box it concerns, in patient millimetres, on any grid. It hands back a patch: the mask's voxels
in that box, outside of which nothing changes. The limits are kept here, in one place, for all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import InputRefused, PlanInvalid
from planner.domain.mask_edit import (
    Boolean,
    BooleanKind,
    Combine,
    Connected,
    Cut,
    FillBetween,
    FillHoles,
    Grow,
    Islands,
    Margin,
    MaskEdit,
    Smooth,
    Threshold,
    Tube,
)
from planner.segmentation import edit_cut, edit_regions, edit_shapes, edit_slices, edit_tube
from planner.segmentation.edit_scene import STEPS, Patch, Scene, pasted, require_on
from planner.spatial.box import Box, joined, mask_box, shared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from planner.domain.identity import BlobRef
    from planner.domain.mask_edit import EditLimit
    from planner.domain.progress import Progress
    from planner.domain.volume import Volume

# What an edit does, in the words of a refusal: "There is nothing drawn yet to …".
_PURPOSE: dict[type, str] = {
    Grow: "grow from",
    FillBetween: "fill between",
    Smooth: "smooth",
    Margin: "grow or shrink",
    Islands: "keep parts of",
    FillHoles: "fill",
    Cut: "cut",
}


def apply_edit(
    mask: NDArray[np.bool_],
    edit: MaskEdit,
    *,
    volume: Volume,
    masks: Mapping[BlobRef, NDArray[np.bool_]],
    limit: EditLimit,
    progress: Progress,
) -> NDArray[np.bool_]:
    """Return the mask after an edit; the given one stays as it is.

    Parameters
    ----------
    mask
        bool, shape (K, J, I) of ``volume``.
    masks
        The masks that ``edit`` and ``limit`` name, by their address; each of the same shape.
    limit
        Voxels outside of it never change, neither on nor off; padding has no HU, so a limit in HU leaves it out.

    Returns
    -------
    bool, shape (K, J, I): a new array, also when nothing changed.

    Raises
    ------
    PlanInvalid
        When there is not enough drawn for the edit: nothing to smooth, one slice to fill between.
    InputRefused
        When the edit finds nothing to draw, would leave nothing, or a named mask is missing.
    GeometryRefused
        When a mask has another shape than the CT.
    """
    scene = Scene(volume, masks, limit, progress)
    require_on(mask, scene.grid)
    progress(0, STEPS, "Looking at the structure")
    before = mask_box(mask)
    _require_drawn(edit, before)
    scene.working(f"Working: {edit.words}")
    patch = _EDITS[type(edit)](edit, mask, before, scene)
    progress(2, STEPS, "Keeping to the limits")
    after = _limited(mask, patch, scene)
    if before is not None and not after.any():
        raise InputRefused(
            f"“{edit.words}” would leave nothing of this structure. Choose less, or remove the structure.",
            code="edit-leaves-nothing",
        )
    return after


def _require_drawn(edit: MaskEdit, before: Box | None) -> None:
    """Refuse what works on voxels that are there when there are none."""
    if before is not None:
        return
    purpose = _PURPOSE.get(type(edit))
    if isinstance(edit, Boolean) and edit.boolean is not BooleanKind.UNION:
        purpose = "combine"
    if isinstance(edit, (Threshold, Connected, Tube)) and edit.combine in (Combine.REMOVE, Combine.KEEP_COMMON):
        purpose = "take from"
    if purpose is not None:
        raise PlanInvalid(
            f"There is nothing drawn yet to {purpose}. Draw a part of the structure first.", code="edit-nothing-drawn"
        )


def _limited(mask: NDArray[np.bool_], patch: Patch, scene: Scene) -> NDArray[np.bool_]:
    """Return the whole mask with a patch in it, but for voxels that the limits hold."""
    after = mask.copy()
    voxels, free = patch.voxels, scene.may_change(patch.box)
    if free is not None:
        voxels = np.where(free, voxels, mask[patch.box])
    after[patch.box] = voxels
    return after


def _combined(mask: NDArray[np.bool_], before: Box | None, *, drawn: Patch, combine: Combine) -> Patch:
    """Let new voxels do to the mask what they are meant to."""
    if combine is Combine.ADD:
        return Patch(drawn.box, mask[drawn.box] | drawn.voxels)
    if combine is Combine.REMOVE:
        return Patch(drawn.box, mask[drawn.box] & ~drawn.voxels)
    box = drawn.box if before is None else joined(before, drawn.box)
    laid = pasted(drawn, box)
    return Patch(box, laid if combine is Combine.REPLACE else laid & mask[box])


def _threshold(edit: Threshold, mask: NDArray[np.bool_], before: Box | None, scene: Scene) -> Patch:
    return _combined(mask, before, drawn=edit_regions.threshold(edit, scene), combine=edit.combine)


def _connected(edit: Connected, mask: NDArray[np.bool_], before: Box | None, scene: Scene) -> Patch:
    return _combined(mask, before, drawn=edit_regions.connected(edit, scene), combine=edit.combine)


def _tube(edit: Tube, mask: NDArray[np.bool_], before: Box | None, scene: Scene) -> Patch:
    return _combined(mask, before, drawn=edit_tube.tube(edit, scene), combine=edit.combine)


def _boolean(edit: Boolean, mask: NDArray[np.bool_], before: Box | None, scene: Scene) -> Patch:
    other = scene.mask(edit.other)
    there = mask_box(other)
    if there is None:
        raise PlanInvalid(f"“{edit.other_name}” holds nothing yet to combine with.", code="edit-other-empty")
    if edit.boolean is BooleanKind.UNION or before is None:
        return Patch(there, mask[there] | other[there])
    if edit.boolean is BooleanKind.INTERSECT:
        return Patch(before, mask[before] & other[before])
    both = shared(before, there)
    return Patch(both, mask[both] & ~other[both])


_EDITS: dict[type, Callable[..., Patch]] = {
    Threshold: _threshold,
    Connected: _connected,
    Grow: edit_regions.grow,
    FillBetween: edit_slices.fill_between,
    Tube: _tube,
    Smooth: edit_shapes.smooth,
    Margin: edit_shapes.margin,
    Islands: edit_shapes.islands,
    FillHoles: edit_shapes.fill_holes,
    Boolean: _boolean,
    Cut: edit_cut.cut,
}


def changed_voxels(before: NDArray[np.bool_], after: NDArray[np.bool_]) -> int:
    """Return how many voxels two masks of one shape differ in."""
    boxes = [box for box in (mask_box(before), mask_box(after)) if box is not None]
    if not boxes:
        return 0
    box = joined(boxes[0], boxes[-1])
    return int(np.count_nonzero(before[box] != after[box]))
