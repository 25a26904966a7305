"""How do structures get into a plan by themselves? Found by classical steps here, or by an installed network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.services.shared import SharedMask
from planner.services.structure_commands import AddStructures
from planner.services.tasks import FreshMasks

if TYPE_CHECKING:
    from planner.domain.progress import Progress
    from planner.persistence.blobs import BlobStore
    from planner.services.tasks import RunTotalSegmentator, SegmentVolume


def segment_volume(request: SegmentVolume, *, blobs: BlobStore, progress: Progress) -> FreshMasks:
    """Task: what a CT shows plainly, by threshold and morphology."""
    from planner.segmentation.auto import segment

    found = segment(request.volume.open(blobs), progress=progress)
    return FreshMasks(tuple(SharedMask.of(mask, blobs) for mask in found))


def run_totalsegmentator(request: RunTotalSegmentator, *, blobs: BlobStore, progress: Progress) -> FreshMasks:
    """Task: let an installed TotalSegmentator work on the CT, and read what it wrote."""
    from planner.segmentation.totalseg import segment

    found = segment(request.volume.open(blobs), progress=progress, scratch=blobs.folder)
    return FreshMasks(tuple(SharedMask.of(mask, blobs) for mask in found))


def add_command(fresh: FreshMasks) -> AddStructures:
    """Return the one edit that puts fresh masks into the plan, unconfirmed."""
    return AddStructures(tuple(mask.as_structure() for mask in fresh.masks))
