"""Whose machines compute? What a subcommand asks of a cluster: its address and our certificates, or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from planner.domain.cluster import ClusterPlace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--cluster", default="", metavar="ADDRESS", help="compute on a cluster, such as tls://head.example:8786"
    )
    parser.add_argument(
        "--certificates", type=Path, metavar="DIR", help="ca.pem, cert.pem and key.pem for a cluster reached over TLS"
    )


def chosen(arguments: argparse.Namespace) -> ClusterPlace | None:
    """Return the cluster asked for, None for this machine.

    Raises
    ------
    InputRefused
        When the address cannot be used, plain text would leave this machine, or options contradict each other.
    """
    from planner.domain.cluster import ClusterPlace
    from planner.domain.errors import InputRefused

    if not arguments.cluster:
        if arguments.certificates is not None:
            raise InputRefused("--certificates are for a cluster. Give --cluster, too.", code="usage")
        return None
    if arguments.processes:
        raise InputRefused("--processes are this machine's, --cluster is another's. Give one of them.", code="usage")
    folder = "" if arguments.certificates is None else str(arguments.certificates.absolute())
    return ClusterPlace.parse(arguments.cluster, certificate_folder=folder)
