"""Where is a cluster, and may a plan travel there? To this machine's own loopback, or over TLS (H-43)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from planner.domain.errors import InputRefused

_ADDRESS = re.compile(r"(?:(?P<scheme>[a-z]+)://)?(?P<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(?P<port>\d{1,5})")
_SHOWN = 120


@dataclass(frozen=True, slots=True)
class ClusterPlace:
    """The scheduler of a cluster.

    Parameters
    ----------
    host
        Name or address; an IPv6 address in brackets.
    certificate_folder
        With TLS, the folder that holds ``ca.pem``, ``cert.pem`` and ``key.pem``; else empty.

    Raises
    ------
    InputRefused
        When plain text would leave this machine, or certificates and scheme do not belong together.
    """

    host: str
    port: int
    uses_tls: bool
    certificate_folder: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.port <= 65535:
            raise InputRefused(f"A port is a number from 1 to 65535, not {self.port}.", code="cluster-address")
        if self.uses_tls and not self.certificate_folder:
            raise InputRefused(
                f"A cluster at {self.uri} is reached over TLS with a certificate of ours. Give the folder of ca.pem, "
                "cert.pem and key.pem with --certificates.",
                code="cluster-certificates",
            )
        if not self.uses_tls and not is_loopback(self.host):
            raise InputRefused(
                f"Over tcp:// the plan would cross the network readable to {self.host}. Start the cluster with TLS and "
                "give tls:// and --certificates.",
                code="cluster-plain",
            )
        if not self.uses_tls and self.certificate_folder:
            raise InputRefused(
                "Certificates are given, but the address begins with tcp://. Use tls://, or leave them out.",
                code="cluster-certificates",
            )

    @classmethod
    def parse(cls, address: str, *, certificate_folder: str = "") -> ClusterPlace:
        """Read an address such as ``tls://head.example:8786``; without a scheme it is TLS where certificates are given.

        Raises
        ------
        InputRefused
            When it is no such address, or plain text would leave this machine.
        """
        match = _ADDRESS.fullmatch(address.strip())
        if match is None or match["scheme"] not in (None, "tcp", "tls"):
            raise InputRefused(
                f"The address of a cluster looks like tls://head.example:8786, not “{address[:_SHOWN]}”.",
                code="cluster-address",
            )
        uses_tls = bool(certificate_folder) if match["scheme"] is None else match["scheme"] == "tls"
        return cls(match["host"], int(match["port"]), uses_tls, certificate_folder)

    @property
    def uri(self) -> str:
        """The address in full."""
        return f"{'tls' if self.uses_tls else 'tcp'}://{self.host}:{self.port}"

    def is_open_to(self, address: str) -> bool:
        """Whether a member that is reached at ``address`` may be sent a plan: over TLS, or on this machine."""
        scheme, _, rest = address.partition("://")
        return scheme == "tls" if self.uses_tls else scheme == "tcp" and is_loopback(rest.rpartition(":")[0])


def is_loopback(host: str) -> bool:
    """Whether a host is this machine's own loopback. Names are not looked up: only ``localhost`` counts as one."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
