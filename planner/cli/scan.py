"""``frostline scan PATH…``: the series in folders, archives or files, each with its verdict.

Exit status: 0 when a series is usable, 1 when none is, 2 when the whole is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from planner.cli.terminal import NEGATIVE, OK, Terminal

if TYPE_CHECKING:
    import argparse

    from planner.domain.series import ScanReport
    from planner.services.tasks import ScanFolder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="folder, zip, DICOMDIR or file")
    parser.add_argument("--json", action="store_true", help="print everything as JSON, slices and rejected files too")


def run(arguments: argparse.Namespace) -> int:
    """List the series; 1 when none is usable."""
    from planner.cli.series_rows import is_usable, report_json, report_lines

    with Terminal() as terminal:
        report: ScanReport = terminal.call(scan_request(arguments.paths))
        if arguments.json:
            terminal.say_json(report_json(report))
        else:
            for line in report_lines(report):
                terminal.say(line)
    return OK if any(is_usable(series) for series in report.series) else NEGATIVE


def scan_request(paths: list[Path]) -> ScanFolder:
    """Return the request for what was named; raises InputRefused when something of it is not there."""
    from planner.domain.errors import InputRefused
    from planner.services.tasks import ScanFolder

    for path in paths:
        if not path.exists():
            raise InputRefused("There is no such file or folder.", code="no-path", where=str(path))
    first, *others = (str(path.resolve()) for path in paths)
    return ScanFolder(first, tuple(others))
