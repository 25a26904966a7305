"""Where does the program start? ``frostline`` opens the window; ``frostline COMMAND`` does one job in the terminal."""

from __future__ import annotations

import argparse
import importlib
import sys

from planner import __version__

# name -> what it does; each lives in planner/cli/NAME.py with add_arguments and run
COMMANDS = {
    "open": "open a plan file or a CT folder in the window (also without a command)",
    "run": "do a whole plan from a job file, without a window",
    "report": "predict and judge a kept plan anew and write its report, without a window",
    "robustness": "say in how many draws of the placement error a kept plan's limits hold",
    "whatif": "compare variations of a kept plan: freeze times, schedules, probe models, depths",
    "suggest": "propose placements of probes for a target of a kept plan, with reasons; none is adopted",
    "export": "write a kept plan for other systems: DICOM, surfaces, a table",
    "send": "send a kept plan's DICOM objects to an archive, or ask whether it is there",
    "find": "list the studies of an archive, or the series of one",
    "fetch": "fetch series of an archive into a folder",
    "demo": "open the synthetic patient, or write its plan to a folder",
    "case": "list, show, begin, export and import the cases around the plans",
    "scan": "list the series in a folder, zip or files with their verdicts",
    "volume": "load one series, print its geometry, hash and HU at points",
    "segment": "find or read structures, list, compare and write them",
    "screenshots": "make the pictures of the documentation anew",
    "bench": "measure accuracy and speed on this machine",
}
DISCLAIMER = "For research and training, not for clinical use."


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    from planner.cli.terminal import guarded

    words = sys.argv[1:] if argv is None else argv
    if not words or (words[0] not in COMMANDS and not words[0].startswith("-")):
        words = ["open", *words]
    parser = argparse.ArgumentParser(prog="frostline", description=f"Cryoneurolysis planner. {DISCLAIMER}")
    parser.add_argument("--version", action="version", version=f"frostline {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True)
    for name, text in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}. {DISCLAIMER}")
        if name == words[0]:
            importlib.import_module(f"planner.cli.{name}").add_arguments(subparser)
    arguments = parser.parse_args(words)
    return guarded(lambda: int(importlib.import_module(f"planner.cli.{arguments.command}").run(arguments)))


if __name__ == "__main__":
    sys.exit(main())
