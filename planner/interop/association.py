"""How do we come to talk with an archive over DICOM? One agreement; each way not to get it is a sentence (PS3.8)."""

from __future__ import annotations

import logging
import socket
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from planner.domain.errors import InputRefused, NetworkFailed
from planner.interop.patience import patiently

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.domain.peer import Peer
    from planner.domain.progress import Progress
    from planner.interop.patience import Talk

TIMEOUT_S = 10.0
MOST_CONTEXTS = 128
NATIVE: tuple[str, ...] = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
"""Explicit and implicit VR little endian: what questions are written in."""
BROKEN = "network-broken"
_PDU_BYTES = 131072
_LAST_WORDS_S = 2.0
_WAIT_FOR_MESSAGE_S = 3600.0  # a whole object may take long; silence is what is watched
# Result source and diagnostic of A-ASSOCIATE-RJ, PS3.8 9.3.4.
_REJECTED = {
    (1, 3): "it does not know us as “{ours}”: have this AE title entered there",
    (1, 7): "it is not called “{theirs}”: correct its AE title",
    (3, 1): "it is busy: try again later",
    (3, 2): "it takes no more connections just now: try again later",
}

# What goes over the wire names patients, and the library would log it.
logging.getLogger("pynetdicom").setLevel(logging.CRITICAL + 1)


def echo(peer: Peer, *, progress: Progress) -> None:
    """Ask an archive whether it is there and knows us; raises NetworkFailed with what to do."""
    from pynetdicom.sop_class import Verification

    def ask(talk: Talk) -> None:
        talk.tell(0, 1, f"Asking {peer.name}")
        with associated(peer, [(str(Verification), NATIVE)], talk=talk) as association:
            status = association.send_c_echo()
            if not status or status.Status != 0:
                raise broken(peer, talk, "it did not answer")

    patiently(ask, progress=progress)


@contextmanager
def associated(
    peer: Peer,
    contexts: Sequence[tuple[str, Sequence[str]]],
    *,
    talk: Talk,
    roles: Sequence[str] = (),
    handlers: Sequence[tuple[Any, Any]] = (),
) -> Iterator[Any]:
    """Agree with an archive on what is said; ends the agreement on any way out, abruptly after an error.

    Parameters
    ----------
    contexts
        Each a class and the encodings proposed for it, of which the archive takes one.
    roles
        Classes of which we take objects on this connection (PS3.7 D.3.3.4).
    handlers
        What is done on events of the library.
    """
    from pynetdicom import AE, build_role, evt

    entity = AE(ae_title=peer.our_ae_title)
    sockets = _sockets_of(entity)
    entity.connection_timeout = entity.acse_timeout = TIMEOUT_S
    entity.dimse_timeout = _WAIT_FOR_MESSAGE_S
    entity.network_timeout = None
    for abstract, syntaxes in dict.fromkeys((abstract, tuple(syntaxes)) for abstract, syntaxes in contexts):
        if len(entity.requested_contexts) < MOST_CONTEXTS:
            entity.add_requested_context(abstract, list(syntaxes))
    # What is on its way to a slow archive is no silence either.
    heard = [(kind, lambda _event: talk.hear()) for kind in (evt.EVT_DATA_RECV, evt.EVT_DATA_SENT)]
    association = None
    try:
        roles_asked = [build_role(uid, scp_role=True) for uid in roles]
        association = _agree(
            entity, peer, tls_args=_tls(peer, sockets), ext_neg=roles_asked, evt_handlers=[*heard, *handlers]
        )
        talk.begin(lambda: hang_up(association))
        yield association
        if association.is_established:
            association.release()
    finally:
        talk.end()
        if association is not None and association.is_established:
            association.abort()
        if association is not None and association.dul.is_alive():
            association.dul.join(_LAST_WORDS_S)  # it reads from the socket until it has seen the end
        for one in sockets:
            one.close()


def _agree(entity: Any, peer: Peer, **settings: Any) -> Any:  # noqa: ANN401 - pynetdicom is untyped here
    """Connect and agree; raises NetworkFailed with the reason why not."""
    try:
        association = entity.associate(peer.host, peer.port, ae_title=peer.ae_title, max_pdu=_PDU_BYTES, **settings)
    except (OSError, UnicodeError) as error:  # a name that cannot be looked up is not asked for, but raised
        raise _no_host(peer) from error
    if not association.is_established:
        raise _not_agreed(peer, association)
    return association


def _sockets_of(entity: Any) -> list[socket.socket]:  # noqa: ANN401
    """Return the list that will hold the entity's sockets: the library leaves those that got nowhere open."""
    made: list[socket.socket] = []
    create = entity._create_socket  # noqa: SLF001

    def remember(*given: Any) -> Any:  # noqa: ANN401
        one = create(*given)
        made.append(one.socket)
        return one

    entity._create_socket = remember  # noqa: SLF001
    return made


def hang_up(association: Any) -> None:  # noqa: ANN401
    """Break a connection off from any thread.

    Whoever waits for its next message is woken as when none came in time, and aborts it: from another thread the abort
    could come between an object and its answer, which the library's state machine does not survive.
    """
    if association.is_acceptor:
        association.abort(block=False)
    else:
        association.dimse.msg_queue.put((None, None))


def broken(peer: Peer, talk: Talk, reason: str) -> NetworkFailed:
    """Return the failure of a connection that was there, which is worth another try."""
    from planner.interop.patience import SILENCE_S

    said = f"it said nothing for {SILENCE_S:.0f} s" if talk.was_silent else reason
    return NetworkFailed(f"The connection to {peer.name} broke: {said}.", code=BROKEN)


def our_address(peer: Peer) -> str:
    """Return the address of this machine on the way to an archive; raises NetworkFailed when there is no way."""
    try:
        with socket.create_connection((peer.host, peer.port), timeout=TIMEOUT_S) as way:
            return str(way.getsockname()[0])
    except (OSError, UnicodeError) as error:
        raise _unreached(peer, error) from error


def tls_context(certificate_file: str) -> ssl.SSLContext:
    """Return what checks an archive's certificate, by name too; raises InputRefused for a file without certificates."""
    try:
        context = ssl.create_default_context(cafile=certificate_file or None)
    except (OSError, ssl.SSLError) as error:
        raise InputRefused(
            "This file holds no certificates that TLS can use.", code="peer-certificates", where=certificate_file
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class _Noting:
    """A TLS context that notes the sockets it makes, to be closed in the end."""

    def __init__(self, context: ssl.SSLContext, made: list[socket.socket]) -> None:
        self._context, self._made = context, made

    def wrap_socket(self, plain: socket.socket, **settings: Any) -> ssl.SSLSocket:  # noqa: ANN401
        """Wrap a socket as the context does."""
        wrapped = self._context.wrap_socket(plain, **settings)
        self._made.append(wrapped)
        return wrapped


def _tls(peer: Peer, made: list[socket.socket]) -> tuple[_Noting, str] | None:
    return (_Noting(tls_context(peer.certificate_file), made), peer.host) if peer.uses_tls else None


def _not_agreed(peer: Peer, association: Any) -> NetworkFailed:  # noqa: ANN401 - pynetdicom is untyped here
    """Say why there is no agreement: nobody there, refused by name, nothing in common, or no DICOM at all."""
    answer = _answer(association)
    if answer is not None and answer.result != 0:
        why = _REJECTED.get((answer.result_source, answer.diagnostic), "it refuses the connection")
        reason = why.format(ours=peer.our_ae_title, theirs=peer.ae_title)
        return NetworkFailed(f"{peer.name} answers, but {reason}.", code="network-rejected")
    if answer is not None and not association.accepted_contexts:
        return NetworkFailed(
            f"{peer.name} answers, but takes none of these objects or questions.", code="network-refused"
        )
    try:
        _reach(peer)
    except (OSError, UnicodeError) as error:
        return _unreached(peer, error)
    return NetworkFailed(
        f"Something listens at {peer.host}, port {peer.port}, but it does not speak DICOM"
        f"{' there' if peer.uses_tls else ', or wants TLS'}. Check the port.",
        code="network-not-dicom",
    )


def _answer(association: Any) -> Any:  # noqa: ANN401
    """Return what the archive answered to our asking for a connection, None where it said nothing.

    The library gives up when the connection is closed by the time it looks; a refusal that came and was closed before
    that still waits in its queue.
    """
    from pynetdicom.pdu_primitives import A_ASSOCIATE

    answer = association.acceptor.primitive
    waiting = association.dul.to_user_queue
    while answer is None and not waiting.empty():
        said = waiting.get_nowait()
        answer = said if isinstance(said, A_ASSOCIATE) else None
    return answer


def _reach(peer: Peer) -> None:
    """Connect once more and say nothing, to learn what the library does not tell: whether anything listens at all."""
    with socket.create_connection((peer.host, peer.port), timeout=TIMEOUT_S) as way:
        if peer.uses_tls:
            tls_context(peer.certificate_file).wrap_socket(way, server_hostname=peer.host).close()


def _unreached(peer: Peer, error: Exception) -> NetworkFailed:
    """Return why nothing was reached; TLS and its certificate apart from the rest."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return NetworkFailed(
            f"{peer.name} answers with TLS, but its certificate is not accepted: {error.verify_message}. Give the file "
            "with the certificate of the archive, or of who signed it.",
            code="network-certificate",
        )
    if isinstance(error, ssl.SSLError):
        return NetworkFailed(
            f"{peer.name} answers, but does not speak TLS at port {peer.port}. Correct the port, or turn TLS off.",
            code="network-no-tls",
        )
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return _no_host(peer)
    nobody = ": nothing listens there" if isinstance(error, ConnectionRefusedError) else ""
    return NetworkFailed(
        f"{peer.name} does not answer at {peer.host}, port {peer.port}{nobody}. Check the address, the cable and "
        "whether it is switched on.",
        code="network-no-answer",
    )


def _no_host(peer: Peer) -> NetworkFailed:
    return NetworkFailed(
        f"{peer.name} cannot be found: nobody knows a machine called {peer.host}. Correct the host in the list of "
        "archives, or look whether this machine is on the network.",
        code="network-no-host",
    )
