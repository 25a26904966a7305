"""How do objects get to an archive? C-STORE, each object once, each failure a sentence (PS3.4 annex B, PS3.7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.errors import InputRefused, NetworkFailed
from planner.interop.association import BROKEN, associated, broken
from planner.interop.patience import patiently

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pydicom.dataset import Dataset

    from planner.domain.peer import Peer
    from planner.domain.progress import Progress
    from planner.interop.patience import Talk

MOST_TRIES = 3
_WARNINGS = range(0xB000, 0xC000)
# Status classes of C-STORE, PS3.4 B.2.3.
_REFUSED = {0xA7: "it is out of room", 0xA9: "the object is not of the class it says", 0xC0: "it cannot understand it"}


@dataclass(frozen=True, slots=True)
class Sent:
    """One object that an archive has taken; ``remark`` is what it said about it, mostly nothing."""

    sop_instance_uid: str
    remark: str = ""


def store(files: Sequence[Path], peer: Peer, *, progress: Progress) -> tuple[Sent, ...]:
    """Send objects; one that has arrived is not sent again when the connection breaks and is made anew.

    Raises
    ------
    InputRefused
        When a file is no DICOM object.
    NetworkFailed
        When the archive cannot be reached, refuses us or an object, or breaks off three times; the sentence says how
        many of the objects have arrived.
    """
    headers = [header_of(path) for path in files]
    return patiently(lambda talk: _Sending(files, headers, peer=peer, talk=talk).run(), progress=progress)


class _Sending:
    """Objects on their way to one archive, and which of them have arrived."""

    def __init__(self, files: Sequence[Path], headers: Sequence[Dataset], *, peer: Peer, talk: Talk) -> None:
        self._files, self._headers, self._peer, self._talk = files, headers, peer, talk
        self._done: dict[int, Sent] = {}

    def run(self) -> tuple[Sent, ...]:
        """Send until all have arrived."""
        for attempt in range(1, MOST_TRIES + 1):
            wanted = [number for number in range(len(self._files)) if number not in self._done]
            if not wanted:
                break
            try:
                self._send(wanted)
            except NetworkFailed as failure:
                if failure.code != BROKEN or attempt == MOST_TRIES:
                    raise not_all(failure, len(self._done), len(self._files)) from failure
        return tuple(self._done[number] for number in range(len(self._files)))

    def _send(self, wanted: Sequence[int]) -> None:
        headers, peer = self._headers, self._peer
        contexts = [(str(headers[n].SOPClassUID), (str(headers[n].file_meta.TransferSyntaxUID),)) for n in wanted]
        with associated(peer, contexts, talk=self._talk) as association:
            for number in wanted:
                self._talk.tell(len(self._done), len(self._files), f"Sending to {peer.name}")
                try:
                    status = association.send_c_store(self._files[number])
                except (ValueError, RuntimeError) as error:
                    if not association.is_established:
                        raise broken(peer, self._talk, "it hung up") from error
                    raise NetworkFailed(
                        f"{peer.name} does not take objects of this kind ({headers[number].SOPClassUID.name}).",
                        code="network-refused",
                    ) from error
                if not status:
                    raise broken(peer, self._talk, "it hung up")
                self._done[number] = _taken(str(headers[number].SOPInstanceUID), status, peer)


def not_all(failure: NetworkFailed, arrived: int, count: int) -> NetworkFailed:
    """Return a failure with how many of the objects have arrived."""
    return NetworkFailed(f"{failure.sentence} {arrived} of {count} objects have arrived.", code=failure.code)


def _taken(uid: str, status: Dataset, peer: Peer) -> Sent:
    """Read the archive's answer to one object."""
    code = int(status.Status)
    said = str(status.get("ErrorComment", "") or "")
    if code == 0:
        return Sent(uid)
    if code in _WARNINGS:
        return Sent(uid, f"taken with a remark, {said or f'status {code:04X}'}")
    reason = _REFUSED.get(code >> 8, _REFUSED[0xC0] if code >> 12 == 0xC else f"status {code:04X}")
    comment = f": {said}" if said else ""
    raise NetworkFailed(f"{peer.name} refused an object, {reason}{comment}.", code="network-refused")


def header_of(path: Path) -> Dataset:
    """Read what stands before the content; raises InputRefused for what is no DICOM file."""
    import pydicom
    from pydicom.errors import InvalidDicomError

    try:
        header = pydicom.dcmread(path, stop_before_pixels=True)
    except (InvalidDicomError, OSError) as error:
        raise InputRefused("This is no DICOM file and cannot be sent.", code="send-foreign", where=path.name) from error
    named = ("SOPClassUID" in header, "SOPInstanceUID" in header, "TransferSyntaxUID" in header.file_meta)
    if not all(named):
        raise InputRefused(
            "This file does not name its class, instance and encoding and cannot be sent.",
            code="send-nameless",
            where=path.name,
        )
    return header
