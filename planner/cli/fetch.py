"""``frostline fetch --from NAME --study UID --out DIR``: series of an archive into a new folder, whole or not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from planner.cli.find import add_archive_arguments
from planner.cli.terminal import OK, Terminal

if TYPE_CHECKING:
    import argparse

    from planner.domain.archive import Fetched


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_archive_arguments(parser)
    parser.add_argument("--study", required=True, metavar="UID", help="study, as find lists it")
    parser.add_argument("--series", required=True, nargs="+", metavar="UID", help="series, as find --study lists them")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the new folder is made in this one")


def run(arguments: argparse.Namespace) -> int:
    """Fetch what was named."""
    from planner.domain.archive import WantedSeries
    from planner.persistence.peers import find_peer, peers_file
    from planner.services.network_tasks import FetchSeries

    archive = find_peer(arguments.source, arguments.archives or peers_file())
    wanted = WantedSeries(arguments.study, tuple(arguments.series))
    with Terminal() as terminal:
        got: Fetched = terminal.call(FetchSeries(archive, wanted, str(arguments.out.resolve())))
        terminal.say(f"{got.count} images fetched into {got.folder}")
    return OK
