"""How do objects get to an archive? C-ECHO and C-STORE, each object once, each failure a sentence (PS3.7, PS3.8)."""

from __future__ import annotations

import logging
import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.domain.errors import InputRefused, NetworkFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pydicom.dataset import Dataset

    from planner.domain.peer import Peer
    from planner.domain.progress import Progress

TIMEOUT_S = 10.0
MOST_TRIES = 3
_PDU_BYTES = 131072
_MOST_CONTEXTS = 128
_WARNINGS = range(0xB000, 0xC000)
# Result source and diagnostic of A-ASSOCIATE-RJ, PS3.8 9.3.4.
_REJECTED = {
    (1, 3): "it does not know us as “{ours}”: have this AE title entered there",
    (1, 7): "it is not called “{theirs}”: correct its AE title",
    (3, 1): "it is busy: try again later",
    (3, 2): "it takes no more connections just now: try again later",
}
# Status classes of C-STORE, PS3.4 B.2.3.
_REFUSED = {0xA7: "it is out of room", 0xA9: "the object is not of the class it says", 0xC0: "it cannot understand it"}

# What goes over the wire names patients, and the library would log it.
logging.getLogger("pynetdicom").setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True)
class Sent:
    """One object that an archive has taken; ``remark`` is what it said about it, mostly nothing."""

    sop_instance_uid: str
    remark: str = ""


def echo(peer: Peer) -> None:
    """Ask an archive whether it is there and knows us; raises NetworkFailed with what to do."""
    from pynetdicom.sop_class import Verification

    with _association(peer, [(str(Verification), None)]) as association:
        status = association.send_c_echo()
        if not status or status.Status != 0:
            raise _broken(peer, "it did not answer")


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
    headers = [_header(path) for path in files]
    done: dict[int, Sent] = {}
    failure: NetworkFailed | None = None
    for _ in range(MOST_TRIES):
        wanted = [number for number in range(len(files)) if number not in done]
        if not wanted:
            break
        try:
            _send_each(wanted, files, headers, peer=peer, done=done, progress=progress)
        except NetworkFailed as broken:
            failure = broken
            if broken.code != "network-broken":
                break
    if len(done) < len(files):
        reason = failure.sentence if failure is not None else f"{peer.name} took no more."
        raise NetworkFailed(
            f"{reason} {len(done)} of {len(files)} objects have arrived.",
            code=failure.code if failure is not None else "network-broken",
        )
    return tuple(done[number] for number in range(len(files)))


def _send_each(
    wanted: Sequence[int],
    files: Sequence[Path],
    headers: Sequence[Dataset],
    *,
    peer: Peer,
    done: dict[int, Sent],
    progress: Progress,
) -> None:
    contexts = [(str(headers[n].SOPClassUID), str(headers[n].file_meta.TransferSyntaxUID)) for n in wanted]
    with _association(peer, contexts) as association:
        for number in wanted:
            progress(len(done), len(files), f"Sending to {peer.name}")
            try:
                status = association.send_c_store(files[number])
            except (ValueError, RuntimeError) as error:
                if not association.is_established:
                    raise _broken(peer, "the connection broke") from error
                raise NetworkFailed(
                    f"{peer.name} does not take objects of this kind ({headers[number].SOPClassUID.name}).",
                    code="network-refused",
                ) from error
            if not status:
                raise _broken(peer, "the connection broke or it did not answer in time")
            done[number] = _taken(str(headers[number].SOPInstanceUID), status, peer)


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


def _header(path: Path) -> Dataset:
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


@contextmanager
def _association(peer: Peer, contexts: Sequence[tuple[str, str | None]]) -> Iterator[Any]:
    """Agree with an archive on what is sent; ends the agreement on any way out."""
    from pynetdicom import AE

    entity = AE(ae_title=peer.our_ae_title)
    entity.connection_timeout = entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = TIMEOUT_S
    for abstract, syntax in dict.fromkeys(contexts):
        if len(entity.requested_contexts) < _MOST_CONTEXTS:
            entity.add_requested_context(abstract, *([syntax] if syntax else []))
    tls = _tls(peer)
    try:
        association = entity.associate(peer.host, peer.port, ae_title=peer.ae_title, max_pdu=_PDU_BYTES, tls_args=tls)
    except (OSError, UnicodeError) as error:  # a name that cannot be looked up is not asked for, but raised
        raise NetworkFailed(
            f"{peer.name} cannot be found: nobody knows a machine called {peer.host}. Correct the host in the list of "
            "archives, or look whether this machine is on the network.",
            code="network-no-host",
        ) from error
    if not association.is_established:
        raise _not_agreed(peer, association)
    try:
        yield association
    finally:
        if association.is_established:
            association.release()


def _tls(peer: Peer) -> tuple[ssl.SSLContext, str] | None:
    """Return what TLS needs: the archive's certificate is checked, by name too."""
    if not peer.uses_tls:
        return None
    try:
        context = ssl.create_default_context(cafile=peer.certificate_file or None)
    except (OSError, ssl.SSLError) as error:
        raise InputRefused(
            "This file holds no certificates that TLS can use.", code="peer-certificates", where=peer.certificate_file
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context, peer.host


def _not_agreed(peer: Peer, association: Any) -> NetworkFailed:  # noqa: ANN401 - pynetdicom is untyped here
    """Say why there is no agreement: nobody there, refused by name, or nothing in common."""
    if association.is_rejected:
        answer = association.acceptor.primitive
        why = _REJECTED.get((answer.result_source, answer.diagnostic), "it refuses the connection")
        reason = why.format(ours=peer.our_ae_title, theirs=peer.ae_title)
        return NetworkFailed(f"{peer.name} answers, but {reason}.", code="network-rejected")
    if association.acceptor.primitive is not None and not association.accepted_contexts and not association.is_aborted:
        return NetworkFailed(f"{peer.name} answers, but takes none of these objects.", code="network-refused")
    tls = " with TLS" if peer.uses_tls else ""
    return NetworkFailed(
        f"{peer.name} does not answer{tls} at {peer.host}, port {peer.port}. Check the address, the cable and whether "
        "it is switched on.",
        code="network-no-answer",
    )


def _broken(peer: Peer, reason: str) -> NetworkFailed:
    return NetworkFailed(f"Sending to {peer.name} failed: {reason}.", code="network-broken")
