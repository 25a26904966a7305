"""Which archives does the user know? Those listed in ``archives.json`` in the user's settings folder.

How it looks::

{"schema": 1, "about": "Archives of our department",
"archives": [{"name": "PACS", "host": "pacs.example", "port": 11112, "ae_title": "PACS", "tls": true}]}
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from planner.domain.errors import InputRefused
from planner.domain.peer import Peer
from planner.persistence.record import read_record

if TYPE_CHECKING:
    from planner.persistence.record import Record

PORT_RANGE = (1.0, 65535.0)


def peers_file() -> Path:
    """Return where the archives are listed; the file need not exist."""
    import platformdirs

    return Path(platformdirs.user_config_dir("frostline", appauthor=False)) / "archives.json"


def read_peers(path: Path) -> tuple[Peer, ...]:
    """Return the archives of a file; none when there is no file.

    Raises
    ------
    ResourceInvalid
        When a field is unknown, missing or of another kind.
    InputRefused
        When an address cannot be, or a name occurs twice.
    """
    if not path.is_file():
        return ()
    table = read_record(path, sources=())
    peers = tuple(_peer(entry) for entry in table.records("archives"))
    table.finish()
    # As they are looked up, in any case: patients must not go to the wrong one of PACS and Pacs.
    names = [peer.name.casefold() for peer in peers]
    twice = next((peer.name for peer in peers if names.count(peer.name.casefold()) > 1), "")
    if twice:
        raise InputRefused(f"Two archives are called {twice}.", code="peer-twice", where=path.name)
    return peers


def find_peer(name: str, path: Path) -> Peer:
    """Return the archive of that name; raises InputRefused with the names there are."""
    peers = read_peers(path)
    for peer in peers:
        if peer.name.casefold() == name.casefold():
            return peer
    known = ", ".join(peer.name for peer in peers)
    there = f"Known are {known}." if known else f"List it in {path}, as the documentation of sending shows."
    raise InputRefused(f"No archive is called {name}. {there}", code="peer-unknown")


def _peer(entry: Record) -> Peer:
    certificates = entry.text("certificate_file", default="")
    if certificates and not Path(certificates).is_absolute():
        raise entry.fail("certificate_file", "must be a whole path.", "peer-certificates")
    port = entry.number("port", PORT_RANGE) or 0.0
    if port != int(port):
        raise entry.fail("port", f"is {port:g}, not a whole number.", "resource-type")
    peer = Peer(
        name=entry.text("name"),
        host=entry.text("host"),
        port=int(port),
        ae_title=entry.text("ae_title"),
        our_ae_title=entry.text("our_ae_title", default="FROSTLINE"),
        uses_tls=entry.flag("tls"),
        certificate_file=certificates,
    )
    entry.finish()
    return peer
