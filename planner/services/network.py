"""How is an archive asked, sent to, fetched from? Only when the user says so (H-47); what comes is whole or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from planner.domain.archive import Fetched
from planner.persistence.leaving import leaving_into
from planner.services.network_tasks import SentObjects

if TYPE_CHECKING:
    from planner.domain.archive import FoundSeries, FoundStudies
    from planner.domain.progress import Progress
    from planner.persistence.blobs import BlobStore
    from planner.services.network_tasks import FetchSeries, FindSeries, FindStudies, SendObjects


def send_objects(request: SendObjects, *, blobs: BlobStore, progress: Progress) -> SentObjects:
    """Task: send files to an archive, or ask it whether it is there."""
    del blobs
    from planner.interop.archive import ask, send

    if not request.files:
        ask(request.peer, progress=progress)
        return SentObjects(0)
    sent = send(request.peer, [Path(name) for name in request.files], progress=progress)
    remarks = tuple(
        f"{Path(name).name} was {one.remark}." for name, one in zip(request.files, sent, strict=True) if one.remark
    )
    return SentObjects(len(sent), remarks)


def find_studies(request: FindStudies, *, blobs: BlobStore, progress: Progress) -> FoundStudies:
    """Task: list studies."""
    del blobs
    from planner.interop import archive

    return archive.find_studies(request.peer, request.query, progress=progress)


def find_series(request: FindSeries, *, blobs: BlobStore, progress: Progress) -> FoundSeries:
    """Task: list the series of a study."""
    del blobs
    from planner.interop import archive

    return archive.find_series(request.peer, request.study_instance_uid, progress=progress)


def fetch_series(request: FetchSeries, *, blobs: BlobStore, progress: Progress) -> Fetched:
    """Task: fetch series into a folder of their own, whose name tells nothing; it is there whole, or not at all.

    Raises
    ------
    NetworkFailed
        When not all images come.
    InputRefused
        When the disk does not take them (H-34).
    """
    del blobs
    from planner.interop.archive import fetch
    from planner.interop.inbox import Inbox

    folder = Path(request.folder)
    with leaving_into(folder, what="The images") as staging:
        staging.chmod(0o700)
        arriving = staging / "images"
        arriving.mkdir(mode=0o700)
        inbox = Inbox(arriving)
        fetch(request.peer, request.wanted, inbox, progress=progress)
        whole = arriving.rename(folder / f"fetched-{uuid4().hex[:12]}")
    return Fetched(str(whole), len(inbox.taken), inbox.bytes_taken)
