"""How does a stroke become a mask in the store? In a thread beside the hand: into a second copy, hashed, packed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.services.mask_draft import copied

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.domain.identity import BlobRef
    from planner.persistence.blobs import BlobStore
    from planner.services.mask_draft import Stroke


class StrokeKeeper:
    """Follows one draft, stroke by stroke, in whatever single thread calls it.

    The draft goes on under the hand meanwhile; a stroke carries its own content, so nothing is shared.
    """

    def __init__(self, blobs: BlobStore, start: BlobRef) -> None:
        self._blobs, self._start = blobs, start
        self._mask: NDArray[np.bool_] | None = None

    def keep(self, stroke: Stroke) -> BlobRef:
        """Return the address of the mask after a stroke, in the store and packed for the plan file.

        Raises InputRefused when the disk takes no more.
        """
        if self._mask is None:
            self._mask = copied(self._blobs.get(self._start))[0]
        stroke.put_into(self._mask)
        ref = self._blobs.put(self._mask)
        self._blobs.packed(ref)
        return ref
