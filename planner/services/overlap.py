"""How well do structures agree with a reference? Dice, recall and precision of each against what it should be.

What a structure is compared with, in this order, a side being the same or not said on either:

1. the reference structures of the same name and kind;
2. else all reference structures of its kind together: an automatic *Bone* with every vertebra, rib and hip bone.

A reference that has only some of a kind (some bones, not all) makes Dice and precision meaningless; recall, the share
of the reference that was found, still holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.structure import StructureKind
from planner.spatial.box import joined, mask_box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.persistence.blobs import BlobStore
    from planner.services.shared import SharedMask


@dataclass(frozen=True, slots=True)
class Agreement:
    """One structure against a reference.

    Parameters
    ----------
    against
        Names of the reference structures; empty when the reference has none of its kind.
    by
        ``"name"``, ``"kind"``, or empty.
    dice, recall, precision
        0 to 1, over voxels; ``None`` without a reference. Recall is the share of the reference that lies in the
        structure, precision the share of the structure that lies in the reference.
    """

    name: str
    kind: StructureKind
    against: tuple[str, ...] = ()
    by: str = ""
    dice: float | None = None
    recall: float | None = None
    precision: float | None = None


def agreements(
    found: Sequence[SharedMask], reference: Sequence[SharedMask], *, blobs: BlobStore
) -> tuple[Agreement, ...]:
    """Compare every structure with its part of a reference on the same CT, in the order found."""
    return tuple(_agreement(mask, reference, blobs) for mask in found)


def not_compared(found: Sequence[SharedMask], reference: Sequence[SharedMask]) -> tuple[str, ...]:
    """Return the names of reference structures that nothing found is compared with."""
    used = {name for mask in found for one in [_partners(mask, reference)] for name in (m.name for m in one[0])}
    return tuple(mask.name for mask in reference if mask.name not in used)


def _partners(mask: SharedMask, reference: Sequence[SharedMask]) -> tuple[list[SharedMask], str]:
    """Return what a structure is compared with, and by what it was matched."""
    same_kind = [
        other
        for other in reference
        if other.kind is mask.kind and (mask.side is None or other.side is None or other.side is mask.side)
    ]
    same_name = [other for other in same_kind if other.name.casefold() == mask.name.casefold()]
    if same_name:
        return same_name, "name"
    # OTHER is no kind: what has none is compared by name alone.
    return ([], "") if mask.kind is StructureKind.OTHER or not same_kind else (same_kind, "kind")


def _agreement(mask: SharedMask, reference: Sequence[SharedMask], blobs: BlobStore) -> Agreement:
    partners, by = _partners(mask, reference)
    if not partners:
        return Agreement(mask.name, mask.kind)
    here = blobs.get(mask.mask)
    masks = [here, *(blobs.get(other.mask) for other in partners)]
    boxes = [box for box in map(mask_box, masks) if box is not None]
    if not boxes:
        return Agreement(mask.name, mask.kind)
    box = boxes[0]
    for other in boxes[1:]:
        box = joined(box, other)
    ours, theirs = masks[0][box], np.logical_or.reduce([other[box] for other in masks[1:]])
    shared, in_ours, in_theirs = (int(np.count_nonzero(part)) for part in (ours & theirs, ours, theirs))
    return Agreement(
        name=mask.name,
        kind=mask.kind,
        against=tuple(other.name for other in partners),
        by=by,
        dice=2 * shared / (in_ours + in_theirs),
        recall=shared / in_theirs if in_theirs else None,
        precision=shared / in_ours if in_ours else None,
    )
