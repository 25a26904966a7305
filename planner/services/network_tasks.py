"""What can be asked of an archive, as work for a child process? To be there, to list, to give; all only on request."""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.archive import StudyQuery, WantedSeries
from planner.domain.peer import Peer, WebPeer


@dataclass(frozen=True, slots=True)
class SendObjects:
    """Send DICOM files to an archive; without any, only ask whether it is there and knows us."""

    peer: Peer | WebPeer
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SentObjects:
    """All objects have arrived; what the archive remarked on some, one sentence each."""

    count: int
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FindStudies:
    """List the studies of an archive that fit."""

    peer: Peer | WebPeer
    query: StudyQuery


@dataclass(frozen=True, slots=True)
class FindSeries:
    """List the series of one study of an archive."""

    peer: Peer | WebPeer
    study_instance_uid: str


@dataclass(frozen=True, slots=True)
class FetchSeries:
    """Fetch series of one study into a new folder inside ``folder``."""

    peer: Peer | WebPeer
    wanted: WantedSeries
    folder: str
