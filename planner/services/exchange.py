"""How do structures come from and go to other systems? Read from any known file, written in the form asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from planner.domain.errors import InputRefused
from planner.services.shared import SharedMask
from planner.services.tasks import Exported, FreshMasks

if TYPE_CHECKING:
    from planner.domain.progress import Progress
    from planner.persistence.blobs import BlobStore
    from planner.services.tasks import ExportStructures, ImportStructures


def import_structures(request: ImportStructures, *, blobs: BlobStore, progress: Progress) -> FreshMasks:
    """Task: read structures from a file or folder and place them by geometry."""
    from planner.segmentation.labelio import read_seg

    progress(0, 1, "Reading structures")
    found = read_seg(Path(request.path), volume=request.volume.open(blobs))
    progress(1, 1, "Reading structures")
    return FreshMasks(tuple(SharedMask.of(mask, blobs) for mask in found))


def export_structures(request: ExportStructures, *, blobs: BlobStore, progress: Progress) -> Exported:
    """Task: write structures in the form asked for."""
    del blobs, progress
    raise InputRefused(f"Writing {request.form.value} is not available.", code="export-form")
