"""Which archives does the user know? Those listed in ``archives.json`` in the user's settings folder.

How it looks::

{"schema": 1, "about": "Archives of our department",
"archives": [{"name": "PACS", "host": "pacs.example", "port": 11112, "ae_title": "PACS", "tls": true},
{"name": "Web", "url": "https://pacs.example/dicom-web"}]}

No password stands in it: an archive that asks for one names the file that holds it (H-43).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.domain.errors import InputRefused
from planner.domain.peer import Peer, WebPeer
from planner.persistence.leaving import leaving_into, put_in_place
from planner.persistence.record import read_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.peer import Archive
    from planner.persistence.record import Record

PORT_RANGE = (1.0, 65535.0)
_ABOUT = "Archives that plans are sent to and series are fetched from"


def peers_file() -> Path:
    """Return where the archives are listed; the file need not exist."""
    import platformdirs

    return Path(platformdirs.user_config_dir("frostline", appauthor=False)) / "archives.json"


def read_peers(path: Path) -> tuple[Archive, ...]:
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
    _check_names(peers, path)
    return peers


def keep_peers(peers: Sequence[Archive], path: Path) -> None:
    """Write the list anew, whole or not at all; raises InputRefused when a name occurs twice or the disk refuses."""
    _check_names(peers, path)
    table = {"schema": 1, "about": _ABOUT, "archives": [_plain(peer) for peer in peers]}
    with leaving_into(path.parent, what="The list of archives") as staging:
        made = staging / path.name
        made.write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        put_in_place(made, path)


def _check_names(peers: Sequence[Archive], path: Path) -> None:
    # As they are looked up, in any case: patients must not go to the wrong one of PACS and Pacs.
    names = [peer.name.casefold() for peer in peers]
    twice = next((peer.name for peer in peers if names.count(peer.name.casefold()) > 1), "")
    if twice:
        raise InputRefused(f"Two archives are called {twice}.", code="peer-twice", where=path.name)


def find_peer(name: str, path: Path) -> Archive:
    """Return the archive of that name; raises InputRefused with the names there are."""
    peers = read_peers(path)
    for peer in peers:
        if peer.name.casefold() == name.casefold():
            return peer
    known = ", ".join(peer.name for peer in peers)
    there = f"Known are {known}." if known else f"List it in {path}, as the documentation of sending shows."
    raise InputRefused(f"No archive is called {name}. {there}", code="peer-unknown")


def _peer(entry: Record) -> Archive:
    if entry.has("url"):
        peer: Archive = WebPeer(
            name=entry.text("name"),
            url=entry.text("url"),
            user=entry.text("user", default=""),
            password_file=_whole_path(entry, "password_file"),
            certificate_file=_whole_path(entry, "certificate_file"),
        )
    else:
        peer = Peer(
            name=entry.text("name"),
            host=entry.text("host"),
            port=_port(entry, "port"),
            ae_title=entry.text("ae_title"),
            our_ae_title=entry.text("our_ae_title", default="FROSTLINE"),
            uses_tls=entry.flag("tls"),
            certificate_file=_whole_path(entry, "certificate_file"),
            receive_port=_port(entry, "receive_port") if entry.has("receive_port") else 0,
        )
    entry.finish()
    return peer


def _plain(peer: Archive) -> dict[str, Any]:
    """Return an archive as it stands in the file; what is not set is left out."""
    if isinstance(peer, WebPeer):
        given: dict[str, Any] = {"name": peer.name, "url": peer.url, "user": peer.user}
        given |= {"password_file": peer.password_file, "certificate_file": peer.certificate_file}
    else:
        given = {"name": peer.name, "host": peer.host, "port": peer.port, "ae_title": peer.ae_title}
        given |= {"our_ae_title": peer.our_ae_title, "tls": peer.uses_tls, "certificate_file": peer.certificate_file}
        given |= {"receive_port": peer.receive_port}
    return {field: value for field, value in given.items() if value}


def _whole_path(entry: Record, field: str) -> str:
    name = entry.text(field, default="")
    if name and not Path(name).is_absolute():
        raise entry.fail(field, "must be a whole path.", "peer-certificates")
    return name


def _port(entry: Record, field: str) -> int:
    port = entry.number(field, PORT_RANGE) or 0.0
    if port != int(port):
        raise entry.fail(field, f"is {port:g}, not a whole number.", "resource-type")
    return int(port)
