"""How do series come from an archive? C-GET, or C-MOVE to our receiver; all their images or none (PS3.4 annex C)."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from planner.domain.errors import NetworkFailed
from planner.interop.association import BROKEN, NATIVE, associated, broken
from planner.interop.classes import USUAL, contexts_for
from planner.interop.patience import patiently
from planner.interop.query import PENDING, find_images, plain, written
from planner.interop.receiver import receiving, taking

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydicom.dataset import Dataset

    from planner.domain.archive import WantedSeries
    from planner.domain.peer import Peer
    from planner.domain.progress import Progress
    from planner.interop.inbox import Inbox
    from planner.interop.patience import Talk

MOST_TRIES = 3
_UIDS_PER_REQUEST = 200
# The transfer is over, though not with all objects: what is missing is counted and asked for anew.
_OVER = (0x0000, 0xB000)
# Status of C-GET and C-MOVE, PS3.4 C.4.2.1.5 and C.4.3.1.4.
_REFUSED = {
    0xA701: "it is out of room",
    0xA702: "it cannot send them",
    0xA801: "it does not know where “{ours}” is: have this title entered there, with this machine and port {port}",
    0xA900: "it does not understand the question",
    0x0124: "it does not let us fetch: have “{ours}” allowed there",
    0x0122: "it does not send on request",
}


def fetch(peer: Peer, wanted: WantedSeries, inbox: Inbox, *, progress: Progress) -> None:
    """Put all images of some series into an inbox; after a break only what is missing is asked for again.

    Raises
    ------
    NetworkFailed
        When the archive cannot be reached, refuses, or does not send all that it lists; the sentence says how many
        images have come.
    OSError
        When the disk takes no more.
    """
    patiently(lambda talk: _Fetching(peer, wanted, inbox, talk).run(), progress=progress)


class _Fetching:
    """Series on their way: what the archive lists of each, asked for until it is there."""

    def __init__(self, peer: Peer, wanted: WantedSeries, inbox: Inbox, talk: Talk) -> None:
        self._peer, self._wanted, self._inbox, self._talk = peer, wanted, inbox, talk
        self._listed: dict[str, dict[str, str]] = {}

    def run(self) -> None:
        for series in self._wanted.series_instance_uids:
            images = find_images(self._peer, self._wanted.study_instance_uid, series, talk=self._talk)
            if not images:
                raise NetworkFailed(
                    f"{self._peer.name} lists no images of this series any more. Ask it again for the study.",
                    code="network-nothing",
                )
            self._listed[series] = images
            self._inbox.want(images)
        for series, images in self._listed.items():
            self._fetch_all(series, images)

    def _fetch_all(self, series: str, images: dict[str, str]) -> None:
        """Ask for a series as a whole, then for its missing images by name."""
        failure: NetworkFailed | None = None
        for attempt in range(MOST_TRIES):
            missing = [uid for uid in images if uid not in self._inbox.taken]
            if not missing:
                return
            try:
                for uids in [[]] if attempt == 0 else _portions(missing):
                    self._ask(series, uids, images)
            except NetworkFailed as broke:
                failure = broke
                if broke.code != BROKEN:
                    break
            finally:
                self._raise_own()
        missing = [uid for uid in images if uid not in self._inbox.taken]
        if missing:
            raise half_sent(self._peer.name, failure, arrived=len(self._inbox.taken), count=self._count)

    def _ask(self, series: str, uids: Sequence[str], images: dict[str, str]) -> None:
        question = {
            "QueryRetrieveLevel": "IMAGE" if uids else "SERIES",
            "StudyInstanceUID": self._wanted.study_instance_uid,
            "SeriesInstanceUID": series,
        } | ({"SOPInstanceUID": "\\".join(uids)} if uids else {})
        contexts = contexts_for({*images.values()} - {""} or USUAL)
        peer, talk, inbox = self._peer, self._talk, self._inbox
        self._tell()
        with ExitStack() as stack:
            if peer.receive_port:
                stack.enter_context(receiving(peer, contexts, inbox=inbox, talk=talk))
            self._listen(stack.enter_context(self._association(contexts)), written(question))

    def _association(self, contexts: list[tuple[str, tuple[str, ...]]]) -> Any:  # noqa: ANN401 - pynetdicom is untyped
        from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelGet as Get
        from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelMove as Move

        if self._peer.receive_port:
            return associated(self._peer, [(str(Move), NATIVE)], talk=self._talk)
        roles = list(dict.fromkeys(abstract for abstract, _ in contexts))
        handlers = taking(self._inbox, self._talk)
        return associated(self._peer, [(str(Get), NATIVE), *contexts], talk=self._talk, roles=roles, handlers=handlers)

    def _listen(self, association: Any, question: Dataset) -> None:  # noqa: ANN401
        """Follow a transfer to its end; raises NetworkFailed when it breaks or is refused."""
        for status, _ in self._send(association)(question):
            self._raise_own()
            if not status:
                raise broken(self._peer, self._talk, "it hung up")
            code = int(status.Status)
            if code in PENDING:
                self._tell()
            elif code not in _OVER:
                raise self._refused(status)

    def _send(self, association: Any) -> Callable[[Dataset], Any]:  # noqa: ANN401
        from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelGet as Get
        from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelMove as Move

        if self._peer.receive_port:
            return lambda question: association.send_c_move(question, self._peer.our_ae_title, Move)
        return lambda question: association.send_c_get(question, Get)

    def _refused(self, status: Dataset) -> NetworkFailed:
        code = int(status.Status)
        said = plain(str(status.get("ErrorComment", "") or ""))
        words = _REFUSED.get(code, f"status {code:04X}")
        reason = words.format(ours=self._peer.our_ae_title, port=self._peer.receive_port)
        return NetworkFailed(
            f"{self._peer.name} refused to send, {reason}{f': {said}' if said else ''}.", code="network-refused"
        )

    def _raise_own(self) -> None:
        """Raise what went wrong on this side: the disk, or an object that is larger than any we read."""
        raise_own(self._inbox, self._peer.name)

    @property
    def _count(self) -> int:
        return sum(len(images) for images in self._listed.values())

    def _tell(self) -> None:
        self._talk.tell(len(self._inbox.taken), self._count, f"Fetching from {self._peer.name}")


def raise_own(inbox: Inbox, name: str) -> None:
    """Raise what went wrong on this side: the disk, or an object that is larger than any the program reads (H-40)."""
    from planner.interop.inbox import MOST_OBJECT_BYTES

    if inbox.failure is not None:
        raise inbox.failure
    if inbox.was_too_large:
        raise NetworkFailed(
            f"{name} sends objects of more than {MOST_OBJECT_BYTES // 1024**2} MB, or too many; none is kept.",
            code="network-too-large",
        )


def half_sent(name: str, failure: NetworkFailed | None, *, arrived: int, count: int) -> NetworkFailed:
    """Return the failure of a transfer that ended before all was there."""
    reason = failure.sentence if failure is not None else f"{name} says that it is done, but left some out."
    code = failure.code if failure is not None else "network-half-sent"
    return NetworkFailed(f"{reason} {arrived} of {count} images have come; they are not kept. Fetch again.", code=code)


def _portions(uids: Sequence[str]) -> list[Sequence[str]]:
    return [uids[at : at + _UIDS_PER_REQUEST] for at in range(0, len(uids), _UIDS_PER_REQUEST)]
