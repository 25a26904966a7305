"""``frostline scan FOLDER``: the series in a folder, each with its verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from planner.cli.terminal import NEGATIVE, OK, Terminal

if TYPE_CHECKING:
    import argparse

    from planner.domain.series import ScanReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", type=Path, help="folder with DICOM files")
    parser.add_argument("--json", action="store_true", help="print the whole report as JSON")


def run(arguments: argparse.Namespace) -> int:
    """List the series; 1 when none is usable."""
    from planner.domain.digest import to_plain
    from planner.domain.errors import InputRefused
    from planner.domain.series import SeriesVerdict
    from planner.services.tasks import ScanFolder

    if not arguments.folder.is_dir():
        raise InputRefused("This folder does not exist.", code="no-folder", where=str(arguments.folder))
    with Terminal() as terminal:
        report: ScanReport = terminal.call(ScanFolder(str(arguments.folder.resolve())))
        if arguments.json:
            terminal.say(json.dumps(to_plain(report), indent=2, ensure_ascii=False))
        else:
            for series in report.series:
                terminal.say(f"{series.verdict.value}  {series.label}, {series.images} images: {series.sentence}")
            for rejected in report.rejected:
                terminal.say(f"LEFT OUT  {rejected.path}: {rejected.sentence}")
    usable = any(series.verdict is not SeriesVerdict.NOT_USABLE for series in report.series)
    return OK if usable else NEGATIVE
