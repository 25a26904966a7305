"""``frostline bench KIND``: accuracy tables and ratios, measured here and now, asserted nowhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from planner.cli.terminal import OK

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the kinds of measurement and their arguments."""
    parser.set_defaults(run_kind=None, print_help=parser.print_help)
    kinds = parser.add_subparsers(dest="kind", metavar="KIND")
    thermal = kinds.add_parser("thermal", help="speed of the prediction against its goals and a plain numpy solver")
    thermal.add_argument("--json", action="store_true", help="print machine and rows as JSON")
    thermal.add_argument("--quick", action="store_true", help="leave out what takes longest (40 s instead of 4 min)")
    thermal.set_defaults(run_kind=_run_thermal)


def run(arguments: argparse.Namespace) -> int:
    """Run one kind of measurement; without one, say which there are."""
    if arguments.run_kind is None:
        arguments.print_help()
        return OK
    return int(arguments.run_kind(arguments))


def _run_thermal(arguments: argparse.Namespace) -> int:
    from planner.bench.thermal import run_thermal_bench

    rows = run_thermal_bench()
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return OK
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items()))
    return OK
