"""``frostline run JOB.json --out DIR``: a whole plan without a window, on the window's own code path."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from planner.cli.finer import add_cell_arguments, cells_of, outcome_lines, page_of
from planner.cli.terminal import OK, Terminal, status_of

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("job", nargs="?", type=Path, help="job file (JSON); see --schema")
    parser.add_argument("--out", type=Path, help="folder for plan, report, assessment and meshes")
    add_cell_arguments(parser)
    parser.add_argument("--schema", action="store_true", help="print the JSON Schema of job files and stop")


def run(arguments: argparse.Namespace) -> int:
    """Run the job; 0 done, 1 a FAIL among the verdicts."""
    from planner.domain.errors import InputRefused
    from planner.services.headless import run_job
    from planner.services.jobfile import job_schema, read_job

    if arguments.schema:
        print(json.dumps(job_schema(), indent=2))
        return OK
    if arguments.job is None or arguments.out is None:
        raise InputRefused("Give a job file and --out FOLDER.", code="usage")
    job = read_job(arguments.job)
    cells = cells_of(arguments, spacing_mm=job.spacing_mm)
    with Terminal() as terminal:
        outcome = run_job(
            job,
            arguments.out,
            call=terminal.call,
            blobs=terminal.blobs,
            cells=cells,
            also=page_of(arguments),
        )
        for line in outcome_lines(job.name, outcome):
            terminal.say(line)
        return status_of(outcome.assessment)
