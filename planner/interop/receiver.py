"""How do objects come that an archive sends by a connection of its own? A listener for the time of one C-MOVE.

It listens on the address by which the archive is reached and on no other, takes connections from that archive only, by
both titles, and only objects that were asked for (H-47).
"""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from planner.domain.errors import InputRefused
from planner.interop.association import NATIVE, hang_up, our_address

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.domain.peer import Peer
    from planner.interop.inbox import Inbox
    from planner.interop.patience import Talk

_MOST_CONNECTIONS = 4
_LAST_WORDS_S = 2.0


def taking(inbox: Inbox, talk: Talk) -> list[tuple[Any, Any]]:
    """Return the handlers that put what arrives into an inbox, and hang up on an object without end."""
    from pynetdicom import evt

    def take(event: Any) -> int:  # noqa: ANN401 - pynetdicom is untyped here
        request = event.request
        talk.hear()
        return inbox.take(
            str(request.AffectedSOPInstanceUID),
            str(request.AffectedSOPClassUID),
            str(event.context.transfer_syntax),
            request.DataSet.getvalue() if request.DataSet is not None else b"",
        )

    def count(event: Any) -> None:  # noqa: ANN401
        talk.hear()
        if not inbox.has_room_for(len(event.data)):
            hang_up(event.assoc)

    return [(evt.EVT_C_STORE, take), (evt.EVT_DATA_RECV, count)]


@contextmanager
def receiving(peer: Peer, contexts: Sequence[tuple[str, Sequence[str]]], *, inbox: Inbox, talk: Talk) -> Iterator[None]:
    """Listen for an archive's objects; ends with the block on any way out.

    Raises
    ------
    InputRefused
        When the port cannot be listened on.
    NetworkFailed
        When the archive cannot be reached at all.
    """
    from pynetdicom import AE, evt

    address = our_address(peer)
    theirs = _addresses(peer.host)

    def look(event: Any) -> None:  # noqa: ANN401
        if event.address[0] not in theirs:
            hang_up(event.assoc)

    entity = AE(ae_title=peer.our_ae_title)
    entity.require_called_aet, entity.require_calling_aet = True, [peer.ae_title]
    entity.maximum_associations = _MOST_CONNECTIONS
    entity.network_timeout = None
    for abstract in dict.fromkeys(abstract for abstract, _ in contexts):
        entity.add_supported_context(abstract, [*_encodings(abstract, contexts)])
    handlers = [*taking(inbox, talk), (evt.EVT_CONN_OPEN, look)]
    try:
        server = entity.start_server((address, peer.receive_port), block=False, evt_handlers=handlers)
    except OSError as error:
        raise InputRefused(
            f"Nothing can be received at port {peer.receive_port} of {address} ({error.strerror}). Another program may "
            f"use it; enter another port for {peer.name}, there and here.",
            code="receive-port",
        ) from error
    try:
        yield
    finally:
        if server is not None:
            server.shutdown()
            _end(server.active_associations)


def _end(connections: Sequence[Any]) -> None:
    """Hang up on connections that an archive has left open: the library would go on taking objects over them.

    One that is hung up on, now or before, stays for as long as the archive keeps its end open; that is not waited for.
    """
    for connection in connections:
        hang_up(connection)
        threading.Thread(target=connection.kill, daemon=True).start()
    for connection in connections:
        connection.join(_LAST_WORDS_S)


def _encodings(abstract: str, contexts: Sequence[tuple[str, Sequence[str]]]) -> dict[str, None]:
    """Return the encodings of a class, those without packing last: what is stored packed comes as it is."""
    listed = [syntax for uid, syntaxes in contexts if uid == abstract for syntax in syntaxes]
    return dict.fromkeys([*(syntax for syntax in listed if syntax not in NATIVE), *NATIVE])


def _addresses(host: str) -> set[str]:
    """Return the addresses that a name stands for; it was reached a moment ago."""
    return {str(found[4][0]) for found in socket.getaddrinfo(host, None)}
