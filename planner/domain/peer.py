"""Whom can objects be sent to? The address of one archive, as its administrator gave it."""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.errors import InputRefused

LONGEST_AE_TITLE = 16


@dataclass(frozen=True, slots=True)
class Peer:
    """One archive that speaks DICOM.

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
    """

    name: str
    host: str
    port: int
    ae_title: str
    our_ae_title: str = "FROSTLINE"
    uses_tls: bool = False
    certificate_file: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip() or not self.host.strip():
            raise InputRefused("An archive needs a name and a host.", code="peer-name")
        if not 1 <= self.port <= 65535:
            raise InputRefused(f"{self.name}: a port is 1 to 65535, not {self.port}.", code="peer-port")
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
