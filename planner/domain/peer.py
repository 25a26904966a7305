"""Whom can objects be sent to, and fetched from? The address of one archive, as its administrator gave it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from planner.domain.errors import InputRefused

LONGEST_AE_TITLE = 16
# Host by name, by IPv4 or in brackets by IPv6; a path; no user, no query, no fragment.
_URL = re.compile(r"(https?)://(\[[0-9a-fA-F:]+\]|[\w.-]+)(?::(\d{1,5}))?(/[\w./~%+-]*)?", re.ASCII)
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class Peer:
    """One archive that speaks DICOM on a connection of its own (DIMSE).

    Parameters
    ----------
    name
        What the user calls it.
    host, port
        Where it listens; port 1 to 65535.
    ae_title
        Its application entity title: 1 to 16 printable ASCII characters without backslash (PS3.5 6.2, AE).
    our_ae_title
        Under which title it knows us.
    certificate_file
        With TLS, the file with the certificates that its own is checked against; empty for those of the system.
    receive_port
        0 fetches over the connection we open (C-GET). Another port is where we listen, while something is fetched, for
        the connection that the archive opens to us (C-MOVE).
    """

    name: str
    host: str
    port: int
    ae_title: str
    our_ae_title: str = "FROSTLINE"
    uses_tls: bool = False
    certificate_file: str = ""
    receive_port: int = 0

    def __post_init__(self) -> None:
        if not self.name.strip() or not self.host.strip():
            raise InputRefused("An archive needs a name and a host.", code="peer-name")
        if not 1 <= self.port <= 65535:
            raise InputRefused(f"{self.name}: a port is 1 to 65535, not {self.port}.", code="peer-port")
        if self.receive_port and not 1024 <= self.receive_port <= 65535:
            raise InputRefused(
                f"{self.name}: the port where we receive is 1024 to 65535, not {self.receive_port}.", code="peer-port"
            )
        if self.receive_port and self.uses_tls:
            raise InputRefused(
                f"{self.name}: what an archive sends by a connection of its own would come readable, for we have no "
                "certificate to show. With TLS leave the port where we receive empty (C-GET), or turn TLS off.",
                code="peer-tls",
            )
        for title in (self.ae_title, self.our_ae_title):
            plain = title.isascii() and title.isprintable() and "\\" not in title
            if not plain or not 0 < len(title.strip()) <= LONGEST_AE_TITLE:
                raise InputRefused(
                    f"{self.name}: an AE title has 1 to {LONGEST_AE_TITLE} plain characters, not “{title}”.",
                    code="peer-ae-title",
                )
        if self.certificate_file and not self.uses_tls:
            raise InputRefused(
                f"{self.name}: certificates are given, but TLS is off. Turn it on, or leave them out.", code="peer-tls"
            )

    @property
    def address(self) -> str:
        """Where it is, in words."""
        tls = " with TLS" if self.uses_tls else ""
        return f"{self.ae_title} at {self.host}, port {self.port}{tls}"


@dataclass(frozen=True, slots=True)
class WebPeer:
    """One archive that speaks DICOMweb: DICOM over HTTP (PS3.18).

    Parameters
    ----------
    name
        What the user calls it.
    url
        Where its service begins, such as ``"https://pacs.example/dicom-web"``.
    user
        With whom it knows us; empty where it asks for nobody.
    password_file
        The file whose first line is the password: it is read when something is asked, and kept nowhere else (H-43).
    certificate_file
        The file with the certificates that its own is checked against; empty for those of the system.
    """

    name: str
    url: str
    user: str = ""
    password_file: str = ""
    certificate_file: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise InputRefused("An archive needs a name.", code="peer-name")
        match = _URL.fullmatch(self.url)
        if match is None or not 1 <= int(match[3] or 80) <= 65535:
            raise InputRefused(
                f"{self.name}: an address looks like https://pacs.example/dicom-web, not “{self.url[:200]}”.",
                code="peer-url",
            )
        if bool(self.user) != bool(self.password_file):
            raise InputRefused(
                f"{self.name}: a user and the file of the password belong together. Give both, or none.",
                code="peer-password",
            )
        if self.user and not self.uses_tls and match[2] not in _LOOPBACK:
            raise InputRefused(
                f"{self.name}: over http:// the password would cross the network readable. Use https://.",
                code="peer-password",
            )
        if ":" in self.user or not self.user.isprintable():
            raise InputRefused(f"{self.name}: a user's name has no colon and no line break.", code="peer-user")
        if self.certificate_file and not self.uses_tls:
            raise InputRefused(
                f"{self.name}: certificates are given, but the address begins with http://. Use https://, or leave "
                "them out.",
                code="peer-tls",
            )

    @property
    def uses_tls(self) -> bool:
        """Whether what crosses the network can be read by nobody else."""
        return self.url.startswith("https://")

    @property
    def address(self) -> str:
        """Where it is, in words."""
        return self.url


Archive = Peer | WebPeer
"""Whatever the protocol."""
