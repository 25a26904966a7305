"""What does a series look like? One image for the list, unpacked in the worker and judged by nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.services.tasks import PeekedSeries

if TYPE_CHECKING:
    from planner.domain.progress import Progress
    from planner.persistence.blobs import BlobStore
    from planner.services.tasks import PeekSeries


def peek_series(request: PeekSeries, *, blobs: BlobStore, progress: Progress) -> PeekedSeries:
    """Task: read the middle image; raises InputRefused in words where there is none to show."""
    del progress
    from planner.imaging.peek import peek

    found = peek(request.slices)
    return PeekedSeries(blobs.put(found.image), found.window_hu, found.spacing_ji_mm, found.axes, found.is_hu)
