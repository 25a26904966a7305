"""``frostline [open] [PATH]``: the window, with a plan file or a CT folder if one is named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from planner.cli.terminal import demand_display

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("path", nargs="?", type=Path, help="a .frostline plan or a folder with DICOM files")


def run(arguments: argparse.Namespace) -> int:
    """Open the window."""
    demand_display(otherwise="Plans are run, reported and exported without one: frostline --help.")
    from planner.ui.app import run_app

    return run_app(path=arguments.path)
