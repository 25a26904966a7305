"""Where do the demonstration patients come from? From phantoms, written as DICOM and opened like any other CT."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from planner.services.tasks import BuiltCase

if TYPE_CHECKING:
    from planner.domain.progress import Progress
    from planner.persistence.blobs import BlobStore
    from planner.services.tasks import BuildCase


def build_case(request: BuildCase, *, blobs: BlobStore, progress: Progress) -> BuiltCase:
    """Task: build a phantom and write its CT series and SEG."""
    del blobs
    from planner.phantoms.catalogue import build
    from planner.phantoms.dicom import write_series

    phantom = build(request.case, progress=progress)
    folder = Path(request.folder)
    files = write_series(phantom, folder, progress=progress)
    return BuiltCase(
        title=phantom.title,
        history=phantom.history,
        series_folder=str(files[0].parent),
        structures_file=str(folder / "structures.dcm"),
        structure_names=tuple(mask.name for mask in phantom.masks),
        targets=phantom.targets,
        probes=phantom.probes,
        protocol=phantom.protocol,
    )
