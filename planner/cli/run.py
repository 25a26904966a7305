"""``frostline run JOB.json --out DIR``: a whole plan without a window, on the window's own code path."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from planner.cli.terminal import OK, Terminal, status_of, verdict_line

if TYPE_CHECKING:
    import argparse

RANGE_SPACING_MM = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("job", nargs="?", type=Path, help="job file (JSON); see --schema")
    parser.add_argument("--out", type=Path, help="folder for plan, report, assessment and meshes")
    parser.add_argument(
        "--range",
        nargs="?",
        type=float,
        const=RANGE_SPACING_MM,
        metavar="MM",
        dest="range_spacing_mm",
        help=f"also predict the smallest and the largest ice, on cells of MM: 0.5, 1 or 2, else {RANGE_SPACING_MM:g}",
    )
    parser.add_argument(
        "--grid-check",
        nargs="?",
        type=float,
        const=0.0,
        metavar="MM",
        dest="check_spacing_mm",
        help="also predict on cells of MM (0.5, 1 or 2; else half the job's) and say whether the ice is the same",
    )
    parser.add_argument("--schema", action="store_true", help="print the JSON Schema of job files and stop")


def run(arguments: argparse.Namespace) -> int:
    """Run the job; 0 done, 1 a FAIL among the verdicts."""
    from planner.domain.errors import InputRefused
    from planner.services.grid_check import other_spacing_mm
    from planner.services.headless import run_job
    from planner.services.jobfile import job_schema, read_job

    if arguments.schema:
        print(json.dumps(job_schema(), indent=2))
        return OK
    if arguments.job is None or arguments.out is None:
        raise InputRefused("Give a job file and --out FOLDER.", code="usage")
    job = read_job(arguments.job)
    check_mm = arguments.check_spacing_mm
    with Terminal() as terminal:
        outcome = run_job(
            job,
            arguments.out,
            call=terminal.call,
            blobs=terminal.blobs,
            range_spacing_mm=arguments.range_spacing_mm,
            check_spacing_mm=other_spacing_mm(job.spacing_mm) if check_mm == 0.0 else check_mm,
        )
        terminal.say(f"{job.name}: {verdict_line(outcome.assessment)}")
        for note in outcome.notes:
            terminal.say(f"Note: {note}")
        if outcome.grid_check:
            terminal.say(outcome.grid_check)
        terminal.say(f"Written to {outcome.folder}: {', '.join(outcome.files)}")
        return status_of(outcome.assessment)
