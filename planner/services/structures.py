"""How do structures get into a plan? Found by themselves, or read from a DICOM SEG."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from planner.services.commands import AddStructures
from planner.services.shared import SharedMask
from planner.services.tasks import FreshMasks

if TYPE_CHECKING:
    from planner.domain.progress import Progress
    from planner.persistence.blobs import BlobStore
    from planner.services.tasks import ImportStructures, SegmentVolume


def segment_volume(request: SegmentVolume, *, blobs: BlobStore, progress: Progress) -> FreshMasks:
    """Task: skin, lungs and bone by threshold and morphology."""
    from planner.segmentation.auto import segment

    found = segment(request.volume.open(blobs), progress=progress)
    return FreshMasks(tuple(SharedMask.of(mask, blobs) for mask in found))


def import_structures(request: ImportStructures, *, blobs: BlobStore, progress: Progress) -> FreshMasks:
    """Task: read a DICOM SEG and place it by geometry."""
    from planner.segmentation.labelio import read_seg

    progress(0, 1, "Reading structures")
    found = read_seg(Path(request.path), volume=request.volume.open(blobs))
    progress(1, 1, "Reading structures")
    return FreshMasks(tuple(SharedMask.of(mask, blobs) for mask in found))


def add_command(fresh: FreshMasks) -> AddStructures:
    """Return the one edit that puts fresh masks into the plan, unconfirmed."""
    return AddStructures(tuple(mask.as_structure() for mask in fresh.masks))
