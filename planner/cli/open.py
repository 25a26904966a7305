"""``frostline [open] [PATH]``: the window, with a plan file or a CT folder if one is named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("path", nargs="?", type=Path, help="a .frostline plan or a folder with DICOM files")


def run(arguments: argparse.Namespace) -> int:
    """Open the window."""
    from planner.ui.app import run_app

    return run_app(path=arguments.path)
