"""``frostline bench``: accuracy tables and ratios, measured here and now, asserted nowhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from planner.cli.terminal import OK

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Measure the solver."""
    from planner.bench.thermal import run_thermal_bench

    rows = run_thermal_bench()
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return OK
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items()))
    return OK
