"""What can be asked of an archive, whichever language it speaks? Whether it is there, what it holds; fetch, send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.peer import WebPeer
from planner.interop import association, dicomweb, query, retrieve, storing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from planner.domain.archive import FoundSeries, FoundStudies, StudyQuery, WantedSeries
    from planner.domain.peer import Archive
    from planner.domain.progress import Progress
    from planner.interop.inbox import Inbox
    from planner.interop.storing import Sent


def ask(archive: Archive, *, progress: Progress) -> None:
    """Ask whether it is there and lets us in; raises NetworkFailed with what to do."""
    if isinstance(archive, WebPeer):
        dicomweb.ask(archive, progress=progress)
    else:
        association.echo(archive, progress=progress)


def find_studies(archive: Archive, asked: StudyQuery, *, progress: Progress) -> FoundStudies:
    """List the studies that fit; raises NetworkFailed."""
    if isinstance(archive, WebPeer):
        return dicomweb.find_studies(archive, asked, progress=progress)
    return query.find_studies(archive, asked, progress=progress)


def find_series(archive: Archive, study_instance_uid: str, *, progress: Progress) -> FoundSeries:
    """List the series of a study; raises NetworkFailed."""
    if isinstance(archive, WebPeer):
        return dicomweb.find_series(archive, study_instance_uid, progress=progress)
    return query.find_series(archive, study_instance_uid, progress=progress)


def fetch(archive: Archive, wanted: WantedSeries, inbox: Inbox, *, progress: Progress) -> None:
    """Put all images of some series into an inbox; raises NetworkFailed, or the OSError of the disk."""
    if isinstance(archive, WebPeer):
        dicomweb.fetch(archive, wanted, inbox, progress=progress)
    else:
        retrieve.fetch(archive, wanted, inbox, progress=progress)


def send(archive: Archive, files: Sequence[Path], *, progress: Progress) -> tuple[Sent, ...]:
    """Send objects, each once; raises InputRefused, NetworkFailed."""
    if isinstance(archive, WebPeer):
        return dicomweb.store(files, archive, progress=progress)
    return storing.store(files, archive, progress=progress)
